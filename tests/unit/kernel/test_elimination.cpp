#include <algorithm>

#include <catch2/catch.hpp>

#include "../../../src/kernel/elimination.hpp"

using neocol::kernel::eliminate;
using neocol::kernel::elimination_order;
using neocol::model::Graph;
using neocol::model::no_node;
using neocol::model::NodeId;

TEST_CASE("an arrow matrix is eliminated from its points, without fill") {
    // Full first row and column: pivoting there first would fill the whole matrix.
    const std::size_t n = 6;
    std::vector<std::vector<bool>> pattern(n, std::vector<bool>(n, false));
    for (std::size_t i = 0; i < n; ++i)
        pattern[i][i] = pattern[0][i] = pattern[i][0] = true;
    const std::vector<int> order = elimination_order(pattern);
    CHECK(std::find(order.begin(), order.end(), 0) - order.begin() >= 4);

    Graph graph;
    neocol::kernel::NodeMatrix a(n, std::vector<NodeId>(n, no_node));
    std::vector<NodeId> b;
    int next = 0;
    for (std::size_t i = 0; i < n; ++i) {
        b.push_back(graph.unknown(next++));
        for (std::size_t j = 0; j < n; ++j)
            if (pattern[i][j]) a[i][j] = graph.unknown(next++);
    }
    const auto count = [&](const std::vector<int>& pivots) {
        return graph.schedule(eliminate(graph, a, b, pivots)).size();
    };
    CHECK(count(order) < count({0, 1, 2, 3, 4, 5}) / 2);
}

TEST_CASE("uncoupled unknowns are solved by one reciprocal each") {
    Graph graph;
    const NodeId d = graph.unknown(0), b = graph.unknown(1);
    const auto x = eliminate(graph, {{d}}, {b}, {0});
    CHECK(x.front() == graph.multiply(b, graph.divide(graph.constant(1.0), d)));
}
