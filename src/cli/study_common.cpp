#include "study_common.hpp"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/names.hpp>
#include <neocol/files/files.hpp>
#include <neocol/study/make_plan.hpp>

#include "case_progress.hpp"
#include "interruption.hpp"
#include "models.hpp"
#include "streams.hpp"

namespace neocol::cli {

study::PlanOptions plan_options(bool interpreter, bool whole_model, const Invocation& invocation) {
    study::PlanOptions options;
    options.library = library(invocation);
    set_up_compiler(options.compile, invocation);
    options.interpreter = interpreter;
    options.whole_model = whole_model;
    return options;
}

void print_plan(const study::PlanReport& report, bool extended) {
    const study::Plan& plan = report.plan;
    print("{}\n{} cases{} in {}", plan.title, report.added, extended ? " added" : "", plan.folder);
    if (extended) print(", {} in all", plan.n_cases);
    if (report.merged > 0) print("; {} were there already", report.merged);
    print("\ncolumns:");
    for (const study::Column& column : plan.columns) {
        print(" {}{}", column.name,
              column.is_text() || column.unit == "1" ? "" : " [" + column.unit + "]");
    }
    print("\nkept: {} outcomes, {} observables every {:g} d\n{}", plan.outcomes.size(),
          plan.observables.size(), plan.every, restrictions_text(plan.restrictions));
}

Part parse_part(const std::string& text) {
    if (text.empty()) return {};
    unsigned task = 0, n = 0;
    char rest = 0;
    if (std::sscanf(text.c_str(), "%u/%u%c", &task, &n, &rest) != 2 || n == 0 || task >= n) {
        throw UsageError(
            fmt::format("--task takes K/N with K from 0 to N - 1, such as 3/16, not '{}'", text));
    }
    return {task, n};
}

std::string bytes_words(double bytes) {
    if (bytes < 1e6) return fmt::format("{:.3g} kB", bytes / 1e3);
    return bytes < 1e9 ? fmt::format("{:.3g} MB", bytes / 1e6)
                       : fmt::format("{:.3g} GB", bytes / 1e9);
}

const std::atomic<bool>& stop_on_signals() {
    heed_signals();
    begin_work("stopping; what is finished is kept, and cases in hand leave checkpoints");
    return stop_asked();
}

StoreLocks hold_exclusively(const study::Plan& plan, const Invocation& invocation) {
    return hold(plan, "", invocation);
}

StoreLocks hold(const study::Plan& plan, const std::string& part, const Invocation& invocation) {
    return study::lock_store(study::store_folder(plan), part, "this study", invocation.host,
                             invocation.started);
}

std::string damage_text(const std::vector<study::Damage>& damage) {
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t k = 0; k < std::min(most, damage.size()); ++k) {
        const study::Damage& segment = damage[k];
        text += fmt::format("  {}: {}", segment.path, segment.what);
        if (!segment.runs.empty())
            text += fmt::format(" (run{} {})", segment.runs.size() > 1 ? "s" : "",
                                study::runs_text(segment.runs));
        text += '\n';
    }
    if (damage.size() > most) text += fmt::format("  and {} more\n", damage.size() - most);
    return text;
}

study::StoreState mended_state(const study::Plan& plan) {
    const std::string folder = study::store_folder(plan);
    study::PlanCases cases(plan);
    study::StoreState state = study::read_store(folder, cases);
    if (!study::needs_repair(folder, state)) return state;
    const std::vector<std::string> done = study::repair_store(folder, cases);
    for (const std::string& text : done)
        note("warning: {}\n", text);
    return done.empty() ? state : study::read_store(folder, cases);
}

study::ExecuteReport run_plan(const study::Plan& plan, const study::StoreState& state,
                              study::ExecuteOptions how, bool quiet, const Invocation& invocation) {
    CaseProgress progress(quiet, invocation);
    study::PlanCases cases(plan,
                           study::make_runner(
                               plan, invocation.cache_folder, invocation.key_folder,
                               [](const std::string& text) { note("{}\n", text); }, how.stop));
    how.host = invocation.host;
    how.checkpoints = plan.file("checkpoints");
    if (how.case_time_limit == 0.0) how.case_time_limit = plan.case_time_limit;
    how.progress = [&](const study::ExecuteReport& report) {
        progress.show(report.ended(), report.planned, report.failed, 0);
    };
    study::ExecuteReport report = study::execute(cases, state, study::store_folder(plan), how);
    progress.finish();
    return report;
}

std::string absolute_path(const std::string& path) {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error);
    if (error) throw IoError(path, error.message());
    return absolute.string();
}

std::string restrictions_text(const std::vector<study::Restriction>& restrictions) {
    std::string text;
    for (const study::Restriction& restriction : restrictions)
        text += restrictions.size() == 1
                    ? study::to_text(restriction) + '\n'
                    : fmt::format("{}: {}\n", restriction.model, study::to_text(restriction));
    return text;
}

std::string doubtful_count(std::uint64_t n) {
    return n > 0 ? fmt::format("{} doubtful, ", n) : std::string();
}

bool tell_damage(const study::Plan& plan, const study::CollectReport& report) {
    if (!report.damage.empty()) {
        const std::size_t n = report.damage.size();
        note(
            "error: {}: {} {} damaged; all else is as it was written:\n{}'neocol study "
            "run {}' runs the cases again that it took, and no others\n",
            plan.folder, n, n == 1 ? "file is" : "files are", damage_text(report.damage),
            plan.folder);
    }
    if (report.was_left) {
        note(
            "error: {} was left as it is: {}, and {} can be read now; move it away to collect "
            "those alone\n",
            report.file,
            report.complete_before
                ? fmt::format("it has {} complete cases", *report.complete_before)
                : std::string("it may have more complete cases"),
            report.complete);
    }
    return !report.damage.empty() || report.was_left;
}

std::string failures_text(const study::Plan& plan, const study::StoreState& state,
                          std::size_t most) {
    std::string text;
    std::size_t shown = 0;
    study::Manifest manifest = plan.manifest();
    study::PlanCases cases(plan);
    study::StoreReader store(study::store_folder(plan), cases, state);
    for (std::uint64_t run = 0; run < plan.n_cases && shown < most; ++run) {
        const std::uint8_t now = state.state[run];
        if (now == 0 || study::is_to_do(now)) continue;
        ++shown;
        const study::Case planned_case = manifest.row(run);
        text += fmt::format("  run {}", run);
        for (std::size_t c = 0; c < plan.columns.size(); ++c) {
            text += fmt::format("{}{} = {}", c == 0 ? ": " : ", ", plan.columns[c].name,
                                plan.columns[c].value(planned_case.cells[c]));
        }
        std::string reason = now == study::state_lost
                                 ? "the program ended several times while it ran; is memory short?"
                                 : store.read(run).reason;
        for (std::size_t at = 0; (at = reason.find('\n', at)) != std::string::npos; at += 5)
            reason.replace(at, 1, "\n    ");
        text += fmt::format("\n    {}: {}\n", study::state_name(now), reason);
    }
    if (state.n_failed() + state.n_doubtful() > shown) {
        text += fmt::format("  and {} more, in the column 'reason' of collected.csv\n",
                            state.n_failed() + state.n_doubtful() - shown);
    }
    return text;
}

}  // namespace neocol::cli
