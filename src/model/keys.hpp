#pragma once

#include <neocol/core/evidence.hpp>
#include <neocol/core/table.hpp>
#include <neocol/model/model.hpp>

/// What a model file may hold, table by table (docs/model-language.md).
namespace neocol {

/// What a species' rest state does to the balance of its processes.
enum class Balance { subtract, none };
template <>
inline constexpr auto words<Balance> = std::to_array<Word<Balance>>({
    {Balance::subtract, "subtract", "what processes sum up to at rest is taken off"},
    {Balance::none, "none", "rates act as they are written"},
});

enum class SpeciesKind { scalar, symmetric_tensor };
template <>
inline constexpr auto words<SpeciesKind> = std::to_array<Word<SpeciesKind>>({
    {SpeciesKind::scalar, "scalar", "a number at every place"},
    {SpeciesKind::symmetric_tensor, "symmetric tensor", "six numbers at every place"},
});

enum class TensorComponents { full, about_xz };
template <>
inline constexpr auto words<TensorComponents> = std::to_array<Word<TensorComponents>>({
    {TensorComponents::full, "full", "all six components"},
    {TensorComponents::about_xz, "about x-z", "those of a section: xx, yy, zz and xz"},
});

/// Fields in a plane live on one of these.
enum class Plane { surface, junction };
template <>
inline constexpr auto words<Plane> = std::to_array<Word<Plane>>({
    {Plane::surface, name_of(model::Location::surface), "on the skin surface"},
    {Plane::junction, name_of(model::Location::junction), "on the dermal-epidermal junction"},
});

namespace model::detail {

inline constexpr Key text_entry = keys::text("", "");
inline constexpr Key quantity_entry = keys::quantity("", quantities::any, limits::any, "");
inline constexpr Key expression_entry = keys::expression("", "");
inline constexpr Key layers_entry = keys::list("", text_entry, "layers, or groups before it");
inline constexpr Table layers_by_name{.others = &layers_entry};
inline constexpr Table texts_by_name{.others = &text_entry};
inline constexpr Table quantities_by_name{.others = &quantity_entry};
inline constexpr Table expressions_by_name{.others = &expression_entry};

inline constexpr Key meaning =
    keys::text("meaning", "what it is, in a line").required().such_as("\"...\"");
inline constexpr Key step =
    keys::text("step", "step of a session that it belongs to; scenarios set it in [treatment]");
inline constexpr Key source =
    keys::text("source", "where it comes from; a key of [references] may lead");
inline constexpr Key unit = keys::text("unit", "such as ng/mL, cell/mm3, 1 for a pure number")
                                .required()
                                .such_as("\"ng/mL\", \"cell/mm3\", \"1\" for a pure number, ...");
inline constexpr Key value =
    keys::expression("value", "an expression").required().such_as("\"...\"");
inline constexpr Key all_layers = keys::text("in", "\"all layers\"");
inline constexpr Key in_layers =
    keys::list("in", text_entry, "layers; all if left out").or_else(all_layers);

inline constexpr auto header_keys = std::to_array<Key>({
    keys::text("name", "of the model").required().such_as("\"wound_closure\""),
    keys::text("title", "what the model is, in a line").required().such_as("\"...\""),
    keys::text("summary", "what it says and does not say"),
    keys::flag("stationary", "the rest state is one of balance"),
    keys::choice<Balance>("balance", "balance", "of processes at rest"),
    keys::list("layers", text_entry, "of the skin, from the surface down"),
    keys::table("layer_groups", layers_by_name, "names for several layers at once"),
    keys::text("extends", "name of a model of which this one is the whole and more"),
    keys::list("include", text_entry, "files with more of the model, relative to this one"),
    keys::table("units", texts_by_name, "units of the model's own and what they mean"),
});
inline constexpr Table header_table{.meaning = "name, title and layers", .keys = header_keys};

inline constexpr auto variation_keys = std::to_array<Key>({
    keys::table("layer", quantities_by_name, "values by layer"),
    keys::table("site", quantities_by_name, "values by site"),
    keys::table("condition", quantities_by_name, "values by condition"),
    keys::table("phototype", quantities_by_name, "values by phototype, 1 to 6"),
    keys::table("age", quantities_by_name, "values by age, between which is interpolated"),
});
inline constexpr Table variation_table{.meaning = "values that hold only for some",
                                       .keys = variation_keys};
inline constexpr auto parameter_keys = std::to_array<Key>({
    keys::quantity("value", quantities::any, limits::any, "with its unit")
        .required()
        .such_as("\"2 ng/mL\", or a bare number if it has no unit"),
    meaning,
    keys::text("source", "where it comes from").required().such_as("\"...\""),
    keys::choice<Evidence>("evidence", "grade of evidence", "how well it is known").required(),
    keys::list("range", quantity_entry, "lowest and highest that are plausible"),
    keys::choice<Law>("distribution", "distribution", "within the range"),
    keys::list("options", quantity_entry, "the values it may take, in place of a range"),
    keys::table("by", variation_table, "values that hold only for some"),
    step,
});
inline constexpr Table parameter_table{.meaning = "a number that the model reads",
                                       .keys = parameter_keys};
inline constexpr Key parameter_entry = keys::table("", parameter_table, "a parameter");
inline constexpr Table parameters_table{.others = &parameter_entry};

inline constexpr Key named_options = keys::table("options", texts_by_name, "and what they mean");
inline constexpr auto switch_keys = std::to_array<Key>({
    meaning,
    source,
    keys::list("options", text_entry, "names of the alternatives")
        .or_else(named_options)
        .required()
        .such_as("[\"fast\", \"slow\"]"),
    keys::text("value", "the option that holds if nobody chooses").required(),
    step,
});
inline constexpr Table switch_table{.meaning = "a choice among alternatives", .keys = switch_keys};
inline constexpr Key switch_entry = keys::table("", switch_table, "a switch");
inline constexpr Table switches_table{.others = &switch_entry};

inline constexpr auto external_keys = std::to_array<Key>({
    keys::quantity("value", quantities::any, limits::any, "where no scenario gives its course")
        .required()
        .such_as("\"20 kPa\", or a bare number if it has no unit"),
    meaning,
    source,
    keys::flag("signed", "it may be negative"),
});
inline constexpr Table external_table{.meaning = "a quantity from outside the model",
                                      .keys = external_keys};
inline constexpr Key external_entry = keys::table("", external_table, "an input");
inline constexpr Table externals_table{.others = &external_entry};

inline constexpr auto derived_keys = std::to_array<Key>({meaning, unit, value});
inline constexpr Table derived_table{.meaning = "a value computed once per layer",
                                     .keys = derived_keys};
inline constexpr Key derived_entry = keys::table("", derived_table, "a derived value");
inline constexpr Table derived_values_table{.others = &derived_entry};

inline constexpr Key rest_by_layer = keys::table("rest", expressions_by_name, "by layer");
inline constexpr Key rest =
    keys::expression("rest", "value of skin at rest; \"none\" if it has none")
        .or_else(rest_by_layer);
inline constexpr Key scale =
    keys::quantity("scale", quantities::any, limits::any, "a usual size, for the error of a step");
inline constexpr Key is_signed = keys::flag("signed", "it may be negative");
inline constexpr auto scalar_keys = std::to_array<Key>({
    is_signed,
    keys::flag("quasi_steady", "its equation holds at every moment"),
});
inline constexpr auto tensor_keys = std::to_array<Key>({
    keys::choice<TensorComponents>("components", "choice of components", "that are solved"),
});
inline constexpr auto species_variants = std::to_array<Variant>({
    {name_of(SpeciesKind::scalar), scalar_keys},
    {name_of(SpeciesKind::symmetric_tensor), tensor_keys},
});
inline constexpr auto species_keys = std::to_array<Key>({
    keys::choice<SpeciesKind>("kind", "kind", "scalar if left out"),
    meaning,
    source,
    unit,
    in_layers,
    rest,
    scale,
});
inline constexpr Table species_table{.meaning = "a field in the tissue",
                                     .keys = species_keys,
                                     .by = "kind",
                                     .variants = species_variants};
inline constexpr Key species_entry = keys::table("", species_table, "a species");
inline constexpr Table all_species_table{.others = &species_entry};

inline constexpr auto surface_keys = std::to_array<Key>({
    keys::choice<Plane>("at", "place", "where it lives")
        .required()
        .such_as("\"surface\" or \"junction\""),
    meaning,
    source,
    unit,
    rest,
    scale,
    is_signed,
});
inline constexpr Table surface_table{.meaning = "a field in a plane", .keys = surface_keys};
inline constexpr Key surface_entry = keys::table("", surface_table, "a surface field");
inline constexpr Table surfaces_table{.others = &surface_entry};

inline constexpr auto function_keys = std::to_array<Key>({
    keys::list("arguments", text_entry, "names in its expression"),
    value,
    meaning,
});
inline constexpr Table function_table{.meaning = "a named expression", .keys = function_keys};
inline constexpr Key function_entry = keys::table("", function_table, "a function");
inline constexpr Table functions_table{.others = &function_entry};

inline constexpr Key location =
    keys::choice<Location>("at", "place", "where it runs; volume if left out");
inline constexpr Key one_option = keys::text("", "an option");
inline constexpr Key options_of_switch =
    keys::list("", text_entry, "options of the switch").or_else(one_option);
inline constexpr Table when_table{.others = &options_of_switch};
inline constexpr auto process_keys = std::to_array<Key>({
    location,
    meaning,
    source,
    keys::expression("rate", "an expression").required().such_as("\"...\""),
    keys::table("changes", expressions_by_name, "species and yields")
        .required()
        .such_as("{ species = 1 }"),
    in_layers,
    keys::table("when", when_table, "switches and the options at which it runs")
        .such_as("{ switch = \"option\" }"),
    keys::table("stops_below", expressions_by_name,
                "species and amounts below which the rate falls to 0")
        .such_as("{ species = \"0.1 ng/mL\" }"),
});
inline constexpr Table process_table{.meaning = "a rate and what it changes", .keys = process_keys};
inline constexpr Key process_entry = keys::table("", process_table, "a process");
inline constexpr Table processes_table{.others = &process_entry};

inline constexpr auto taxis_keys = std::to_array<Key>({
    keys::text("toward", "the species that is followed").required().such_as("\"pdgf\""),
    keys::expression("sensitivity", "speed per gradient").required().such_as("\"chi\""),
});
inline constexpr Table taxis_table{.meaning = "a drift up a gradient", .keys = taxis_keys};
inline constexpr auto transport_keys = std::to_array<Key>({
    keys::expression("diffusivity", "an expression in mm2/d")
        .required()
        .such_as("\"D\", with D in mm2/d"),
    keys::tables("taxis", taxis_table, "drifts up gradients"),
    keys::flag("relative_to_rest", "the difference from rest moves"),
    keys::table("partition", expressions_by_name, "coefficients by layer"),
    keys::table("permeability", expressions_by_name, "of interfaces, \"upper / lower\""),
});
inline constexpr Table transport_table{.meaning = "how a species moves", .keys = transport_keys};
inline constexpr Key transport_entry = keys::table("", transport_table, "how a species moves");
inline constexpr Table transports_table{.others = &transport_entry};

inline constexpr Key boundary_value = keys::expression("value", "at the wall").required();
inline constexpr auto value_keys = std::to_array<Key>({boundary_value});
inline constexpr auto robin_keys = std::to_array<Key>(
    {boundary_value,
     keys::expression("coefficient", "inward flux = coefficient * (value - u)").required()});
inline constexpr auto boundary_variants = std::to_array<Variant>({
    {name_of(BoundaryKind::no_flux), {}},
    {name_of(BoundaryKind::fixed), value_keys},
    {name_of(BoundaryKind::flux), value_keys},
    {name_of(BoundaryKind::robin), robin_keys},
});
inline constexpr auto condition_keys = std::to_array<Key>({
    keys::choice<BoundaryKind>("type", "boundary condition", "what holds at the wall").required(),
});
inline constexpr Table condition_table{.meaning = "a boundary condition",
                                       .keys = condition_keys,
                                       .by = "type",
                                       .variants = boundary_variants};
inline constexpr auto side_keys = std::to_array<Key>({
    keys::table(name_of(Side::top), condition_table, "at the skin surface"),
    keys::table(name_of(Side::bottom), condition_table, "at the lower end of the domain"),
    keys::table(name_of(Side::outer), condition_table, "at the wall around the domain"),
});
inline constexpr Table boundary_table{.meaning = "boundary conditions of a species",
                                      .keys = side_keys};
inline constexpr Key boundary_entry = keys::table("", boundary_table, "of a species");
inline constexpr Table boundaries_table{.others = &boundary_entry};

inline constexpr Key scalar_time = keys::scalar("at", "a time, or a parameter");
inline constexpr Key time_entry = keys::scalar("", "a time, or a parameter");
inline constexpr Key observed_condition =
    keys::text("when", "a condition of observables, such as \"depth > 0.5 mm\"");
inline constexpr auto event_keys = std::to_array<Key>({
    keys::list("at", time_entry, "times").or_else(scalar_time),
    keys::scalar("before_each_session", "lead before each session"),
    keys::scalar("after_each_session", "delay after each session"),
    keys::table("when", when_table, "switches and the options at which it happens")
        .or_else(observed_condition),
    keys::scalar("every", "between repetitions"),
    keys::scalar("until", "end of the repetitions"),
    keys::text("meaning", "what it is, in a line"),
    keys::table("changes", expressions_by_name, "species or parameters and their new values")
        .required()
        .such_as("{ species = \"new value\" }"),
});
inline constexpr Table event_table{.meaning = "new values at times", .keys = event_keys};
inline constexpr Key event_entry = keys::table("", event_table, "an event");
inline constexpr Table events_table{.others = &event_entry};

inline constexpr Key all_region_layers = keys::text("layers", "\"all layers\"");
inline constexpr auto observable_keys = std::to_array<Key>({
    location,
    meaning,
    source,
    keys::choice<Reduction>("reduce", "reduction", "over the region; mean if left out"),
    unit,
    value,
    keys::list("layers", text_entry, "that it looks at; all if left out")
        .or_else(all_region_layers),
    keys::list("depth", quantity_entry, "upper and lower depth"),
    keys::flag("wounded_only", "weighted by the largest fraction ever wounded"),
});
inline constexpr Table observable_table{.meaning = "a quantity followed in time",
                                        .keys = observable_keys};
inline constexpr Key observable_entry = keys::table("", observable_table, "an observable");
inline constexpr Table observables_table{.others = &observable_entry};

inline constexpr auto outcome_keys = std::to_array<Key>({
    meaning,
    keys::text("of", "an observable").required(),
    keys::choice<Measure>("measure", "measure", "what is taken of it").required(),
    unit,
    keys::text("at", "a moment, such as \"90 day after last session\" or \"end\""),
    keys::text("from", "start of the window; the first session if left out"),
    keys::text("until", "end of the window; that of the run if left out"),
    keys::quantity("threshold", quantities::any, limits::any, "in the observable's unit"),
    keys::quantity("threshold_relative", quantities::any, limits::any, "times the baseline"),
});
inline constexpr Table outcome_table{.meaning = "one number a run", .keys = outcome_keys};
inline constexpr Key outcome_entry = keys::table("", outcome_table, "an outcome");
inline constexpr Table outcomes_table{.others = &outcome_entry};

inline constexpr auto bound_keys = std::to_array<Key>({
    meaning,
    source,
    unit,
    value,
    keys::quantity("at_least", quantities::any, limits::any, "in the bound's unit"),
    keys::quantity("at_most", quantities::any, limits::any, "in the bound's unit"),
});
inline constexpr Table bound_table{.meaning = "a bound that every state must keep",
                                   .keys = bound_keys};
inline constexpr Key bound_entry = keys::table("", bound_table, "a bound");
inline constexpr Table bounds_table{.others = &bound_entry};

inline constexpr auto model_keys = std::to_array<Key>({
    keys::table("model", header_table, "name, title and layers"),
    keys::table("references", texts_by_name, "citations by key"),
    keys::table("properties", texts_by_name, "units of tissue properties that the model reads"),
    keys::table("parameter", parameters_table, "numbers that the model reads"),
    keys::table("switch", switches_table, "choices among alternatives"),
    keys::table("input", externals_table, "quantities from outside, whose course a scenario gives"),
    keys::table("derived", derived_values_table, "values computed once per layer"),
    keys::table("species", all_species_table, "fields in the tissue"),
    keys::table("surface", surfaces_table, "fields in a plane"),
    keys::table("function", functions_table, "named expressions"),
    keys::table("process", processes_table, "rates and what they change"),
    keys::table("transport", transports_table, "how species move"),
    keys::table("boundary", boundaries_table, "boundary conditions by species"),
    keys::table("initial", expressions_by_name, "values at the start, in place of rest"),
    keys::table("injury", expressions_by_name, "values right after a session"),
    keys::table("observable", observables_table, "quantities followed in time"),
    keys::table("event", events_table, "new values at times"),
    keys::table("outcome", outcomes_table, "one number a run each"),
    keys::table("bound", bounds_table, "bounds that every state must keep"),
});

}  // namespace model::detail
}  // namespace neocol
