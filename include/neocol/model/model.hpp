#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/error.hpp>
#include <neocol/core/time.hpp>
#include <neocol/core/units.hpp>
#include <neocol/core/words.hpp>
#include <neocol/model/expression.hpp>
#include <neocol/model/measure.hpp>

namespace neocol::model {

/// Where a field lives.
enum class Location { volume, surface, junction };

/// One value of a parameter that holds only for some layer, site, condition, phototype or age.
struct Variation {
    std::string axis;    ///< "layer", "site", "condition", "phototype" or "age"
    std::string key;     ///< name of the layer, site, ...; for age the age itself
    double age = 0.0;    ///< [d], where axis is "age": values between ages are interpolated
    double value = 0.0;  ///< internal units
};

/// A number the model reads, or a switch: a choice among named alternatives of a mechanism.
struct Parameter {
    /// One alternative of a switch; the switch's value is the position among them.
    struct Option {
        std::string name, meaning;
    };
    std::string name;
    Unit unit;
    double value = 0.0;               ///< internal units
    std::optional<double> low, high;  ///< plausible range, internal units
    std::string distribution;         ///< name of a Law, or empty
    std::vector<Variation> variations;
    std::vector<Option> options;  ///< of a switch; empty: a plain parameter
    std::vector<double> allowed;  ///< the values it may take, internal units; empty: any
    std::string meaning, source;
    std::string evidence;  ///< name of an Evidence
    std::string step;      ///< of a session that it belongs to ("anaesthesia"); empty: of none
    SourcePosition at;

    bool is_switch() const { return !options.empty(); }
    /// True if the parameter may take this value [internal units].
    bool admits(double candidate) const;
    /// Position of an option of a switch, -1 if there is none of this name.
    int find_option(std::string_view option_name) const;
    /// A value as the user writes it: a quantity, or the name of a switch's option.
    std::string text_of(double candidate) const;
};

/// A value computed once per layer from parameters, tissue properties and rest values.
struct Derived {
    std::string name;
    Unit unit;
    NodeId value = no_node;
    std::string text, meaning;
    SourcePosition at;
};

/// A named expression, put in where it is used; kept for `describe`.
struct Function {
    std::string name;
    std::vector<std::string> arguments;
    std::string text, meaning;
    SourcePosition at;
};

/// A quantity that the solver steps in time.
struct Species {
    std::string name;
    Unit unit;
    Location location = Location::volume;
    std::vector<bool> present;  ///< by Model::layers; surface fields: all true
    std::vector<NodeId> rest;   ///< by Model::layers; no_node where absent or without rest
    double scale = 1.0;         ///< typical size, internal units: what a tolerance refers to
    bool is_signed = false;     ///< may be below 0
    bool quasi_steady = false;  ///< solved, not stepped: 0 = transport + rates
    int tensor = -1;            ///< index into Model::tensors of which it is a component, -1: none
    std::vector<std::string> rest_text;  ///< as `rest`, as the user wrote it
    std::string meaning, source;
    SourcePosition at;
};

/// A symmetric tensor field. Its components are species of their own, `NAME_xx` and so on, which is
/// all that solver and results know of it.
struct Tensor {
    std::string name;
    Unit unit;
    /// Species of xx, yy, zz, xy, xz, yz; -1: 0 by symmetry about the x-z plane.
    std::array<int, 6> components{-1, -1, -1, -1, -1, -1};
    std::string meaning, source;
    SourcePosition at;

    /// True if every component has a species, as a `patch` needs it.
    bool is_full() const { return components[3] >= 0; }
};
/// Names of components, in order; in `single_channel` x is radial and y circumferential.
inline constexpr std::array<std::string_view, 6> tensor_components{"xx", "yy", "zz",
                                                                   "xy", "xz", "yz"};

/// Something that happens at a rate: one rate law, several species changed by it.
struct Process {
    std::string name;
    Location location = Location::volume;
    bool quasi_steady = false;  ///< changes a quasi-steady field, and nothing else
    NodeId rate = no_node;
    struct Change {
        int species = -1;        ///< index into Model::species
        NodeId yield = no_node;  ///< expression of inputs
        std::string text;        ///< of the yield
    };
    std::vector<Change> changes;
    std::vector<bool> active;  ///< by Model::layers
    std::string when;          ///< "clot_lysis = fast"; empty: whatever the switches are at
    NodeId runs = no_node;     ///< 1 where the switches let it run, else 0; no_node if none does
    int active_input = -1;     ///< input that is 1 where active, -1 if active everywhere
    std::string text, meaning, source;
    SourcePosition at;
};

struct Taxis {
    int toward = -1;               ///< species whose gradient is followed
    NodeId sensitivity = no_node;  ///< [mm2 d-1 per unit of `toward`]
    std::string text;
};

/// How one species moves. Volume species everywhere, surface fields within their plane.
struct Transport {
    int species = -1;
    NodeId diffusivity = no_node;  ///< [mm2 d-1]
    bool linear = true;            ///< the diffusivity contains no species
    bool relative_to_rest = false;
    std::vector<NodeId> partition;  ///< by layer; no_node means 1
    std::vector<std::string> partition_text;
    struct Interface {
        int upper_layer = -1;           ///< between layers upper_layer and upper_layer + 1
        NodeId permeability = no_node;  ///< [mm d-1]
        std::string text;
    };
    std::vector<Interface> interfaces;
    std::vector<Taxis> taxis;
    std::string text;
    SourcePosition at;
};

enum class BoundaryKind { no_flux, fixed, flux, robin };
enum class Side { top, bottom, outer };

/// Condition of one species on one side of the domain; sides not named have no flux.
///
/// fixed: u = value. flux: inward flux = value. robin: inward flux = coefficient * (value - u).
struct Boundary {
    int species = -1;
    Side side = Side::top;
    BoundaryKind kind = BoundaryKind::no_flux;
    NodeId value = no_node;        ///< may use inputs, time, coordinates and surface fields
    NodeId coefficient = no_node;  ///< robin: [mm d-1]
    std::string text;              ///< of value and coefficient
};

/// New value of a species right after a session, from the state just before it.
struct InjuryRule {
    int species = -1;
    NodeId value = no_node;
    std::string text;
};

/// A time that is set, or the value of a parameter.
struct EventTime {
    Time time;
    int parameter = -1;
};

/// One side of an event's condition: a factor times an observable or a parameter, or a value.
struct ConditionSide {
    double factor = 1.0;  ///< the value itself if there is neither [internal units]
    int observable = -1;
    int parameter = -1;
};

/// True once the left side lies above the right one, or below it.
struct Condition {
    ConditionSide left, right;
    bool above = true;
    std::string text;  ///< in words
};

/// A parameter that an event sets, in every layer, for the rest of the run.
struct ParameterRule {
    int parameter = -1;
    NodeId value = no_node;  ///< of parameters, derived values and properties of the layer
    std::string text;
};

/// Options of a switch, at any of which something holds.
struct SwitchOptions {
    int parameter = -1;
    std::vector<bool> options;
};

/// New values at times, before or after each session, or when a condition turns true.
struct Event {
    std::string name;
    std::vector<EventTime> times;
    std::optional<EventTime> every;           ///< again and again from the (only) time
    std::optional<EventTime> until;           ///< the last of these falls before or on it
    std::optional<EventTime> before_session;  ///< lead before each session
    std::optional<EventTime> after_session;   ///< delay after each session
    std::vector<SwitchOptions> switches;      ///< it happens where all of these hold
    std::string when_text;                    ///< of these, in words
    std::optional<Condition> when;
    std::vector<InjuryRule> changes;
    std::vector<ParameterRule> parameters;
    SourcePosition at;
};

enum class Reduction { mean, total, maximum, minimum };

/// Part of the domain an observable looks at.
struct Region {
    std::vector<bool> layers;        ///< by Model::layers; empty: all
    std::optional<double> from, to;  ///< depth [mm]
    bool wounded = false;            ///< weighted by the largest fraction ever wounded
};

/// A quantity followed in time.
struct Observable {
    std::string name;
    Unit unit;
    Location location = Location::volume;
    NodeId value = no_node;
    Reduction reduce = Reduction::mean;
    Region region;
    bool is_non_negative = false;  ///< whatever the species are, with parameters in their ranges
    std::string text, meaning, source;
    SourcePosition at;
};

/// A moment on the clock of a regimen.
struct Moment {
    enum class Origin { start, first_session, last_session, end };
    Origin origin = Origin::start;
    Time offset;
    bool by_default = false;  ///< nobody asked for it: a run without sessions takes its start
};

/// One number a run.
struct Outcome {
    std::string name;
    Unit unit;
    int observable = -1;
    Measure measure = Measure::value;
    Moment at_moment;                               ///< of value, change, relative_change
    Moment from{}, until{Moment::Origin::end, {}};  ///< the window of the others
    double threshold = 0.0;                         ///< internal units of the observable
    bool threshold_relative = false;                ///< threshold multiplies the baseline
    std::string meaning;
    SourcePosition at;
};

/// A physical bound that every state must keep; watched in every run.
struct Bound {
    std::string name;
    Unit unit;
    NodeId value = no_node;
    std::optional<double> at_least, at_most;  ///< internal units
    std::string text, meaning, source;
    SourcePosition at;
};

/// A quantity from outside the model, [input.NAME]: constant, unless a scenario gives its course.
struct External {
    std::string name;
    Unit unit;
    double value = 0.0;      ///< where no course is given, and at rest; internal units
    bool is_signed = false;  ///< may be below 0
    std::string meaning, source;
    SourcePosition at;
};

/// Everything a rate law may read beside the species.
struct Input {
    enum class Kind {
        parameter,      ///< index into Model::parameters
        derived,        ///< index into Model::derived
        rest,           ///< rest value of species `index`
        property,       ///< tissue property `name` of the layer
        active,         ///< 1 where process `index` runs, else 0
        coordinate,     ///< `name` is x, y, z or r [mm]
        time,           ///< [d]
        wound,          ///< `name` is wounded, removed, hole_radius or hole_depth; injury only
        adjacent,       ///< volume species `index` next to the surface field
        surface,        ///< surface field (species `index`) above or below the voxel
        field,          ///< volume species `index` of another system, in the same voxel
        integral,       ///< index into Model::integrals
        external,       ///< index into Model::externals
        external_rate,  ///< d/dt of external `index` [its unit per d]
    };
    Kind kind = Kind::parameter;
    int index = -1;
    std::string name;
};

/// A number made from the whole state: an integral or a mean over part of the tissue.
struct Integral {
    Location location = Location::volume;
    bool is_mean = false;
    std::vector<bool> layers;  ///< by Model::layers; on surfaces all
    NodeId value = no_node;    ///< of the system at the location
    std::string text;          ///< as the user wrote it
};

/// One nonzero of a sparse matrix of expressions.
struct Entry {
    int row = -1;
    int column = -1;
    NodeId value = no_node;
};

/// The local arithmetic of the fields of one location: what a kernel is made from.
///
/// `unknowns` lists species indices in order of the system; rows and columns below are positions in
/// that list, process numbers are positions in `processes`.
struct System {
    Location location = Location::volume;
    bool quasi_steady = false;  ///< 0 = transport + rates, where others have a rate of change
    std::vector<int> unknowns;
    std::vector<int> processes;
    std::vector<NodeId> rates;            ///< sum of yield * rate, per unknown
    std::vector<NodeId> process_rates;    ///< masked to the layers where the process runs
    std::vector<Entry> jacobian;          ///< d rates / d unknowns
    std::vector<Entry> process_jacobian;  ///< d process_rates / d unknowns
    std::vector<NodeId> time_derivative;  ///< d rates / d time; empty if autonomous
};

/// A checked model: units agree, names exist, nothing is cyclic.
struct Model {
    std::string name, title, summary;
    std::string text;                                   ///< as given
    std::string hash;                                   ///< of the text, 24 hex digits
    std::map<std::string, std::string> references;      ///< key -> citation
    std::map<std::string, std::string> declared_units;  ///< name -> meaning
    bool stationary = true;                             ///< rest is meant to be a fixed point
    bool subtract_balance = true;

    UnitSystem units;
    std::vector<std::string> layers;      ///< the layers the model speaks of; never empty
    std::vector<std::string> properties;  ///< tissue properties it reads, with units below
    std::vector<Unit> property_units;
    std::vector<Parameter> parameters;
    std::vector<External> externals;
    std::vector<Derived> derived;
    std::vector<Function> functions;
    std::vector<Species> species;
    std::vector<Tensor> tensors;
    std::vector<Process> processes;
    std::vector<Transport> transports;
    std::vector<Boundary> boundaries;
    std::vector<std::pair<int, NodeId>> initial;  ///< species -> expression of inputs, coordinates
    std::vector<std::pair<int, std::string>> initial_text;  ///< as `initial`, as the user wrote it
    std::vector<InjuryRule> injury;
    std::vector<Event> events;
    std::vector<Observable> observables;
    std::vector<Outcome> outcomes;
    std::vector<Bound> bounds;
    std::vector<Integral> integrals;

    /// Derived values and rest values in an order in which each needs only earlier ones:
    /// {Input::Kind::derived or rest, index}.
    std::vector<std::pair<Input::Kind, int>> static_order;

    Graph graph;
    std::vector<Input> inputs;
    /// Volume first, then the surface locations in use, then the quasi-steady fields if there are.
    std::vector<System> systems;

    /// Index of a species by name, -1 if there is none; likewise below.
    int find_species(std::string_view species_name) const;
    int find_parameter(std::string_view parameter_name) const;
    int find_tensor(std::string_view tensor_name) const;
    int find_observable(std::string_view observable_name) const;
    int find_layer(std::string_view layer_name) const;
};

}  // namespace neocol::model

namespace neocol {

template <>
inline constexpr auto words<model::Location> = std::to_array<Word<model::Location>>({
    {model::Location::volume, "volume", "in the tissue"},
    {model::Location::surface, "surface", "on the skin surface"},
    {model::Location::junction, "junction", "on the dermal-epidermal junction"},
});

template <>
inline constexpr auto words<model::Side> = std::to_array<Word<model::Side>>({
    {model::Side::top, "top", "the skin surface"},
    {model::Side::bottom, "bottom", "the lower end of the domain"},
    {model::Side::outer, "outer", "the wall around the domain"},
});

template <>
inline constexpr auto words<model::BoundaryKind> = std::to_array<Word<model::BoundaryKind>>({
    {model::BoundaryKind::no_flux, "no flux", "nothing passes"},
    {model::BoundaryKind::fixed, "fixed", "the species has a value there"},
    {model::BoundaryKind::flux, "flux", "so much enters"},
    {model::BoundaryKind::robin, "robin", "what enters is coefficient * (value - u)"},
});

template <>
inline constexpr auto words<model::Reduction> = std::to_array<Word<model::Reduction>>({
    {model::Reduction::mean, "mean", "over the region"},
    {model::Reduction::total, "total", "the integral over the region"},
    {model::Reduction::maximum, "maximum", "in the region"},
    {model::Reduction::minimum, "minimum", "in the region"},
});

template <>
inline constexpr auto words<model::Moment::Origin> = std::to_array<Word<model::Moment::Origin>>({
    {model::Moment::Origin::start, "start", "of the run"},
    {model::Moment::Origin::first_session, "first session", "its time"},
    {model::Moment::Origin::last_session, "last session", "its time"},
    {model::Moment::Origin::end, "end", "of the run"},
});

}  // namespace neocol
