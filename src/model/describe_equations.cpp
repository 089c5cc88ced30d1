#include "describe_equations.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "print_latex.hpp"
#include "words.hpp"

namespace neocol::model {

namespace {

/// True if an expression needs parentheses as a factor.
bool is_sum(const std::string& text) {
    try {
        return syntax::precedence(syntax::parse(text)) < 2;
    } catch (const syntax::Fault&) {
        return false;
    }
}

std::string latex_factor(const std::string& text) {
    return is_sum(text) ? "\\left(" + latex_of(text) + "\\right)" : latex_of(text);
}

std::string text_factor(const std::string& text) {
    return is_sum(text) ? '(' + text + ')' : text;
}

/// The sections of a model's description that hold equations.
class Equations {
public:
    Equations(Page& page, const Model& model) : model_(model), page_(page) {}

    void write() {
        write_species_equations();
        write_processes();
        write_named_values();
    }

private:
    const Model& model_;
    Page& page_;

    const std::string& species_name(int index) const {
        return model_.species[static_cast<std::size_t>(index)].name;
    }

    const Transport* transport_of(int index) const {
        const auto found = std::find_if(model_.transports.begin(), model_.transports.end(),
                                        [index](const Transport& t) { return t.species == index; });
        return found == model_.transports.end() ? nullptr : &*found;
    }

    /// Divergence of the flux of a species, as the first terms of its equation.
    std::string transport_terms(int index) const {
        const Transport* transport = transport_of(index);
        if (transport == nullptr) return {};
        const std::string u = latex_name(species_name(index));
        const std::string& name = species_name(index);
        const std::string D = fmt::format("\\mathcal{{D}}_{{{}}}", u);
        std::string text = page_.mathematics(
            transport->relative_to_rest
                ? fmt::format("\\nabla\\cdot\\left({}\\,\\overline{{{}}}\\,\\nabla"
                              "\\frac{{{}}}{{\\overline{{{}}}}}\\right)",
                              D, u, u, u)
                : fmt::format("\\nabla\\cdot\\left({}\\,\\nabla {}\\right)", D, u),
            transport->relative_to_rest
                ? fmt::format("div(D[{}] rest({}) grad({}/rest({})))", name, name, name, name)
                : fmt::format("div(D[{}] grad {})", name, name));
        for (const Taxis& taxis : transport->taxis) {
            const std::string& toward = species_name(taxis.toward);
            const std::string c = latex_name(toward);
            text += page_.mathematics(
                fmt::format(
                    " - \\nabla\\cdot\\left(\\mathcal{{S}}_{{{},{}}}\\,{}\\,\\nabla {}\\right)", u,
                    c, u, c),
                fmt::format(" - div(S[{}, {}] {} grad {})", name, toward, name, toward));
        }
        return text;
    }

    /// Processes of a species with their yields: ` - v_uptake + 2 v_division`.
    std::string process_terms(int index) const {
        std::string text;
        for (const Process& process : model_.processes)
            for (const Process::Change& change : process.changes) {
                if (change.species != index) continue;
                const Node& yield = model_.graph[change.yield];
                const bool literal = yield.operation == Operation::constant;
                const bool negative = literal && yield.value < 0.0;
                std::string factor;
                if (!literal)
                    factor = page_.mathematics(latex_factor(change.text) + "\\,",
                                               text_factor(change.text) + '*');
                else if (std::abs(yield.value) != 1.0)
                    factor = page_.mathematics(fmt::format("{:.6g}\\,", std::abs(yield.value)),
                                               fmt::format("{:.6g}*", std::abs(yield.value)));
                text += negative ? " - " : " + ";
                text += factor + page_.mathematics(
                                     fmt::format("\\mathcal{{R}}_{{{}}}", latex_name(process.name)),
                                     fmt::format("R[{}]", process.name));
            }
        return text;
    }

    void write_species_equations() {
        page_.heading(2, "Equations");
        page_.paragraph(
            page_.prose("R is the rate of a process, D a diffusivity, S a sensitivity, all listed "
                        "below; a bar or "
                        "rest() is the value at rest in the layer."));
        if (model_.subtract_balance)
            page_.paragraph(
                page_.prose("The sum of all rates at rest, zero but for rounding, is subtracted in "
                            "every voxel."));
        for (std::size_t i = 0; i < model_.species.size(); ++i) {
            const int index = static_cast<int>(i);
            std::string right = transport_terms(index);
            const std::string terms = process_terms(index);
            if (right.empty() && terms.starts_with(" + "))
                right = terms.substr(3);
            else
                right += right.empty() && terms.empty() ? "0" : terms;
            const std::string& name = species_name(index);
            const bool solved = model_.species[i].quasi_steady;
            page_.equation(
                solved ? page_.mathematics("0", fmt::format("0 (for {})", name))
                       : page_.mathematics(
                             fmt::format("\\frac{{\\partial {}}}{{\\partial t}}", latex_name(name)),
                             fmt::format("d {}/dt", name)),
                right.starts_with(" - ") ? right.substr(1) : right, "");
        }
    }

    void write_processes() {
        page_.heading(2, "Processes");
        for (const Process& process : model_.processes) {
            std::string note = process.meaning;
            const bool everywhere =
                std::all_of(process.active.begin(), process.active.end(), [](bool b) { return b; });
            if (process.location != Location::volume || !everywhere)
                note += fmt::format(" ({})", place_of(model_, process.location, process.active));
            if (!process.when.empty()) note += fmt::format(" (when {})", process.when);
            if (!process.source.empty()) note += fmt::format(" [{}]", process.source);
            page_.equation(
                page_.mathematics(fmt::format("\\mathcal{{R}}_{{{}}}", latex_name(process.name)),
                                  fmt::format("R[{}]", process.name)),
                page_.mathematics(latex_of(process.text), process.text), page_.prose(note));
        }
    }

    void write_named_values() {
        if (model_.functions.empty() && model_.derived.empty()) return;
        page_.heading(2, "Functions and derived values");
        for (const Function& function : model_.functions) {
            const std::string call =
                function.arguments.empty()
                    ? function.name
                    : fmt::format("{}({})", function.name, fmt::join(function.arguments, ", "));
            page_.equation(page_.mathematics(latex_of(call), call),
                           page_.mathematics(latex_of(function.text), function.text),
                           page_.prose(function.meaning));
        }
        for (const Derived& derived : model_.derived)
            page_.equation(page_.mathematics(latex_name(derived.name), derived.name),
                           page_.mathematics(latex_of(derived.text), derived.text),
                           page_.prose(fmt::format("{} [{}]", derived.meaning, derived.unit.text)));
    }
};

}  // namespace

void write_equations(Page& page, const Model& model) {
    Equations(page, model).write();
}

}  // namespace neocol::model
