#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/table_reader.hpp>
#include <neocol/model/model.hpp>

#include "model_draft.hpp"

namespace neocol::model {

/// What every reader of a section asks of the document.
class SectionReader {
protected:
    explicit SectionReader(ModelDraft& draft)
        : document_(draft.document),
          model_(draft.model),
          diagnostics_(draft.diagnostics),
          values_(draft.values),
          root_(draft.root),
          compiler_(draft.compiler),
          symbols_(draft.compiler.symbols()),
          layer_groups_(draft.layer_groups),
          limits_passed_(draft.limits_passed) {}

    /// A source, whose reference must be known if it starts with one.
    std::string source(const TableReader& table);
    std::optional<Unit> unit(const TableReader& table);
    Unit coherent(const Dimension& dimension) const { return model_.units.coherent(dimension); }
    /// A fault at the first that passes a limit, once.
    void too_many(const DocumentNode& node, const std::string& what, std::size_t most);
    /// Layers and groups of layers in a list; all if the node is absent.
    std::vector<bool> layer_list(const DocumentNode& node);
    int layer(const DocumentNode& table, const std::string& name);
    int species(const DocumentNode& at, const std::string& name, bool at_key);
    /// Compiles an expression that must have the dimension of `due`.
    NodeId expression(const DocumentNode& node, const Context& context, const Unit& due,
                      const std::string& subject);
    /// Compiles an expression that must be a tensor of the dimension of `due`; six components.
    std::vector<NodeId> tensor_expression(const DocumentNode& node, const Context& context,
                                          const Unit& due, const std::string& subject);
    Location location(const TableReader& table);
    /// Options of the switches of a table `{ switch = "option" }`, or `["one", "other"]`; `text`
    /// becomes "switch = one or other".
    std::vector<SwitchOptions> switch_options(const DocumentNode& table, std::string& text);

    const Document& document_;
    Model& model_;
    Diagnostics& diagnostics_;
    ValueReader& values_;
    TableReader& root_;
    Compiler& compiler_;
    SymbolTable& symbols_;
    std::map<std::string, std::vector<bool>>& layer_groups_;

private:
    std::set<std::string>& limits_passed_;
};

/// Dimensions of a rate and of a speed.
Dimension per_day();
Dimension speed();

/// `text` without blanks at its ends.
std::string_view trim(std::string_view text);

/// Text of an expression node as the user wrote it.
std::string written(const DocumentNode& node);

}  // namespace neocol::model
