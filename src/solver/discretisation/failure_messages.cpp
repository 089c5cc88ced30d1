#include "discretisation/failure_messages.hpp"

#include <fmt/format.h>

namespace neocol::solver {

namespace {

const model::Species* find(const model::Model& model, const std::string& name) {
    const int index = name.empty() ? -1 : model.find_species(name);
    return index < 0 ? nullptr : &model.species[static_cast<std::size_t>(index)];
}

/// A value of a species as its unit is written.
std::string amount(const model::Species* species, double value) {
    return species == nullptr ? fmt::format("{:.4g}", value)
                              : format_quantity(value, species->unit);
}

std::string at(const NumericsError::Where& where) {
    return where.place.empty() ? std::string() : " at " + where.place;
}

}  // namespace

std::string not_finite_message(const model::Model& model, const NumericsError::Where& where,
                               double h) {
    return fmt::format(
        "state not finite at t = {:.6g} d: {} = {}{}, with steps down to {:.3g} d\n"
        "something overflows or divides by zero there: 'neocol model check' names what can, "
        "'neocol model eval' prints every process at a state, --explain-steps the way there",
        where.time, where.species, amount(find(model, where.species), where.value), at(where), h);
}

std::string small_steps_message(const model::Model& model, const NumericsError::Where& where,
                                double h, bool below, double tolerance) {
    const model::Species* species = find(model, where.species);
    const std::string name = species == nullptr ? "a species" : species->name;
    const std::string start =
        fmt::format("steps became too small at t = {:.6g} d ({:.3g} d): ", where.time, h);
    const std::string value = species == nullptr
                                  ? std::string()
                                  : fmt::format(", where it is {}", amount(species, where.value));
    if (below)
        return fmt::format(
            "{}{} would fall below zero{}{}\n"
            "a loss has to vanish with what it takes from: give its process 'stops_below', or "
            "declare '{}' signed if it may be negative; --explain-steps shows the way there",
            start, name, at(where), value, name);
    const std::string scale = species == nullptr
                                  ? "a larger 'scale' of the species"
                                  : fmt::format("a larger 'scale' of {} (it is {})", name,
                                                amount(species, species->scale));
    return fmt::format(
        "{}the error of {} cannot be kept to the tolerance {:g}{}{}\n"
        "errors are judged by the size of a species or its scale: {}, or a larger run.tolerance, "
        "gets past rounding; --explain-steps shows what limits the steps",
        start, name, tolerance, at(where), value, scale);
}

std::string below_zero_message(const model::Model& model, const NumericsError::Where& where) {
    return fmt::format(
        "quasi-steady {} is below zero at t = {:.6g} d: {}{}\n"
        "a loss has to vanish with what it takes from: give its process 'stops_below', or declare "
        "'{}' signed if it may be negative",
        where.species, where.time, amount(find(model, where.species), where.value), at(where),
        where.species);
}

}  // namespace neocol::solver
