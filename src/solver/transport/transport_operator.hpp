#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"
#include "discretisation/worker.hpp"
#include "transport/faces.hpp"
#include "transport/taxis.hpp"

namespace neocol::solver {

/// How the unknowns of a group move: diffusion and taxis.
class Movement {
public:
    Movement(const Discretisation& d, std::size_t i_group, Reconstruction reconstruction);

    /// Rate of change of unknown s by transport along a row of the worker's window; false if there
    /// is none.
    bool row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y, double* out) const;
    /// The same for all planes of a band that the window holds together.
    bool band(Worker& worker, std::size_t s, std::size_t begin, std::size_t end, double* out) const;

private:
    const Discretisation& d_;
    const Group& group_;
    Reconstruction reconstruction_;
    Faces faces_;
    /// By unknown: what DiffusionPlanes needs by plane, where there is one diffusivity a layer.
    struct Planes {
        std::vector<double> above, below, reference, inverse_weight;
    };
    std::vector<Planes> planes_;

    template <typename Visit>
    void visit_faces(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y, double* out,
                     const Visit& visit) const;
    void diffuse_row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                     double* out) const;
    void diffuse_varying(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                         double* out) const;
    void attract(Worker& worker, std::size_t s, const TaxisTerm& taxis, std::size_t i_z,
                 std::size_t i_y, double* out) const;
    template <typename Visit>
    void visit_band_faces(Worker& worker, std::size_t s, std::size_t begin, std::size_t end,
                          double* out, const Visit& visit) const;
    void diffuse_varying_band(Worker& worker, std::size_t s, std::size_t begin, std::size_t end,
                              double* out) const;
    void attract_band(Worker& worker, std::size_t s, const TaxisTerm& taxis, std::size_t begin,
                      std::size_t end, double* out) const;
};

}  // namespace neocol::solver
