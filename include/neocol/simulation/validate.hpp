#pragma once

#include <string>
#include <vector>

#include <neocol/model/model.hpp>
#include <neocol/simulation/scenario.hpp>

namespace neocol::simulation {

/// A fault of a scenario, without a position in its file.
struct Fault {
    std::string key;      ///< key path in the scenario
    std::string message;  ///< what is wrong
    std::string help;
};

/// Faults that only model, skin and regimen together show: layers or properties the site lacks,
/// observables or species that do not exist, channels deeper than the domain, sessions out of
/// order or after the end.
std::vector<Fault> validate(const Scenario& scenario, const model::Model& model);

}  // namespace neocol::simulation
