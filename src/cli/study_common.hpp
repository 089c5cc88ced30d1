#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"

#include <neocol/files/lock.hpp>
#include <neocol/study/cohort.hpp>
#include <neocol/study/collect.hpp>
#include <neocol/study/execute.hpp>
#include <neocol/study/make_plan.hpp>
#include <neocol/study/plan_cases.hpp>

#include "wall_time.hpp"

namespace neocol::cli {

/// Where models are found and how they are compiled, for a plan.
study::PlanOptions plan_options(bool interpreter, bool whole_model, const Invocation& invocation);

/// Says on stdout what a plan holds. \param extended  cases were added to it
void print_plan(const study::PlanReport& report, bool extended);

/// Part K of N of many cases.
struct Part {
    std::uint32_t task = 0, n_tasks = 1;
};

/// `3/16` as --task takes it; empty: all of it. \throws UsageError
Part parse_part(const std::string& text);

std::string bytes_words(double bytes);

/// Turns true on SIGINT, SIGTERM, SIGUSR1, once they are watched.
const std::atomic<bool>& stop_on_signals();

using StoreLocks = std::vector<std::unique_ptr<files::Lock>>;

/// Keeps a plan for this program alone.
StoreLocks hold_exclusively(const study::Plan& plan, const Invocation& invocation);

/// Keeps a part of a plan, or with "" all of it.
StoreLocks hold(const study::Plan& plan, const std::string& part, const Invocation& invocation);

/// Sets aside what is damaged in a study's store, if anything is, and removes what dead writers
/// left; says so on stderr. \pre this program alone has the study \returns the store's state
study::StoreState mended_state(const study::Plan& plan);

/// Runs cases of a plan that are to do, from the plan's own inputs and kernels.
/// \param how  host, checkpoints, progress and the study's time limit are filled in
study::ExecuteReport run_plan(const study::Plan& plan, const study::StoreState& state,
                              study::ExecuteOptions how, bool quiet, const Invocation& invocation);

/// Lines about what is damaged in a study's files: the first few.
std::string damage_text(const std::vector<study::Damage>& damage);

/// \throws IoError  the folder the program was started in is gone
std::string absolute_path(const std::string& path);

/// Of --whole-model.
inline constexpr const char* whole_model_help =
    "solve all species, also those that nothing that is kept depends on";

/// What is solved of every model, a line each.
std::string restrictions_text(const std::vector<study::Restriction>& restrictions);

/// "3 doubtful, "; empty for none.
std::string doubtful_count(std::uint64_t n);

/// Says on stderr what was damaged when results were collected. \returns whether anything was
bool tell_damage(const study::Plan& plan, const study::CollectReport& report);

/// Lines about cases that failed or are doubtful: the first few, each with its values and its
/// reason.
std::string failures_text(const study::Plan& plan, const study::StoreState& state,
                          std::size_t most = 5);

}  // namespace neocol::cli
