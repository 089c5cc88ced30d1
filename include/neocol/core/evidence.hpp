#pragma once

#include <neocol/core/words.hpp>

namespace neocol {

/// How well a number is known; carried to every table that people read.
enum class Evidence { measured, abstract, code, secondary, unchecked, fitted, design, derived };

template <>
inline constexpr auto words<Evidence> = std::to_array<Word<Evidence>>({
    {Evidence::measured, "measured", "measured, and read in the paper itself"},
    {Evidence::abstract, "abstract", "stated in a paper's abstract or opening page"},
    {Evidence::code, "code", "read in the source code of a published model"},
    {Evidence::secondary, "secondary", "read in a source that quotes the paper"},
    {Evidence::unchecked, "unchecked", "textbook value, recalled and not checked"},
    {Evidence::fitted, "fitted", "set to a curve or row that its source names"},
    {Evidence::design, "design", "chosen within a plausible range; the reason is in source"},
    {Evidence::derived, "derived", "follows from a definition or from other constants"},
});

/// The law by which a number is distributed between its bounds.
enum class Law { fixed, uniform, loguniform, normal, lognormal };

template <>
inline constexpr auto unsaid<Law> = std::to_array({Law::fixed});
template <>
inline constexpr auto words<Law> = std::to_array<Word<Law>>({
    {Law::uniform, "uniform", "flat between the ends of the range"},
    {Law::loguniform, "loguniform", "flat in the logarithm between the ends of the range"},
    {Law::normal, "normal", "a bell of which 95 % lie within the range, cut off there"},
    {Law::lognormal, "lognormal", "a bell in the logarithm, 95 % within the range, cut off there"},
});

}  // namespace neocol
