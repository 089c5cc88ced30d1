#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <neocol/io/provenance.hpp>
#include <neocol/simulation/observer.hpp>

/// What a result says of its run, each item once: result file, its reader, the summary, JSON and
/// Python follow these tables.
namespace neocol::io {

/// What a run was of, and how it ended.
struct RunHead {
    std::string title, question, model, status, stop_reason, scenario_hash, neocol_version;
};

/// One of these texts: its name in results, JSON and Python.
struct RunHeadText {
    std::string_view name;
    std::string RunHead::*member;
};
inline constexpr auto run_head_texts = std::to_array<RunHeadText>({
    {"title", &RunHead::title},
    {"question", &RunHead::question},
    {"model", &RunHead::model},
    {"status", &RunHead::status},
    {"stop_reason", &RunHead::stop_reason},
    {"scenario_hash", &RunHead::scenario_hash},
    {"neocol_version", &RunHead::neocol_version},
});

/// The head of a run that begins.
RunHead head_of(const simulation::RunContext& context);

/// How a run was made: attributes of /provenance.
struct RunOrigin {
    std::string scenario, resolved, model_text, model_hash, command, version, git, compiler, flags,
        isa, host, scheduler, started, history, backend;
    std::int64_t seed = 0;
};

/// One of these texts; a long one may be a dataset, the backend is known at the end of a run only.
struct RunOriginText {
    std::string_view name;
    std::string RunOrigin::*member;
    bool is_long = false, is_known_at_end = false;
};
inline constexpr auto run_origin_texts = std::to_array<RunOriginText>({
    {"scenario", &RunOrigin::scenario, true},
    {"resolved", &RunOrigin::resolved, true},
    {"model_text", &RunOrigin::model_text, true},
    {"model_hash", &RunOrigin::model_hash},
    {"command", &RunOrigin::command, true},
    {"version", &RunOrigin::version},
    {"git", &RunOrigin::git},
    {"compiler", &RunOrigin::compiler},
    {"flags", &RunOrigin::flags},
    {"isa", &RunOrigin::isa},
    {"host", &RunOrigin::host},
    {"scheduler", &RunOrigin::scheduler},
    {"started", &RunOrigin::started},
    {"history", &RunOrigin::history, true},
    {"backend", &RunOrigin::backend, false, true},
});

/// The origin of a run that begins.
RunOrigin origin_of(const simulation::RunContext& context, const Provenance& provenance);

/// What it took to carry out a run; not a number while it goes on.
struct RunNumbers {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

    double threads = unknown;
    double wall_seconds = unknown;       ///< integrating [s]
    double peak_memory_bytes = unknown;  ///< of the process
    double steps_accepted = unknown, steps_rejected = unknown;
};

/// One of these numbers: its name in results, JSON and Python; a count is stored as whole.
struct RunNumber {
    std::string_view name;
    bool is_count;
    double RunNumbers::*member;
};
inline constexpr auto run_numbers = std::to_array<RunNumber>({
    {"threads", true, &RunNumbers::threads},
    {"wall_seconds", false, &RunNumbers::wall_seconds},
    {"peak_memory_bytes", false, &RunNumbers::peak_memory_bytes},
    {"steps_accepted", true, &RunNumbers::steps_accepted},
    {"steps_rejected", true, &RunNumbers::steps_rejected},
});

/// The numbers of a run that has ended in this process.
RunNumbers numbers_of(const simulation::RunSummary& summary);

}  // namespace neocol::io
