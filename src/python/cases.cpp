#include "cases.hpp"

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <pybind11/stl.h>

#include <neocol/core/error.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/study/execute.hpp>
#include <neocol/study/scenario_cases.hpp>

#include "arrays.hpp"
#include "calls.hpp"
#include "machine.hpp"
#include "scenario.hpp"

namespace neocol::python {
namespace {

namespace py = pybind11;
using Settings = std::vector<std::pair<std::string, std::string>>;
using Folders = std::vector<std::string>;
/// A scenario, what is set; and cohort, number of persons, which one.
using GivenCase = std::tuple<std::size_t, Settings,
                             std::optional<std::tuple<std::string, std::size_t, std::size_t>>>;

/// Of a scenario that was read.
study::CaseFamily family_of(const SharedScenario& base, const Folders& folders) {
    study::CaseFamily family;
    family.text = base->files.front().text;
    family.path = base->files.front().path;
    family.library = io::with_models_beside(family.path, library_of(folders));
    family.library.add_model(base->model.name, base->model.text);
    return family;
}

/// Of a file whose scenario needs what its cases set.
study::CaseFamily family_of(const std::string& path, const Folders& folders) {
    study::CaseFamily family;
    family.text = io::read_text_file(path);
    family.path = path;
    family.library = io::with_models_beside(path, library_of(folders));
    return family;
}

/// \param of_families  what is set in the scenario of a family already
std::vector<study::ScenarioCase> cases_of(
    const std::vector<GivenCase>& given,
    const std::vector<std::vector<io::Override>>& of_families) {
    std::vector<study::ScenarioCase> cases;
    for (const auto& [family, settings, person] : given) {
        study::ScenarioCase& added = cases.emplace_back();
        added.family = family;
        added.overrides = of_families.at(family);
        for (const auto& [key, value] : settings)
            added.overrides.push_back({key, value});
        if (person)
            added.person = {std::get<0>(*person), std::get<1>(*person), std::get<2>(*person)};
    }
    return cases;
}

/// How a case ended, and what is kept of it.
struct EndedCase {
    std::string status, reason, hash;
    double seconds = 0.0;
    bool is_stored = false;
    std::optional<study::CaseRecord> record;
};

EndedCase ended_case(const study::StoredCase& row, bool is_stored) {
    EndedCase ended{std::string(study::state_name(row.status)),
                    row.reason,
                    row.hash,
                    row.integrate_seconds,
                    is_stored,
                    std::nullopt};
    if (study::has_values(row.status)) ended.record = study::CaseRecord::parse(row.records);
    return ended;
}

/// Units and meanings of a model's outcomes and observables.
py::dict names_of_model(const model::Model& model) {
    py::dict outcomes, observables, described;
    for (const model::Outcome& outcome : model.outcomes)
        outcomes[py::str(outcome.name)] =
            py::make_tuple(io::stored_units(outcome.unit.text), outcome.meaning);
    for (const model::Observable& observable : model.observables)
        observables[py::str(observable.name)] =
            py::make_tuple(io::stored_units(observable.unit.text), observable.meaning);
    described["name"] = model.name;
    described["outcomes"] = outcomes;
    described["observables"] = observables;
    return described;
}

/// What cases gave, in their order, for Python. Its dictionaries share the names of models.
class Results {
public:
    explicit Results(std::size_t n) : ended_(n) {}

    void take(std::uint64_t run, const study::StoredCase& row, bool is_stored) {
        ended_[run] = ended_case(row, is_stored);
    }

    /// \pre the interpreter's lock is held
    py::dict to_python(std::uint64_t run, const study::ScenarioCases& cases) {
        const EndedCase& ended = ended_[run];
        py::dict result;
        result["status"] = ended.status.empty() ? "stopped" : ended.status;
        result["reason"] = ended.reason;
        result["hash"] = ended.hash;
        result["seconds"] = ended.seconds;
        result["is_stored"] = ended.is_stored;
        const model::Model* model = cases.model_of(run);
        if (ended.record && model != nullptr) {
            const auto [names, is_new] = names_.try_emplace(model);
            if (is_new) names->second = names_of_model(*model);
            result["names"] = names->second;
            add_record(result, *ended.record);
        }
        return result;
    }

private:
    static void add_record(py::dict& result, const study::CaseRecord& record) {
        const std::size_t n = record.times.size();
        py::dict observables;
        for (std::size_t k = 0; k < record.names.size(); ++k) {
            py::array_t<double> values(static_cast<py::ssize_t>(n));
            std::copy_n(record.values.begin() + static_cast<std::ptrdiff_t>(k * n), n,
                        values.mutable_data());
            observables[py::str(record.names[k])] = values;
        }
        result["time"] = array(record.times);
        result["after_jump"] = array(record.after_jump);
        result["observables"] = observables;
        result["details"] = record.details;
    }

    std::vector<EndedCase> ended_;
    std::map<const model::Model*, py::dict> names_;
};

/// Scenarios and what was read and compiled for them, for many lists of cases.
class Engine {
public:
    Engine(bool interpreter, std::optional<std::vector<std::string>> needed)
        : interpreter_(interpreter), pool_(std::move(needed)) {}

    /// Adds a scenario that was read, or the file of one. \returns its number
    std::size_t add(const std::variant<SharedScenario, std::string>& scenario,
                    const Folders& folders) {
        const ActiveCall active;
        study::CaseFamily family =
            std::visit([&](const auto& source) { return family_of(source, folders); }, scenario);
        machine::set_up_compiler(family.compile, this_machine());
        family.compile.stop = &stop_;
        family.compile.warn = [this](const std::string& text) {
            const py::gil_scoped_acquire acquire;
            warn_(text);
        };
        family.interpreter = interpreter_;
        const auto* read = std::get_if<SharedScenario>(&scenario);
        overrides_.push_back(read != nullptr ? (*read)->overrides : std::vector<io::Override>());
        return pool_.add(std::move(family));
    }

    /// Results of all cases, in their order. \param warn  called with warnings
    py::list run(const std::vector<GivenCase>& given, const std::string& store, int jobs,
                 double time_limit, const std::optional<std::vector<std::string>>& observables,
                 const py::object& progress, const py::object& ended, const py::object& warn) {
        const ActiveCall active;
        const std::unique_lock busy(mutex_, std::try_to_lock);
        if (!busy)
            throw Error(
                "this engine runs another thread's cases\n  make one for each thread, or wait");
        stop_ = false;
        warn_ = warn;
        Results results(given.size());
        std::unique_ptr<study::ScenarioCases> cases;
        const auto take = [&](std::uint64_t run, const study::StoredCase& row, bool is_stored) {
            results.take(run, row, is_stored);
            if (ended.is_none()) return;
            const py::gil_scoped_acquire acquire;
            ended(run, results.to_python(run, *cases));
        };
        call_without_lock(stop_, [&] {
            cases = std::make_unique<study::ScenarioCases>(pool_, cases_of(given, overrides_),
                                                           observables);
            std::uint64_t n_stored = 0;
            study::StoreState state(given.size());
            if (!store.empty())
                state = cases->find_stored(
                    store,
                    [&](std::uint64_t run, const study::StoredCase& row) {
                        take(run, row, true);
                        ++n_stored;
                    },
                    [&](const std::string& text) {
                        const py::gil_scoped_acquire acquire;
                        warn(text);
                    });
            study::ExecuteOptions options;
            options.workers = threads_for_cases(jobs);
            options.one_thread_a_case = true;
            options.case_time_limit = time_limit;
            options.stop = &stop_;
            options.ended = [&](std::uint64_t run, const study::StoredCase& row) {
                take(run, row, false);
            };
            if (!progress.is_none())
                options.progress = [&](const study::ExecuteReport& report) {
                    const py::gil_scoped_acquire acquire;
                    progress(n_stored + report.ended(), n_stored + report.planned);
                };
            report_ = study::execute(*cases, state, store, options);
        });
        warn_ = py::none();
        py::list list;
        for (std::uint64_t run = 0; run < given.size(); ++run)
            list.append(results.to_python(run, *cases));
        return list;
    }

    /// Processor time [s] of integration in the last list.
    double integrate_seconds() const { return report_.integrate_cpu_seconds; }

private:
    std::mutex mutex_;  ///< of a list that is run
    bool interpreter_;
    study::ExecuteReport report_;
    std::atomic<bool> stop_{false};
    py::object warn_ = py::none();
    std::vector<std::vector<io::Override>> overrides_;  ///< by scenario of the pool
    study::ScenarioPool pool_;
};

}  // namespace

void bind_cases(py::module_& module) {
    py::class_<Engine>(module, "Engine")
        .def(py::init<bool, std::optional<std::vector<std::string>>>(), py::arg("interpreter"),
             py::arg("needed"))
        .def("add", &Engine::add, py::arg("scenario"), py::arg("folders"))
        .def("run", &Engine::run, py::arg("cases"), py::arg("store"), py::arg("jobs"),
             py::arg("time_limit"), py::arg("observables"), py::arg("progress"), py::arg("ended"),
             py::arg("warn"))
        .def_property_readonly("integrate_seconds", &Engine::integrate_seconds);
}

}  // namespace neocol::python
