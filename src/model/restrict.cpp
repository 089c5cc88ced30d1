#include <neocol/model/restrict.hpp>

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/document.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/model/parse.hpp>

#include "parse_document.hpp"

namespace neocol::model {
namespace {

std::size_t at(int index) {
    return static_cast<std::size_t>(index);
}

/// Follows from what is read to what acts on it.
class Influence {
public:
    explicit Influence(const Model& model)
        : model_(model),
          species_(model.species.size(), false),
          observables_(model.observables.size(), false),
          integrals_(model.integrals.size(), false) {}

    void observable(int index) {
        if (index < 0 || observables_[at(index)]) return;
        observables_[at(index)] = true;
        read(model_.observables[at(index)].value);
    }

    void read(NodeId expression) {
        if (expression == no_node) return;
        const NodeId roots[] = {expression};
        for (const NodeId id : model_.graph.schedule(roots)) {
            const Node& node = model_.graph[id];
            if (node.operation == Operation::unknown) {
                species(node.index);
            } else if (node.operation == Operation::input) {
                input(model_.inputs[at(node.index)]);
            }
        }
    }

    void condition(const Event& event) {
        if (!event.when) return;
        observable(event.when->left.observable);
        observable(event.when->right.observable);
    }

    /// Until nothing new is found.
    void follow() {
        while (!fresh_.empty()) {
            const int index = fresh_.back();
            fresh_.pop_back();
            act_on(index);
        }
    }

    const std::vector<bool>& species() const { return species_; }
    const std::vector<bool>& observables() const { return observables_; }

private:
    const Model& model_;
    std::vector<bool> species_, observables_, integrals_;
    std::vector<int> fresh_;  ///< species whose own causes are still to be looked at

    void species(int index) {
        if (species_[at(index)]) return;
        species_[at(index)] = true;
        fresh_.push_back(index);
    }

    void input(const Input& input) {
        switch (input.kind) {
            case Input::Kind::adjacent:
            case Input::Kind::surface:
            case Input::Kind::field:
                species(input.index);
                break;
            case Input::Kind::integral:
                if (integrals_[at(input.index)]) break;
                integrals_[at(input.index)] = true;
                read(model_.integrals[at(input.index)].value);
                break;
            default:
                break;
        }
    }

    template <typename Rules>
    bool changes(const Rules& rules, int index) {
        bool does = false;
        for (const auto& rule : rules) {
            if (rule.species != index) continue;
            read(rule.value);
            does = true;
        }
        return does;
    }

    void act_on(int index) {
        for (const Process& process : model_.processes)
            for (const Process::Change& change : process.changes)
                if (change.species == index) {
                    read(process.rate);
                    read(change.yield);
                }
        for (const Transport& transport : model_.transports) {
            if (transport.species != index) continue;
            read(transport.diffusivity);
            for (const NodeId partition : transport.partition)
                read(partition);
            for (const Taxis& taxis : transport.taxis) {
                species(taxis.toward);
                read(taxis.sensitivity);
            }
        }
        for (const Boundary& boundary : model_.boundaries) {
            if (boundary.species != index) continue;
            read(boundary.value);
            read(boundary.coefficient);
        }
        for (const auto& [changed, value] : model_.initial)
            if (changed == index) read(value);
        changes(model_.injury, index);
        for (const Event& event : model_.events)
            if (changes(event.changes, index)) condition(event);
        for (const Tensor& tensor : model_.tensors) {
            const auto& parts = tensor.components;
            if (std::find(parts.begin(), parts.end(), index) == parts.end()) continue;
            for (const int part : parts)
                if (part >= 0) species(part);
        }
    }
};

const Outcome& find_outcome(const Model& model, const std::string& name) {
    const auto found = std::find_if(model.outcomes.begin(), model.outcomes.end(),
                                    [&](const Outcome& outcome) { return outcome.name == name; });
    if (found == model.outcomes.end())
        throw InputError(fmt::format("the model has no outcome '{}'", name));
    return *found;
}

Influence follow(const Model& model, const Wanted& wanted) {
    Influence influence(model);
    for (const std::string& name : wanted.observables) {
        const int index = model.find_observable(name);
        if (index < 0) throw InputError(fmt::format("the model has no observable '{}'", name));
        influence.observable(index);
    }
    for (const std::string& name : wanted.outcomes)
        influence.observable(find_outcome(model, name).observable);
    for (const Bound& bound : model.bounds)
        influence.read(bound.value);
    for (const Event& event : model.events)
        if (!event.parameters.empty()) influence.condition(event);
    influence.follow();
    return influence;
}

/// Names in the file: species and surface fields, tensors in place of their components.
struct LeftOut {
    std::set<std::string> names;

    LeftOut(const Model& model, const std::vector<bool>& needed) {
        std::set<int> of_tensors;
        for (const Tensor& tensor : model.tensors) {
            for (const int part : tensor.components)
                if (part >= 0) of_tensors.insert(part);
            if (!needed[at(tensor.components[0])]) names.insert(tensor.name);
        }
        for (std::size_t s = 0; s < model.species.size(); ++s)
            if (!needed[s] && !of_tensors.contains(static_cast<int>(s)))
                names.insert(model.species[s].name);
    }
    bool has(const std::string& name) const { return names.contains(name); }
};

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Key paths of what a restricted model is read without.
class Cut {
public:
    Cut(const Document& document, const LeftOut& left_out)
        : root_(document.root()), left_out_(left_out) {}

    std::set<std::string> paths(const Model& model, const Influence& influence,
                                const Wanted& wanted) {
        for (const char* table :
             {"species", "surface", "transport", "boundary", "initial", "injury"})
            for (const DocumentNode& entry : root_.get(table).members())
                if (left_out_.has(entry.key())) cut(entry);
        for (const DocumentNode& process : root_.get("process").members()) {
            for (const DocumentNode& entry : process.get("stops_below").members())
                if (left_out_.has(entry.key())) cut(entry);
            changes(process);
        }
        for (const DocumentNode& event : root_.get("event").members())
            changes(event);
        for (std::size_t q = 0; q < model.observables.size(); ++q)
            if (!influence.observables()[q])
                cut(root_.get("observable").get(model.observables[q].name));
        for (const Outcome& outcome : model.outcomes)
            if (!contains(wanted.outcomes, outcome.name))
                cut(root_.get("outcome").get(outcome.name));
        return std::move(paths_);
    }

private:
    DocumentNode root_;
    const LeftOut& left_out_;
    std::set<std::string> paths_;

    void cut(const DocumentNode& node) { paths_.insert(node.key_path()); }

    /// Cuts changes of what is left out, and the process or event that changes nothing else.
    void changes(const DocumentNode& entry) {
        std::vector<DocumentNode> of_left_out;
        const std::vector<DocumentNode> all = entry.get("changes").members();
        std::copy_if(all.begin(), all.end(), std::back_inserter(of_left_out),
                     [&](const DocumentNode& change) { return left_out_.has(change.key()); });
        if (!all.empty() && of_left_out.size() == all.size()) return cut(entry);
        for (const DocumentNode& change : of_left_out)
            cut(change);
    }
};

}  // namespace

std::vector<bool> influences(const Model& model, const Wanted& wanted) {
    return follow(model, wanted).species();
}

Model parse_restricted(const std::string& text, const std::string& path, const Wanted& wanted) {
    const Document document = Document::parse_parts(text, path);
    Model whole = parse_document(document, Functions::all);
    const Influence influence = follow(whole, wanted);
    const LeftOut left_out(whole, influence.species());
    if (left_out.names.empty()) return whole;
    const Document rest =
        Document::without(document, Cut(document, left_out).paths(whole, influence, wanted));
    Model model = parse_document(rest, Functions::those_used);
    model.hash =
        sha256_hex(fmt::format("{} without {}", whole.hash, fmt::join(left_out.names, ", ")))
            .substr(0, 24);
    return model;
}

}  // namespace neocol::model
