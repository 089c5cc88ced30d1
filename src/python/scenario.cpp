#include "scenario.hpp"

#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <neocol/io/library.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/estimate.hpp>
#include <neocol/simulation/rest_check.hpp>

#include "calls.hpp"
#include "machine.hpp"

namespace neocol::python {
namespace {

namespace py = pybind11;
using Settings = std::vector<std::pair<std::string, std::string>>;

std::vector<io::Override> overrides_of(const Settings& settings) {
    std::vector<io::Override> list;
    for (const auto& [key, value] : settings)
        list.push_back({key, value});
    return list;
}

/// Reading looks for files and parses: others may go on meanwhile.
template <typename Read>
SharedScenario read(const Read& read) {
    const ActiveCall active;
    const py::gil_scoped_release release;
    return std::make_shared<io::LoadedScenario>(read());
}

SharedScenario read_file(const std::string& path, const Settings& settings,
                         const std::vector<std::string>& folders) {
    return read(
        [&] { return io::read_scenario_file(path, library_of(folders), overrides_of(settings)); });
}

SharedScenario read_text(const std::string& text, const std::string& name, const Settings& settings,
                         const std::vector<std::string>& folders) {
    return read(
        [&] { return io::read_scenario(text, name, library_of(folders), overrides_of(settings)); });
}

SharedScenario read_of_result(const std::string& path, const Settings& settings,
                              const std::vector<std::string>& folders) {
    return read([&] {
        return io::read_scenario_of_result(path, overrides_of(settings), library_of(folders));
    });
}

/// Path of a scenario that the library has by this name.
std::string find(const std::string& name, const std::vector<std::string>& folders) {
    const ActiveCall active;
    return library_of(folders).find(io::LibraryPart::scenarios, name).path;
}

std::vector<std::string> names(const std::string& part, const std::vector<std::string>& folders) {
    const ActiveCall active;
    return library_of(folders).names(find_word<io::LibraryPart>(part).value());
}

std::vector<std::tuple<std::string, std::string, std::string>> resolved(
    const io::LoadedScenario& loaded) {
    std::vector<std::tuple<std::string, std::string, std::string>> list;
    for (const ReadValue& value : loaded.scenario.resolved)
        list.emplace_back(value.key, value.value, value.origin);
    return list;
}

std::vector<std::string> warnings(const io::LoadedScenario& loaded) {
    std::vector<std::string> list;
    for (const Diagnostic& warning : loaded.warnings)
        list.push_back(render(warning, "warning"));
    return list;
}

py::dict estimate(const SharedScenario& loaded) {
    const ActiveCall active;
    simulation::require_balance(loaded->scenario, loaded->model);
    const tissue::Grid grid = simulation::make_grid(loaded->scenario, loaded->model);
    const simulation::Estimate needs = simulation::estimate(loaded->scenario, loaded->model, grid);
    py::dict result;
    result["voxels"] = needs.voxels;
    result["unknowns"] = needs.unknowns;
    result["bytes"] = needs.bytes;
    result["steps"] = needs.steps;
    result["seconds"] = needs.seconds;
    result["records"] = needs.records;
    return result;
}

}  // namespace

void bind_scenario(py::module_& module) {
    py::class_<io::LoadedScenario, std::shared_ptr<io::LoadedScenario>>(module, "LoadedScenario")
        .def_property_readonly("title",
                               [](const io::LoadedScenario& s) { return s.scenario.title; })
        .def_property_readonly("question",
                               [](const io::LoadedScenario& s) { return s.scenario.question; })
        .def_property_readonly("hash", [](const io::LoadedScenario& s) { return s.scenario.hash; })
        .def_property_readonly("text", [](const io::LoadedScenario& s) { return s.scenario.text; })
        .def_property_readonly("resolved_text",
                               [](const io::LoadedScenario& s) { return s.scenario.resolved_text; })
        .def_property_readonly(
            "geometry",
            [](const io::LoadedScenario& s) { return to_string(s.scenario.domain.geometry); })
        .def_property_readonly("model",
                               [](const std::shared_ptr<io::LoadedScenario>& s) {
                                   return std::shared_ptr<model::Model>(s, &s->model);
                               })
        .def_property_readonly("resolved", resolved)
        .def_property_readonly("warnings", warnings);
    module.def("read_file", read_file, py::arg("path"), py::arg("settings"), py::arg("folders"));
    module.def("read_text", read_text, py::arg("text"), py::arg("name"), py::arg("settings"),
               py::arg("folders"));
    module.def("read_of_result", read_of_result, py::arg("path"), py::arg("settings"),
               py::arg("folders"));
    module.def("find_scenario", find, py::arg("name"), py::arg("folders"));
    module.def("names", names, py::arg("part"), py::arg("folders"));
    module.def("estimate", estimate, py::arg("scenario"));
    module.def("scenario_schema",
               [] { return json_schema(io::scenario_table, "neocol scenario"); });
}

}  // namespace neocol::python
