#include <neocol/study/journal.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include <neocol/files/files.hpp>
#include "journal_lines.hpp"

namespace neocol::study {

using detail::journal_text;
using detail::JournalLine;
using Word = JournalLine::Word;

namespace {

constexpr std::string_view shard_magic = "NEOCSH01";
constexpr std::uint32_t record_mark = 0x44524352;  // "RCRD"
constexpr std::size_t header_size = 12;            // mark, length of the payload, its CRC-32

[[noreturn]] void refuse(const std::string& path, const char* what) {
    throw IoError(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

/// A file that is appended to through the system's own calls.
class AppendFile {
public:
    explicit AppendFile(std::string path)
        : path_(std::move(path)),
          file_(open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
        if (file_ < 0) refuse(path_, "cannot be written");
        struct stat status {};
        if (fstat(file_, &status) == 0) size_ = static_cast<std::uint64_t>(status.st_size);
    }
    ~AppendFile() { close(file_); }
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;

    std::uint64_t size() const { return size_; }
    void cut(std::uint64_t size) {
        if (size < size_ && ftruncate(file_, static_cast<off_t>(size)) != 0) {
            refuse(path_, "cannot be cut to its sound part");
        }
        size_ = std::min(size, size_);
    }
    void append(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = write(file_, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) refuse(path_, "cannot be written");
            size_ += static_cast<std::uint64_t>(n);
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    void sync() {
        if (fdatasync(file_) != 0 && errno != EINVAL) refuse(path_, "cannot be written");
    }

private:
    std::string path_;
    int file_;
    std::uint64_t size_ = 0;
};

std::uint64_t file_size(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::string record(const std::string& payload) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    const std::uint32_t sum = detail::crc32(payload);
    std::string bytes(header_size, '\0');
    std::memcpy(bytes.data(), &record_mark, 4);
    std::memcpy(bytes.data() + 4, &length, 4);
    std::memcpy(bytes.data() + 8, &sum, 4);
    return bytes + payload;
}

}  // namespace

const char* state_name(std::uint8_t state) {
    if (state == state_pending) return "pending";
    if (state == state_lost) return "lost";
    return to_string(static_cast<CaseStatus>(state));
}

StoredCase stored_case(const Plan& plan, const Case& one, const CaseResult& result) {
    StoredCase s;
    s.run = one.run;
    s.status = static_cast<std::uint8_t>(result.status);
    s.hash = result.hash;
    s.reason = result.reason;
    s.reached = result.reached;
    s.integrate_seconds = result.integrate_seconds;
    s.total_seconds = result.total_seconds;
    s.steps = result.steps;
    if (!result.complete()) return s;
    const model::Model& model = *result.model;
    std::vector<std::size_t> records;  // at 0, every, 2 every, ...
    for (std::size_t i = 0; i < result.times.size(); ++i) {
        const double due = static_cast<double>(records.size()) * plan.every;
        if (result.after_session[i] == 0 && result.times[i] == due) records.push_back(i);
    }
    s.n_times = static_cast<std::uint32_t>(records.size());
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const std::string& name : plan.observables) {
        const int q = model.find_observable(name);
        for (const std::size_t i : records) {
            const std::size_t at = i * model.observables.size() + static_cast<std::size_t>(q);
            s.observables.push_back(static_cast<float>(
                q < 0 ? nan
                      : model.observables[static_cast<std::size_t>(q)].unit.from_internal(
                            result.observables[at])));
        }
    }
    for (const std::string& name : plan.outcomes) {
        const auto found = std::find_if(model.outcomes.begin(), model.outcomes.end(),
                                        [&](const auto& o) { return o.name == name; });
        if (found == model.outcomes.end()) {
            s.outcomes.push_back(nan);
            s.censored.push_back(1);
            continue;
        }
        const auto& value =
            result.outcomes[static_cast<std::size_t>(found - model.outcomes.begin())];
        const bool known = !value.censored || value.value != 0.0;
        s.outcomes.push_back(known ? found->unit.from_internal(value.value) : nan);
        s.censored.push_back(value.censored ? 1 : 0);
    }
    return s;
}

namespace {

/// Drops from a journal what is torn, and lines whose results a machine took with it before they
/// reached the disk. \returns where the results that stand end in the shard
std::uint64_t repair_journal(const std::string& journal, const std::string& shard) {
    const std::uint64_t shard_size = file_size(shard);
    std::uint64_t end_of_results = shard_magic.size();
    bool misses = false;
    std::string kept;
    const std::uint64_t sound = detail::read_journal(journal, [&](const JournalLine& line) {
        const std::uint64_t end = line.offset + line.length;
        if (line.word == Word::end && end > shard_size) {
            misses = true;
            return;
        }
        if (line.word == Word::end) end_of_results = std::max(end_of_results, end);
        kept += journal_text(line);
    });
    if (misses) {
        files::write(journal, kept);
    } else if (sound < file_size(journal)) {
        AppendFile(journal).cut(sound);
    }
    return end_of_results;
}

}  // namespace

struct TaskWriter::Implementation {
    Implementation(const Plan& plan, std::uint32_t task)
        : end_of_results(
              repair_journal(detail::journal_path(plan, task), detail::shard_path(plan, task))),
          journal(detail::journal_path(plan, task)),
          shard(detail::shard_path(plan, task)) {
        if (shard.size() < shard_magic.size()) {
            shard.cut(0);
            shard.append(shard_magic);
        }
        shard.cut(end_of_results);
    }

    std::uint64_t end_of_results;
    AppendFile journal, shard;
    std::string results, lines;  ///< added, not yet committed
};

TaskWriter::TaskWriter(const Plan& plan, std::uint32_t task)
    : implementation_(std::make_unique<Implementation>(plan, task)) {}
TaskWriter::~TaskWriter() = default;

void TaskWriter::start(std::uint64_t run, std::uint32_t attempt) {
    implementation_->journal.append(
        journal_text({Word::start, run, attempt, 0, 0, 0, 0, 0.0, 0.0, detail::now_text()}));
}

void TaskWriter::stop(std::uint64_t run) {
    implementation_->lines +=
        journal_text({Word::stop, run, 0, 0, 0, 0, 0, 0.0, 0.0, detail::now_text()});
}

void TaskWriter::add(const StoredCase& r) {
    Implementation& self = *implementation_;
    const std::string bytes = record(detail::encode(r));
    const std::uint64_t offset = self.shard.size() + self.results.size();
    self.results += bytes;
    self.lines += journal_text({Word::end, r.run, r.attempt, r.status, offset,
                                static_cast<std::uint32_t>(bytes.size()), r.n_times,
                                r.total_seconds, r.integrate_seconds, detail::now_text()});
}

void TaskWriter::commit() {
    Implementation& self = *implementation_;
    if (!self.results.empty()) {
        self.shard.append(self.results);
        self.shard.sync();
        self.results.clear();
    }
    if (!self.lines.empty()) {
        self.journal.append(self.lines);
        self.journal.sync();
        self.lines.clear();
    }
}

std::uint64_t TaskWriter::bytes() const {
    return implementation_->shard.size();
}

std::uint64_t StudyState::count(std::uint8_t which) const {
    return static_cast<std::uint64_t>(std::count(state.begin(), state.end(), which));
}
std::uint64_t StudyState::n_failed() const {
    return state.size() - count(0) - count(state_pending);
}

namespace {

/// Calls f for every line of every journal; `sound` says whether an end's result is there.
template <typename F>
void for_lines(const Plan& plan, F&& f) {
    detail::for_journals(plan, [&](std::int64_t task, const std::string& path) {
        const std::uint64_t size =
            task < 0 ? 0 : file_size(detail::shard_path(plan, static_cast<std::uint32_t>(task)));
        detail::read_journal(path, [&](const JournalLine& line) {
            if (line.run >= plan.n_cases) return;
            f(task, line, line.word != Word::end || line.offset + line.length <= size);
        });
    });
}

}  // namespace

StudyState read_state(const Plan& plan) {
    StudyState s;
    s.state.assign(plan.n_cases, state_pending);
    s.attempts.assign(plan.n_cases, 0);
    s.open.assign(plan.n_cases, 0);
    for_lines(plan, [&](std::int64_t, const JournalLine& line, bool sound) {
        std::uint8_t& state = s.state[line.run];
        std::uint8_t& open = s.open[line.run];
        s.last_change = std::max(s.last_change, line.at);
        switch (line.word) {
            case Word::retry:
                ++s.attempts[line.run];
                break;
            case Word::start:
                if (open < 255 && line.attempt >= s.attempts[line.run]) ++open;
                break;
            case Word::stop:
                if (open > 0) --open;
                break;
            case Word::end:
                open = 0;
                if (!sound) break;
                s.seconds += line.seconds;
                s.integrate_seconds += line.integrate;
                s.bytes += line.length;
                s.most_times = std::max(s.most_times, line.n_times);
                if (state == 0) break;  // a complete result stands
                if (line.status == 0 || line.attempt >= s.attempts[line.run]) state = line.status;
        }
    });
    for (std::uint64_t i = 0; i < plan.n_cases; ++i) {
        if (s.state[i] == state_pending && s.open[i] >= most_lost_starts) s.state[i] = state_lost;
    }
    return s;
}

std::vector<ShardPlace> find_results(const Plan& plan, std::uint64_t first, std::uint64_t n) {
    constexpr std::uint32_t none = ~std::uint32_t{0};
    std::vector<ShardPlace> places(n, ShardPlace{none, 0, 0});
    std::vector<std::uint8_t> complete(n, 0);
    std::vector<std::uint32_t> attempt(n, 0);
    for_lines(plan, [&](std::int64_t task, const JournalLine& line, bool sound) {
        if (line.run < first || line.run >= first + n) return;
        const std::uint64_t i = line.run - first;
        if (line.word != Word::end || !sound || complete[i] != 0) return;
        if (places[i].task != none && line.status != 0 && line.attempt < attempt[i]) return;
        places[i] = {static_cast<std::uint32_t>(task), line.length, line.offset};
        complete[i] = line.status == 0 ? 1 : 0;
        attempt[i] = line.attempt;
    });
    return places;
}

struct ShardReader::Implementation {
    explicit Implementation(const Plan& given) : plan(given) {}
    const Plan& plan;
    std::map<std::uint32_t, FileHandle> files;
    std::string buffer;
};

ShardReader::ShardReader(const Plan& plan)
    : implementation_(std::make_unique<Implementation>(plan)) {}
ShardReader::~ShardReader() = default;

StoredCase ShardReader::read(const ShardPlace& place, std::uint64_t run) {
    Implementation& self = *implementation_;
    const std::string path = detail::shard_path(self.plan, place.task);
    FileHandle& file = self.files[place.task];
    if (!file) {
        // Few at once, whatever the number of tasks.
        if (self.files.size() > 64) {
            self.files.clear();
            return read(place, run);
        }
        file.reset(std::fopen(path.c_str(), "r"));
        if (!file) refuse(path, "cannot be read");
    }
    self.buffer.resize(place.length);
    const bool read_all =
        std::fseek(file.get(), static_cast<long>(place.offset), SEEK_SET) == 0 &&
        std::fread(self.buffer.data(), 1, place.length, file.get()) == place.length;
    std::uint32_t head[3] = {};
    if (read_all && place.length >= header_size) std::memcpy(head, self.buffer.data(), header_size);
    const std::string_view payload =
        std::string_view(self.buffer).substr(std::min(header_size, self.buffer.size()));
    if (!read_all || head[0] != record_mark || head[1] != payload.size() ||
        head[2] != detail::crc32(payload)) {
        throw IoError(path,
                      fmt::format("the result of run {} at byte {} is damaged", run, place.offset));
    }
    StoredCase result = detail::decode(payload, path);
    if (result.run != run) {
        throw IoError(path, fmt::format("holds run {} where run {} should be", result.run, run));
    }
    return result;
}

void mark_for_retry(const Plan& plan, const std::vector<std::uint64_t>& runs) {
    AppendFile journal(plan.file("journal/retries.log"));
    journal.cut(detail::read_journal(plan.file("journal/retries.log"), [](const JournalLine&) {}));
    std::string lines;
    for (const std::uint64_t run : runs) {
        lines += journal_text({Word::retry, run, 0, 0, 0, 0, 0, 0.0, 0.0, detail::now_text()});
    }
    journal.append(lines);
    journal.sync();
}

}  // namespace neocol::study
