#include "units.hpp"

#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <pybind11/stl.h>

#include <neocol/core/error.hpp>
#include <neocol/core/units.hpp>

namespace neocol::python {
namespace {

namespace py = pybind11;

const UnitSystem& common_units() {
    static const UnitSystem units;
    return units;
}

/// Names in a text of units.
std::set<std::string> words_of(const std::string& text) {
    std::set<std::string> words;
    std::string word;
    for (const char c : text + ' ') {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalpha(byte) != 0 || c == '_' || (!word.empty() && std::isdigit(byte) != 0)) {
            word += c;
            continue;
        }
        if (!word.empty()) words.insert(word);
        word.clear();
    }
    return words;
}

bool is_known(const std::string& word) {
    try {
        common_units().parse(word);
        return true;
    } catch (const InputError&) {
        return false;
    }
}

/// Units of a model's own that two texts share: nothing else says that they are units.
std::vector<std::string> shared_own_units(const std::string& a, const std::string& b) {
    std::vector<std::string> own;
    const std::set<std::string> others = words_of(b);
    for (const std::string& word : words_of(a))
        if (others.contains(word) && word.find('_') != std::string::npos && !is_known(word))
            own.push_back(word);
    return own;
}

/// A count is a pure number.
Dimension without_counts(const Dimension& dimension) {
    const auto cells = dimension.exponents().find("cell");
    if (cells == dimension.exponents().end()) return dimension;
    return dimension / Dimension::base("cell").power(cells->second / 60.0);
}

Unit parse(const std::string& text, const std::vector<std::string>& own) {
    if (own.empty()) return common_units().parse(text);
    UnitSystem units;
    for (const std::string& name : own)
        units.declare(name);
    return units.parse(text);
}

/// What a number in `given` is multiplied with to be in `wanted`; nothing if their dimensions
/// differ. \throws InputError  no units
std::optional<double> unit_factor(const std::string& given, const std::string& wanted) {
    const std::vector<std::string> own = shared_own_units(given, wanted);
    const Unit a = parse(given, own), b = parse(wanted, own);
    if (without_counts(a.dimension) != without_counts(b.dimension) || a.offset != 0.0 ||
        b.offset != 0.0)
        return std::nullopt;
    return a.scale / b.scale;
}

/// What a number in a unit is multiplied with to be in mm, d, pg, cell, K.
/// \param own  units of the model's own
double internal_factor(const std::string& text, const std::vector<std::string>& own) {
    const Unit unit = parse(text, own);
    if (unit.offset != 0.0)
        throw InputError("'" + text + "' has its 0 elsewhere", "use a unit that begins at 0");
    return unit.scale;
}

}  // namespace

void bind_units(py::module_& module) {
    module.def("unit_factor", unit_factor, py::arg("given"), py::arg("wanted"));
    module.def("internal_factor", internal_factor, py::arg("unit"), py::arg("own"));
}

}  // namespace neocol::python
