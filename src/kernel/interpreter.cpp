#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <unordered_map>

#include "plan.hpp"
#include "procedure_kernel.hpp"

namespace neocol::kernel {

using model::no_node;
using model::NodeId;
using model::Operation;

namespace {

#include "vector_math.inc"

/// What one instruction does beside the operations of the model language.
enum class Source : std::uint8_t { operation, state, operand, input, gamma_h };

/// Registers are blocks of `lanes` numbers; `first` is the position of a leaf in its array.
struct Instruction {
    Source source = Source::operation;
    Operation operation = Operation::constant;
    std::int32_t target = -1;
    std::int32_t first = -1;
    std::array<std::int32_t, 4> arguments{0, 0, 0, 0};
};

/// Stores register `from` as output `output`, or accumulates it into process sum `output`, once
/// instruction number `after` of the varying part is done.
struct Store {
    std::size_t output = 0;
    std::int32_t from = -1;
};

/// A Procedure lowered to registers.
struct Code {
    std::vector<double> literals;  ///< of registers 0, 1, ...
    std::size_t n_registers = 0;
    std::vector<Instruction> uniform, varying;
    std::vector<std::vector<Store>> outputs, sums;  ///< after each varying instruction; [0]: before
    std::vector<int> uniform_inputs;
};

/// Gives every node of a procedure a register; registers of varying nodes are used again after
/// their last use.
class Lowering {
public:
    Lowering(const Plan& plan, const Procedure& procedure) : plan_(plan), procedure_(procedure) {}

    Code run() {
        code_.uniform_inputs = procedure_.uniform_inputs;
        for (const auto* part : {&procedure_.uniform, &procedure_.varying})
            for (const NodeId id : *part)
                place_literals(id);
        for (const auto* roots : {&procedure_.outputs, &procedure_.sums})
            for (const NodeId id : *roots)
                place_literal(id == no_node ? zero() : id);
        code_.n_registers = code_.literals.size();
        for (const NodeId id : procedure_.uniform) {
            const std::int32_t target = new_register();
            code_.uniform.push_back(instruction(id, target));
            registers_[id] = target;
        }
        lower_varying();
        return std::move(code_);
    }

private:
    static constexpr NodeId zero() { return no_node; }

    void place_literal(NodeId id) {
        if (registers_.contains(id)) return;
        if (id != no_node && plan_.graph[id].operation != Operation::constant) return;
        registers_[id] = static_cast<std::int32_t>(code_.literals.size());
        code_.literals.push_back(id == no_node ? 0.0 : plan_.graph[id].value);
    }

    void place_literals(NodeId id) {
        const model::Node& node = plan_.graph[id];
        for (int k = 0; k < model::arity(node.operation); ++k)
            place_literal(node.arguments[static_cast<std::size_t>(k)]);
    }

    std::int32_t new_register() { return static_cast<std::int32_t>(code_.n_registers++); }

    Instruction instruction(NodeId id, std::int32_t target) const {
        const model::Node& node = plan_.graph[id];
        Instruction result;
        result.operation = node.operation;
        result.target = target;
        if (node.operation == Operation::unknown) {
            const bool is_operand = node.index >= plan_.first_operand;
            result.source = is_operand ? Source::operand : Source::state;
            result.first = is_operand ? node.index - plan_.first_operand
                                      : plan_.position[static_cast<std::size_t>(node.index)];
        } else if (node.operation == Operation::input) {
            result.source = node.index == plan_.gamma_h ? Source::gamma_h : Source::input;
            result.first = node.index;
        } else {
            for (int k = 0; k < model::arity(node.operation); ++k) {
                const auto i = static_cast<std::size_t>(k);
                result.arguments[i] = registers_.at(node.arguments[i]);
            }
        }
        return result;
    }

    /// Varying nodes by 1 + position of the last that reads them.
    std::vector<std::vector<NodeId>> last_uses(
        const std::unordered_map<NodeId, std::size_t>& ready) const {
        const std::vector<NodeId>& nodes = procedure_.varying;
        std::unordered_map<NodeId, std::size_t> last_use = ready;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const model::Node& node = plan_.graph[nodes[i]];
            for (int k = 0; k < model::arity(node.operation); ++k) {
                const NodeId argument = node.arguments[static_cast<std::size_t>(k)];
                if (ready.contains(argument)) last_use[argument] = i + 1;
            }
        }
        std::vector<std::vector<NodeId>> ends(nodes.size() + 1);
        for (const auto& [id, last] : last_use)
            ends[last].push_back(id);
        for (auto& list : ends)
            std::sort(list.begin(), list.end());
        return ends;
    }

    /// What is read off once a varying node is computed.
    struct Root {
        bool is_sum;
        std::size_t index;  ///< among outputs, or among sums
    };

    /// Roots by 1 + position of the varying node that they are; 0 for those ready before.
    std::vector<std::vector<Root>> due_roots(
        const std::unordered_map<NodeId, std::size_t>& ready) const {
        std::vector<std::vector<Root>> due(procedure_.varying.size() + 1);
        const auto request = [&](NodeId root, bool is_sum, std::size_t index) {
            const auto position = ready.find(root);
            due[position == ready.end() ? 0 : position->second].push_back({is_sum, index});
        };
        for (std::size_t r = 0; r < procedure_.outputs.size(); ++r)
            request(procedure_.outputs[r], false, r);
        for (std::size_t r = 0; r < procedure_.sums.size(); ++r)
            if (procedure_.sums[r] != no_node) request(procedure_.sums[r], true, r);
        return due;
    }

    void lower_varying() {
        const std::vector<NodeId>& nodes = procedure_.varying;
        std::unordered_map<NodeId, std::size_t> ready;  // 1 + position of a varying node
        for (std::size_t i = 0; i < nodes.size(); ++i)
            ready[nodes[i]] = i + 1;
        const std::vector<std::vector<NodeId>> ends = last_uses(ready);
        const std::vector<std::vector<Root>> due = due_roots(ready);

        code_.outputs.resize(nodes.size() + 1);
        code_.sums.resize(nodes.size() + 1);
        std::vector<std::int32_t> free;
        for (std::size_t step = 0; step <= nodes.size(); ++step) {
            if (step > 0) {
                // A fresh register, so that no instruction overwrites what it reads.
                const std::int32_t target = free.empty() ? new_register() : free.back();
                if (!free.empty()) free.pop_back();
                code_.varying.push_back(instruction(nodes[step - 1], target));
                registers_[nodes[step - 1]] = target;
            }
            for (const auto& [is_sum, r] : due[step]) {
                const NodeId root = (is_sum ? procedure_.sums : procedure_.outputs)[r];
                (is_sum ? code_.sums : code_.outputs)[step].push_back({r, registers_.at(root)});
            }
            for (const NodeId id : ends[step])
                free.push_back(registers_.at(id));
        }
    }

    const Plan& plan_;
    const Procedure& procedure_;
    Code code_;
    std::unordered_map<NodeId, std::int32_t> registers_;
};

template <typename F>
void each(double* target, const double* a, F f) {
    for (std::size_t i = 0; i < lanes; ++i)
        target[i] = f(a[i]);
}

template <typename F>
void each(double* target, const double* a, const double* b, F f) {
    for (std::size_t i = 0; i < lanes; ++i)
        target[i] = f(a[i], b[i]);
}

void execute(Operation operation, double* target, const double* a, const double* b, const double* c,
             const double* d) {
    switch (operation) {
        case Operation::add:
            return each(target, a, b, [](double x, double y) { return x + y; });
        case Operation::subtract:
            return each(target, a, b, [](double x, double y) { return x - y; });
        case Operation::multiply:
            return each(target, a, b, [](double x, double y) { return x * y; });
        case Operation::divide:
            return each(target, a, b, [](double x, double y) { return x / y; });
        case Operation::negate:
            return each(target, a, [](double x) { return -x; });
        case Operation::power:
            return each(target, a, b, [](double x, double y) { return nk_pow(x, y); });
        case Operation::exponential:
            return each(target, a, [](double x) { return nk_exp(x); });
        case Operation::logarithm:
            return each(target, a, [](double x) { return nk_log(x); });
        case Operation::square_root:
            return each(target, a, [](double x) { return nk_sqrt(x); });
        case Operation::sine:
            return each(target, a, [](double x) { return nk_sin(x); });
        case Operation::cosine:
            return each(target, a, [](double x) { return nk_cos(x); });
        case Operation::hyperbolic_tangent:
            return each(target, a, [](double x) { return nk_tanh(x); });
        case Operation::minimum:
            return each(target, a, b, [](double x, double y) { return x < y ? x : y; });
        case Operation::maximum:
            return each(target, a, b, [](double x, double y) { return x > y ? x : y; });
        case Operation::absolute:
            return each(target, a, [](double x) { return __builtin_fabs(x); });
        case Operation::select_less:
            for (std::size_t i = 0; i < lanes; ++i)
                target[i] = a[i] < b[i] ? c[i] : d[i];
            return;
        case Operation::constant:
        case Operation::unknown:
        case Operation::input:
            break;
    }
    throw std::logic_error("a leaf is not an instruction");
}

void load(const Instruction& instruction, const abi::nk_row& row, const abi::nk_call& call,
          std::size_t block, double* target) {
    const std::size_t start = block * lanes;
    const auto first = static_cast<std::size_t>(instruction.first);
    const double* from = nullptr;
    switch (instruction.source) {
        case Source::state:
            from = row.state + first * row.field_stride + start;
            break;
        case Source::operand:
            from = call.operand + first * call.operand_stride + start;
            break;
        case Source::input:
            from = row.inputs[first] + static_cast<std::ptrdiff_t>(block) * row.advance[first];
            break;
        case Source::gamma_h:
            std::fill_n(target, lanes, call.gamma_h);
            return;
        case Source::operation:
            return;
    }
    std::memcpy(target, from, lanes * sizeof(double));
}

void run_instruction(const Instruction& instruction, const abi::nk_row& row,
                     const abi::nk_call& call, std::size_t block, double* registers) {
    const auto place = [registers](std::int32_t r) {
        return registers + static_cast<std::size_t>(r) * lanes;
    };
    if (instruction.source != Source::operation) {
        load(instruction, row, call, block, place(instruction.target));
        return;
    }
    execute(instruction.operation, place(instruction.target), place(instruction.arguments[0]),
            place(instruction.arguments[1]), place(instruction.arguments[2]),
            place(instruction.arguments[3]));
}

void run(const Code& code, const abi::nk_row& row, const abi::nk_call& call) {
    AlignedVector registers(code.n_registers * lanes);
    for (std::size_t k = 0; k < code.literals.size(); ++k) {
        std::fill_n(registers.begin() + static_cast<std::ptrdiff_t>(k * lanes), lanes,
                    code.literals[k]);
    }
    const bool is_row_uniform = std::all_of(code.uniform_inputs.begin(), code.uniform_inputs.end(),
                                            [&row](int input) { return row.advance[input] == 0; });
    for (std::size_t block = 0; block < row.n_blocks; ++block) {
        if (block == 0 || !is_row_uniform)
            for (const Instruction& i : code.uniform)
                run_instruction(i, row, call, block, registers.data());
        for (std::size_t step = 0; step < code.outputs.size(); ++step) {
            if (step > 0)
                run_instruction(code.varying[step - 1], row, call, block, registers.data());
            for (const Store& store : code.outputs[step]) {
                const double* from =
                    registers.data() + static_cast<std::size_t>(store.from) * lanes;
                std::copy_n(from, lanes, call.out + store.output * call.out_stride + block * lanes);
            }
            for (const Store& sum : code.sums[step]) {
                const double* from = registers.data() + static_cast<std::size_t>(sum.from) * lanes;
                const double* weights = call.weights + block * lanes;
                double* to = call.sums + sum.output * lanes;
                for (std::size_t i = 0; i < lanes; ++i)
                    to[i] = to[i] + weights[i] * from[i];
            }
        }
    }
}

class Interpreter final : public ProcedureKernel {
public:
    explicit Interpreter(const Plan& plan) : ProcedureKernel("interpreter", counts(plan)) {
        for (std::size_t p = 0; p < n_procedures; ++p)
            codes_[p] = Lowering(plan, plan.procedures[p]).run();
    }

private:
    void run(std::size_t procedure, const abi::nk_row& row,
             const abi::nk_call& call) const override {
        kernel::run(codes_[procedure], row, call);
    }

    std::array<Code, n_procedures> codes_;
};

}  // namespace

std::unique_ptr<Kernel> make_interpreter(const model::Model& model, const model::System& system) {
    return std::make_unique<Interpreter>(make_plan(model, system));
}

}  // namespace neocol::kernel
