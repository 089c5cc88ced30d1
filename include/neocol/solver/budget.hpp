#pragma once

#include <vector>

namespace neocol::solver {

/// Gains and losses of one species or process since the start, summed over the domain (volume
/// integral for volume species, area integral for surface fields), internal units.
struct Budget {
    std::vector<double> initial, current;       ///< per species: content
    std::vector<double> injected;               ///< per species: by sessions, events
    std::vector<double> transported;            ///< per species: through the boundary, inward
    std::vector<double> balance;                ///< per species: by the balance at rest
    std::vector<double> process;                ///< per process: integral of its rate
    std::vector<std::vector<double>> produced;  ///< [species][process]: yield * rate, by process
    std::vector<double> turnover;               ///< per species: sum of absolute gains and losses
    /// Per species: current - initial - all gains, over turnover (0 if nothing happened), or over a
    /// millionth of the content where the turnover is less: rounding of the content hides the rest.
    std::vector<double> residual() const;
};

}  // namespace neocol::solver
