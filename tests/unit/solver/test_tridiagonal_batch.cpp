#include <algorithm>
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "transport/tridiagonal_batch.hpp"

using namespace neocol::solver;

namespace {

/// Lines of n voxels, `stride` side by side, no two alike.
struct Sample {
    std::size_t n, stride;
    std::vector<double> forward, backward, volume, rate, line_rate, sink;

    Sample(std::size_t n_, std::size_t stride_) : n(n_), stride(stride_) {
        for (std::size_t i = 0; i < n * stride; ++i) {
            const auto x = static_cast<double>(i);
            forward.push_back(1.0 + 0.5 * std::sin(0.7 * x));
            backward.push_back(1.0 + 0.5 * std::cos(1.3 * x));
        }
        for (std::size_t i = 0; i < n; ++i) {
            volume.push_back(0.5 + 0.1 * static_cast<double>(i));
            rate.push_back(0.8 + 0.05 * static_cast<double>(i));
        }
        for (std::size_t k = 0; k < stride; ++k)
            line_rate.push_back(3.0 / (1.0 + static_cast<double>(k)));
        sink.assign(n, 0.0);
    }
    LineBatch lines(std::size_t first, std::size_t width, bool periodic) const {
        return {n,
                stride,
                width,
                forward.data() + first,
                backward.data() + first,
                volume.data(),
                rate.data(),
                line_rate.data() + first,
                sink.data(),
                periodic};
    }
};

/// Left-hand side of the lines' equation, per volume.
std::vector<double> left_hand_side(const Sample& s, bool periodic, const std::vector<double>& u) {
    std::vector<double> b = u;
    const std::size_t n = s.n;
    for (std::size_t k = 0; k < s.stride; ++k)
        for (std::size_t face = periodic ? 0 : 1; face < n; ++face) {
            const std::size_t i = face * s.stride + k, above = face,
                              below = face > 0 ? face - 1 : n - 1;
            const double flux =
                s.line_rate[k] * (s.forward[i] * s.rate[below] * u[below * s.stride + k] -
                                  s.backward[i] * s.rate[above] * u[i]);
            b[below * s.stride + k] += flux / s.volume[below];
            b[i] -= flux / s.volume[above];
        }
    return b;
}

}  // namespace

TEST_CASE("lines side by side solve their equations, all at once or in parts") {
    for (const bool periodic : {false, true})
        for (const std::size_t n : {2u, 3u, 9u})
            for (const std::size_t part : {24u, 16u, 8u}) {
                const Sample s(n, 24);
                std::vector<double> u(n * s.stride);
                for (std::size_t i = 0; i < u.size(); ++i)
                    u[i] = 1.0 + std::cos(0.4 * static_cast<double>(i));
                std::vector<double> scale(u.size()), lower(u.size()), upper(u.size()),
                    border(u.size()), scratch(2 * part);
                const auto factor_at = [&](std::size_t first) {
                    return LineBatchFactor{scale.data() + first, lower.data() + first,
                                           upper.data() + first, border.data() + first};
                };
                const auto width = [&](std::size_t first) {
                    return std::min(part, s.stride - first);
                };
                for (std::size_t k = 0; k < s.stride; k += part)
                    factor(s.lines(k, width(k), periodic), factor_at(k), scratch.data());
                std::vector<double> data = left_hand_side(s, periodic, u);
                for (std::size_t k = 0; k < s.stride; k += part)
                    solve(s.lines(k, width(k), periodic), factor_at(k), data.data() + k);
                double worst = 0.0;
                for (std::size_t i = 0; i < u.size(); ++i)
                    worst = std::max(worst, std::abs(data[i] - u[i]));
                INFO("periodic " << periodic << ", " << n << " voxels, parts of " << part);
                CHECK(worst < 1e-12);
            }
}
