#include "external_reader.hpp"

#include <utility>

#include <fmt/format.h>

namespace neocol::model {

void ExternalReader::read(const std::string& name, const TableReader& table) {
    External external;
    external.name = name;
    external.at = table.node().key_position();
    symbols_.define(name, {Symbol::Kind::external, static_cast<int>(model_.externals.size())},
                    table.node());
    external.is_signed = table.flag("signed", false);
    if (const auto given = values_.any_quantity(table.at("value"))) {
        external.unit = given->unit;
        external.value = given->internal();
        if (external.value < 0.0 && !external.is_signed)
            diagnostics_.add(table.at("value").fault(fmt::format("input '{}' is below 0", name),
                                                     "if it may be so: signed = true"));
    } else {
        symbols_.mark_broken(name);
    }
    external.meaning = table.text("meaning", "");
    external.source = source(table);
    model_.externals.push_back(std::move(external));
}

}  // namespace neocol::model
