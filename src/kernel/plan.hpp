#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <neocol/kernel/kernel.hpp>

#include "procedure_kernel.hpp"

namespace neocol::kernel {

/// Straight-line arithmetic on one block: the nodes to compute in order, and what becomes of them.
///
/// `uniform` holds the nodes that read row constants only (parameters, rest values, time, ...):
/// they are computed once a row if no such input advances, else once a block. Literals are in
/// neither.
struct Procedure {
    std::vector<model::NodeId> outputs;  ///< stored, one field each; no_node stores 0
    std::vector<model::NodeId> sums;     ///< by the weights, accumulated; not where no_node
    std::vector<model::NodeId> uniform;  ///< arguments first
    std::vector<model::NodeId> varying;  ///< arguments first
    std::vector<int> uniform_inputs;     ///< inputs that decide whether `uniform` holds for a row
};

/// All procedures of one system, on a graph of their own: what both back ends are made from.
///
/// Beside the model's leaves the graph has `unknown(first_operand + s)`, entry s of the vector a
/// procedure is given (right-hand side or direction), and `input(gamma_h)`.
struct Plan {
    model::Graph graph;
    int first_operand = 0;
    int gamma_h = 0;
    std::vector<int> position;       ///< of a species in the system, -1 if it has none
    std::vector<bool> row_constant;  ///< by input, gamma_h included
    std::size_t n_unknowns = 0;
    std::size_t n_processes = 0;

    std::array<Procedure, n_procedures> procedures;

    Procedure& operator[](ProcedureId id) { return procedures[static_cast<std::size_t>(id)]; }
    Procedure& operator[](Program program) {
        return procedures[static_cast<std::size_t>(ProcedureId::first_program) +
                          static_cast<std::size_t>(program)];
    }
};

/// \throws std::logic_error  the system refers to species or inputs that do not exist
Plan make_plan(const model::Model& model, const model::System& system);

ProcedureKernel::Counts counts(const Plan& plan);

}  // namespace neocol::kernel
