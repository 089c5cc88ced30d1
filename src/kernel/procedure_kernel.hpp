#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <neocol/kernel/kernel.hpp>

namespace neocol::kernel {

namespace abi {
#include "abi.inc"
}  // namespace abi

static_assert(abi::NK_LANES == lanes);
static_assert(abi::NK_N_PROGRAMS == n_programs);

/// Position of a procedure in a compiled system's table; programs follow from `first_program`.
enum class ProcedureId : std::size_t {
    rates,
    rates_and_sums,
    solve,
    solve_early,
    solve_late,
    process_jacobian_times,
    early_jacobian_times,
    late_jacobian_times,
    time_derivative,
    first_program,
};
inline constexpr std::size_t n_procedures =
    static_cast<std::size_t>(ProcedureId::first_program) + n_programs;
static_assert(abi::NK_N_PROCEDURES == n_procedures);

/// A Kernel whose every function is one numbered procedure on a row: what the back ends share.
class ProcedureKernel : public Kernel {
public:
    struct Counts {
        std::size_t unknowns = 0;
        std::size_t processes = 0;
        std::array<std::size_t, n_programs> outputs{};
    };

    std::string backend() const final { return backend_; }
    std::size_t n_unknowns() const final { return counts_.unknowns; }
    std::size_t n_processes() const final { return counts_.processes; }
    std::size_t n_outputs(Program program) const final {
        return counts_.outputs[static_cast<std::size_t>(program)];
    }
    void rates(const Row& row, double* out, std::size_t out_stride, const double* weights,
               double* process_sums) const final;
    void solve(const Row& row, double gamma_h, double* b, std::size_t b_stride,
               Part part) const final;
    void process_jacobian_times(const Row& row, const double* w, std::size_t w_stride,
                                const double* weights, double* process_sums, Part part) const final;
    void time_derivative(const Row& row, double* out, std::size_t out_stride) const final;
    void evaluate(Program program, const Row& row, double* out, std::size_t out_stride) const final;

protected:
    ProcedureKernel(std::string backend, const Counts& counts)
        : backend_(std::move(backend)), counts_(counts) {}

private:
    virtual void run(std::size_t procedure, const abi::nk_row& row,
                     const abi::nk_call& call) const = 0;
    void run(ProcedureId procedure, const Row& row, const abi::nk_call& call) const;

    std::string backend_;
    Counts counts_;
};

}  // namespace neocol::kernel
