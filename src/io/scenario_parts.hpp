#pragma once

#include <string>
#include <vector>

#include <neocol/core/table_reader.hpp>

#include "scenario_draft.hpp"

/// The parts of a scenario file, each read by a function of its own.
namespace neocol::io::detail {

/// \param model  null if the model itself could not be read
void read_skin(ScenarioDraft& draft, const TableReader& root, const model::Model* model);
void read_regimen(ScenarioDraft& draft, const TableReader& root);
void read_domain(ScenarioDraft& draft, const TableReader& root);
void read_run(ScenarioDraft& draft, const TableReader& root);
void read_output(ScenarioDraft& draft, const TableReader& root, const model::Model* model);
/// [treatment]: parameters and switches that belong to a step of a session.
/// \param values  knows the units that the model declares
void read_treatment(ScenarioDraft& draft, const ValueReader& values, const DocumentNode& treatment,
                    const model::Model* model);
/// \param values  knows the units that the model declares. \pre the treatment is read
void read_parameters(ScenarioDraft& draft, const ValueReader& values,
                     const DocumentNode& parameters, const model::Model* model);

/// \param values  knows the units that the model declares
void read_inputs(ScenarioDraft& draft, const ValueReader& values, const DocumentNode& inputs,
                 const model::Model* model);

/// \pre skin, regimen and domain are read
void read_initial(ScenarioDraft& draft, const TableReader& root, const model::Model& model);

/// Gives the sessions whose depth follows from it the law of insertion: the model's numbers, those
/// set, and else those of the library's file. \pre parameters are read
void read_law_of_sessions(ScenarioDraft& draft, const DocumentNode& root,
                          const model::Model& model);

/// Adds the faults of a file that a scenario names, or where it is named if they have no place.
void add_faults_of_file(const ValueReader& values, const DocumentNode& name,
                        const InputError& error);

/// Reads a wound: `{ shape = "excision", radius = ..., depth = ... }`.
std::optional<treatment::Wound> read_wound(const TableReader& table);

/// The scenario as a text that says everything and needs no other file but the model.
std::string canonical_text(const simulation::Scenario& scenario, const model::Model& model);

}  // namespace neocol::io::detail
