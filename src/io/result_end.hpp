#pragma once

#include <vector>

#include <neocol/io/hdf5.hpp>
#include <neocol/io/provenance.hpp>
#include <neocol/simulation/observer.hpp>

namespace neocol::io::detail {

/// Groups /outcomes, /budget and /bounds: what is known at the end.
void write_outcomes(const hdf5::Group& root, const model::Model& model,
                    const simulation::RunSummary& summary);
void write_budget(const hdf5::Group& root, const model::Model& model, const solver::Budget& budget);
void write_bounds(const hdf5::Group& root, const model::Model& model,
                  const std::vector<simulation::BoundReport>& bounds);

/// Group /provenance: what is known at the start, and what the end adds.
void write_provenance(const hdf5::Group& group, const simulation::RunContext& context,
                      const Provenance& provenance);
void finish_provenance(const hdf5::Group& group, const simulation::RunSummary& summary);

}  // namespace neocol::io::detail
