#include <neocol/core/json.hpp>
#include <neocol/core/version.hpp>
#include <neocol/study/cohort_compare.hpp>

namespace neocol::study {
namespace {

std::string over_draws(const OverDraws& o) {
    return JsonObject()
        .add("median", o.median)
        .add("low", o.low)
        .add("high", o.high)
        .add("monte_carlo", o.monte_carlo)
        .str();
}

std::string summary(const CohortSummary& s) {
    return JsonObject()
        .raw("cohort", over_draws(s.median))
        .add("person_low", s.person_low)
        .add("person_high", s.person_high)
        .add("missing", s.missing)
        .str();
}

std::string regimen(const RegimenDose& r) {
    return JsonObject()
        .add("name", r.name)
        .add("title", r.title)
        .add("device", r.device)
        .add("geometry", r.geometry)
        .add("sessions", r.sessions)
        .add("first_d", r.first)
        .add("last_d", r.last)
        .add("until_d", r.until)
        .add("density_per_cm2", r.density)
        .add("density_given_per_cm2", r.density_given)
        .add("punctures_per_cm2", r.punctures)
        .add("wounded_volume_mm3_per_cm2", r.wounded_volume)
        .add("channel_depth_mm", r.channel_depth)
        .str();
}

std::string outcome(const OutcomeRow& row) {
    const auto compared = [](const ComparedOutcome& o) {
        JsonObject entry;
        entry.raw("value", summary(o.value))
            .raw("difference", summary(o.difference))
            .add("same_sign", o.same_sign)
            .add("closure_error", o.closure)
            .add("below_closure", o.below_closure);
        if (o.shares) {
            entry.raw("better", over_draws(o.shares->better))
                .raw("worse", over_draws(o.shares->worse));
        }
        return entry.str();
    };
    JsonObject entry;
    entry.add("name", row.name).add("unit", row.unit).add("meaning", row.meaning);
    if (row.least) {
        entry.add("least", row.least->least).add("more_is_better", row.least->more_is_better);
    }
    return entry.raw("regimens", json_list(row.regimens, compared)).str();
}

std::string curve(const CurveBand& band) {
    return JsonObject()
        .add("observable", band.observable)
        .add("unit", band.unit)
        .add("meaning", band.meaning)
        .add("regimen", band.regimen)
        .add("days", band.days)
        .add("median", band.median)
        .add("low", band.low)
        .add("high", band.high)
        .add("person_low", band.person_low)
        .add("person_high", band.person_high)
        .str();
}

std::string trait(const Trait& t) {
    return JsonObject()
        .add("name", t.name)
        .add("unit", t.unit)
        .add("low", t.distribution.low)
        .add("high", t.distribution.high)
        .add("source", t.source)
        .add("evidence", t.evidence)
        .str();
}

std::string choice(const Choice& c) {
    return JsonObject()
        .add("name", c.name)
        .add("values", c.values)
        .add("shares", c.shares)
        .add("source", c.source)
        .add("evidence", c.evidence)
        .str();
}

}  // namespace

std::string to_json(const CohortComparison& c) {
    const char* dose = c.equal_dose == EqualDose::none        ? "none"
                       : c.equal_dose == EqualDose::punctures ? "punctures"
                                                              : "wounded volume";
    return JsonObject()
               .add("kind", "cohort comparison")
               .add("format_version", std::size_t{1})
               .add("neocol_version", version())
               .add("note", prediction_note)
               .add("model", c.model)
               .add("cohort", c.cohort)
               .raw("traits", json_list(c.traits, trait))
               .raw("choices", json_list(c.choices, choice))
               .add("draws_from", c.draws_from)
               .add("persons", c.persons)
               .add("draws", c.draws)
               .add("parameters", c.parameters)
               .add("seed", static_cast<std::size_t>(c.seed))
               .add("cases", c.cases)
               .add("failed", c.failed)
               .add("first_failure", c.first_failure)
               .add("clock", c.clock_from_last ? "last session" : "first session")
               .add("follow_up_d", c.follow_up)
               .add("equal_dose", dose)
               .add("closure_measured", !c.closure_path.empty())
               .raw("regimens", json_list(c.regimens, regimen))
               .raw("outcomes", json_list(c.outcomes, outcome))
               .raw("curves", json_list(c.curves, curve))
               .str() +
           "\n";
}

}  // namespace neocol::study
