#include "transport/split_solver.hpp"

#include <algorithm>

namespace neocol::solver {

void SplitSolver::solve_lateral(const std::vector<SplitFactor>& factors, Worker& worker,
                                double* out, std::size_t begin, std::size_t end) {
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        const SplitFactor& factor = factors[s];
        if (factor.runs.empty()) continue;
        double* field = out + group_.offset + s * group_.stride;
        if (factor.in_x)
            for (const SplitFactor::Run& run : factor.runs) {
                const std::size_t a = std::max(begin, run.first), b = std::min(end, run.last);
                if (a < b)
                    solve_rows(run.x, field + a * d_.plane, (b - a) * d_.ny, d_.nxp,
                               worker.lines.data());
            }
        budget_.book_sides(s, field, true, begin, end);
        if (factor.in_y)
            for (const SplitFactor::Run& run : factor.runs)
                for (std::size_t z = std::max(begin, run.first); z < std::min(end, run.last); ++z)
                    solve_strided(run.y, field + z * d_.plane, d_.nxp, d_.nxp);
        budget_.book_sides(s, field, false, begin, end);
    }
}

void SplitSolver::solve_depth(const SplitFactor& factor, std::size_t s, double* field,
                              std::size_t i_strip) {
    const std::size_t count = tiling_.strips[i_strip].n_blocks * lanes;
    if (factor.in_z) solve_strided(factor.z, field, count, d_.plane);
    budget_.book_depth(s, field, i_strip);
}

void SplitSolver::solve(const std::vector<LinearisedTransport>& factors,
                        const std::vector<char>& serves, double* out, int threads) {
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        if (!serves[s]) continue;
        double* field = out + group_.offset + s * group_.stride;
        factors[s].solve_x(field, threads);
        budget_.book_sides(s, field, true, 0, group_.nz);
        factors[s].solve_y(field, threads);
        budget_.book_sides(s, field, false, 0, group_.nz);
        factors[s].solve_z(field, threads);
    }
}

}  // namespace neocol::solver
