#pragma once

#include <cstddef>

/// What a text that neocol reads may hold: bounds far beyond any sensible file, so that none
/// overflows the stack or takes more than time in proportion to its length, whoever wrote it.
/// The table in docs/reliability.md is this one; what a run may ask for: simulation/limits.hpp.
namespace neocol::text_limits {

// TOML: scenarios, models, studies, cohorts, devices, skin, clusters.
inline constexpr std::size_t file_bytes = std::size_t{16} << 20;
inline constexpr std::size_t nesting = 32;      ///< tables and arrays in each other, parts of keys
inline constexpr std::size_t values = 500'000;  ///< keys and elements of lists
inline constexpr std::size_t key_bytes = 500;
inline constexpr std::size_t faults = 100;             ///< shown of one file
inline constexpr std::size_t message_bytes = 2000;     ///< of one fault, then it is cut
inline constexpr std::size_t shown_line_bytes = 4000;  ///< longer lines are not shown below faults

// Units.
inline constexpr std::size_t unit_bytes = 200;
inline constexpr int unit_power = 1000;

// Expressions of a model.
inline constexpr std::size_t expression_bytes = 200'000;
inline constexpr std::size_t expression_tokens = 20'000;  ///< numbers, names, operators
inline constexpr int expression_nesting = 200;            ///< parentheses, arguments, signs, powers
inline constexpr int expansion_nesting = 400;             ///< the same with functions put in
inline constexpr std::size_t expansion_parts = 2'000'000;  ///< of all, with functions put in

// Models.
inline constexpr std::size_t layers = 100;
inline constexpr std::size_t species = 1000;  ///< components of tensors counted one by one
inline constexpr std::size_t integrals = 1000;
inline constexpr std::size_t function_arguments = 100;
inline constexpr std::size_t switch_options = 1000;
inline constexpr std::size_t derivative_parts = 30'000'000;  ///< operations times their unknowns

// Studies.
inline constexpr std::size_t study_columns = 1000;

}  // namespace neocol::text_limits
