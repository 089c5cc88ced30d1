#pragma once

#include <neocol/treatment/wound.hpp>

#include "device_keys.hpp"

/// What a scenario file may hold, table by table (docs/scenario-file.md).
namespace neocol {

/// The lateral walls of a domain.
enum class LateralWalls { periodic, mirrored };
template <>
inline constexpr auto words<LateralWalls> = std::to_array<Word<LateralWalls>>({
    {LateralWalls::periodic, "periodic", "what leaves on one side comes in on the other"},
    {LateralWalls::mirrored, "mirrored", "nothing passes: the skin goes on as in a mirror"},
});

/// How records of observables are spread.
enum class RecordTimes { dense, common };
template <>
inline constexpr auto words<RecordTimes> = std::to_array<Word<RecordTimes>>({
    {RecordTimes::dense, "dense", "a minute, an hour, ... after every jump too"},
    {RecordTimes::common, "common", "only those that all runs of a study share"},
});

/// What holds before the first and after the last time of an input's table.
enum class Outside { refuse, hold };
template <>
inline constexpr auto words<Outside> = std::to_array<Word<Outside>>({
    {Outside::refuse, "refuse", "the table has to cover the whole run"},
    {Outside::hold, "hold", "the first and the last value hold"},
});

namespace io::detail {

inline constexpr auto skin_keys = std::to_array<Key>({
    keys::text("site", "a site file: cheek, back, ...").such_as("\"cheek\""),
    keys::text("condition", "one of the site's conditions; normal if left out"),
    keys::quantity("age", quantities::duration, limits::not_negative, "of the person"),
    keys::quantity("compliance", quantities::pure, limits::positive,
                   "how far the skin gives way before it is pierced, 1 for relaxed skin"),
    keys::whole("phototype", 0, 6, "Fitzpatrick's phototype, 1 to 6"),
    keys::tables("layers", layer_table, "layers from the surface down, in place of a site"),
});
inline constexpr Table skin_table{.meaning = "the skin that is treated", .keys = skin_keys};

inline constexpr auto scenario_device_keys = keys::join(
    std::to_array<Key>({
        keys::text("name", "a device file: roller_192, pen_36, ..."),
        keys::text("label", "what a device that is described here is called"),
        keys::quantity("needle_length", quantities::length, limits::positive, "of the needles"),
    }),
    device_keys);
inline constexpr Table scenario_device_table{.meaning = "the device", .keys = scenario_device_keys};

/// Keys that [regimen] and [[session]] share: what kind of wound is made.
inline constexpr auto dose_keys = std::to_array<Key>({
    keys::quantity("puncture_density", quantities::density, limits::not_negative,
                   "punctures per area of skin, by one session"),
    keys::quantity("passes", quantities::pure, limits::not_negative,
                   "of the device, in place of a density"),
    keys::table("wound", treatment::wound_table, "a wound in place of the device's channels"),
    keys::text("punctures_from", "a result whose punctures are made again"),
});
inline constexpr auto regimen_keys = keys::join(
    std::to_array<Key>({
        keys::whole("sessions", 0, 10'000, "number of equal sessions"),
        keys::time("spacing", limits::positive, "between sessions").such_as("\"4 week\""),
        keys::time("start", limits::not_negative, "of the first session; 0 day if left out"),
    }),
    dose_keys);
inline constexpr Table regimen_table{.meaning = "the course of sessions", .keys = regimen_keys};

inline constexpr Key channel_length_key =
    keys::quantity("", quantities::length, limits::not_negative, "of a channel");
inline constexpr Key channel_share_key =
    keys::quantity("", quantities::pure, limits::share, "of a channel");
inline constexpr auto positions_keys = std::to_array<Key>({
    keys::list("x", channel_length_key, "of the channels' axes"),
    keys::list("y", channel_length_key, "of the channels' axes"),
    keys::list("surface_radius", channel_length_key, "of the holes"),
    keys::list("depth", channel_length_key, "of the channels"),
    keys::list("taper_start", channel_share_key, "share of the depth at which they narrow"),
});
inline constexpr Table positions_table{.meaning = "channels one by one", .keys = positions_keys};

inline constexpr auto session_keys = keys::join(
    std::to_array<Key>({
        keys::time("at", limits::not_negative, "when it is").required().such_as("\"4 week\""),
        keys::table("device", scenario_device_table, "what differs from the course's device"),
        keys::quantity("needle_length", quantities::length, limits::positive,
                       "in place of the device's"),
        keys::table("positions", positions_table, "channels one by one"),
    }),
    dose_keys);
inline constexpr Table session_table{.meaning = "one session", .keys = session_keys};

inline constexpr auto spacing_keys = std::to_array<Key>({
    keys::quantity("smallest", quantities::length, limits::positive, "at the skin surface")
        .required()
        .such_as("\"10 um\""),
    keys::quantity("largest", quantities::length, limits::positive, "deep down"),
    keys::quantity("growth", quantities::pure, Limits{.at_least = 1.0, .at_most = 2.0},
                   "from voxel to voxel"),
    keys::quantity("fine_to", quantities::length, limits::not_negative,
                   "depth at which they begin to grow"),
});
inline constexpr Table spacing_table{.meaning = "voxels that grow with depth",
                                     .keys = spacing_keys};
inline constexpr Key graded_spacing =
    keys::table("spacing", spacing_table, "voxels that grow with depth");
inline constexpr auto domain_keys = std::to_array<Key>({
    keys::choice<tissue::Geometry>("geometry", "geometry", "in which the equations are solved")
        .required(),
    keys::quantity("spacing", quantities::length, limits::positive,
                   "edge of a voxel; 20 um if left out")
        .or_else(graded_spacing),
    keys::quantity("thickness", quantities::length, limits::positive,
                   "from the surface down; the skin's, 3 mm at most, if left out"),
    keys::quantity("width", quantities::length, limits::positive,
                   "of a patch or section; radius of a single channel's territory"),
    keys::quantity("length", quantities::length, limits::positive, "of a patch along y"),
    keys::choice<LateralWalls>("lateral", "lateral boundary", "walls of a patch or section"),
    keys::flag("lateral_mix", "single_channel: average over the territory between sessions"),
    keys::text("layer", "well_mixed: the layer it stands for"),
});
inline constexpr Table domain_table{.meaning = "where and how finely the equations are solved",
                                    .keys = domain_keys};

inline constexpr auto run_keys = std::to_array<Key>({
    keys::time("until", limits::positive, "end of the run").required().such_as("\"52 week\""),
    keys::quantity("tolerance", quantities::pure, Limits{.above = 0.0, .at_most = 0.1},
                   "relative error of a step; 1e-4 if left out"),
    keys::quantity("largest_step", quantities::duration, limits::positive, "30 day if left out"),
    keys::whole("seed", 0, std::numeric_limits<std::int64_t>::max(), "of every random choice"),
});
inline constexpr Table run_table{.meaning = "how long and how exactly", .keys = run_keys};

inline constexpr Key field_key = keys::text("", "a species or tensor");
inline constexpr Key field_time_key = keys::time("", limits::not_negative, "when it is stored");
inline constexpr Key record_time_key = keys::time("", limits::not_negative, "when it is made");
inline constexpr auto output_keys = std::to_array<Key>({
    keys::time("every", limits::positive, "between records of observables; 1 day if left out"),
    keys::choice<RecordTimes>("times", "choice of times", "how records are spread"),
    keys::list("also_at", record_time_key, "further times of records of observables"),
    keys::list("fields", field_key, "species whose fields are stored"),
    keys::list("field_times", field_time_key, "when fields are stored"),
    keys::flag("just_after_sessions", "fields right after a session too"),
});
inline constexpr Table output_table{.meaning = "what is stored", .keys = output_keys};

inline constexpr Key parameter_key =
    keys::scalar("", "in place of the model's value, or an option of a switch");
inline constexpr Table parameters_table{.meaning = "parameters of the model by name",
                                        .others = &parameter_key};

inline constexpr Table treatment_table{
    .meaning = "what is done in a session beside the needles, as the model offers it",
    .others = &parameter_key};

inline constexpr Key input_time_key = keys::quantity("", quantities::duration, limits::any, "");
inline constexpr Key input_depth_key =
    keys::quantity("", quantities::length, limits::not_negative, "");
inline constexpr Key input_value_key = keys::scalar("", "in the unit of the input");
inline constexpr auto input_keys = std::to_array<Key>({
    keys::text("table", "a file of comma-separated values, relative to the scenario"),
    keys::text("column", "of the values; named as the input if left out"),
    keys::text("unit", "of the values, if their heading does not say it: po2 [kPa]"),
    keys::text("time", "column of times; \"time\" if left out"),
    keys::text("time_unit", "if its heading does not say it"),
    keys::text("depth", "column of depths; \"depth\" if left out and there is one"),
    keys::text("depth_unit", "if its heading does not say it"),
    keys::choice<Outside>("outside", "way", "what holds outside its times; refuse if left out"),
    keys::list("times", input_time_key, "in place of a table"),
    keys::list("depths", input_depth_key, "of the values of one time"),
    keys::list("values", input_value_key, "by time and, in it, by depth"),
});
inline constexpr Table input_table{.meaning = "course of an input of the model",
                                   .keys = input_keys};
inline constexpr Key constant_input = keys::scalar("", "one value at all times");
inline constexpr Key input_entry = keys::table("", input_table, "a course").or_else(constant_input);
inline constexpr Table inputs_table{.meaning = "courses of the model's inputs by name",
                                    .others = &input_entry};

inline constexpr Key species_key = keys::text("", "a species");
inline constexpr auto initial_keys = std::to_array<Key>({
    keys::text("from", "a result whose fields the run begins with").required(),
    keys::quantity("at", quantities::duration, limits::not_negative,
                   "a time of its fields; the last if left out"),
    keys::list("from_model", species_key, "that begin as the model says"),
    keys::list("left_out", species_key, "fields of the result that the model does not have"),
    keys::text("digest", "of the fields, as neocol writes it"),
});
inline constexpr Table initial_table{.meaning = "fields of another run to begin with",
                                     .keys = initial_keys};

inline constexpr auto scenario_keys = std::to_array<Key>({
    keys::text("title", "what the run is, in a line").required(),
    keys::text("question", "what it is to answer"),
    keys::text("run_time", "how long it takes, for people"),
    keys::text("model", "a model by name, or the path of its file")
        .required()
        .such_as("\"microneedling\""),
    keys::table("skin", skin_table, "the skin that is treated"),
    keys::table("device", scenario_device_table, "the device of the course"),
    keys::table("regimen", regimen_table, "the course of sessions"),
    keys::tables("session", session_table, "sessions one by one"),
    keys::table("domain", domain_table, "where the equations are solved")
        .required()
        .such_as("a geometry"),
    keys::table("run", run_table, "how long and how exactly")
        .required()
        .such_as("until = \"12 week\""),
    keys::table("output", output_table, "what is stored"),
    keys::table("treatment", treatment_table,
                "what is done in a session beside the needles: parameters that belong to a step"),
    keys::table("parameters", parameters_table, "parameters of the model by name"),
    keys::table("inputs", inputs_table, "courses of the model's inputs by name"),
    keys::table("initial", initial_table, "fields of another run to begin with"),
});

}  // namespace io::detail
}  // namespace neocol
