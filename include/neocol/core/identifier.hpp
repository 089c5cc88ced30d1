#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

/// The one grammar of names that become datasets, columns, variables or file names.
namespace neocol {

/// A name has at most so many characters.
inline constexpr std::size_t longest_name = 64;

/// True if `name` has letters (of ASCII), digits and underscores, starts with a letter, and is not
/// longer than `longest_name`.
bool is_name(std::string_view name);

/// The same where a hyphen or a dot may stand inside, as in names of files: "roller_192",
/// "x86-64". Never a path, never hidden.
bool is_file_name(std::string_view name);

/// What a name looks like, for messages.
inline constexpr std::string_view name_rule =
    "a name has letters, digits and underscores, starts with a letter, and has at most 64 "
    "characters";

/// Names that a result uses itself at its root, beside observables.
inline constexpr std::array<std::string_view, 19> names_in_result{"time",       "after_session",
                                                                  "fields",     "fields_after",
                                                                  "sessions",   "events",
                                                                  "punctures",  "outcomes",
                                                                  "budget",     "bounds",
                                                                  "mesh",       "provenance",
                                                                  "field_time", "layer",
                                                                  "run",        "x",
                                                                  "y",          "z",
                                                                  "r"};

/// Names that the group of fields uses itself, beside species.
inline constexpr std::array<std::string_view, 12> names_in_fields{
    "field_time", "after_session", "layer",   "wounded", "x",      "y", "z",
    "r",          "x_edges",       "y_edges", "z_edges", "r_edges"};

/// Names that tables of many cases use themselves, beside axes, observables and outcomes.
inline constexpr std::array<std::string_view, 11> names_in_tables{
    "run",    "time",          "id",      "replicate",  "seed",  "status",
    "reason", "scenario_hash", "reached", "provenance", "person"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names);

}  // namespace neocol
