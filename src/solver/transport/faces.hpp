#pragma once

#include <optional>

#include "discretisation/discretisation.hpp"
#include "discretisation/worker.hpp"
#include "transport/face_values.hpp"

namespace neocol::solver {

/// The faces of the rows of a group with the values on both sides, from the window of a worker:
/// what fluxes of diffusion and taxis, and their linearisation, are evaluated on.
class Faces {
public:
    Faces(const Discretisation& d, const Group& group) : d_(d), group_(group) {}

    /// A row with two neighbours at both ends: wrapped, or its ends repeated.
    const double* widen(const double* row, AlignedVector& buffer) const;
    /// Faces along a row of unknown s, its coefficient from Program::coefficients; without target.
    AlongX along_x(Worker& worker, std::size_t s, std::size_t output, std::size_t i_z,
                   std::size_t i_y) const;
    /// The same of a row of a band: as outer faces are closed and what lies beyond is finite, it
    /// needs no halo.
    AlongX band_row(const Worker& worker, std::size_t s, std::size_t output, std::size_t i_z) const;

    /// Face i_face (between i_face - 1 and i_face) with everything but coefficient and target;
    /// nothing where it is closed.
    std::optional<AcrossFace> y_face(const Worker& worker, std::size_t s, std::size_t i_z,
                                     std::size_t i_face) const;
    std::optional<AcrossFace> z_face(const Worker& worker, std::size_t s, std::size_t i_face,
                                     std::size_t i_y) const;
    /// Fills in the coefficient of a face among the outputs of Program::coefficients.
    static void set_coefficient(const Worker& worker, std::size_t output, AcrossFace& face);
    /// Fills in what taxis follows; false if it is absent on one side.
    bool set_target(const Worker& worker, std::size_t target, AcrossFace& face) const;

private:
    const Discretisation& d_;
    const Group& group_;
};

}  // namespace neocol::solver
