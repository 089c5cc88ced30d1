#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>
#include <neocol/kernel/compiled.hpp>

#include "embedded_sources.hpp"
#include "plan.hpp"
#include "print_c.hpp"

namespace neocol::kernel {

using model::no_node;
using model::Node;
using model::NodeId;
using model::Operation;

namespace {

constexpr std::array<const char*, n_procedures> procedure_names{"rates",
                                                                "rates_and_sums",
                                                                "solve",
                                                                "solve_early",
                                                                "solve_late",
                                                                "process_jacobian_times",
                                                                "early_jacobian_times",
                                                                "late_jacobian_times",
                                                                "time_derivative",
                                                                "coefficients",
                                                                "injury",
                                                                "observables",
                                                                "bounds",
                                                                "boundary",
                                                                "initial",
                                                                "partials",
                                                                "events",
                                                                "integrals",
                                                                "losses"};

/// A number in the notation that reads back to the same bits.
std::string literal(double value) {
    if (std::isnan(value)) return "__builtin_nan(\"\")";
    if (std::isinf(value)) return value < 0.0 ? "(-__builtin_inf())" : "__builtin_inf()";
    return value < 0.0 ? fmt::format("({:a})", value) : fmt::format("{:a}", value);
}

/// Prints one procedure: a part for the nodes that hold for a whole row, whose results wait in the
/// array `u`, and a loop over the lanes of each block for the others.
class ProcedurePrinter {
public:
    ProcedurePrinter(const Plan& plan, const Procedure& procedure)
        : plan_(plan), procedure_(procedure) {
        for (const NodeId id : procedure.uniform)
            is_uniform_[id] = true;
        for (const NodeId id : procedure.varying)
            keep_arguments(id);
        for (const auto* roots : {&procedure.outputs, &procedure.sums})
            for (const NodeId id : *roots)
                keep(id);
    }

    /// Four functions: the uniform part on one lane and on all lanes, a block, a row. Apart from
    /// each other, their loops are simple enough for every compiler to vectorise.
    std::string print(const std::string& name) const {
        const bool has_uniform = !slots_.empty();
        std::string text;
        if (has_uniform) text += uniform_part(name, true) + uniform_part(name, false);
        text += block_part(name);
        text += fmt::format(
            "static void {}(const struct nk_row* row, const struct nk_call* call) {{\n"
            "    size_t block;\n",
            name);
        if (has_uniform) {
            text += fmt::format(
                "    double u[{}][8] __attribute__((aligned(64)));\n"
                "    const int fixed = 1",
                slots_.size());
            for (const int input : procedure_.uniform_inputs)
                text += fmt::format(" & (row->advance[{}] == 0)", input);
            text += fmt::format(";\n    if (fixed) {}_uniform_one(row, call, 0, u);\n", name);
        }
        text += "    for (block = 0; block < row->n_blocks; ++block) {\n";
        if (has_uniform)
            text += fmt::format("        if (!fixed) {}_uniform_all(row, call, block, u);\n", name);
        text += fmt::format("        {}_block(row, call, block{});\n    }}\n}}\n\n", name,
                            has_uniform ? ", (const double(*)[8])u" : "");
        return text;
    }

private:
    /// A uniform node that the varying part reads gets a place in `u`.
    void keep(NodeId id) {
        if (id != no_node && is_uniform_.contains(id)) slots_.emplace(id, slots_.size());
    }

    void keep_arguments(NodeId id) {
        const Node& node = plan_.graph[id];
        for (int k = 0; k < model::arity(node.operation); ++k)
            keep(node.arguments[static_cast<std::size_t>(k)]);
    }

    /// How a node is read, inside the uniform or the varying part.
    std::string read(NodeId id, bool in_uniform) const {
        if (id == no_node) return "0.0";
        const Node& node = plan_.graph[id];
        if (node.operation == Operation::constant) return literal(node.value);
        if (!in_uniform && is_uniform_.contains(id)) return fmt::format("u[{}][i]", slots_.at(id));
        return fmt::format("t{}", id);
    }

    std::string expression(NodeId id, bool in_uniform) const {
        const Node& node = plan_.graph[id];
        const auto argument = [&](std::size_t k) { return read(node.arguments[k], in_uniform); };
        const auto call = [&](const char* function) {
            return fmt::format("{}({})", function, argument(0));
        };
        switch (node.operation) {
            case Operation::add:
                return argument(0) + " + " + argument(1);
            case Operation::subtract:
                return argument(0) + " - " + argument(1);
            case Operation::multiply:
                return argument(0) + " * " + argument(1);
            case Operation::divide:
                return argument(0) + " / " + argument(1);
            case Operation::negate:
                return "-" + argument(0);
            case Operation::power:
                return fmt::format("nk_pow({}, {})", argument(0), argument(1));
            case Operation::exponential:
                return call("nk_exp");
            case Operation::logarithm:
                return call("nk_log");
            case Operation::square_root:
                return call("nk_sqrt");
            case Operation::sine:
                return call("nk_sin");
            case Operation::cosine:
                return call("nk_cos");
            case Operation::hyperbolic_tangent:
                return call("nk_tanh");
            case Operation::absolute:
                return call("__builtin_fabs");
            case Operation::minimum:
                return fmt::format("{0} < {1} ? {0} : {1}", argument(0), argument(1));
            case Operation::maximum:
                return fmt::format("{0} > {1} ? {0} : {1}", argument(0), argument(1));
            case Operation::select_less:
                return fmt::format("{} < {} ? {} : {}", argument(0), argument(1), argument(2),
                                   argument(3));
            case Operation::unknown:
            case Operation::input:
                return leaf(node);
            case Operation::constant:
                break;
        }
        return literal(node.value);
    }

    std::string leaf(const Node& node) const {
        if (node.operation == Operation::input) {
            return node.index == plan_.gamma_h ? "call->gamma_h"
                                               : fmt::format("p{}[i]", node.index);
        }
        if (node.index >= plan_.first_operand)
            return fmt::format("w{}[i]", node.index - plan_.first_operand);
        return fmt::format("s{}[i]", plan_.position[static_cast<std::size_t>(node.index)]);
    }

    /// Pointer to the present block of a leaf, if the leaf is an array.
    std::string pointer(const Node& node) const {
        if (node.operation == Operation::input && node.index != plan_.gamma_h) {
            return fmt::format(
                "    const double* const p{0} =\n"
                "        row->inputs[{0}] + (ptrdiff_t)block * row->advance[{0}];\n",
                node.index);
        }
        if (node.operation != Operation::unknown) return {};
        if (node.index >= plan_.first_operand) {
            return fmt::format(
                "    const double* const w{0} = call->operand + {0} * call->operand_stride + "
                "start;\n",
                node.index - plan_.first_operand);
        }
        return fmt::format(
            "    const double* const s{0} = row->state + {0} * row->field_stride + start;\n",
            plan_.position[static_cast<std::size_t>(node.index)]);
    }

    /// The uniform nodes, on one lane (all lanes are alike) or in a loop over the lanes.
    std::string uniform_nodes(bool single, const char* indent) const {
        std::string text;
        for (const NodeId id : procedure_.uniform) {
            text += fmt::format("{}const double t{} = {};\n", indent, id, expression(id, true));
            const auto slot = slots_.find(id);
            if (slot == slots_.end()) continue;
            text += single ? fmt::format("{}nk_fill(u[{}], t{});\n", indent, slot->second, id)
                           : fmt::format("{}u[{}][i] = t{};\n", indent, slot->second, id);
        }
        return text;
    }

    std::string uniform_part(const std::string& name, bool single) const {
        std::string text = fmt::format(
            "static NK_PART void {}_uniform_{}(const struct nk_row* row, const struct nk_call* "
            "call,\n"
            "    size_t block, double (*restrict u)[8]) {{\n",
            name, single ? "one" : "all");
        text += single ? "    const int i = 0;\n" : "    int i;\n";
        for (const NodeId id : procedure_.uniform)
            text += pointer(plan_.graph[id]);
        text += "    (void)call;\n";
        if (single) return text + uniform_nodes(single, "    ") + "}\n\n";
        return text + "#pragma omp simd\n    for (i = 0; i < 8; ++i) {\n" +
               uniform_nodes(single, "        ") + "    }\n}\n\n";
    }

    /// What is stored or added up once a node (no_node: nothing yet) is known.
    using Due = std::unordered_map<NodeId, std::string>;

    Due results() const {
        Due due;
        const auto key = [this](NodeId id) {
            const bool is_varying = id != no_node && !is_uniform_.contains(id) &&
                                    plan_.graph[id].operation != Operation::constant;
            return is_varying ? id : no_node;
        };
        for (std::size_t k = 0; k < procedure_.outputs.size(); ++k) {
            const NodeId id = procedure_.outputs[k];
            due[key(id)] += fmt::format("        o{}[i] = {};\n", k, read(id, false));
        }
        for (std::size_t k = 0; k < procedure_.sums.size(); ++k) {
            const NodeId id = procedure_.sums[k];
            if (id == no_node) continue;
            due[key(id)] +=
                fmt::format("        sums[{0} * 8 + i] = sums[{0} * 8 + i] + weights[i] * {1};\n",
                            k, read(id, false));
        }
        return due;
    }

    std::string block_part(const std::string& name) const {
        std::string text = fmt::format(
            "static NK_PART void {}_block(const struct nk_row* row, const struct nk_call* call,\n"
            "    size_t block{}) {{\n    const size_t start = block * 8;\n    int i;\n",
            name, slots_.empty() ? "" : ", const double (*restrict u)[8]");
        for (const NodeId id : procedure_.varying)
            text += pointer(plan_.graph[id]);
        for (std::size_t k = 0; k < procedure_.outputs.size(); ++k) {
            text += fmt::format(
                "    double* const o{0} = call->out + {0} * call->out_stride + start;\n", k);
        }
        if (!procedure_.sums.empty()) {
            text +=
                "    const double* const weights = call->weights + start;\n"
                "    double* const sums = call->sums;\n";
        }
        text += "    (void)row;\n#pragma omp simd\n    for (i = 0; i < 8; ++i) {\n";
        const Due due = results();
        const auto finish = [&](NodeId id) {
            if (const auto store = due.find(id); store != due.end()) text += store->second;
        };
        finish(no_node);
        for (const NodeId id : procedure_.varying) {
            text += fmt::format("        const double t{} = {};\n", id, expression(id, false));
            finish(id);
        }
        return text + "    }\n}\n\n";
    }

    const Plan& plan_;
    const Procedure& procedure_;
    std::unordered_map<NodeId, bool> is_uniform_;
    std::unordered_map<NodeId, std::size_t> slots_;
};

/// A system's functions, then its entry in the table.
std::string print_system(const Plan& plan, std::size_t number, std::string& entry) {
    std::string functions, pointers;
    for (std::size_t p = 0; p < n_procedures; ++p) {
        const Procedure& procedure = plan.procedures[p];
        if (p > 0) pointers += ", ";
        if (procedure.outputs.empty() && procedure.sums.empty()) {
            pointers += "0";
            continue;
        }
        const std::string name = fmt::format("s{}_{}", number, procedure_names[p]);
        functions += ProcedurePrinter(plan, procedure).print(name);
        pointers += name;
    }
    const ProcedureKernel::Counts n = counts(plan);
    std::string outputs;
    for (const std::size_t count : n.outputs)
        outputs += fmt::format("{}, ", count);
    entry = fmt::format("    {{{}, {}, {{{}}}, {{{}}}}},\n", n.unknowns, n.processes, outputs,
                        pointers);
    return functions;
}

}  // namespace

std::string print_c(const model::Model& model) {
    std::size_t n_operations = 0;
    return print_c(model, n_operations);
}

std::string print_c(const model::Model& model, std::size_t& n_operations) {
    std::string functions, entries;
    for (std::size_t k = 0; k < model.systems.size(); ++k) {
        std::string entry;
        const Plan plan = make_plan(model, model.systems[k]);
        for (const Procedure& procedure : plan.procedures) {
            n_operations =
                std::max(n_operations, procedure.uniform.size() + procedure.varying.size());
        }
        functions += print_system(plan, k, entry);
        entries += entry;
    }
    std::string text = fmt::format(
        "/* Kernels of a model, printed by neocol: names are numbers, nothing is quoted from a "
        "file. "
        "*/\n"
        "#include <stddef.h>\n#include <stdint.h>\n\n{}\n{}\n"
        "#define NK_PART __attribute__((noinline))\n\nstatic inline void nk_fill(double* u, double "
        "value) {{\n"
        "    int i;\n    for (i = 0; i < 8; ++i) u[i] = value;\n}}\n\n{}",
        abi_source, vector_math_source, functions);
    if (!entries.empty())
        text += "static const struct nk_system systems[] = {\n" + entries + "};\n\n";
    text += fmt::format(
        "#ifdef __clang__\n#define NK_COMPILER \"clang \" __clang_version__\n"
        "#else\n#define NK_COMPILER \"gcc \" __VERSION__\n#endif\n\n"
        "const struct nk_table neocol_kernel_table = {{\n"
        "    NK_ABI_VERSION, NK_SOURCE, NK_COMPILER, NK_ISA, {}, {}}};\n",
        model.systems.size(), entries.empty() ? "0" : "systems");
    return text;
}

}  // namespace neocol::kernel
