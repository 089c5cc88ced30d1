#include "outcome_reader.hpp"

#include <utility>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

namespace neocol::model {

namespace {

/// Dimension of an outcome of an observable.
Dimension dimension_of(Gives gives, const Dimension& observable) {
    switch (gives) {
        case Gives::value:
            return observable;
        case Gives::share:
            return {};
        case Gives::value_times_time:
            return observable * Dimension::base("s");
        case Gives::time:
            break;
    }
    return Dimension::base("s");
}

}  // namespace

void OutcomeReader::read(const std::string& name, const TableReader& table) {
    Outcome outcome;
    outcome.name = name;
    outcome.at = table.node().key_position();
    outcome.meaning = table.text("meaning", "");
    const std::string of = table.text("of", "");
    outcome.observable = model_.find_observable(of);
    if (outcome.observable < 0 && table.at("of").is_string())
        diagnostics_.add(table.at("of").fault(fmt::format("unknown observable '{}'", of),
                                              suggest(of, names_of(model_.observables))));
    outcome.measure = table.choice("measure", Measure::value);
    if (const auto given = unit(table)) {
        outcome.unit = *given;
        if (outcome.observable >= 0) check_outcome_unit(outcome, table);
    }
    read_outcome_window(outcome, table);
    read_threshold(outcome, table);
    model_.outcomes.push_back(std::move(outcome));
}

void OutcomeReader::check_outcome_unit(const Outcome& outcome, const TableReader& table) {
    const Observable& observable = model_.observables[static_cast<std::size_t>(outcome.observable)];
    const Dimension due = dimension_of(kind_of(outcome.measure).gives, observable.unit.dimension);
    if (outcome.unit.dimension == due) return;
    std::string example = compiler_.unit_text(due);
    if (due == observable.unit.dimension) example = observable.unit.text;
    if (due.is_one()) example = "%";
    if (due == Dimension::base("s")) example = "d";
    diagnostics_.add(table.at("unit").fault(
        fmt::format("measure '{}' of '{}' cannot be in {}", written(table.at("measure")),
                    observable.name, outcome.unit.text),
        fmt::format("'{}' is in {}: write a unit such as {}", observable.name, observable.unit.text,
                    example)));
}

void OutcomeReader::read_outcome_window(Outcome& outcome, const TableReader& table) {
    const DocumentNode at = table.at("at"), from = table.at("from"), until = table.at("until");
    const std::string measure = written(table.at("measure"));
    outcome.from = {Moment::Origin::first_session, 0.0, true};
    if (is_at_a_moment(kind_of(outcome.measure).looks)) {
        if (!at)
            table.missing("at", "add at = \"90 day after last session\", \"12 week\" or \"end\"");
        else if (const auto given = moment(at))
            outcome.at_moment = *given;
        if (from || until)
            diagnostics_.add((from ? from : until)
                                 .fault_at_key(fmt::format("measure '{}' has no window", measure),
                                               "it is taken at one moment: use 'at'"));
        return;
    }
    if (at)
        diagnostics_.add(at.fault_at_key(fmt::format("measure '{}' has no single moment", measure),
                                         "it looks at a window: use 'from' and 'until'"));
    if (from)
        if (const auto given = moment(from)) outcome.from = *given;
    if (until)
        if (const auto given = moment(until)) outcome.until = *given;
}

void OutcomeReader::read_threshold(Outcome& outcome, const TableReader& table) {
    const DocumentNode absolute = table.at("threshold");
    const DocumentNode relative = table.at("threshold_relative");
    if (kind_of(outcome.measure).looks != Looks::for_threshold) {
        if (absolute || relative)
            diagnostics_.add((absolute ? absolute : relative)
                                 .fault_at_key(fmt::format("measure '{}' has no threshold",
                                                           written(table.at("measure")))));
        return;
    }
    if (static_cast<bool>(absolute) == static_cast<bool>(relative)) {
        diagnostics_.add(table.node().fault_at_key(
            fmt::format("outcome '{}' needs one of 'threshold' and 'threshold_relative'",
                        outcome.name),
            "a quantity, or a multiple of the baseline"));
        return;
    }
    outcome.threshold_relative = static_cast<bool>(relative);
    if (outcome.observable < 0) return;
    const Unit& own = model_.observables[static_cast<std::size_t>(outcome.observable)].unit;
    outcome.threshold =
        values_.quantity(relative ? relative : absolute, relative ? Unit{} : own).value_or(0.0);
}

std::optional<Moment> OutcomeReader::moment(const DocumentNode& node) {
    const std::string help =
        "write \"90 day after last session\", \"28 day after first session\", \"12 week\" or "
        "\"end\"";
    const std::string given = written(node);
    Moment result;
    std::string duration = given;
    std::int64_t sign = 1;
    for (const Word<Moment::Origin>& origin : words<Moment::Origin>) {
        const std::string name(origin.name);
        if (given == name) return Moment{origin.value, {}};
        for (const auto& [word, direction] :
             {std::pair<std::string, std::int64_t>{" after ", 1}, {" before ", -1}}) {
            const std::string tail = word + name;
            if (!given.ends_with(tail)) continue;
            result.origin = origin.value;
            sign = direction;
            duration = given.substr(0, given.size() - tail.size());
        }
    }
    try {
        const Quantity offset = model_.units.parse_quantity(duration);
        if (offset.unit.dimension != Dimension::base("s"))
            throw InputError(fmt::format("'{}' is no time", duration));
        result.offset = multiple(sign, exact_time(duration, offset));
        return result;
    } catch (const InputError& error) {
        const Diagnostic& fault = error.diagnostics.front();
        const bool is_moment = given.find("session") == std::string::npos &&
                               fault.message.find("is no quantity") == std::string::npos;
        diagnostics_.add(
            node.fault(is_moment ? fault.message : fmt::format("'{}' is no moment", given), help));
    }
    return std::nullopt;
}

}  // namespace neocol::model
