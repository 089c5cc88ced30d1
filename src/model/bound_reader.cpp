#include "bound_reader.hpp"

#include <fmt/format.h>

namespace neocol::model {

void BoundReader::read(const std::string& name, const TableReader& table) {
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
