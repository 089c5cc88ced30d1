#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <neocol/core/error.hpp>
#include <neocol/core/json.hpp>
#include <neocol/files/files.hpp>

#include "batch.hpp"
#include "models.hpp"
#include "study_common.hpp"

namespace neocol::cli {
namespace {

void options(CLI::App& app, Arguments& a) {
    app.add_option("list", a.name,
                   "text file, one case a line: scenario file, then KEY=VALUE as of --set or "
                   "person=COHORT:N:I, separated by tabs")
        ->required();
    app.add_option("--kept", a.output,
                   "cases whose HASH.npz is in this folder are named and not run")
        ->type_name("FOLDER");
    app.add_option("--threads", a.threads, "cases at a time (default: the scheduler's, or cores)")
        ->check(CLI::PositiveNumber);
    app.add_option("--time-limit", a.batch.time_limit, "seconds a case; longer ones fail")
        ->check(CLI::PositiveNumber);
    app.add_flag("--details", a.json, "what a case is judged by, as a line of JSON behind it");
    app.add_flag("--interpreter", a.interpreter, "do not compile the model");
    app.add_option("--isa", a.isa, "instruction set to compile for, such as x86-64-v3");
}

/// `person=COHORT:N:I`: the I-th, from 0, of N persons of a cohort.
struct ListedPerson {
    std::string cohort;
    std::size_t n = 0, index = 0;
};

struct ListedCase {
    std::string scenario;
    std::vector<io::Override> overrides;
    std::optional<ListedPerson> person;
};

constexpr std::string_view person_key = "person=";
constexpr std::uint64_t person_seed = 1;

/// \throws InputError  not COHORT:N:I with I below N
ListedPerson parse_person(const std::string& text) {
    ListedPerson found;
    const std::size_t last = text.rfind(':');
    const std::size_t middle =
        last == std::string::npos || last == 0 ? std::string::npos : text.rfind(':', last - 1);
    if (middle != std::string::npos) {
        const auto whole = [](const char* begin, const char* end, std::size_t& value) {
            const auto read = std::from_chars(begin, end, value);
            return read.ec == std::errc{} && read.ptr == end;
        };
        const char* start = text.data();
        found.cohort = text.substr(0, middle);
        if (whole(start + middle + 1, start + last, found.n) &&
            whole(start + last + 1, start + text.size(), found.index) && found.index < found.n)
            return found;
    }
    throw InputError("'" + text + "' names no person",
                     "write COHORT:N:I, such as acne_scars:20:0 for the first of twenty");
}

/// Cases of a list. \throws InputError  naming file and line
std::vector<ListedCase> read_list(const std::string& path) {
    std::istringstream file(io::read_text_file(path));
    std::vector<ListedCase> cases;
    std::string line, cell;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        std::istringstream cells(line);
        ListedCase one;
        one.overrides.push_back({"output.times", "common"});  // and both sides of every jump
        std::getline(cells, one.scenario, '\t');
        if (one.scenario.empty()) {
            throw InputError(fmt::format("{}:{}: a line begins with a scenario file", path, number),
                             "one case a line, separated by tabs");
        }
        try {
            while (std::getline(cells, cell, '\t')) {
                if (cell.starts_with(person_key))
                    one.person = parse_person(cell.substr(person_key.size()));
                else
                    one.overrides.push_back(io::parse_override(cell));
            }
        } catch (const Error& error) {
            throw InputError(fmt::format("{}:{}: {}", path, number, error.what()),
                             "write KEY=VALUE, as --set takes it");
        }
        cases.push_back(std::move(one));
    }
    return cases;
}

/// What a case is judged by, and its outcomes, in the units of the model file.
std::string details(const study::CaseResult& result) {
    const model::Model& model = *result.model;
    JsonObject lowest, residual, outcomes, bounds;
    for (std::size_t s = 0; s < result.smallest.size() && s < model.species.size(); ++s) {
        const model::Species& species = model.species[s];
        lowest.add(species.name, species.unit.from_internal(result.smallest[s]));
    }
    for (std::size_t s = 0; s < result.residuals.size() && s < model.species.size(); ++s)
        residual.add(model.species[s].name, result.residuals[s]);
    for (std::size_t k = 0; k < result.bounds.size() && k < model.bounds.size(); ++k) {
        const Unit& unit = model.bounds[k].unit;
        bounds.add(model.bounds[k].name,
                   Json(std::vector<double>{unit.from_internal(result.bounds[k].lowest),
                                            unit.from_internal(result.bounds[k].highest)}));
    }
    for (std::size_t k = 0; k < result.outcomes.size() && k < model.outcomes.size(); ++k) {
        const simulation::OutcomeValue& outcome = result.outcomes[k];
        if (!outcome.censored)
            outcomes.add(model.outcomes[k].name,
                         model.outcomes[k].unit.from_internal(outcome.value));
    }
    return JsonObject{{"reason", result.reason}, {"reached", result.reached},
                      {"steps", result.steps},   {"seconds", result.integrate_cpu_seconds},
                      {"lowest", lowest},        {"residual", residual},
                      {"bounds", bounds},        {"outcomes", outcomes}}
        .str();
}

/// Runs the cases of a list on several threads and writes each to stdout when it ends.
class Cases {
public:
    Cases(const Arguments& a, const Surroundings& surroundings)
        : arguments_(a), surroundings_(surroundings), list_(read_list(a.name)) {
        for (const ListedCase& one : list_) {
            auto& runner = runners_[one.scenario];
            if (!runner) {
                runner = std::make_unique<study::CaseRunner>(
                    case_family(one.scenario, arguments_, surroundings_));
            }
            if (one.person) {
                auto& group = groups_[{one.person->cohort, one.person->n}];
                if (group.persons.empty()) {
                    group.cohort = load_cohort(one.person->cohort, surroundings_);
                    group.persons = study::draw_persons(group.cohort, one.person->n, person_seed);
                }
            }
        }
    }

    /// \returns whether all were carried out: false if stopped
    bool run(int threads) {
        {
            std::vector<std::jthread> others;
            const auto n = std::min(static_cast<std::size_t>(threads), list_.size());
            guard([&] {
                for (std::size_t t = 1; t < n; ++t)
                    others.emplace_back([this] { work(); });
            });
            work();
        }
        if (error_) std::rethrow_exception(error_);
        return !stop_.load();
    }

private:
    struct Group {
        study::Cohort cohort;
        std::vector<study::Person> persons;
    };

    std::vector<io::Override> overrides_of(study::CaseRunner& runner,
                                           const ListedCase& listed) const {
        if (!listed.person) return listed.overrides;
        const Group& group = groups_.at({listed.person->cohort, listed.person->n});
        return study::as_person(runner, listed.overrides, group.cohort,
                                group.persons[listed.person->index]);
    }

    void work() {
        guard([this] {
            for (std::size_t k = next_++; k < list_.size() && !stop_.load() && !broken_.load();
                 k = next_++)
                one(k);
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
            broken_ = true;
        }
    }

    void one(std::size_t k) {
        study::CaseRunner& runner = *runners_.at(list_[k].scenario);
        std::vector<io::Override> overrides;
        try {
            overrides = overrides_of(runner, list_[k]);
        } catch (const InputError& error) {
            put_failure(k, "invalid", "-", error.what());
            return;
        }
        if (!arguments_.output.empty()) {
            try {
                const std::string hash = runner.read(overrides).scenario.hash;
                if (files::kind_of(arguments_.output + "/" + hash + ".npz") !=
                    files::Kind::absent) {
                    put(fmt::format("{} kept {} 0 0 0\n\n", k, hash), nullptr);
                    return;
                }
            } catch (const InputError&) {
                // Told as the result of the case, below.
            }
        }
        const study::CaseResult result =
            runner.run(overrides, {1, arguments_.batch.time_limit, &stop_});
        if (result.status == study::CaseStatus::stopped) return;
        if (!result.complete() && !(arguments_.json && result.has_values())) {
            const bool is_doubtful = result.status == study::CaseStatus::doubtful;
            put_failure(k, to_string(result.status), result.hash.empty() ? "-" : result.hash,
                        is_doubtful ? "doubtful: " + result.reason : result.reason);
            return;
        }
        std::vector<std::string> names;
        for (const auto& observable : result.model->observables)
            names.push_back(observable.name);
        put(fmt::format("{} {} {} {} {} {}\n{}\n", k, to_string(result.status), result.hash,
                        result.times.size(), names.size(), result.sessions.size(),
                        fmt::join(names, " ")),
            &result);
    }

    void put_failure(std::size_t k, const std::string& status, const std::string& hash,
                     std::string reason) {
        std::replace(reason.begin(), reason.end(), '\n', '\v');
        put(fmt::format("{} {} {} 0 0 0\n{}\n", k, status, hash, reason), nullptr);
    }

    void put(const std::string& head, const study::CaseResult* result) {
        std::vector<double> numbers;
        if (result != nullptr) {
            numbers = result->times;
            numbers.insert(numbers.end(), result->after_jump.begin(), result->after_jump.end());
            const auto& observables = result->model->observables;
            for (std::size_t i = 0; i < result->observables.size(); ++i) {
                const Unit& unit = observables[i % observables.size()].unit;
                numbers.push_back(unit.from_internal(result->observables[i]));
            }
            for (const study::CaseSession& session : result->sessions)
                numbers.push_back(session.time);
        }
        std::string tail;
        if (result != nullptr && arguments_.json) tail = details(*result) + '\n';
        const std::lock_guard lock(mutex_);
        if (std::fwrite(head.data(), 1, head.size(), stdout) != head.size() ||
            std::fwrite(numbers.data(), sizeof(double), numbers.size(), stdout) != numbers.size() ||
            std::fwrite(tail.data(), 1, tail.size(), stdout) != tail.size() ||
            std::fflush(stdout) != 0) {
            throw IoError("stdout", "results cannot be written");
        }
    }

    const Arguments& arguments_;
    const Surroundings& surroundings_;
    std::vector<ListedCase> list_;
    std::map<std::string, std::unique_ptr<study::CaseRunner>> runners_;
    std::map<std::pair<std::string, std::size_t>, Group> groups_;
    const std::atomic<bool>& stop_ = stop_on_signals();
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> broken_{false};
    std::mutex mutex_;
    std::exception_ptr error_;
};

int execute(const Arguments& a, const Surroundings& surroundings) {
    std::string warning;
    const int threads = choose_threads(surroundings, a.threads, std::size_t{1} << 40, warning);
    if (!warning.empty()) fmt::print(stderr, "warning: {}\n", warning);
    return Cases(a, surroundings).run(threads) ? exit_done : exit_checkpoint;
}

}  // namespace

const Command cases_command{"cases", "run a list of cases in memory, for other programs to read",
                            R"(
Every case that ends is written to stdout at once, in the order in which they end:
  INDEX STATUS HASH RECORDS OBSERVABLES SESSIONS    a line; INDEX counts the lines of the list from 0
  NAME NAME ...                                     a line: observables, or the reason of a failure
  float64, native byte order: times [d], after_jump, observables by record, times of sessions
  with --details, a line of JSON: reason of doubt, day reached, steps, seconds; by name the lowest value
    and budget residual of species, [lowest, highest] of bounds, and outcomes that are not censored
Observables are in the units of the model file, as in a result file.
A line of the list may hold person=COHORT:N:I, the I-th (from 0) of N persons of a cohort file: the
scenario with that person's age, phototype, tissue and own factors on parameters.
STATUS: complete, kept (see --kept), invalid, failed, timed_out, doubtful (no values either, but with --details).
Nothing else is written.

Examples:
  neocol cases list.txt > results
  neocol cases list.txt --kept cache --threads 8)",
                            options, execute};

}  // namespace neocol::cli
