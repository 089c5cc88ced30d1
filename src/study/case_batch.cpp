#include <neocol/study/case_batch.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/files/files.hpp>
#include <neocol/study/execute.hpp>

namespace neocol::study {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The cases of a batch as the executor runs them and a store holds them.
class BatchCases final : public CaseList {
public:
    explicit BatchCases(const Batch& batch) : batch_(batch) {}

    std::string id() const override { return batch_.signature; }
    std::uint64_t size() const override { return batch_.keys.size(); }
    std::uint64_t identity(std::uint64_t run) override {
        const std::string digest = sha256_hex(
            fmt::format("{}\n{}", batch_.signature, fmt::join(batch_.keys.at(run), "\n")));
        std::uint64_t value = 0;
        std::from_chars(digest.data(), digest.data() + 16, value, 16);
        return value;
    }
    bool fits(const StoredCase& row) const override {
        const std::size_t n = has_values(row.status) ? batch_.value_columns.size() : 0;
        return row.outcomes.size() == n && row.censored.empty() && row.records.empty();
    }
    CaseResult run(std::uint64_t run, const CaseOptions& options) override {
        return batch_.run(run, options);
    }
    void keep(const CaseResult& result, StoredCase& row) const override {
        row.outcomes = batch_.reduce(result);
    }

private:
    const Batch& batch_;
};

/// Whether a case ended without values.
bool is_failed(const BatchRow& row) {
    return row.status != CaseStatus::complete && row.status != CaseStatus::doubtful &&
           row.status != CaseStatus::stopped;
}

std::string header_of(const Batch& batch) {
    std::string line = "case";
    for (const std::string& name : batch.key_columns)
        line += "," + csv_cell(name);
    line += ",status,reason";
    for (const std::string& name : batch.value_columns)
        line += "," + csv_cell(name);
    return line + "\n";
}

std::string line_of(const Batch& batch, std::size_t i, const BatchRow& row) {
    std::string line = std::to_string(i);
    for (const std::string& key : batch.keys[i])
        line += "," + csv_cell(key);
    line += fmt::format(",{},{}", name_of(row.status), csv_cell(row.reason));
    for (const double value : row.values)
        line += "," + csv_number(value);
    return line + "\n";
}

void write_table(const std::string& path, const Batch& batch, const std::vector<BatchRow>& rows) {
    std::string text = header_of(batch);
    for (std::size_t i = 0; i < rows.size(); ++i)
        text += line_of(batch, i, rows[i]);
    files::write(path, files::sealed("cases", text));
}

/// What a store holds of the batch, mended if this program alone has it.
StoreState open_store(BatchCases& cases, const BatchOptions& options) {
    if (options.overwrite) clear_store(options.store);
    StoreState state = read_store(options.store, cases);
    for (const Damage& damage : state.damage) {
        if (damage.is_of_another)
            throw InputError(
                "'" + options.store + "' holds cases of another command, file or version",
                "name another output, or --overwrite");
    }
    if (options.n_tasks > 1 || !needs_repair(options.store, state)) return state;
    for (const std::string& text : repair_store(options.store, cases))
        if (options.warn) options.warn(text);
    return read_store(options.store, cases);
}

BatchRow row_of(const Batch& batch, const StoredCase& stored) {
    BatchRow row{static_cast<CaseStatus>(stored.status), stored.reason, stored.outcomes};
    row.values.resize(batch.value_columns.size(), not_a_number);
    return row;
}

}  // namespace

BatchCount leave_out_doubtful(std::vector<BatchRow>& rows) {
    BatchCount n;
    for (BatchRow& row : rows) {
        if (row.status == CaseStatus::stopped) {
            ++n.stopped;
        } else if (row.status == CaseStatus::doubtful) {
            if (n.doubtful++ == 0) n.first_doubt = row.reason;
            std::fill(row.values.begin(), row.values.end(), not_a_number);
        } else if (is_failed(row)) {
            if (n.failed++ == 0) n.first_failure = row.reason;
        }
    }
    return n;
}

std::string doubtful_text(std::size_t doubtful, const std::string& first_doubt) {
    if (doubtful == 0) return {};
    return fmt::format("{} doubtful {} left out, the first because: {}\n", doubtful,
                       doubtful == 1 ? "case is" : "cases are", first_doubt);
}

std::vector<BatchRow> run_batch(const Batch& batch, const BatchOptions& options) {
    BatchCases cases(batch);
    std::vector<std::unique_ptr<files::Lock>> locks;
    StoreState state(batch.keys.size());
    if (!options.store.empty()) {
        locks = lock_store(options.store,
                           options.n_tasks > 1 ? part_name(options.task, options.n_tasks) : "",
                           "these cases", options.host, options.started);
        state = open_store(cases, options);
    }
    std::vector<BatchRow> rows(batch.keys.size());
    for (BatchRow& row : rows)
        row.values.assign(batch.value_columns.size(), not_a_number);
    BatchProgress progress;
    progress.all = rows.size();  // of all parts
    StoreReader store(options.store, cases, state);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (is_to_do(state.state[i])) continue;
        if (state.state[i] == state_lost) {
            rows[i].status = CaseStatus::failed;
            rows[i].reason = "the program ended several times while it ran; is memory short?";
        } else {
            rows[i] = row_of(batch, store.read(i));
        }
        ++progress.done;
        ++progress.reused;
        progress.failed += is_failed(rows[i]);
    }
    ExecuteOptions how;
    how.task = options.task;
    how.n_tasks = options.n_tasks;
    how.workers = options.threads;
    how.case_time_limit = options.time_limit;
    how.host = options.host;
    how.stop = options.stop;
    how.ended = [&](std::uint64_t run, const StoredCase& stored) {
        BatchRow& row = rows[run];
        row = row_of(batch, stored);
        ++progress.done;
        progress.failed += is_failed(row);
        if (options.progress) options.progress(progress);
    };
    execute(cases, state, options.store, how);
    const bool is_whole = std::none_of(rows.begin(), rows.end(), [](const BatchRow& row) {
        return row.status == CaseStatus::stopped;
    });
    if (is_whole && options.n_tasks == 1 && !options.table.empty())
        write_table(options.table, batch, rows);
    return rows;
}

}  // namespace neocol::study
