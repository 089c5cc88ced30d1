#include <neocol/simulation/warnings.hpp>

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <neocol/treatment/device.hpp>

namespace neocol::simulation {
namespace {

using tissue::Geometry;

bool makes_channels(const treatment::Session& session) {
    return !session.wound && session.puncture_density > 0.0;
}

/// A channel narrower than a cell injures the right volume, but what it sets free is spread over
/// the whole cell at once.
void warn_of_cells(const Scenario& s, std::vector<Fault>& warnings) {
    if (s.domain.geometry != Geometry::single_channel && s.domain.geometry != Geometry::patch)
        return;  // the others spread channels over the plane
    double narrowest = std::numeric_limits<double>::infinity();
    for (const treatment::Session& session : s.regimen.sessions) {
        if (makes_channels(session)) {
            narrowest =
                std::min(narrowest, 2.0 * treatment::nominal_channel(session).surface_radius);
        }
    }
    if (s.domain.spacing.smallest > narrowest * (1.0 + 1e-9)) {
        warnings.push_back(
            {"domain.spacing",
             fmt::format("cells of {:.4g} um are wider than the channels, {:.4g} um: what a "
                         "puncture sets free is spread over a whole cell at once",
                         1e3 * s.domain.spacing.smallest, 1e3 * narrowest),
             fmt::format("cells of {:.3g} um or less show a channel; coarser ones are for many "
                         "runs whose outcomes were compared with fine ones",
                         500.0 * narrowest)});
    }
}

/// Whether a later session wounds what the first did not: then means over all that was wounded are
/// means over something else from there on.
bool wounds_elsewhere(const Scenario& s) {
    const auto& sessions = s.regimen.sessions;
    for (std::size_t i = 1; i < sessions.size(); ++i) {
        const treatment::Session &first = sessions.front(), &later = sessions[i];
        if (first.wound.has_value() != later.wound.has_value()) return true;
        if (s.domain.geometry == Geometry::patch && makes_channels(later)) return true;
        if (!later.wound &&
            (later.needle_length != first.needle_length || later.device.name != first.device.name))
            return true;
    }
    return false;
}

void warn_of_wounds(const Scenario& s, const model::Model& model, std::vector<Fault>& warnings) {
    std::string names;
    std::size_t n = 0;
    for (const model::Observable& observable : model.observables)
        if (observable.region.wounded && ++n <= 2)
            names += (names.empty() ? "" : ", ") + observable.name;
    if (n > 0 && wounds_elsewhere(s)) {
        warnings.push_back(
            {"regimen",
             fmt::format("observables of wounds ({}{}) are means over all that was wounded so far: "
                         "from session 2 on they mix the wounds of several sessions",
                         names, n > 2 ? fmt::format(" and {} more", n - 2) : ""),
             "compare their values before and after session 2 with care; a run of the first "
             "session alone follows its wounds"});
    }
}

}  // namespace

std::vector<Fault> warnings(const Scenario& scenario, const model::Model& model) {
    std::vector<Fault> list;
    warn_of_cells(scenario, list);
    warn_of_wounds(scenario, model, list);
    return list;
}

}  // namespace neocol::simulation
