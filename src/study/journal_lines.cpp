#include <neocol/study/journal.hpp>

#include "journal_lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "lines.hpp"

namespace neocol::study::detail {
namespace {

constexpr std::array<const char*, 4> words{"start", "end", "stop", "retry"};

constexpr std::uint32_t record_mark = 0x44524352;  // "RCRD"
constexpr std::uint64_t window_bytes = std::uint64_t{1} << 18;
constexpr std::size_t header_size = 12;  // mark, length of the payload, its CRC-32

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t c = i;
        for (int k = 0; k < 8; ++k)
            c = (c & 1U) != 0 ? 0xedb88320U ^ (c >> 1) : c >> 1;
        table[i] = c;
    }
    return table;
}
constexpr std::array<std::uint32_t, 256> crc_table = make_table();

/// Splits a line at blanks into up to N pieces; returns how many there were.
template <std::size_t N>
std::size_t split(std::string_view text, std::array<std::string_view, N>& pieces) {
    std::size_t n = 0;
    while (!text.empty() && n < N) {
        const std::size_t blank = std::min(text.find(' '), text.size());
        pieces[n++] = text.substr(0, blank);
        text.remove_prefix(std::min(blank + 1, text.size()));
    }
    return n;
}

template <typename T>
bool parse(std::string_view text, T& value) {
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
}

bool parse_line(std::string_view text, JournalLine& line) {
    const std::size_t hash = text.rfind(" #");
    if (hash == std::string_view::npos) return false;
    // Compared as text: a parser would take 'A' for 'a', and a flipped bit for none.
    if (text.substr(hash + 2) != fmt::format("{:08x}", crc32(text.substr(0, hash)))) return false;
    std::array<std::string_view, 10> p;
    if (split(text.substr(0, hash), p) != p.size()) return false;
    const auto word = std::find(words.begin(), words.end(), p[0]);
    if (word == words.end()) return false;
    line.word = static_cast<JournalLine::Word>(word - words.begin());
    line.at = p[9];
    return parse(p[1], line.run) && parse(p[2], line.attempt) && parse(p[3], line.status) &&
           parse(p[4], line.offset) && parse(p[5], line.length) && parse(p[6], line.n_times) &&
           parse(p[7], line.seconds) && parse(p[8], line.integrate);
}

/// Appends and takes plain values as bytes.
class Packer {
public:
    template <typename T>
    void put(T value) {
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void put_text(const std::string& text) {
        put(static_cast<std::uint32_t>(text.size()));
        bytes += text;
    }
    template <typename T>
    void put_all(const std::vector<T>& values) {
        put(static_cast<std::uint32_t>(values.size()));
        bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    }
    std::string bytes;
};

class Unpacker {
public:
    Unpacker(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}
    template <typename T>
    T get() {
        T value{};
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    std::string get_text() { return std::string(take(get<std::uint32_t>())); }
    template <typename T>
    std::vector<T> get_all() {
        const std::size_t n = get<std::uint32_t>();
        const std::string_view raw = take(n * sizeof(T));
        std::vector<T> values(n);
        if (!values.empty()) std::memcpy(values.data(), raw.data(), raw.size());
        return values;
    }
    bool is_empty() const { return bytes_.empty(); }

private:
    std::string_view take(std::size_t n) {
        if (n > bytes_.size()) throw IoError(where_, "a result ends too early");
        const std::string_view piece = bytes_.substr(0, n);
        bytes_.remove_prefix(n);
        return piece;
    }
    std::string_view bytes_;
    const std::string& where_;
};

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t c = 0xffffffffU;
    for (const char byte : bytes)
        c = crc_table[(c ^ static_cast<unsigned char>(byte)) & 0xffU] ^ (c >> 8);
    return c ^ 0xffffffffU;
}

std::string journal_text(const JournalLine& line) {
    std::string text =
        fmt::format("{} {} {} {} {} {} {} {:.6g} {:.6g} {}",
                    words[static_cast<std::size_t>(line.word)], line.run, line.attempt, line.status,
                    line.offset, line.length, line.n_times, line.seconds, line.integrate, line.at);
    return text + fmt::format(" #{:08x}\n", crc32(text));
}

namespace {

/// Takes the sound parts of two lines that a damaged line end joined. \returns how many
int take_joined(std::string_view text, const std::function<void(const JournalLine&)>& each) {
    constexpr std::size_t sum_length = 10;  // " #01234567"
    const std::size_t end = text.find(" #");
    int n = 0;
    JournalLine line;
    for (const std::string_view part :
         {text.substr(0, std::min(end, text.size()) + sum_length),
          end + sum_length + 1 < text.size() ? text.substr(end + sum_length + 1) : ""}) {
        if (part.size() < text.size() && parse_line(part, line)) {
            each(line);
            ++n;
        }
    }
    return n;
}

/// The case that a damaged line names, if it can still be read.
std::optional<std::uint64_t> run_in(std::string_view text) {
    std::array<std::string_view, 2> p;
    std::uint64_t run = 0;
    if (split(text, p) < p.size() || !parse(p[1], run)) return std::nullopt;
    return run;
}

/// Whether text without a line end is what a kill leaves of a line, not damage.
bool is_torn(std::string_view text) {
    JournalLine line;
    const bool is_whole = !text.empty() && parse_line(text.substr(0, text.size() - 1), line);
    return !is_whole &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

}  // namespace

JournalFaults read_journal(const std::string& path,
                           const std::function<void(const JournalLine&)>& each) {
    JournalFaults faults;
    if (files::kind_of(path) == files::Kind::absent) return faults;
    LineReader lines(path);
    faults.size = lines.size();
    JournalLine line;
    while (lines.next()) {
        const std::string_view text = lines.line();
        if (lines.is_ended() && parse_line(text, line)) {
            each(line);
        } else if (!lines.is_ended() && is_torn(text)) {
            faults.torn = lines.size() - lines.offset();
        } else {
            take_joined(text, each);
            faults.damaged.push_back({lines.number(), run_in(text)});
        }
    }
    return faults;
}

std::string mend_journal(const std::string& path) {
    std::string kept;
    const JournalFaults faults =
        read_journal(path, [&](const JournalLine& line) { kept += journal_text(line); });
    if (faults.damaged.empty()) {
        if (faults.torn > 0) {
            files::AppendFile journal(path);
            journal.cut(faults.size - faults.torn);
            journal.sync();
            journal.close();
        }
        return {};
    }
    const std::string copy = keep_damaged(path);
    files::write(path, kept);
    std::string list;
    constexpr std::size_t most = 5;
    for (std::size_t k = 0; k < std::min(most, faults.damaged.size()); ++k) {
        const JournalFaults::Line& one = faults.damaged[k];
        list += fmt::format("{}{}{}", k > 0 ? ", " : "", one.number,
                            one.run ? fmt::format(" (of run {}?)", *one.run) : "");
    }
    return fmt::format("{}: damaged in {} {} {}{}; left out, and kept in {}", path,
                       faults.damaged.size(), faults.damaged.size() == 1 ? "line:" : "lines:", list,
                       faults.damaged.size() > most ? ", ..." : "", copy);
}

std::string journal_path(const Plan& plan, std::uint32_t task) {
    return plan.file(fmt::format("journal/task-{:04}.log", task));
}
std::string shard_path(const Plan& plan, std::uint32_t task) {
    return plan.file(fmt::format("shards/task-{:04}.shard", task));
}

std::vector<std::uint32_t> tasks_in(const Plan& plan, const std::string& folder,
                                    const std::string& ending) {
    std::vector<std::uint32_t> tasks;
    for (const std::string& name : files::names_in(plan.file(folder))) {
        if (!name.starts_with("task-") || !name.ends_with(ending)) continue;
        const std::string_view digits =
            std::string_view(name).substr(5, name.size() - 5 - ending.size());
        std::uint32_t task = 0;
        if (parse(digits, task) && fmt::format("task-{:04}{}", task, ending) == name) {
            tasks.push_back(task);
        }
    }
    std::sort(tasks.begin(), tasks.end());
    return tasks;
}

void for_journals(const Plan& plan,
                  const std::function<void(std::int64_t, const std::string&)>& f) {
    f(-1, plan.file("journal/retries.log"));
    for (const std::uint32_t task : tasks_in(plan, "journal", ".log"))
        f(task, journal_path(plan, task));
}

std::string now_text() {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

std::string encode(const Plan& plan, const StoredCase& r) {
    Packer p;
    p.put(plan.number());
    p.put(r.run);
    p.put(r.attempt);
    p.put(r.status);
    p.put_text(r.hash);
    p.put_text(r.reason);
    p.put_text(r.host);
    p.put(r.reached);
    p.put(r.residual);
    p.put(r.integrate_seconds);
    p.put(r.total_seconds);
    p.put(r.steps);
    p.put(r.n_times);
    p.put_all(r.observables);
    p.put_all(r.outcomes);
    p.put_all(r.censored);
    return std::move(p.bytes);
}

StoredCase decode(const Plan& plan, std::string_view payload, const std::string& where) {
    Unpacker p(payload, where);
    p.get<std::uint64_t>();  // the plan's number, which was looked at
    StoredCase r;
    r.run = p.get<std::uint64_t>();
    r.attempt = p.get<std::uint32_t>();
    r.status = p.get<std::uint8_t>();
    r.hash = p.get_text();
    r.reason = p.get_text();
    r.host = p.get_text();
    r.reached = p.get<double>();
    r.residual = p.get<double>();
    r.integrate_seconds = p.get<double>();
    r.total_seconds = p.get<double>();
    r.steps = p.get<std::uint64_t>();
    r.n_times = p.get<std::uint32_t>();
    r.observables = p.get_all<float>();
    r.outcomes = p.get_all<double>();
    r.censored = p.get_all<std::uint8_t>();
    const bool values = has_values(r.status);
    const std::size_t n = values ? plan.outcomes.size() : 0;
    const bool fits = p.is_empty() && r.outcomes.size() == n && r.censored.size() == n &&
                      r.observables.size() == (values ? plan.observables.size() * r.n_times : 0);
    if (!fits) throw IoError(where, fmt::format("the result of run {} is not of this plan", r.run));
    return r;
}

std::string record(const std::string& payload) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    const std::uint32_t sum = crc32(payload);
    std::string bytes(header_size, '\0');
    std::memcpy(bytes.data(), &record_mark, 4);
    std::memcpy(bytes.data() + 4, &length, 4);
    std::memcpy(bytes.data() + 8, &sum, 4);
    return bytes + payload;
}

ShardFile::ShardFile(const std::string& path) : path_(path) {
    if (files::kind_of(path) == files::Kind::absent) return;
    file_ = files::open_to_read(path);
    size_ = files::size_of(file_, path);
}

std::optional<std::string_view> ShardFile::payload(const Plan& plan, std::uint64_t run,
                                                   std::uint64_t offset, std::uint32_t length,
                                                   std::string& fault) {
    if (!file_ || offset > size_ || length > size_ - offset) {
        fault = "is not there";
        return std::nullopt;
    }
    if (offset < begin_ || offset + length > begin_ + buffer_.size()) {
        // Cases end nearly in the order of their numbers: what is asked for next is around here.
        begin_ = offset - std::min(offset, window_bytes / 4);
        const std::uint64_t end = offset + std::max<std::uint64_t>(length, window_bytes);
        buffer_ = files::read_at(file_, path_, begin_,
                                 static_cast<std::size_t>(std::min(end, size_) - begin_));
    }
    const std::string_view bytes =
        std::string_view(buffer_).substr(static_cast<std::size_t>(offset - begin_), length);
    std::uint32_t head[3] = {};
    std::uint64_t identity[2] = {};
    fault = "is damaged";
    if (length < header_size + sizeof identity) return std::nullopt;
    std::memcpy(head, bytes.data(), header_size);
    const std::string_view payload = bytes.substr(header_size);
    if (head[0] != record_mark || head[1] != payload.size() || head[2] != crc32(payload)) {
        return std::nullopt;
    }
    std::memcpy(identity, payload.data(), sizeof identity);
    fault = "is of another study";
    if (identity[0] != plan.number()) return std::nullopt;
    fault = fmt::format("is that of run {}", identity[1]);
    if (identity[1] != run) return std::nullopt;
    fault.clear();
    return payload;
}

}  // namespace neocol::study::detail
