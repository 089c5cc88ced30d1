#pragma once

#include <cstddef>

#include "transport/face_values.hpp"
#include "transport/flux_limiter.hpp"

namespace neocol::solver {

/// Adds -d/dx(chi u dc/dx) along the row: chi its coefficient, c what taxis follows, u at faces
/// reconstructed from the upwind side. `fluxes` holds count + 1 numbers.
void taxis_along(double* out, double* fluxes, const AlongX& row, Reconstruction reconstruction,
                 std::size_t count);
/// The same for what goes through a face across: from the lower row to the upper one.
void taxis_across(double* lower, double* upper, const AcrossFace& face,
                  Reconstruction reconstruction, std::size_t count);

/// Adds the coefficients of a linear flux forward u_lower - backward u_upper of taxis, upwind of
/// first order, to those of the lower face of every voxel of the row, or of every voxel of a face
/// across. `u` is not looked at.
void add_taxis_coefficients(double* forward, double* backward, const AlongX& row,
                            std::size_t count);
void add_taxis_coefficients(double* forward, double* backward, const AcrossFace& face,
                            std::size_t count);

}  // namespace neocol::solver
