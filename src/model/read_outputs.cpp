#include <array>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

#include "reader.hpp"
#include "words.hpp"

namespace neocol::model {

namespace {

struct MeasureName {
    std::string_view name;
    Measure measure;
};

constexpr std::array<MeasureName, 11> measures{{{"value", Measure::value},
                                                {"change", Measure::change},
                                                {"relative_change", Measure::relative_change},
                                                {"peak", Measure::peak},
                                                {"time_of_peak", Measure::time_of_peak},
                                                {"trough", Measure::trough},
                                                {"time_of_trough", Measure::time_of_trough},
                                                {"integral", Measure::integral},
                                                {"time_above", Measure::time_above},
                                                {"first_above", Measure::first_above},
                                                {"first_below", Measure::first_below}}};

/// Dimension of an outcome of an observable.
Dimension dimension_of(Measure measure, const Dimension& observable) {
    switch (measure) {
        case Measure::value:
        case Measure::change:
        case Measure::peak:
        case Measure::trough:
            return observable;
        case Measure::relative_change:
            return {};
        case Measure::integral:
            return observable * Dimension::base("s");
        default:
            return Dimension::base("s");
    }
}

}  // namespace

void Reader::read_observable(const std::string& name, const DocumentNode& table) {
    Observable observable;
    observable.name = name;
    observable.at = table.key_position();
    observable.location = location(table, true);
    observable.meaning = text(table, "meaning", true);
    observable.source = source(table);
    const std::string reduce = choice(table, "reduce", {"mean", "total", "maximum", "minimum"});
    if (reduce == "total") observable.reduce = Reduction::total;
    if (reduce == "maximum") observable.reduce = Reduction::maximum;
    if (reduce == "minimum") observable.reduce = Reduction::minimum;
    const auto given = unit(table);
    if (given) observable.unit = *given;
    const DocumentNode value = table.get("value");
    observable.value = model_.graph.constant(0.0);
    if (value) {
        // A total is an integral over volume or area: the expression itself is a density.
        Unit due = observable.unit;
        if (observable.reduce == Reduction::total) {
            const double power = observable.location == Location::volume ? 3.0 : 2.0;
            due = coherent(due.dimension / Dimension::base("m").power(power));
        }
        const Context context = rate_context("an observable", observable.location);
        observable.value =
            given ? expression(value, context, due, fmt::format("observable '{}'", name))
                  : compiler_.compile(value, context).node;
    } else {
        missing(table, "value", "add value = \"...\"");
    }
    observable.text = written(value);
    read_region(observable, table);
    model_.observables.push_back(std::move(observable));
}

void Reader::read_region(Observable& observable, const DocumentNode& table) {
    const DocumentNode layers = table.get("layers");
    const DocumentNode depth = table.get("depth");
    if (observable.location != Location::volume && (layers || depth))
        diagnostics_.add(
            (layers ? layers : depth)
                .fault_at_key("an observable of a surface has no layers and no depth"));
    if (layers) observable.region.layers = layer_list(layers);
    if (depth) {
        const std::vector<DocumentNode> ends = depth.elements();
        const Unit length = model_.units.parse("mm");
        if (ends.size() != 2) {
            diagnostics_.add(
                depth.fault("'depth' must be a list of two", "write [\"0 um\", \"300 um\"]"));
        } else {
            observable.region.from = value_in(ends[0], length);
            observable.region.to = value_in(ends[1], length);
            if (observable.region.from && observable.region.to &&
                *observable.region.from >= *observable.region.to)
                diagnostics_.add(
                    depth.fault("the depth ends above its start", "write [\"upper\", \"lower\"]"));
        }
    }
    observable.region.wounded = flag(table, "wounded_only", false);
}

void Reader::read_outcome(const std::string& name, const DocumentNode& table) {
    Outcome outcome;
    outcome.name = name;
    outcome.at = table.key_position();
    outcome.meaning = text(table, "meaning", true);
    const std::string of = text(table, "of", true);
    outcome.observable = model_.find_observable(of);
    if (outcome.observable < 0 && table.get("of").is_string())
        diagnostics_.add(table.get("of").fault(fmt::format("unknown observable '{}'", of),
                                               suggest(of, names_of(model_.observables))));
    std::vector<std::string> kinds;
    for (const MeasureName& entry : measures)
        kinds.emplace_back(entry.name);
    const std::string measure = choice(table, "measure", kinds);
    for (const MeasureName& entry : measures)
        if (entry.name == measure) outcome.measure = entry.measure;
    if (!table.get("measure")) missing(table, "measure", suggest("", kinds));
    if (const auto given = unit(table)) {
        outcome.unit = *given;
        if (outcome.observable >= 0) check_outcome_unit(outcome, table);
    }
    read_outcome_window(outcome, table);
    read_threshold(outcome, table);
    model_.outcomes.push_back(std::move(outcome));
}

void Reader::check_outcome_unit(const Outcome& outcome, const DocumentNode& table) {
    const Observable& observable = model_.observables[static_cast<std::size_t>(outcome.observable)];
    const Dimension due = dimension_of(outcome.measure, observable.unit.dimension);
    if (outcome.unit.dimension == due) return;
    std::string example = compiler_.unit_text(due);
    if (due == observable.unit.dimension) example = observable.unit.text;
    if (due.is_one()) example = "%";
    if (due == Dimension::base("s")) example = "d";
    diagnostics_.add(table.get("unit").fault(
        fmt::format("measure '{}' of '{}' cannot be in {}", written(table.get("measure")),
                    observable.name, outcome.unit.text),
        fmt::format("'{}' is in {}: write a unit such as {}", observable.name, observable.unit.text,
                    example)));
}

void Reader::read_outcome_window(Outcome& outcome, const DocumentNode& table) {
    const DocumentNode at = table.get("at"), from = table.get("from"), until = table.get("until");
    const std::string measure = written(table.get("measure"));
    outcome.from = {Moment::Origin::first_session, 0.0, true};
    if (is_at_a_moment(outcome.measure)) {
        if (!at)
            missing(table, "at", "add at = \"90 day after last session\", \"12 week\" or \"end\"");
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

void Reader::read_threshold(Outcome& outcome, const DocumentNode& table) {
    const DocumentNode absolute = table.get("threshold");
    const DocumentNode relative = table.get("threshold_relative");
    if (!has_threshold(outcome.measure)) {
        if (absolute || relative)
            diagnostics_.add((absolute ? absolute : relative)
                                 .fault_at_key(fmt::format("measure '{}' has no threshold",
                                                           written(table.get("measure")))));
        return;
    }
    if (static_cast<bool>(absolute) == static_cast<bool>(relative)) {
        diagnostics_.add(table.fault_at_key(
            fmt::format("outcome '{}' needs one of 'threshold' and 'threshold_relative'",
                        outcome.name),
            "a quantity, or a multiple of the baseline"));
        return;
    }
    outcome.threshold_relative = static_cast<bool>(relative);
    if (outcome.observable < 0) return;
    const Unit& own = model_.observables[static_cast<std::size_t>(outcome.observable)].unit;
    outcome.threshold =
        value_in(relative ? relative : absolute, relative ? Unit{} : own).value_or(0.0);
}

std::optional<Moment> Reader::moment(const DocumentNode& node) {
    const std::string help =
        "write \"90 day after last session\", \"28 day after first session\", \"12 week\" or "
        "\"end\"";
    const std::string given = written(node);
    const std::array<std::pair<std::string, Moment::Origin>, 4> origins{
        {{"first session", Moment::Origin::first_session},
         {"last session", Moment::Origin::last_session},
         {"start", Moment::Origin::start},
         {"end", Moment::Origin::end}}};
    Moment result;
    std::string duration = given;
    std::int64_t sign = 1;
    for (const auto& [name, origin] : origins) {
        if (given == name) return Moment{origin, {}};
        for (const auto& [word, direction] :
             {std::pair<std::string, std::int64_t>{" after ", 1}, {" before ", -1}}) {
            const std::string tail = word + name;
            if (!given.ends_with(tail)) continue;
            result.origin = origin;
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

void Reader::read_bound(const std::string& name, const DocumentNode& table) {
    Bound bound;
    bound.name = name;
    bound.at = table.key_position();
    bound.meaning = text(table, "meaning", true);
    bound.source = source(table);
    const auto given = unit(table);
    if (given) bound.unit = *given;
    const DocumentNode value = table.get("value");
    const Context context = rate_context("a bound", Location::volume);
    bound.value = model_.graph.constant(0.0);
    if (!value)
        missing(table, "value", "add value = \"...\"");
    else if (given)
        bound.value = expression(value, context, bound.unit, fmt::format("bound '{}'", name));
    else
        compiler_.compile(value, context);
    bound.text = written(value);
    const DocumentNode least = table.get("at_least"), most = table.get("at_most");
    if (given && least) bound.at_least = value_in(least, bound.unit);
    if (given && most) bound.at_most = value_in(most, bound.unit);
    if (!least && !most)
        diagnostics_.add(
            table.fault_at_key(fmt::format("bound '{}' needs 'at_least' or 'at_most'", name)));
    model_.bounds.push_back(std::move(bound));
}

}  // namespace neocol::model
