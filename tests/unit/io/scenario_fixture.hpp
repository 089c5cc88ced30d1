#pragma once

#include <string>

#include <neocol/core/error.hpp>
#include <neocol/io/scenario_reader.hpp>

#include "../files.hpp"

namespace neocol::io::fixture {

using test::TemporaryFolder;

inline const std::string model_text = test::model_text("tiny");

inline const char* site_text = R"(title = "Knee"
age = "40 year"
phototype = 2
[[layer]]
name = "epidermis"
thickness = "0.1 mm"
properties = { perfusion = 0 }
[[layer]]
name = "dermis"
thickness = "1.4 mm"
properties = { perfusion = 1 }
[condition.scar]
layer.dermis = { thickness = "0.9 mm" }
)";

inline const char* device_text = R"(title = "A test roller"
kind = "roller"
pattern = "random"
needle_diameter = "0.25 mm"
depth_ratio = 0.5
hole_ratio = 0.4
punctures_per_pass = "20 cm-2"
[evidence]
depth_ratio = "design"
)";

/// Line numbers matter to the tests: line 1 is the title.
inline const char* scenario_text = R"(title = "Test"
model = "tiny"
[skin]
site = "knee"
age = "50 year"
[device]
name = "drum"
needle_length = "1 mm"
[regimen]
sessions = 2
spacing = "2 week"
puncture_density = "100 cm-2"
[domain]
geometry = "single_channel"
spacing = "50 um"
[run]
until = "6 week"
[output]
fields = ["factor"]
field_times = ["0 day", "1 week"]
[parameters]
dose = "7 ng/mL"
)";

/// A library of one model, device and site.
struct Shelves {
    Shelves() {
        folder.write("models/tiny.toml", model_text);
        folder.write("models/devices/drum.toml", device_text);
        folder.write("models/skin/knee.toml", site_text);
        library = Library({folder.file("models")});
    }
    LoadedScenario read(const std::string& text,
                        const std::vector<Override>& overrides = {}) const {
        return read_scenario(text, "test.toml", library, overrides);
    }
    /// Every fault as `line:column message|help`.
    std::vector<Diagnostic> faults(const std::string& text,
                                   const std::vector<Override>& overrides = {}) const {
        try {
            read(text, overrides);
        } catch (const InputError& error) {
            return error.diagnostics;
        }
        return {};
    }
    TemporaryFolder folder;
    Library library;
};

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) throw std::logic_error("not in the text: " + from);
    return text.replace(at, from.size(), to);
}

}  // namespace neocol::io::fixture
