#include <neocol/core/csv.hpp>

#include <utility>

namespace neocol {

std::vector<CsvCell> csv_cells(std::string_view line) {
    std::vector<CsvCell> cells(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
            cells.back().text += '"';
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            cells.push_back({{}, i + 1});
        } else if (c != '\r') {
            cells.back().text += c;
        }
    }
    return cells;
}

std::vector<std::string> split_csv(std::string_view line) {
    std::vector<std::string> texts;
    for (CsvCell& cell : csv_cells(line))
        texts.push_back(std::move(cell.text));
    return texts;
}

}  // namespace neocol
