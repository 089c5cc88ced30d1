#include "discretisation/packed_kernel.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <neocol/core/aligned.hpp>

namespace neocol::solver {

namespace {

using kernel::Part;
using kernel::Program;
using kernel::Row;

/// Arrays of a thread, which grow to what is asked for.
struct Scratch {
    AlignedVector state, inputs, values, weights;
    std::vector<const double*> pointers;
    std::vector<std::ptrdiff_t> advance;
};

double* room(AlignedVector& values, std::size_t count) {
    if (values.size() < count) values.resize(count, 0.0);
    return values.data();
}

class PackedKernel final : public kernel::Kernel {
public:
    PackedKernel(const kernel::Kernel& kernel, std::size_t n_inputs, std::size_t row,
                 std::size_t used)
        : kernel_(kernel), n_inputs_(n_inputs), row_(row), used_(used) {}

    std::string backend() const override { return kernel_.backend(); }
    std::size_t n_unknowns() const override { return kernel_.n_unknowns(); }
    std::size_t n_processes() const override { return kernel_.n_processes(); }
    std::size_t n_outputs(Program program) const override { return kernel_.n_outputs(program); }

    void rates(const Row& row, double* out, std::size_t out_stride, const double* weights,
               double* process_sums) const override {
        if (!packs(row)) return kernel_.rates(row, out, out_stride, weights, process_sums);
        const Packing packing(*this, row);
        double* packed = room(scratch().values, n_unknowns() * packing.stride);
        kernel_.rates(packing.row, packed, packing.stride,
                      weights ? packing.weights(weights) : nullptr, process_sums);
        for (std::size_t s = 0; s < n_unknowns(); ++s)
            scatter(packing, packed + s * packing.stride, out + s * out_stride);
    }

    void solve(const Row& row, double gamma_h, double* b, std::size_t b_stride,
               Part part) const override {
        if (!packs(row)) return kernel_.solve(row, gamma_h, b, b_stride, part);
        const Packing packing(*this, row);
        double* packed = room(scratch().values, n_unknowns() * packing.stride);
        for (std::size_t s = 0; s < n_unknowns(); ++s)
            gather(packing, b + s * b_stride, packed + s * packing.stride);
        kernel_.solve(packing.row, gamma_h, packed, packing.stride, part);
        for (std::size_t s = 0; s < n_unknowns(); ++s)
            scatter(packing, packed + s * packing.stride, b + s * b_stride);
    }

    void process_jacobian_times(const Row& row, const double* w, std::size_t w_stride,
                                const double* weights, double* process_sums,
                                Part part) const override {
        if (!packs(row))
            return kernel_.process_jacobian_times(row, w, w_stride, weights, process_sums, part);
        const Packing packing(*this, row);
        double* packed = room(scratch().values, n_unknowns() * packing.stride);
        for (std::size_t s = 0; s < n_unknowns(); ++s)
            gather(packing, w + s * w_stride, packed + s * packing.stride);
        kernel_.process_jacobian_times(packing.row, packed, packing.stride,
                                       packing.weights(weights), process_sums, part);
    }

    void time_derivative(const Row& row, double* out, std::size_t out_stride) const override {
        if (!packs(row)) return kernel_.time_derivative(row, out, out_stride);
        const Packing packing(*this, row);
        double* packed = room(scratch().values, n_unknowns() * packing.stride);
        kernel_.time_derivative(packing.row, packed, packing.stride);
        for (std::size_t s = 0; s < n_unknowns(); ++s)
            scatter(packing, packed + s * packing.stride, out + s * out_stride);
    }

    void evaluate(Program program, const Row& row, double* out,
                  std::size_t out_stride) const override {
        if (!packs(row)) return kernel_.evaluate(program, row, out, out_stride);
        const Packing packing(*this, row);
        const std::size_t count = n_outputs(program);
        double* packed = room(scratch().values, count * packing.stride);
        kernel_.evaluate(program, packing.row, packed, packing.stride);
        for (std::size_t k = 0; k < count; ++k) {
            double* target = out + k * out_stride;
            scatter(packing, packed + k * packing.stride, target);
            for (std::size_t r = 0; r < packing.n_rows; ++r, target += row_)
                std::fill(target + used_, target + row_, target[0]);
        }
    }

private:
    /// A row of several rows, and the same without padding between them, in the thread's scratch.
    struct Packing {
        const PackedKernel& kernel;
        std::size_t n_rows, stride;
        Row row;

        Packing(const PackedKernel& kernel_, const Row& given)
            : kernel(kernel_),
              n_rows(given.n_blocks * lanes / kernel.row_),
              stride(padded(n_rows * kernel.used_)) {
            Scratch& own = scratch();
            const std::size_t n_unknowns = kernel.n_unknowns(), n_inputs = kernel.n_inputs_;
            double* state = room(own.state, n_unknowns * stride);
            for (std::size_t s = 0; s < n_unknowns; ++s)
                kernel.gather(*this, given.state + s * given.field_stride, state + s * stride);
            own.pointers.assign(given.inputs, given.inputs + n_inputs);
            own.advance.assign(given.advance, given.advance + n_inputs);
            double* values = room(own.inputs, n_inputs * stride);
            for (std::size_t k = 0; k < n_inputs; ++k) {
                if (given.advance[k] == 0 || given.inputs[k] == nullptr) continue;
                kernel.gather(*this, given.inputs[k], values + k * stride);
                own.pointers[k] = values + k * stride;
            }
            row = {stride / lanes, state, stride, own.pointers.data(), own.advance.data()};
        }
        const double* weights(const double* given) const {
            double* values = room(scratch().weights, stride);
            kernel.gather(*this, given, values);
            std::fill(values + n_rows * kernel.used_, values + stride, 0.0);
            return values;
        }
    };

    const kernel::Kernel& kernel_;
    std::size_t n_inputs_, row_, used_;

    static Scratch& scratch() {
        thread_local Scratch own;
        return own;
    }
    bool packs(const Row& row) const {
        const std::size_t count = row.n_blocks * lanes;
        return count > row_ && count % row_ == 0;
    }
    void gather(const Packing& packing, const double* from, double* to) const {
        double* const end = to + packing.stride;
        if (used_ == 1) {
            for (std::size_t r = 0; r < packing.n_rows; ++r)
                to[r] = from[r * row_];
            to += packing.n_rows;
        } else {
            for (std::size_t r = 0; r < packing.n_rows; ++r, from += row_)
                to = std::copy_n(from, used_, to);
        }
        const double last = to[-1];
        for (; to < end; ++to)
            *to = last;
    }
    void scatter(const Packing& packing, const double* from, double* to) const {
        if (used_ == 1) {
            for (std::size_t r = 0; r < packing.n_rows; ++r)
                to[r * row_] = from[r];
            return;
        }
        for (std::size_t r = 0; r < packing.n_rows; ++r, from += used_, to += row_)
            std::copy_n(from, used_, to);
    }
};

}  // namespace

std::unique_ptr<kernel::Kernel> pack_rows(const kernel::Kernel& kernel, std::size_t n_inputs,
                                          std::size_t row, std::size_t used) {
    return std::make_unique<PackedKernel>(kernel, n_inputs, row, used);
}

}  // namespace neocol::solver
