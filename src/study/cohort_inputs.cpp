#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include <fmt/format.h>

#include <neocol/core/csv.hpp>
#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>
#include <neocol/study/cohort_compare.hpp>

namespace neocol::study {

LeastDifference parse_least(const std::string& text) {
    const std::size_t sign = text.find_first_of("<>");
    if (sign != std::string::npos && sign > 0) {
        char* end = nullptr;
        const std::string number = text.substr(sign + 1);
        const double least = std::strtod(number.c_str(), &end);
        if (!number.empty() && *end == '\0' && least > 0.0 && std::isfinite(least)) {
            std::string name = text.substr(0, sign);
            name.erase(name.find_last_not_of(' ') + 1);
            return {name, least, text[sign] == '>'};
        }
    }
    throw UsageError(
        "--least takes OUTCOME>NUMBER where more is better, OUTCOME<NUMBER where less "
        "is, such as 'collagen_dermis_gain_90d>0.5'; '" +
        text + "' is neither");
}

ClosureErrors find_closure_errors(const io::Library& library, const std::string& model) {
    ClosureErrors errors;
    for (const std::string& folder : library.folders()) {
        const std::string path = folder + "/" + model + "/closure.csv";
        if (files::kind_of(path) == files::Kind::absent) continue;
        errors.path = path;
        std::istringstream lines(io::read_text_file(path));
        std::string line;
        std::size_t name = 0, error = 0;
        bool headed = false;
        for (int number = 1; std::getline(lines, line); ++number) {
            if (line.empty() || line[0] == '#') continue;
            const std::vector<std::string> cells = split_csv(line);
            const auto column = [&](const char* wanted) {
                return static_cast<std::size_t>(std::find(cells.begin(), cells.end(), wanted) -
                                                cells.begin());
            };
            if (!headed) {
                name = column("outcome");
                error = column("relative_error");
                headed = true;
            }
            if (std::max(name, error) >= cells.size()) {
                throw InputError(
                    {{{path, number, 1}, "a row without outcome or relative_error", line, {}}});
            }
            if (cells[name] != "outcome") {
                double& largest = errors.relative[cells[name]];
                largest = std::max(largest, std::strtod(cells[error].c_str(), nullptr));
            }
        }
        break;
    }
    return errors;
}

}  // namespace neocol::study
