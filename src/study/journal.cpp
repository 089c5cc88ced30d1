#include <neocol/study/journal.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

#include "journal_lines.hpp"

namespace neocol::study {

using detail::journal_text;
using detail::JournalLine;
using Word = JournalLine::Word;

namespace {

constexpr std::string_view shard_magic = "NEOCSH02";
constexpr std::size_t most_damage = 1000;  // of which every piece is told

}  // namespace

const char* state_name(std::uint8_t state) {
    if (state == state_pending) return "pending";
    if (state == state_lost) return "lost";
    if (state == state_damaged) return "damaged";
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
    s.residual = result.residual;
    if (!result.has_values()) return s;
    const model::Model& model = *result.model;
    std::vector<std::size_t> records;  // at 0, every, 2 every, ...
    for (std::size_t i = 0; i < result.times.size(); ++i) {
        const double due = multiple(static_cast<std::int64_t>(records.size()), plan.every).days();
        if (result.after_jump[i] == 0 && result.times[i] == due) records.push_back(i);
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

struct TaskWriter::Implementation {
    Implementation(const Plan& given, std::uint32_t task)
        : plan(given),
          journal(detail::journal_path(plan, task)),
          shard(detail::shard_path(plan, task)) {
        // Results stand where the journal says: what a kill left at the end of a shard stays.
        if (shard.size() < shard_magic.size()) shard.append(shard_magic.substr(shard.size()));
    }

    const Plan& plan;
    files::AppendFile journal, shard;
    std::string results, lines;  ///< added, not yet committed
};

std::vector<std::string> mend_journals(const Plan& plan, std::optional<std::uint32_t> task) {
    std::vector<std::string> told;
    const auto mend = [&](const std::string& path) {
        std::string text = detail::mend_journal(path);
        if (!text.empty()) told.push_back(std::move(text));
    };
    if (task) {
        mend(detail::journal_path(plan, *task));
    } else {
        detail::for_journals(plan, [&](std::int64_t, const std::string& path) { mend(path); });
    }
    return told;
}

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
    const std::string bytes = detail::record(detail::encode(self.plan, r));
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

namespace {

/// Calls f for every sound line of every journal.
template <typename F>
void for_lines(const Plan& plan, F&& f,
               const std::function<void(const std::string&, const detail::JournalFaults&)>& told) {
    detail::for_journals(plan, [&](std::int64_t task, const std::string& path) {
        const detail::JournalFaults faults =
            detail::read_journal(path, [&](const JournalLine& line) {
                if (line.run < plan.n_cases) f(task, line);
            });
        if (told) told(path, faults);
    });
}

/// Checks results while journals are read; keeps one shard open.
class ResultCheck {
public:
    ResultCheck(const Plan& plan, StudyState& state) : plan_(plan), state_(state) {}

    /// Whether the result of an end is as it was written.
    bool is_sound(std::int64_t task, const JournalLine& line) {
        if (task < 0) return false;  // an end among the retries
        const auto number = static_cast<std::uint32_t>(task);
        const std::string path = detail::shard_path(plan_, number);
        if (task != task_) {
            shard_.emplace(path);
            task_ = task;
        }
        std::string fault;
        const std::uint64_t n_values = line.n_times * plan_.observables.size();
        if (shard_->payload(plan_, line.run, line.offset, line.length, fault) &&
            4 * n_values <= line.length) {
            return true;
        }
        if (fault.empty()) fault = "has another length";
        state_.damaged_records.emplace(number, line.offset, line.run);
        if (state_.damage.size() < most_damage) {
            state_.damage.push_back({path,
                                     fmt::format("the result at byte {} {}", line.offset, fault),
                                     line.run, true});
        }
        return false;
    }

private:
    const Plan& plan_;
    StudyState& state_;
    std::int64_t task_ = -1;
    std::optional<detail::ShardFile> shard_;
};

/// Shards with results of which no journal tells.
void find_orphans(const Plan& plan, StudyState& state) {
    const std::vector<std::uint32_t> journals = detail::tasks_in(plan, "journal", ".log");
    for (const std::uint32_t task : detail::tasks_in(plan, "shards", ".shard")) {
        if (std::binary_search(journals.begin(), journals.end(), task)) continue;
        const std::string path = detail::shard_path(plan, task);
        const files::Descriptor file = files::open_to_read(path);
        if (files::size_of(file, path) <= shard_magic.size()) continue;
        state.damage.push_back({detail::journal_path(plan, task),
                                "is not there, but its shard holds results",
                                {},
                                false});
        ++state.n_damage;
    }
}

}  // namespace

StudyState read_state(const Plan& plan) {
    StudyState s;
    s.state.assign(plan.n_cases, state_pending);
    s.attempts.assign(plan.n_cases, 0);
    s.open.assign(plan.n_cases, 0);
    ResultCheck check(plan, s);
    const auto take = [&](std::int64_t task, const JournalLine& line) {
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
                if (!check.is_sound(task, line)) {
                    if (state == state_pending) state = state_damaged;
                    break;
                }
                s.seconds += line.seconds;
                s.integrate_seconds += line.integrate;
                s.bytes += line.length;
                if (!plan.observables.empty()) s.most_times = std::max(s.most_times, line.n_times);
                if (has_values(state)) break;  // a result with values stands
                if (has_values(line.status) || line.attempt >= s.attempts[line.run]) {
                    state = line.status;
                }
        }
    };
    for_lines(plan, take, [&](const std::string& path, const detail::JournalFaults& faults) {
        s.n_damage += faults.damaged.size();
        for (const detail::JournalFaults::Line& line : faults.damaged) {
            if (s.damage.size() >= most_damage) break;
            s.damage.push_back(
                {path, fmt::format("line {} is damaged", line.number), line.run, false});
        }
    });
    find_orphans(plan, s);
    std::erase_if(s.damage, [&](const Damage& one) {
        return one.is_result && s.state[*one.run] != state_damaged;
    });
    s.n_damage += s.count(state_damaged);
    for (std::uint64_t i = 0; i < plan.n_cases; ++i) {
        if (s.state[i] == state_pending && s.open[i] >= most_lost_starts) s.state[i] = state_lost;
    }
    return s;
}

std::vector<ShardPlace> find_results(const Plan& plan, const StudyState& state, std::uint64_t first,
                                     std::uint64_t n) {
    constexpr std::uint32_t none = ~std::uint32_t{0};
    std::vector<ShardPlace> places(n, ShardPlace{none, 0, 0});
    std::vector<std::uint8_t> values(n, 0);
    std::vector<std::uint32_t> attempt(n, 0);
    const auto take = [&](std::int64_t task, const JournalLine& line) {
        if (task < 0 || line.run < first || line.run >= first + n) return;
        const std::uint64_t i = line.run - first;
        const auto number = static_cast<std::uint32_t>(task);
        if (line.word != Word::end || values[i] != 0 ||
            state.damaged_records.contains({number, line.offset, line.run})) {
            return;
        }
        const bool has = has_values(line.status);
        if (places[i].task != none && !has && line.attempt < attempt[i]) return;
        places[i] = {number, line.length, line.offset};
        values[i] = has ? 1 : 0;
        attempt[i] = line.attempt;
    };
    for_lines(plan, take, {});
    return places;
}

struct ShardReader::Implementation {
    explicit Implementation(const Plan& given) : plan(given) {}
    const Plan& plan;
    std::map<std::uint32_t, detail::ShardFile> shards;
};

ShardReader::ShardReader(const Plan& plan)
    : implementation_(std::make_unique<Implementation>(plan)) {}
ShardReader::~ShardReader() = default;

StoredCase ShardReader::read(const ShardPlace& place, std::uint64_t run) {
    Implementation& self = *implementation_;
    constexpr std::size_t most_open = 16;  // few at once, whatever the number of tasks
    const std::string path = detail::shard_path(self.plan, place.task);
    auto found = self.shards.find(place.task);
    if (found == self.shards.end()) {
        if (self.shards.size() >= most_open) self.shards.clear();
        found = self.shards.emplace(place.task, path).first;
    }
    std::string fault;
    const auto payload = found->second.payload(self.plan, run, place.offset, place.length, fault);
    if (!payload) {
        throw IoError(path,
                      fmt::format("the result of run {} at byte {} {}", run, place.offset, fault));
    }
    return detail::decode(self.plan, *payload, path);
}

void mark_for_retry(const Plan& plan, const std::vector<std::uint64_t>& runs) {
    files::AppendFile journal(plan.file("journal/retries.log"));
    std::string lines;
    for (const std::uint64_t run : runs) {
        lines += journal_text({Word::retry, run, 0, 0, 0, 0, 0, 0.0, 0.0, detail::now_text()});
    }
    journal.append(lines);
    journal.sync();
    journal.close();
}

}  // namespace neocol::study
