#include <neocol/study/journal.hpp>

#include "journal_lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol::study::detail {
namespace {

constexpr std::array<const char*, 4> words{"start", "end", "stop", "retry"};

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
    std::uint32_t sum = 0;
    const std::string_view digits = text.substr(hash + 2);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), sum, 16).ec != std::errc() ||
        sum != crc32(text.substr(0, hash))) {
        return false;
    }
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
        std::vector<T> values(get<std::uint32_t>());
        const std::string_view raw = take(values.size() * sizeof(T));
        if (!values.empty()) std::memcpy(values.data(), raw.data(), raw.size());
        return values;
    }

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

std::uint64_t read_journal(const std::string& path,
                           const std::function<void(const JournalLine&)>& each) {
    std::FILE* file = std::fopen(path.c_str(), "r");
    if (file == nullptr) return 0;
    const FileHandle owner(file);
    std::uint64_t sound = 0;
    char buffer[512];
    JournalLine line;
    while (std::fgets(buffer, sizeof buffer, file) != nullptr) {
        const std::string_view text(buffer);
        if (text.back() != '\n' || !parse_line(text.substr(0, text.size() - 1), line)) break;
        sound += text.size();
        each(line);
    }
    return sound;
}

std::string journal_path(const Plan& plan, std::uint32_t task) {
    return plan.file(fmt::format("journal/task-{:04}.log", task));
}
std::string shard_path(const Plan& plan, std::uint32_t task) {
    return plan.file(fmt::format("shards/task-{:04}.shard", task));
}

void for_journals(const Plan& plan,
                  const std::function<void(std::int64_t, const std::string&)>& f) {
    namespace fs = std::filesystem;
    std::vector<std::pair<std::int64_t, std::string>> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(plan.file("journal"), error)) {
        const std::string name = entry.path().filename().string();
        std::int64_t task = -1;
        if (name.starts_with("task-") && name.ends_with(".log")) {
            parse(std::string_view(name).substr(5, name.size() - 9), task);
            found.emplace_back(task, entry.path().string());
        }
    }
    std::sort(found.begin(), found.end());
    f(-1, plan.file("journal/retries.log"));
    for (const auto& [task, path] : found)
        f(task, path);
}

std::string now_text() {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

std::string encode(const StoredCase& r) {
    Packer p;
    p.put(r.run);
    p.put(r.attempt);
    p.put(r.status);
    p.put_text(r.hash);
    p.put_text(r.reason);
    p.put_text(r.host);
    p.put(r.reached);
    p.put(r.integrate_seconds);
    p.put(r.total_seconds);
    p.put(r.steps);
    p.put(r.n_times);
    p.put_all(r.observables);
    p.put_all(r.outcomes);
    p.put_all(r.censored);
    return std::move(p.bytes);
}

StoredCase decode(std::string_view payload, const std::string& where) {
    Unpacker p(payload, where);
    StoredCase r;
    r.run = p.get<std::uint64_t>();
    r.attempt = p.get<std::uint32_t>();
    r.status = p.get<std::uint8_t>();
    r.hash = p.get_text();
    r.reason = p.get_text();
    r.host = p.get_text();
    r.reached = p.get<double>();
    r.integrate_seconds = p.get<double>();
    r.total_seconds = p.get<double>();
    r.steps = p.get<std::uint64_t>();
    r.n_times = p.get<std::uint32_t>();
    r.observables = p.get_all<float>();
    r.outcomes = p.get_all<double>();
    r.censored = p.get_all<std::uint8_t>();
    return r;
}

}  // namespace neocol::study::detail
