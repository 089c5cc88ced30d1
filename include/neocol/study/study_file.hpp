#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <neocol/core/table.hpp>
#include <neocol/io/library.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/study/design_points.hpp>
#include <neocol/study/distribution.hpp>

namespace neocol::study {

/// How the cases of a study are chosen.
enum class DesignKind {
    grid,             ///< every combination of the axes' values; the last axis varies fastest
    zip,              ///< the axes' first values together, then their second ones, ...
    list,             ///< cases one by one
    latin_hypercube,  ///< one sample in each of n equal strata of every axis
    sobol,            ///< Sobol' sequence with a random digital shift
    morris,           ///< one-at-a-time paths for elementary effects
};
/// Which seeds the cases of a study have.
enum class Seeds { paired, independent };

}  // namespace neocol::study

namespace neocol {

template <>
inline constexpr auto words<study::DesignKind> = std::to_array<Word<study::DesignKind>>({
    {study::DesignKind::grid, "grid", "every combination of the axes' values"},
    {study::DesignKind::zip, "zip", "the axes' first values together, then their second ones"},
    {study::DesignKind::list, "list", "cases one by one"},
    {study::DesignKind::latin_hypercube, "latin_hypercube",
     "one sample in each of n equal strata of every axis"},
    {study::DesignKind::sobol, "sobol", "a Sobol' sequence with a random digital shift"},
    {study::DesignKind::morris, "morris", "paths that change one axis at a time"},
});

template <>
inline constexpr auto words<study::Seeds> = std::to_array<Word<study::Seeds>>({
    {study::Seeds::paired, "paired", "replicate k has the same seed in all cases"},
    {study::Seeds::independent, "independent", "every case has seeds of its own"},
});

}  // namespace neocol

namespace neocol::study {

/// One column of a design: a scenario key that varies.
struct Column {
    std::string name;  ///< clean: what the column is called in manifest and results
    std::string key;   ///< dotted path in the scenario
    std::string unit;  ///< of its numbers; "1": none; empty: the cells are words
    bool is_text() const { return unit.empty(); }
    /// The cell as an override's value.
    std::string value(const std::string& cell) const;
    /// The cell of a number that a design draws; a time of a schedule becomes a whole number of
    /// nanoseconds. \param digits  at most; 0: all
    std::string drawn(double number, int digits = 0) const;
};

/// Columns that vary together, as one axis of the design.
struct Factor {
    std::vector<std::size_t> columns;            ///< indices into Study::columns
    std::vector<std::vector<std::string>> rows;  ///< cells [value][column of the factor]
    /// In place of rows: sampled, one column, in its unit.
    std::optional<Distribution> range;
};

/// A study as the user wrote it (docs/studies.md), checked.
struct Study {
    std::string title, question;
    std::string text;      ///< of the study file
    std::string scenario;  ///< path of the base scenario
    DesignKind design = DesignKind::grid;
    std::size_t samples = 0;                   ///< of sampled designs; paths of morris
    std::vector<std::size_t> earlier_samples;  ///< of a Latin hypercube that grew, smallest first
    std::size_t levels = 4;                    ///< of morris
    std::uint64_t seed = 1;                    ///< of the design, and first seed of the cases
    std::size_t replicates = 1;
    bool paired_seeds = true;
    std::vector<Column> columns;
    std::vector<Factor> factors;
    std::vector<io::Override> set;                   ///< the same in all cases
    std::vector<std::string> observables, outcomes;  ///< kept
    std::optional<Time> every;                       ///< of observables
    double case_time_limit = 0.0;                    ///< wall time [s], 0: none
    std::string isa;                                 ///< of the compiled kernels

    /// Sizes through which a Latin hypercube grew, the present one last.
    std::vector<std::size_t> sizes() const {
        std::vector<std::size_t> all = earlier_samples;
        all.push_back(samples);
        return all;
    }
};

/// What a study file may hold.
extern const Table study_table;

/// Reads a study file, with the scenario it names.
///
/// \param library  where models, devices and sites are found; `models/` beside the scenario first
/// \throws InputError  every fault found, each at its place
/// \throws IoError     a file cannot be read
Study read_study(const std::string& path, const io::Library& library);

/// Cases of a study before replicates: one cell per column.
class CaseSource {
public:
    explicit CaseSource(const Study& study);
    std::size_t size() const { return size_; }
    /// Cells of case i, one per column.
    void row(std::size_t i, std::vector<std::string>& cells) const;

private:
    const Study& study_;
    PointSet points_;  ///< of sampled designs, one coordinate per factor
    std::size_t size_ = 0;
};

}  // namespace neocol::study
