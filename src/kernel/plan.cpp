#include "plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "elimination.hpp"

namespace neocol::kernel {

using model::no_node;
using model::NodeId;
using model::Operation;

namespace {

bool is_row_constant(model::Input::Kind kind) {
    using Kind = model::Input::Kind;
    switch (kind) {
        case Kind::parameter:
        case Kind::derived:
        case Kind::rest:
        case Kind::property:
        case Kind::active:
        case Kind::time:
        case Kind::integral:
        case Kind::external:
        case Kind::external_rate:
            return true;
        case Kind::coordinate:
        case Kind::wound:
        case Kind::adjacent:
        case Kind::surface:
        case Kind::field:
            return false;
    }
    return false;
}

void check_leaf(const Plan& plan, const model::Node& node) {
    const bool known =
        node.operation == Operation::unknown
            ? node.index >= plan.first_operand ||
                  (node.index >= 0 && plan.position[static_cast<std::size_t>(node.index)] >= 0)
            : node.index >= 0 && static_cast<std::size_t>(node.index) < plan.row_constant.size();
    if (!known) throw std::logic_error("an expression reads a field outside its system");
}

/// Orders the nodes of a procedure whose outputs and sums are set.
void arrange(const Plan& plan, Procedure& procedure) {
    std::vector<NodeId> roots = procedure.outputs;
    roots.insert(roots.end(), procedure.sums.begin(), procedure.sums.end());
    std::vector<bool> is_uniform(plan.graph.size(), false);
    for (const NodeId id : plan.graph.schedule(roots)) {
        const model::Node& node = plan.graph[id];
        const auto i = static_cast<std::size_t>(id);
        if (node.operation == Operation::constant) {
            is_uniform[i] = true;
            continue;
        }
        if (model::arity(node.operation) == 0) {
            check_leaf(plan, node);
            is_uniform[i] = node.operation == Operation::input &&
                            plan.row_constant[static_cast<std::size_t>(node.index)];
            if (is_uniform[i] && node.index != plan.gamma_h)
                procedure.uniform_inputs.push_back(node.index);
        } else {
            is_uniform[i] = true;
            for (int k = 0; k < model::arity(node.operation); ++k) {
                const NodeId argument = node.arguments[static_cast<std::size_t>(k)];
                is_uniform[i] = is_uniform[i] && is_uniform[static_cast<std::size_t>(argument)];
            }
        }
        (is_uniform[i] ? procedure.uniform : procedure.varying).push_back(id);
    }
}

/// Jacobian entries with every quotient as a product with a reciprocal.
///
/// A denominator then costs one division however many entries share it, and none in the loop over
/// voxels if it holds for the row. The last bit may differ from the quotient's: a Rosenbrock-W
/// method tolerates far more. Rates are not touched.
std::vector<model::Entry> with_reciprocals(model::Graph& graph,
                                           const std::vector<model::Entry>& entries) {
    std::vector<NodeId> roots;
    for (const model::Entry& entry : entries)
        roots.push_back(entry.value);
    std::unordered_map<NodeId, NodeId> replaced;
    for (const NodeId id : graph.schedule(roots)) {
        const model::Node node = graph[id];
        NodeId result = id;
        std::array<NodeId, 4> a{no_node, no_node, no_node, no_node};
        for (std::size_t k = 0; k < static_cast<std::size_t>(model::arity(node.operation)); ++k)
            a[k] = replaced.at(node.arguments[k]);
        if (node.operation == Operation::divide)
            result = graph.multiply(a[0], graph.divide(graph.constant(1.0), a[1]));
        else if (model::arity(node.operation) > 0)
            result = graph.make(node.operation, a[0], a[1], a[2], a[3]);
        replaced[id] = result;
    }
    std::vector<model::Entry> result = entries;
    for (model::Entry& entry : result)
        entry.value = replaced.at(entry.value);
    return result;
}

/// The part of the Jacobian that some of the processes make up.
std::vector<model::Entry> jacobian_of(Plan& plan, const model::Model& model,
                                      const model::System& system, const std::vector<Part>& parts,
                                      Part part) {
    std::vector<model::Entry> entries;
    for (const model::Entry& entry : system.process_jacobian) {
        const auto p = static_cast<std::size_t>(entry.row);
        if (parts[p] != part) continue;
        const auto& process = model.processes[static_cast<std::size_t>(system.processes[p])];
        for (const model::Process::Change& change : process.changes) {
            const int row = plan.position[static_cast<std::size_t>(change.species)];
            if (row < 0) continue;
            // A process that does not run here may have a yield that is not finite.
            model::Graph& graph = plan.graph;
            const NodeId value =
                graph.make(Operation::select_less,
                           graph.make(Operation::absolute, entry.value, no_node, no_node, no_node),
                           graph.constant(1e-300), graph.constant(0.0),
                           graph.multiply(change.yield, entry.value));
            entries.push_back({row, entry.column, value});
        }
    }
    return entries;
}

std::vector<NodeId> solution(Plan& plan, const std::vector<model::Entry>& jacobian) {
    model::Graph& graph = plan.graph;
    const std::size_t n = plan.n_unknowns;
    NodeMatrix a(n, std::vector<NodeId>(n, no_node));
    std::vector<std::vector<bool>> pattern(n, std::vector<bool>(n, false));
    for (std::size_t i = 0; i < n; ++i) {
        a[i][i] = graph.constant(1.0);
        pattern[i][i] = true;
    }
    const NodeId gamma_h = graph.input(plan.gamma_h);
    for (const model::Entry& entry : with_reciprocals(graph, jacobian)) {
        if (graph.is_constant(entry.value, 0.0)) continue;
        NodeId& place =
            a[static_cast<std::size_t>(entry.row)][static_cast<std::size_t>(entry.column)];
        const NodeId scaled = graph.multiply(gamma_h, entry.value);
        place = place == no_node ? graph.negate(scaled) : graph.subtract(place, scaled);
        pattern[static_cast<std::size_t>(entry.row)][static_cast<std::size_t>(entry.column)] = true;
    }
    std::vector<NodeId> b;
    for (std::size_t s = 0; s < n; ++s)
        b.push_back(graph.unknown(plan.first_operand + static_cast<int>(s)));
    return eliminate(graph, std::move(a), std::move(b), elimination_order(std::move(pattern)));
}

/// By process of a part: its derivatives times the operand; no_node for others.
std::vector<NodeId> process_products(Plan& plan, const model::System& system,
                                     const std::vector<Part>& parts, Part part) {
    const auto belongs = [&](std::size_t p) { return part == Part::all || parts[p] == part; };
    std::vector<NodeId> products(plan.n_processes, no_node);
    for (const model::Entry& entry : with_reciprocals(plan.graph, system.process_jacobian)) {
        if (!belongs(static_cast<std::size_t>(entry.row))) continue;
        const NodeId term =
            plan.graph.multiply(entry.value, plan.graph.unknown(plan.first_operand + entry.column));
        NodeId& sum = products[static_cast<std::size_t>(entry.row)];
        sum = sum == no_node ? term : plan.graph.add(sum, term);
    }
    return products;
}

}  // namespace

Plan make_plan(const model::Model& model, const model::System& system) {
    Plan plan;
    plan.graph = model.graph;
    plan.first_operand = static_cast<int>(model.species.size());
    plan.gamma_h = static_cast<int>(model.inputs.size());
    plan.position.assign(model.species.size(), -1);
    for (std::size_t s = 0; s < system.unknowns.size(); ++s)
        plan.position.at(static_cast<std::size_t>(system.unknowns[s])) = static_cast<int>(s);
    for (const model::Input& input : model.inputs)
        plan.row_constant.push_back(is_row_constant(input.kind));
    plan.row_constant.push_back(true);
    plan.n_unknowns = system.unknowns.size();
    plan.n_processes = system.process_rates.size();

    plan[ProcedureId::rates].outputs = system.rates;
    plan[ProcedureId::rates_and_sums].outputs = system.rates;
    plan[ProcedureId::rates_and_sums].sums = system.process_rates;
    plan[ProcedureId::solve].outputs = solution(plan, system.jacobian);
    const std::vector<Part> parts = parts_of_processes(model, system);
    for (const auto& [part, procedure] : {std::pair{Part::early, ProcedureId::solve_early},
                                          std::pair{Part::late, ProcedureId::solve_late}})
        if (std::find(parts.begin(), parts.end(), part) != parts.end())
            plan[procedure].outputs = solution(plan, jacobian_of(plan, model, system, parts, part));
    for (const auto& [part, procedure] : {std::pair{Part::all, ProcedureId::process_jacobian_times},
                                          std::pair{Part::early, ProcedureId::early_jacobian_times},
                                          std::pair{Part::late, ProcedureId::late_jacobian_times}})
        plan[procedure].sums = process_products(plan, system, parts, part);
    plan[ProcedureId::time_derivative].outputs = system.time_derivative;
    for (std::size_t p = 0; p < n_programs; ++p) {
        const auto program = static_cast<Program>(p);
        plan[program].outputs = program_roots(model, system, program);
    }
    for (std::size_t s = 0; s < plan.n_unknowns; ++s) {
        NodeId& value = plan[Program::injury].outputs[s];
        if (value == no_node) value = plan.graph.unknown(system.unknowns[s]);
    }
    for (Procedure& procedure : plan.procedures)
        arrange(plan, procedure);
    return plan;
}

ProcedureKernel::Counts counts(const Plan& plan) {
    ProcedureKernel::Counts result;
    result.unknowns = plan.n_unknowns;
    result.processes = plan.n_processes;
    for (std::size_t p = 0; p < n_programs; ++p) {
        const auto first = static_cast<std::size_t>(ProcedureId::first_program);
        result.outputs[p] = plan.procedures[first + p].outputs.size();
    }
    return result;
}

}  // namespace neocol::kernel
