#include "compare_kernels.hpp"

#include <cstring>
#include <functional>

namespace neocol::test {

using kernel::Kernel;
using kernel::Program;

namespace {

/// Values computed by both kernels into arrays that begin alike; compared as bits.
std::string compare(const std::string& name, std::size_t size,
                    const std::function<void(const Kernel&, double*)>& compute, const Kernel& a,
                    const Kernel& b, const AlignedVector* begin = nullptr) {
    AlignedVector of_a(size, 0.25), of_b(size, 0.25);
    if (begin != nullptr) of_a = of_b = *begin;
    compute(a, of_a.data());
    compute(b, of_b.data());
    for (std::size_t i = 0; i < of_a.size(); ++i) {
        if (std::memcmp(&of_a[i], &of_b[i], sizeof(double)) == 0) continue;
        return name + "[" + std::to_string(i) + "]: " + std::to_string(of_a[i]) + " and " +
               std::to_string(of_b[i]);
    }
    return {};
}

}  // namespace

std::string first_difference(const Kernel& a, const Kernel& b, const RandomRow& data) {
    const kernel::Row row = data.row();
    const std::size_t stride = data.stride, n = a.n_unknowns(), n_sums = a.n_processes() * lanes;
    std::string difference;
    const auto check = [&](const std::string& name, std::size_t size,
                           const std::function<void(const Kernel&, double*)>& compute,
                           const AlignedVector* begin = nullptr) {
        if (difference.empty()) difference = compare(name, size, compute, a, b, begin);
    };
    check("rates", n * stride,
          [&](const Kernel& k, double* out) { k.rates(row, out, stride, nullptr, nullptr); });
    check("rates beside sums", n * stride, [&](const Kernel& k, double* out) {
        AlignedVector sums(n_sums, 0.0);
        k.rates(row, out, stride, data.weights.data(), sums.data());
    });
    check("process sums", n_sums, [&](const Kernel& k, double* sums) {
        AlignedVector out(n * stride);
        k.rates(row, out.data(), stride, data.weights.data(), sums);
    });
    for (const double gamma_h : {1e-6, 0.02, 3.0}) {
        check(
            "solve", n * stride,
            [&](const Kernel& k, double* x) { k.solve(row, gamma_h, x, stride); }, &data.vector);
        for (const kernel::Part part : {kernel::Part::early, kernel::Part::late})
            check(
                "solve a part", n * stride,
                [&](const Kernel& k, double* x) { k.solve(row, gamma_h, x, stride, part); },
                &data.vector);
    }
    for (const kernel::Part part : {kernel::Part::all, kernel::Part::early, kernel::Part::late})
        check(
            "process_jacobian_times", n_sums,
            [&](const Kernel& k, double* sums) {
                k.process_jacobian_times(row, data.vector.data(), stride, data.weights.data(), sums,
                                         part);
            });
    check("time_derivative", n * stride,
          [&](const Kernel& k, double* out) { k.time_derivative(row, out, stride); });
    for (std::size_t p = 0; p < kernel::n_programs; ++p) {
        const auto program = static_cast<Program>(p);
        if (a.n_outputs(program) != b.n_outputs(program)) return "number of outputs";
        check("program " + std::to_string(p), a.n_outputs(program) * stride,
              [&](const Kernel& k, double* out) { k.evaluate(program, row, out, stride); });
    }
    return difference;
}

}  // namespace neocol::test
