#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <neocol/simulation/observer.hpp>

namespace neocol::cli {

/// A progress bar and what stands beside it, for a terminal of so many columns: parts that find no
/// room are left out, the later ones first; without room for the first part it is cut.
/// \param share  done, 0 to 1
std::string bar_line(double share, const std::vector<std::string>& parts, int columns);

/// Shows on stderr how far a run is: a bar that stays on one line on a terminal, a line every few
/// seconds elsewhere, nothing if quiet. With `explain_steps` says what limited the steps.
class Progress : public simulation::Observer {
public:
    enum class Style { quiet, lines, bar };
    Progress(Style style, bool explain_steps) : style_(style), explain_steps_(explain_steps) {}

    void begin(const simulation::RunContext& context) override;
    void session(const simulation::SessionRecord& record) override;
    void step(const solver::StepInfo& info) override;
    void end(const simulation::RunSummary& summary) override;

private:
    void show(bool last);
    void explain(const solver::StepInfo& info) const;

    Style style_;
    bool explain_steps_;
    const model::Model* model_ = nullptr;
    double until_ = 0.0, resumed_at_ = 0.0;
    solver::StepInfo latest_;
    std::uint64_t steps_ = 0;
    std::size_t n_sessions_ = 0, sessions_done_ = 0;
    std::chrono::steady_clock::time_point started_, shown_;
};

}  // namespace neocol::cli
