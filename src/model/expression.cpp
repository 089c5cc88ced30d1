#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <stdexcept>

#include <neocol/model/expression.hpp>

namespace neocol::model {

namespace {

// Smallest normal number: guards a denominator or logarithm without changing any value above it.
constexpr double tiny = std::numeric_limits<double>::min();

// Nodes in schedules that are kept for another evaluation.
constexpr std::size_t most_scheduled = std::size_t{1} << 18;

// Whole powers up to this one are products.
constexpr int largest_product_power = 16;

bool is_commutative(Operation operation) {
    return operation == Operation::add || operation == Operation::multiply;
}

double compute(Operation operation, double a, double b, double c, double d) {
    switch (operation) {
        case Operation::add:
            return a + b;
        case Operation::subtract:
            return a - b;
        case Operation::multiply:
            return a * b;
        case Operation::divide:
            return a / b;
        case Operation::negate:
            return -a;
        case Operation::power:
            return std::pow(a > 0.0 ? a : 0.0, b);
        case Operation::exponential:
            return std::exp(a);
        case Operation::logarithm:
            return std::log(a > tiny ? a : tiny);
        case Operation::square_root:
            return std::sqrt(a > 0.0 ? a : 0.0);
        case Operation::sine:
            return std::sin(a);
        case Operation::cosine:
            return std::cos(a);
        case Operation::hyperbolic_tangent:
            return std::tanh(a);
        case Operation::minimum:
            return a < b ? a : b;
        case Operation::maximum:
            return a > b ? a : b;
        case Operation::absolute:
            return std::fabs(a);
        case Operation::select_less:
            return a < b ? c : d;
        case Operation::constant:
        case Operation::unknown:
        case Operation::input:
            break;
    }
    throw std::logic_error("a leaf of an expression is not computed from arguments");
}

}  // namespace

int arity(Operation operation) {
    switch (operation) {
        case Operation::constant:
        case Operation::unknown:
        case Operation::input:
            return 0;
        case Operation::negate:
        case Operation::exponential:
        case Operation::logarithm:
        case Operation::square_root:
        case Operation::sine:
        case Operation::cosine:
        case Operation::hyperbolic_tangent:
        case Operation::absolute:
            return 1;
        case Operation::select_less:
            return 4;
        default:
            return 2;
    }
}

std::size_t Graph::Hash::operator()(const Node& node) const {
    std::uint64_t h = static_cast<std::uint64_t>(node.operation);
    const auto mix = [&h](std::uint64_t v) {
        h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
        h ^= h >> 29;
    };
    mix(static_cast<std::uint32_t>(node.index));
    mix(std::bit_cast<std::uint64_t>(node.value + 0.0));  // -0 and 0 are equal, so hash alike
    for (const NodeId argument : node.arguments)
        mix(static_cast<std::uint32_t>(argument));
    return static_cast<std::size_t>(h);
}

NodeId Graph::intern(const Node& node) {
    const auto [place, is_new] = known_.try_emplace(node, static_cast<NodeId>(nodes_.size()));
    if (is_new) nodes_.push_back(node);
    return place->second;
}

NodeId Graph::constant(double value) {
    Node node;
    node.value = value + 0.0;
    return intern(node);
}

NodeId Graph::unknown(int index) {
    Node node;
    node.operation = Operation::unknown;
    node.index = index;
    return intern(node);
}

NodeId Graph::input(int index) {
    Node node;
    node.operation = Operation::input;
    node.index = index;
    return intern(node);
}

bool Graph::is_constant(NodeId id, double value) const {
    const Node& node = (*this)[id];
    return node.operation == Operation::constant && node.value == value;
}

NodeId Graph::fold(Operation operation, const std::array<NodeId, 4>& arguments) {
    std::array<double, 4> values{};
    const auto n = static_cast<std::size_t>(arity(operation));
    for (std::size_t i = 0; i < n; ++i) {
        const Node& node = (*this)[arguments[i]];
        if (node.operation != Operation::constant) return no_node;
        values[i] = node.value;
    }
    const double value = compute(operation, values[0], values[1], values[2], values[3]);
    return std::isfinite(value) ? constant(value) : no_node;
}

// One line a rule, in one table: its length is that of algebra, not of a tangle.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
NodeId Graph::simplify(Operation operation, const std::array<NodeId, 4>& arguments) {
    const auto [a, b, c, d] = arguments;
    const auto negated = [this](NodeId id) {
        const Node& node = (*this)[id];
        return node.operation == Operation::negate ? node.arguments[0] : no_node;
    };
    switch (operation) {
        case Operation::add:
            if (is_constant(a, 0.0)) return b;
            if (is_constant(b, 0.0)) return a;
            if (negated(b) != no_node) return subtract(a, negated(b));
            if (negated(a) != no_node) return subtract(b, negated(a));
            break;
        case Operation::subtract:
            if (is_constant(b, 0.0)) return a;
            if (is_constant(a, 0.0)) return negate(b);
            if (negated(b) != no_node) return add(a, negated(b));
            break;
        case Operation::multiply:
            if (is_constant(a, 0.0) || is_constant(b, 0.0)) return constant(0.0);
            if (is_constant(a, 1.0)) return b;
            if (is_constant(b, 1.0)) return a;
            if (is_constant(a, -1.0)) return negate(b);
            if (is_constant(b, -1.0)) return negate(a);
            if (negated(a) != no_node) return negate(multiply(negated(a), b));
            if (negated(b) != no_node) return negate(multiply(a, negated(b)));
            break;
        case Operation::divide:
            if (is_constant(b, 1.0)) return a;
            if (is_constant(a, 0.0)) return a;
            break;
        case Operation::negate:
            if (negated(a) != no_node) return negated(a);
            break;
        case Operation::minimum:
        case Operation::maximum:
            if (a == b) return a;
            break;
        case Operation::select_less:
            if (c == d) return c;
            break;
        default:
            break;
    }
    return no_node;
}

NodeId Graph::make(Operation operation, NodeId a, NodeId b, NodeId c, NodeId d) {
    const std::array<NodeId, 4> given{a, b, c, d};
    Node node;
    node.operation = operation;
    const auto n = static_cast<std::size_t>(arity(operation));
    if (n == 0) throw std::logic_error("a leaf of an expression has no arguments");
    for (std::size_t i = 0; i < n; ++i) {
        if (given[i] < 0 || static_cast<std::size_t>(given[i]) >= nodes_.size())
            throw std::logic_error("an argument of an expression does not exist");
        node.arguments[i] = given[i];
    }
    if (const NodeId folded = fold(operation, node.arguments); folded != no_node) return folded;
    if (const NodeId simple = simplify(operation, node.arguments); simple != no_node) return simple;
    // IEEE sums and products commute, so one order of arguments stands for both.
    if (is_commutative(operation) && node.arguments[0] > node.arguments[1])
        std::swap(node.arguments[0], node.arguments[1]);
    return intern(node);
}

NodeId Graph::whole_power(NodeId x, int n) {
    if (n == 0) return constant(1.0);
    if (n < 0) return divide(constant(1.0), whole_power(x, -n));
    if (n == 1) return x;
    const NodeId half = whole_power(x, n / 2);
    const NodeId square = multiply(half, half);
    return n % 2 == 0 ? square : multiply(square, x);
}

NodeId Graph::power(NodeId x, NodeId n) {
    const Node exponent = (*this)[n];
    if (exponent.operation == Operation::constant) {
        const double doubled = 2.0 * exponent.value;
        if (doubled == std::floor(doubled) && std::fabs(exponent.value) <= largest_product_power) {
            const int whole = static_cast<int>(std::floor(exponent.value));
            if (exponent.value == whole) return whole_power(x, whole);
            // x^(k + 1/2) = x^k sqrt(x) of max(x, 0)
            const int k = static_cast<int>(std::fabs(exponent.value));
            const NodeId positive = make(Operation::maximum, x, constant(0.0));
            const NodeId root = make(Operation::square_root, x);
            const NodeId value = k == 0 ? root : multiply(whole_power(positive, k), root);
            return exponent.value > 0.0 ? value : divide(constant(1.0), value);
        }
    }
    return make(Operation::power, x, n);
}

NodeId Graph::hill(NodeId x, NodeId K, NodeId n) {
    const NodeId positive = make(Operation::maximum, x, constant(0.0));
    if ((*this)[n].operation == Operation::constant) {
        const NodeId raised = power(positive, n);
        if ((*this)[raised].operation != Operation::power)
            return divide(raised, add(power(K, n), raised));
    }
    // One power instead of two.
    const NodeId ratio = power(divide(positive, K), n);
    return divide(ratio, add(constant(1.0), ratio));
}

NodeId Graph::fraction(NodeId x, NodeId y) {
    const NodeId zero = constant(0.0);
    const NodeId part = make(Operation::maximum, x, zero);
    const NodeId sum = add(part, make(Operation::maximum, y, zero));
    return divide(part, make(Operation::maximum, sum, constant(tiny)));
}

NodeId Graph::smoothstep(NodeId a, NodeId b, NodeId x) {
    const NodeId raw = divide(subtract(x, a), subtract(b, a));
    const NodeId clamped =
        make(Operation::minimum, make(Operation::maximum, raw, constant(0.0)), constant(1.0));
    const NodeId square = multiply(clamped, clamped);
    return multiply(square, subtract(constant(3.0), multiply(constant(2.0), clamped)));
}

NodeId Graph::ramp(NodeId x, NodeId K) {
    const NodeId t = make(Operation::minimum, divide(x, K), constant(1.0));
    return multiply(t, subtract(constant(2.0), t));
}

bool Graph::depends_on(NodeId root, NodeId variable) const {
    const std::array<NodeId, 1> roots{root};
    const std::vector<NodeId> order = schedule(roots);
    return std::find(order.begin(), order.end(), variable) != order.end();
}

namespace {

/// One past the last of the nodes that `roots` need: arguments come before what is made of them.
std::size_t end_of(std::span<const NodeId> roots) {
    NodeId last = no_node;
    for (const NodeId root : roots)
        last = std::max(last, root);
    return static_cast<std::size_t>(last) + 1;
}

}  // namespace

std::vector<NodeId> Graph::schedule(std::span<const NodeId> roots) const {
    std::vector<NodeId> order;
    std::vector<bool> done(end_of(roots), false);
    std::vector<std::pair<NodeId, int>> stack;  // node and its next argument
    for (const NodeId root : roots) {
        if (root == no_node || done[static_cast<std::size_t>(root)]) continue;
        stack.emplace_back(root, 0);
        while (!stack.empty()) {
            const NodeId id = stack.back().first;
            const Node& node = (*this)[id];
            if (stack.back().second == arity(node.operation)) {
                if (!done[static_cast<std::size_t>(id)]) order.push_back(id);
                done[static_cast<std::size_t>(id)] = true;
                stack.pop_back();
                continue;
            }
            const NodeId next = node.arguments[static_cast<std::size_t>(stack.back().second++)];
            if (!done[static_cast<std::size_t>(next)]) stack.emplace_back(next, 0);
        }
    }
    return order;
}

/// Nodes in the order of their evaluation, each with the places of its arguments in that order.
struct Graph::Schedule {
    struct Step {
        Operation operation = Operation::constant;
        std::int32_t index = -1;
        double value = 0.0;
        std::array<std::uint32_t, 4> arguments{};
    };
    std::vector<Step> steps;
    std::vector<std::uint32_t> roots;  ///< their places
};

std::size_t Graph::Schedules::HashRoots::operator()(std::span<const NodeId> roots) const {
    std::uint64_t h = roots.size();
    for (const NodeId root : roots) {
        h = (h ^ static_cast<std::uint32_t>(root)) * 0x9e3779b97f4a7c15ULL;
        h ^= h >> 29;
    }
    return static_cast<std::size_t>(h);
}

bool Graph::Schedules::SameRoots::operator()(std::span<const NodeId> a,
                                             std::span<const NodeId> b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::shared_ptr<const Graph::Schedule> Graph::Schedules::of(const Graph& graph,
                                                            std::span<const NodeId> roots) {
    {
        const std::shared_lock lock(mutex_);
        const auto found = known_.find(roots);
        if (found != known_.end()) return found->second;
    }
    const std::vector<NodeId> order = graph.schedule(roots);
    std::vector<std::uint32_t> place(end_of(roots));
    auto made = std::make_shared<Schedule>();
    for (const NodeId id : order) {
        const Node& node = graph[id];
        Schedule::Step step{node.operation, node.index, node.value, {}};
        for (std::size_t i = 0; i < static_cast<std::size_t>(arity(node.operation)); ++i)
            step.arguments[i] = place[static_cast<std::size_t>(node.arguments[i])];
        place[static_cast<std::size_t>(id)] = static_cast<std::uint32_t>(made->steps.size());
        made->steps.push_back(step);
    }
    for (const NodeId root : roots)
        made->roots.push_back(place[static_cast<std::size_t>(root)]);
    const std::lock_guard lock(mutex_);
    if (n_nodes_ + order.size() <= most_scheduled &&
        known_.try_emplace({roots.begin(), roots.end()}, made).second)
        n_nodes_ += order.size();
    return made;
}

std::vector<int> Graph::inputs_below(NodeId root) const {
    std::vector<int> inputs;
    for (const Schedule::Step& step : schedules_.of(*this, std::span(&root, 1))->steps)
        if (step.operation == Operation::input) inputs.push_back(step.index);
    return inputs;
}

double Graph::evaluate(NodeId root, std::span<const double> unknowns,
                       std::span<const double> inputs) const {
    const Node& node = (*this)[root];
    if (node.operation == Operation::constant) return node.value;
    if (node.operation == Operation::input) return inputs[static_cast<std::size_t>(node.index)];
    return evaluate(std::span(&root, 1), unknowns, inputs).front();
}

std::vector<double> Graph::evaluate(std::span<const NodeId> roots, std::span<const double> unknowns,
                                    std::span<const double> inputs) const {
    const std::shared_ptr<const Schedule> schedule = schedules_.of(*this, roots);
    // Without first values: each is set before it is read.
    const auto values = std::make_unique_for_overwrite<double[]>(schedule->steps.size());
    double* value = values.get();
    for (const Schedule::Step& step : schedule->steps) {
        const auto argument = [&](std::size_t i) { return values[step.arguments[i]]; };
        if (step.operation == Operation::constant)
            *value = step.value;
        else if (step.operation == Operation::unknown)
            *value = unknowns[static_cast<std::size_t>(step.index)];
        else if (step.operation == Operation::input)
            *value = inputs[static_cast<std::size_t>(step.index)];
        else
            *value = compute(step.operation, argument(0), argument(1), argument(2), argument(3));
        ++value;
    }
    std::vector<double> results;
    for (const std::uint32_t root : schedule->roots)
        results.push_back(values[root]);
    return results;
}

}  // namespace neocol::model
