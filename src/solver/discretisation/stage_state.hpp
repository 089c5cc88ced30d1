#pragma once

#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"

namespace neocol::solver {

/// Stages of a step, see RosenbrockTableau.
inline constexpr std::size_t n_stages = 4;

/// Distance between the unknowns of a plane of that size in a buffer: an odd number of cache lines,
/// so that they do not collide in the cache.
constexpr std::size_t buffer_stride(std::size_t plane) {
    return (plane / lanes | 1) * lanes;
}

/// The state a stage is evaluated at, u + sum_j a_j U_j, never stored as a whole: only its surface
/// fields and the volume planes that touch them are.
class StageState {
public:
    explicit StageState(const Discretisation& d);

    /// \param increments  U_0 ... U_{n-1}, in the layout of a state; n = 0 is u itself
    void set(const double* u, const double* const* increments, const double* a, std::size_t n,
             double time);

    double time() const { return time_; }
    /// First unknown of a plane of a group, formed into `buffer` (n_unknowns * buffer_stride)
    /// unless it is in memory already; `stride` is set to the distance of unknowns.
    const double* plane(const Group& group, std::size_t i_z, double* buffer,
                        std::size_t buffer_stride, std::size_t& stride) const;
    /// Strip of a plane for the binder, with everything else a rate may read.
    RowBinder::Strip strip(const Group& group, std::size_t i_z, const double* plane,
                           std::size_t stride, std::size_t first, std::size_t n_blocks) const;
    const double* u() const { return u_; }
    /// The state at `count` values from `offset` on.
    void form(std::size_t offset, std::size_t count, double* out) const;
    /// From now until the next `set`: the whole state that quasi-steady fields and integrals are
    /// read from; else it is u.
    void read_algebraic(const double* values) { values_ = values; }

private:
    const Discretisation& d_;
    const double *u_ = nullptr, *values_ = nullptr;
    const double* increments_[n_stages] = {};
    double a_[n_stages] = {};
    std::size_t n_ = 0;
    double time_ = 0.0;
    AlignedVector surfaces_;
    std::vector<AlignedVector> adjacent_;  // by group
    std::size_t buffer_stride_ = 0;
};

}  // namespace neocol::solver
