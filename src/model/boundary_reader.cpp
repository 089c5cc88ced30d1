#include "boundary_reader.hpp"

#include <fmt/format.h>

namespace neocol::model {

void BoundaryReader::read(const std::string& name, const TableReader& table) {
    const int index = species(table.node(), name, true);
    const bool in_plane =
        index >= 0 && model_.species[static_cast<std::size_t>(index)].location != Location::volume;
    for (const Word<Side>& word : words<Side>) {
        const TableReader condition = table.table(word.name);
        if (!condition) continue;
        if (in_plane && word.value != Side::outer)
            diagnostics_.add(condition.node().fault_at_key(
                fmt::format("surface field '{}' has no {}", name, word.name),
                "it has 'outer' only"));
        else
            read_side(index, word.value, condition);
    }
}

void BoundaryReader::read_side(int index, Side side, const TableReader& table) {
    Boundary boundary;
    boundary.species = index;
    boundary.side = side;
    boundary.kind = table.choice("type", BoundaryKind::no_flux);
    if (boundary.kind == BoundaryKind::no_flux || index < 0) {
        if (index >= 0) model_.boundaries.push_back(std::move(boundary));
        return;
    }
    const Species& bounded = model_.species[static_cast<std::size_t>(index)];
    const Context context = boundary_context(bounded.location);
    const Unit flux = coherent(bounded.unit.dimension * speed());
    const DocumentNode value = table.at("value");
    if (value)
        boundary.value =
            expression(value, context, boundary.kind == BoundaryKind::flux ? flux : bounded.unit,
                       fmt::format("boundary value of '{}'", bounded.name));
    boundary.text = written(value);
    if (boundary.kind == BoundaryKind::robin) {
        const DocumentNode coefficient = table.at("coefficient");
        if (coefficient) {
            boundary.coefficient = expression(coefficient, context, coherent(speed()),
                                              "coefficient of a Robin condition");
            boundary.text =
                fmt::format("({})*({} - {})", written(coefficient), boundary.text, bounded.name);
        }
    }
    model_.boundaries.push_back(std::move(boundary));
}

}  // namespace neocol::model
