#include "run.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <neocol/core/names.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/output_paths.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/io/run_recorder.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/io/summary.hpp>
#include <neocol/kernel/compiled_model.hpp>
#include <neocol/model/definitions.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/simulation.hpp>

#include "arrays.hpp"
#include "calls.hpp"
#include "machine.hpp"
#include "run_tape.hpp"

namespace neocol::python {
namespace {

namespace py = pybind11;

/// Tells Python objects what observers are told, by those of these methods that they have:
/// `record(time, values)`, `session(numbers)`, `event(time, cause)`, `step(time, size)`. One that
/// raises neocol.StopRun ends the run after the step in hand.
class PythonObserver final : public simulation::Observer {
public:
    PythonObserver(const py::object& observer, std::atomic<bool>& stop) : stop_(stop) {
        record_ = method(observer, "record");
        session_ = method(observer, "session");
        event_ = method(observer, "event");
        step_ = method(observer, "step");
    }

    void begin(const simulation::RunContext& context) override { model_ = &context.model; }
    void observables(double time, std::span<const double> values) override {
        if (!record_) return;
        const py::gil_scoped_acquire acquire;
        py::dict named;
        for (std::size_t i = 0; i < values.size(); ++i)
            named[py::str(model_->observables[i].name)] =
                model_->observables[i].unit.from_internal(values[i]);
        call(record_, time, named);
    }
    void session(const simulation::SessionRecord& record) override {
        if (!session_) return;
        const py::gil_scoped_acquire acquire;
        py::dict numbers;
        for (const simulation::SessionNumber& number : simulation::session_numbers)
            numbers[py::str(std::string(number.name))] = record.*number.member;
        numbers["session"] = record.index + 1;
        numbers["device"] = record.device;
        call(session_, numbers);
    }
    void event(const simulation::EventRecord& record) override {
        if (!event_) return;
        const py::gil_scoped_acquire acquire;
        call(event_, record.time, record.causes);
    }
    void step(const solver::StepInfo& info) override {
        if (!step_) return;
        const py::gil_scoped_acquire acquire;
        call(step_, info.time, info.size);
    }

private:
    static py::object method(const py::object& observer, const char* name) {
        return py::hasattr(observer, name) ? py::object(observer.attr(name)) : py::object();
    }
    template <typename... Arguments>
    void call(const py::object& function, const Arguments&... arguments) {
        try {
            function(arguments...);
        } catch (const py::error_already_set& error) {
            if (!error.matches(py::module_::import("neocol.errors").attr("StopRun"))) throw;
            stop_ = true;
        }
    }

    std::atomic<bool>& stop_;
    const model::Model* model_ = nullptr;
    py::object record_, session_, event_, step_;
};

kernel::CompiledModel compiled_model(const model::Model& model, bool interpreter,
                                     const std::atomic<bool>& stop) {
    if (interpreter) return kernel::CompiledModel::interpret(model);
    kernel::CompileOptions options;
    machine::set_up_compiler(options, this_machine());
    options.stop = &stop;
    options.warn = [](const std::string& text) {
        const py::gil_scoped_acquire acquire;
        py::module_::import("warnings").attr("warn")(text);
    };
    return kernel::CompiledModel::compile(model, options);
}

std::shared_ptr<RunTape> run(const SharedScenario& loaded, int threads, bool interpreter,
                             double max_wall_seconds, const py::list& observers) {
    const ActiveCall active;
    auto tape = std::make_shared<RunTape>(loaded);
    std::atomic<bool> stop{false};
    std::vector<std::unique_ptr<PythonObserver>> owned;
    std::vector<simulation::Observer*> all{tape.get()};
    for (const py::handle& observer : observers) {
        owned.push_back(
            std::make_unique<PythonObserver>(py::reinterpret_borrow<py::object>(observer), stop));
        all.push_back(owned.back().get());
    }
    call_without_lock(stop, [&] {
        const tissue::Grid grid = simulation::make_grid(loaded->scenario, loaded->model);
        const int n = threads_for(threads, grid.n_voxels());
        const kernel::CompiledModel model = compiled_model(loaded->model, interpreter, stop);
        simulation::Simulation simulation(loaded->scenario, model, n);
        simulation::RunControl control;
        control.stop = &stop;
        control.max_wall_seconds = max_wall_seconds;
        control.checkpoints.every = control.checkpoints.after_sessions =
            simulation::CheckpointPolicy::never;
        simulation.run(all, control);
    });
    return tape;
}

// What a result holds, as its file has it (docs/result-file.md).

py::dict observables_of(const io::StoredResult& result) {
    py::dict all;
    for (const io::StoredSeries& series : result.observables) {
        py::dict entry;
        entry["units"] = series.units;
        entry["long_name"] = series.long_name;
        entry["reduce"] = series.reduce;
        entry["region"] = series.region;
        entry["values"] = array(series.values);
        entry["before"] = array(series.before);
        entry["after"] = array(series.after);
        all[py::str(series.name)] = entry;
    }
    return all;
}

py::dict outcomes_of(const io::StoredResult& result) {
    py::dict all;
    for (const io::StoredOutcome& outcome : result.outcomes) {
        py::dict entry;
        entry["value"] = outcome.value;
        entry["units"] = outcome.units;
        entry["long_name"] = outcome.long_name;
        entry["definition"] = outcome.definition;
        entry["censored"] = outcome.censored;
        entry["reason"] = outcome.reason;
        all[py::str(outcome.name)] = entry;
    }
    return all;
}

py::dict events_of(const io::StoredResult& result) {
    std::vector<double> times;
    std::vector<std::string> causes;
    for (const io::StoredEvent& event : result.events) {
        times.push_back(event.time);
        causes.push_back(event.cause);
    }
    py::dict events;
    events["time"] = array(times);
    events["cause"] = causes;
    return events;
}

py::dict sessions_of(const io::StoredResult& result) {
    py::dict sessions;
    py::list numbers;
    for (const simulation::SessionNumber& number : simulation::session_numbers) {
        std::vector<double> values;
        for (const io::StoredSession& session : result.sessions)
            values.push_back(session.*number.member);
        numbers.append(py::make_tuple(std::string(number.name), std::string(number.unit),
                                      std::string(number.long_name), array(values)));
    }
    std::vector<std::string> devices;
    std::vector<double> fractions;
    for (const io::StoredSession& session : result.sessions) {
        devices.push_back(session.device);
        std::vector<double> row = session.layer_fraction;
        row.resize(result.layers.size(), std::numeric_limits<double>::quiet_NaN());
        fractions.insert(fractions.end(), row.begin(), row.end());
    }
    sessions["numbers"] = numbers;
    sessions["device"] = devices;
    sessions["layer"] = result.layers;
    sessions["layer_fraction"] = array(fractions, {result.sessions.size(), result.layers.size()});
    return sessions;
}

py::dict punctures_of(const RunTape& tape) {
    std::vector<std::int32_t> of_session;
    std::vector<double> x, y, radius, depth, taper;
    for (const simulation::SessionRecord* session : tape.sessions()) {
        for (const treatment::Channel& channel : session->channels) {
            of_session.push_back(static_cast<std::int32_t>(session->index + 1));
            x.push_back(channel.x);
            y.push_back(channel.y);
            radius.push_back(channel.surface_radius);
            depth.push_back(channel.depth);
            taper.push_back(channel.taper_start);
        }
    }
    py::dict punctures;
    punctures["session"] = array(of_session);
    punctures["x"] = array(x);
    punctures["y"] = array(y);
    punctures["surface_radius"] = array(radius);
    punctures["depth"] = array(depth);
    punctures["taper_start"] = array(taper);
    return punctures;
}

py::dict budget_of(const RunTape& tape) {
    const model::Model& model = tape.scenario().model;
    const solver::Budget& budget = tape.summary().budget;
    const std::size_t n = model.species.size();
    py::dict result;
    if (budget.initial.size() != n) return result;
    std::vector<std::string> units;
    std::vector<double> scale;
    for (const model::Species& species : model.species) {
        const Unit unit = model::content_unit(species, model);
        units.push_back(io::stored_units(unit.text));
        scale.push_back(1.0 / unit.scale);
    }
    const auto add = [&](const char* name, std::vector<double> values) {
        values.resize(n, 0.0);
        for (std::size_t i = 0; i < n; ++i)
            values[i] *= scale[i];
        result[name] = array(values);
    };
    result["species"] = names_of(model.species);
    result["process"] = names_of(model.processes);
    result["unit"] = units;
    add("initial", budget.initial);
    add("final", budget.current);
    add("injected", budget.injected);
    add("transported", budget.transported);
    add("balance", budget.balance);
    add("turnover", budget.turnover);
    std::vector<double> residual = budget.residual();
    residual.resize(n, 0.0);
    result["residual"] = array(residual);
    return result;
}

py::dict bounds_of(const io::StoredResult& result) {
    py::dict all;
    for (const io::StoredResult::Bound& bound : result.bounds) {
        py::dict entry;
        entry["unit"] = bound.unit;
        entry["lowest"] = bound.lowest;
        entry["highest"] = bound.highest;
        entry["kept"] = bound.satisfied;
        all[py::str(bound.name)] = entry;
    }
    return all;
}

/// What provenance has in place of a command line.
constexpr const char* command = "neocol.Scenario.run";

py::dict provenance_of(const RunTape& tape, const io::StoredResult& result) {
    py::dict provenance;
    const io::LoadedScenario& loaded = tape.scenario();
    provenance["scenario"] = loaded.scenario.text;
    provenance["resolved"] = loaded.scenario.resolved_text;
    provenance["model_text"] = loaded.model.text;
    provenance["model_hash"] = loaded.model.hash;
    provenance["command"] = command;
    provenance["version"] = result.neocol_version;
    provenance["host"] = this_machine().host;
    provenance["isa"] = kernel::machine_isa();
    provenance["backend"] = result.provenance.backend;
    provenance["seed"] = loaded.scenario.run.seed;
    for (const io::RunNumber& number : io::run_numbers)
        provenance[py::str(std::string(number.name))] = result.numbers.*number.member;
    return provenance;
}

/// Values of a field without padding, in its unit.
py::array_t<float> unpadded(const std::vector<double>& values, const tissue::Field& field,
                            const tissue::Grid& grid) {
    std::vector<float> packed;
    packed.reserve(field.nz * grid.ny() * grid.nx());
    for (std::size_t i_z = 0; i_z < field.nz; ++i_z)
        for (std::size_t i_y = 0; i_y < grid.ny(); ++i_y)
            for (std::size_t i_x = 0; i_x < grid.nx(); ++i_x)
                packed.push_back(
                    static_cast<float>(field.unit.from_internal(values[grid.row(i_z, i_y) + i_x])));
    return array(packed, {field.nz, grid.ny(), grid.nx()});
}

/// Fields by name, each a list of arrays [z][y][x] by record.
py::dict fields_of(const RunTape& tape, bool after) {
    const tissue::Grid& grid = tape.grid();
    py::dict result;
    std::vector<double> times;
    std::vector<py::list> values(tape.held_fields().size());
    for (const RunTape::FieldRecord* record : tape.field_records()) {
        if (record->is_after != after) continue;
        times.push_back(record->time);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i].append(unpadded(record->values[i], tape.held_fields()[i], grid));
    }
    py::dict species;
    const model::Model& model = tape.scenario().model;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const tissue::Field& field = tape.held_fields()[i];
        const auto index = static_cast<std::size_t>(model.find_species(field.name));
        py::dict entry;
        entry["units"] = io::stored_units(field.unit.text);
        entry["long_name"] = model.species[index].meaning;
        entry["location"] = std::string(name_of(field.location));
        entry["values"] = values[i];
        species[py::str(field.name)] = entry;
    }
    result["time"] = array(times);
    result["species"] = species;
    return result;
}

py::dict mesh_of(const RunTape& tape) {
    const tissue::Grid& grid = tape.grid();
    py::dict mesh;
    for (const auto& [name, axis] : {std::pair<const char*, const tissue::Axis*>{"z", &grid.z()},
                                     {"y", &grid.y()},
                                     {"x", &grid.x()}}) {
        mesh[name] = array(axis->centres);
        mesh[(std::string(name) + "_edges").c_str()] = array(axis->edges);
    }
    std::vector<std::int32_t> layers;
    for (std::size_t i = 0; i < grid.nz(); ++i)
        layers.push_back(grid.layer(i));
    mesh["layer"] = array(layers);
    mesh["layers"] = tape.scenario().model.layers;
    return mesh;
}

py::dict contents(const RunTape& tape) {
    io::RunRecorder recorder;
    tape.replay(recorder);
    const io::StoredResult& result = recorder.result();
    py::dict all, attributes;
    for (const io::RunHeadText& text : io::run_head_texts)
        attributes[py::str(std::string(text.name))] = result.*text.member;
    all["attributes"] = attributes;
    all["geometry"] = result.geometry;
    all["time"] = array(result.time);
    all["observables"] = observables_of(result);
    all["events"] = events_of(result);
    all["outcomes"] = outcomes_of(result);
    all["sessions"] = sessions_of(result);
    all["punctures"] = punctures_of(tape);
    all["budget"] = budget_of(tape);
    all["bounds"] = bounds_of(result);
    all["provenance"] = provenance_of(tape, result);
    all["mesh"] = mesh_of(tape);
    all["fields"] = fields_of(tape, false);
    all["fields_after"] = fields_of(tape, true);
    return all;
}

std::string summary(const RunTape& tape) {
    io::RunRecorder recorder;
    tape.replay(recorder);
    return printable(io::summary_text(recorder.result()));
}

void save(const RunTape& tape, const std::string& path, bool overwrite) {
    const ActiveCall active;
    const py::gil_scoped_release release;
    const machine::Machine& machine = this_machine();
    io::Provenance provenance{command,         machine.host,          machine.scheduler,
                              machine.started, kernel::machine_isa(), {}};
    io::ResultOptions options;
    options.overwrite = overwrite;
    io::check_output(path, options, io::paths_read(tape.scenario()));
    io::ResultWriter writer(path, std::move(provenance), options);
    tape.replay(writer);
}

}  // namespace

void bind_run(py::module_& module) {
    py::class_<RunTape, std::shared_ptr<RunTape>>(module, "RunTape")
        .def("contents", contents)
        .def("summary", summary)
        .def("save", save, py::arg("path"), py::arg("overwrite"));
    module.def("run", run, py::arg("scenario"), py::arg("threads"), py::arg("interpreter"),
               py::arg("max_wall_seconds"), py::arg("observers"));
}

}  // namespace neocol::python
