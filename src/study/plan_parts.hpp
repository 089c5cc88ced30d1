#pragma once

#include <vector>

#include <neocol/study/plan.hpp>

namespace neocol::study::detail {

/// Writes plan.toml, which makes a plan, or its extension, stand: everything else comes before it.
void write_plan_text(const Plan& plan);

/// Text of manifest.units.csv.
std::string manifest_units(const Plan& plan);

/// Notes the digest of a file, in place of an earlier one.
void set_seal(Plan& plan, Seal seal);
/// \throws IoError  the plan knows no such file
const Seal& seal_named(const Plan& plan, const std::string& name);

/// What all cases of a study share beyond the base scenario: [set], and that no fields are kept.
std::vector<io::Override> shared_overrides(const Study& study);

}  // namespace neocol::study::detail
