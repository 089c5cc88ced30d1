#include "read_model.hpp"

#include <neocol/model/parse.hpp>

#include "bound_reader.hpp"
#include "boundary_reader.hpp"
#include "definition_reader.hpp"
#include "event_reader.hpp"
#include "external_reader.hpp"
#include "header_reader.hpp"
#include "keys.hpp"
#include "new_value_reader.hpp"
#include "observable_reader.hpp"
#include "outcome_reader.hpp"
#include "parameter_reader.hpp"
#include "process_reader.hpp"
#include "species_reader.hpp"
#include "switch_reader.hpp"
#include "transport_reader.hpp"

namespace neocol::model {

constinit const Table model_table{.meaning = "A model: species, processes and what is read off",
                                  .keys = detail::model_keys};

namespace {

/// Reads every entry of a section.
template <typename Section>
void read_entries(ModelDraft& draft, Section reader, const char* section) {
    for (const auto& [name, table] : draft.entries(section))
        reader.read(name, table);
}

}  // namespace

void read_model(const Document& document, Model& model, Diagnostics& diagnostics,
                Functions functions) {
    ModelDraft draft(document, model, diagnostics);
    HeaderReader(draft).read();
    read_entries(draft, ParameterReader(draft), "parameter");
    read_entries(draft, SwitchReader(draft), "switch");
    read_entries(draft, ExternalReader(draft), "input");
    DefinitionReader definitions(draft);
    SpeciesReader species(draft);
    for (const auto& [name, table] : draft.entries("derived"))
        definitions.declare_derived(name, table);
    for (const auto& [name, table] : draft.entries("species"))
        species.declare(name, table, false);
    for (const auto& [name, table] : draft.entries("surface"))
        species.declare(name, table, true);
    for (const auto& [name, table] : draft.entries("function"))
        definitions.declare_function(name, table);
    if (model.species.empty())
        diagnostics.add({{document.path(), 0, 0, 1},
                         "the model has no species",
                         {},
                         "add [species.NAME] with unit and meaning"});

    definitions.read_derived();
    species.read_rests();
    read_entries(draft, ProcessReader(draft), "process");
    read_entries(draft, TransportReader(draft), "transport");
    read_entries(draft, BoundaryReader(draft), "boundary");
    NewValueReader new_values(draft);
    new_values.read_initial();
    new_values.read_injury();
    read_entries(draft, ObservableReader(draft), "observable");
    read_entries(draft, EventReader(draft, new_values), "event");
    read_entries(draft, OutcomeReader(draft), "outcome");
    read_entries(draft, BoundReader(draft), "bound");
    if (functions == Functions::all) draft.compiler.check_unused_functions();
    check_keys(document.root(), model_table, diagnostics);
}

}  // namespace neocol::model
