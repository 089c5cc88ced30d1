#include "symbols.hpp"

#include <utility>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>

#include "vocabulary.hpp"

namespace neocol::model {

bool SymbolTable::define(const std::string& name, Symbol symbol, const DocumentNode& node) {
    symbol.at = node.key_position();
    if (!syntax::is_identifier(name)) {
        diagnostics_.add(
            node.fault_at_key(fmt::format("'{}' cannot be a name", name), std::string(name_rule)));
        return false;
    }
    if (const std::string meaning = reserved_meaning(name); !meaning.empty()) {
        diagnostics_.add(node.fault_at_key(
            fmt::format("'{}' cannot name a {}", name, name_of(symbol.kind)),
            fmt::format("in expressions '{}' is {}; choose another name", name, meaning)));
        return false;
    }
    const auto [place, is_new] = symbols_.try_emplace(name, symbol);
    if (is_new) return true;
    diagnostics_.add(
        node.fault_at_key(fmt::format("'{}' is defined twice", name),
                          fmt::format("line {} makes it a {}; choose another name",
                                      place->second.at.line, name_of(place->second.kind))));
    return false;
}

void SymbolTable::define_function(FunctionDefinition function, const DocumentNode& table) {
    define(function.name, {Symbol::Kind::function, static_cast<int>(functions_.size())}, table);
    functions_.push_back(std::move(function));
}

void SymbolTable::mark_broken(const std::string& name) {
    if (const auto found = symbols_.find(name); found != symbols_.end())
        found->second.broken = true;
}

const Symbol* SymbolTable::find(const std::string& name) const {
    const auto found = symbols_.find(name);
    return found == symbols_.end() ? nullptr : &found->second;
}

}  // namespace neocol::model
