#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <neocol/core/table_reader.hpp>
#include <neocol/model/model.hpp>

#include "compiler.hpp"
#include "parse_document.hpp"

namespace neocol::model {

/// Turns a document into a Model: first every name with its unit, then every expression. Faults are
/// collected; what depends on a faulty entry is read as far as it makes sense.
class Reader {
public:
    Reader(const Document& document, Model& model, Diagnostics& diagnostics, Functions functions);
    void read();

private:
    using Entries = std::vector<std::pair<std::string, TableReader>>;

    const Document& document_;
    Model& model_;
    Diagnostics& diagnostics_;
    Functions functions_;
    ValueReader values_;
    TableReader root_;
    Compiler compiler_;
    std::set<std::string> units_used_;
    std::map<std::string, std::vector<bool>> layer_groups_;
    std::set<std::string> too_many_;  ///< what was reported so

    // reader.cpp: asking the document
    Entries section(const std::string& name);
    /// A fault if an entry cannot become a dataset or column of this name.
    void check_stored_name(const std::string& section, const std::string& name,
                           const DocumentNode& entry);
    /// A source, whose reference must be known if it starts with one.
    std::string source(const TableReader& table);
    std::optional<Unit> unit(const TableReader& table);
    Unit coherent(const Dimension& dimension) const { return model_.units.coherent(dimension); }
    /// A fault at the first that passes a limit, once.
    void too_many(const DocumentNode& node, const std::string& what, std::size_t most);
    /// Layers named in a list; all if the node is absent.
    std::vector<bool> layer_list(const DocumentNode& node);
    int layer(const DocumentNode& table, const std::string& name);
    int species(const DocumentNode& at, const std::string& name, bool at_key);
    std::vector<std::string> species_names() const;
    /// Compiles an expression that must have the dimension of `due`.
    NodeId expression(const DocumentNode& node, const Context& context, const Unit& due,
                      const std::string& subject);
    Location location(const TableReader& table);

    // read_values.cpp: what has a value
    void read_header();
    void read_layer_groups(const TableReader& table);
    void check_included(const DocumentNode& list);
    void read_units(const TableReader& table);
    void read_references();
    void read_properties();
    void read_parameter(const std::string& name, const TableReader& table);
    void read_range(Parameter& parameter, const TableReader& table);
    void read_variations(Parameter& parameter, const TableReader& table);
    void read_allowed(Parameter& parameter, const TableReader& table);
    void declare_derived(const std::string& name, const TableReader& table);
    void declare_function(const std::string& name, const TableReader& table);
    void declare_species(const std::string& name, const TableReader& table, bool is_surface);
    void read_derived();
    void read_species();
    void read_rest(Species& species, const TableReader& table);

    // read_switches.cpp: alternatives
    void read_switch(const std::string& name, const TableReader& table);
    std::vector<Parameter::Option> read_options(const TableReader& table);
    void read_when(Process& process, const TableReader& table);
    /// `stops_below`: the rate falls to 0 with what the process takes from.
    void read_stops(Process& process, const TableReader& table);
    /// A rate where the switches let the process run, 0 elsewhere.
    NodeId masked(const Process& process, NodeId rate);

    // read_tensors.cpp: symmetric tensors, component by component
    void declare_tensor(const std::string& name, const TableReader& table);
    void read_tensor_rest(const Tensor& tensor, const TableReader& table);
    void read_tensor_process(const Process& process, const Typed& rate, const TableReader& table);
    /// Compiles an expression that must be a tensor of the dimension of `due`; six components.
    std::vector<NodeId> tensor_expression(const DocumentNode& node, const Context& context,
                                          const Unit& due, const std::string& subject);
    /// New values of a species, or of every component of a tensor.
    std::vector<InjuryRule> rules(const std::string& name, const DocumentNode& node,
                                  Context context);
    void read_tensor_yield(Process& process, const Tensor& tensor, const Typed& rate,
                           const DocumentNode& node);
    Process tensor_component(const Process& process, std::size_t component) const;

    // read_dynamics.cpp: what happens
    void read_process(const std::string& name, const TableReader& table);
    bool changes_quasi_steady(const TableReader& table) const;
    void read_changes(Process& process, const Typed& rate, const TableReader& table);
    void read_activity(Process& process, const TableReader& table);
    void read_transport(const std::string& name, const TableReader& table);
    bool varies_in_a_layer(NodeId root) const;
    void read_taxis(Transport& transport, const std::vector<TableReader>& list);
    void read_interfaces(Transport& transport, const TableReader& table);
    void read_boundary(const std::string& name, const TableReader& table);
    void read_side(int species, Side side, const TableReader& table);

    // read_events.cpp: what starts, wounds and interrupts
    void read_initial();
    void read_injury();
    void read_event(const std::string& name, const TableReader& table);
    void read_event_time(Event& event, const TableReader& table);
    std::optional<EventTime> event_time(const DocumentNode& node, const std::string& what,
                                        bool above_zero);
    void read_condition(Event& event, const DocumentNode& node);
    std::optional<ConditionSide> condition_side(std::string_view text, std::size_t start,
                                                const DocumentNode& node, Unit& unit);
    /// Of an event; none if it may not be changed.
    std::optional<ParameterRule> parameter_rule(int index, const DocumentNode& node);
    InjuryRule rule(const std::string& name, const DocumentNode& node, Context context);

    // read_outputs.cpp: what is read off
    void read_observable(const std::string& name, const TableReader& table);
    void read_region(Observable& observable, const TableReader& table);
    void read_outcome(const std::string& name, const TableReader& table);
    void read_outcome_window(Outcome& outcome, const TableReader& table);
    void check_outcome_unit(const Outcome& outcome, const TableReader& table);
    void read_threshold(Outcome& outcome, const TableReader& table);
    std::optional<Moment> moment(const DocumentNode& node);
    void read_bound(const std::string& name, const TableReader& table);
};

/// `text` without blanks at its ends.
std::string_view trim(std::string_view text);

/// Text of an expression node as the user wrote it.
std::string written(const DocumentNode& node);

// systems.cpp
/// Order of derived and rest values; a fault for every circle.
void order_static_values(Model& model, const Document& document, Diagnostics& diagnostics);
/// Scales of species that gave none: the largest rest value.
void set_default_scales(Model& model, const Document& document, Diagnostics& diagnostics);
/// One scale for all components of a tensor: the largest.
void set_tensor_scales(Model& model, const Document& document, Diagnostics& diagnostics);
/// Rates, Jacobians and derivatives of every location in use.
void build_systems(Model& model);

// losses.cpp
/// A fault for every species that may not be negative and that processes or walls take from where
/// there is none. Rates are examined where the species is 0: by interval arithmetic, and where that
/// cannot tell, at a sample of points.
void check_losses(const Model& model, const Document& document, Diagnostics& found);

}  // namespace neocol::model
