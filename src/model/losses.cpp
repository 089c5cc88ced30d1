#include "losses.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "interval.hpp"
#include "sample.hpp"

namespace neocol::model {

namespace {

/// Net rates above minus this share of the gross rate are rounding.
constexpr double negligible = 1e-9;

/// Species are tried up to their scale, parameters at their values: beyond, rates are often sums
/// that the model keeps from getting there, such as a source less what rest would make of it.
constexpr double typical = 1.0;

/// A point counts if something is taken there whatever the skin's properties are: of so many skins,
/// at one of so many points.
constexpr std::size_t n_skins = 16, most_doubtful = 32;

/// What one process does to a species: yield times rate.
struct Effect {
    std::size_t process = 0;
    NodeId yield = no_node, rate = no_node;
};

/// Looks for species that something takes from where there is nothing left to take.
class Losses {
public:
    Losses(const Model& model, const Document& document, Diagnostics& diagnostics)
        : model_(model),
          document_(document),
          diagnostics_(diagnostics),
          ranges_(value_ranges(model, inputs_)),
          sample_(model, typical, true) {}

    void check_species() {
        for (const System& system : model_.systems)
            for (const int species : system.unknowns) {
                const Species& declared = model_.species[static_cast<std::size_t>(species)];
                if (declared.is_signed || declared.tensor >= 0) continue;
                const std::vector<Effect> effects = effects_on(system, species);
                if (!proven(effects, species)) try_points(effects, species);
            }
    }

    /// Walls that draw a species out whatever is there, or hold it below 0.
    void check_boundaries() {
        constexpr std::array<std::string_view, 3> sides{"top", "bottom", "outer"};
        for (const Boundary& boundary : model_.boundaries) {
            const Species& species = model_.species[static_cast<std::size_t>(boundary.species)];
            if (boundary.value == no_node || species.is_signed) continue;
            if (ranges_[static_cast<std::size_t>(boundary.value)].low >= 0.0) continue;
            if (!below_zero_somewhere(boundary.value)) continue;
            const DocumentNode value =
                document_.root()
                    .get("boundary")
                    .get(species.name)
                    .get(std::string(sides[static_cast<std::size_t>(boundary.side)]))
                    .get("value");
            if (boundary.kind == BoundaryKind::flux)
                diagnostics_.add(value.fault(
                    fmt::format("the wall draws out '{}' where there is none", species.name),
                    fmt::format("a flux is inward: where it is below 0 use type = \"robin\", whose "
                                "outflow vanishes with '{}', or declare '{}' signed = true",
                                species.name, species.name)));
            else
                diagnostics_.add(value.fault(
                    fmt::format("the wall holds '{}' below 0, where it may not be", species.name),
                    fmt::format("keep the value at 0 or above, or declare '{}' signed = true",
                                species.name)));
        }
    }

private:
    const Model& model_;
    const Document& document_;
    Diagnostics& diagnostics_;
    std::vector<Interval> inputs_, ranges_;
    Sample sample_;

    std::vector<Effect> effects_on(const System& system, int species) const {
        std::vector<Effect> effects;
        for (std::size_t p = 0; p < system.processes.size(); ++p) {
            const auto index = static_cast<std::size_t>(system.processes[p]);
            for (const Process::Change& change : model_.processes[index].changes)
                if (change.species == species)
                    effects.push_back({index, change.yield, system.process_rates[p]});
        }
        return effects;
    }

    /// True if interval arithmetic shows that nothing is taken off where the species is 0.
    bool proven(const std::vector<Effect>& effects, int species) {
        const auto least = [&](const Effect& effect) {
            const Interval& a = ranges_[static_cast<std::size_t>(effect.yield)];
            const Interval& b = ranges_[static_cast<std::size_t>(effect.rate)];
            const auto product = [](double x, double y) {
                return x == 0.0 || y == 0.0 ? 0.0 : x * y;
            };
            return std::min({product(a.low, b.low), product(a.low, b.high), product(a.high, b.low),
                             product(a.high, b.high)});
        };
        std::vector<Effect> open;
        for (const Effect& effect : effects)
            if (!(least(effect) >= 0.0)) open.push_back(effect);
        if (open.empty()) return true;
        std::vector<NodeId> roots;
        for (const Effect& effect : open) {
            roots.push_back(effect.yield);
            roots.push_back(effect.rate);
        }
        // Ranges where the species is 0; put back after.
        const std::vector<NodeId> nodes = model_.graph.schedule(roots);
        std::vector<Interval> before;
        for (const NodeId id : nodes) {
            Interval& range = ranges_[static_cast<std::size_t>(id)];
            before.push_back(range);
            const Node& node = model_.graph[id];
            const bool is_unknown = node.operation == Operation::unknown;
            if (is_unknown && node.index == species)
                range = {0.0, 0.0};
            else if (!is_unknown)
                range = interval_of(model_.graph, id, ranges_, inputs_);
        }
        const bool good =
            std::all_of(open.begin(), open.end(), [&](const Effect& e) { return least(e) >= 0.0; });
        for (std::size_t k = 0; k < nodes.size(); ++k)
            ranges_[static_cast<std::size_t>(nodes[k])] = before[k];
        return good;
    }

    void try_points(const std::vector<Effect>& effects, int species) {
        std::vector<NodeId> nodes;
        for (const Effect& effect : effects) {
            nodes.push_back(effect.yield);
            nodes.push_back(effect.rate);
        }
        const bool has_skin = !model_.properties.empty();
        std::size_t doubtful = 0;
        for (std::size_t i = 0; i < Sample::n_points && doubtful < most_doubtful; ++i) {
            const Net net = sum(effects, sample_.at(i, nodes, species));
            if (!net.takes()) continue;
            ++doubtful;
            bool in_every_skin = true;
            for (std::size_t k = 0; has_skin && in_every_skin && k < n_skins; ++k)
                in_every_skin = sum(effects, sample_.in_skin(k, i, nodes, species)).takes();
            if (!in_every_skin) continue;
            report(net.worst, species);
            return;
        }
    }

    /// What all effects come to at a point.
    struct Net {
        double net = 0.0, gross = 0.0;
        std::size_t worst = 0;  ///< process that takes most
        bool takes() const { return std::isfinite(gross) && net < -negligible * gross; }
    };

    static Net sum(const std::vector<Effect>& effects, const std::vector<double>& values) {
        Net result;
        double most = 0.0;
        for (std::size_t k = 0; k < effects.size(); ++k) {
            const double effect = values[2 * k + 1] == 0.0  // where it does not run
                                      ? 0.0
                                      : values[2 * k] * values[2 * k + 1];
            result.net += effect;
            result.gross += std::abs(effect);
            if (effect < most) {
                most = effect;
                result.worst = effects[k].process;
            }
        }
        return result;
    }

    void report(std::size_t process, int species) {
        const Process& of = model_.processes[process];
        const std::string& name = model_.species[static_cast<std::size_t>(species)].name;
        const DocumentNode rate = document_.root().get("process").get(of.name).get("rate");
        const std::string message = fmt::format(
            "process '{}' takes from '{}' where there is none left: its rate does not vanish with "
            "it",
            of.name, name);
        const std::string help = fmt::format(
            "let the rate vanish with '{}', as a factor hill({}, K, 1) does; or say how it stops: "
            "stops_below = {{ {} = \"...\" }}; or declare '{}' signed = true",
            name, name, name, name);
        diagnostics_.add(rate ? rate.fault(message, help) : Diagnostic{of.at, message, {}, help});
    }

    bool below_zero_somewhere(NodeId node) {
        for (std::size_t i = 0; i < Sample::n_points; ++i)
            if (sample_.at(i, {node}).front() < 0.0) return true;
        return false;
    }
};

}  // namespace

void check_losses(const Model& model, const Document& document, Diagnostics& diagnostics) {
    Losses losses(model, document, diagnostics);
    losses.check_species();
    losses.check_boundaries();
}

}  // namespace neocol::model
