#include "study_slurm.hpp"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <sys/wait.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/simulation/simulation.hpp>
#include <neocol/study/slurm.hpp>

#include "study_common.hpp"

namespace neocol::cli {
namespace {

namespace fs = std::filesystem;

struct Output {
    int code = 127;
    std::string text;
};

/// Runs a command line in a shell and takes what it prints.
Output shell(const std::string& command) {
    Output output;
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return output;
    char buffer[4096];
    while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe))
        output.text.append(buffer, n);
    const int status = pclose(pipe);
    output.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return output;
}

/// MaxArraySize of the site: 0 if there is no Slurm to ask.
std::uint32_t site_array_size() {
    const Output config = shell("scontrol show config 2>/dev/null");
    const std::size_t at = config.text.find("MaxArraySize");
    if (config.code != 0 || at == std::string::npos) return 0;
    const std::size_t equals = config.text.find('=', at);
    // Numbers of tasks lie below it.
    const long size = equals == std::string::npos ? 0 : std::atol(&config.text[equals + 1]);
    return size > 1 ? static_cast<std::uint32_t>(size - 1) : 0;
}

std::string job_list(const study::Plan& plan) {
    std::ifstream file(plan.file("slurm/jobs"));
    std::string list, line;
    while (std::getline(file, line)) {
        const std::string id = line.substr(0, line.find(';'));
        if (!id.empty()) list += (list.empty() ? "" : ",") + id;
    }
    return list;
}

/// Mean time of a case on one core: what cases took, or else a guess from grid and length.
double mean_case_seconds(const study::Plan& plan, const study::StudyState& state,
                         const Surroundings& surroundings) {
    const std::uint64_t ended = state.n_complete();
    if (ended > 0) return state.seconds / static_cast<double>(ended + state.n_failed());
    const auto runner = study::make_runner(plan, surroundings.cache_folder);
    study::Manifest manifest(plan.file("manifest.csv"));
    const auto member = runner->read(plan.overrides(manifest.row(plan.n_cases / 2)));
    const auto grid = simulation::make_grid(member.scenario, *member.model);
    return simulation::estimate(member.scenario, *member.model, grid).seconds;
}

}  // namespace

std::string slurm_jobs_text(const study::Plan& plan) {
    const std::string jobs = job_list(plan);
    if (jobs.empty()) return {};
    const Output queue = shell("squeue -h -o '  job %i: %T %r' -j " + jobs + " 2>/dev/null");
    return queue.code == 0 ? queue.text : std::string();
}

int submit_to_slurm(const Arguments& a, const Surroundings& surroundings, const study::Plan& plan) {
    const study::Cluster cluster = study::read_cluster(a.study.cluster);
    if (const std::string jobs = slurm_jobs_text(plan); !jobs.empty() && !a.dry_run) {
        throw IoError(plan.folder,
                      "Slurm still has jobs of this study; wait for them or scancel "
                      "them:\n" +
                          jobs);
    }
    const study::StudyState state = study::read_state(plan);
    std::vector<std::uint64_t> pending;
    for (std::uint64_t run = 0; run < plan.n_cases; ++run) {
        if (state.state[run] == study::state_pending) pending.push_back(run);
    }
    if (pending.empty()) {
        fmt::print("{}: nothing to do; 'neocol study collect {}' gathers the results\n",
                   plan.folder, plan.folder);
        return exit_done;
    }
    const double seconds = mean_case_seconds(plan, state, surroundings);
    const char* basis =
        state.n_complete() > 0 ? "" : " (a guess: 'neocol study estimate' first runs the corners)";
    std::error_code error;
    const study::Submission submission = study::make_submission(
        plan, cluster, pending, seconds, site_array_size(),
        fs::read_symlink("/proc/self/exe", error).string(), fs::absolute(plan.folder).string());
    const std::string script = plan.file("slurm/task.sh");
    const std::string command =
        fmt::format("sbatch --parsable --array={} {}", submission.array, shell_word(script));
    if (a.dry_run) {
        fmt::print("{}\n# submitted with: {}\n", submission.script, command);
        fmt::print("# {} cases in {} tasks, about {} each of the {} allowed{}\n", pending.size(),
                   submission.tasks.size(), seconds_text(submission.seconds_per_task),
                   seconds_text(submission.time), basis);
        return exit_done;
    }
    fs::create_directories(plan.file("slurm"), error);
    std::ofstream(script) << submission.script;
    const Output sent = shell(command + " 2>&1");
    if (sent.code != 0) {
        throw IoError(script,
                      fmt::format("sbatch did not take it (code {}): {}", sent.code,
                                  sent.text.empty() ? "is Slurm on this machine?" : sent.text));
    }
    std::ofstream(plan.file("slurm/jobs"), std::ios::app) << sent.text;
    fmt::print(
        "job {}: {} cases in {} tasks, about {} each of the {} allowed{}\n"
        "'neocol study status {}' tells how far it is\n",
        sent.text.substr(0, sent.text.find_first_of(";\n")), pending.size(),
        submission.tasks.size(), seconds_text(submission.seconds_per_task),
        seconds_text(submission.time), basis, plan.folder);
    return exit_done;
}

}  // namespace neocol::cli
