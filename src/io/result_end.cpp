#include "result_end.hpp"

#include <limits>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/io/run_description.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/model/definitions.hpp>

#include "result_tables.hpp"

namespace neocol::io::detail {

using hdf5::Dataset;
using hdf5::Group;
using hdf5::Type;

namespace {

/// A dataset of numbers along fixed scales.
Dataset create_numbers(const Group& group, const std::string& name,
                       const std::vector<const Dataset*>& scales, const std::vector<double>& values,
                       const std::string& long_name) {
    std::vector<std::size_t> extents;
    for (const Dataset* scale : scales)
        extents.push_back(scale->extents()[0]);
    Dataset data = group.create(name, Type::float64, {.extents = extents, .chunk = {}});
    data.write(values);
    for (unsigned i = 0; i < scales.size(); ++i)
        data.attach_scale(i, *scales[i]);
    data.set("long_name", long_name);
    return data;
}

void create_texts(const Group& group, const std::string& name, const Dataset& scale,
                  const std::vector<std::string>& values, const std::string& long_name) {
    const Dataset data =
        group.create_texts(name, longest(values), {.extents = {values.size()}, .chunk = {}});
    data.write(values);
    data.attach_scale(0, scale);
    data.set("long_name", long_name);
}

}  // namespace

void write_outcomes(const Group& root, const model::Model& model,
                    const simulation::RunSummary& summary) {
    const Group group = root.create_group("outcomes");
    for (std::size_t i = 0; i < model.outcomes.size() && i < summary.outcomes.size(); ++i) {
        const model::Outcome& outcome = model.outcomes[i];
        const simulation::OutcomeValue& result = summary.outcomes[i];
        const Dataset data = group.create(outcome.name, Type::float64, {});
        const double value = outcome.unit.from_internal(result.value);
        data.write(std::span<const double>(&value, 1));
        data.set("units", stored_units(outcome.unit.text));
        data.set("long_name", outcome.meaning);
        data.set("definition", model::definition_text(outcome, model));
        const std::uint8_t censored = result.censored ? 1 : 0;
        data.set("censored", std::span<const std::uint8_t>(&censored, 1));
        data.set("reason", result.reason);
    }
}

void write_budget(const Group& root, const model::Model& model, const solver::Budget& budget) {
    const Group group = root.create_group("budget");
    const std::size_t n_species = model.species.size(), n_processes = model.processes.size();
    if (budget.initial.size() != n_species) return;
    const Dataset species = create_names(group, "species", names_of(model.species), "species");
    const Dataset process = create_names(group, "process", names_of(model.processes), "process");

    std::vector<std::string> units;
    std::vector<double> scale;
    for (const model::Species& declared : model.species) {
        const Unit unit = model::content_unit(declared, model);
        units.push_back(stored_units(unit.text));
        scale.push_back(1.0 / unit.scale);
    }
    create_texts(group, "unit", species, units, "unit of the species' content");
    const auto per_species = [&](const char* name, std::vector<double> values,
                                 const char* long_name) {
        values.resize(n_species, 0.0);
        for (std::size_t i = 0; i < n_species; ++i)
            values[i] *= scale[i];
        create_numbers(group, name, {&species}, values, long_name);
    };
    per_species("initial", budget.initial, "content of the domain at the start");
    per_species("final", budget.current, "content of the domain at the end");
    per_species("injected", budget.injected, "gained by sessions and events");
    per_species("transported", budget.transported, "gained through the boundary");
    per_species("balance", budget.balance, "gained by the balance at rest");
    per_species("turnover", budget.turnover, "sum of absolute gains and losses");
    std::vector<double> residual = budget.residual();
    residual.resize(n_species, 0.0);
    create_numbers(group, "residual", {&species}, residual,
                   "final - initial - all gains, over turnover")
        .set("units", "1");

    std::vector<double> produced(n_species * n_processes, 0.0);
    for (std::size_t i = 0; i < n_species && i < budget.produced.size(); ++i)
        for (std::size_t j = 0; j < n_processes && j < budget.produced[i].size(); ++j)
            produced[i * n_processes + j] = budget.produced[i][j] * scale[i];
    create_numbers(group, "produced", {&species, &process}, produced,
                   "gained (or, below 0, lost) by each process");
}

void write_bounds(const Group& root, const model::Model& model,
                  const std::vector<simulation::BoundReport>& bounds) {
    const Group group = root.create_group("bounds");
    std::vector<std::string> names, units;
    std::vector<double> lowest, highest, at_least, at_most;
    std::vector<std::uint8_t> satisfied;
    constexpr double open = std::numeric_limits<double>::quiet_NaN();
    for (const simulation::BoundReport& report : bounds) {
        for (const model::Bound& bound : model.bounds) {
            if (bound.name != report.name) continue;
            names.push_back(bound.name);
            units.push_back(stored_units(bound.unit.text));
            const auto out = [&](double value) { return bound.unit.from_internal(value); };
            lowest.push_back(out(report.lowest));
            highest.push_back(out(report.highest));
            at_least.push_back(bound.at_least ? out(*bound.at_least) : open);
            at_most.push_back(bound.at_most ? out(*bound.at_most) : open);
            satisfied.push_back(report.satisfied ? 1 : 0);
        }
    }
    const Dataset scale = create_names(group, "bound", names, "physical bound");
    create_texts(group, "unit", scale, units, "unit of the bound");
    create_numbers(group, "lowest", {&scale}, lowest, "lowest value in the run");
    create_numbers(group, "highest", {&scale}, highest, "highest value in the run");
    create_numbers(group, "at_least", {&scale}, at_least, "lower bound, NaN where open");
    create_numbers(group, "at_most", {&scale}, at_most, "upper bound, NaN where open");
    Dataset flags = group.create("kept", Type::uint8, {.extents = {satisfied.size()}, .chunk = {}});
    flags.write(satisfied);
    flags.attach_scale(0, scale);
    flags.set("long_name", "1: kept throughout");
}

void write_provenance(const Group& group, const simulation::RunContext& context,
                      const Provenance& provenance) {
    const RunOrigin origin = origin_of(context, provenance);
    for (const RunOriginText& text : run_origin_texts) {
        if (text.is_known_at_end) continue;
        const std::string name(text.name);
        if (text.is_long)
            group.set_long(name, origin.*text.member);
        else
            group.set(name, origin.*text.member);
    }
    group.set("seed", origin.seed);

    std::vector<std::string> keys, values, origins;
    for (const ReadValue& read_value : context.scenario.resolved) {
        keys.push_back(read_value.key);
        values.push_back(read_value.value);
        origins.push_back(read_value.origin);
    }
    const Dataset key = create_names(group, "key", keys, "key of the scenario");
    create_texts(group, "value", key, values, "value with its unit");
    create_texts(group, "origin", key, origins, "where the value came from");
}

void finish_provenance(const Group& group, const simulation::RunSummary& summary) {
    group.set("backend", summary.backend);
    const RunNumbers numbers = numbers_of(summary);
    for (const RunNumber& number : run_numbers) {
        const double value = numbers.*number.member;
        if (number.is_count)
            group.set(std::string(number.name), static_cast<std::int64_t>(value));
        else
            group.set(std::string(number.name), value);
    }
}

}  // namespace neocol::io::detail
