#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace neocol {

/// A cell of a line of comma-separated values, out of its quotes.
struct CsvCell {
    std::string text;
    std::size_t begin = 0;  ///< its first byte in the line
};

/// Cells of a line; quotes as in RFC 4180. A line end of Windows is no part of the last cell.
std::vector<CsvCell> csv_cells(std::string_view line);

/// Their texts alone.
std::vector<std::string> split_csv(std::string_view line);

}  // namespace neocol
