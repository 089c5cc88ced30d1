#include <neocol/study/collect.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/study/plan_cases.hpp>

#include "collect_file.hpp"

namespace neocol::study {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The table: one row a case, what HDF5 holds without the time courses.
class Table {
public:
    Table(const Plan& plan, const std::string& path) : file_(path) {
        std::string header = "run,id,replicate,seed";
        for (const Column& column : plan.columns)
            header += ',' + csv_cell(column.name);
        header += ",status,reached,residual";
        for (const std::string& outcome : plan.outcomes)
            header += fmt::format(",{0},{0}_censored", outcome);
        put(header + ",reason,scenario_hash\n");
    }
    void append(const Case& planned_case, const StoredCase& result, std::uint8_t state) {
        std::string line = fmt::format("{},{},{},{}", planned_case.run, planned_case.id,
                                       planned_case.replicate, planned_case.seed);
        for (const std::string& cell : planned_case.cells)
            line += ',' + csv_cell(cell);
        line += fmt::format(",{},", state_name(state));
        if (std::isfinite(result.reached)) line += fmt::format("{}", result.reached);
        line += ',' + csv_number(result.residual);
        for (std::size_t k = 0; k < result.outcomes.size(); ++k) {
            line += ',';
            if (std::isfinite(result.outcomes[k])) line += fmt::format("{}", result.outcomes[k]);
            line += fmt::format(",{}", result.censored[k]);
        }
        line += fmt::format(",{},{}\n", csv_cell(result.reason), result.hash);
        put(line);
    }
    std::string digest() { return sum_.hex(); }
    void commit() { file_.commit(); }

private:
    void put(const std::string& text) {
        sum_.add(text);
        file_.append(text);
    }
    files::NewFile file_;
    Sha256 sum_;
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
    add("residual", "1", "largest residual of the budgets, share of the turnover");
    for (const std::string& name : plan.outcomes) {
        for (const model::Outcome& outcome : model.outcomes) {
            if (outcome.name == name) {
                add(name, io::stored_units(outcome.unit.text), outcome.meaning);
                add(name + "_censored", "1",
                    "1: the run could not tell, or could tell a bound only");
            }
        }
    }
    add("reason", "", "why the case is not complete, or is doubtful");
    add("scenario_hash", "", "identity of the run: hash of the resolved scenario and the model");
    return text;
}

/// A row of the collection: of a case with a result, or of one that has none.
struct Row {
    StoredCase result;
    std::vector<float> observables;  ///< [Plan::observables][n_times]
};

/// Lengthens the observables of a case that ended before others to n_times with NaN.
std::vector<float> padded(const Plan& plan, std::uint32_t n_times, const StoredCase& result) {
    std::vector<float> values = observables_of(result);
    if (result.n_records == n_times) return values;
    std::vector<float> longer(plan.observables.size() * n_times,
                              std::numeric_limits<float>::quiet_NaN());
    const std::size_t n = std::min(result.n_records, n_times);
    for (std::size_t q = 0; q < plan.observables.size(); ++q) {
        std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(q * result.n_records), n,
                    longer.begin() + static_cast<std::ptrdiff_t>(q * n_times));
    }
    return longer;
}

std::string reason_of(std::uint8_t state) {
    if (state == state_lost) {
        return fmt::format("the program ended {} times while this case ran; is memory short?",
                           most_lost_starts);
    }
    return state == state_damaged ? "its result is damaged; 'neocol study run' runs the case again"
                                  : "not run yet";
}

/// Results of the cases [first, first + n), those of a segment one after the other.
std::vector<Row> rows_of(const Plan& plan, const StoreState& state, std::uint64_t first,
                         std::uint64_t n, std::uint32_t n_times, StoreReader& store) {
    std::vector<Row> rows(n);
    std::vector<std::uint64_t> order(n);
    std::iota(order.begin(), order.end(), first);
    std::stable_sort(order.begin(), order.end(), [&](std::uint64_t a, std::uint64_t b) {
        return state.segment[a] < state.segment[b];
    });
    for (const std::uint64_t run : order) {
        const std::uint8_t now = state.state[run];
        Row& row = rows[run - first];
        if (!is_to_do(now) && now != state_lost) {
            row.result = store.read(run);
        } else {
            row.result.reached = nan;
            row.result.reason = reason_of(now);
        }
        row.result.run = run;
        if (has_values(now)) {
            row.observables = padded(plan, n_times, row.result);
        } else {
            row.observables.assign(plan.observables.size() * n_times,
                                   std::numeric_limits<float>::quiet_NaN());
            row.result.outcomes.assign(plan.outcomes.size(), nan);
            row.result.censored.assign(plan.outcomes.size(), 1);
        }
        row.result.records.clear();
    }
    return rows;
}

constexpr const char* complete_mark = "# complete ";

/// `collected.sha256`: digests of collected files, as `sha256sum --check` reads them. While files
/// are put into place a name may have two digests: of before and of after.
struct Digests {
    std::optional<std::uint64_t> complete;  ///< cases
    std::multimap<std::string, std::string> of;
};

std::string text_of(const Digests& digests) {
    std::string text = fmt::format("{}{}\n", complete_mark, digests.complete.value_or(0));
    for (const auto& [name, digest] : digests.of)
        text += fmt::format("{}  {}\n", digest, name);
    return files::sealed("collected", text);
}

/// \throws IoError  not as neocol wrote it
Digests parse_digests(const std::string& bytes, const std::string& path) {
    Digests digests;
    const std::string text = files::unsealed("collected", bytes, path);
    for (std::size_t start = 0, end = 0; start < text.size(); start = end + 1) {
        end = std::min(text.find('\n', start), text.size());
        const std::string line = text.substr(start, end - start);
        if (line.starts_with(complete_mark)) {
            std::uint64_t n = 0;
            const std::size_t at = std::string_view(complete_mark).size();
            std::from_chars(line.data() + at, line.data() + line.size(), n);
            digests.complete = n;
        } else if (line.size() > 66) {
            digests.of.emplace(line.substr(66), line.substr(0, 64));
        }
    }
    return digests;
}

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

/// Complete cases of what was collected before: nothing if that cannot be told, 0 if there is none.
std::optional<std::uint64_t> complete_before(const CollectReport& report, const std::string& path,
                                             Digests& before) {
    const bool is_there = files::kind_of(report.file) != files::Kind::absent ||
                          files::kind_of(report.table) != files::Kind::absent;
    const std::optional<std::string> bytes = files::read_if_there(path);
    if (bytes) {
        try {
            before = parse_digests(*bytes, path);
        } catch (const IoError&) {
            // Damaged: says nothing of the files beside it.
        }
    }
    return is_there ? before.complete : std::uint64_t{0};
}

/// Removes a file that was not finished; the fault that led here is the one to tell.
void remove_part(const std::string& path) {
    try {
        files::remove(path);
    } catch (const IoError&) {
        // Left behind: the next collection does not look at it.
    }
}

}  // namespace

CollectReport collect(const Plan& plan, const std::string& command, const std::string& host) {
    constexpr std::uint64_t most_rows = 1024, most_bytes = std::uint64_t{8} << 20;  // in memory
    CollectReport report;
    report.file = plan.file("collected.h5");
    report.table = plan.file("collected.csv");
    report.units = plan.file("collected.units.csv");
    const std::string sums = plan.file("collected.sha256");
    PlanCases cases(plan);
    const StoreState state = read_store(store_folder(plan), cases);
    report.complete = state.n_complete();
    report.doubtful = state.n_doubtful();
    report.pending = state.n_to_do();
    report.failed = state.n_failed();
    report.damage = state.damage;
    Digests digests;
    report.complete_before = complete_before(report, sums, digests);
    report.was_left =
        report.complete_before ? *report.complete_before > report.complete : !report.damage.empty();
    if (report.was_left) return report;

    const std::unique_ptr<CaseRunner> runner = make_runner(plan, {});
    Manifest manifest = plan.manifest();
    const io::ScenarioFamily::Member first = runner->read(plan.overrides(manifest.row(0)));
    const std::uint32_t n_times =
        plan.observables.empty() ? 1 : std::max<std::uint32_t>(1, state.most_records);
    const std::string part = fmt::format("{}.part-{}", report.file, getpid());
    try {
        Table table(plan, report.table);
        {
            detail::CollectedFile file(part, plan, *first.model, n_times);
            StoreReader store(store_folder(plan), cases, state);
            const std::uint64_t block = std::clamp<std::uint64_t>(
                most_bytes / (256 + 4 * plan.observables.size() * n_times), 1, most_rows);
            for (std::uint64_t begin = 0; begin < plan.n_cases; begin += block) {
                const std::uint64_t n = std::min(block, plan.n_cases - begin);
                for (const Row& row : rows_of(plan, state, begin, n, n_times, store)) {
                    const std::uint64_t run = row.result.run;
                    const Case planned_case = manifest.row(run);
                    file.append(planned_case, row.result, row.observables, state.state[run],
                                state.attempts[run]);
                    table.append(planned_case, row.result, state.state[run]);
                }
            }
            file.finish(command, host, report, first.model->text);
        }
        const std::string units = units_text(plan, *first.model);
        Digests after;
        after.complete = report.complete;
        after.of = {{file_name(report.table), table.digest()},
                    {file_name(report.units), sha256_hex(units)},
                    {file_name(report.file), seal_of(part, "").sha256}};
        digests.complete = after.complete;
        for (const auto& of_file : after.of)
            digests.of.insert(of_file);
        files::write(sums, text_of(digests));
        table.commit();
        files::write(report.units, units);
        files::rename(part, report.file);
        files::write(sums, text_of(after));
    } catch (...) {
        remove_part(part);
        throw;
    }
    return report;
}

void check_collected(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string sums =
        (slash == std::string::npos ? std::string() : path.substr(0, slash + 1)) +
        "collected.sha256";
    const std::optional<std::string> bytes = files::read_if_there(sums);
    if (!bytes) return;
    const Digests digests = parse_digests(*bytes, sums);
    const auto [first, last] = digests.of.equal_range(file_name(path));
    if (first == last) return;
    const std::string digest = seal_of(path, "").sha256;
    if (std::none_of(first, last, [&](const auto& of_file) { return of_file.second == digest; })) {
        throw IoError(path,
                      "is not as neocol wrote it: damaged, cut or edited (collected.sha256 has "
                      "another digest); 'neocol study collect' writes it anew");
    }
}

}  // namespace neocol::study
