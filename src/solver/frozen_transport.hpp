#pragma once

#include <span>

#include <neocol/core/aligned.hpp>

#include "discretisation.hpp"
#include "factor.hpp"
#include "varying_lines.hpp"

namespace neocol::solver {

/// Transport of one unknown whose coefficients differ from voxel to voxel, frozen at the start of a
/// step: diffusion that depends on fields, and taxis with the gradients of that moment, first order
/// upwind. Its line factors along x, y and z are M-matrices.
class FrozenTransport {
public:
    FrozenTransport() = default;
    FrozenTransport(const Discretisation& d, const Group& group);

    bool empty() const { return group_ == nullptr; }

    /// Where the coefficients of a row's lower faces belong, see VaryingLines: those along x one
    /// `lanes` apart, the others one after the other.
    struct Faces {
        double* forward = nullptr;
        double* backward = nullptr;
    };
    Faces x_faces(std::size_t i_z, std::size_t i_y);
    Faces y_faces(std::size_t i_z, std::size_t i_y) { return at(y_, i_z, i_y); }
    Faces z_faces(std::size_t i_z, std::size_t i_y) { return at(z_, i_z, i_y); }

    /// Factors I - gh A/S along each axis, with S as `damping` in build_split_factor.
    void factor(std::span<const double> damping, const WallSinks& sinks, double gh, int threads);

    /// Solves along one axis, in place; `field` starts with the first plane.
    void solve_x(double* field, int threads) const;
    void solve_y(double* field, int threads) const;
    void solve_z(double* field, int threads) const;

private:
    struct Axis {
        AlignedVector forward, backward, scale, lower, upper, border;
        bool used = false;
        void reserve(std::size_t size, bool periodic);
        VaryingFactor factor_at(std::size_t offset);
        VaryingFactor factor_at(std::size_t offset) const;
    };
    const Discretisation* d_ = nullptr;
    const Group* group_ = nullptr;
    Axis x_, y_, z_;
    std::vector<double> x_rate_, y_rate_, z_rate_;  ///< see VaryingLines::rate
    std::vector<double> x_sink_, y_sink_, z_sink_;
    AlignedVector x_line_rate_;  ///< by row, padded

    Faces at(Axis& axis, std::size_t i_z, std::size_t i_y);
    VaryingLines x_lines(std::size_t i_batch) const;
    VaryingLines y_lines(std::size_t i_z, std::size_t first, std::size_t width) const;
    VaryingLines z_lines(std::size_t first, std::size_t width) const;
};

}  // namespace neocol::solver
