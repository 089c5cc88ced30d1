#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>
#include <neocol/model/expression.hpp>

#include "../../../src/model/differentiator.hpp"

using neocol::model::Differentiator;
using neocol::model::Graph;
using neocol::model::no_node;
using neocol::model::NodeId;
using neocol::model::Operation;

namespace {

/// Random expressions of three unknowns and two inputs that stay smooth and moderate.
class RandomExpressions {
public:
    RandomExpressions(Graph& graph, unsigned seed) : graph_(graph), random_(seed) {}

    NodeId make(int depth) {
        if (depth == 0) return leaf();
        const NodeId a = make(depth - 1);
        const NodeId b = make(depth - 1);
        const NodeId one = graph_.constant(1.0);
        const NodeId safe = graph_.add(one, graph_.multiply(b, b));
        switch (pick(15)) {
            case 0:
                return graph_.add(a, b);
            case 1:
                return graph_.subtract(a, b);
            case 2:
                return graph_.multiply(a, b);
            case 3:
                return graph_.divide(a, safe);
            case 4:
                return graph_.hill(a, safe, one);
            case 5:
                return graph_.hill(a, safe, graph_.constant(3.0));
            case 6:
                return graph_.hill(a, safe, graph_.input(0));
            case 7:
                return graph_.make(Operation::exponential, graph_.divide(a, safe));
            case 8:
                return graph_.make(Operation::logarithm, safe);
            case 9:
                return graph_.make(Operation::square_root, safe);
            case 10:
                return graph_.make(Operation::sine, a);
            case 11:
                return graph_.make(Operation::hyperbolic_tangent, a);
            case 12:
                return graph_.power(safe, graph_.constant(1.5));
            case 13:
                return graph_.make(Operation::maximum, a, b);
            default:
                return graph_.fraction(graph_.multiply(a, a), safe);
        }
    }

private:
    int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

    NodeId leaf() {
        switch (pick(6)) {
            case 0:
                return graph_.input(pick(2));
            case 1:
                return graph_.constant(0.5 + pick(4));
            default:
                return graph_.unknown(pick(3));
        }
    }

    Graph& graph_;
    std::mt19937 random_;
};

double value(const Graph& graph, NodeId id, double x, double y = 0.0) {
    const std::vector<double> unknowns{x, y};
    return graph.evaluate(id, unknowns, std::vector<double>{2.5, 0.7});
}

}  // namespace

TEST_CASE("equal expressions are one node") {
    Graph graph;
    const NodeId x = graph.unknown(0), y = graph.unknown(1);
    CHECK(graph.add(x, y) == graph.add(y, x));
    CHECK(graph.multiply(graph.add(x, y), y) == graph.multiply(y, graph.add(y, x)));
    CHECK(graph.subtract(x, y) != graph.subtract(y, x));
    CHECK(graph.constant(0.0) == graph.constant(-0.0));
    CHECK(graph.input(0) != x);
}

TEST_CASE("only literals and exact identities are simplified") {
    Graph graph;
    const NodeId x = graph.unknown(0), k = graph.input(0);
    const NodeId zero = graph.constant(0.0), one = graph.constant(1.0);
    CHECK(graph.is_constant(graph.add(graph.constant(2.0), graph.constant(3.0)), 5.0));
    CHECK(graph.add(x, zero) == x);
    CHECK(graph.subtract(x, zero) == x);
    CHECK(graph.multiply(one, x) == x);
    CHECK(graph.divide(x, one) == x);
    CHECK(graph.is_constant(graph.multiply(zero, x), 0.0));
    CHECK(graph.negate(graph.negate(x)) == x);
    CHECK(graph.subtract(x, graph.negate(k)) == graph.add(x, k));
    SECTION("what rounding could change stays") {
        CHECK_FALSE(graph.is_constant(graph.subtract(x, x), 0.0));
        CHECK_FALSE(graph.is_constant(graph.divide(x, x), 1.0));
        CHECK(graph.divide(x, graph.constant(3.0)) != graph.multiply(x, graph.constant(1.0 / 3.0)));
        CHECK(graph[graph.divide(one, zero)].operation == Operation::divide);
    }
}

TEST_CASE("arguments precede their users in a schedule, each once") {
    Graph graph;
    RandomExpressions expressions(graph, 7);
    const std::vector<NodeId> roots{expressions.make(6), expressions.make(6), no_node};
    const std::vector<NodeId> order = graph.schedule(roots);
    std::vector<int> seen(graph.size(), 0);
    for (const NodeId id : order) {
        CHECK(seen[static_cast<std::size_t>(id)]++ == 0);
        for (int k = 0; k < neocol::model::arity(graph[id].operation); ++k) {
            const NodeId argument = graph[id].arguments[static_cast<std::size_t>(k)];
            CHECK(seen[static_cast<std::size_t>(argument)] == 1);
        }
    }
    CHECK(seen[static_cast<std::size_t>(roots[0])] == 1);
    CHECK(seen[static_cast<std::size_t>(roots[1])] == 1);
}

TEST_CASE("derivatives agree with central differences") {
    std::mt19937 random(11);
    std::uniform_real_distribution<double> positive(0.3, 2.0);
    for (unsigned seed = 0; seed < 200; ++seed) {
        Graph graph;
        const NodeId root = RandomExpressions(graph, seed).make(4);
        std::vector<double> u{positive(random), positive(random), positive(random)};
        const std::vector<double> inputs{positive(random) + 1.0, positive(random)};
        for (int s = 0; s < 3; ++s) {
            const NodeId slope = Differentiator(graph).derivative(root, graph.unknown(s));
            const auto at = [&](double shift) {
                std::vector<double> moved = u;
                moved[static_cast<std::size_t>(s)] += shift;
                return graph.evaluate(root, moved, inputs);
            };
            const double h = 1e-5;
            // Fourth order, so that strongly curved expressions need no loose margin.
            const double expected =
                (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
            const double size = std::fabs(at(0.0)) + std::fabs(expected);
            CAPTURE(seed, s);
            CHECK(graph.evaluate(slope, u, inputs) == Approx(expected).margin(1e-8 * size + 1e-8));
        }
    }
}

TEST_CASE("derivatives to inputs hold") {
    Graph graph;
    const NodeId x = graph.unknown(0), n = graph.input(0), k = graph.input(1);
    // d/dn x^n = x^n log x, at x = 3, n = 2.5; d/dK hill = -x / (K + x)^2, K = 0.7
    CHECK(value(graph, Differentiator(graph).derivative(graph.power(x, n), n), 3.0) ==
          Approx(std::pow(3.0, 2.5) * std::log(3.0)));
    const NodeId hill = graph.hill(x, k, graph.constant(1.0));
    CHECK(value(graph, Differentiator(graph).derivative(hill, k), 3.0) ==
          Approx(-3.0 / (3.7 * 3.7)));
}

TEST_CASE("kinks have their left derivative") {
    Graph graph;
    const NodeId x = graph.unknown(0), zero = graph.constant(0.0), one = graph.constant(1.0);
    const auto slope_at = [&](NodeId root, double at) {
        return value(graph, Differentiator(graph).derivative(root, x), at);
    };
    const NodeId ramp = graph.make(Operation::maximum, x, zero);
    CHECK(slope_at(ramp, 0.0) == 0.0);
    CHECK(slope_at(ramp, 1.0) == 1.0);
    CHECK(slope_at(graph.make(Operation::maximum, zero, x), 0.0) == 0.0);
    const NodeId cap = graph.make(Operation::minimum, x, one);
    CHECK(slope_at(cap, 1.0) == 1.0);
    CHECK(slope_at(cap, 1.5) == 0.0);
    CHECK(slope_at(graph.make(Operation::absolute, x), 0.0) == -1.0);
    CHECK(slope_at(graph.make(Operation::absolute, x), 2.0) == 1.0);
    // max(x^2, x) at 1, where slopes 2 and 1 meet: from the left x is the larger
    const NodeId square = graph.multiply(x, x);
    CHECK(slope_at(graph.make(Operation::maximum, square, x), 1.0) == 1.0);
    CHECK(slope_at(graph.make(Operation::minimum, square, x), 1.0) == 2.0);
}

TEST_CASE("values and derivatives are finite where arguments are zero or negative") {
    Graph graph;
    const NodeId x = graph.unknown(0), y = graph.unknown(1), n = graph.input(0), k = graph.input(1);
    const std::vector<NodeId> roots{graph.power(x, graph.constant(0.5)),
                                    graph.power(x, graph.constant(0.3)),
                                    graph.power(x, n),
                                    graph.power(x, k),
                                    graph.power(k, x),
                                    graph.power(x, graph.constant(1.5)),
                                    graph.hill(x, k, n),
                                    graph.hill(x, k, graph.constant(2.0)),
                                    graph.hill(x, k, graph.constant(0.5)),
                                    graph.fraction(x, y),
                                    graph.make(Operation::logarithm, x),
                                    graph.make(Operation::square_root, x),
                                    graph.smoothstep(k, n, x)};
    for (const NodeId root : roots) {
        for (const double at : {0.0, -1e-9, -2.0, 1e-300, 1.0}) {
            for (const double other : {0.0, -1.0}) {
                CAPTURE(at, other);
                CHECK(std::isfinite(value(graph, root, at, other)));
                const double slope =
                    value(graph, Differentiator(graph).derivative(root, x), at, other);
                CHECK(std::isfinite(slope));
                CHECK(std::fabs(slope) <= 1e15);
            }
        }
    }
}

TEST_CASE("named functions have their values") {
    Graph graph;
    const NodeId x = graph.unknown(0), y = graph.unknown(1), k = graph.input(1);  // K = 0.7
    CHECK(value(graph, graph.hill(x, k, graph.constant(1.0)), 0.7) == Approx(0.5));
    CHECK(value(graph, graph.hill(x, k, graph.constant(2.0)), 1.4) == Approx(0.8));
    CHECK(value(graph, graph.hill(x, k, graph.input(0)), 1.4) ==
          Approx(std::pow(2.0, 2.5) / (1.0 + std::pow(2.0, 2.5))));
    CHECK(value(graph, graph.hill(x, k, graph.constant(2.0)), -5.0) == 0.0);
    CHECK(value(graph, graph.fraction(x, y), 0.0, 0.0) == 0.0);
    CHECK(value(graph, graph.fraction(x, y), 1.0, 3.0) == 0.25);
    CHECK(value(graph, graph.fraction(x, y), 1e-40, 1e-40) == 0.5);
    CHECK(value(graph, graph.power(x, graph.constant(3.0)), -2.0) == -8.0);
    CHECK(value(graph, graph.power(x, graph.constant(-2.0)), 4.0) == 1.0 / 16.0);
    CHECK(value(graph, graph.power(x, graph.constant(2.5)), 4.0) == 32.0);
    CHECK(value(graph, graph.power(x, graph.constant(2.5)), -4.0) == 0.0);
    CHECK(value(graph, graph.power(x, graph.constant(0.0)), 7.0) == 1.0);
    const NodeId step = graph.smoothstep(graph.constant(1.0), graph.constant(3.0), x);
    CHECK(value(graph, step, 0.0) == 0.0);
    CHECK(value(graph, step, 2.0) == 0.5);
    CHECK(value(graph, step, 1.5) == 0.15625);  // 3/16 - 2/64
    CHECK(value(graph, step, 9.0) == 1.0);
}

TEST_CASE("dependence is found through shared nodes") {
    Graph graph;
    const NodeId x = graph.unknown(0), y = graph.unknown(1);
    const NodeId sum = graph.add(graph.multiply(x, x), graph.constant(2.0));
    CHECK(graph.depends_on(sum, x));
    CHECK_FALSE(graph.depends_on(sum, y));
    CHECK(graph.is_constant(Differentiator(graph).derivative(sum, y), 0.0));
}

TEST_CASE("what was evaluated before has its value in a graph that grew, was copied or replaced") {
    Graph graph;
    const NodeId x = graph.unknown(0), k = graph.input(0);
    const NodeId sum = graph.add(graph.multiply(x, x), k);
    const auto at = [](const Graph& of, NodeId root, double u, double input) {
        return of.evaluate(root, std::vector<double>{u}, std::vector<double>{input});
    };
    CHECK(at(graph, sum, 3.0, 1.0) == 10.0);
    const NodeId twice = graph.multiply(graph.constant(2.0), sum);
    CHECK(at(graph, twice, 3.0, 1.0) == 20.0);
    CHECK(at(graph, sum, 2.0, 0.5) == 4.5);
    CHECK(graph.evaluate(std::vector<NodeId>{twice, sum, k}, std::vector<double>{2.0},
                         std::vector<double>{0.5}) == std::vector<double>{9.0, 4.5, 0.5});
    CHECK(graph.inputs_below(twice) == std::vector<int>{0});
    Graph copy = graph;
    CHECK(at(copy, sum, 2.0, 0.5) == 4.5);
    Graph other;
    other.constant(1.0);
    const NodeId y = other.unknown(0);
    const NodeId cube = other.multiply(other.multiply(y, y), y);
    REQUIRE(cube == sum);
    CHECK(at(other, cube, 2.0, 0.0) == 8.0);
    copy = other;  // the same numbers of nodes now mean something else
    CHECK(at(copy, cube, 2.0, 0.0) == 8.0);
    copy = graph;
    CHECK(at(copy, sum, 2.0, 0.5) == 4.5);
}
