#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <neocol/core/error.hpp>
#include <neocol/core/json.hpp>
#include <neocol/files/files.hpp>

#include "batch.hpp"
#include "models.hpp"
#include "streams.hpp"
#include "study_common.hpp"
#include "wall_time.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string list;
    std::string store;  ///< folder of finished cases
    int threads = 0;
    std::string time_limit;  ///< wall time of a case
    bool details = false;
    std::vector<std::string> read;  ///< observables and outcomes that the cases are run for
    KernelArguments kernels;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("list", a.list,
                   "text file, one case a line: scenario file, then KEY=VALUE as of --set or "
                   "person=COHORT:N:I, separated by tabs")
        ->required();
    app.add_option("--kept", a.store,
                   "store of finished cases: those in it are not run, others are added")
        ->type_name("FOLDER");
    app.add_option("--threads", a.threads, "cases at a time (default: the scheduler's, or cores)")
        ->check(CLI::PositiveNumber);
    app.add_option("--time-limit", a.time_limit,
                   "wall time of a case, such as \"10 min\" or seconds; longer ones fail");
    app.add_flag("--details", a.details, "what a case is judged by, as a line of JSON behind it");
    app.add_option("--read", a.read,
                   "observables and outcomes that the cases are run for: species that none of "
                   "them depends on are left out (default: the whole model is solved)")
        ->delimiter(',')
        ->type_name("NAME,...");
    app.add_flag("--interpreter", a.kernels.interpreter, "do not compile the model");
    app.add_option("--isa", a.kernels.isa, "instruction set to compile for, such as x86-64-v3");
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
            while (std::getline(cells, cell, '\t'))
                if (cell.starts_with(person_key))
                    one.person = parse_person(cell.substr(person_key.size()));
                else
                    one.overrides.push_back(io::parse_override(cell));
        } catch (const Error& error) {
            throw InputError(fmt::format("{}:{}: {}", path, number, error.what()),
                             "write KEY=VALUE, as --set takes it");
        }
        cases.push_back(std::move(one));
    }
    return cases;
}

/// What a case is judged by, and its outcomes, in the units of the model file.
std::string details_of(const study::CaseResult& result) {
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

/// Digits of a scenario's hash as the number by which a store keeps its result.
std::uint64_t number_of(const std::string& hash) {
    constexpr std::size_t digits = 15;
    std::uint64_t number = 0;
    std::from_chars(hash.data(), hash.data() + std::min(hash.size(), digits), number, 16);
    return number;
}

/// What is kept of a case over time, as bytes: `RECORDS OBSERVABLES SESSIONS`, a line; names of
/// observables, a line; float64; and, if asked for, a line of details.
struct Payload {
    std::string_view sizes, names, numbers, details;

    static std::string pack(const study::CaseResult& result, bool with_details);
    /// Nothing if bytes are none.
    static std::optional<Payload> parse(std::string_view bytes);
};

std::string Payload::pack(const study::CaseResult& result, bool with_details) {
    const auto& observables = result.model->observables;
    std::vector<std::string> names;
    for (const auto& observable : observables)
        names.push_back(observable.name);
    std::vector<double> numbers = result.times;
    numbers.insert(numbers.end(), result.after_jump.begin(), result.after_jump.end());
    for (std::size_t i = 0; i < result.observables.size(); ++i) {
        const Unit& unit = observables[i % observables.size()].unit;
        numbers.push_back(unit.from_internal(result.observables[i]));
    }
    for (const simulation::SessionNumbers& session : result.sessions)
        numbers.push_back(session.time);
    std::string bytes = fmt::format("{} {} {}\n{}\n", result.times.size(), names.size(),
                                    result.sessions.size(), fmt::join(names, " "));
    bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double));
    if (with_details) bytes += details_of(result) + '\n';
    return bytes;
}

std::optional<Payload> Payload::parse(std::string_view bytes) {
    Payload p;
    for (std::string_view* line : {&p.sizes, &p.names}) {
        const std::size_t end = bytes.find('\n');
        if (end == bytes.npos) return std::nullopt;
        *line = bytes.substr(0, end);
        bytes.remove_prefix(end + 1);
    }
    std::istringstream words{std::string(p.sizes)};
    std::size_t records = 0, observables = 0, sessions = 0;
    constexpr std::size_t most = 100'000'000;
    if (!(words >> records >> observables >> sessions) || records > most || observables > most ||
        sessions > most || (observables > 0 && records > most / observables))
        return std::nullopt;
    const std::size_t n = sizeof(double) * (2 * records + records * observables + sessions);
    if (bytes.size() < n) return std::nullopt;
    p.numbers = bytes.substr(0, n);
    p.details = bytes.substr(n);
    return p;
}

/// The cases of a list file. A store keeps their results by the hash of the resolved scenario, so
/// that other lists find them too.
class ListedCases final : public study::CaseList {
public:
    ListedCases(const Arguments& a, const Invocation& invocation)
        : arguments_(a), list_(read_list(a.list)), numbers_(list_.size(), 0) {
        for (const ListedCase& one : list_) {
            auto& runner = runners_[one.scenario];
            if (!runner) {
                runner = std::make_unique<study::CaseRunner>(
                    case_family(one.scenario, arguments_.kernels, invocation));
            }
            if (one.person) {
                auto& group = groups_[{one.person->cohort, one.person->n}];
                if (group.persons.empty()) {
                    group.cohort = load_cohort(one.person->cohort, invocation);
                    group.persons = study::draw_persons(group.cohort, one.person->n, person_seed);
                }
            }
        }
        if (!a.read.empty()) leave_out(invocation);
    }

    /// Hash of a case; empty if it is invalid. From now on `number` knows it.
    std::string find_hash(std::uint64_t run) {
        try {
            const std::string hash = runner_of(run).read(overrides_of(run)).scenario.hash;
            numbers_[run] = number_of(hash);
            return hash;
        } catch (const InputError&) {
            return {};  // the result of the case, when it is run
        }
    }

    std::string id() const override { return "cases by scenario hash"; }
    std::uint64_t size() const override { return list_.size(); }
    std::uint64_t number(std::uint64_t run) const override { return numbers_[run]; }
    std::uint64_t identity(std::uint64_t run) override { return numbers_[run]; }
    bool is_stored(const study::StoredCase& row) const override {
        return study::has_values(row.status);
    }
    bool fits(const study::StoredCase& row) const override {
        return Payload::parse(row.records).has_value();
    }
    study::CaseResult run(std::uint64_t run, const study::CaseOptions& options) override {
        try {
            return runner_of(run).run(overrides_of(run), options);
        } catch (const InputError& error) {  // a person that the scenario cannot be
            study::CaseResult result;
            result.status = study::CaseStatus::invalid;
            result.reason = error.what();
            return result;
        }
    }
    void keep(const study::CaseResult& result, study::StoredCase& row) const override {
        row.records = Payload::pack(result, arguments_.details);
        row.n_records = static_cast<std::uint32_t>(result.times.size());
    }

private:
    struct Group {
        study::Cohort cohort;
        std::vector<study::Person> persons;
    };

    /// Once for every scenario's model, by the first case that can be read.
    void leave_out(const Invocation& invocation) {
        const model::Wanted read{arguments_.read, arguments_.read};
        std::set<const study::CaseRunner*> decided;
        std::set<std::string> models;
        BatchArguments batch;
        batch.kernels = arguments_.kernels;
        for (std::uint64_t run = 0; run < list_.size(); ++run) {
            study::CaseRunner& runner = runner_of(run);
            if (decided.contains(&runner)) continue;
            try {
                const auto member = runner.read(list_[run].overrides);
                const study::Restriction solved =
                    solve_only({&runner}, *member.model, read, batch, invocation);
                decided.insert(&runner);
                if (models.insert(solved.model_hash).second)
                    note("{}: {}\n", solved.model, study::to_text(solved));
            } catch (const InputError&) {
                // the result of the case, when it is run
            }
        }
    }

    study::CaseRunner& runner_of(std::uint64_t run) { return *runners_.at(list_[run].scenario); }

    std::vector<io::Override> overrides_of(std::uint64_t run) {
        const ListedCase& listed = list_[run];
        if (!listed.person) return listed.overrides;
        const Group& group = groups_.at({listed.person->cohort, listed.person->n});
        return study::as_person(runner_of(run), listed.overrides, group.cohort,
                                group.persons[listed.person->index]);
    }

    const Arguments& arguments_;
    std::vector<ListedCase> list_;
    std::vector<std::uint64_t> numbers_;
    std::map<std::string, std::unique_ptr<study::CaseRunner>> runners_;
    std::map<std::pair<std::string, std::size_t>, Group> groups_;
};

void write_out(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size())
        throw IoError("stdout", "results cannot be written");
}

/// Writes a case to stdout. \param is_kept  it was found in the store
void put(std::uint64_t run, const study::StoredCase& row, bool is_kept, bool with_details) {
    const bool is_complete = row.status == 0;
    const std::string hash = row.hash.empty() ? "-" : row.hash;
    const std::string_view status =
        is_complete && is_kept ? std::string_view("kept") : study::state_name(row.status);
    if (is_complete || (with_details && study::has_values(row.status))) {
        const Payload payload = Payload::parse(row.records).value();
        write_out(
            fmt::format("{} {} {} {}\n{}\n", run, status, hash, payload.sizes, payload.names));
        write_out(payload.numbers);
        if (with_details) write_out(payload.details);
    } else {
        std::string reason = (study::has_values(row.status) ? "doubtful: " : "") + row.reason;
        std::replace(reason.begin(), reason.end(), '\n', '\v');
        write_out(fmt::format("{} {} {} 0 0 0\n{}\n", run, status, hash, reason));
    }
    if (std::fflush(stdout) != 0) throw IoError("stdout", "results cannot be written");
}

/// Writes the cases that the store of --kept holds, and marks them.
void put_kept(const Arguments& a, ListedCases& cases, study::StoreState& state) {
    study::StoreLookup store(a.store, cases.id());
    for (std::uint64_t run = 0; run < cases.size(); ++run) {
        const std::string hash = cases.find_hash(run);
        if (hash.empty()) continue;
        const std::optional<study::StoredCase> row = store.find(number_of(hash));
        if (!row || row->hash != hash || !cases.fits(*row) || !study::has_values(row->status) ||
            (a.details && Payload::parse(row->records)->details.empty()))
            continue;
        put(run, *row, true, a.details);
        state.state[run] = row->status;
    }
    for (const std::string& path : store.damaged())
        note("warning: {}: damaged, and set aside here; its cases run again\n", path);
}

int execute(const Arguments& a, const Invocation& invocation) {
    std::string warning;
    study::ExecuteOptions how;
    how.workers = choose_threads(invocation, a.threads, std::size_t{1} << 40, warning);
    if (!warning.empty()) note("warning: {}\n", warning);
    how.case_time_limit = wall_seconds("--time-limit", a.time_limit);
    how.host = invocation.host;
    how.one_thread_a_case = true;
    how.stop = &stop_on_signals();
    how.ended = [&](std::uint64_t run, const study::StoredCase& row) {
        put(run, row, false, a.details);
    };
    ListedCases cases(a, invocation);
    study::StoreState state(cases.size());
    // A result with details is worth more than one without.
    if (a.details) state.attempts.assign(cases.size(), 1);
    if (!a.store.empty()) put_kept(a, cases, state);
    const study::ExecuteReport report = study::execute(cases, state, a.store, how);
    return report.stopped ? exit_checkpoint : exit_done;
}

}  // namespace

extern const Command cases_command = make_command<Arguments, options, execute>(
    "cases", "run a list of cases in memory, for other programs to read",
    R"(
Every case that ends is written to stdout at once, in the order in which they end:
  INDEX STATUS HASH RECORDS OBSERVABLES SESSIONS    a line; INDEX counts the lines of the list from 0
  NAME NAME ...                                     a line: observables, or the reason of a failure
  float64, native byte order: times [d], after_jump, observables by record, times of sessions
  with --details, a line of JSON: reason of doubt, day reached, steps, seconds; by name the lowest value
    and budget residual of species, [lowest, highest] of bounds, and outcomes that are not censored
With --read, all observables are written that can be read of the species that are solved.
Observables are in the units of the model file, as in a result file.
A line of the list may hold person=COHORT:N:I, the I-th (from 0) of N persons of a cohort file: the
scenario with that person's age, phototype, tissue and own factors on parameters.
STATUS: complete, kept (complete, and found in the store of --kept), invalid, failed, timed_out, doubtful (no values either, but with --details).
Nothing else is written.

Examples:
  neocol cases list.txt > results
  neocol cases list.txt --kept cache --threads 8)");

}  // namespace neocol::cli
