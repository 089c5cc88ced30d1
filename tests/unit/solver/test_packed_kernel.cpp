#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

#include "discretisation/packed_kernel.hpp"
#include "random_model.hpp"

using namespace neocol;
using namespace neocol::test;
using kernel::Kernel;
using kernel::Program;

namespace {

/// Rows of some length in one, with little of each in use; both kernels are called on them.
class Rows {
public:
    Rows(std::size_t row, std::size_t used, std::size_t n_rows)
        : row_(row),
          used_(used),
          model_(random_model(7, 5, 9)),
          data_(model_, model_.systems.front(), 11, n_rows * row / lanes),
          plain_(kernel::make_interpreter(model_, model_.systems.front())),
          packed_(solver::pack_rows(*plain_, model_.inputs.size(), row, used)) {
        for (std::size_t i = 0; i < data_.size(); ++i)
            if (i % row_ >= used_) data_.weights[i] = 0.0;
    }

    const Kernel& plain() const { return *plain_; }
    const RandomRow& data() const { return data_; }

    /// Whether both give the same bits in the voxels that are in use.
    bool agree(std::size_t n_outputs, const std::function<void(const Kernel&, double*)>& compute,
               const AlignedVector& begin) const {
        AlignedVector a = begin, b = begin;
        compute(*plain_, a.data());
        compute(*packed_, b.data());
        for (std::size_t k = 0; k < n_outputs; ++k)
            for (std::size_t i = 0; i < data_.size(); ++i)
                if (i % row_ < used_ && std::bit_cast<std::uint64_t>(a[k * data_.stride + i]) !=
                                            std::bit_cast<std::uint64_t>(b[k * data_.stride + i]))
                    return false;
        return true;
    }
    /// Whether the sums by process are the same to rounding.
    bool sums_agree(const std::function<void(const Kernel&, double*)>& compute) const {
        const std::size_t n = plain_->n_processes();
        AlignedVector a(n * lanes, 0.0), b(n * lanes, 0.0);
        compute(*plain_, a.data());
        compute(*packed_, b.data());
        const auto total = [](const AlignedVector& sums, std::size_t p) {
            const auto first = sums.begin() + static_cast<std::ptrdiff_t>(p * lanes);
            return std::accumulate(first, first + lanes, 0.0);
        };
        for (std::size_t p = 0; p < n; ++p)
            if (std::abs(total(a, p) - total(b, p)) > 1e-10 * (1.0 + std::abs(total(a, p))))
                return false;
        return true;
    }

private:
    std::size_t row_, used_;
    model::Model model_;
    RandomRow data_;
    std::unique_ptr<Kernel> plain_, packed_;
};

}  // namespace

TEST_CASE("voxels moved together keep their bits") {
    using Shape = std::array<std::size_t, 3>;  // length of a row, voxels in use, rows
    const Shape shape = GENERATE(Shape{8, 1, 13}, Shape{8, 1, 8}, Shape{16, 5, 7}, Shape{8, 3, 1});
    const Rows rows(shape[0], shape[1], shape[2]);
    const RandomRow& data = rows.data();
    const std::size_t n = rows.plain().n_unknowns(), stride = data.stride;
    const AlignedVector blank(n * stride, 0.25);
    CHECK(rows.agree(
        n,
        [&](const Kernel& k, double* out) {
            AlignedVector sums(k.n_processes() * lanes, 0.0);
            k.rates(data.row(), out, stride, data.weights.data(), sums.data());
        },
        blank));
    CHECK(rows.agree(
        n,
        [&](const Kernel& k, double* out) { k.rates(data.row(), out, stride, nullptr, nullptr); },
        blank));
    CHECK(rows.agree(
        n, [&](const Kernel& k, double* out) { k.time_derivative(data.row(), out, stride); },
        blank));
    for (const kernel::Part part : {kernel::Part::all, kernel::Part::early, kernel::Part::late})
        CHECK(rows.agree(
            n, [&](const Kernel& k, double* b) { k.solve(data.row(), 0.01, b, stride, part); },
            data.vector));
    for (std::size_t i = 0; i < kernel::n_programs; ++i) {
        const auto program = static_cast<Program>(i);
        const std::size_t count = rows.plain().n_outputs(program);
        CHECK(rows.agree(
            count,
            [&](const Kernel& k, double* out) { k.evaluate(program, data.row(), out, stride); },
            AlignedVector(count * stride, 0.25)));
    }
    CHECK(rows.sums_agree([&](const Kernel& k, double* sums) {
        AlignedVector out(n * stride, 0.0);
        k.rates(data.row(), out.data(), stride, data.weights.data(), sums);
    }));
    CHECK(rows.sums_agree([&](const Kernel& k, double* sums) {
        k.process_jacobian_times(data.row(), data.vector.data(), stride, data.weights.data(), sums);
    }));
}
