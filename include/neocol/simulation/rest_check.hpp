#pragma once

#include <string>
#include <vector>

#include <neocol/model/model.hpp>
#include <neocol/simulation/scenario.hpp>
#include <neocol/solver/environment.hpp>

namespace neocol::simulation {

/// What rest is like in one layer.
struct RestReport {
    std::string layer;
    struct Residual {
        std::string species;
        double residual = 0.0;  ///< net rate at rest over gross turnover (of all processes)
    };
    static constexpr double rounding = 1e-12;  ///< residuals up to it are no fault
    std::vector<Residual> residuals;           ///< of the species that live here, largest first
    /// Growth rate of the least stable small disturbance, over all wavenumbers tried [d-1].
    double growth_rate = 0.0;
    /// What an eigenvalue that is 0 may come out as beside the fastest rates there [d-1].
    double growth_rounding = 0.0;
    double wavelength = 0.0;               ///< of that disturbance [mm]; 0: uniform
    double shortest = 0.0, longest = 0.0;  ///< wavelengths tried beside the uniform one [mm]
    std::string species;  ///< which takes the largest part in it, relative to its scale
    struct Bound {
        std::string name;
        double value = 0.0;  ///< at rest, internal units
        bool satisfied = true;
    };
    std::vector<Bound> bounds;
    std::vector<std::string> negative_diffusivities;  ///< species whose diffusivity is below 0
};

/// Examines rest in every layer that `environment` fills: residuals, linear stability by wavenumber
/// (eigenvalues of reaction + transport; transport between layers is left out), bounds,
/// diffusivities.
///
/// Wavelengths are tried from 10 um to 100 mm, ten a decade, finer around the least stable; the
/// range reaches to twice each of `lengths`, the slowest waves of domains that long, and these are
/// tried themselves.
std::vector<RestReport> check_rest(const model::Model& model,
                                   const solver::Environment& environment,
                                   const std::vector<double>& lengths = {});

/// Rates at rest of a scenario's model, in a column of its skin where it has space, as a run
/// begins. \throws InputError  a rate is not finite, or a species that is meant to rest does not
void require_balance(const Scenario& scenario, const model::Model& model);

}  // namespace neocol::simulation
