#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "transport/tridiagonal.hpp"

using namespace neocol::solver;

namespace {

/// Left-hand side of the line's equation, per volume.
std::vector<double> left_hand_side(const Line& line, const std::vector<double>& u) {
    const std::size_t n = u.size();
    std::vector<double> b(n);
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t before = i > 0 ? i - 1 : n - 1, after = i + 1 < n ? i + 1 : 0;
        const double p = u[i] / line.weight[i];
        double sum = line.volume[i] * u[i] + line.sink[i] * p;
        if (i > 0 || line.periodic)
            sum += line.conductance[i] * (p - u[before] / line.weight[before]);
        if (i + 1 < n || line.periodic)
            sum += line.conductance[i + 1] * (p - u[after] / line.weight[after]);
        b[i] = sum / line.volume[i];
    }
    return b;
}

struct Sample {
    std::vector<double> volume, weight, conductance, sink;
    Line line(bool periodic) const { return {volume, weight, conductance, sink, periodic}; }
};

Sample sample(std::size_t n, double stiffness, bool weighted) {
    Sample s;
    for (std::size_t i = 0; i < n; ++i) {
        const auto x = static_cast<double>(i);
        s.volume.push_back(0.5 + 0.1 * x);
        s.weight.push_back(weighted ? 1.0 + 0.5 * std::sin(3.0 * x) : 1.0);
        s.sink.push_back(i == 0 ? 0.7 : 0.0);
        s.conductance.push_back(stiffness * (1.0 + 0.3 * std::cos(2.0 * x)));
    }
    s.conductance.push_back(s.conductance.front());
    return s;
}

}  // namespace

TEST_CASE("a factored line solves its equation") {
    for (const bool periodic : {false, true})
        for (const std::size_t n : {1u, 2u, 3u, 8u, 21u})
            for (const double stiffness : {0.01, 1.0, 1e6}) {
                const Sample s = sample(n, stiffness, !periodic);
                LineFactor f;
                factor(s.line(periodic), f);
                std::vector<double> u(n);
                for (std::size_t i = 0; i < n; ++i)
                    u[i] = 1.0 + std::cos(0.4 * static_cast<double>(i));
                const std::vector<double> b = left_hand_side(s.line(periodic), u);
                const std::size_t stride = n + 3, rows = 11;
                std::vector<double> data(rows * stride, 0.0), scratch(8 * n);
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t i = 0; i < n; ++i)
                        data[r * stride + i] = b[i] * static_cast<double>(r + 1);
                solve_rows(f, data.data(), rows, stride, scratch.data());
                std::vector<double> columns(n * rows);
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t i = 0; i < n; ++i)
                        columns[i * rows + r] = b[i] * static_cast<double>(r + 1);
                solve_strided(f, columns.data(), rows, rows);
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t i = 0; i < n; ++i) {
                        CAPTURE(periodic, n, stiffness, r, i);
                        CHECK(data[r * stride + i] ==
                              Approx(u[i] * static_cast<double>(r + 1)).epsilon(1e-8).margin(1e-8));
                        CHECK(columns[i * rows + r] == data[r * stride + i]);
                    }
            }
}

TEST_CASE("a factored line conserves content to rounding, however stiff") {
    for (const bool periodic : {false, true}) {
        Sample s = sample(30, 1e9, !periodic);
        s.sink.assign(30, 0.0);
        LineFactor f;
        factor(s.line(periodic), f);
        std::vector<double> u(30, 0.0), scratch(240);
        u[7] = 1.0;
        const double before = s.volume[7];
        solve_rows(f, u.data(), 1, 30, scratch.data());
        double after = 0.0;
        for (std::size_t i = 0; i < 30; ++i) {
            after += s.volume[i] * u[i];
            CHECK(u[i] > 0.0);
        }
        CHECK(after == Approx(before).epsilon(1e-13));
    }
}
