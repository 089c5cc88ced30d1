#include "model.hpp"

#include <memory>
#include <string>
#include <vector>

#include <pybind11/stl.h>

#include <neocol/core/names.hpp>
#include <neocol/core/words.hpp>
#include <neocol/io/library.hpp>
#include <neocol/model/describe.hpp>
#include <neocol/model/model.hpp>
#include <neocol/model/parse.hpp>

#include "calls.hpp"
#include "machine.hpp"

namespace neocol::python {
namespace {

namespace py = pybind11;

std::shared_ptr<model::Model> read_model(const std::string& name,
                                         const std::vector<std::string>& folders) {
    const ActiveCall active;
    const py::gil_scoped_release release;
    if (name.ends_with(".toml") || name.find('/') != std::string::npos)
        return std::make_shared<model::Model>(
            model::parse_model(io::read_model_file(name, library_of(folders)).text, name));
    io::NamedText text = library_of(folders).find(io::LibraryPart::models, name);
    return std::make_shared<model::Model>(model::parse_model(std::move(text.text), text.path));
}

std::shared_ptr<model::Model> parse_model(const std::string& text, const std::string& name) {
    const ActiveCall active;
    const py::gil_scoped_release release;
    return std::make_shared<model::Model>(model::parse_model(text, name));
}

std::string describe(const model::Model& model, const std::string& format) {
    const ActiveCall active;
    return model::describe(model, find_word<model::Format>(format).value());
}

}  // namespace

void bind_model(py::module_& module) {
    py::class_<model::Model, std::shared_ptr<model::Model>>(module, "Model")
        .def_property_readonly("name", [](const model::Model& m) { return m.name; })
        .def_property_readonly("title", [](const model::Model& m) { return m.title; })
        .def_property_readonly("summary", [](const model::Model& m) { return m.summary; })
        .def_property_readonly("text", [](const model::Model& m) { return m.text; })
        .def_property_readonly("layers", [](const model::Model& m) { return m.layers; })
        .def_property_readonly("parameters",
                               [](const model::Model& m) { return names_of(m.parameters); })
        .def("json", [](const model::Model& m) { return model::describe_json(m); })
        .def("describe", describe, py::arg("format"));
    module.def("read_model", read_model, py::arg("name"), py::arg("folders"));
    module.def("parse_model", parse_model, py::arg("text"), py::arg("name"));
}

}  // namespace neocol::python
