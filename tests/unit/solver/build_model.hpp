#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <neocol/kernel/kernel.hpp>
#include <neocol/model/model.hpp>
#include <neocol/solver/stepper.hpp>
#include <neocol/tissue/grid.hpp>
#include <neocol/tissue/state.hpp>

namespace neocol::test {

/// Builds small models in code, so that the solver is tested without the language's parser.
class ModelBuilder {
public:
    explicit ModelBuilder(std::vector<std::string> layers = {"tissue"});

    model::Model model;
    solver::Environment environment;

    /// \param rest  by layer, or one value for all
    int add_species(const std::string& name, std::vector<double> rest = {0.0}, double scale = 1.0,
                    model::Location location = model::Location::volume);
    /// A parameter with values by layer, or one for all.
    model::NodeId parameter(std::vector<double> values);
    model::NodeId number(double value) { return model.graph.constant(value); }
    model::NodeId u(int species) { return model.graph.unknown(species); }
    model::NodeId input(model::Input::Kind kind, int index, const std::string& name = {});
    model::NodeId time() { return input(model::Input::Kind::time, -1); }
    model::NodeId coordinate(const std::string& name) {
        return input(model::Input::Kind::coordinate, -1, name);
    }

    int add_process(model::NodeId rate, std::vector<std::pair<int, double>> changes,
                    model::Location location = model::Location::volume);
    model::Transport& diffuse(int species, std::vector<double> diffusivity);
    void add_boundary(int species, model::Side side, model::BoundaryKind kind, model::NodeId value,
                      model::NodeId coefficient = model::no_node);
    /// u' = -rate * u
    int add_decay(int species, double rate);

    /// A species that another system of the same place reads.
    model::NodeId field(int species) { return input(model::Input::Kind::field, species); }
    /// Integral, or mean, over the whole volume.
    model::NodeId integral(model::NodeId value, bool is_mean);

    /// Derives the systems. Call last.
    void finish();
};

/// A model on a grid with a stepper.
struct Rig {
    ModelBuilder& builder;
    tissue::Grid grid;
    tissue::FieldTable fields;
    std::vector<std::unique_ptr<kernel::Kernel>> kernels;
    std::unique_ptr<solver::Stepper> stepper;

    Rig(ModelBuilder& b, tissue::Grid g, const solver::StepperOptions& options = {});

    double& at(int species, std::size_t i_z, std::size_t i_y, std::size_t i_x);
    /// Fills a species with f(x, y, z) at cell centres.
    void fill(int species, const std::function<double(double, double, double)>& f);
    void fill_rest();
    /// Steps to `until`; returns the number of steps.
    int run(double until);
    /// Volume-weighted root mean square of the difference to f(x, y, z).
    double error(int species, const std::function<double(double, double, double)>& f);
    double minimum(int species);
    /// The whole state.
    std::vector<double> values() const;
    double worst_residual() const;
};

bool same_bits(const std::vector<double>& a, const std::vector<double>& b);

/// Grids of every geometry with cells of equal or (graded) growing size, one layer.
tissue::Grid make_grid(tissue::Geometry geometry, std::size_t n, bool periodic = false,
                       double length = 1.0);

}  // namespace neocol::test
