#pragma once

#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"

namespace neocol::solver {

/// Rates at rest, which the integrator subtracts from every voxel so that rest is a fixed point to
/// the last bit: evaluated by the same kernel as the rates themselves.
///
/// One row a layer, or a full field where rates depend on coordinates; zero where rest is not
/// declared a fixed point.
class RestBalance {
public:
    /// \param rest  a state at rest, algebraic variables included
    /// \throws InputError  a rate at rest is more than rounding of the turnover there
    RestBalance(const Discretisation& d, const AlignedVector& rest);

    /// Residual of unknown s along row (z, y), padded; where ny is 1, those of the rows below
    /// follow.
    const double* row(std::size_t group, std::size_t s, std::size_t i_z, std::size_t i_y) const {
        const Table& t = tables_[group];
        return t.values.data() + s * t.stride + i_z * t.z_stride + i_y * t.y_stride;
    }
    /// Distance of unknowns.
    std::size_t stride(std::size_t group) const { return tables_[group].stride; }
    /// Integral of the residual over the domain, by unknown [content d-1].
    const std::vector<double>& total(std::size_t group) const { return tables_[group].total; }

private:
    struct Table {
        AlignedVector values;
        std::size_t stride = 0, z_stride = 0, y_stride = 0;
        std::vector<double> total;
    };
    std::vector<Table> tables_;

    static Table evaluate(const Discretisation& d, const Group& group, const double* rest);
};

/// \param process_rates  of a system at rest in a layer, by System::processes
/// \param residual       sum of yield * rate, by System::unknowns
/// \param turnover       sum of |yield * rate|
/// \throws InputError    a rate is not finite, or a residual more than rounding of the turnover
void check_rest(const model::Model& model, const model::System& system, std::size_t layer,
                const std::vector<double>& process_rates, const std::vector<double>& residual,
                const std::vector<double>& turnover);

/// A state with every field at rest, padding included.
AlignedVector state_at_rest(const Discretisation& d);

}  // namespace neocol::solver
