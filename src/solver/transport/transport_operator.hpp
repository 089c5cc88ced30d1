#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"
#include "discretisation/worker.hpp"
#include "transport/faces.hpp"
#include "transport/flux_limiter.hpp"

namespace neocol::solver {

/// Transport of the unknowns of a group by diffusion and taxis on finite volumes,
///
///     du/dt = div(D w grad p - chi u grad c),   p = (u - reference)/w,
///
/// with the face values of u in the taxis flux reconstructed upwind under a flux limiter.
class TransportOperator {
public:
    TransportOperator(const Discretisation& d, std::size_t i_group, Reconstruction reconstruction);

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
    void diffuse_nonuniform(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                            double* out) const;
    void add_taxis(Worker& worker, std::size_t s, const TaxisTerm& taxis, std::size_t i_z,
                   std::size_t i_y, double* out) const;
    template <typename Visit>
    void visit_band_faces(Worker& worker, std::size_t s, std::size_t begin, std::size_t end,
                          double* out, const Visit& visit) const;
    void diffuse_nonuniform_band(Worker& worker, std::size_t s, std::size_t begin, std::size_t end,
                                 double* out) const;
    void add_taxis_band(Worker& worker, std::size_t s, const TaxisTerm& taxis, std::size_t begin,
                        std::size_t end, double* out) const;
};

}  // namespace neocol::solver
