#pragma once

#include <vector>

#include <neocol/study/plan.hpp>

namespace neocol::study::detail {

/// Writes plan.toml and manifest.units.csv.
void write_plan_text(const Plan& plan);

/// What all cases of a study share beyond the base scenario: [set], and that no fields are kept.
std::vector<io::Override> shared_overrides(const Study& study);

}  // namespace neocol::study::detail
