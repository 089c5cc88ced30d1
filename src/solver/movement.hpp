#pragma once

#include <optional>

#include "discretisation.hpp"
#include "frozen_transport.hpp"
#include "stage.hpp"
#include "tiling.hpp"
#include "varying.hpp"

namespace neocol::solver {

/// What a thread needs while it works on a group.
struct Worker {
    RowBinder::Scratch binder;
    Window window;
    AlignedVector halo[3];      ///< rows with room for neighbours at both ends
    AlignedVector moved, back;  ///< rows for any use, the second longer by one
    AlignedVector movements;    ///< [unknown][value]: rate of change by transport of one piece
    std::vector<char> moves;    ///< by unknown: there is such a rate
    AlignedVector derivative;   ///< [unknown][value]: d rates / d time of one piece
    AlignedVector weights;      ///< volumes of the voxels of one piece
    AlignedVector wall_values;  ///< [output][x], twice
    AlignedVector sums;         ///< [process][lane]
    AlignedVector linearised;   ///< [process][lane]
    AlignedVector lines;        ///< of the solver along x
    AlignedVector strip;        ///< [unknown][x] of a strip in the second pass

    Worker(const Discretisation& d, const Group& group, const Tiling& tiling);
};

/// How the unknowns of a group move: diffusion and taxis.
class Movement {
public:
    Movement(const Discretisation& d, std::size_t i_group, Reconstruction reconstruction);

    /// Rate of change of unknown s by transport along a row of the worker's window; false if there
    /// is none.
    bool row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y, double* out) const;
    /// The same for all planes of a band that the window holds together.
    bool band(Worker& worker, std::size_t s, std::size_t begin, std::size_t end, double* out) const;

    /// Coefficients of the row's lower faces from the window's state, for the factors.
    /// \throws NumericsError  a diffusivity is negative or not finite
    void freeze(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y, double time,
                FrozenTransport& frozen) const;

private:
    const Discretisation& d_;
    const Group& group_;
    Reconstruction reconstruction_;
    /// By unknown: what DiffusionPlanes needs by plane, where there is one diffusivity a layer.
    struct Planes {
        std::vector<double> above, below, reference, inverse_weight;
    };
    std::vector<Planes> planes_;

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
    void visit_faces(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y, double* out,
                     const Visit& visit) const;
    AlongX along_x(Worker& worker, std::size_t s, std::size_t output, std::size_t i_z,
                   std::size_t i_y) const;
    void diffuse_row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                     double* out) const;
    void diffuse_varying(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                         double* out) const;
    void attract(Worker& worker, std::size_t s, const TaxisTerm& taxis, std::size_t i_z,
                 std::size_t i_y, double* out) const;
    AlongX band_row(const Worker& worker, std::size_t s, std::size_t output, std::size_t i_z) const;
    template <typename Visit>
    void visit_band_faces(Worker& worker, std::size_t s, std::size_t begin, std::size_t end,
                          double* out, const Visit& visit) const;
    void diffuse_varying_band(Worker& worker, std::size_t s, std::size_t begin, std::size_t end,
                              double* out) const;
    void attract_band(Worker& worker, std::size_t s, const TaxisTerm& taxis, std::size_t begin,
                      std::size_t end, double* out) const;
    void freeze_across(const Worker& worker, std::size_t s, std::optional<AcrossFace> face,
                       double conductance, const FrozenTransport::Faces& out) const;
    void check_diffusivity(const Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                           double time) const;
};

}  // namespace neocol::solver
