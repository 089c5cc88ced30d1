#include "procedure_kernel.hpp"

namespace neocol::kernel {

void ProcedureKernel::run(ProcedureId procedure, const Row& row, const abi::nk_call& call) const {
    const abi::nk_row plain{row.n_blocks, row.state, row.field_stride, row.inputs, row.advance};
    run(static_cast<std::size_t>(procedure), plain, call);
}

void ProcedureKernel::rates(const Row& row, double* out, std::size_t out_stride,
                            const double* weights, double* process_sums) const {
    abi::nk_call call{};
    call.out = out;
    call.out_stride = out_stride;
    call.weights = weights;
    call.sums = process_sums;
    run(weights != nullptr ? ProcedureId::rates_and_sums : ProcedureId::rates, row, call);
}

void ProcedureKernel::solve(const Row& row, double gamma_h, double* b, std::size_t b_stride,
                            Part part) const {
    abi::nk_call call{};
    call.gamma_h = gamma_h;
    call.operand = b;
    call.operand_stride = b_stride;
    call.out = b;
    call.out_stride = b_stride;
    switch (part) {
        case Part::all:
            run(ProcedureId::solve, row, call);
            break;
        case Part::early:
            run(ProcedureId::solve_early, row, call);
            break;
        case Part::late:
            run(ProcedureId::solve_late, row, call);
    }
}

void ProcedureKernel::process_jacobian_times(const Row& row, const double* w, std::size_t w_stride,
                                             const double* weights, double* process_sums,
                                             Part part) const {
    abi::nk_call call{};
    call.operand = w;
    call.operand_stride = w_stride;
    call.weights = weights;
    call.sums = process_sums;
    switch (part) {
        case Part::all:
            run(ProcedureId::process_jacobian_times, row, call);
            break;
        case Part::early:
            run(ProcedureId::early_jacobian_times, row, call);
            break;
        case Part::late:
            run(ProcedureId::late_jacobian_times, row, call);
    }
}

void ProcedureKernel::time_derivative(const Row& row, double* out, std::size_t out_stride) const {
    abi::nk_call call{};
    call.out = out;
    call.out_stride = out_stride;
    run(ProcedureId::time_derivative, row, call);
}

void ProcedureKernel::evaluate(Program program, const Row& row, double* out,
                               std::size_t out_stride) const {
    abi::nk_call call{};
    call.out = out;
    call.out_stride = out_stride;
    const auto first = static_cast<std::size_t>(ProcedureId::first_program);
    run(static_cast<ProcedureId>(first + static_cast<std::size_t>(program)), row, call);
}

}  // namespace neocol::kernel
