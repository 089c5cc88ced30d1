#include "study_axes.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

namespace neocol {

namespace study::detail {
namespace {

/// The law of an axis: one of those that numbers have, or its parameter's own.
enum class AxisLaw { uniform, loguniform, normal, lognormal, model };
enum class AxisScale { linear, log };

}  // namespace
}  // namespace study::detail

template <>
inline constexpr auto words<study::detail::AxisLaw> = std::to_array<Word<study::detail::AxisLaw>>({
    {study::detail::AxisLaw::uniform, name_of(Law::uniform), "flat between the ends"},
    {study::detail::AxisLaw::loguniform, name_of(Law::loguniform), "flat in the logarithm"},
    {study::detail::AxisLaw::normal, name_of(Law::normal), "a bell, 95 % within the range"},
    {study::detail::AxisLaw::lognormal, name_of(Law::lognormal), "a bell in the logarithm"},
    {study::detail::AxisLaw::model, "model", "range and law that the parameter's model states"},
});

template <>
inline constexpr auto words<study::detail::AxisScale> =
    std::to_array<Word<study::detail::AxisScale>>({
        {study::detail::AxisScale::linear, "linear", "equal differences"},
        {study::detail::AxisScale::log, "log", "equal ratios"},
    });

}  // namespace neocol

namespace neocol::study::detail {
namespace {

constexpr Key value_key = keys::any("", "a value, or a list of one value per key");
constexpr Key key_of_scenario = keys::text("", "a key of the scenario");
constexpr auto axis_keys = std::to_array<Key>({
    keys::text("key", "the scenario's key that varies").such_as("\"regimen.spacing\""),
    keys::list("keys", key_of_scenario, "several keys that vary as one axis"),
    keys::text("name", "of the column; the key's last part if left out"),
    keys::list("values", value_key, "one by one"),
    keys::list("range", value_key, "lowest and highest"),
    keys::whole("count", 2, 1'000'000, "values in the range, where the design is not sampled"),
    keys::choice<AxisLaw>("distribution", "distribution", "law of a range"),
    keys::choice<AxisScale>("scale", "scale", "of a range"),
});

/// A value of an axis before its column's unit is known.
struct Value {
    DocumentNode node;
    std::optional<Quantity> quantity;  ///< else words
    std::string word;
};

/// Columns by name and key, and the units in which their numbers are written.
class AxisReader {
public:
    AxisReader(const model::Model& model, Study& study, const ValueReader& values)
        : model_(model), study_(study), values_(values), faults_(values.faults()) {}

    void read_axis(const TableReader& axis);
    void read_cases(const DocumentNode& cases);

private:
    std::optional<Value> value(const DocumentNode& node) const;
    std::string cell(const Value& value, Column& column, bool first) const;
    std::size_t add_column(const DocumentNode& at, const std::string& key, std::string name);
    void read_values(const DocumentNode& values, Factor& factor);
    void read_range(const TableReader& axis, Factor& factor);
    void spread(const TableReader& axis, const Distribution& range, const std::string& column,
                Factor& factor);
    void read_law(const TableReader& axis, Distribution& range);
    bool model_range(const TableReader& axis, Column& column, Distribution& range);

    const model::Model& model_;
    Study& study_;
    const ValueReader& values_;
    Diagnostics& faults_;
    std::set<std::string> names_;
};

/// The last part of a key, or all of it with underscores if that is taken.
std::string clean_name(const std::string& key, const std::set<std::string>& taken) {
    std::string name = key.substr(key.rfind('.') == std::string::npos ? 0 : key.rfind('.') + 1);
    if (taken.contains(name)) {
        name = key;
        std::replace(name.begin(), name.end(), '.', '_');
    }
    std::replace_if(
        name.begin(), name.end(),
        [](char c) {
            return !is_name(std::string{'a', c});
        },
        '_');
    return name;
}

/// Names that manifest and collected file use themselves.
bool is_reserved(const std::string& name, const model::Model& model) {
    const auto named = [&](const auto& declared) {
        return declared.name == name || name == declared.name + "_censored";
    };
    return is_one_of(name, names_in_tables) ||
           std::any_of(model.observables.begin(), model.observables.end(), named) ||
           std::any_of(model.outcomes.begin(), model.outcomes.end(), named);
}

std::optional<Value> AxisReader::value(const DocumentNode& node) const {
    if (node.is_number()) return Value{node, Quantity{node.number(), Unit{}}, {}};
    if (const auto flag = node.boolean()) return Value{node, {}, *flag ? "true" : "false"};
    if (node.is_string()) {
        const std::string text = node.string();
        const bool is_numeric =
            !text.empty() && (std::isdigit(static_cast<unsigned char>(text.front())) != 0 ||
                              text.front() == '-' || text.front() == '.');
        if (!is_numeric) {
            if (text.find_first_of("\",\n\\") == std::string::npos) return Value{node, {}, text};
            faults_.add(node.fault("a word of an axis may not hold quotes, commas or line breaks"));
            return std::nullopt;
        }
        const auto quantity = values_.any_quantity(node);
        return quantity ? std::optional(Value{node, quantity, {}}) : std::nullopt;
    }
    faults_.add(node.fault("an axis takes numbers with units, words, true or false"));
    return std::nullopt;
}

/// Text of a value in its column's unit, which the first value decides.
std::string AxisReader::cell(const Value& value, Column& column, bool first) const {
    if (!value.quantity) {
        if (first) column.unit.clear();
        if (!column.is_text()) {
            faults_.add(value.node.fault(
                fmt::format("'{}' is a word among numbers in {}", value.word, column.unit)));
        }
        return value.word;
    }
    const Unit& given = value.quantity->unit;
    if (first) column.unit = given.text.empty() ? "1" : given.text;
    if (column.is_text()) {
        faults_.add(value.node.fault("a number among words"));
        return {};
    }
    const Unit unit = model_.units.parse(column.unit);
    if (!(unit.dimension == given.dimension)) {
        faults_.add(value.node.fault(fmt::format(
            "'{}' has the unit '{}', which is not of the kind "
            "of '{}', that of the axis's first value",
            value.node.is_string() ? value.node.string() : "", given.text, column.unit)));
        return {};
    }
    // The number as it was written where the unit is the axis's own.
    const double number = given.text == column.unit
                              ? value.quantity->number
                              : unit.from_internal(value.quantity->internal());
    return fmt::format("{}", number);
}

std::size_t AxisReader::add_column(const DocumentNode& at, const std::string& key,
                                   std::string name) {
    if (study_.columns.size() == text_limits::study_columns) {
        faults_.add(
            at.fault(fmt::format("more than {} columns are varied", text_limits::study_columns)));
        faults_.throw_if_any();
    }
    for (const Column& other : study_.columns)
        if (other.key == key)
            faults_.add(at.fault(fmt::format("'{}' is varied by another axis already", key)));
    if (key == "run.seed")
        faults_.add(at.fault("seeds are not an axis", "say replicates = 5 at top level"));
    if (key == "output.every" || key.starts_with("output.")) {
        faults_.add(at.fault("what is recorded must be the same in all cases",
                             "say every, observables and outcomes at top level"));
    }
    if (name.empty()) name = clean_name(key, names_);
    if (!is_name(name)) {
        faults_.add(at.fault(fmt::format("'{}' cannot name a column", name),
                             fmt::format("name = \"...\" gives one; {}", name_rule)));
    }
    if (is_reserved(name, model_) || names_.contains(name)) {
        faults_.add(at.fault(fmt::format("the column name '{}' is taken", name),
                             "give the axis a name of its own: name = \"...\""));
    }
    names_.insert(name);
    study_.columns.push_back({name, key, "1"});
    return study_.columns.size() - 1;
}

void AxisReader::read_values(const DocumentNode& values, Factor& factor) {
    const std::size_t n = factor.columns.size();
    std::set<std::vector<std::string>> known;
    for (const DocumentNode& element : values.elements()) {
        const std::vector<DocumentNode> cells =
            n == 1 && !element.is_array() ? std::vector{element} : element.elements();
        if (cells.size() != n) {
            faults_.add(element.fault(fmt::format("{} values are needed, one per key", n)));
            continue;
        }
        std::vector<std::string> row;
        for (std::size_t c = 0; c < n; ++c) {
            const auto text = value(cells[c]);
            row.push_back(text ? cell(*text, study_.columns[factor.columns[c]], factor.rows.empty())
                               : "");
        }
        const bool is_grid = study_.design == DesignKind::grid;
        if (is_grid && !known.insert(row).second)
            faults_.add(element.fault("this value is there twice"));
        factor.rows.push_back(std::move(row));
    }
    if (factor.rows.empty()) faults_.add(values.fault("an axis needs values"));
}

void AxisReader::read_law(const TableReader& axis, Distribution& range) {
    if (const auto law = axis.choice<AxisLaw>("distribution"); law && *law != AxisLaw::model)
        range.kind = *find_word<Law>(name_of(*law));
    if (axis.choice<AxisScale>("scale") == AxisScale::log) range.kind = Law::loguniform;
}

/// Range and distribution of a parameter as its model declares them.
bool AxisReader::model_range(const TableReader& axis, Column& column, Distribution& range) {
    const DocumentNode at = axis.has("distribution") ? axis.at("distribution") : axis.node();
    const std::string prefix = "parameters.";
    const int index = column.key.starts_with(prefix)
                          ? model_.find_parameter(column.key.substr(prefix.size()))
                          : -1;
    if (index < 0) {
        faults_.add(at.fault("this axis needs values or a range",
                             "only a model's parameters have ranges of their own"));
        return false;
    }
    const model::Parameter& parameter = model_.parameters[static_cast<std::size_t>(index)];
    if (!parameter.low || !parameter.high) {
        faults_.add(at.fault(fmt::format("the model states no range for '{}'", parameter.name),
                             "give range = [low, high]"));
        return false;
    }
    range = declared_distribution(parameter);
    if (range.kind == Law::fixed) range.kind = Law::uniform;
    column.unit = parameter.unit.text.empty() ? "1" : parameter.unit.text;
    range.value = parameter.unit.from_internal(parameter.value);
    range.low = parameter.unit.from_internal(*parameter.low);
    range.high = parameter.unit.from_internal(*parameter.high);
    return true;
}

void AxisReader::read_range(const TableReader& axis, Factor& factor) {
    Column& column = study_.columns[factor.columns.front()];
    const DocumentNode node = axis.at("range"), law = axis.at("distribution");
    Distribution range;
    range.kind = Law::uniform;
    read_law(axis, range);
    if (!node) {
        if (!model_range(axis, column, range)) return;
    } else {
        const std::vector<DocumentNode> ends = node.elements();
        const auto low = ends.size() == 2 ? value(ends[0]) : std::nullopt;
        const auto high = ends.size() == 2 ? value(ends[1]) : std::nullopt;
        if (!low || !high || !low->quantity || !high->quantity) {
            faults_.add(node.fault("a range is [lowest, highest], with units"));
            return;
        }
        range.low = std::stod(cell(*low, column, true));
        const std::string top = cell(*high, column, false);
        if (top.empty()) return;
        range.high = std::stod(top);
        range.value = range.kind == Law::lognormal ? std::sqrt(range.low * range.high)
                                                   : 0.5 * (range.low + range.high);
    }
    const bool is_log = range.kind == Law::loguniform || range.kind == Law::lognormal;
    if (!(range.low < range.high) || (is_log && range.low <= 0.0)) {
        faults_.add((node ? node : law)
                        .fault(is_log ? "a logarithmic range runs from above 0 to something larger"
                                      : "a range runs from its lowest value to a larger one"));
        return;
    }
    spread(axis, range, column.name, factor);
}

/// A range as itself in sampled designs, as `count` values at equal shares elsewhere.
void AxisReader::spread(const TableReader& axis, const Distribution& range,
                        const std::string& column, Factor& factor) {
    const DocumentNode count = axis.at("count");
    const bool sampled = study_.design == DesignKind::latin_hypercube ||
                         study_.design == DesignKind::sobol || study_.design == DesignKind::morris;
    if (sampled) {
        factor.range = range;
        if (count) faults_.add(count.fault("'count' has no meaning in a sampled design"));
        return;
    }
    if (!count)
        faults_.add(axis.node().fault(
            fmt::format("the range of '{}' needs 'count', how many values from 2", column)));
    const auto n = axis.whole("count");
    if (!n) return;
    for (std::int64_t k = 0; k < *n; ++k) {
        const double u = static_cast<double>(k) / static_cast<double>(*n - 1);
        const double value = k == 0 ? range.low : k == *n - 1 ? range.high : quantile(range, u);
        factor.rows.push_back({study_.columns[factor.columns.front()].drawn(value, 12)});
    }
}

void AxisReader::read_axis(const TableReader& axis) {
    const DocumentNode values = axis.at("values");
    const std::string name = axis.text("name", "");
    Factor factor;
    if (const auto key = axis.text("key")) {
        factor.columns.push_back(add_column(axis.at("key"), *key, name));
    } else if (values_.array(axis.at("keys"))) {
        for (const DocumentNode& element : axis.at("keys").elements())
            if (const auto text = values_.text(element))
                factor.columns.push_back(add_column(element, *text, ""));
    }
    if (factor.columns.empty()) {
        if (axis.has("key") || axis.has("keys")) return;  // reported
        faults_.add(
            axis.node().fault("an axis needs 'key', the scenario's key that it varies",
                              "such as key = \"regimen.spacing\" or key = \"parameters.K_TF\""));
        return;
    }
    if (values) {
        if (values_.array(values)) read_values(values, factor);
    } else if (factor.columns.size() == 1) {
        read_range(axis, factor);
    } else {
        faults_.add(axis.node().fault("an axis of several keys needs values"));
    }
    study_.factors.push_back(std::move(factor));
}

/// Leaves of a table as dotted keys.
void flatten(const DocumentNode& table, const std::string& prefix,
             std::vector<std::pair<std::string, DocumentNode>>& out) {
    for (const DocumentNode& member : table.members()) {
        const std::string path = prefix.empty() ? member.key() : prefix + '.' + member.key();
        if (member.is_table())
            flatten(member, path, out);
        else
            out.emplace_back(path, member);
    }
}

void AxisReader::read_cases(const DocumentNode& cases) {
    Factor factor;
    for (const DocumentNode& element : cases.elements()) {
        std::vector<std::pair<std::string, DocumentNode>> leaves;
        flatten(element, "", leaves);
        if (factor.rows.empty())
            for (const auto& [key, node] : leaves)
                factor.columns.push_back(add_column(node, key, ""));
        std::vector<std::string> row(factor.columns.size());
        std::size_t given = 0;
        for (const auto& [key, node] : leaves) {
            const auto column = std::find_if(
                factor.columns.begin(), factor.columns.end(),
                [&, wanted = &key](std::size_t c) { return study_.columns[c].key == *wanted; });
            if (column == factor.columns.end()) {
                faults_.add(node.fault_at_key(fmt::format("the first case has no '{}'", key),
                                              "all cases give the same keys"));
                continue;
            }
            if (const auto v = value(node)) {
                row[static_cast<std::size_t>(column - factor.columns.begin())] =
                    cell(*v, study_.columns[*column], factor.rows.empty());
            }
            ++given;
        }
        if (given != factor.columns.size())
            faults_.add(element.fault("this case does not give every key of the first case"));
        factor.rows.push_back(std::move(row));
    }
    study_.factors.push_back(std::move(factor));
}

}  // namespace

std::vector<io::Override> read_set(const DocumentNode& table, Diagnostics& faults) {
    std::vector<std::pair<std::string, DocumentNode>> leaves;
    flatten(table, "", leaves);
    std::vector<io::Override> list;
    for (const auto& [key, node] : leaves)
        if (node.is_string())
            list.push_back({key, node.string()});
        else if (node.is_number())
            list.push_back({key, fmt::format("{}", node.number())});
        else if (const auto flag = node.boolean())
            list.push_back({key, *flag ? "true" : "false"});
        else
            faults.add(node.fault("[set] takes numbers, texts, true or false"));
    return list;
}

constinit const Table axis_table{.meaning = "what varies", .keys = axis_keys};

void read_axes(const TableReader& root, const model::Model& model, Study& study) {
    const ValueReader& values = root.values();
    AxisReader reader(model, study, values);
    if (study.design == DesignKind::list) {
        if (root.has("axis"))
            values.add(root.fault("axis", "a list design has [[case]], no [[axis]]"));
        if (root.has("case") && values.array(root.at("case"))) reader.read_cases(root.at("case"));
        return;
    }
    if (root.has("case")) values.add(root.fault("case", "[[case]] belongs to design = \"list\""));
    for (const TableReader& axis : root.tables("axis"))
        reader.read_axis(axis);
}

}  // namespace neocol::study::detail
