#include "observable_reader.hpp"

#include <fmt/format.h>

namespace neocol::model {

void ObservableReader::read(const std::string& name, const TableReader& table) {
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

void ObservableReader::read_region(Observable& observable, const TableReader& table) {
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

}  // namespace neocol::model
