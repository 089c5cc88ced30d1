/// All targets: apart from their parts, of which a libFuzzer program links those of one.
#include <iterator>

#include "readers.hpp"

namespace neocol::fuzz {

namespace {

constexpr Target targets[] = {
    {"checkpoint", read_checkpoint}, {"cluster", read_cluster},
    {"cohort", read_cohort},         {"collected", read_collected},
    {"device", read_device},         {"expression", read_expression},
    {"model", read_model},           {"result", read_result},
    {"scenario", read_scenario},     {"skin", read_skin},
    {"stream", read_stream},         {"study", read_study},
    {"study_file", read_study_file}, {"table", read_table},
    {"units", read_units},
};

}  // namespace

const Target* begin() {
    return std::begin(targets);
}
const Target* end() {
    return std::end(targets);
}

const Target* find(std::string_view name) {
    for (const Target& target : targets)
        if (target.name == name) return &target;
    return nullptr;
}

}  // namespace neocol::fuzz
