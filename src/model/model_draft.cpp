#include "model_draft.hpp"

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/model/parse.hpp>

namespace neocol::model {
namespace {

/// A fault if an entry cannot become a dataset or column of this name.
void check_stored_name(const std::string& section, const std::string& name,
                       const DocumentNode& entry, Diagnostics& diagnostics) {
    // Names that expressions use are checked where they are defined.
    const bool is_output = section == "observable" || section == "outcome" || section == "bound";
    const bool is_plain = is_output || section == "process" || section == "event";
    const bool is_field = section == "species" || section == "surface";
    if (is_plain && !is_name(name)) {
        diagnostics.add(
            entry.fault_at_key(fmt::format("'{}' cannot be a name", name), std::string(name_rule)));
        return;
    }
    const bool taken = (section == "observable" && is_one_of(name, names_in_result)) ||
                       (is_output && is_one_of(name, names_in_tables)) ||
                       (is_field && is_one_of(name, names_in_fields));
    if (taken) {
        diagnostics.add(entry.fault_at_key(
            fmt::format("'{}' cannot name {} {}", name,
                        section == "observable" || section == "outcome" ? "an" : "a",
                        section == "surface" ? "surface field" : section),
            "results use this name themselves; choose another name"));
    }
}

}  // namespace

ModelDraft::ModelDraft(const Document& document_, Model& model_, Diagnostics& diagnostics_)
    : document(document_),
      model(model_),
      diagnostics(diagnostics_),
      values(model.units, diagnostics),
      root(document.root(), model_table, values),
      compiler(model, diagnostics) {}

ModelDraft::Entries ModelDraft::entries(const std::string& section) {
    Entries list = root.named(section);
    for (const auto& [name, table] : list)
        check_stored_name(section, name, table.node(), diagnostics);
    return list;
}

}  // namespace neocol::model
