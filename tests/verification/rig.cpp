#include "rig.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <neocol/io/library.hpp>
#include <neocol/kernel/compiled.hpp>
#include <neocol/model/parse.hpp>
#include <neocol/simulation/parameters.hpp>

#include "../../src/simulation/wounding.hpp"

namespace neocol::verification {

namespace {

/// A folder from the environment (installed programs), else the one built in.
std::string folder(const char* variable, const char* built_in) {
    const char* given = std::getenv(variable);
    return given != nullptr ? given : built_in;
}

}  // namespace

std::string source_text(const std::string& path) {
    std::ifstream file(folder("NEOCOL_VERIFICATION_DATA", NEOCOL_SOURCE_DIR) + "/" + path);
    if (!file) throw std::runtime_error("cannot read " + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string model_text(const std::string& path) {
    return io::read_model_file(folder("NEOCOL_VERIFICATION_DATA", NEOCOL_SOURCE_DIR) + "/" + path,
                               {})
        .text;
}

std::vector<std::string> source_files(const std::string& path) {
    const std::filesystem::path root = folder("NEOCOL_VERIFICATION_DATA", NEOCOL_SOURCE_DIR);
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(root / path))
        files.push_back(path + "/" + entry.path().filename().string());
    std::sort(files.begin(), files.end());
    return files;
}

Loaded::Loaded(std::string text, std::string name)
    : model(model::parse_model(std::move(text), std::move(name))),
      compiled_model(kernel::CompiledModel::interpret(model)) {}

Loaded Loaded::compiled(std::string text, std::string name) {
    Loaded loaded;
    loaded.model = model::parse_model(std::move(text), std::move(name));
    kernel::CompileOptions options;
    options.cache_folder = folder("NEOCOL_VERIFICATION_CACHE", NEOCOL_KERNEL_CACHE);
    loaded.compiled_model = kernel::CompiledModel::compile(loaded.model, options);
    return loaded;
}

namespace {

template <typename List>
std::size_t index_of(const List& list, const std::string& name) {
    for (std::size_t i = 0; i < list.size(); ++i)
        if (list[i].name == name) return i;
    throw std::logic_error("no '" + name + "' in the model");
}

}  // namespace

std::size_t Loaded::species(const std::string& name) const {
    return index_of(model.species, name);
}

std::size_t Loaded::observable(const std::string& name) const {
    return index_of(model.observables, name);
}

std::size_t Loaded::outcome(const std::string& name) const {
    return index_of(model.outcomes, name);
}

double Record::at(double time, std::size_t observable) const {
    for (std::size_t i = times.size(); i-- > 0;)
        if (std::abs(times[i] - time) < 1e-9 * (1.0 + time)) return values[i][observable];
    throw std::logic_error(fmt::format("no record at {} d", time));
}

std::pair<double, double> Record::peak(std::size_t observable) const {
    std::size_t best = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i][observable] > values[best][observable]) best = i;
    return {values[best][observable], times[best]};
}

simulation::Scenario scenario(tissue::Geometry geometry, double until, double tolerance,
                              double every) {
    simulation::Scenario s;
    s.title = "verification";
    s.domain.geometry = geometry;
    s.run.until = until;
    s.run.tolerance = tolerance;
    s.run.largest_step = 1e300;
    s.output.every = every;
    return s;
}

Record run(const simulation::Scenario& scenario, const Loaded& loaded, int threads) {
    Record record;
    simulation::Simulation simulation(scenario, *loaded.compiled_model, threads);
    simulation::Observer* observers[] = {&record};
    record.summary = simulation.run(observers);
    return record;
}

template <typename Stepper>
Rig<Stepper>::Rig(const Loaded& l, tissue::Grid g, const solver::StepperOptions& options,
                  const std::map<std::string, double>& parameters, const tissue::Skin& skin)
    : loaded(l),
      grid(std::move(g)),
      fields(loaded.model, grid),
      environment(simulation::make_environment(loaded.model, skin, parameters)),
      problem{loaded.model, loaded.compiled_model->kernels(), grid, fields, environment},
      stepper(std::make_unique<Stepper>(problem, options)) {
    simulation::set_initial_state(problem, stepper->binder(), stepper->state());
    stepper->start(0.0);
}

template <typename Stepper>
typename Rig<Stepper>::Norms Rig<Stepper>::error(
    std::size_t species, const std::function<double(double, double, double)>& exact) const {
    Norms norms;
    double volume = 0.0, largest = 0.0;
    for (std::size_t z = 0; z < grid.nz(); ++z) {
        for (std::size_t y = 0; y < grid.ny(); ++y) {
            for (std::size_t x = 0; x < grid.nx(); ++x) {
                const double e =
                    exact(grid.x().centres[x], grid.y().centres[y], grid.z().centres[z]);
                const double d = std::abs(at(species, z, y, x) - e);
                const double v = grid.volume(z, y, x);
                volume += v;
                largest = std::max(largest, std::abs(e));
                norms.l1 += v * d;
                norms.l2 += v * d * d;
                norms.maximum = std::max(norms.maximum, d);
            }
        }
    }
    norms.l1 /= volume * largest;
    norms.l2 = std::sqrt(norms.l2 / volume) / largest;
    norms.maximum /= largest;
    return norms;
}

template <typename Stepper>
double Rig<Stepper>::smallest(std::size_t species) const {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t z = 0; z < grid.nz(); ++z) {
        for (std::size_t y = 0; y < grid.ny(); ++y)
            for (std::size_t x = 0; x < grid.nx(); ++x)
                least = std::min(least, at(species, z, y, x));
    }
    return least;
}

template <typename Stepper>
double Rig<Stepper>::budget_residual() const {
    double worst = 0.0;
    for (const double residual : stepper->budget().residual())
        worst = std::max(worst, std::abs(residual));
    return worst;
}

template struct Rig<solver::Stepper>;
template struct Rig<solver::OdeintStepper>;

tissue::Grid unit_grid(tissue::Geometry geometry, std::size_t n, bool graded, bool periodic,
                       std::vector<int> layer_of_z) {
    using tissue::Geometry;
    const auto edges = [&] {
        std::vector<double> e = tissue::uniform_edges(1.0, n);
        if (graded) {
            // A smooth map of [0, 1] whose slope falls from 1.6 to 0.4, or rises likewise.
            for (double& x : e)
                x = x * (0.4 + 0.6 * x);
        }
        return e;
    };
    tissue::Axis none = tissue::cartesian_axis({0.0, 1.0});
    tissue::Axis x = none, y = none, z = none;
    if (geometry != Geometry::well_mixed) z = tissue::cartesian_axis(edges());
    if (geometry == Geometry::section || geometry == Geometry::patch)
        x = tissue::cartesian_axis(edges(), periodic);
    if (geometry == Geometry::patch) y = tissue::cartesian_axis(edges(), periodic);
    if (geometry == Geometry::single_channel) x = tissue::radial_axis(edges());
    if (layer_of_z.empty()) layer_of_z.assign(z.size(), 0);
    return tissue::Grid(geometry, std::move(x), std::move(y), std::move(z), std::move(layer_of_z));
}

namespace {

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

void write(const std::string& line) {
    const char* path = std::getenv("NEOCOL_VERIFICATION_RECORD");
    if (path != nullptr) std::ofstream(path, std::ios::app) << line << '\n';
}

}  // namespace

bool claim(const std::string& topic, const std::string& statement, double measured, double limit,
           bool at_least) {
    const bool holds = at_least ? measured >= limit : measured <= limit;
    write(fmt::format(R"({{"topic": {}, "claim": {}, "test": {}, "measured": {}, "limit": {}, )"
                      R"("relation": "{}", "kept": {}}})",
                      quoted(topic), quoted(statement),
                      quoted(Catch::getResultCapture().getCurrentTestName()),
                      quoted(fmt::format("{:.3g}", measured)), quoted(fmt::format("{:.3g}", limit)),
                      at_least ? "at least" : "at most", holds ? "true" : "false"));
    return holds;
}

bool claim_value(const std::string& topic, const std::string& statement, double measured,
                 double expected, double margin) {
    const bool holds = std::abs(measured - expected) <= margin;
    write(fmt::format(
        R"({{"topic": {}, "claim": {}, "test": {}, "measured": {}, "limit": {}, )"
        R"("relation": "equals", "kept": {}}})",
        quoted(topic), quoted(statement), quoted(Catch::getResultCapture().getCurrentTestName()),
        quoted(fmt::format("{:.6g}", measured)),
        quoted(fmt::format("{:.6g} ± {:.2g}", expected, margin)), holds ? "true" : "false"));
    return holds;
}

}  // namespace neocol::verification
