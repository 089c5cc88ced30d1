#pragma once

#include <array>

#include <neocol/core/evidence.hpp>
#include <neocol/core/table_reader.hpp>
#include <neocol/tissue/skin.hpp>
#include <neocol/treatment/device.hpp>

namespace neocol::io::detail {

/// Keys that device files and the scenario's `[device]` share.
inline constexpr auto device_keys = std::to_array<Key>({
    keys::text("title", "what the device is, in a line"),
    keys::choice<treatment::DeviceKind>("kind", "device kind", "how its needles reach the skin"),
    keys::choice<treatment::Pattern>("pattern", "pattern", "where its punctures fall"),
    keys::quantity("needle_diameter", quantities::length, limits::positive,
                   "of the shaft, or of the base of a conical needle"),
    keys::quantity("tip_diameter", quantities::length, limits::positive,
                   "of the needle's tip; with speed it decides the depth"),
    keys::quantity("speed", quantities::velocity, limits::positive, "of the needle as it pierces"),
    keys::quantity("grip", quantities::pure, limits::not_negative,
                   "how firmly tissue holds the needle's shaft"),
    keys::quantity("skin_compliance", quantities::pure, limits::positive,
                   "how far skin gives way before it is pierced, 1 for relaxed skin"),
    keys::quantity("depth_ratio", quantities::pure, Limits{.above = 0.0, .at_most = 1.0},
                   "depth of the channel / length of the needle, in place of tip and speed"),
    keys::quantity("hole_ratio", quantities::pure, limits::positive,
                   "diameter of the hole after recoil / diameter of the needle"),
    keys::quantity("tip_length", quantities::length, limits::positive,
                   "over which the needle narrows from its tip"),
    keys::quantity("taper_start", quantities::pure, limits::share,
                   "share of the channel's depth at which it begins to narrow"),
    keys::quantity("coring", quantities::pure, limits::share,
                   "share of the channel's tissue that is taken out"),
    keys::quantity("punctures_per_pass", quantities::density, limits::positive,
                   "on the skin, by one pass"),
    keys::quantity("drum_diameter", quantities::length, limits::positive, "of a roller"),
    keys::quantity("drum_width", quantities::length, limits::positive, "of a roller"),
    keys::whole("needles", 0, 1'000'000, "number of needles"),
    keys::whole("rows", 0, 1'000'000, "rings of needles across a roller's drum"),
});

/// Reads the keys that device files and `[device]` share into a device; keys that are absent leave
/// it as it is.
void read_device_keys(const TableReader& table, treatment::Device& device);

/// Reports a device that says neither its depth_ratio nor its tip and speed.
void lack_of_depth(const TableReader& table);

/// A property of a layer: a number, or a quantity whose unit the model knows.
inline constexpr Key property_key =
    keys::quantity("", quantities::any, limits::any, "a property that the model reads");
inline constexpr Table properties_table{.meaning = "properties of the layer by name",
                                        .others = &property_key};

/// Keys of a layer that a condition may change too.
inline constexpr auto layer_change_keys = std::to_array<Key>({
    keys::quantity("thickness", quantities::length, limits::positive, "of the layer"),
    keys::flag("coarse", "voxels may grow in this layer"),
    keys::table("properties", properties_table, "properties of the layer by name"),
    keys::text("source", "where the numbers come from"),
    keys::choice<Evidence>("evidence", "grade of evidence", "how well the numbers are known"),
});
inline constexpr Table layer_change_table{.meaning = "what a condition changes in a layer",
                                          .keys = layer_change_keys};

inline constexpr auto layer_keys = std::to_array<Key>({
    keys::text("name", "of the layer, as the model calls it").required().such_as("\"dermis\""),
    layer_change_keys[0].required(),
    layer_change_keys[1],
    layer_change_keys[2],
    layer_change_keys[3],
    layer_change_keys[4],
});
inline constexpr Table layer_table{.meaning = "a layer of the skin, from the surface down",
                                   .keys = layer_keys};

/// Reads layers. Property units are not checked here.
std::vector<tissue::Layer> read_layers(const std::vector<TableReader>& tables);
/// Reads the keys of one layer that are present.
void read_layer_keys(const TableReader& table, tissue::Layer& layer);

}  // namespace neocol::io::detail
