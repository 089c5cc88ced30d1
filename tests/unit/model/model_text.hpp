#pragma once

#include <string>

#include <neocol/core/error.hpp>
#include <neocol/model/parse.hpp>

#include "../files.hpp"

namespace neocol::model::test {

/// What every small model below shares; stands after the lines under test, so that those are
/// counted from 1.
inline const std::string common = R"(
[model]
name = "m"
title = "M"
layers = ["epidermis", "dermis"]
[references]
dale1996 = "Dale et al. 1996"
[parameter]
k = { value = "2 d-1", meaning = "m", source = "chosen", evidence = "design" }
K = { value = "3 ng/mL", meaning = "m", source = "chosen", evidence = "design" }
width = { value = "0.1 mm", meaning = "m", source = "chosen", evidence = "design" }
[species.signal]
unit = "ng/mL"
scale = "1 ng/mL"
meaning = "s"
[species.cell]
unit = "cell/mm3"
rest = "100 cell/mm3"
in = ["dermis"]
meaning = "c"
[surface.cover]
at = "surface"
unit = "1"
rest = 1
meaning = "c"
[observable.mean]
value = "signal"
unit = "ng/mL"
meaning = "m"
)";

/// All messages about `lines` followed by the common part; "accepted" if there is none.
inline std::string messages(const std::string& lines) {
    try {
        parse_model(lines + common, "m.toml");
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

/// A process with this rate and these changes.
inline std::string process(const std::string& rate, const std::string& changes = "signal = 1") {
    return "[process.p]\nrate = \"" + rate + "\"\nchanges = { " + changes + " }\nmeaning = \"m\"\n";
}

/// Messages about a process with this rate that changes `signal`.
inline std::string rate_messages(const std::string& rate) {
    return messages(process(rate));
}

/// A model of tests/models/.
inline Model load(const std::string& name) {
    return parse_model(neocol::test::model_text(name), neocol::test::model_path(name));
}

}  // namespace neocol::model::test
