#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <neocol/io/library.hpp>
#include <neocol/model/model.hpp>
#include <neocol/treatment/insertion.hpp>

namespace neocol::io {

/// A number of the law of insertion and the parameter that states it.
struct LawConstant {
    std::string_view parameter;
    const char* unit;  ///< of treatment::InsertionLaw
    double treatment::InsertionLaw::*member;
};

/// How parameters make the law: a model that has one of these names states that number itself; the
/// others are those of the file `microneedling/insertion.toml` of the library.
inline constexpr auto law_constants = std::to_array<LawConstant>({
    {"insertion_sharp_force", "N", &treatment::InsertionLaw::sharp_force},
    {"insertion_force_per_area", "N mm-2", &treatment::InsertionLaw::force_per_area},
    {"insertion_reference_speed", "mm d-1", &treatment::InsertionLaw::reference_speed},
    {"insertion_speed_exponent", "1", &treatment::InsertionLaw::speed_exponent},
    {"insertion_least_share", "1", &treatment::InsertionLaw::least_share},
    {"insertion_stiffness", "N mm-1", &treatment::InsertionLaw::stiffness},
    {"insertion_contact_modulus", "N mm-2", &treatment::InsertionLaw::contact_modulus},
    {"insertion_sharp_tip", "mm", &treatment::InsertionLaw::sharp_tip},
});

/// The number of the law that a parameter states; null if none.
const LawConstant* law_constant(std::string_view parameter);

/// The file of the law in the first of the library's folders that has it. \throws IoError
std::optional<NamedText> find_law(const Library& library);

/// The law's file as a model, which has these parameters and does nothing.
/// \throws InputError  every fault found, each at its place
model::Model read_law(const NamedText& file);

/// A number in a unit. Of those that mean the same internal value the one with the fewest digits,
/// which is the one that was written.
double number_in(const Unit& unit, double internal);

/// A parameter's number in the unit of the law. \throws InputError  of another dimension
double law_number(const LawConstant& constant, const model::Parameter& parameter, double internal,
                  const UnitSystem& units);

/// The law as the library's file has it; nothing without such a file.
std::optional<treatment::InsertionLaw> library_law(const Library& library);

}  // namespace neocol::io
