#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <neocol/core/document.hpp>
#include <neocol/core/read_value.hpp>
#include <neocol/core/table.hpp>
#include <neocol/core/time.hpp>
#include <neocol/core/units.hpp>

namespace neocol {

/// Takes values out of a text: checks kinds, units and limits, collects every fault, and records
/// what was read apart from the text. Functions return nothing where the value is absent or wrong.
class ValueReader {
public:
    /// \param record  may be null: nothing is recorded
    /// \param origin  of values in the record; those that were laid over the text name its path
    ValueReader(const UnitSystem& units, Diagnostics& faults,
                std::vector<ReadValue>* record = nullptr, std::string origin = {})
        : units_(&units), faults_(&faults), record_(record), origin_(std::move(origin)) {}

    /// The same without recording what is read.
    ValueReader silent() const { return {*units_, *faults_, nullptr, origin_}; }

    std::optional<std::string> text(const DocumentNode& node) const;
    /// Text without line breaks.
    std::optional<std::string> line(const DocumentNode& node) const;
    std::optional<bool> flag(const DocumentNode& node) const;
    std::optional<std::int64_t> whole(const DocumentNode& node, std::int64_t least,
                                      std::int64_t most) const;
    std::optional<double> quantity(const DocumentNode& node, const QuantityKind& kind,
                                   const Limits& limits = {}) const;
    /// Against a unit that only the reader knows. A bare 0 needs no unit.
    std::optional<double> quantity(const DocumentNode& node, const Unit& unit,
                                   const Limits& limits = {}) const;
    /// With any unit.
    std::optional<Quantity> any_quantity(const DocumentNode& node) const;
    /// A time of a schedule, exactly.
    std::optional<Time> time(const DocumentNode& node, const Limits& limits = {}) const;
    /// One of a list of names; `noun` is "condition", "device kind".
    std::optional<std::string> choice(const DocumentNode& node, std::string_view noun,
                                      const std::vector<std::string>& known) const;

    /// True if the node is a table or absent; otherwise a fault is added.
    bool table(const DocumentNode& node) const;
    bool array(const DocumentNode& node) const;
    /// Adds a fault: the value is not what it must be.
    void wrong_kind(const DocumentNode& node, std::string_view expected,
                    std::string help = {}) const;
    /// Adds a fault: `key` must be given in `parent`.
    void missing(const DocumentNode& parent, std::string_view key, std::string help) const;

    void add(Diagnostic diagnostic) const { faults_->add(std::move(diagnostic)); }
    /// The first fault of an error that has no place of its own, put at a node.
    void add_at(const DocumentNode& node, const InputError& error) const;
    void record(const DocumentNode& node) const;
    void record(const std::string& key, const std::string& value, const std::string& origin) const;
    void record_default(const std::string& key, const std::string& value) const {
        record(key, value, "default");
    }
    std::size_t n_faults() const { return faults_->list().size(); }
    const UnitSystem& units() const { return *units_; }
    Diagnostics& faults() const { return *faults_; }

private:
    std::optional<double> checked(const DocumentNode& node, const Unit& unit, std::string_view what,
                                  std::string_view example, const Limits& limits,
                                  bool is_bare_zero_fine) const;

    const UnitSystem* units_;
    Diagnostics* faults_;
    std::vector<ReadValue>* record_;
    std::string origin_;
};

/// Reads a table by its declaration: every value is asked for by its key, whose kind, unit, limits
/// and names are declared. An absent table has no values.
class TableReader {
public:
    /// Adds a fault if the node is there and no table, or for a required key that is not there.
    TableReader(DocumentNode node, const Table& table, const ValueReader& values);

    explicit operator bool() const { return bool(node_); }
    const DocumentNode& node() const { return node_; }
    const ValueReader& values() const { return values_; }
    TableReader silent() const;

    /// True if the key is given.
    bool has(std::string_view key) const { return bool(at(key)); }
    /// The value of a key, for what its reader knows alone.
    DocumentNode at(std::string_view key) const;

    std::optional<std::string> text(std::string_view key) const;
    std::string text(std::string_view key, std::string_view otherwise) const;
    std::optional<bool> flag(std::string_view key) const;
    bool flag(std::string_view key, bool otherwise) const;
    std::optional<std::int64_t> whole(std::string_view key) const;
    /// \param limits  in place of those declared, where they depend on other values
    std::optional<double> quantity(std::string_view key,
                                   std::optional<Limits> limits = std::nullopt) const;
    double quantity(std::string_view key, double otherwise) const;
    std::optional<Time> time(std::string_view key) const;
    template <Worded E>
    std::optional<E> choice(std::string_view key) const {
        const auto name = choice_name(key);
        return name ? find_word<E>(*name) : std::nullopt;
    }
    template <Worded E>
    E choice(std::string_view key, E otherwise) const {
        return choice<E>(key).value_or(otherwise);
    }
    std::optional<std::string> choice_name(std::string_view key) const;

    std::vector<double> quantities(std::string_view key) const;
    std::vector<Time> times(std::string_view key) const;
    std::vector<std::string> texts(std::string_view key) const;

    TableReader table(std::string_view key) const;
    /// Tables of a list of tables.
    std::vector<TableReader> tables(std::string_view key) const;
    /// Members of a table of any names: [species.NAME].
    std::vector<std::pair<std::string, TableReader>> named(std::string_view key) const;

    /// Adds a fault: a key must be given here, though not everywhere.
    void missing(std::string_view key, std::string help = {}) const;
    Diagnostic fault(std::string_view key, std::string message, std::string help = {}) const {
        return at(key).fault(std::move(message), std::move(help));
    }
    Diagnostic fault_at_key(std::string_view key, std::string message,
                            std::string help = {}) const {
        return at(key).fault_at_key(std::move(message), std::move(help));
    }

private:
    const Key& declared(std::string_view key, std::initializer_list<Key::Kind> kinds = {}) const;

    DocumentNode node_;
    const Table* table_;
    ValueReader values_;
    std::string chosen_;  ///< value of the key that chooses a variant
};

}  // namespace neocol
