#include <neocol/io/run_recorder.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/names.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/model/definitions.hpp>

namespace neocol::io {

void RunRecorder::begin(const simulation::RunContext& context) {
    model_ = &context.model;
    result_ = {};
    static_cast<RunHead&>(result_) = head_of(context);
    result_.layers = context.model.layers;
    result_.geometry = tissue::to_string(context.grid.geometry());
    for (const model::Observable& observable : context.model.observables) {
        result_.observables.push_back({observable.name,
                                       stored_units(observable.unit.text),
                                       observable.meaning,
                                       std::string(name_of(observable.reduce)),
                                       model::region_text(observable.region, *model_),
                                       {},
                                       {},
                                       {}});
    }
}

void RunRecorder::observables(double time, std::span<const double> values) {
    result_.time.push_back(time);
    for (std::size_t i = 0; i < values.size(); ++i) {
        result_.observables[i].values.push_back(
            model_->observables[i].unit.from_internal(values[i]));
    }
}

void RunRecorder::event(const simulation::EventRecord& record) {
    result_.events.push_back({record.time, fmt::format("{}", fmt::join(record.causes, ", "))});
    for (std::size_t i = 0; i < result_.observables.size(); ++i) {
        const Unit& unit = model_->observables[i].unit;
        result_.observables[i].before.push_back(unit.from_internal(record.before[i]));
        result_.observables[i].after.push_back(unit.from_internal(record.after[i]));
    }
}

void RunRecorder::session(const simulation::SessionRecord& record) {
    StoredSession session{record, record.device, record.layer_fraction};
    result_.sessions.push_back(std::move(session));
}

void RunRecorder::end(const simulation::RunSummary& summary) {
    result_.status = name_of(summary.status);
    result_.stop_reason = summary.stop_reason;
    for (std::size_t i = 0; i < model_->outcomes.size() && i < summary.outcomes.size(); ++i) {
        const model::Outcome& outcome = model_->outcomes[i];
        const simulation::OutcomeValue& value = summary.outcomes[i];
        result_.outcomes.push_back({outcome.name, stored_units(outcome.unit.text), outcome.meaning,
                                    model::definition_text(outcome, *model_),
                                    outcome.unit.from_internal(value.value), value.censored,
                                    value.reason});
    }
    result_.species = names_of(model_->species);
    result_.budget_residual = summary.budget.residual();
    result_.species.resize(result_.budget_residual.size());
    for (const simulation::BoundReport& report : summary.bounds) {
        for (const model::Bound& bound : model_->bounds) {
            if (bound.name != report.name) continue;
            result_.bounds.push_back({bound.name, stored_units(bound.unit.text),
                                      bound.unit.from_internal(report.lowest),
                                      bound.unit.from_internal(report.highest), report.satisfied});
        }
    }
    result_.provenance.backend = summary.backend;
    result_.numbers = numbers_of(summary);
}

}  // namespace neocol::io
