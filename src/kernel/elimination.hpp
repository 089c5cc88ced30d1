#pragma once

#include <vector>

#include <neocol/model/model.hpp>

namespace neocol::kernel {

/// Square sparse matrix of expressions; no_node where the entry is structurally zero.
using NodeMatrix = std::vector<std::vector<model::NodeId>>;

/// Order of diagonal pivots with the least fill: Markowitz's rule, ties to the lower index.
/// \param pattern  true where an entry may differ from zero; the diagonal is taken as present
/// Source: Markowitz 1957, doi:10.1287/mnsc.3.3.255
std::vector<int> elimination_order(std::vector<std::vector<bool>> pattern);

/// Expressions of x in A x = b by Gaussian elimination with diagonal pivots in `order`.
///
/// Every index is resolved here; entries outside the fill pattern cost nothing. One division a
/// pivot. b = 0 gives x = 0 exactly.
std::vector<model::NodeId> eliminate(model::Graph& graph, NodeMatrix a,
                                     std::vector<model::NodeId> b, const std::vector<int>& order);

}  // namespace neocol::kernel
