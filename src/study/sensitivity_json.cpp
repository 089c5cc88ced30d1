#include <neocol/core/json.hpp>
#include <neocol/core/version.hpp>
#include <neocol/study/sensitivity_study.hpp>

namespace neocol::study {
namespace {

std::string estimated(const Estimated& e) {
    return json_list(std::vector<double>{e.value, e.low, e.high});
}

std::string parameter_json(const UncertainParameter& p) {
    return JsonObject()
        .add("name", p.name)
        .add("unit", p.unit)
        .add("evidence", p.evidence)
        .add("meaning", p.meaning)
        .add("value", p.distribution.value)
        .add("low", p.distribution.low)
        .add("high", p.distribution.high)
        .str();
}

std::string inputs_json(const SensitivityReport& report, const OutcomeSensitivity& o) {
    std::vector<std::string> list;
    for (std::size_t k = 0; k < report.parameters.size(); ++k) {
        JsonObject entry;
        entry.add("parameter", report.parameters[k].name);
        if (report.method == SensitivityMethod::morris) {
            const MorrisEffect& e = o.effects[k];
            entry.raw("mu_star", estimated(e.mu_star))
                .add("mu", e.mu)
                .add("sigma", e.sigma)
                .add("effects", e.effects);
        } else {
            entry.raw("first", estimated(o.indices.inputs[k].first))
                .raw("total", estimated(o.indices.inputs[k].total));
        }
        list.push_back(entry.str());
    }
    return json_list(list, [](const std::string& text) { return text; });
}

}  // namespace

std::string to_json(const SensitivityReport& report) {
    const bool morris = report.method == SensitivityMethod::morris;
    const auto outcome_json = [&](const OutcomeSensitivity& o) {
        JsonObject entry;
        entry.add("name", o.name)
            .add("unit", o.unit)
            .add("meaning", o.meaning)
            .add("missing", o.missing)
            .add("median", o.median)
            .add("low", o.low)
            .add("high", o.high);
        if (!morris) {
            entry.add("mean", o.indices.mean)
                .add("variance", o.indices.variance)
                .add("rows", o.indices.rows);
        }
        return entry.raw("inputs", inputs_json(report, o)).str();
    };
    return JsonObject()
               .add("kind", "sensitivity")
               .add("format_version", std::size_t{1})
               .add("neocol_version", version())
               .add("method", morris ? "morris" : "sobol")
               .add("title", report.title)
               .add("model", report.model)
               .add("scenario_hash", report.hash)
               .add("samples", report.samples)
               .add("seed", static_cast<std::size_t>(report.seed))
               .add("cases", report.cases)
               .add("failed", report.failed)
               .add("first_failure", report.first_failure)
               .add("interval", "[estimate, 5 %, 95 %] by bootstrap")
               .raw("parameters", json_list(report.parameters, parameter_json))
               .raw("outcomes", json_list(report.outcomes, outcome_json))
               .str() +
           "\n";
}

}  // namespace neocol::study
