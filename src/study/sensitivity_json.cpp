#include <neocol/core/json.hpp>
#include <neocol/core/version.hpp>
#include <neocol/study/sensitivity_study.hpp>

namespace neocol::study {
namespace {

Json estimated(const Estimated& e) {
    return std::vector<double>{e.value, e.low, e.high};
}

JsonObject parameter_json(const UncertainParameter& p) {
    return JsonObject{{"name", p.name},
                      {"unit", p.unit},
                      {"evidence", p.evidence},
                      {"meaning", p.meaning},
                      {"value", p.distribution.value},
                      {"low", p.distribution.low},
                      {"high", p.distribution.high}};
}

Json inputs_json(const SensitivityReport& report, const OutcomeSensitivity& o) {
    std::vector<JsonObject> list;
    for (std::size_t k = 0; k < report.parameters.size(); ++k) {
        JsonObject entry;
        entry.add("parameter", report.parameters[k].name);
        if (report.method == SensitivityMethod::morris) {
            const MorrisEffect& e = o.effects[k];
            entry.add("mu_star", estimated(e.mu_star))
                .add("mu", e.mu)
                .add("sigma", e.sigma)
                .add("effects", e.effects);
        } else {
            entry.add("first", estimated(o.indices.inputs[k].first))
                .add("total", estimated(o.indices.inputs[k].total));
        }
        list.push_back(entry);
    }
    return Json::list(list, [](const JsonObject& entry) { return entry; });
}

}  // namespace

std::string to_json(const SensitivityReport& report) {
    const bool morris = report.method == SensitivityMethod::morris;
    const auto outcome_json = [&](const OutcomeSensitivity& o) {
        JsonObject entry{{"name", o.name},       {"unit", o.unit},     {"meaning", o.meaning},
                         {"missing", o.missing}, {"median", o.median}, {"low", o.low},
                         {"high", o.high}};
        if (!morris)
            entry.add("mean", o.indices.mean)
                .add("variance", o.indices.variance)
                .add("rows", o.indices.rows);
        return entry.add("inputs", inputs_json(report, o));
    };
    return JsonObject{{"kind", "sensitivity"},
                      {"format_version", std::size_t{1}},
                      {"neocol_version", version()},
                      {"method", name_of(report.method)},
                      {"title", report.title},
                      {"model", report.model},
                      {"scenario_hash", report.hash},
                      {"samples", report.samples},
                      {"seed", static_cast<std::size_t>(report.seed)},
                      {"cases", report.cases},
                      {"failed", report.failed},
                      {"first_failure", report.first_failure},
                      {"doubtful", report.doubtful},
                      {"first_doubt", report.first_doubt},
                      {"interval", "[estimate, 5 %, 95 %] by bootstrap"},
                      {"parameters", Json::list(report.parameters, parameter_json)},
                      {"outcomes", Json::list(report.outcomes, outcome_json)}}
               .str() +
           "\n";
}

}  // namespace neocol::study
