#pragma once

#include <string>

/// Pieces of a model's text that the verification models are put together from.
namespace neocol::verification {

/// A parameter, with other values by layer if given: `{ dermis = "2 /day" }`.
inline std::string parameter(const std::string& name, const std::string& value,
                             const std::string& by_layer = {}) {
    return "[parameter." + name + "]\nvalue = \"" + value + "\"\nmeaning = \"" + name +
           "\"\nsource = \"chosen\"\nevidence = \"design\"\n" +
           (by_layer.empty() ? "" : "by.layer = " + by_layer + "\n");
}

inline std::string function(const std::string& name, const std::string& value) {
    return "[function." + name + "]\nvalue = \"" + value + "\"\nmeaning = \"" + name + "\"\n";
}

inline std::string process(const std::string& name, const std::string& rate,
                           const std::string& changes) {
    return "[process." + name + "]\nrate = \"" + rate + "\"\nchanges = { " + changes +
           " }\nmeaning = \"" + name + "\"\n";
}

inline std::string diffusivity(const std::string& species, const std::string& value) {
    return "[transport." + species + "]\ndiffusivity = \"" + value + "\"\n";
}

/// Processes of the model wounds: debris is cleared and makes a signal that decays, cells divide
/// under it up to `crowding` and return to 1. The text ends within `[transport.cells]`.
inline std::string wound_processes(const std::string& clearance, const std::string& crowding) {
    return process("clearance", clearance, "debris = -1") +
           process("signalling", "s*debris", "signal = 1") +
           process("decay", "c*signal", "signal = -1") +
           process("division", "p*hill(signal, K, 2)*cells*(1 - cells/" + crowding + ")",
                   "cells = 1") +
           process("return", "q*(cells - 1)", "cells = -1") + diffusivity("signal", "D") +
           diffusivity("cells", "D_cells");
}

}  // namespace neocol::verification
