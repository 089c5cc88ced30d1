#include <neocol/study/store.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>

#include "case_ranges.hpp"
#include "segment.hpp"

namespace neocol::study {

using detail::Segment;
using detail::SegmentName;

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto longest_unsealed = std::chrono::seconds(2);
constexpr std::string_view starts_ending = ".starts";
constexpr const char* retries_name = "retries";
constexpr std::size_t most_names_read_again = 20;

std::string path_in(const std::string& folder, const std::string& name) {
    return folder + '/' + name;
}

/// Whether a file is one that a writer did not come to rename.
bool is_unfinished(const std::string& name) {
    const std::size_t at = name.find(".part-");
    if (at == std::string::npos) return false;
    const std::string meant = name.substr(0, at);
    return meant.ends_with(SegmentName::ending) || meant.ends_with(starts_ending) ||
           meant == retries_name;
}

bool is_gone(const std::string& path) {
    return files::kind_of(path) == files::Kind::absent;
}

/// The words of a line.
std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t blank = std::min(line.find(' '), line.size());
        words.push_back(line.substr(0, blank));
        line.remove_prefix(std::min(blank + 1, line.size()));
    }
    return words;
}

/// Calls f(words) for every line that ends.
template <typename F>
void for_lines(std::string_view text, F&& f) {
    for (std::size_t end = 0; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1))
        f(words_of(text.substr(0, end)));
}

template <typename T>
bool parse(std::string_view text, T& value) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return !text.empty() && read.ptr == end && read.ec == std::errc();
}

/// Of the retries that were asked for: `RUN ATTEMPT` a line. \throws IoError
void read_retries(const std::string& folder, StoreState& state) {
    const std::string path = path_in(folder, retries_name);
    const std::optional<std::string> bytes = files::read_if_there(path);
    if (!bytes) return;
    std::string text;
    try {
        text = files::unsealed("retries", *bytes, path);
    } catch (const IoError&) {
        state.damage.push_back(
            {path, "is not as neocol wrote it: retries are forgotten", {}, false});
        return;
    }
    for_lines(text, [&](const std::vector<std::string_view>& words) {
        std::uint64_t run = 0;
        std::uint8_t attempt = 0;
        if (words.size() == 2 && parse(words[0], run) && parse(words[1], attempt) &&
            run < state.attempts.size())
            state.attempts[run] = attempt;
    });
}

/// Starts without an end, by case. A note decides nothing but when a case is given up: a line that
/// is not understood, such as one a kill tore, is passed over.
using Starts = std::map<std::pair<std::uint64_t, std::uint32_t>, int>;

Starts read_starts(const std::string& path) {
    Starts starts;
    const std::optional<std::string> text = files::read_if_there(path);
    for_lines(text.value_or(""), [&](const std::vector<std::string_view>& words) {
        std::pair<std::uint64_t, std::uint32_t> key;
        int n = 1;
        if (words.size() < 3 || !parse(words[1], key.first) || !parse(words[2], key.second) ||
            (words.size() == 4 && !parse(words[3], n)))
            return;
        if (words[0] == "start") starts[key] += std::clamp(n, 1, most_lost_starts);
        if (words[0] == "end") starts.erase(key);
        if (words[0] == "stop" && starts.contains(key) && --starts[key] == 0) starts.erase(key);
    });
    return starts;
}

/// Whether `row` is of more worth than what the case has: values first, then the later attempt.
bool is_better(const StoredCase& row, std::uint8_t status, std::uint32_t attempt) {
    return has_values(row.status) != has_values(status) ? has_values(row.status)
                                                        : row.attempt > attempt;
}

/// Whether a row is of a case of the list as the list has it now.
bool belongs(const StoredCase& row, CaseList& list) {
    return row.run < list.size() && row.identity == list.identity(row.run) && list.fits(row);
}

/// Reads segments into a state.
class StateReader {
public:
    StateReader(const std::string& folder, CaseList& list) : folder_(folder), list_(list) {}

    /// Nothing if a segment went away meanwhile: its writer put it together with others.
    std::optional<StoreState> read() {
        StoreState s(list_.size());
        attempt_.assign(list_.size(), 0);
        read_retries(folder_, s);
        Starts starts;
        for (const std::string& name : files::names_in(folder_)) {
            if (name.ends_with(SegmentName::ending)) {
                if (!take_segment(s, name)) return std::nullopt;
            } else if (name.ends_with(starts_ending)) {
                for (const auto& [key, n] : read_starts(path_in(folder_, name)))
                    starts[key] += n;
            }
        }
        for (std::uint64_t i = 0; i < list_.size(); ++i) {
            const bool is_asked_again = s.state[i] != state_pending && !has_values(s.state[i]) &&
                                        attempt_[i] < s.attempts[i];
            if (is_asked_again) s.state[i] = state_pending;
        }
        for (const auto& [key, n] : starts) {
            const auto& [run, attempt] = key;
            if (run >= list_.size() || s.state[run] != state_pending || attempt < s.attempts[run])
                continue;
            s.open[run] = static_cast<std::uint8_t>(std::min(n, 255));
            if (s.open[run] >= most_lost_starts) s.state[run] = state_lost;
        }
        mark_damaged(s);
        return s;
    }

private:
    /// False if it is not there any more.
    bool take_segment(StoreState& s, const std::string& name) {
        const std::string path = path_in(folder_, name);
        std::string fault;
        std::optional<Segment> segment;
        try {
            segment = Segment::open(path, list_.id(), fault);
        } catch (const IoError&) {
            if (is_gone(path)) return false;
            throw;
        }
        Damage damage{path, {}, {}, !segment && fault == Segment::of_another};
        if (segment) {
            s.segments.push_back(name);
            s.bytes += segment->bytes();
            fault = segment->rows([&](StoredCase row) { take(s, std::move(row), damage); });
        }
        if (!fault.empty()) damage.what = fault;
        if (damage.what.empty()) return true;
        if (const std::optional<SegmentName> known = SegmentName::parse(name))
            damage.runs.insert(damage.runs.end(), known->cases.begin(), known->cases.end());
        std::sort(damage.runs.begin(), damage.runs.end());
        damage.runs.erase(std::unique(damage.runs.begin(), damage.runs.end()), damage.runs.end());
        s.damage.push_back(std::move(damage));
        return true;
    }

    void take(StoreState& s, StoredCase row, Damage& damage) {
        if (!belongs(row, list_)) {
            damage.what = "has results of cases that are others in this study";
            damage.runs.push_back(row.run);
            return;
        }
        std::uint8_t& state = s.state[row.run];
        if (state != state_pending && !is_better(row, state, attempt_[row.run])) return;
        state = row.status;
        attempt_[row.run] = row.attempt;
        s.segment[row.run] = static_cast<std::uint32_t>(s.segments.size() - 1);
        s.seconds += row.total_seconds;
        s.integrate_seconds += row.integrate_seconds;
        s.last_change = std::max(s.last_change, row.ended);
        s.most_records = std::max(s.most_records, row.n_records);
    }

    /// Cases of what is damaged, unless they were run again since.
    void mark_damaged(StoreState& s) const {
        for (Damage& damage : s.damage) {
            const bool names_cases = !damage.runs.empty();
            std::erase_if(damage.runs, [&](std::uint64_t run) {
                return run >= list_.size() || s.state[run] != state_pending;
            });
            for (const std::uint64_t run : damage.runs)
                s.state[run] = state_damaged;
            if (names_cases && damage.runs.empty()) damage.path.clear();  // made good
        }
        std::erase_if(s.damage, [](const Damage& damage) { return damage.path.empty(); });
    }

    const std::string& folder_;
    CaseList& list_;
    std::vector<std::uint32_t> attempt_;
};

}  // namespace

StoreState::StoreState(std::uint64_t n_cases)
    : state(n_cases, state_pending),
      attempts(n_cases, 0),
      open(n_cases, 0),
      segment(n_cases, no_segment) {}

std::uint64_t StoreState::count(std::uint8_t which) const {
    return static_cast<std::uint64_t>(std::count(state.begin(), state.end(), which));
}

std::vector<std::unique_ptr<files::Lock>> lock_store(const std::string& folder,
                                                     const std::string& part,
                                                     const std::string& what,
                                                     const std::string& host,
                                                     const std::string& started) {
    using files::Lock;
    files::make_folders(folder);
    std::vector<std::unique_ptr<Lock>> locks;
    const auto take = [&](const std::string& name, Lock::Kind kind, int most_seconds) {
        for (int waited = 0;; ++waited) {
            try {
                locks.push_back(
                    std::make_unique<Lock>(path_in(folder, name), kind, what, host, started));
                return;
            } catch (const files::CallError&) {
                throw;
            } catch (const IoError&) {
                if (waited >= most_seconds) throw;
                std::this_thread::sleep_for(std::chrono::seconds(1));
            }
        }
    };
    constexpr int most_seconds = 20;
    if (part.empty()) {
        take("store.lock", Lock::Kind::exclusive, 0);
    } else {
        take("store.lock", Lock::Kind::shared, most_seconds);
        take(part + ".lock", Lock::Kind::exclusive, most_seconds);
    }
    return locks;
}

void clear_store(const std::string& folder) {
    for (const std::string& name : files::names_in(folder))
        if (name.ends_with(SegmentName::ending) || name.ends_with(starts_ending) ||
            name == retries_name || is_unfinished(name))
            files::remove(path_in(folder, name));
}

StoreState read_store(const std::string& folder, CaseList& list) {
    for (std::size_t n = 0; n < most_names_read_again; ++n)
        if (std::optional<StoreState> state = StateReader(folder, list).read())
            return std::move(*state);
    throw IoError(folder, "changes faster than it can be read; try again");
}

namespace {

/// Segments that were read lately.
class SegmentCache {
public:
    SegmentCache(std::string folder, std::string id)
        : folder_(std::move(folder)), id_(std::move(id)) {}

    const std::string& folder() const { return folder_; }
    /// Null, with the reason in `fault`, if it is damaged. \throws IoError
    Segment* find(const std::string& name, std::string& fault) {
        constexpr std::size_t most_bytes = std::size_t{8} << 20, most_segments = 8;
        const auto known = std::find_if(segments_.begin(), segments_.end(),
                                        [&](const auto& segment) { return segment.first == name; });
        if (known != segments_.end()) {
            segments_.splice(segments_.begin(), segments_, known);
            return &segments_.front().second;
        }
        std::optional<Segment> segment = Segment::open(path_in(folder_, name), id_, fault);
        if (!segment) return nullptr;
        bytes_ += segment->bytes();
        segments_.emplace_front(name, std::move(*segment));
        while ((bytes_ > most_bytes || segments_.size() > most_segments) && segments_.size() > 1) {
            bytes_ -= segments_.back().second.bytes();
            segments_.pop_back();
        }
        return &segments_.front().second;
    }

private:
    std::string folder_, id_;
    std::list<std::pair<std::string, Segment>> segments_;  ///< the latest first
    std::size_t bytes_ = 0;
};

std::string damaged_folder(const std::string& store) {
    const std::size_t slash = store.rfind('/');
    return (slash == std::string::npos ? std::string() : store.substr(0, slash + 1)) + "damaged";
}

}  // namespace

struct StoreReader::Implementation {
    Implementation(std::string folder, CaseList& cases, const StoreState& known)
        : segments(std::move(folder), cases.id()), list(cases), state(known) {}

    /// The row of most worth in a segment. \returns false if it is not there any more
    bool take(const std::string& name, std::uint64_t run, std::optional<StoredCase>& best);

    SegmentCache segments;
    CaseList& list;
    const StoreState& state;
};

bool StoreReader::Implementation::take(const std::string& name, std::uint64_t run,
                                       std::optional<StoredCase>& best) {
    const std::string path = path_in(segments.folder(), name);
    std::string fault;
    try {
        Segment* const segment = segments.find(name, fault);
        if (segment != nullptr) {
            fault = segment->rows_of(
                run,
                [&](StoredCase row) {
                    if (belongs(row, list) &&
                        (!best || is_better(row, best->status, best->attempt)))
                        best = std::move(row);
                });
        }
    } catch (const IoError&) {
        if (is_gone(path)) return false;
        throw;
    }
    if (!fault.empty()) throw IoError(path, fault);
    return true;
}

struct StoreLookup::Implementation {
    Implementation(std::string folder, std::string id)
        : segments(std::move(folder), std::move(id)) {
        for (std::string& name : files::names_in(segments.folder())) {
            const std::optional<SegmentName> parsed = SegmentName::parse(name);
            if (!parsed) continue;
            for (const std::uint64_t number : parsed->cases)
                names.emplace(number, name);
        }
    }
    SegmentCache segments;
    std::multimap<std::uint64_t, std::string> names;
    std::vector<std::string> damaged;
};

StoreLookup::StoreLookup(std::string folder, std::string id)
    : implementation_(std::make_unique<Implementation>(std::move(folder), std::move(id))) {}
StoreLookup::~StoreLookup() = default;

const std::vector<std::string>& StoreLookup::damaged() const {
    return implementation_->damaged;
}

std::optional<StoredCase> StoreLookup::find(std::uint64_t number) {
    Implementation& self = *implementation_;
    std::optional<StoredCase> best;
    const auto [first, last] = self.names.equal_range(number);
    for (auto name = first; name != last; ++name) {
        const std::string path = path_in(self.segments.folder(), name->second);
        std::string fault;
        try {
            Segment* const segment = self.segments.find(name->second, fault);
            if (segment != nullptr) {
                fault = segment->rows_of(
                    number,
                    [&](StoredCase row) {
                        if (!best || is_better(row, best->status, best->attempt))
                            best = std::move(row);
                    });
            }
        } catch (const IoError&) {
            if (!is_gone(path)) throw;
        }
        if (fault.empty()) continue;
        const std::string aside = damaged_folder(self.segments.folder());
        files::make_folders(aside);
        files::rename(path, path_in(aside, name->second));
        self.damaged.push_back(path_in(aside, name->second));
    }
    return best;
}

StoreReader::StoreReader(std::string folder, CaseList& list, const StoreState& state)
    : implementation_(std::make_unique<Implementation>(std::move(folder), list, state)) {}
StoreReader::~StoreReader() = default;

StoredCase StoreReader::read(std::uint64_t run) {
    Implementation& self = *implementation_;
    std::optional<StoredCase> best;
    const std::uint32_t segment = self.state.segment.at(run);
    if (segment != StoreState::no_segment && !self.take(self.state.segments[segment], run, best)) {
        // Put together with others since: they hold it.
        for (const std::string& name : files::names_in(self.segments.folder())) {
            const std::optional<SegmentName> other = SegmentName::parse(name);
            if (other && std::binary_search(other->cases.begin(), other->cases.end(), run))
                self.take(name, run, best);
        }
    }
    if (!best)
        throw IoError(self.segments.folder(), fmt::format("the result of run {} is gone", run));
    return std::move(*best);
}

struct StoreWriter::Implementation {
    Implementation(std::string given, CaseList& cases, std::string name)
        : folder(std::move(given)), list(cases), writer(std::move(name)) {}

    struct Sealed {
        std::string name;
        std::vector<std::uint64_t> cases;
        std::uint64_t bytes = 0;
    };

    void find_own();
    void keep_open_starts(const StoreState& state);
    void seal(bool everything);
    void write_segment(std::vector<StoredCase> rows);
    void write_what_fits(std::vector<StoredCase> rows);
    void merge_tier();
    void merge(std::vector<Sealed> several);
    void note(const std::string& line, bool at_once);

    std::string starts_path() const { return path_in(folder, writer + std::string(starts_ending)); }

    std::string folder;
    CaseList& list;
    std::string writer, token;
    std::uint64_t number = 0;
    std::vector<Sealed> own;  ///< of this part, in order of their numbers
    std::vector<StoredCase> rows;
    std::size_t row_bytes = 0;
    Clock::time_point first_added;
    std::mutex mutex;  ///< of what follows: starts come from the threads that run the cases
    std::optional<files::AppendFile> starts;
    std::string lines;  ///< of the note, not yet written
    int n_open = 0;     ///< starts without an end
};

namespace {

std::size_t size_of_row(const StoredCase& row) {
    return 128 + row.reason.size() + 9 * row.outcomes.size() + row.records.size();
}

std::vector<std::uint64_t> runs_of(const std::vector<StoredCase>& rows) {
    std::vector<std::uint64_t> runs;
    for (const StoredCase& row : rows)
        runs.push_back(row.run);
    runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
    return runs;
}

/// Whether cases fit into one segment, and into its name.
bool fits_one(const std::vector<std::uint64_t>& runs, std::uint64_t bytes) {
    return runs.size() <= detail::most_cases_in_segment && bytes <= detail::most_bytes_in_segment &&
           detail::case_ranges(runs).size() <= SegmentName::longest_cases;
}

std::vector<std::uint64_t> joined(const std::vector<std::uint64_t>& a,
                                  const std::vector<std::uint64_t>& b) {
    std::vector<std::uint64_t> both;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return both;
}

}  // namespace

/// Segments of this part that earlier processes sealed: small ones are put together with the own.
void StoreWriter::Implementation::find_own() {
    for (const std::string& name : files::names_in(folder)) {
        std::optional<SegmentName> parsed = SegmentName::parse(name);
        if (!parsed || parsed->writer != writer) continue;
        const files::Descriptor file = files::open_to_read(path_in(folder, name));
        own.push_back({name, std::move(parsed->cases), files::size_of(file, name)});
    }
}

/// Begins the note of starts anew with those that still count.
void StoreWriter::Implementation::keep_open_starts(const StoreState& state) {
    std::string text;
    for (const auto& [key, n] : read_starts(starts_path())) {
        const auto& [run, attempt] = key;
        const bool counts = run < state.state.size() && attempt >= state.attempts[run] &&
                            (is_to_do(state.state[run]) || state.state[run] == state_lost);
        if (counts) text += fmt::format("start {} {} {}\n", run, attempt, n);
    }
    if (!text.empty())
        files::write(starts_path(), text);
    else
        files::remove(starts_path());
}

/// Starts are noted before a case runs; ends with the next start, or when a segment is sealed.
void StoreWriter::Implementation::note(const std::string& line, bool at_once) {
    const std::lock_guard lock(mutex);
    lines += line;
    if (!at_once) return;
    if (!starts) starts.emplace(starts_path());
    starts->append(std::exchange(lines, {}));
}

void StoreWriter::Implementation::write_segment(std::vector<StoredCase> part) {
    SegmentName name{writer, token, number++, runs_of(part)};
    const std::string bytes = detail::segment_of(list.id(), part);
    files::write(path_in(folder, name.text()), bytes);
    own.push_back({name.text(), std::move(name.cases), bytes.size()});
}

/// On a disk that is full: of the results that stand in no segment, as many as there is room for.
void StoreWriter::Implementation::write_what_fits(std::vector<StoredCase> part) {
    while (part.size() > 1) {
        part.resize(part.size() / 2);
        try {
            write_segment(part);
            return;
        } catch (const IoError&) {
            // Half of it, then. The fault that led here is the one to tell.
        }
    }
}

void StoreWriter::Implementation::seal(bool everything) {
    std::vector<StoredCase> all = std::exchange(rows, {});
    row_bytes = 0;
    std::sort(all.begin(), all.end(), [](const StoredCase& a, const StoredCase& b) {
        return std::pair(a.run, a.attempt) < std::pair(b.run, b.attempt);
    });
    const bool is_rest_left = !everything && all.size() > detail::most_cases_in_segment;
    while (!all.empty()) {
        if (is_rest_left && all.size() < detail::most_cases_in_segment) {
            rows = std::move(all);  // into the next one
            for (const StoredCase& row : rows)
                row_bytes += size_of_row(row);
            break;
        }
        // Scattered numbers make long names: as many as fit, found by halving.
        std::size_t n = std::min(all.size(), detail::most_cases_in_segment);
        std::vector<StoredCase> part;
        for (;; n = n / 2) {
            part.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
            if (n == 1 || detail::case_ranges(runs_of(part)).size() <= SegmentName::longest_cases)
                break;
        }
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
        try {
            write_segment(part);
        } catch (const IoError&) {
            write_what_fits(std::move(part));
            throw;
        }
    }
    merge_tier();
}

/// Puts sixteen segments of about one size together: so their number grows with the logarithm of
/// the cases, up to full ones, and no row is written often.
void StoreWriter::Implementation::merge_tier() {
    constexpr std::size_t together = 16;
    const auto tier = [](const Sealed& sealed) {
        if (2 * sealed.bytes > detail::most_bytes_in_segment) return 3;
        return sealed.cases.size() < 16 ? 0 : sealed.cases.size() < 256 ? 1 : 2;
    };
    for (int t = 0; t < 2; ++t) {
        std::vector<Sealed> several;
        std::vector<std::uint64_t> runs;
        std::uint64_t bytes = 0;
        for (const Sealed& sealed : own) {
            if (tier(sealed) != t) continue;
            const std::vector<std::uint64_t> with = joined(runs, sealed.cases);
            if (!fits_one(with, bytes + sealed.bytes)) break;
            runs = with;
            bytes += sealed.bytes;
            several.push_back(sealed);
        }
        if (several.size() >= together) merge(std::move(several));
    }
}

void StoreWriter::Implementation::merge(std::vector<Sealed> several) {
    std::map<std::uint64_t, StoredCase> best;
    std::vector<std::string> names;
    for (const Sealed& sealed : several) {
        std::string fault;
        std::optional<Segment> segment;
        std::vector<StoredCase> read;
        try {
            segment = Segment::open(path_in(folder, sealed.name), list.id(), fault);
        } catch (const IoError&) {
            if (!is_gone(path_in(folder, sealed.name))) throw;
        }
        if (segment) fault = segment->rows([&](StoredCase row) { read.push_back(std::move(row)); });
        std::erase_if(own, [&](const Sealed& mine) { return mine.name == sealed.name; });
        // One that is damaged or gone is left to whoever reads the store; so is one with a row of
        // another plan row of a case, which would take the place of the one that counts.
        const bool is_at_odds = std::any_of(read.begin(), read.end(), [&](const StoredCase& row) {
            const auto known = best.find(row.run);
            return known != best.end() && known->second.identity != row.identity;
        });
        if (!segment || !fault.empty() || is_at_odds) continue;
        names.push_back(sealed.name);
        for (StoredCase& row : read) {
            const auto [place, is_new] = best.try_emplace(row.run, row);
            if (!is_new && is_better(row, place->second.status, place->second.attempt))
                place->second = std::move(row);
        }
    }
    if (names.size() < 2) return;
    std::vector<StoredCase> rows_of_all;
    for (auto& [run, row] : best)
        rows_of_all.push_back(std::move(row));
    write_segment(std::move(rows_of_all));
    for (const std::string& name : names)
        files::remove(path_in(folder, name));
}

StoreWriter::StoreWriter(std::string folder, CaseList& list, const StoreState& state,
                         std::string name)
    : implementation_(std::make_unique<Implementation>(std::move(folder), list, std::move(name))) {
    Implementation& self = *implementation_;
    files::make_folders(self.folder);
    self.token =
        sha256_hex(fmt::format("{} {}", ::getpid(),
                               std::chrono::system_clock::now().time_since_epoch().count()))
            .substr(0, 10);
    self.find_own();
    self.keep_open_starts(state);
}

StoreWriter::~StoreWriter() = default;

void StoreWriter::start(std::uint64_t run, std::uint32_t attempt) {
    implementation_->note(fmt::format("start {} {}\n", run, attempt), true);
}

void StoreWriter::end(std::uint64_t run, std::uint32_t attempt, bool is_stopped) {
    const char* word = is_stopped ? "stop" : "end";
    implementation_->note(fmt::format("{} {} {}\n", word, run, attempt), false);
}

void StoreWriter::add(StoredCase row) {
    Implementation& self = *implementation_;
    if (self.rows.empty()) self.first_added = Clock::now();
    self.row_bytes += size_of_row(row);
    self.rows.push_back(std::move(row));
}

void StoreWriter::seal_if_due() {
    Implementation& self = *implementation_;
    if (self.rows.empty()) return;
    if (Clock::now() - self.first_added >= longest_unsealed ||
        self.rows.size() >= detail::most_cases_in_segment ||
        self.row_bytes >= detail::most_bytes_in_segment) {
        self.seal(false);
        self.first_added = Clock::now();
    }
}

void StoreWriter::close() {
    Implementation& self = *implementation_;
    if (!self.rows.empty()) self.seal(true);
    const std::vector<Implementation::Sealed> all = self.own;
    std::vector<Implementation::Sealed> several;
    std::vector<std::uint64_t> runs;
    std::uint64_t bytes = 0;
    const auto merge = [&] {
        if (several.size() > 1) self.merge(std::move(several));
        several.clear();
        runs.clear();
        bytes = 0;
    };
    for (const Implementation::Sealed& sealed : all) {
        if (2 * sealed.cases.size() > detail::most_cases_in_segment ||
            2 * sealed.bytes > detail::most_bytes_in_segment)
            continue;
        std::vector<std::uint64_t> with = joined(runs, sealed.cases);
        if (!several.empty() && !fits_one(with, bytes + sealed.bytes)) {
            merge();
            with = sealed.cases;
        }
        runs = std::move(with);
        bytes += sealed.bytes;
        several.push_back(sealed);
    }
    merge();
    if (!self.starts) return;
    self.note("", true);
    self.starts->close();
    self.starts.reset();
    if (read_starts(self.starts_path()).empty()) files::remove(self.starts_path());
}

void ask_again(const std::string& folder, const StoreState& state,
               const std::vector<std::uint64_t>& runs) {
    std::vector<std::uint8_t> attempts = state.attempts;
    for (const std::uint64_t run : runs)
        if (attempts[run] < 255) ++attempts[run];
    std::string text;
    for (std::uint64_t run = 0; run < attempts.size(); ++run)
        if (attempts[run] > 0) text += fmt::format("{} {}\n", run, attempts[run]);
    files::make_folders(folder);
    files::write(path_in(folder, retries_name), files::sealed("retries", text));
}

bool needs_repair(const std::string& folder, const StoreState& state) {
    const std::vector<std::string> names = files::names_in(folder);
    return !state.damage.empty() || std::any_of(names.begin(), names.end(), is_unfinished);
}

std::string runs_text(const std::vector<std::uint64_t>& runs) {
    return detail::case_ranges(runs);
}

std::vector<std::string> repair_store(const std::string& folder, CaseList& list) {
    std::vector<std::string> done;
    const std::string aside = damaged_folder(folder);
    const auto set_aside = [&](const std::string& name, const std::string& why,
                               const std::string& cases) {
        files::make_folders(aside);
        files::rename(path_in(folder, name), path_in(aside, name));
        done.push_back(
            fmt::format("{}: {}; set aside in {}{}", path_in(folder, name), why, aside, cases));
    };
    for (const std::string& name : files::names_in(folder)) {
        const std::string path = path_in(folder, name);
        if (is_unfinished(name)) {
            files::remove(path);
            done.push_back(fmt::format("{}: a dead writer left it unfinished; removed", path));
            continue;
        }
        if (!name.ends_with(SegmentName::ending)) continue;
        std::string fault;
        if (files::kind_of(path) != files::Kind::regular)
            fault = "is no regular file";
        else if (std::optional<Segment> segment = Segment::open(path, list.id(), fault))
            fault = segment->rows([](const StoredCase&) {});
        if (fault.empty()) continue;
        const std::optional<SegmentName> known = SegmentName::parse(name);
        set_aside(name, fault,
                  known
                      ? fmt::format("; its cases are to do: {}", detail::case_ranges(known->cases))
                      : std::string());
    }
    const std::string retries = path_in(folder, retries_name);
    if (const auto bytes = files::read_if_there(retries)) {
        try {
            files::unsealed("retries", *bytes, retries);
        } catch (const IoError&) {
            set_aside(retries_name, "is not as neocol wrote it", "; retries are forgotten");
        }
    }
    return done;
}

}  // namespace neocol::study
