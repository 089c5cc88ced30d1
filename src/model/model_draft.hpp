#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <neocol/core/table_reader.hpp>
#include <neocol/model/model.hpp>

#include "compiler.hpp"

namespace neocol::model {

/// What the readers of a model's sections share: the document, the model as far as it is read, and
/// the faults found so far.
struct ModelDraft {
    using Entries = std::vector<std::pair<std::string, TableReader>>;

    ModelDraft(const Document& document_, Model& model_, Diagnostics& diagnostics_);

    /// Entries of [section.NAME], in their order; faults at names that results cannot store.
    Entries entries(const std::string& section);

    const Document& document;
    Model& model;
    Diagnostics& diagnostics;
    ValueReader values;
    TableReader root;
    Compiler compiler;
    std::map<std::string, std::vector<bool>> layer_groups;
    std::set<std::string> limits_passed;  ///< limits that were reported
};

}  // namespace neocol::model
