#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <neocol/kernel/compiled_model.hpp>
#include <neocol/model/model.hpp>
#include <neocol/simulation/simulation.hpp>
#include <neocol/solver/odeint_stepper.hpp>
#include <neocol/solver/stepper.hpp>
#include <neocol/tissue/grid.hpp>
#include <neocol/tissue/state.hpp>

namespace neocol::verification {

/// Text of a file below the source folder, such as "models/published/waugh2006.toml".
std::string source_text(const std::string& path);

/// A model file there, with the files that it includes.
std::string model_text(const std::string& path);

/// Files of a folder below the source folder, sorted, as `source_text` takes them.
std::vector<std::string> source_files(const std::string& folder);

/// A model with kernels, made from text, and parameters to override (internal units).
struct Loaded {
    model::Model model;
    std::optional<kernel::CompiledModel> compiled_model;  ///< of `model`

    /// By the interpreter.
    explicit Loaded(std::string text, std::string name = "test.toml");
    /// By the back end `compiled` if a compiler is there, else by the interpreter.
    static Loaded compiled(std::string text, std::string name = "test.toml");

    std::size_t species(const std::string& name) const;
    std::size_t observable(const std::string& name) const;
    std::size_t outcome(const std::string& name) const;

private:
    Loaded() = default;
};

/// Observables of a whole run, as an observer saw them.
class Record : public simulation::Observer {
public:
    std::vector<double> times;
    std::vector<std::vector<double>> values;
    simulation::RunSummary summary;
    int steps = 0;

    void observables(double t, std::span<const double> v) override {
        times.push_back(t);
        values.emplace_back(v.begin(), v.end());
    }
    void event(const simulation::EventRecord& jump) override { observables(jump.time, jump.after); }
    void step(const solver::StepInfo&) override { ++steps; }
    /// Value of an observable at a time on the schedule [d]; the last record of that moment.
    double at(double time, std::size_t observable) const;
    /// Largest recorded value and its time.
    std::pair<double, double> peak(std::size_t observable) const;
};

/// A scenario of a model without skin or sessions. Lengths [mm], times [d].
simulation::Scenario scenario(tissue::Geometry geometry, double until, double tolerance,
                              double every);

/// Runs a scenario with the kernels of a model.
Record run(const simulation::Scenario& scenario, const Loaded& loaded, int threads = 1);

/// A model on a grid with a stepper of its own, started from the model's initial state at time 0.
template <typename Stepper = solver::Stepper>
struct Rig {
    const Loaded& loaded;
    tissue::Grid grid;
    tissue::FieldTable fields;
    solver::Environment environment;
    solver::Problem problem;
    std::unique_ptr<Stepper> stepper;

    Rig(const Loaded& l, tissue::Grid g, const solver::StepperOptions& options,
        const std::map<std::string, double>& parameters = {}, const tissue::Skin& skin = {});

    void run(double until) {
        while (stepper->time() < until)
            stepper->step(until);
    }
    double at(std::size_t species, std::size_t i_z = 0, std::size_t i_y = 0,
              std::size_t i_x = 0) const {
        const tissue::Field& field = fields.fields()[species];
        const tissue::State& state = static_cast<const Stepper&>(*stepper).state();
        return state.field(field)[grid.row(i_z, i_y) + i_x];
    }
    /// Norms of the difference to exact(x, y, z) at cell centres, relative to the largest |exact|:
    /// volume-weighted mean (L1), root mean square (L2), maximum.
    struct Norms {
        double l1 = 0.0, l2 = 0.0, maximum = 0.0;
    };
    Norms error(std::size_t species,
                const std::function<double(double, double, double)>& exact) const;
    double smallest(std::size_t species) const;
    /// Largest budget residual of any species, over turnover.
    double budget_residual() const;
};

/// Grid of a geometry with n cells of one size along every axis it has, each of length 1 mm, or of
/// cells that grow smoothly from the start to the end (ratio of the last to the first: 4).
tissue::Grid unit_grid(tissue::Geometry geometry, std::size_t n, bool graded = false,
                       bool periodic = false, std::vector<int> layer_of_z = {});

/// Order of convergence between two errors on grids or steps that differ by a factor 2.
inline double order(double coarse, double fine) {
    return std::log2(coarse / fine);
}

/// One measured claim, for docs/verification.md: appended as a line of JSON to the file that the
/// environment variable NEOCOL_VERIFICATION_RECORD names, if it is set.
/// \returns whether `measured` keeps to `limit` (at most, or at least if `at_least`)
bool claim(const std::string& topic, const std::string& statement, double measured, double limit,
           bool at_least = false);

/// Claim that |measured - expected| <= margin; the report shows both values.
bool claim_value(const std::string& topic, const std::string& statement, double measured,
                 double expected, double margin);

}  // namespace neocol::verification
