#include "run_tape.hpp"

#include <algorithm>

namespace neocol::python {

namespace {

/// Doubles of a field, padding included.
std::size_t size_of(const tissue::Field& field, const tissue::Grid& grid) {
    return field.nz * grid.ny() * grid.nx_padded();
}

}  // namespace

void RunTape::begin(const simulation::RunContext& context) {
    grid_.emplace(context.grid);
    table_.emplace(context.fields);
    for (const std::string& name : context.scenario.output.fields)
        for (const tissue::Field& field : table_->fields())
            if (field.name == name) held_.push_back(field);
}

void RunTape::observables(double time, std::span<const double> values) {
    items_.emplace_back(Observables{time, {values.begin(), values.end()}});
}

void RunTape::fields(double time, const tissue::State& state) {
    add_fields(time, state, false);
}

void RunTape::fields_after(double time, const tissue::State& state) {
    add_fields(time, state, true);
}

void RunTape::add_fields(double time, const tissue::State& state, bool is_after) {
    FieldRecord record{time, is_after, {}};
    for (const tissue::Field& field : held_) {
        const double* values = state.field(field);
        record.values.emplace_back(values, values + size_of(field, *grid_));
    }
    items_.emplace_back(std::move(record));
}

void RunTape::session(const simulation::SessionRecord& record) {
    Session session{record, {record.wounded.begin(), record.wounded.end()}};
    session.record.wounded = {};
    items_.emplace_back(std::move(session));
}

void RunTape::event(const simulation::EventRecord& record) {
    items_.emplace_back(record);
}

void RunTape::end(const simulation::RunSummary& summary) {
    summary_ = summary;
}

void RunTape::replay(simulation::Observer& observer) const {
    const simulation::RunContext context{scenario_->scenario, scenario_->model, *grid_, *table_};
    observer.begin(context);
    for (const Item& item : items_) {
        if (const auto* record = std::get_if<Observables>(&item)) {
            observer.observables(record->time, record->values);
        } else if (const auto* fields = std::get_if<FieldRecord>(&item)) {
            tissue::State state(*table_);
            for (std::size_t i = 0; i < held_.size(); ++i)
                std::copy(fields->values[i].begin(), fields->values[i].end(),
                          state.field(held_[i]));
            if (fields->is_after)
                observer.fields_after(fields->time, state);
            else
                observer.fields(fields->time, state);
        } else if (const auto* session = std::get_if<Session>(&item)) {
            simulation::SessionRecord numbers = session->record;
            numbers.wounded = session->wounded;
            observer.session(numbers);
        } else {
            observer.event(std::get<simulation::EventRecord>(item));
        }
    }
    observer.end(summary_);
}

std::vector<const RunTape::FieldRecord*> RunTape::field_records() const {
    std::vector<const FieldRecord*> list;
    for (const Item& item : items_)
        if (const auto* record = std::get_if<FieldRecord>(&item)) list.push_back(record);
    return list;
}

std::vector<const simulation::SessionRecord*> RunTape::sessions() const {
    std::vector<const simulation::SessionRecord*> list;
    for (const Item& item : items_)
        if (const auto* session = std::get_if<Session>(&item)) list.push_back(&session->record);
    return list;
}

}  // namespace neocol::python
