#pragma once

#include <cstddef>
#include <vector>

#include <neocol/core/aligned.hpp>
#include <neocol/kernel/kernel.hpp>
#include <neocol/model/model.hpp>

namespace neocol::test {

/// A model of `n_species` in the volume with processes of random rate laws (every operation of the
/// language occurs), parameters, one coordinate and time; derivatives included.
model::Model random_model(unsigned seed, int n_species, int n_processes);

/// Fills `system`'s rates, Jacobians and time derivative from its process rates and the changes.
void complete_system(model::Model& model, model::System& system);

/// Arrays of random numbers that a kernel can be called on.
struct RandomRow {
    /// \param advancing  row constants vary from block to block too
    RandomRow(const model::Model& model, const model::System& system, unsigned seed,
              std::size_t n_blocks, bool advancing = false);

    kernel::Row row() const;
    std::size_t size() const { return n_blocks * lanes; }
    /// Unknowns (by species) and inputs of voxel i, as Graph::evaluate takes them.
    std::vector<double> unknowns_at(std::size_t i) const;
    std::vector<double> inputs_at(std::size_t i) const;

    std::size_t n_blocks = 0;
    std::size_t stride = 0;
    std::vector<int> unknowns;
    std::size_t n_species = 0;
    AlignedVector state, weights, vector;
    std::vector<AlignedVector> input_values;
    std::vector<const double*> inputs;
    std::vector<std::ptrdiff_t> advance;
};

/// Parameters at their values in a layer; species between a little below 0 and 1.5 scales, some 0.
RandomRow plausible_row(const model::Model& model, const model::System& system, int layer,
                        unsigned seed, std::size_t n_blocks);

}  // namespace neocol::test
