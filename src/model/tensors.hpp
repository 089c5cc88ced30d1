#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/model/model.hpp>

/// Symmetric tensors: six expressions, xx, yy, zz, xy, xz, yz.
namespace neocol::model {

inline constexpr std::size_t n_components = tensor_components.size();

/// Name of a component, such as `fibres_xx`.
std::string component_name(const std::string& tensor, std::size_t i);
/// Component of an expression as the user could have written it.
std::string component_text(const std::string& text, std::size_t i);
/// Position of a component by its name, also by those of cylindrical axes; -1 if there is none.
int component_index(std::string_view name);

/// `combine` applied component by component; an empty one is the tensor 0.
std::vector<NodeId> componentwise(Graph& graph, const std::vector<NodeId>& a,
                                  const std::vector<NodeId>& b,
                                  const std::function<NodeId(NodeId, NodeId)>& combine);
/// Sum of the products of all nine components.
NodeId contract(Graph& graph, const std::vector<NodeId>& a, const std::vector<NodeId>& b);
NodeId trace(Graph& graph, const std::vector<NodeId>& a);
/// sqrt(3/2) |A - tr(A)/3| / |A|, 0 where A is 0: 0 for a sphere, 1 for a line, sqrt(1/2) for a
/// disc. Source: Basser & Pierpaoli 1996, doi:10.1006/jmrb.1996.0086
NodeId fractional_anisotropy(Graph& graph, const std::vector<NodeId>& a);

}  // namespace neocol::model
