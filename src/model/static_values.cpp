#include "static_values.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <neocol/model/check.hpp>

namespace neocol::model {

namespace {

using Key = std::pair<Input::Kind, int>;

/// Derived and rest values that an expression reads.
void collect(const Model& model, NodeId root, std::vector<Key>& needed) {
    if (root == no_node) return;
    std::set<Key> known(needed.begin(), needed.end());
    const std::array<NodeId, 1> roots{root};
    for (const NodeId id : model.graph.schedule(roots)) {
        const Node& node = model.graph[id];
        if (node.operation != Operation::input) continue;
        const Input& input = model.inputs[static_cast<std::size_t>(node.index)];
        const bool is_static =
            input.kind == Input::Kind::derived || input.kind == Input::Kind::rest;
        const Key key{input.kind, input.index};
        if (is_static && known.insert(key).second) needed.push_back(key);
    }
}

/// Depth-first order of derived and rest values, without recursion: chains may be as long as files.
class StaticOrder {
public:
    StaticOrder(Model& model, const Document& document, Diagnostics& diagnostics)
        : model_(model), document_(document), diagnostics_(diagnostics) {}

    void visit(Key first) {
        enter(first);
        while (!path_.empty()) {
            Visit& last = path_.back();
            if (last.next < last.needs.size()) {
                enter(last.needs[last.next++]);
                continue;
            }
            states_[last.key] = State::done;
            model_.static_order.push_back(last.key);
            path_.pop_back();
        }
    }

private:
    enum class State { open, done };
    struct Visit {
        Key key;
        std::vector<Key> needs;
        std::size_t next = 0;
    };

    Model& model_;
    const Document& document_;
    Diagnostics& diagnostics_;
    std::vector<Visit> path_;
    std::map<Key, State> states_;

    void enter(Key key) {
        const auto [place, is_new] = states_.try_emplace(key, State::open);
        if (is_new)
            path_.push_back({key, needs(key)});
        else if (place->second == State::open)
            report_circle(std::find_if(path_.begin(), path_.end(),
                                       [&](const Visit& visit) { return visit.key == key; }));
    }

    std::vector<Key> needs(const Key& key) const {
        std::vector<Key> needed;
        const auto i = static_cast<std::size_t>(key.second);
        if (key.first == Input::Kind::derived)
            collect(model_, model_.derived[i].value, needed);
        else
            for (const NodeId rest : model_.species[i].rest)
                collect(model_, rest, needed);
        return needed;
    }

    std::string name(const Key& key) const {
        const auto i = static_cast<std::size_t>(key.second);
        return key.first == Input::Kind::derived ? model_.derived[i].name
                                                 : fmt::format("rest({})", model_.species[i].name);
    }

    DocumentNode place(const Key& key) const {
        const auto i = static_cast<std::size_t>(key.second);
        if (key.first == Input::Kind::derived)
            return document_.root().get("derived").get(model_.derived[i].name).get("value");
        const Species& species = model_.species[i];
        const char* kind = species.location == Location::volume ? "species" : "surface";
        return document_.root().get(kind).get(species.name).get("rest");
    }

    void report_circle(std::vector<Visit>::iterator first) {
        constexpr std::ptrdiff_t most_shown = 20;
        std::string circle;
        const std::ptrdiff_t n = path_.end() - first;
        for (std::ptrdiff_t i = 0; i < std::min(n, most_shown); ++i)
            circle += name((first + i)->key) + " -> ";
        if (n > most_shown) circle += "... -> ";
        const std::string own = name(first->key);
        diagnostics_.add(
            place(first->key)
                .fault(n == 1 ? fmt::format("'{}' needs itself", own)
                              : fmt::format("'{}' needs itself: {}{}", own, circle, own),
                       "each derived or rest value may use only values that do not need it"));
    }
};

}  // namespace

void order_static_values(Model& model, const Document& document, Diagnostics& diagnostics) {
    StaticOrder order(model, document, diagnostics);
    for (std::size_t i = 0; i < model.derived.size(); ++i)
        order.visit({Input::Kind::derived, static_cast<int>(i)});
    for (std::size_t i = 0; i < model.species.size(); ++i) {
        const std::vector<NodeId>& rest = model.species[i].rest;
        if (std::any_of(rest.begin(), rest.end(), [](NodeId id) { return id != no_node; }))
            order.visit({Input::Kind::rest, static_cast<int>(i)});
    }
}

void set_default_scales(Model& model, const Document& document, Diagnostics& diagnostics) {
    std::vector<std::vector<double>> inputs(model.layers.size());  // nominal, once they are needed
    for (std::size_t s = 0; s < model.species.size(); ++s) {
        Species& species = model.species[s];
        if (species.scale > 0.0) continue;
        const bool is_literal =
            std::all_of(species.rest.begin(), species.rest.end(), [&](NodeId id) {
                return id == no_node || model.graph[id].operation == Operation::constant;
            });
        if (!is_literal && !diagnostics.empty()) continue;
        for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
            if (species.rest[layer] == no_node) continue;
            if (inputs[layer].empty())
                inputs[layer] = nominal_inputs(model, static_cast<int>(layer));
            const double rest = model.graph.evaluate(species.rest[layer], {}, inputs[layer]);
            if (std::isfinite(rest)) species.scale = std::max(species.scale, std::fabs(rest));
        }
        if (species.scale > 0.0 || species.tensor >= 0) continue;
        const bool in_volume = species.location == Location::volume;
        const char* kind = in_volume ? "species" : "surface";
        diagnostics.add(
            document.root()
                .get(kind)
                .get(species.name)
                .fault_at_key(
                    fmt::format("'{}' rests at 0 and has no 'scale'", species.name),
                    fmt::format(
                        "add scale = \"... {}\", a typical size in a wound: tolerances refer to it",
                        species.unit.text)));
    }
}

void set_tensor_scales(Model& model, const Document& document, Diagnostics& diagnostics) {
    for (const Tensor& tensor : model.tensors) {
        double largest = 0.0;
        for (const int k : tensor.components)
            if (k >= 0)
                largest = std::max(largest, model.species[static_cast<std::size_t>(k)].scale);
        if (largest == 0.0 && diagnostics.empty())
            diagnostics.add(
                document.root()
                    .get("species")
                    .get(tensor.name)
                    .fault_at_key(
                        fmt::format("'{}' rests at 0 and has no 'scale'", tensor.name),
                        fmt::format("add scale = \"... {}\", a typical size of its components",
                                    tensor.unit.text)));
        for (const int k : tensor.components)
            if (k >= 0)
                model.species[static_cast<std::size_t>(k)].scale = std::max(largest, 1e-300);
    }
}

}  // namespace neocol::model
