#include <neocol/study/collect.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/study/journal.hpp>

#include <neocol/files/files.hpp>
#include "collect_file.hpp"

namespace neocol::study {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The table: one row a case, what HDF5 holds without the time courses.
class Table {
public:
    Table(const Plan& plan, const std::string& path)
        : path_(path), file_(std::fopen(path.c_str(), "w")) {
        if (!file_) refuse();
        std::string header = "run,id,replicate,seed";
        for (const Column& column : plan.columns)
            header += ',' + csv_cell(column.name);
        header += ",status,reached";
        for (const std::string& outcome : plan.outcomes)
            header += fmt::format(",{0},{0}_censored", outcome);
        put(header + ",reason,scenario_hash\n");
    }
    void append(const Case& one, const StoredCase& result, std::uint8_t state) {
        std::string line = fmt::format("{},{},{},{}", one.run, one.id, one.replicate, one.seed);
        for (const std::string& cell : one.cells)
            line += ',' + csv_cell(cell);
        line += fmt::format(",{},", state_name(state));
        if (std::isfinite(result.reached)) line += fmt::format("{}", result.reached);
        for (std::size_t k = 0; k < result.outcomes.size(); ++k) {
            line += ',';
            if (std::isfinite(result.outcomes[k])) line += fmt::format("{}", result.outcomes[k]);
            line += fmt::format(",{}", result.censored[k]);
        }
        line += fmt::format(",{},{}\n", csv_cell(result.reason), result.hash);
        put(line);
    }
    void close() {
        if (std::fflush(file_.get()) != 0) refuse();
        file_.reset();
    }

private:
    void put(const std::string& text) {
        if (std::fputs(text.c_str(), file_.get()) < 0) refuse();
    }
    [[noreturn]] void refuse() const {
        throw IoError(path_, fmt::format("cannot be written: {}", std::strerror(errno)));
    }
    std::string path_;
    FileHandle file_;
};

std::string units_text(const Plan& plan, const model::Model& model) {
    std::string text = "column,unit,long_name\n";
    const auto add = [&](const std::string& name, const std::string& unit,
                         const std::string& meaning) {
        text += fmt::format("{},{},{}\n", csv_cell(name), csv_cell(unit), csv_cell(meaning));
    };
    add("run", "1", "number of the case, from 0");
    add("id", "", "identity of the case");
    add("replicate", "1", "repetition with other puncture positions, from 1");
    add("seed", "1", "of puncture positions");
    for (const Column& column : plan.columns)
        add(column.name, io::stored_units(column.unit), column.key);
    add("status", "", "complete, or why not: reason");
    add("reached", "d", "time the run reached");
    for (const std::string& name : plan.outcomes) {
        for (const model::Outcome& outcome : model.outcomes) {
            if (outcome.name == name) {
                add(name, io::stored_units(outcome.unit.text), outcome.meaning);
                add(name + "_censored", "1",
                    "1: the run could not tell, or could tell a bound only");
            }
        }
    }
    add("reason", "", "why the case is not complete");
    add("scenario_hash", "", "identity of the run: hash of the resolved scenario and the model");
    return text;
}

/// A row for a case without a complete result.
void blank(const Plan& plan, std::uint32_t n_times, StoredCase& result) {
    const auto n = plan.observables.size() * n_times;
    result.observables.assign(n, std::numeric_limits<float>::quiet_NaN());
    result.outcomes.assign(plan.outcomes.size(), nan);
    result.censored.assign(plan.outcomes.size(), 1);
}

/// Lengthens the observables of a case that ended before others to n_times with NaN.
void pad(const Plan& plan, std::uint32_t n_times, StoredCase& result) {
    if (result.n_times == n_times) return;
    std::vector<float> longer(plan.observables.size() * n_times,
                              std::numeric_limits<float>::quiet_NaN());
    for (std::size_t q = 0; q < plan.observables.size(); ++q) {
        std::copy_n(result.observables.begin() + static_cast<std::ptrdiff_t>(q * result.n_times),
                    result.n_times, longer.begin() + static_cast<std::ptrdiff_t>(q * n_times));
    }
    result.observables = std::move(longer);
}

StoredCase result_of(const Plan& plan, const Case& one, const ShardPlace& place,
                     std::uint32_t n_times, std::uint8_t state, ShardReader& shards) {
    StoredCase result;
    if (place.task != ~std::uint32_t{0} && state != state_pending && state != state_lost) {
        result = shards.read(place, one.run);
    } else {
        result.run = one.run;
        result.reached = nan;
        result.reason = state == state_lost
                            ? fmt::format(
                                  "the program ended {} times while this case ran; is "
                                  "memory short?",
                                  most_lost_starts)
                            : std::string("not run yet");
    }
    if (result.status != 0 || state == state_pending || state == state_lost) {
        blank(plan, n_times, result);
    } else {
        pad(plan, n_times, result);
    }
    return result;
}

}  // namespace

CollectReport collect(const Plan& plan, const std::string& command, const std::string& host) {
    constexpr std::uint64_t block = 16384;  // cases whose places are known at once
    CollectReport report{plan.file("collected.h5"),
                         plan.file("collected.csv"),
                         plan.file("collected.units.csv"),
                         0,
                         0,
                         0};
    const StudyState state = read_state(plan);
    const std::unique_ptr<CaseRunner> runner = make_runner(plan, {});
    Manifest manifest(plan.file("manifest.csv"));
    const io::ScenarioFamily::Member first = runner->read(plan.overrides(manifest.row(0)));
    const std::uint32_t n_times = std::max<std::uint32_t>(1, state.most_times);

    const std::string part = report.file + ".part", table_part = report.table + ".part";
    try {
        detail::CollectedFile file(part, plan, *first.model, n_times);
        Table table(plan, table_part);
        ShardReader shards(plan);
        for (std::uint64_t begin = 0; begin < plan.n_cases; begin += block) {
            const std::uint64_t n = std::min(block, plan.n_cases - begin);
            const std::vector<ShardPlace> places = find_results(plan, begin, n);
            for (std::uint64_t i = 0; i < n; ++i) {
                const Case one = manifest.row(begin + i);
                const std::uint8_t now = state.state[begin + i];
                const StoredCase result = result_of(plan, one, places[i], n_times, now, shards);
                file.append(one, result, now, state.attempts[begin + i]);
                table.append(one, result, now);
            }
        }
        report.complete = state.n_complete();
        report.pending = state.count(state_pending);
        report.failed = state.n_failed();
        file.finish(command, host, report, first.model->text);
        table.close();
    } catch (...) {
        std::remove(part.c_str());
        std::remove(table_part.c_str());
        throw;
    }
    files::write(report.units, units_text(plan, *first.model));
    for (const auto& [from, to] : {std::pair{table_part, report.table}, {part, report.file}}) {
        if (std::rename(from.c_str(), to.c_str()) != 0) {
            throw IoError(to, fmt::format("cannot be put into place: {}", std::strerror(errno)));
        }
    }
    return report;
}

}  // namespace neocol::study
