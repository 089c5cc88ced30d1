#include "cohort_cases.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <neocol/treatment/dose.hpp>

namespace neocol::study {
namespace {

io::Override in_days(const std::string& key, double days) {
    return {key, '"' + Time(days).text() + '"'};
}

RegimenDose describe(const std::string& name, const simulation::Scenario& scenario) {
    RegimenDose dose;
    dose.name = name;
    dose.title = scenario.title;
    dose.geometry = tissue::to_string(scenario.domain.geometry);
    const auto& sessions = scenario.regimen.sessions;
    dose.sessions = sessions.size();
    dose.until = scenario.run.until;
    if (sessions.empty()) return dose;
    dose.first = sessions.front().time;
    dose.last = sessions.back().time;
    dose.device = sessions.front().device.name;
    for (const treatment::Session& session : sessions)
        if (!session.wound) dose.punctures += 100.0 * session.puncture_density;
    for (const treatment::Dose& of_session : treatment::doses(scenario.regimen)) {
        dose.wounded_volume += 100.0 * of_session.wounded_volume;
        dose.channel_depth = std::max(dose.channel_depth, of_session.channel_depth);
    }
    dose.density = dose.density_given = 100.0 * sessions.front().puncture_density;
    return dose;
}

/// Factor on a regimen's density that gives it the first one's total dose.
double dose_factor(const RegimenDose& first, const RegimenDose& regimen, EqualDose equal) {
    const bool punctures = equal == EqualDose::punctures;
    const double wanted = punctures ? first.punctures : first.wounded_volume;
    const double own = punctures ? regimen.punctures : regimen.wounded_volume;
    if (!(own > 0.0) || !(wanted > 0.0)) {
        throw InputError(fmt::format("regimen '{}' has no punctures whose dose could be made equal",
                                     own > 0.0 ? first.name : regimen.name));
    }
    return wanted / own;
}

double origin(const RegimenDose& regimen, bool from_last) {
    return from_last ? regimen.last : regimen.first;
}

/// The time all are followed: asked for, or what the shortest scenario has.
double common_follow_up(const std::vector<RegimenDose>& regimens, const ComparePlan& plan) {
    double shortest = std::numeric_limits<double>::infinity();
    for (const RegimenDose& regimen : regimens)
        shortest = std::min(shortest, regimen.until - origin(regimen, plan.clock_from_last));
    const double follow_up = plan.follow_up.value_or(shortest);
    for (const RegimenDose& regimen : regimens) {
        if (regimen.first + follow_up < regimen.last && !plan.clock_from_last) {
            throw InputError(
                fmt::format("{:g} days after the first session, regimen '{}' is not over",
                            follow_up, regimen.name),
                "follow longer (--follow-up), or compare after the last session");
        }
    }
    return follow_up;
}

/// Parameters that the cohort varies and the draws do not.
std::vector<UncertainParameter> own_parameters(const model::Model& model, const ComparePlan& plan) {
    std::vector<UncertainParameter> list;
    for (const Trait& trait : plan.cohort.traits) {
        if (!trait.name.starts_with("parameter.")) continue;
        UncertainParameter entry = fixed_parameter(model, trait.name.substr(10));
        const auto& drawn = plan.draws.parameters;
        if (std::none_of(drawn.begin(), drawn.end(),
                         [&](const UncertainParameter& p) { return p.name == entry.name; }))
            list.push_back(std::move(entry));
    }
    return list;
}

/// Reads the scenarios and decides how long each runs and how dense it punctures.
/// \returns overrides by regimen
std::vector<std::vector<io::Override>> set_up(const std::vector<CaseRunner*>& runners,
                                              const ComparePlan& plan, CohortCases& cases) {
    for (std::size_t r = 0; r < runners.size(); ++r) {
        const auto member = runners[r]->read(plan.base);
        if (r == 0) cases.model = member.model;
        if (member.model->hash != cases.model->hash) {
            throw InputError(
                fmt::format("'{}' is of model '{}', but '{}' of model '{}'", plan.names[r],
                            member.model->name, plan.names[0], cases.model->name),
                "compare regimens in one model");
        }
        cases.regimens.push_back(describe(plan.names[r], member.scenario));
    }
    cases.follow_up = common_follow_up(cases.regimens, plan);
    std::vector<std::vector<io::Override>> overrides(runners.size(), plan.base);
    for (std::size_t r = 0; r < runners.size(); ++r) {
        RegimenDose& regimen = cases.regimens[r];
        regimen.until = origin(regimen, plan.clock_from_last) + cases.follow_up;
        overrides[r].push_back(in_days("run.until", regimen.until));
        if (plan.equal_dose != EqualDose::none && r > 0) {
            const double given = regimen.density;
            const double density = given * dose_factor(cases.regimens[0], regimen, plan.equal_dose);
            overrides[r].push_back(
                {"regimen.puncture_density", fmt::format("\"{:.17g} cm-2\"", density)});
            const double until = regimen.until;
            regimen = describe(plan.names[r], runners[r]->read(overrides[r]).scenario);
            regimen.until = until;
            regimen.density_given = given;
        }
    }
    return overrides;
}

}  // namespace

CohortCases make_cohort_cases(const std::vector<CaseRunner*>& runners, const ComparePlan& plan) {
    CohortCases cases;
    const auto overrides = set_up(runners, plan, cases);
    cases.own = own_parameters(*cases.model, plan);
    cases.persons = draw_persons(plan.cohort, plan.persons, plan.seed);
    double longest = 0.0;
    for (std::size_t r = 0; r < runners.size(); ++r) {
        const auto base = runners[r]->read(overrides[r]);
        cases.hashes.push_back(base.scenario.hash);
        longest = std::max(longest, cases.regimens[r].until - cases.regimens[r].first);
        std::vector<bool> set_by_scenario;
        for (const UncertainParameter& p : plan.draws.parameters)
            set_by_scenario.push_back(base.scenario.parameters.contains(p.name));
        cases.set_by_scenario.push_back(std::move(set_by_scenario));
        auto& by_person = cases.skin.emplace_back();
        for (std::size_t p = 0; p < cases.persons.size(); ++p) {
            std::vector<io::Override> own = overrides[r];
            const auto add = [&](const std::vector<io::Override>& more) {
                own.insert(own.end(), more.begin(), more.end());
            };
            add(person_overrides(plan.cohort, cases.persons[p]));
            const auto skin = runners[r]->read(own).scenario.skin;
            add(tissue_overrides(plan.cohort, cases.persons[p], skin, *cases.model));
            // The same puncture pattern for a person in every regimen and draw.
            add({{"run.seed", std::to_string(plan.seed + p)}});
            by_person.push_back(std::move(own));
        }
    }
    cases.curve_points = static_cast<std::size_t>(std::floor(longest / curve_step + 1e-9)) + 1;
    return cases;
}

std::vector<io::Override> case_overrides(const CohortCases& cases, const ComparePlan& plan,
                                         std::size_t regimen, std::size_t draw,
                                         std::size_t person) {
    std::vector<io::Override> overrides = cases.skin[regimen][person];
    const Person& who = cases.persons[person];
    for (std::size_t k = 0; k < plan.draws.parameters.size(); ++k) {
        if (cases.set_by_scenario[regimen][k]) continue;
        const UncertainParameter& p = plan.draws.parameters[k];
        const double factor = parameter_factor(plan.cohort, who, p.name);
        overrides.push_back(set_parameter(p, factor * plan.draws.values[draw][k]));
    }
    for (const UncertainParameter& p : cases.own) {
        const double factor = parameter_factor(plan.cohort, who, p.name);
        overrides.push_back(set_parameter(p, factor * p.distribution.value));
    }
    return overrides;
}

}  // namespace neocol::study
