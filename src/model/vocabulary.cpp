#include "vocabulary.hpp"

namespace neocol::model {

const std::vector<BuiltIn>& built_in_functions() {
    static const std::vector<BuiltIn> functions{
        {"exp", "exp(a)", 1},
        {"log", "log(a)", 1},
        {"sqrt", "sqrt(a)", 1},
        {"sin", "sin(a)", 1},
        {"cos", "cos(a)", 1},
        {"tanh", "tanh(a)", 1},
        {"abs", "abs(a)", 1},
        {"min", "min(a, b)", 2},
        {"max", "max(a, b)", 2},
        {"smoothstep", "smoothstep(a, b, x)", 3},
        {"hill", "hill(x, K, n)", 3},
        {"fraction", "fraction(x, y)", 2},
        {"ramp", "ramp(x, K)", 2},
        {"rest", "rest(species)", 1},
        {"thickness", "thickness(layer)", 1},
        {"is", "is(switch, option)", 2},
        {"choose", "choose(switch, option: value, ...)", any_number},
        {"integral", "integral(expression, layer, ...)", any_number, false, true},
        {"mean", "mean(expression, layer, ...)", any_number, false, true},
        {"surface_integral", "surface_integral(expression)", any_number, false, true},
        {"junction_integral", "junction_integral(expression)", any_number, false, true},
        {"along", "along(axis)", 1, true},
        {"component", "component(tensor, xz)", 2, true},
        {"trace", "trace(tensor)", 1, true},
        {"contract", "contract(tensor, tensor)", 2, true},
        {"anisotropy", "anisotropy(tensor)", 1, true},
    };
    return functions;
}

const BuiltIn* find_built_in(std::string_view name) {
    for (const BuiltIn& function : built_in_functions())
        if (function.name == name) return &function;
    return nullptr;
}

const std::vector<BuiltInName>& built_in_names() {
    static const std::vector<BuiltInName> names{
        {"pi", "the number pi"},
        {"identity", "the unit tensor"},
        {"time", "the time"},
        {"x", "a coordinate"},
        {"y", "a coordinate"},
        {"z", "the depth"},
        {"r", "the distance from the axis"},
        {"wounded", "the wounded volume fraction"},
        {"removed", "the fraction of tissue taken out"},
        {"hole_radius", "the radius of the nearest channel"},
        {"hole_depth", "the depth of the nearest channel"},
    };
    return names;
}

std::string reserved_meaning(std::string_view name) {
    if (find_built_in(name) != nullptr) return "a function";
    for (const BuiltInName& entry : built_in_names())
        if (entry.name == name) return std::string(entry.meaning);
    return {};
}

bool is_coordinate(std::string_view name) {
    return name == "x" || name == "y" || name == "z" || name == "r";
}

bool is_wound_name(std::string_view name) {
    return name == "wounded" || name == "removed" || name == "hole_radius" || name == "hole_depth";
}

}  // namespace neocol::model
