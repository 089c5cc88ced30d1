#include "elimination.hpp"

#include <algorithm>
#include <cstddef>

namespace neocol::kernel {

using model::no_node;
using model::NodeId;

namespace {

/// Entries that eliminating k may add: those of its row times those of its column (Markowitz).
std::size_t fill_in(const std::vector<std::vector<bool>>& pattern, const std::vector<bool>& done,
                    std::size_t k) {
    std::size_t in_row = 0, in_column = 0;
    for (std::size_t j = 0; j < pattern.size(); ++j) {
        if (j == k || done[j]) continue;
        in_row += pattern[k][j] ? 1U : 0U;
        in_column += pattern[j][k] ? 1U : 0U;
    }
    return in_row * in_column;
}

/// The first of the least fill-in among those that are not done.
std::size_t cheapest_pivot(const std::vector<std::vector<bool>>& pattern,
                           const std::vector<bool>& done) {
    const std::size_t n = pattern.size();
    std::size_t best = n, best_cost = 0;
    for (std::size_t k = 0; k < n; ++k) {
        if (done[k]) continue;
        const std::size_t cost = fill_in(pattern, done, k);
        if (best == n || cost < best_cost) {
            best = k;
            best_cost = cost;
        }
    }
    return best;
}

}  // namespace

std::vector<int> elimination_order(std::vector<std::vector<bool>> pattern) {
    const std::size_t n = pattern.size();
    std::vector<bool> done(n, false);
    std::vector<int> order;
    for (std::size_t step = 0; step < n; ++step) {
        const std::size_t best = cheapest_pivot(pattern, done);
        done[best] = true;
        order.push_back(static_cast<int>(best));
        for (std::size_t i = 0; i < n; ++i) {
            if (done[i] || !pattern[i][best]) continue;
            for (std::size_t j = 0; j < n; ++j)
                if (!done[j] && pattern[best][j]) pattern[i][j] = true;
        }
    }
    return order;
}

namespace {

/// target - factor * value, where target may be structurally zero.
NodeId subtract_product(model::Graph& graph, NodeId target, NodeId factor, NodeId value) {
    const NodeId product = graph.multiply(factor, value);
    return target == no_node ? graph.negate(product) : graph.subtract(target, product);
}

}  // namespace

std::vector<NodeId> eliminate(model::Graph& graph, NodeMatrix a, std::vector<NodeId> b,
                              const std::vector<int>& order) {
    const std::size_t n = order.size();
    std::vector<NodeId> reciprocal(n, no_node);
    for (std::size_t step = 0; step < n; ++step) {
        const auto k = static_cast<std::size_t>(order[step]);
        reciprocal[k] = graph.divide(graph.constant(1.0), a[k][k]);
        for (std::size_t later = step + 1; later < n; ++later) {
            const auto i = static_cast<std::size_t>(order[later]);
            if (a[i][k] == no_node) continue;
            const NodeId factor = graph.multiply(a[i][k], reciprocal[k]);
            for (std::size_t other = step + 1; other < n; ++other) {
                const auto j = static_cast<std::size_t>(order[other]);
                if (a[k][j] == no_node) continue;
                a[i][j] = subtract_product(graph, a[i][j], factor, a[k][j]);
            }
            b[i] = subtract_product(graph, b[i], factor, b[k]);
        }
    }
    std::vector<NodeId> x(n, no_node);
    for (std::size_t step = n; step-- > 0;) {
        const auto k = static_cast<std::size_t>(order[step]);
        NodeId value = b[k];
        for (std::size_t later = step + 1; later < n; ++later) {
            const auto j = static_cast<std::size_t>(order[later]);
            if (a[k][j] != no_node) value = subtract_product(graph, value, a[k][j], x[j]);
        }
        x[k] = graph.multiply(value, reciprocal[k]);
    }
    return x;
}

}  // namespace neocol::kernel
