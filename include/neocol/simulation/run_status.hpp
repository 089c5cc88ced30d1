#pragma once

#include <neocol/core/words.hpp>

namespace neocol::simulation {

/// `doubtful`: at its end, but not finite, below zero, outside bounds or with an open budget
/// (judge.hpp); `stop_reason` says which.
enum class RunStatus { running, complete, interrupted, failed, doubtful };

}  // namespace neocol::simulation

namespace neocol {

template <>
inline constexpr auto words<simulation::RunStatus> = std::to_array<Word<simulation::RunStatus>>({
    {simulation::RunStatus::running, "running", "it has not ended"},
    {simulation::RunStatus::complete, "complete", "at its end"},
    {simulation::RunStatus::interrupted, "interrupted", "stopped, with a checkpoint"},
    {simulation::RunStatus::failed, "failed", "the integration could not go on"},
    {simulation::RunStatus::doubtful, "doubtful", "at its end, and not to be trusted"},
});

}  // namespace neocol

namespace neocol::simulation {

/// True if the run reached its end: there is nothing to go on with.
constexpr bool has_ended(RunStatus status) {
    return status == RunStatus::complete || status == RunStatus::doubtful;
}

}  // namespace neocol::simulation
