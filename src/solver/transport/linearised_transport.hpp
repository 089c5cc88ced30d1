#pragma once

#include <optional>
#include <span>
#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"
#include "discretisation/tiling.hpp"
#include "discretisation/worker.hpp"
#include "transport/faces.hpp"
#include "transport/split_factor.hpp"
#include "transport/tridiagonal_batch.hpp"

namespace neocol::solver {

/// Transport of one unknown whose coefficients differ from voxel to voxel, linearised at the start
/// of a step: its coefficients are frozen, taxis follows the gradients of that moment, first order
/// upwind,
///
///     flux = forward u_lower - backward u_upper,   forward, backward >= 0.
///
/// Its line factors along x, y and z are M-matrices.
class LinearisedTransport {
public:
    LinearisedTransport() = default;
    LinearisedTransport(const Discretisation& d, const Group& group);

    bool empty() const { return group_ == nullptr; }

    /// Takes the coefficients of the lower faces of row (z, y) of unknown s from the worker's
    /// window. \throws NumericsError  a diffusivity is negative or not finite
    void set_row(const Faces& faces, Worker& worker, std::size_t s, std::size_t i_z,
                 std::size_t i_y, double time);

    /// Factors I - gh A/S along each axis, with S as `damping` in build_split_factor.
    void factor(std::span<const double> damping, const WallConductances& sinks, double gh,
                int threads);

    /// Solves along one axis, in place; `field` starts with the first plane.
    void solve_x(double* field, int threads) const;
    void solve_y(double* field, int threads) const;
    void solve_z(double* field, int threads) const;

private:
    struct Axis {
        AlignedVector forward, backward, scale, lower, upper, border;
        bool used = false;
        void reserve(std::size_t size, bool periodic);
        LineBatchFactor factor_at(std::size_t offset);
        LineBatchFactor factor_at(std::size_t offset) const;
    };
    const Discretisation* d_ = nullptr;
    const Group* group_ = nullptr;
    Axis x_, y_, z_;
    std::vector<double> x_rate_, y_rate_, z_rate_;  ///< see LineBatch::rate
    std::vector<double> x_sink_, y_sink_, z_sink_;
    AlignedVector x_line_rate_;  ///< by row, padded

    /// Where the coefficients of a row's lower faces belong, see LineBatch: those along x one
    /// `lanes` apart, the others one after the other.
    struct Coefficients {
        double* forward = nullptr;
        double* backward = nullptr;
    };
    Coefficients x_coefficients(std::size_t i_z, std::size_t i_y);
    Coefficients coefficients(Axis& axis, std::size_t i_z, std::size_t i_y) const;
    void set_row_across(const Faces& faces, const Worker& worker, std::size_t s,
                        std::optional<AcrossFace> face, double conductance,
                        const Coefficients& out) const;
    void check_diffusivity(const Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                           double time) const;
    LineBatch x_lines(std::size_t i_batch) const;
    LineBatch y_lines(std::size_t i_z, std::size_t first, std::size_t width) const;
    LineBatch z_lines(std::size_t first, std::size_t width) const;
};

/// Linearises the unknowns of a group whose entry in `linearised` is not empty at a state.
/// \throws NumericsError  as LinearisedTransport::set_row
void linearise(const Discretisation& d, const Group& group, const Tiling& tiling,
               const StageState& state, std::vector<Worker>& workers, int threads,
               std::vector<LinearisedTransport>& linearised);

}  // namespace neocol::solver
