#include "sweep.hpp"

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <neocol/io/stored_units.hpp>
#include <neocol/study/case_runner.hpp>
#include <neocol/study/execute.hpp>

#include "arrays.hpp"
#include "calls.hpp"
#include "machine.hpp"
#include "scenario.hpp"

namespace neocol::python {
namespace {

namespace py = pybind11;
using Settings = std::vector<std::pair<std::string, std::string>>;

/// Cases in memory: the executor of studies runs them, nothing is stored.
class SweepCases final : public study::CaseList {
public:
    SweepCases(study::CaseRunner& runner, const std::vector<Settings>& cases)
        : runner_(runner), cases_(cases), results_(cases.size()) {
        for (study::CaseResult& result : results_)
            result.status = study::CaseStatus::stopped;
    }

    std::string id() const override { return "sweep"; }
    std::uint64_t size() const override { return cases_.size(); }
    std::uint64_t identity(std::uint64_t run) override { return run; }
    bool fits(const study::StoredCase&) const override { return true; }
    study::CaseResult run(std::uint64_t run, const study::CaseOptions& options) override {
        std::vector<io::Override> overrides;
        for (const auto& [key, value] : cases_[run])
            overrides.push_back({key, value});
        study::CaseResult result = runner_.run(overrides, options);
        results_[run] = result;
        return result;
    }
    void keep(const study::CaseResult&, study::StoredCase&) const override {}

    const std::vector<study::CaseResult>& results() const { return results_; }

private:
    study::CaseRunner& runner_;
    const std::vector<Settings>& cases_;
    std::vector<study::CaseResult> results_;
};

study::CaseFamily family_of(const io::LoadedScenario& base, const std::vector<std::string>& folders,
                            bool interpreter) {
    study::CaseFamily family;
    family.text = base.scenario.text;
    family.path = base.files.empty() ? "scenario" : base.files.front().path;
    family.library = library_of(folders);
    family.library.add_model(base.model.name, base.model.text);
    machine::set_up_compiler(family.compile, this_machine());
    family.interpreter = interpreter;
    return family;
}

/// Outcomes, and the observables asked for over time, of a case, in the units of its model.
py::dict case_of(const study::CaseResult& result, const std::vector<std::string>& courses) {
    py::dict one;
    one["status"] = std::string(name_of(result.status));
    one["reason"] = result.reason;
    one["hash"] = result.hash;
    one["seconds"] = result.integrate_seconds;
    py::dict outcomes, observables;
    if (result.has_values() && result.model != nullptr) {
        const model::Model& model = *result.model;
        for (std::size_t i = 0; i < model.outcomes.size() && i < result.outcomes.size(); ++i) {
            const model::Outcome& outcome = model.outcomes[i];
            const simulation::OutcomeValue& value = result.outcomes[i];
            outcomes[py::str(outcome.name)] =
                py::make_tuple(value.censored ? std::numeric_limits<double>::quiet_NaN()
                                              : outcome.unit.from_internal(value.value),
                               io::stored_units(outcome.unit.text), outcome.meaning, value.reason);
        }
        const std::size_t n = model.observables.size();
        for (const std::string& name : courses) {
            const int index = model.find_observable(name);
            if (index < 0) continue;
            const auto k = static_cast<std::size_t>(index);
            const model::Observable& observable = model.observables[k];
            // At a jump the value before it, as in results.
            std::vector<double> times, values;
            for (std::size_t i = 0; i < result.times.size(); ++i) {
                if (result.after_jump[i] != 0) continue;
                times.push_back(result.times[i]);
                values.push_back(observable.unit.from_internal(result.observables[i * n + k]));
            }
            observables[py::str(name)] =
                py::make_tuple(array(times), array(values), io::stored_units(observable.unit.text),
                               observable.meaning);
        }
    }
    one["outcomes"] = outcomes;
    one["observables"] = observables;
    return one;
}

py::list sweep(const SharedScenario& base, const std::vector<Settings>& cases,
               const std::vector<std::string>& folders, int jobs, bool interpreter,
               double time_limit, const std::vector<std::string>& courses, bool only_needed,
               const py::object& progress) {
    const ActiveCall active;
    std::atomic<bool> stop{false};
    std::unique_ptr<study::CaseRunner> runner;
    std::unique_ptr<SweepCases> list;
    call_without_lock(stop, [&] {
        study::CaseFamily family = family_of(*base, folders, interpreter);
        family.compile.stop = &stop;
        runner = std::make_unique<study::CaseRunner>(std::move(family));
        if (only_needed) {
            const io::ScenarioFamily::Member member = runner->read({});
            std::vector<std::string> outcomes;
            for (const model::Outcome& outcome : member.model->outcomes)
                outcomes.push_back(outcome.name);
            runner->leave_out(study::restrict_to(*member.model, {courses, outcomes}));
        }
        list = std::make_unique<SweepCases>(*runner, cases);
        study::ExecuteOptions options;
        options.workers = threads_for_cases(jobs);
        options.one_thread_a_case = true;
        options.case_time_limit = time_limit;
        options.stop = &stop;
        if (!progress.is_none())
            options.progress = [&](const study::ExecuteReport& report) {
                const py::gil_scoped_acquire acquire;
                progress(report.ended(), report.planned);
            };
        study::execute(*list, study::StoreState(cases.size()), {}, options);
    });
    py::list results;
    for (const study::CaseResult& result : list->results())
        results.append(case_of(result, courses));
    return results;
}

}  // namespace

void bind_sweep(py::module_& module) {
    module.def("sweep", sweep, py::arg("base"), py::arg("cases"), py::arg("folders"),
               py::arg("jobs"), py::arg("interpreter"), py::arg("time_limit"), py::arg("courses"),
               py::arg("only_needed"), py::arg("progress"));
}

}  // namespace neocol::python
