#pragma once

#include <vector>

#include <neocol/model/model.hpp>
#include <neocol/simulation/scenario.hpp>
#include <neocol/simulation/validate.hpp>

/// What a run may ask for: bounds that no sensible run meets, so that a slip of a unit is a message
/// and not a week or a full disk. The table in docs/reliability.md is this one.
namespace neocol::simulation::limits {

inline constexpr double voxels = 1e8;         ///< of the grid
inline constexpr double cells = 1e5;          ///< along one axis
inline constexpr double punctures = 1e6;      ///< of a session on a patch
inline constexpr double records = 1e6;        ///< of the observables
inline constexpr double record_values = 1e8;  ///< records times observables
inline constexpr double field_records = 1e5;
inline constexpr double result_bytes = 1e12;  ///< of the fields, before compression
inline constexpr double days = 365.25e3;      ///< of the run: a thousand years
inline constexpr double steps = 1e8;          ///< at least needed: run.until over largest_step
inline constexpr double cases = 1e7;          ///< of a study, a cohort, a sensitivity study

}  // namespace neocol::simulation::limits

namespace neocol::simulation {

/// Cells that a domain's spacing makes along depth and along x and y, about.
struct Cells {
    double z = 1.0, x = 1.0, y = 1.0;
    double all() const { return z * x * y; }
};
Cells count_cells(const Scenario& scenario);

/// Records of the observables, about.
double count_records(const Scenario& scenario);

/// Bytes of the fields of a result before compression.
double field_bytes(const Scenario& scenario, double voxels);

/// A fault for every limit that a scenario passes, with a way out.
void check_limits(const Scenario& scenario, const model::Model& model, std::vector<Fault>& faults);

}  // namespace neocol::simulation
