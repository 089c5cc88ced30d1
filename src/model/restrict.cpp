#include <neocol/model/restrict.hpp>

#include <algorithm>
#include <set>
#include <utility>

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

    void species(int index) {
        if (species_[at(index)]) return;
        species_[at(index)] = true;
        fresh_.push_back(index);
    }

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
            if (node.operation == Operation::unknown)
                species(node.index);
            else if (node.operation == Operation::input)
                input(model_.inputs[at(node.index)]);
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

    void input(const Input& input) {
        switch (input.kind) {
            case Input::Kind::adjacent:
            case Input::Kind::surface:
            case Input::Kind::field:
            case Input::Kind::rest:
                species(input.index);
                break;
            case Input::Kind::derived:
                read(model_.derived[at(input.index)].value);
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

    void move(int index) {
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
    }

    void act_on(int index) {
        for (const Process& process : model_.processes)
            for (const Process::Change& change : process.changes)
                if (change.species == index) {
                    read(process.rate);
                    read(change.yield);
                }
        move(index);
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

/// What is never left out: what judges a run, and what sets a parameter.
void follow_judges(const Model& model, Influence& influence) {
    for (const Bound& bound : model.bounds)
        influence.read(bound.value);
    for (const Event& event : model.events)
        if (!event.parameters.empty()) influence.condition(event);
    influence.follow();
}

/// Names in the file of all that is solved, with the species behind each: a tensor has several.
std::vector<std::pair<std::string, std::vector<int>>> solved_names(const Model& model) {
    std::vector<std::pair<std::string, std::vector<int>>> list;
    std::set<int> of_tensors;
    for (const Tensor& tensor : model.tensors) {
        auto& parts = list.emplace_back(tensor.name, std::vector<int>{}).second;
        for (const int part : tensor.components)
            if (part >= 0) parts.push_back(part);
        of_tensors.insert(parts.begin(), parts.end());
    }
    for (std::size_t s = 0; s < model.species.size(); ++s) {
        const int index = static_cast<int>(s);
        if (!of_tensors.contains(index)) list.push_back({model.species[s].name, {index}});
    }
    std::sort(list.begin(), list.end());
    return list;
}

/// What is left out of a model, and what that takes along.
class LeftOut {
public:
    /// \throws InputError  a name is none of the model's, or acts on what is left
    LeftOut(const Model& model, const std::vector<std::string>& names)
        : model_(model), names_(names.begin(), names.end()), species_(model.species.size(), false) {
        std::set<std::string> unknown = names_;
        for (const auto& [name, parts] : solved_names(model)) {
            if (unknown.erase(name) == 0) continue;
            for (const int part : parts)
                species_[at(part)] = true;
        }
        if (!unknown.empty())
            throw InputError(
                fmt::format("the model has no species '{}' to leave out", *unknown.begin()));
        Influence influence(model);
        for (std::size_t s = 0; s < species_.size(); ++s)
            if (!species_[s]) influence.species(static_cast<int>(s));
        follow_judges(model, influence);
        if (const int needed = first_left_out(influence); needed >= 0)
            throw InputError(fmt::format("'{}' cannot be left out: what is left depends on it",
                                         model.species[at(needed)].name));
    }

    bool has(const std::string& name) const { return names_.contains(name); }
    const std::set<std::string>& names() const { return names_; }

    /// Whether a value of the model reads what is left out.
    bool is_read(NodeId value) const {
        Influence influence(model_);
        influence.read(value);
        return first_left_out(influence) >= 0;
    }

private:
    const Model& model_;
    std::set<std::string> names_;
    std::vector<bool> species_;

    int first_left_out(const Influence& influence) const {
        for (std::size_t s = 0; s < species_.size(); ++s)
            if (species_[s] && influence.species()[s]) return static_cast<int>(s);
        return -1;
    }
};

/// Key paths of what a restricted model is read without.
class Cut {
public:
    Cut(const Document& document, const Model& model, const LeftOut& left_out)
        : root_(document.root()), model_(model), left_out_(left_out) {}

    std::set<std::string> paths() {
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
        for (const Derived& derived : model_.derived)
            if (left_out_.is_read(derived.value)) cut(root_.get("derived").get(derived.name));
        std::vector<bool> is_cut;
        for (const Observable& observable : model_.observables) {
            is_cut.push_back(left_out_.is_read(observable.value));
            if (is_cut.back()) cut(root_.get("observable").get(observable.name));
        }
        for (const Outcome& outcome : model_.outcomes)
            if (is_cut[at(outcome.observable)]) cut(root_.get("outcome").get(outcome.name));
        return std::move(paths_);
    }

private:
    DocumentNode root_;
    const Model& model_;
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
    Influence influence(model);
    for (const std::string& name : wanted.observables) {
        const int index = model.find_observable(name);
        if (index < 0) throw InputError(fmt::format("the model has no observable '{}'", name));
        influence.observable(index);
    }
    for (const std::string& name : wanted.outcomes)
        influence.observable(find_outcome(model, name).observable);
    follow_judges(model, influence);
    return influence.species();
}

std::vector<std::string> not_needed(const Model& model, const Wanted& wanted) {
    const std::vector<bool> needed = influences(model, wanted);
    std::vector<std::string> names;
    for (const auto& [name, parts] : solved_names(model))
        if (std::none_of(parts.begin(), parts.end(), [&](int s) { return needed[at(s)]; }))
            names.push_back(name);
    return names;
}

Model parse_without(const std::string& text, const std::string& path,
                    const std::vector<std::string>& left_out) {
    const Document document = Document::parse_parts(text, path);
    Model whole = parse_document(document, Functions::all);
    if (left_out.empty()) return whole;
    const LeftOut cut(whole, left_out);
    Model model = parse_document(Document::without(document, Cut(document, whole, cut).paths()),
                                 Functions::those_used);
    model.hash = sha256_hex(fmt::format("{} without {}", whole.hash, fmt::join(cut.names(), ", ")))
                     .substr(0, 24);
    return model;
}

}  // namespace neocol::model
