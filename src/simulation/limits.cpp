#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/limits.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace neocol::simulation {
namespace {

using tissue::Geometry;

/// Cells of a progression from the surface down; an upper estimate.
double depth_cells(double thickness, const tissue::Spacing& s) {
    const double equal = thickness / s.smallest;
    if (!(s.growth > 1.0) || !(s.largest > s.smallest)) return equal;
    const double graded = s.fine_to / s.smallest +
                          std::log(s.largest / s.smallest) / std::log(s.growth) +
                          thickness / s.largest;
    return std::min(equal, graded);
}

/// The time between records, or the like, that keeps a number of them below a limit, as a user
/// would write it.
std::string longer(double days) {
    constexpr std::pair<double, const char*> units[] = {
        {365.25, "year"}, {1.0, "day"}, {1.0 / 24.0, "h"}, {1.0 / 1440.0, "min"}};
    for (const auto& [length, name] : units)
        if (days >= length) return fmt::format("{:.0f} {}", std::ceil(days / length), name);
    return fmt::format("{:.0f} s", std::ceil(days * 86400.0));
}

void check_grid(const Scenario& s, std::vector<Fault>& faults) {
    if (s.domain.geometry == Geometry::well_mixed || !(s.domain.spacing.smallest > 0.0)) return;
    const Cells n = count_cells(s);
    const double most = std::max({n.x, n.y, n.z});
    if (most > limits::cells) {
        faults.push_back(
            {"domain.spacing",
             fmt::format("the grid would have {:.2g} cells along one axis, and at most "
                         "{:g} are possible",
                         most, limits::cells),
             "choose a coarser domain.spacing, or a smaller domain.width or thickness"});
    } else if (n.all() > limits::voxels) {
        faults.push_back(
            {"domain.spacing",
             fmt::format("the grid would have {:.2g} voxels, and at most {:g} are possible",
                         n.all(), limits::voxels),
             "choose a coarser domain.spacing, or a smaller domain.width or thickness"});
    }
}

void check_punctures(const Scenario& s, std::vector<Fault>& faults) {
    if (s.domain.geometry != Geometry::patch) return;
    const double width = s.domain.width > 0.0 ? s.domain.width : default_patch_width;
    const double area = width * (s.domain.length > 0.0 ? s.domain.length : width);
    for (std::size_t i = 0; i < s.regimen.sessions.size(); ++i) {
        const double n = s.regimen.sessions[i].puncture_density * area;
        if (!(n > limits::punctures)) continue;
        faults.push_back(
            {fmt::format("session[{}].puncture_density", i + 1),
             fmt::format("session {} would make {:.2g} punctures, and at most {:g} are possible",
                         i + 1, n, limits::punctures),
             "use a smaller density, or a smaller domain.width"});
        return;
    }
}

void check_records(const Scenario& s, const model::Model& model, std::vector<Fault>& faults) {
    const double n = count_records(s);
    const auto observables =
        static_cast<double>(std::max<std::size_t>(model.observables.size(), 1));
    const double most = std::min(limits::records, std::floor(limits::record_values / observables));
    if (n > most) {
        faults.push_back({"output.every",
                          fmt::format("{:.2g} records of {} observables would be written, and at "
                                      "most {:g} are possible",
                                      n, model.observables.size(), most),
                          fmt::format("use every = \"{}\" or more, or a shorter run.until",
                                      longer(s.run.until.days() / (0.9 * most)))});
    }
    const auto n_fields = static_cast<double>(s.output.field_times.size());
    if (n_fields > limits::field_records) {
        faults.push_back({"output.field_times",
                          fmt::format("{:g} times of field records, and at most {:g} are possible",
                                      n_fields, limits::field_records),
                          {}});
    } else if (const double bytes = field_bytes(s, count_cells(s).all());
               bytes > limits::result_bytes) {
        faults.push_back(
            {"output.field_times",
             fmt::format("the fields would take {:.2g} GB, and at most {:g} GB are possible",
                         bytes / 1e9, limits::result_bytes / 1e9),
             "store fewer output.fields or output.field_times, or use a coarser grid"});
    }
}

void check_length(const Scenario& s, std::vector<Fault>& faults) {
    const double until = s.run.until.days();
    if (until > limits::days) {
        faults.push_back({"run.until",
                          fmt::format("the run would last {:.3g} years, and at most {:g} are "
                                      "possible",
                                      until / 365.25, limits::days / 365.25),
                          {}});
    } else if (until > limits::steps * s.run.largest_step) {
        faults.push_back(
            {"run.largest_step",
             fmt::format("{:.2g} steps would be needed, and at most {:g} are possible",
                         until / s.run.largest_step, limits::steps),
             fmt::format("use {} or more, or leave it out", longer(until / limits::steps))});
    }
}

}  // namespace

Cells count_cells(const Scenario& scenario) {
    const Domain& d = scenario.domain;
    Cells n;
    if (d.geometry == Geometry::well_mixed) return n;
    const auto across = [&](double length) {
        return std::max(1.0, std::round(length / d.spacing.smallest));
    };
    n.z = std::max(1.0, depth_cells(d.thickness, d.spacing));
    if (d.geometry == Geometry::single_channel) {
        n.x = across(territory_radius(scenario));
    } else if (d.geometry == Geometry::section) {
        n.x = across(d.width > 0.0 ? d.width : default_section_width);
    } else if (d.geometry == Geometry::patch) {
        const double width = d.width > 0.0 ? d.width : default_patch_width;
        n.x = across(width);
        n.y = across(d.length > 0.0 ? d.length : width);
    }
    return n;
}

double count_records(const Scenario& scenario) {
    const double every = scenario.output.every.days();
    if (!(every > 0.0)) return 0.0;
    // After each jump they are a minute, 2, 4, ... after it, and at most 14.
    constexpr double minute = 1.0 / 1440.0;
    const double after_jump =
        scenario.output.dense ? std::clamp(1.0 + std::ceil(std::log2(every / minute)), 0.0, 14.0)
                              : 0.0;
    return scenario.run.until.days() / every + 1.0 +
           static_cast<double>(scenario.output.also_at.size()) +
           after_jump * static_cast<double>(scenario.regimen.sessions.size());
}

double field_bytes(const Scenario& scenario, double voxels) {
    constexpr double bytes_of_value = 4.0;
    return bytes_of_value * voxels * static_cast<double>(scenario.output.fields.size()) *
           static_cast<double>(scenario.output.field_times.size());
}

void check_limits(const Scenario& scenario, const model::Model& model, std::vector<Fault>& faults) {
    check_grid(scenario, faults);
    check_punctures(scenario, faults);
    check_records(scenario, model, faults);
    check_length(scenario, faults);
}

}  // namespace neocol::simulation
