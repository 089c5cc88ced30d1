#include <neocol/study/plan_cases.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/document.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/core/quoting.hpp>

#include "packed_values.hpp"

namespace neocol::study {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Observables on the schedule of records; others are left out. \returns the number of records
std::uint32_t keep_observables(const Plan& plan, const CaseResult& result,
                               std::vector<float>& values) {
    const model::Model& model = *result.model;
    std::vector<std::size_t> records;  // at 0, every, 2 every, ...
    for (std::size_t i = 0; i < result.times.size(); ++i) {
        const double due = multiple(static_cast<std::int64_t>(records.size()), plan.every).days();
        if (result.after_jump[i] == 0 && result.times[i] == due) records.push_back(i);
    }
    for (const std::string& name : plan.observables) {
        const int q = model.find_observable(name);
        for (const std::size_t i : records) {
            const std::size_t at = i * model.observables.size() + static_cast<std::size_t>(q);
            values.push_back(static_cast<float>(
                q < 0 ? nan
                      : model.observables[static_cast<std::size_t>(q)].unit.from_internal(
                            result.observables[at])));
        }
    }
    return static_cast<std::uint32_t>(records.size());
}

/// Whether a text is a value of TOML as it stands. Words are quoted once, not tried in every case.
bool is_toml_value(const std::string& text) {
    try {
        Document::parse("value = " + text, "a value");
        return true;
    } catch (const InputError&) {
        return false;
    }
}

}  // namespace

PlanCases::PlanCases(const Plan& plan, std::unique_ptr<CaseRunner> runner)
    : plan_(plan), runner_(std::move(runner)), manifest_(plan.manifest()) {
    for (io::Override setting : plan.set) {
        if (!is_toml_value(setting.value)) setting.value = toml_string(setting.value);
        set_.push_back(std::move(setting));
    }
}

std::vector<io::Override> PlanCases::overrides(const Case& planned_case) const {
    std::vector<io::Override> list = set_;
    for (std::size_t c = 0; c < plan_.columns.size() && c < planned_case.cells.size(); ++c) {
        const Column& column = plan_.columns[c];
        const std::string value = column.value(planned_case.cells[c]);
        const bool has_unit = !column.is_text() && column.unit != "1";
        list.push_back({column.key, has_unit ? toml_string(value) : value});
    }
    list.push_back({"run.seed", fmt::format("{}", planned_case.seed)});
    return list;
}

Case PlanCases::row(std::uint64_t run) {
    const std::lock_guard lock(mutex_);
    return manifest_.row(run);
}

std::uint64_t PlanCases::identity(std::uint64_t run) {
    const Case planned_case = row(run);
    const std::string digest = sha256_hex(
        fmt::format("{}\n{},{},{},{},{}", plan_.id, planned_case.run, planned_case.id,
                    planned_case.replicate, planned_case.seed, fmt::join(planned_case.cells, ",")));
    std::uint64_t value = 0;
    std::from_chars(digest.data(), digest.data() + 16, value, 16);
    return value;
}

bool PlanCases::fits(const StoredCase& row) const {
    const bool values = has_values(row.status);
    const std::size_t n = values ? plan_.outcomes.size() : 0;
    const std::size_t n_values = values ? plan_.observables.size() * row.n_records : 0;
    return row.outcomes.size() == n && row.censored.size() == n &&
           row.records.size() == sizeof(float) * n_values;
}

CaseResult PlanCases::run(std::uint64_t run, const CaseOptions& options) {
    return runner_->run(overrides(row(run)), options);
}

void PlanCases::keep(const CaseResult& result, StoredCase& row) const {
    std::vector<float> values;
    row.n_records = keep_observables(plan_, result, values);
    row.records = packed(values);
    const model::Model& model = *result.model;
    for (const std::string& name : plan_.outcomes) {
        const auto outcome = std::find_if(model.outcomes.begin(), model.outcomes.end(),
                                          [&](const auto& o) { return o.name == name; });
        if (outcome == model.outcomes.end()) {
            row.outcomes.push_back(nan);
            row.censored.push_back(1);
            continue;
        }
        const auto& value =
            result.outcomes[static_cast<std::size_t>(outcome - model.outcomes.begin())];
        const bool known = !value.censored || value.value != 0.0;
        row.outcomes.push_back(known ? outcome->unit.from_internal(value.value) : nan);
        row.censored.push_back(value.censored ? 1 : 0);
    }
}

std::string store_folder(const Plan& plan) {
    return plan.file("results");
}

StoreState read_state(const Plan& plan) {
    PlanCases cases(plan);
    return read_store(store_folder(plan), cases);
}

std::vector<float> observables_of(const StoredCase& row) {
    return unpack<float>(row.records);
}

}  // namespace neocol::study
