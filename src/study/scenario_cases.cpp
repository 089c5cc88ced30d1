#include <neocol/study/scenario_cases.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/error.hpp>
#include <neocol/core/json.hpp>
#include <neocol/simulation/limits.hpp>

#include "packed_values.hpp"

namespace neocol::study {
namespace {

constexpr std::uint64_t person_seed = 1;

/// Digits of a scenario's hash as the number by which a store keeps its result.
std::uint64_t number_of(const std::string& hash) {
    constexpr std::size_t digits = 15;
    std::uint64_t number = 0;
    std::from_chars(hash.data(), hash.data() + std::min(hash.size(), digits), number, 16);
    return number;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The first line, which is taken away.
std::string line_of(std::string_view& bytes) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string line(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    return line;
}

/// The first `n` values, which are taken away.
template <typename Value>
std::vector<Value> take(std::string_view& bytes, std::size_t n) {
    std::vector<Value> values = unpack<Value>(bytes.substr(0, n * sizeof(Value)));
    bytes.remove_prefix(values.size() * sizeof(Value));
    return values;
}

}  // namespace

std::string details_of(const CaseResult& result) {
    const model::Model& model = *result.model;
    JsonObject lowest, residual, outcomes, reasons, sessions, bounds;
    for (std::size_t s = 0; s < result.smallest.size() && s < model.species.size(); ++s) {
        const model::Species& species = model.species[s];
        lowest.add(species.name, species.unit.from_internal(result.smallest[s]));
    }
    for (std::size_t s = 0; s < result.residuals.size() && s < model.species.size(); ++s)
        residual.add(model.species[s].name, result.residuals[s]);
    for (std::size_t k = 0; k < result.bounds.size() && k < model.bounds.size(); ++k) {
        const simulation::BoundReport& bound = result.bounds[k];
        const Unit& unit = model.bounds[k].unit;
        const std::vector<Json> entries{unit.from_internal(bound.lowest),
                                        unit.from_internal(bound.highest), bound.satisfied};
        bounds.add(model.bounds[k].name, Json::list(entries, [](const Json& j) { return j; }));
    }
    for (std::size_t k = 0; k < result.outcomes.size() && k < model.outcomes.size(); ++k) {
        const simulation::OutcomeValue& outcome = result.outcomes[k];
        const model::Outcome& declared = model.outcomes[k];
        if (!outcome.censored)
            outcomes.add(declared.name, declared.unit.from_internal(outcome.value));
        if (!outcome.reason.empty()) reasons.add(declared.name, outcome.reason);
    }
    for (const simulation::SessionNumber& number : simulation::session_numbers)
        sessions.add(number.name,
                     Json::list(result.sessions, [&](const simulation::SessionNumbers& session) {
                         return Json(session.*number.member);
                     }));
    return JsonObject{{"outcomes", outcomes},  {"reasons", reasons},       {"sessions", sessions},
                      {"bounds", bounds},      {"lowest", lowest},         {"residual", residual},
                      {"steps", result.steps}, {"reached", result.reached}}
        .str();
}

std::string CaseRecord::pack() const {
    std::string bytes =
        fmt::format("{} {}\n{}\n{}\n", times.size(), names.size(), fmt::join(names, " "), details);
    return bytes.append(packed(times)).append(packed(values)).append(packed(after_jump));
}

std::optional<CaseRecord> CaseRecord::parse(std::string_view bytes) {
    CaseRecord record;
    std::istringstream sizes(line_of(bytes)), names(line_of(bytes));
    record.details = line_of(bytes);
    std::size_t n_times = 0, n_names = 0;
    constexpr std::size_t most = 100'000'000;
    if (!(sizes >> n_times >> n_names) || n_times > most || n_names > most ||
        (n_names > 0 && n_times > most / n_names))
        return std::nullopt;
    for (std::string name; names >> name;)
        record.names.push_back(name);
    if (record.names.size() != n_names ||
        bytes.size() != sizeof(double) * n_times * (1 + n_names) + n_times)
        return std::nullopt;
    record.times = take<double>(bytes, n_times);
    record.values = take<double>(bytes, n_times * n_names);
    record.after_jump = take<std::uint8_t>(bytes, n_times);
    return record;
}

std::size_t ScenarioPool::add(CaseFamily family) {
    runners_.push_back(std::make_unique<CaseRunner>(family));
    families_.push_back(std::move(family));
    return families_.size() - 1;
}

void ScenarioPool::prepare(const std::vector<ScenarioCase>& cases) {
    for (const ScenarioCase& listed : cases) {
        if (!listed.person) continue;
        const PersonOf& person = *listed.person;
        if (person.index >= person.n || static_cast<double>(person.n) > simulation::limits::cases)
            throw InputError(fmt::format("there is no person {} among {} of '{}'", person.index,
                                         person.n, person.cohort),
                             "count from 0, in a cohort of as many as are compared");
        Group& group = groups_[{person.cohort, person.n}];
        if (!group.persons.empty()) continue;
        group.cohort = find_cohort(person.cohort, families_[listed.family].library);
        group.persons = draw_persons(group.cohort, person.n, person_seed);
    }
    if (needed_) leave_out(cases);
}

/// From every model that a scenario has in its cases, before any is run.
void ScenarioPool::leave_out(const std::vector<ScenarioCase>& cases) {
    const model::Wanted wanted{*needed_, *needed_};
    for (const ScenarioCase& listed : cases) {
        std::string name;
        for (const io::Override& override : listed.overrides)
            if (override.key == "model") name = override.value;
        if (decided_.contains({listed.family, name})) continue;
        const CaseFamily& family = families_[listed.family];
        try {
            const io::ScenarioFamily::Member member = runner(listed).read(listed.overrides);
            solve_only({&runner(listed)}, *member.model, wanted,
                       family.interpreter ? nullptr : &family.compile);
            decided_.insert({listed.family, name});
        } catch (const InputError&) {
            // the result of the case, when it is run
        }
    }
}

std::vector<io::Override> ScenarioPool::overrides_of(const ScenarioCase& listed) {
    if (!listed.person) return listed.overrides;
    const Group& group = groups_.at({listed.person->cohort, listed.person->n});
    return as_person(runner(listed), listed.overrides, group.cohort,
                     group.persons[listed.person->index]);
}

ScenarioCases::ScenarioCases(ScenarioPool& pool, std::vector<ScenarioCase> cases,
                             std::optional<std::vector<std::string>> observables)
    : pool_(pool),
      cases_(std::move(cases)),
      observables_(std::move(observables)),
      numbers_(cases_.size(), 0),
      models_(cases_.size(), nullptr) {
    pool_.prepare(cases_);
}

/// Hash of a case, nothing if it is invalid; from now on its number and its model are known.
std::optional<std::string> ScenarioCases::find_hash(std::uint64_t run) {
    try {
        const io::ScenarioFamily::Member member =
            pool_.runner(cases_[run]).read(pool_.overrides_of(cases_[run]));
        numbers_[run] = number_of(member.scenario.hash);
        models_[run] = member.model;
        return member.scenario.hash;
    } catch (const InputError&) {
        return std::nullopt;  // the result of the case, when it is run
    }
}

StoreState ScenarioCases::find_stored(
    const std::string& folder,
    const std::function<void(std::uint64_t, const StoredCase&)>& on_result,
    const std::function<void(const std::string&)>& warn) {
    StoreState state(size());
    StoreLookup store(folder, id());
    for (std::uint64_t run = 0; run < size(); ++run) {
        const std::optional<std::string> hash = find_hash(run);
        if (!hash) continue;
        const std::optional<StoredCase> row = store.find(numbers_[run]);
        if (!row) continue;
        // A row that keeps less than is asked for is replaced by one of a later attempt.
        state.attempts[run] = static_cast<std::uint8_t>(
            std::min<std::uint32_t>(row->attempt + 1, std::numeric_limits<std::uint8_t>::max()));
        if (row->hash != *hash || !is_stored(*row) || !keeps_all(run, *row)) continue;
        state.state[run] = row->status;
        on_result(run, *row);
    }
    for (const std::string& path : store.damaged())
        warn(path + ": damaged, and set aside here; its cases run again");
    return state;
}

bool ScenarioCases::keeps_all(std::uint64_t run, const StoredCase& row) const {
    const std::optional<CaseRecord> record = CaseRecord::parse(row.records);
    if (!record) return false;
    const std::vector<model::Observable>& observables = models_[run]->observables;
    return std::all_of(observables.begin(), observables.end(), [&](const model::Observable& o) {
        return (observables_ && !contains(*observables_, o.name)) ||
               contains(record->names, o.name);
    });
}

bool ScenarioCases::fits(const StoredCase& row) const {
    return CaseRecord::parse(row.records).has_value();
}

CaseResult ScenarioCases::run(std::uint64_t run, const CaseOptions& options) {
    CaseResult result;
    try {
        result = pool_.runner(cases_[run]).run(pool_.overrides_of(cases_[run]), options);
    } catch (const InputError& error) {  // a person that the scenario cannot be
        result.status = CaseStatus::invalid;
        result.reason = error.what();
    }
    models_[run] = result.model;
    return result;
}

void ScenarioCases::keep(const CaseResult& result, StoredCase& row) const {
    const std::vector<model::Observable>& observables = result.model->observables;
    const std::size_t n = observables.size();
    CaseRecord record;
    record.times = result.times;
    record.after_jump = result.after_jump;
    record.details = details_of(result);
    for (std::size_t k = 0; k < n; ++k) {
        const model::Observable& observable = observables[k];
        if (observables_ && !contains(*observables_, observable.name)) continue;
        record.names.push_back(observable.name);
        for (std::size_t i = 0; i < result.times.size(); ++i)
            record.values.push_back(observable.unit.from_internal(result.observables[i * n + k]));
    }
    row.records = record.pack();
    row.n_records = static_cast<std::uint32_t>(result.times.size());
}

}  // namespace neocol::study
