#include <neocol/solver/budget.hpp>

#include <algorithm>
#include <cmath>

namespace neocol::solver {

namespace {

/// Smallest turnover that residuals are divided by, as a share of the content: rounding of the
/// content, 1e-16 of it, then stays below a residual of 1e-10.
constexpr double smallest_turnover = 1e-6;

}  // namespace

std::vector<double> Budget::residual() const {
    std::vector<double> result(current.size(), 0.0);
    for (std::size_t s = 0; s < current.size(); ++s) {
        double gained = injected[s] + transported[s] + balance[s];
        for (const double amount : produced[s])
            gained += amount;
        const double content = std::max(std::abs(initial[s]), std::abs(current[s]));
        const double scale = std::max(turnover[s], smallest_turnover * content);
        if (turnover[s] > 0.0) result[s] = (current[s] - initial[s] - gained) / scale;
    }
    return result;
}

}  // namespace neocol::solver
