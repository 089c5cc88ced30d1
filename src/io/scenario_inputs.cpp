#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/files/files.hpp>

#include "input_table.hpp"
#include "scenario_keys.hpp"
#include "scenario_parts.hpp"

namespace neocol::io::detail {

namespace {

/// The course that a file holds.
std::optional<Course> course_of_file(ScenarioDraft& draft, const TableReader& table,
                                     const model::External& external, const UnitSystem& units) {
    const auto name = table.text("table");
    InputColumns columns;
    columns.value = table.text("column", external.name);
    columns.value_unit = table.text("unit", "");
    columns.time = table.text("time", columns.time);
    columns.time_unit = table.text("time_unit", "");
    columns.depth = table.text("depth", columns.depth);
    columns.depth_unit = table.text("depth_unit", "");
    columns.needs_depth = table.has("depth");
    if (!name) return std::nullopt;
    const std::string path = draft.relative(*name);
    try {
        const NamedText file{path, read_text_file(path)};
        if (std::none_of(draft.files.begin(), draft.files.end(),
                         [&](const NamedText& other) { return other.path == path; }))
            draft.files.push_back(file);
        return read_input_table(file, columns, external.unit, units, draft.values.faults());
    } catch (const IoError& error) {
        if (files::kind_of(error.path) == files::Kind::regular) throw;
        draft.values.add(table.fault("table", error.what()));
    }
    return std::nullopt;
}

/// The course that stands in the scenario, as a resolved one stores what it read.
std::optional<Course> course_in_place(const TableReader& table, const ValueReader& values,
                                      const model::External& external) {
    Course course;
    course.times = table.quantities("times");
    course.depths = table.quantities("depths");
    const std::size_t faults = values.n_faults();
    for (const DocumentNode& element : table.at("values").elements())
        if (const auto value = values.silent().quantity(element, external.unit))
            course.values.push_back(*value);
    if (values.n_faults() > faults) return std::nullopt;
    const auto ascends = [&](const char* key, const std::vector<double>& numbers) {
        if (std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) ==
            numbers.end())
            return true;
        values.add(table.fault(key, fmt::format("'{}' must ascend", key), {}));
        return false;
    };
    if (!ascends("times", course.times) || !ascends("depths", course.depths)) return std::nullopt;
    const std::size_t due = course.times.size() * course.n_depths();
    if (course.values.size() == due && due > 0) return course;
    values.add(table.fault_at_key(
        table.has("values") ? "values" : "times",
        fmt::format("{} values where {} belong", course.values.size(), due),
        "give as many values as times; with depths as many for each time, by depth"));
    return std::nullopt;
}

std::optional<Course> read_course(ScenarioDraft& draft, const ValueReader& values,
                                  const DocumentNode& entry, const model::External& external) {
    if (!entry.is_table()) {
        const auto value = values.quantity(entry, external.unit);
        if (!value) return std::nullopt;
        Course course;
        course.values.push_back(*value);
        return course;
    }
    const TableReader table(entry, input_table, values);
    if (table.has("table") == table.has("times")) {
        values.add(entry.fault_at_key(
            fmt::format("input '{}' needs a table, or times and values", external.name),
            "name a file: table = \"course.csv\""));
        return std::nullopt;
    }
    auto course = table.has("table") ? course_of_file(draft, table, external, values.units())
                                     : course_in_place(table, values, external);
    if (course) course->holds_ends = table.choice("outside", Outside::refuse) == Outside::hold;
    return course;
}

}  // namespace

void read_inputs(ScenarioDraft& draft, const ValueReader& values, const DocumentNode& inputs,
                 const model::Model* model) {
    if (model == nullptr || !values.table(inputs)) return;
    for (const DocumentNode& entry : inputs.members()) {
        const std::string& name = entry.key();
        const auto external =
            std::find_if(model->externals.begin(), model->externals.end(),
                         [&](const model::External& known) { return known.name == name; });
        if (external == model->externals.end()) {
            values.add(
                entry.fault_at_key(fmt::format("model '{}' has no input '{}'", model->name, name),
                                   suggest(name, names_of(model->externals))));
            continue;
        }
        draft.places["inputs." + name] = entry;
        if (auto course = read_course(draft, values, entry, *external))
            draft.scenario.inputs[name] = std::move(*course);
    }
}

}  // namespace neocol::io::detail
