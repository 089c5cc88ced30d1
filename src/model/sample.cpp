#include "sample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include <neocol/core/random.hpp>
#include <neocol/model/check.hpp>

namespace neocol::model {

bool Sample::reaches_zero(NodeId node, bool or_below) {
    const auto [known, is_new] = reached_.try_emplace({node, or_below}, false);
    if (is_new) known->second = try_at_points(node, or_below);
    return known->second;
}

bool Sample::try_at_points(NodeId node, bool or_below) {
    work_ += n_points * model_.graph.schedule(std::span(&node, 1)).size();
    if (work_ > most_work) return false;
    draw();
    bool below = false, above = false;
    for (std::size_t i = 0; i < n_points; ++i) {
        const double value = model_.graph.evaluate(node, unknowns_[i], inputs_[i]);
        if (value == 0.0) return true;
        below = below || value < 0.0;
        above = above || value > 0.0;
        if (below && (above || or_below)) return true;
    }
    return false;
}

std::vector<double> Sample::at(std::size_t i, const std::vector<NodeId>& nodes, int species) {
    draw();
    if (species < 0) return model_.graph.evaluate(nodes, unknowns_[i], inputs_[i]);
    std::vector<double> unknowns = unknowns_[i];
    unknowns[static_cast<std::size_t>(species)] = 0.0;
    return model_.graph.evaluate(nodes, unknowns, inputs_[i]);
}

std::vector<double> Sample::in_skin(std::size_t k, std::size_t i, const std::vector<NodeId>& nodes,
                                    int species) {
    draw();
    const CounterRandom random(2 + k, 0);
    std::vector<double> unknowns = unknowns_[i], inputs = inputs_[i];
    unknowns[static_cast<std::size_t>(species)] = 0.0;
    const std::size_t layer = i % model_.layers.size();
    for (std::size_t n = 0; n < inputs.size(); ++n)
        if (model_.inputs[n].kind == Input::Kind::property)
            inputs[n] = draw_input(model_.inputs[n], layer, random.uniform(n));
    set_static_values(model_, static_cast<int>(layer), std::numeric_limits<double>::quiet_NaN(),
                      inputs);
    return model_.graph.evaluate(nodes, unknowns, inputs);
}

/// A parameter at an end of its range, at its value, or between; an option of a switch.
double Sample::draw_parameter(const Parameter& parameter, double u) {
    const auto pick = [u](std::size_t n) {
        return static_cast<std::size_t>(u * static_cast<double>(n));
    };
    if (!parameter.allowed.empty()) return parameter.allowed[pick(parameter.allowed.size())];
    if (parameter.is_switch()) return static_cast<double>(pick(parameter.options.size()));
    std::vector<double> ends{parameter.value, parameter.low.value_or(parameter.value),
                             parameter.high.value_or(parameter.value)};
    for (const Variation& variation : parameter.variations)
        ends.push_back(variation.value);
    const auto [low, high] = std::minmax_element(ends.begin(), ends.end());
    if (u < 0.25) return *low;
    if (u < 0.5) return *high;
    return u < 0.6 ? parameter.value : *low + (u - 0.6) / 0.4 * (*high - *low);
}

/// Nothing, or anything up to `most` times the typical size.
double Sample::draw_amount(double scale, double u) const {
    return u < 0.4 ? 0.0 : scale * most_ * std::pow(10.0, -4.0 * (u - 0.4) / 0.6);
}

double Sample::draw_input(const Input& input, std::size_t layer, double u) const {
    const auto k = static_cast<std::size_t>(std::max(input.index, 0));
    switch (input.kind) {
        case Input::Kind::parameter:
            return draw_parameter(model_.parameters[k], u);
        case Input::Kind::property:  // a layer that lacks it altogether is the skin's matter
            return std::pow(10.0, 2.0 * u - 1.0);
        case Input::Kind::external: {
            const External& external = model_.externals[k];
            const double amount =
                draw_amount(external.value != 0.0 ? std::abs(external.value) : 1.0,
                            u < 0.5 ? 2.0 * u : 2.0 * u - 1.0);
            return external.is_signed && u < 0.5 ? -amount : amount;
        }
        case Input::Kind::active:
            return model_.processes[k].active[layer] ? 1.0 : 0.0;
        case Input::Kind::coordinate:
            return 4.0 * u - 1.0;
        case Input::Kind::wound:
            return u < 0.3 ? 0.0 : u < 0.6 ? 1.0 : u;
        case Input::Kind::time:
            return u < 0.3 ? 0.0 : 100.0 * u;
        default:
            return draw_amount(1.0, u);
    }
}

void Sample::draw() {
    if (!inputs_.empty()) return;
    const CounterRandom random(1, 0);
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < n_points; ++i) {
        const std::size_t layer = i % model_.layers.size();
        std::vector<double> unknowns, inputs;
        for (const Species& species : model_.species) {
            const double u = random.uniform(next++);
            unknowns.push_back(species.is_signed && u > 0.7
                                   ? -draw_amount(species.scale, 2.0 * u - 1.0)
                                   : draw_amount(species.scale, u));
        }
        if (nominal_) inputs = nominal_inputs(model_, static_cast<int>(layer));
        inputs.resize(model_.inputs.size());
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            const Input& input = model_.inputs[k];
            const double u = random.uniform(next++);
            const bool is_static =
                input.kind == Input::Kind::property ||
                (input.kind == Input::Kind::parameter &&
                 !model_.parameters[static_cast<std::size_t>(input.index)].is_switch());
            if (!nominal_ || !is_static) inputs[k] = draw_input(input, layer, u);
        }
        set_static_values(model_, static_cast<int>(layer), std::numeric_limits<double>::quiet_NaN(),
                          inputs);
        unknowns_.push_back(std::move(unknowns));
        inputs_.push_back(std::move(inputs));
    }
}

}  // namespace neocol::model
