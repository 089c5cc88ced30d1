#include <array>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

#include "reader.hpp"
#include "words.hpp"

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

void Reader::read_observable(const std::string& name, const TableReader& table) {
    Observable observable;
    observable.name = name;
    observable.at = table.node().key_position();
    observable.location = location(table);
    observable.meaning = table.text("meaning", "");
    observable.source = source(table);
    observable.reduce = table.choice("reduce", Reduction::mean);
    const auto given = unit(table);
    if (given) observable.unit = *given;
    const DocumentNode value = table.at("value");
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
    }
    observable.text = written(value);
    read_region(observable, table);
    model_.observables.push_back(std::move(observable));
}

void Reader::read_region(Observable& observable, const TableReader& table) {
    const DocumentNode layers = table.at("layers");
    const DocumentNode depth = table.at("depth");
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
            observable.region.from = values_.quantity(ends[0], length);
            observable.region.to = values_.quantity(ends[1], length);
            if (observable.region.from && observable.region.to &&
                *observable.region.from >= *observable.region.to)
                diagnostics_.add(
                    depth.fault("the depth ends above its start", "write [\"upper\", \"lower\"]"));
        }
    }
    observable.region.wounded = table.flag("wounded_only", false);
}

void Reader::read_outcome(const std::string& name, const TableReader& table) {
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

void Reader::check_outcome_unit(const Outcome& outcome, const TableReader& table) {
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

void Reader::read_outcome_window(Outcome& outcome, const TableReader& table) {
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

void Reader::read_threshold(Outcome& outcome, const TableReader& table) {
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

std::optional<Moment> Reader::moment(const DocumentNode& node) {
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

void Reader::read_bound(const std::string& name, const TableReader& table) {
    Bound bound;
    bound.name = name;
    bound.at = table.node().key_position();
    bound.meaning = table.text("meaning", "");
    bound.source = source(table);
    const auto given = unit(table);
    if (given) bound.unit = *given;
    const DocumentNode value = table.at("value");
    const Context context = rate_context("a bound", Location::volume);
    bound.value = model_.graph.constant(0.0);
    if (value && given)
        bound.value = expression(value, context, bound.unit, fmt::format("bound '{}'", name));
    else if (value)
        compiler_.compile(value, context);
    bound.text = written(value);
    const DocumentNode least = table.at("at_least"), most = table.at("at_most");
    if (given && least) bound.at_least = values_.quantity(least, bound.unit);
    if (given && most) bound.at_most = values_.quantity(most, bound.unit);
    if (!least && !most)
        diagnostics_.add(table.node().fault_at_key(
            fmt::format("bound '{}' needs 'at_least' or 'at_most'", name)));
    model_.bounds.push_back(std::move(bound));
}

}  // namespace neocol::model
