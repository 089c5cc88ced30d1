#pragma once

#include <memory>
#include <string>
#include <vector>

#include <neocol/core/error.hpp>
#include <neocol/core/table.hpp>
#include <neocol/io/library.hpp>
#include <neocol/model/model.hpp>
#include <neocol/simulation/scenario.hpp>

namespace neocol::io {

/// A value given on the command line in place of the scenario's: `--set regimen.spacing="2 week"`.
struct Override {
    std::string key;    ///< dotted path; elements of lists count from 1: session[2].at
    std::string value;  ///< a TOML value, or text that is taken as a string
};

/// Splits `key=value`. \throws UsageError  no `=`, or no key
Override parse_override(const std::string& argument);

/// A scenario with everything it refers to.
struct LoadedScenario {
    simulation::Scenario scenario;
    model::Model model;
    std::vector<NamedText> files;  ///< every file read: the scenario, its model, site and devices
    std::vector<Diagnostic> warnings = {};  ///< what is doubtful and not refused
    /// What was laid over the first of the files: it takes both to read the scenario again.
    std::vector<Override> overrides = {};
};

/// Every file a run of it reads: the texts, and the result that its fields begin with.
std::vector<std::string> paths_read(const LoadedScenario& loaded);

/// What a scenario file may hold.
extern const Table scenario_table;

/// Reads and checks a scenario (docs/scenario-file.md), its model, site and devices.
///
/// \param text       the scenario
/// \param path       what messages call it; `punctures_from` and models given as paths are relative
///                   to its folder
/// \param overrides  take the place of what the text says, the last of a key wins; their faults are
///                   reported at `--set`
/// \throws InputError  every fault found in one pass, each at its place, those of
///                     simulation::validate included
/// \throws IoError     a file that is referred to cannot be read
LoadedScenario read_scenario(std::string text, const std::string& path, const Library& library,
                             const std::vector<Override>& overrides = {});

/// Reads a scenario file; `models/` and the folder itself beside the scenario (if it is there) come
/// before the library's folders.
LoadedScenario read_scenario_file(const std::string& path, const Library& library,
                                  const std::vector<Override>& overrides = {});

/// The scenario and model stored in a result: repeating it needs no other file, but for devices and
/// sites that overrides name.
///
/// Overrides of `regimen` and `device` act on every session of the result; number, spacing and
/// start of sessions can be set if the sessions are alike. \throws IoError  not a result of neocol
LoadedScenario read_scenario_of_result(const std::string& result_path,
                                       const std::vector<Override>& overrides = {},
                                       const Library& library = {});

/// Reads many scenarios that differ by overrides only: what they share, above all the model, is
/// parsed once. Not thread-safe.
class ScenarioFamily {
public:
    /// Arguments as those of `read_scenario`.
    ScenarioFamily(std::string text, std::string path, Library library);
    ~ScenarioFamily();
    ScenarioFamily(ScenarioFamily&&) noexcept;
    ScenarioFamily& operator=(ScenarioFamily&&) noexcept;

    struct Member {
        simulation::Scenario scenario;
        const model::Model* model = nullptr;  ///< valid as long as the family
        std::vector<NamedText> files;
    };
    /// \throws InputError, IoError  as `read_scenario`
    Member read(const std::vector<Override>& overrides);

    /// Reads a model without species from now on (model/restrict.hpp): members of it have another
    /// model and hash. Models of members read before stay as they are.
    /// \param model_hash  of the whole model
    void leave_out(const std::string& model_hash, std::vector<std::string> species);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::io
