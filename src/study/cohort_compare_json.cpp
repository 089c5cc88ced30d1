#include <neocol/core/json.hpp>
#include <neocol/core/version.hpp>
#include <neocol/study/cohort_compare.hpp>

namespace neocol::study {
namespace {

JsonObject over_draws(const OverDraws& o) {
    return JsonObject{
        {"median", o.median}, {"low", o.low}, {"high", o.high}, {"monte_carlo", o.monte_carlo}};
}

JsonObject summary(const CohortSummary& s) {
    return JsonObject{{"cohort", over_draws(s.median)},
                      {"person_low", s.person_low},
                      {"person_high", s.person_high},
                      {"missing", s.missing}};
}

JsonObject regimen(const RegimenDose& r) {
    return JsonObject{{"name", r.name},
                      {"title", r.title},
                      {"device", r.device},
                      {"geometry", r.geometry},
                      {"sessions", r.sessions},
                      {"first_d", r.first},
                      {"last_d", r.last},
                      {"until_d", r.until},
                      {"density_per_cm2", r.density},
                      {"density_given_per_cm2", r.density_given},
                      {"punctures_per_cm2", r.punctures},
                      {"wounded_volume_mm3_per_cm2", r.wounded_volume},
                      {"channel_depth_mm", r.channel_depth}};
}

JsonObject outcome(const OutcomeRow& row) {
    const auto compared = [](const ComparedOutcome& o) {
        JsonObject entry;
        entry.add("value", summary(o.value))
            .add("difference", summary(o.difference))
            .add("same_sign", o.same_sign)
            .add("closure_error", o.closure)
            .add("below_closure", o.below_closure);
        if (o.shares)
            entry.add("better", over_draws(o.shares->better))
                .add("worse", over_draws(o.shares->worse));
        return entry;
    };
    JsonObject entry;
    entry.add("name", row.name).add("unit", row.unit).add("meaning", row.meaning);
    if (row.least)
        entry.add("least", row.least->least).add("more_is_better", row.least->more_is_better);
    return entry.add("without_partner", row.without_partner)
        .add("regimens", Json::list(row.regimens, compared));
}

JsonObject curve(const CurveBand& band) {
    return JsonObject{{"observable", band.observable},
                      {"unit", band.unit},
                      {"meaning", band.meaning},
                      {"regimen", band.regimen},
                      {"days", band.days},
                      {"median", band.median},
                      {"low", band.low},
                      {"high", band.high},
                      {"person_low", band.person_low},
                      {"person_high", band.person_high}};
}

JsonObject trait(const Trait& t) {
    return JsonObject{{"name", t.name},
                      {"unit", t.unit},
                      {"low", t.distribution.low},
                      {"high", t.distribution.high},
                      {"source", t.source},
                      {"evidence", t.evidence}};
}

JsonObject choice(const Choice& c) {
    return JsonObject{{"name", c.name},
                      {"values", c.values},
                      {"shares", c.shares},
                      {"source", c.source},
                      {"evidence", c.evidence}};
}

}  // namespace

std::string to_json(const CohortComparison& c) {
    const char* dose = c.equal_dose == EqualDose::none        ? "none"
                       : c.equal_dose == EqualDose::punctures ? "punctures"
                                                              : "wounded volume";
    return JsonObject{{"kind", "cohort comparison"},
                      {"format_version", std::size_t{1}},
                      {"neocol_version", version()},
                      {"note", prediction_note},
                      {"model", c.model},
                      {"cohort", c.cohort},
                      {"traits", Json::list(c.traits, trait)},
                      {"choices", Json::list(c.choices, choice)},
                      {"draws_from", c.draws_from},
                      {"persons", c.persons},
                      {"draws", c.draws},
                      {"parameters", c.parameters},
                      {"seed", static_cast<std::size_t>(c.seed)},
                      {"cases", c.cases},
                      {"failed", c.failed},
                      {"first_failure", c.first_failure},
                      {"doubtful", c.doubtful},
                      {"first_doubt", c.first_doubt},
                      {"clock", c.clock_from_last ? "last session" : "first session"},
                      {"follow_up_d", c.follow_up},
                      {"equal_dose", dose},
                      {"closure_measured", !c.closure_path.empty()},
                      {"solved", to_json(c.solved)},
                      {"regimens", Json::list(c.regimens, regimen)},
                      {"outcomes", Json::list(c.outcomes, outcome)},
                      {"curves", Json::list(c.curves, curve)}}
               .str() +
           "\n";
}

}  // namespace neocol::study
