#include <neocol/study/case_batch.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <sys/file.h>

#include <fmt/format.h>
#include <boost/crc.hpp>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/files/files.hpp>

#include "lines.hpp"

namespace neocol::study {
namespace {

namespace fs = std::filesystem;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr const char* comment = "# neocol cases, signature ";
constexpr std::size_t sum_digits = 8;

/// CRC-32 of a text with the signature of its table: a line is of this table or damaged.
std::string sum_of(const std::string& signature, std::string_view text) {
    boost::crc_32_type sum;
    sum.process_bytes(signature.data(), signature.size());
    sum.process_bytes(text.data(), text.size());
    return fmt::format("{:08x}", sum.checksum());
}

std::string first_line_of(const std::string& signature) {
    return comment + signature + ' ' + sum_of(signature, "");
}

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
    return line + ",check";
}

/// The two lines a table begins with.
std::string head_of(const Batch& batch) {
    return first_line_of(batch.signature) + "\n" + header_of(batch) + "\n";
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
    return line + "," + sum_of(batch.signature, line) + "\n";
}

/// Whether a case ended without values.
bool is_failed(const BatchRow& row) {
    return row.status != CaseStatus::complete && row.status != CaseStatus::doubtful &&
           row.status != CaseStatus::stopped;
}

CaseStatus status_of(const std::string& name) {
    for (const CaseStatus status : {CaseStatus::complete, CaseStatus::invalid, CaseStatus::failed,
                                    CaseStatus::timed_out, CaseStatus::doubtful}) {
        if (name == to_string(status)) {
            return status;
        }
    }
    return CaseStatus::stopped;
}

/// Takes a line of the table into its row. \returns false if it is not as it was written
bool take_line(const Batch& batch, std::string_view text, std::vector<BatchRow>& rows) {
    if (text.size() <= sum_digits) {
        return false;
    }
    const std::string_view line = text.substr(0, text.size() - sum_digits - 1);
    if (text.substr(line.size()) != "," + sum_of(batch.signature, line)) {
        return false;
    }
    const std::vector<std::string> cells = split_csv(std::string(line));
    const std::size_t before = 1 + batch.key_columns.size();
    if (cells.size() != before + 2 + batch.value_columns.size()) {
        return false;
    }
    std::size_t i = 0;
    const char* end = cells[0].data() + cells[0].size();
    const bool is_number = std::from_chars(cells[0].data(), end, i).ptr == end;
    const CaseStatus status = status_of(cells[before]);
    if (!is_number || i >= rows.size() || status == CaseStatus::stopped) {
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

/// What a table holds beside sound lines.
struct TableFaults {
    std::vector<std::uint64_t> damaged;  ///< numbers of lines, from 1
    std::uint64_t size = 0;              ///< of the table [byte]
    std::uint64_t torn = 0;              ///< bytes at its end that a kill left of a line
    std::string sound;                   ///< its sound lines with their ends, if any is damaged
};

/// Whether a first line is that of a sound table, but of other cases or another version.
bool is_of_others(const std::string& signature, std::string_view line) {
    const std::string_view start = comment;
    if (!line.starts_with(start)) return false;
    const std::string_view rest = line.substr(start.size());
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) {
        // Tables of versions before this one have no check.
        return rest.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    }
    const std::string other(rest.substr(0, blank));
    return other != signature && rest.substr(blank + 1) == sum_of(other, "");
}

/// Rows of a table begun earlier. Damaged lines hide nothing behind them.
/// \throws InputError  the table belongs to other cases
/// \throws IoError     it cannot be read, or nothing in it is as it was written
TableFaults take_table(const Batch& batch, const std::string& path, std::vector<BatchRow>& rows) {
    TableFaults faults;
    const std::string head[] = {first_line_of(batch.signature), header_of(batch)};
    detail::LineReader lines(path);
    faults.size = lines.size();
    std::size_t n_sound = 0;
    bool is_head_sound = true;
    while (lines.next()) {
        const std::string_view text = lines.line();
        const bool is_head = lines.number() <= 2;
        if (lines.number() == 1 && lines.is_ended() && is_of_others(batch.signature, text)) {
            throw InputError("'" + path + "' holds cases of another command, file or version",
                             "name another output, or --overwrite");
        }
        if (!lines.is_ended()) {
            faults.torn = lines.size() - lines.offset();
        } else if (is_head ? text == head[lines.number() - 1] : take_line(batch, text, rows)) {
            faults.sound += is_head ? "" : std::string(text) + "\n";
            n_sound += is_head ? 0 : 1;
        } else {
            is_head_sound = is_head_sound && !is_head;
            faults.damaged.push_back(lines.number());
        }
    }
    if (!is_head_sound && n_sound == 0) {
        throw IoError(path,
                      "is not as neocol wrote it: no line of it is of these cases; name another "
                      "output, or --overwrite");
    }
    return faults;
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
    for (const std::string& name : files::names_in(folder.empty() ? "." : folder.string())) {
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
    return paths;
}

/// Takes a table for this program alone, as long as what is returned lives.
files::Descriptor hold(const std::string& path) {
    files::Descriptor file = files::open_to_read(path);
    int done = flock(file.get(), LOCK_EX | LOCK_NB);
    while (done != 0 && errno == EINTR)
        done = flock(file.get(), LOCK_EX | LOCK_NB);
    if (done != 0 && errno == EWOULDBLOCK) {
        throw IoError(path, "another program is running these cases: wait for it or stop it");
    }
    return file;
}

/// The table open for appending; a line that a kill cut off is cut away first.
class Table {
public:
    Table(const Batch& batch, const BatchOptions& options, std::vector<BatchRow>& rows)
        : batch_(batch), options_(options), path_(own_table(options)) {
        if (path_.empty()) {
            return;
        }
        files::AppendFile(path_).close();  // it is there from now on
        held_.push_back(hold(path_));
        open(rows);
        for (const std::string& part : part_tables(options)) {
            take_part(part, rows);
        }
        if (options.n_tasks > 1 && files::kind_of(options.table) != files::Kind::absent) {
            take_table(batch, options.table, rows);
        }
    }

    void append(std::size_t i, const BatchRow& row) {
        if (!file_) {
            return;
        }
        file_->append(line_of(batch_, i, row));
        const auto now = std::chrono::steady_clock::now();
        if (now - synced_ > std::chrono::seconds(1)) {
            file_->sync();
            synced_ = now;
        }
    }
    /// Brings what was appended to the disk. \throws IoError
    void close() {
        if (!file_) {
            return;
        }
        file_->sync();
        file_->close();
        file_.reset();
    }

private:
    /// Reads the table, mends it, and opens it for appending.
    void open(std::vector<BatchRow>& rows) {
        TableFaults faults;
        if (!options_.overwrite) {
            faults = take_table(batch_, path_, rows);
        }
        if (options_.overwrite || !faults.damaged.empty()) {
            if (!options_.overwrite) {
                tell_damage(path_, faults, detail::keep_damaged(path_));
            }
            files::write(path_, head_of(batch_) + faults.sound);
            held_.push_back(hold(path_));  // of the file that has the name now
        }
        file_.emplace(path_);
        if (!options_.overwrite && faults.damaged.empty()) {
            file_->cut(faults.size - faults.torn);
        }
        const std::string head = head_of(batch_);
        if (file_->size() < head.size()) {
            file_->cut(0);  // a kill left a part of the head, or the file is new
            file_->append(head);
            file_->sync();
        }
    }

    void tell_damage(const std::string& path, const TableFaults& faults, const std::string& copy) {
        if (!options_.warn) {
            return;
        }
        std::string list;
        constexpr std::size_t most = 5;
        for (std::size_t k = 0; k < std::min(most, faults.damaged.size()); ++k) {
            list += fmt::format("{}{}", k > 0 ? ", " : "", faults.damaged[k]);
        }
        options_.warn(fmt::format(
            "{}: damaged in {} {}{}; those cases run again, and the table as it was is kept in {}",
            path, faults.damaged.size() == 1 ? "line" : "lines", list,
            faults.damaged.size() > most ? ", ..." : "", copy));
    }

    /// Rows of another part; a call that is no part makes them its own.
    void take_part(const std::string& part, std::vector<BatchRow>& rows) {
        if (options_.n_tasks > 1) {
            take_table(batch_, part, rows);
            return;
        }
        const files::Descriptor held = hold(part);
        if (!options_.overwrite) {
            std::vector<BatchRow> found(rows.size());
            const TableFaults faults = take_table(batch_, part, found);
            for (std::size_t i = 0; i < rows.size(); ++i) {
                if (found[i].status != CaseStatus::stopped &&
                    rows[i].status == CaseStatus::stopped) {
                    file_->append(line_of(batch_, i, found[i]));
                    rows[i] = std::move(found[i]);
                }
            }
            file_->sync();
            if (!faults.damaged.empty()) {
                tell_damage(part, faults, detail::keep_damaged(part));
            }
        }
        files::remove(part);
    }

    const Batch& batch_;
    const BatchOptions& options_;
    std::string path_;
    std::vector<files::Descriptor> held_;
    std::optional<files::AppendFile> file_;
    std::chrono::steady_clock::time_point synced_{};
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
                progress_.failed += is_failed(rows[i]);
            }
        }
    }

    void work() {
        guard([&] {
            for (std::size_t k = next_++; k < missing_.size() && !asked_to_stop(); k = next_++)
                one(missing_[k]);
        });
    }

    /// Keeps what a call throws, which ends all the work.
    template <typename Call>
    void guard(Call call) {
        try {
            call();
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!error_) error_ = std::current_exception();
        }
    }

    /// Brings the table to the disk.
    void close() { table_.close(); }

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
        if (result.has_values()) {
            row.values = batch_.reduce(result);
        }
        const std::lock_guard lock(mutex_);
        table_.append(i, row);
        ++progress_.done;
        progress_.failed += is_failed(row);
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
    std::vector<BatchRow> rows(batch.keys.size());
    Workers workers(batch, options, rows);
    const auto wanted = static_cast<std::size_t>(std::max(1, options.threads));
    const std::size_t n = std::min(wanted, workers.missing());
    {
        std::vector<std::jthread> threads;
        workers.guard([&] {
            for (std::size_t t = 1; t < n; ++t)
                threads.emplace_back([&] { workers.work(); });
        });
        workers.work();
    }
    if (workers.error()) {
        std::rethrow_exception(workers.error());
    }
    workers.close();
    return rows;
}

}  // namespace neocol::study
