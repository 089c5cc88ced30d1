#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <neocol/core/document.hpp>
#include <neocol/core/words.hpp>

#include "syntax.hpp"

namespace neocol::model {

/// A name that expressions may use.
struct Symbol {
    enum class Kind { parameter, derived, species, property, function, switch_, tensor, external };
    Kind kind = Kind::parameter;
    int index = -1;       ///< into the model's list of that kind; functions: Compiler's
    bool broken = false;  ///< its unit could not be read: checks against it are skipped
    SourcePosition at{};
    bool has_rest = true;  ///< of a species
};

}  // namespace neocol::model

template <>
inline constexpr auto neocol::words<neocol::model::Symbol::Kind> =
    std::to_array<neocol::Word<neocol::model::Symbol::Kind>>({
        {neocol::model::Symbol::Kind::parameter, "parameter", "a [parameter.NAME]"},
        {neocol::model::Symbol::Kind::derived, "derived value", "a [derived.NAME]"},
        {neocol::model::Symbol::Kind::species, "species", "a [species.NAME] or [surface.NAME]"},
        {neocol::model::Symbol::Kind::property, "property", "of the tissue"},
        {neocol::model::Symbol::Kind::function, "function", "a [function.NAME]"},
        {neocol::model::Symbol::Kind::switch_, "switch", "a [switch.NAME]"},
        {neocol::model::Symbol::Kind::external, "input", "an [input.NAME]"},
        {neocol::model::Symbol::Kind::tensor, "tensor", "a species of kind symmetric_tensor"},
    });

namespace neocol::model {

/// A [function.NAME]: put in where it is used.
struct FunctionDefinition {
    std::string name;
    std::vector<std::string> arguments;
    std::optional<syntax::Expression> body;  ///< empty if its text could not be read
    DocumentNode source;
    bool used = false;
};

/// Names that expressions of a model may use, with what they stand for.
class SymbolTable {
public:
    explicit SymbolTable(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    /// Adds a name; a fault at `node`'s key if it is taken, reserved or no identifier.
    bool define(const std::string& name, Symbol symbol, const DocumentNode& node);
    /// Adds a function and its name.
    void define_function(FunctionDefinition function, const DocumentNode& table);
    /// Marks a name whose unit is broken, so that uses of it are not faults too.
    void mark_broken(const std::string& name);
    /// Null if nothing has this name.
    const Symbol* find(const std::string& name) const;
    /// True if the name has no usable unit: checks against it would only repeat an earlier fault.
    bool is_broken(const std::string& name) const {
        const Symbol* symbol = find(name);
        return symbol == nullptr || symbol->broken;
    }

    const std::map<std::string, Symbol>& symbols() const { return symbols_; }
    std::vector<FunctionDefinition>& functions() { return functions_; }
    FunctionDefinition& function(int index) { return functions_[static_cast<std::size_t>(index)]; }

private:
    Diagnostics& diagnostics_;
    std::map<std::string, Symbol> symbols_;
    std::vector<FunctionDefinition> functions_;
};

}  // namespace neocol::model
