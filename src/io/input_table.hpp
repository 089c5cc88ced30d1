#pragma once

#include <optional>
#include <string>

#include <neocol/core/course.hpp>
#include <neocol/core/error.hpp>
#include <neocol/core/units.hpp>
#include <neocol/io/library.hpp>

namespace neocol::io::detail {

/// Which columns of a table are what. A unit stands here, or behind the name in the heading:
/// `po2 [kPa]`.
struct InputColumns {
    std::string value, time = "time", depth = "depth";
    std::string value_unit, time_unit, depth_unit;  ///< empty: as the heading says
    bool needs_depth = false;  ///< else depth is read where there is such a column
};

/// Reads the course of a quantity from comma-separated values: a heading, then a row a time or, by
/// depth, a row a time and depth, in ascending order; `#` begins a line that is left out.
///
/// Faults name file, row and column: columns that are missing, cells that are blank or no number,
/// rows out of order, units that do not fit.
/// \param unit  of the quantity \returns nothing after a fault
std::optional<Course> read_input_table(const NamedText& file, const InputColumns& columns,
                                       const Unit& unit, const UnitSystem& units,
                                       Diagnostics& faults);

}  // namespace neocol::io::detail
