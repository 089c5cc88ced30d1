#include "input_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <neocol/core/csv.hpp>
#include <neocol/core/names.hpp>

namespace neocol::io::detail {

namespace {

constexpr std::size_t most_faults = 10;  ///< of one table: more say the same again

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A column's heading: `po2 [kPa]`.
struct Heading {
    std::string name, unit;
};

Heading heading_of(std::string_view cell) {
    const std::string_view text = trimmed(cell);
    const std::size_t open = text.find('[');
    if (open == std::string_view::npos || !text.ends_with(']')) return {std::string(text), {}};
    return {std::string(trimmed(text.substr(0, open))),
            std::string(trimmed(text.substr(open + 1, text.size() - open - 2)))};
}

/// A column that is read: where it stands, and the unit of its numbers.
struct Column {
    std::string name;
    std::size_t at = 0;
    Unit unit;
};

class InputTableReader {
public:
    InputTableReader(const NamedText& file, const UnitSystem& units, Diagnostics& faults)
        : file_(file), units_(units), faults_(faults) {}

    std::optional<Course> read(const InputColumns& columns, const Unit& unit) {
        std::string_view rest = file_.text;
        if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
        for (row_ = 1; !rest.empty() && n_faults_ < most_faults; ++row_) {
            const std::size_t end = rest.find('\n');
            line_ = rest.substr(0, end);
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
            if (trimmed(line_).empty() || line_ == "\r" || line_.front() == '#') continue;
            cells_ = csv_cells(line_);
            if (std::count(line_.begin(), line_.end(), '"') % 2 != 0) {
                fault(cells_.size() - 1, fmt::format("row {}: a quote is not closed", row_),
                      "a row of the table is one line");
                continue;
            }
            if (headings_.empty()) {
                if (!read_headings(columns, unit)) return std::nullopt;
            } else {
                read_row();
            }
        }
        if (n_faults_ == 0) finish();
        if (n_faults_ > 0) return std::nullopt;
        return course_;
    }

private:
    const NamedText& file_;
    const UnitSystem& units_;
    Diagnostics& faults_;
    std::size_t n_faults_ = 0;
    int row_ = 0;
    std::string_view line_;
    std::vector<CsvCell> cells_;
    std::vector<Heading> headings_;
    Column time_, depth_, value_;
    bool by_depth_ = false;
    std::size_t i_depth_ = 0;  ///< of the next row in the block of one time
    Course course_;

    void fault(std::size_t cell, const std::string& message, const std::string& help) {
        ++n_faults_;
        const std::size_t begin = cell < cells_.size() ? cells_[cell].begin : line_.size();
        const std::size_t length = cell < cells_.size() ? cells_[cell].text.size() : 1;
        faults_.add({{file_.path, row_, static_cast<int>(begin + 1),
                      static_cast<int>(std::max<std::size_t>(length, 1))},
                     message,
                     std::string(line_),
                     help});
    }

    /// Column of a name; its unit from the settings or the heading.
    bool find(Column& column, const std::string& name, const std::string& given, const Unit& due,
              std::string_view key, bool is_required) {
        const auto found = std::find_if(headings_.begin(), headings_.end(),
                                        [&](const Heading& h) { return h.name == name; });
        if (found == headings_.end()) {
            std::vector<std::string> known;
            for (const Heading& heading : headings_)
                known.push_back(heading.name);
            if (is_required)
                fault(0, fmt::format("the table has no column '{}'", name),
                      fmt::format("{}; name another by {} = \"...\"", suggest(name, known), key));
            return false;
        }
        column.name = name;
        column.at = static_cast<std::size_t>(found - headings_.begin());
        const auto again = std::find_if(found + 1, headings_.end(),
                                        [&](const Heading& h) { return h.name == name; });
        if (again != headings_.end()) {
            fault(static_cast<std::size_t>(again - headings_.begin()),
                  fmt::format("column '{}' is there already", name),
                  fmt::format("give each a name of its own, and name the one to read by {} = "
                              "\"...\"",
                              key));
            return false;
        }
        if (!given.empty() && !found->unit.empty() && given != found->unit) {
            fault(column.at,
                  fmt::format("column '{}' is in {} by its heading, and the scenario says {}", name,
                              found->unit, given),
                  "leave one of them out");
            return false;
        }
        const std::string& text = given.empty() ? found->unit : given;
        if (text.empty() && !due.dimension.is_one()) {
            fault(column.at, fmt::format("column '{}' has no unit", name),
                  fmt::format("write it in the heading, '{} [{}]', or in the scenario", name,
                              due.text));
            return false;
        }
        try {
            column.unit = units_.parse(text.empty() ? "1" : text);
        } catch (const InputError& error) {
            fault(column.at, error.diagnostics.front().message, error.diagnostics.front().help);
            return false;
        }
        if (column.unit.dimension == due.dimension) return true;
        fault(column.at,
              fmt::format("column '{}' is in {}, a unit such as {} is due", name, column.unit.text,
                          due.text),
              {});
        return false;
    }

    bool read_headings(const InputColumns& columns, const Unit& unit) {
        for (const CsvCell& cell : cells_)
            headings_.push_back(heading_of(cell.text));
        const bool has_value =
            find(value_, columns.value, columns.value_unit, unit, "column", true);
        const bool has_time = find(time_, columns.time, columns.time_unit,
                                   units_.coherent(Dimension::base("s")), "time", true);
        by_depth_ = find(depth_, columns.depth, columns.depth_unit,
                         units_.coherent(Dimension::base("m")), "depth", columns.needs_depth);
        return has_value && has_time && n_faults_ == 0;
    }

    std::optional<double> number(const Column& column) {
        if (column.at >= cells_.size()) {
            fault(cells_.size(), fmt::format("row {} has no column '{}'", row_, column.name),
                  fmt::format("the heading has {} columns, this row {}", headings_.size(),
                              cells_.size()));
            return std::nullopt;
        }
        std::string_view text = trimmed(cells_[column.at].text);
        if (text.starts_with('+')) text.remove_prefix(1);
        double value = 0.0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error == std::errc() && end == text.data() + text.size() && std::isfinite(value))
            return column.unit.to_internal(value);
        fault(column.at,
              text.empty() ? fmt::format("row {}, column '{}': a blank cell", row_, column.name)
                           : fmt::format("row {}, column '{}': '{}' is no finite number", row_,
                                         column.name, text),
              "leave the row out if the value is not known: a course is interpolated");
        return std::nullopt;
    }

    void read_row() {
        const auto time = number(time_), value = number(value_);
        const auto depth = by_depth_ ? number(depth_) : std::optional(0.0);
        if (!time || !value || !depth) return;
        if (by_depth_)
            place(*time, *depth);
        else
            begin_time(*time);
        course_.values.push_back(*value);
    }

    void begin_time(double time) {
        if (!course_.times.empty() && !(time > course_.times.back()))
            fault(time_.at,
                  fmt::format("row {}, column '{}': the time is not after that of the row before",
                              row_, time_.name),
                  "sort the rows by time, each time once");
        course_.times.push_back(time);
    }

    /// The depths of the first time are those of all.
    void place(double time, double depth) {
        const bool is_new = course_.times.empty() || time != course_.times.back();
        const bool is_first = course_.times.size() == (is_new ? 0 : 1);
        if (is_new) {
            if (!course_.times.empty() && i_depth_ != course_.depths.size())
                fault(time_.at,
                      fmt::format("row {}: the time before has {} of {} depths", row_, i_depth_,
                                  course_.depths.size()),
                      "give every time the same depths");
            begin_time(time);
            i_depth_ = 0;
        }
        if (is_first) {
            if (!course_.depths.empty() && !(depth > course_.depths.back()))
                fault(depth_.at,
                      fmt::format("row {}, column '{}': the depth is not below that of the row "
                                  "before",
                                  row_, depth_.name),
                      "sort the rows by time and, of one time, by depth");
            course_.depths.push_back(depth);
        } else if (i_depth_ >= course_.depths.size() || depth != course_.depths[i_depth_]) {
            fault(depth_.at,
                  fmt::format("row {}, column '{}': not a depth of the first time", row_,
                              depth_.name),
                  "give every time the same depths, in order");
        }
        ++i_depth_;
    }

    void finish() {
        if (headings_.empty() || course_.times.empty()) {
            cells_.clear();
            line_ = {};
            fault(0, headings_.empty() ? "the table is empty" : "the table has no rows",
                  "it needs a heading and a row for each time");
        } else if (by_depth_ && i_depth_ != course_.depths.size()) {
            fault(depth_.at,
                  fmt::format("the last time has {} of {} depths", i_depth_, course_.depths.size()),
                  "give every time the same depths");
        }
    }
};

}  // namespace

std::optional<Course> read_input_table(const NamedText& file, const InputColumns& columns,
                                       const Unit& unit, const UnitSystem& units,
                                       Diagnostics& faults) {
    return InputTableReader(file, units, faults).read(columns, unit);
}

}  // namespace neocol::io::detail
