#pragma once

#include <string>
#include <vector>

#include <neocol/io/result_reader.hpp>

namespace neocol::study {

/// Values of one quantity in several results; missing ones are NaN.
struct ComparisonRow {
    std::string name, long_name, unit;
    double day = 0.0;  ///< after the last session; unused for outcomes
    std::vector<double> values;
    std::vector<std::string> notes;  ///< why a value is censored or missing, empty if it is not
};

/// Results side by side at equal times after their last sessions.
struct Comparison {
    std::vector<std::string> files, titles, hashes;
    std::vector<std::string> statuses, reasons;  ///< of the runs; a reason where not complete
    std::vector<std::string> regimens;           ///< in words
    std::vector<double> sessions;                ///< how many each had
    std::vector<double> wounded_volume;          ///< sum over sessions, per mm2 of skin [mm]
    std::vector<double> days;                    ///< after the last session
    std::vector<ComparisonRow> observables;      ///< grouped by observable, then day
    std::vector<ComparisonRow> outcomes;
};

/// \param days  after the last session; empty: 0, 28, 90, 180 as far as every result reaches, and
///              the last day all have reached
/// \throws InputError  fewer than two results, different models, a day beyond a result's end
Comparison compare(const std::vector<io::StoredResult>& results, std::vector<double> days,
                   const std::vector<std::string>& observables);

std::string to_text(const Comparison& comparison);
std::string to_json(const Comparison& comparison);

}  // namespace neocol::study
