#include <neocol/core/table_reader.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/names.hpp>

namespace neocol {

namespace {

/// The last part of a key path: `needle_length`, `range[1]`.
std::string short_key(const DocumentNode& node) {
    const std::string path = node.key_path();
    if (!node.key().empty() && path.ends_with('"')) return node.key();
    const std::size_t dot = path.rfind('.');
    return dot == std::string::npos ? path : path.substr(dot + 1);
}

/// What a dimension is called, for messages that compare two; empty if it has no common name.
std::string dimension_name(const Unit& unit) {
    const Dimension l = Dimension::base("m"), t = Dimension::base("s");
    if (unit.dimension.is_one()) return "a plain number";
    if (unit.dimension == l) return "a length";
    if (unit.dimension == t) return "a time";
    if (unit.dimension == l.power(2)) return "an area";
    if (unit.dimension == l.power(-2)) return "a number per area";
    if (unit.dimension == l.power(3)) return "a volume";
    if (unit.dimension == Dimension::base("kg")) return "a mass";
    return {};
}

/// What is wrong with a value outside its limits.
std::optional<Diagnostic> beyond(const Limits& limits, double value, const DocumentNode& node,
                                 const Unit& unit) {
    const auto fault = [&](const char* relation, double limit) {
        return node.fault(fmt::format("'{}' is {}, but must be {} {}", short_key(node), node.text(),
                                      relation, format_quantity(limit, unit)));
    };
    if (limits.at_least && value < *limits.at_least) {
        if (*limits.at_least != 0.0) return fault("at least", *limits.at_least);
        return node.fault(fmt::format("'{}' is negative: {}", short_key(node), node.text()),
                          "give a value of 0 or more");
    }
    if (limits.above && value <= *limits.above) return fault("above", *limits.above);
    if (limits.at_most && value > *limits.at_most) return fault("at most", *limits.at_most);
    return std::nullopt;
}

}  // namespace

void ValueReader::add_at(const DocumentNode& node, const InputError& error) const {
    if (error.diagnostics.empty()) return add(node.fault(error.what()));
    const Diagnostic& cause = error.diagnostics.front();
    add(node.fault(cause.message, cause.help));
}

void ValueReader::wrong_kind(const DocumentNode& node, std::string_view expected,
                             std::string help) const {
    add(node.fault(
        fmt::format("'{}' must be {}, but is {}", short_key(node), expected, name_of(node.kind())),
        std::move(help)));
}

void ValueReader::missing(const DocumentNode& parent, std::string_view key,
                          std::string help) const {
    const std::string path = parent.key_path();
    add(parent.fault_at_key(
        fmt::format("missing key '{}'{}", key,
                    path.empty() ? " at top level" : fmt::format(" in [{}]", path)),
        std::move(help)));
}

void ValueReader::record(const DocumentNode& node) const {
    if (record_ != nullptr)
        record(node.key_path(), node.text(), node.is_overlaid() ? node.position().path : origin_);
}

void ValueReader::record(const std::string& key, const std::string& value,
                         const std::string& origin) const {
    if (record_ != nullptr) record_->push_back({key, value, origin});
}

std::optional<std::string> ValueReader::text(const DocumentNode& node) const {
    if (!node) return std::nullopt;
    if (!node.is_string()) {
        wrong_kind(node, "a text in quotes");
        return std::nullopt;
    }
    record(node);
    return node.string();
}

std::optional<std::string> ValueReader::line(const DocumentNode& node) const {
    if (node.is_string() && node.string().find_first_of("\r\n") != std::string::npos) {
        add(node.fault(fmt::format("'{}' must be a text of one line", short_key(node))));
        return std::nullopt;
    }
    return text(node);
}

std::optional<bool> ValueReader::flag(const DocumentNode& node) const {
    if (!node) return std::nullopt;
    const std::optional<bool> value = node.boolean();
    if (value)
        record(node);
    else
        wrong_kind(node, "true or false", "without quotes");
    return value;
}

std::optional<std::int64_t> ValueReader::whole(const DocumentNode& node, std::int64_t least,
                                               std::int64_t most) const {
    if (!node) return std::nullopt;
    const std::optional<std::int64_t> value = node.integer();
    if (!value) {
        wrong_kind(node, "a whole number");
        return std::nullopt;
    }
    if (*value < least || *value > most) {
        add(node.fault(fmt::format("'{}' is {}, but must lie between {} and {}", short_key(node),
                                   *value, least, most)));
        return std::nullopt;
    }
    record(node);
    return value;
}

std::optional<double> ValueReader::quantity(const DocumentNode& node, const QuantityKind& kind,
                                            const Limits& limits) const {
    if (!node) return std::nullopt;
    if (kind.unit.empty()) {
        const auto given = any_quantity(node);
        return given ? checked(node, given->unit, kind.name, kind.example, limits, true)
                     : std::nullopt;
    }
    return checked(node, units_->parse(kind.unit), kind.name, kind.example, limits, false);
}

std::optional<double> ValueReader::quantity(const DocumentNode& node, const Unit& unit,
                                            const Limits& limits) const {
    if (!node) return std::nullopt;
    const bool is_one = unit.dimension.is_one();
    return checked(node, unit, is_one ? "a plain number" : "in " + unit.text,
                   is_one ? std::string("0.5") : "1 " + unit.text, limits, true);
}

std::optional<Quantity> ValueReader::any_quantity(const DocumentNode& node) const {
    if (!node) return std::nullopt;
    if (node.is_number()) return Quantity{node.number(), {}};
    if (!node.is_string()) {
        wrong_kind(node, "a number with its unit", "such as \"2 ng/mL\"");
        return std::nullopt;
    }
    try {
        return units_->parse_quantity(node.string());
    } catch (const InputError& error) {
        add_at(node, error);
        return std::nullopt;
    }
}

std::optional<double> ValueReader::checked(const DocumentNode& node, const Unit& unit,
                                           std::string_view what, std::string_view example,
                                           const Limits& limits, bool is_bare_zero_fine) const {
    const std::string key = short_key(node);
    const bool is_one = unit.dimension.is_one();
    const std::string written = node.key().empty() ? fmt::format("\"{}\"", example)
                                                   : fmt::format("{} = \"{}\"", key, example);
    const auto refuse = [&](std::string message, std::string help = {}) {
        add(node.fault(std::move(message), std::move(help)));
        return std::nullopt;
    };
    double value = 0.0;
    if (node.is_number()) {
        const double number = node.number();
        if (!is_one && !(is_bare_zero_fine && number == 0.0)) {
            const std::string with_unit = what.starts_with("in ")
                                              ? fmt::format("\"{} {}\"", node.text(), unit.text)
                                              : written;
            return refuse(
                fmt::format("'{}' is {} and needs a unit, but {} has none", key, what, node.text()),
                fmt::format("write it with its unit, such as {}", with_unit));
        }
        value = number;
    } else if (node.is_string()) {
        const auto given = any_quantity(node);
        if (!given) return std::nullopt;
        if (!(given->unit.dimension == unit.dimension)) {
            const std::string name = dimension_name(given->unit);
            const std::string in =
                what.ends_with(unit.text) || is_one ? "" : fmt::format(" [{}]", unit.text);
            return refuse(fmt::format("'{}' is {}{}, but '{}' has the unit '{}'{}", key, what, in,
                                      node.string(), given->unit.text,
                                      name.empty() ? "" : ", which is " + name),
                          fmt::format("write for example {}", written));
        }
        value = given->internal();
    } else {
        wrong_kind(node, is_one ? "a number" : "a number with its unit",
                   fmt::format("such as {}", written));
        return std::nullopt;
    }
    if (!std::isfinite(value)) return refuse(fmt::format("'{}' is not finite", key));
    if (auto fault = beyond(limits, value, node, unit)) {
        add(std::move(*fault));
        return std::nullopt;
    }
    record(node);
    return value;
}

std::optional<Time> ValueReader::time(const DocumentNode& node, const Limits& limits) const {
    const auto value = quantity(node, quantities::duration, limits);
    if (!value) return std::nullopt;
    try {
        return exact_time(node.string(), units_->parse_quantity(node.string()));
    } catch (const InputError& error) {
        add_at(node, error);
        return std::nullopt;
    }
}

std::optional<std::string> ValueReader::choice(const DocumentNode& node, std::string_view noun,
                                               const std::vector<std::string>& known) const {
    if (!node) return std::nullopt;
    if (!node.is_string()) {
        wrong_kind(node, "a text in quotes", suggest("", known));
        return std::nullopt;
    }
    const std::string name = node.string();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        add(node.fault(fmt::format("unknown {} '{}'", noun, name), suggest(name, known)));
        return std::nullopt;
    }
    record(node);
    return name;
}

bool ValueReader::table(const DocumentNode& node) const {
    if (!node || node.is_table()) return true;
    wrong_kind(node, "a table of keys",
               node.key().empty() ? std::string() : fmt::format("write [{}]", node.key_path()));
    return false;
}

bool ValueReader::array(const DocumentNode& node) const {
    if (!node || node.is_array()) return true;
    wrong_kind(node, "a list in square brackets");
    return false;
}

TableReader::TableReader(DocumentNode node, const Table& table, const ValueReader& values)
    : node_(std::move(node)), table_(&table), values_(values) {
    if (!values_.table(node_)) node_ = {};
    if (!node_) return;
    if (!table.by.empty() && node_.get(table.by).is_string())
        chosen_ = node_.get(table.by).string();
    const auto check = [this](std::span<const Key> keys) {
        for (const Key& key : keys)
            if (key.is_required && !node_.get(key.name)) missing(key.name);
    };
    check(table.keys);
    for (const Variant& variant : table.variants)
        if (variant.value == chosen_) check(variant.keys);
}

TableReader TableReader::silent() const {
    TableReader quiet = *this;
    quiet.values_ = values_.silent();
    return quiet;
}

const Key& TableReader::declared(std::string_view key,
                                 std::initializer_list<Key::Kind> kinds) const {
    const Key* found = table_->find(key, chosen_);
    // Of a variant that is not the one: absent, but known.
    if (found == nullptr) found = table_->find(key, "?");
    if (found == nullptr)
        throw std::logic_error(fmt::format("key '{}' is read and not declared", key));
    for (const Key* form = found; form != nullptr; form = form->otherwise)
        for (const Key::Kind kind : kinds)
            if (form->kind == kind) return *form;
    if (kinds.size() > 0)
        throw std::logic_error(fmt::format("key '{}' is read as what it is not declared", key));
    return *found;
}

DocumentNode TableReader::at(std::string_view key) const {
    declared(key);
    return node_.get(key);
}

std::optional<std::string> TableReader::text(std::string_view key) const {
    const Key& asked = declared(key, {Key::Kind::text, Key::Kind::line});
    return asked.kind == Key::Kind::line ? values_.line(node_.get(key))
                                         : values_.text(node_.get(key));
}

std::string TableReader::text(std::string_view key, std::string_view otherwise) const {
    return text(key).value_or(std::string(otherwise));
}

std::optional<bool> TableReader::flag(std::string_view key) const {
    declared(key, {Key::Kind::flag});
    return values_.flag(node_.get(key));
}

bool TableReader::flag(std::string_view key, bool otherwise) const {
    return flag(key).value_or(otherwise);
}

std::optional<std::int64_t> TableReader::whole(std::string_view key) const {
    const Key& asked = declared(key, {Key::Kind::whole});
    return values_.whole(node_.get(key), asked.least, asked.most);
}

std::optional<double> TableReader::quantity(std::string_view key,
                                            std::optional<Limits> limits) const {
    const Key& asked = declared(key, {Key::Kind::quantity});
    return values_.quantity(node_.get(key), asked.quantity, limits.value_or(asked.limits));
}

double TableReader::quantity(std::string_view key, double otherwise) const {
    return quantity(key).value_or(otherwise);
}

std::optional<Time> TableReader::time(std::string_view key) const {
    const Key& asked = declared(key, {Key::Kind::time});
    return values_.time(node_.get(key), asked.limits);
}

std::optional<std::string> TableReader::choice_name(std::string_view key) const {
    const Key& asked = declared(key, {Key::Kind::choice});
    return values_.choice(node_.get(key), asked.noun, asked.choices.names());
}

std::vector<double> TableReader::quantities(std::string_view key) const {
    const Key& asked = *declared(key, {Key::Kind::list}).element;
    const DocumentNode list = node_.get(key);
    std::vector<double> values;
    if (!list || !values_.array(list)) return values;
    for (const DocumentNode& element : list.elements())
        if (const auto value = values_.silent().quantity(element, asked.quantity, asked.limits))
            values.push_back(*value);
    values_.record(list);
    return values;
}

std::vector<Time> TableReader::times(std::string_view key) const {
    const Key& asked = *declared(key, {Key::Kind::list}).element;
    const DocumentNode list = node_.get(key);
    std::vector<Time> values;
    if (!list || !values_.array(list)) return values;
    for (const DocumentNode& element : list.elements())
        if (const auto value = values_.silent().time(element, asked.limits))
            values.push_back(*value);
    values_.record(list);
    return values;
}

std::vector<std::string> TableReader::texts(std::string_view key) const {
    const Key& asked = *declared(key, {Key::Kind::list}).element;
    const DocumentNode list = node_.get(key);
    const ValueReader quiet = values_.silent();
    std::vector<std::string> values;
    if (!list || !values_.array(list)) return values;
    for (const DocumentNode& element : list.elements()) {
        const auto value =
            asked.kind == Key::Kind::line ? quiet.line(element) : quiet.text(element);
        if (value) values.push_back(*value);
    }
    values_.record(list);
    return values;
}

TableReader TableReader::table(std::string_view key) const {
    const Key& asked = declared(key, {Key::Kind::table});
    const DocumentNode node = node_.get(key);
    if (node && !node.is_table() && asked.example.starts_with('{')) {
        values_.wrong_kind(node, "a table of keys",
                           fmt::format("write {} = {}", key, asked.example));
        return {DocumentNode(), *asked.table, values_};
    }
    return {node, *asked.table, values_};
}

std::vector<TableReader> TableReader::tables(std::string_view key) const {
    const Key& asked = declared(key, {Key::Kind::tables});
    const DocumentNode list = node_.get(key);
    std::vector<TableReader> readers;
    if (list && !list.is_array()) {
        values_.wrong_kind(list, "a list of tables", fmt::format("write [[{}]]", key));
        return readers;
    }
    for (const DocumentNode& element : list.elements()) {
        TableReader reader(element, *asked.table, values_);
        if (reader) readers.push_back(std::move(reader));
    }
    return readers;
}

std::vector<std::pair<std::string, TableReader>> TableReader::named(std::string_view key) const {
    const TableReader group = table(key);
    const Key* entry = group.table_->others;
    if (entry == nullptr || entry->table == nullptr)
        throw std::logic_error(fmt::format("'{}' has no tables of any name", key));
    std::vector<std::pair<std::string, TableReader>> readers;
    for (const DocumentNode& member : group.node_.members()) {
        TableReader reader(member, *entry->table, values_);
        if (reader) readers.emplace_back(member.key(), std::move(reader));
    }
    return readers;
}

void TableReader::missing(std::string_view key, std::string help) const {
    const Key& asked = declared(key);
    const bool is_list = asked.kind == Key::Kind::tables;
    if (help.empty() && (is_list || asked.kind == Key::Kind::table) &&
        !asked.example.starts_with('{')) {
        const std::string header = is_list ? fmt::format("[[{}]]", key) : fmt::format("[{}]", key);
        help = asked.example.empty() ? fmt::format("add {}: {}", header, asked.meaning)
                                     : fmt::format("add {} with {}", header, asked.example);
    }
    if (help.empty() && !asked.example.empty())
        help = fmt::format("add {} = {}", key, asked.example);
    if (help.empty() && asked.kind == Key::Kind::choice)
        help = fmt::format("one of {}", fmt::join(asked.choices.names(), ", "));
    if (help.empty() && asked.kind == Key::Kind::quantity)
        help = fmt::format("add {} = \"{}\"", key, asked.quantity.example);
    if (help.empty() && !asked.meaning.empty()) help = fmt::format("{}: {}", key, asked.meaning);
    values_.missing(node_, key, std::move(help));
}

}  // namespace neocol
