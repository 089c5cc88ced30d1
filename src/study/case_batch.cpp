#include <neocol/study/case_batch.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>

#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>

namespace neocol::study {
namespace {

namespace fs = std::filesystem;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr const char* comment = "# neocol cases, signature ";

std::string header_of(const Batch& batch) {
    std::string line = "case";
    for (const auto* names : {&batch.key_columns, &batch.value_columns}) {
        if (names == &batch.value_columns) {
            line += ",status,reason";
        }
        for (const std::string& name : *names) {
            line += "," + csv_cell(name);
        }
    }
    return line;
}

std::string line_of(const Batch& batch, std::size_t i, const BatchRow& row) {
    std::string line = std::to_string(i);
    for (const std::string& key : batch.keys[i]) {
        line += "," + csv_cell(key);
    }
    line += fmt::format(",{},{}", to_string(row.status), csv_cell(row.reason));
    for (const double value : row.values) {
        line += "," + csv_number(value);
    }
    return line + "\n";
}

CaseStatus status_of(const std::string& name) {
    for (const CaseStatus status :
         {CaseStatus::complete, CaseStatus::invalid, CaseStatus::failed, CaseStatus::timed_out}) {
        if (name == to_string(status)) {
            return status;
        }
    }
    return CaseStatus::stopped;
}

/// Takes a line of the table into its row; a line that was cut off is passed over.
bool take_line(const Batch& batch, const std::string& line, std::vector<BatchRow>& rows) {
    const std::vector<std::string> cells = split_csv(line);
    const std::size_t before = 1 + batch.key_columns.size();
    if (cells.size() != before + 2 + batch.value_columns.size()) {
        return false;
    }
    const std::size_t i = std::strtoull(cells[0].c_str(), nullptr, 10);
    const CaseStatus status = status_of(cells[before]);
    if (i >= rows.size() || status == CaseStatus::stopped) {
        return false;
    }
    BatchRow& row = rows[i];
    row = {status, cells[before + 1], {}};
    for (std::size_t k = before + 2; k < cells.size(); ++k) {
        row.values.push_back(cells[k].empty() ? not_a_number
                                              : std::strtod(cells[k].c_str(), nullptr));
    }
    return true;
}

/// Rows of a table begun earlier. \returns the length up to the last whole line
std::uintmax_t take_table(const Batch& batch, const std::string& path,
                          std::vector<BatchRow>& rows) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw IoError(path, "the table of cases cannot be read");
    }
    std::string line;
    std::uintmax_t whole = 0;
    for (std::size_t number = 0; std::getline(file, line) && !file.eof(); ++number) {
        if ((number == 0 && line != comment + batch.signature) ||
            (number == 1 && line != header_of(batch))) {
            throw InputError("'" + path + "' holds cases of another command, file or version",
                             "name another output, or --overwrite");
        }
        if (number > 1) {
            take_line(batch, line, rows);
        }
        whole += line.size() + 1;
    }
    return whole;
}

/// Path of the table a call appends to: the main one, or that of its part.
std::string own_table(const BatchOptions& options) {
    if (options.n_tasks <= 1) {
        return options.table;
    }
    fs::path path(options.table);
    path.replace_extension(fmt::format("{}-of-{}.csv", options.task, options.n_tasks));
    return path.string();
}

/// Tables of parts beside the main one, in order of their names, but for the call's own.
std::vector<std::string> part_tables(const BatchOptions& options) {
    const fs::path main(options.table), folder = main.parent_path();
    const std::string start = main.stem().string() + '.';
    std::vector<std::string> paths;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, ignored)) {
        const std::string name = entry.path().filename().string();
        unsigned task = 0, n = 0;
        int end = 0;
        const bool is_part =
            name.starts_with(start) &&
            std::sscanf(name.c_str() + start.size(), "%u-of-%u.csv%n", &task, &n, &end) == 2 &&
            start.size() + static_cast<std::size_t>(end) == name.size();
        const std::string path = (folder / name).string();
        if (is_part && path != own_table(options)) {
            paths.push_back(path);
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

using OpenFile = std::unique_ptr<std::FILE, decltype([](std::FILE* f) { std::fclose(f); })>;

/// Takes a table for this program alone, as long as the file is open.
void hold(std::FILE* file, const std::string& path) {
    if (flock(fileno(file), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        throw IoError(path, "another program is running these cases: wait for it or stop it");
    }
}

/// The table open for appending; a line that a kill cut off is cut away first.
class Table {
public:
    Table(const Batch& batch, const BatchOptions& options, std::vector<BatchRow>& rows)
        : batch_(batch), path_(own_table(options)) {
        if (path_.empty()) {
            return;
        }
        std::error_code ignored;
        file_.reset(std::fopen(path_.c_str(), "ab"));
        if (!file_) {
            throw IoError(path_, "the table of cases cannot be written");
        }
        hold(file_.get(), path_);
        std::uintmax_t whole = 0;
        if (fs::file_size(path_, ignored) > 0 && !options.overwrite) {
            whole = take_table(batch, path_, rows);
        }
        fs::resize_file(path_, whole, ignored);
        if (whole == 0) {
            put(comment + batch.signature + "\n" + header_of(batch) + "\n");
        }
        for (const std::string& part : part_tables(options)) {
            take_part(part, options, rows);
        }
        if (options.n_tasks > 1 && fs::exists(options.table, ignored)) {
            take_table(batch, options.table, rows);
        }
    }

    void append(std::size_t i, const BatchRow& row) {
        if (file_) {
            put(line_of(batch_, i, row));
        }
    }

private:
    /// Rows of another part; a call that is no part makes them its own.
    void take_part(const std::string& part, const BatchOptions& options,
                   std::vector<BatchRow>& rows) {
        if (options.n_tasks > 1) {
            take_table(batch_, part, rows);
            return;
        }
        const OpenFile held(std::fopen(part.c_str(), "r+b"));
        if (!held) {
            throw IoError(part, "the table of a part cannot be read");
        }
        hold(held.get(), part);
        if (!options.overwrite) {
            std::vector<BatchRow> found(rows.size());
            take_table(batch_, part, found);
            for (std::size_t i = 0; i < rows.size(); ++i) {
                if (found[i].status != CaseStatus::stopped &&
                    rows[i].status == CaseStatus::stopped) {
                    append(i, found[i]);
                    rows[i] = std::move(found[i]);
                }
            }
            fsync(fileno(file_.get()));
        }
        std::error_code ignored;
        fs::remove(part, ignored);
    }

    void put(const std::string& text) {
        if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() ||
            std::fflush(file_.get()) != 0) {
            throw IoError(path_, "the table of cases cannot be written: is the disk full?");
        }
    }

    const Batch& batch_;
    std::string path_;
    OpenFile file_;
};

/// Shared by the threads of one batch.
class Workers {
public:
    Workers(const Batch& batch, const BatchOptions& options, std::vector<BatchRow>& rows)
        : batch_(batch), options_(options), rows_(rows), table_(batch, options, rows) {
        progress_.all = rows.size();  // of all parts
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows[i].status == CaseStatus::stopped) {
                if (i % options.n_tasks == options.task) missing_.push_back(i);
                rows[i].values.assign(batch.value_columns.size(), not_a_number);
            } else {
                ++progress_.done;
                ++progress_.reused;
                progress_.failed += rows[i].status != CaseStatus::complete;
            }
        }
    }

    void work() {
        for (std::size_t k = next_++; k < missing_.size() && !asked_to_stop(); k = next_++) {
            try {
                one(missing_[k]);
            } catch (...) {
                const std::lock_guard lock(mutex_);
                if (!error_) error_ = std::current_exception();
                return;
            }
        }
    }

    std::size_t missing() const { return missing_.size(); }
    std::exception_ptr error() const { return error_; }

private:
    bool asked_to_stop() {
        const std::lock_guard lock(mutex_);
        return error_ != nullptr || (options_.stop != nullptr && options_.stop->load());
    }

    void one(std::size_t i) {
        const CaseResult result = batch_.run(i, {1, options_.time_limit, options_.stop});
        if (result.status == CaseStatus::stopped) {
            return;
        }
        BatchRow row{result.status, result.reason,
                     std::vector<double>(batch_.value_columns.size(), not_a_number)};
        if (result.complete()) {
            row.values = batch_.reduce(result);
        }
        const std::lock_guard lock(mutex_);
        table_.append(i, row);
        ++progress_.done;
        progress_.failed += row.status != CaseStatus::complete;
        rows_[i] = std::move(row);
        if (options_.progress) options_.progress(progress_);
    }

    const Batch& batch_;
    const BatchOptions& options_;
    std::vector<BatchRow>& rows_;
    Table table_;
    BatchProgress progress_;
    std::vector<std::size_t> missing_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    std::exception_ptr error_;
};

}  // namespace

std::vector<std::string> split_csv(const std::string& line) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
            cells.back() += '"';
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            cells.emplace_back();
        } else if (c != '\r') {
            cells.back() += c;
        }
    }
    return cells;
}

std::vector<BatchRow> run_batch(const Batch& batch, const BatchOptions& options) {
    std::vector<BatchRow> rows(batch.keys.size());
    Workers workers(batch, options, rows);
    const auto wanted = static_cast<std::size_t>(std::max(1, options.threads));
    const std::size_t n = std::min(wanted, workers.missing());
    std::vector<std::thread> threads;
    for (std::size_t t = 1; t < n; ++t) {
        threads.emplace_back([&] { workers.work(); });
    }
    workers.work();
    for (std::thread& thread : threads) {
        thread.join();
    }
    if (workers.error()) {
        std::rethrow_exception(workers.error());
    }
    return rows;
}

}  // namespace neocol::study
