#pragma once

#include <optional>

#include "discretisation.hpp"
#include "frozen_transport.hpp"
#include "stage.hpp"
#include "varying.hpp"

namespace neocol::solver {

/// What a thread needs while it works on a group.
struct Worker {
    RowBinder::Scratch binder;
    Window window;
    AlignedVector halo[3];      ///< rows with room for neighbours at both ends
    AlignedVector moved, back;  ///< rate of change by transport along one row; second such row
    AlignedVector derivative;   ///< [unknown][x]: d rates / d time of one row
    AlignedVector wall_values;  ///< [output][x], twice
    AlignedVector sums;         ///< [process][lane]
    AlignedVector linearised;   ///< [process][lane]
    AlignedVector lines;        ///< of the solver along x
    AlignedVector strip;        ///< [unknown][x] of a strip in the second pass

    Worker(const Discretisation& d, const Group& group, std::size_t strip_blocks);
};

/// How the unknowns of a group move: diffusion and taxis of one row at a time.
class Movement {
public:
    Movement(const Discretisation& d, std::size_t i_group, Reconstruction reconstruction);

    /// Rate of change of unknown s by transport along a row of the worker's window, into
    /// Worker::moved; false if there is none.
    bool row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y) const;

    /// Coefficients of the row's lower faces from the window's state, for the factors.
    /// \throws NumericsError  a diffusivity is negative or not finite
    void freeze(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y, double time,
                FrozenTransport& frozen) const;

private:
    const Discretisation& d_;
    const Group& group_;
    Reconstruction reconstruction_;

    const double* widen(const double* row, AlignedVector& buffer) const;
    /// Face i_face (between i_face - 1 and i_face) with everything but coefficient and target;
    /// nothing where it is closed.
    std::optional<AcrossFace> y_face(const Worker& worker, std::size_t s, std::size_t i_z,
                                     std::size_t i_face) const;
    std::optional<AcrossFace> z_face(const Worker& worker, std::size_t s, std::size_t i_face,
                                     std::size_t i_y) const;
    static void set_coefficient(const Worker& worker, std::size_t output, AcrossFace& face);
    bool set_target(const Worker& worker, std::size_t target, AcrossFace& face) const;
    template <typename Visit>
    void visit_faces(const Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                     const Visit& visit) const;
    AlongX along_x(Worker& worker, std::size_t s, std::size_t output, std::size_t i_z,
                   std::size_t i_y) const;
    void diffuse_row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y) const;
    void diffuse_varying(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y) const;
    void attract(Worker& worker, std::size_t s, const TaxisTerm& taxis, std::size_t i_z,
                 std::size_t i_y) const;
    void freeze_across(const Worker& worker, std::size_t s, std::optional<AcrossFace> face,
                       double conductance, const FrozenTransport::Faces& out) const;
    void check_diffusivity(const Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                           double time) const;
};

}  // namespace neocol::solver
