#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace neocol::model {

/// What a node of an expression graph computes from its arguments a, b, c, d.
enum class Operation : std::uint8_t {
    constant,     ///< a literal
    unknown,      ///< species `index` (into Model::species), whatever the system
    input,        ///< entry `index` of Model::inputs
    add,          ///< a + b
    subtract,     ///< a - b
    multiply,     ///< a * b
    divide,       ///< a / b
    negate,       ///< -a
    power,        ///< max(a, 0)^b
    exponential,  ///< exp(a)
    logarithm,    ///< log(max(a, 2.2e-308)), finite everywhere
    square_root,  ///< sqrt(max(a, 0))
    sine,
    cosine,
    hyperbolic_tangent,
    minimum,      ///< a < b ? a : b
    maximum,      ///< a > b ? a : b
    absolute,     ///< |a|
    select_less,  ///< a < b ? c : d
};

/// Reference to a node of a Graph.
using NodeId = std::int32_t;
inline constexpr NodeId no_node = -1;

struct Node {
    Operation operation = Operation::constant;
    std::int32_t index = -1;  ///< of an unknown or input
    double value = 0.0;       ///< of a constant
    std::array<NodeId, 4> arguments{no_node, no_node, no_node, no_node};

    bool operator==(const Node&) const = default;
};

/// Number of arguments an operation takes.
int arity(Operation operation);

/// Hash-consed expression graph: equal expressions are one node, arguments precede their users.
///
/// Only literals are folded, and only identities exact in floating point are applied
/// (x + 0, x * 1, x / 1, x - 0, 0 * x, --x, x + -y, -x * y, the order of commuting arguments);
/// parameters stay inputs, so a sweep never recompiles.
class Graph {
public:
    NodeId constant(double value);
    NodeId unknown(int index);
    NodeId input(int index);
    NodeId make(Operation operation, NodeId a, NodeId b = no_node, NodeId c = no_node,
                NodeId d = no_node);

    NodeId add(NodeId a, NodeId b) { return make(Operation::add, a, b); }
    NodeId subtract(NodeId a, NodeId b) { return make(Operation::subtract, a, b); }
    NodeId multiply(NodeId a, NodeId b) { return make(Operation::multiply, a, b); }
    NodeId divide(NodeId a, NodeId b) { return make(Operation::divide, a, b); }
    NodeId negate(NodeId a) { return make(Operation::negate, a); }
    /// x^n; small whole n by multiplication, which is defined for negative x too.
    NodeId power(NodeId x, NodeId n);
    /// x^n / (K^n + x^n) of max(x, 0).
    NodeId hill(NodeId x, NodeId K, NodeId n);
    /// x / (x + y) of max(x, 0) and max(y, 0), 0 where both are 0.
    NodeId fraction(NodeId x, NodeId y);
    /// 0 below a, 1 above b, 3t^2 - 2t^3 between.
    NodeId smoothstep(NodeId a, NodeId b, NodeId x);

    /// t (2 - t) with t = min(x/K, 1): 0 at x = 0, 1 from K on, of one slope there; below 0 as it
    /// is.
    NodeId ramp(NodeId x, NodeId K);

    bool is_constant(NodeId id, double value) const;
    /// True if `variable` occurs below `root`.
    bool depends_on(NodeId root, NodeId variable) const;
    /// Nodes needed for `roots`, arguments first.
    std::vector<NodeId> schedule(std::span<const NodeId> roots) const;
    const Node& operator[](NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
    std::size_t size() const { return nodes_.size(); }

    /// Entries of Model::inputs that are read below `root`.
    std::vector<int> inputs_below(NodeId root) const;

    /// Value of `root` at one point. Slow: for set-up and checks, not for grids. What is evaluated
    /// again is not ordered again; safe on several threads.
    double evaluate(NodeId root, std::span<const double> unknowns,
                    std::span<const double> inputs) const;
    /// Values of all `roots` at one point, shared nodes computed once. \pre none is no_node
    std::vector<double> evaluate(std::span<const NodeId> roots, std::span<const double> unknowns,
                                 std::span<const double> inputs) const;

private:
    struct Hash {
        std::size_t operator()(const Node& node) const;
    };
    struct Schedule;
    /// Schedules of roots that were evaluated before: nodes are only ever added, so they stay true.
    /// A copy of a graph, and one that becomes another, begin without.
    class Schedules {
    public:
        Schedules() = default;
        Schedules(const Schedules&) noexcept {}
        Schedules& operator=(const Schedules&) noexcept {
            known_.clear();
            n_nodes_ = 0;
            return *this;
        }
        ~Schedules() = default;
        std::shared_ptr<const Schedule> of(const Graph& graph, std::span<const NodeId> roots);

    private:
        struct HashRoots {
            using is_transparent = void;
            std::size_t operator()(std::span<const NodeId> roots) const;
        };
        struct SameRoots {
            using is_transparent = void;
            bool operator()(std::span<const NodeId> a, std::span<const NodeId> b) const;
        };
        std::shared_mutex mutex_;
        std::size_t n_nodes_ = 0;
        std::unordered_map<std::vector<NodeId>, std::shared_ptr<const Schedule>, HashRoots,
                           SameRoots>
            known_;
    };
    std::vector<Node> nodes_;
    std::unordered_map<Node, NodeId, Hash> known_;
    mutable Schedules schedules_;
    NodeId intern(const Node& node);
    /// The literal value of an operation on literals, or no_node.
    NodeId fold(Operation operation, const std::array<NodeId, 4>& arguments);
    /// The node that exact identities leave, or no_node.
    NodeId simplify(Operation operation, const std::array<NodeId, 4>& arguments);
    NodeId whole_power(NodeId x, int n);
};

}  // namespace neocol::model
