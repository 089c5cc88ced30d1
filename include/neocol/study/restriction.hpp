#pragma once

#include <string>
#include <vector>

#include <neocol/core/json.hpp>
#include <neocol/kernel/compiled.hpp>
#include <neocol/model/model.hpp>
#include <neocol/model/restrict.hpp>

namespace neocol::study {

class CaseRunner;

/// Which species of a model the cases of a plan solve: decided once, for all of them.
struct Restriction {
    std::string model;       ///< its name
    std::string model_hash;  ///< of the whole model
    std::size_t n_species = 0, n_solved = 0;
    std::vector<std::string> left_out;  ///< names of species, surface fields and tensors
};

/// Leaves out of a model what cannot influence what is kept of the cases. Names that this model
/// does not have ask nothing of it: a study may have several models.
Restriction restrict_to(const model::Model& whole, const model::Wanted& outputs);

/// The same with nothing left out.
Restriction whole_model(const model::Model& whole);

/// Leaves out of all cases of a model what nothing that is kept of them depends on; nothing where
/// what is left cannot be compiled, which `compile->warn` is told. \param compile  null: cases are
/// interpreted \pre no case of the model was run yet; may be called with further runners
Restriction solve_only(const std::vector<CaseRunner*>& runners, const model::Model& whole,
                       const model::Wanted& outputs, const kernel::CompileOptions* compile);

/// "solves 14 of 31 species: a, b and c are left out, as nothing that is kept depends on them".
std::string to_text(const Restriction& restriction);
JsonObject to_json(const Restriction& restriction);

}  // namespace neocol::study
