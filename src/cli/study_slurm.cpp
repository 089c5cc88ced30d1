#include "study_slurm.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>

#include <sys/wait.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/files/files.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/estimate.hpp>
#include <neocol/simulation/simulation.hpp>
#include <neocol/study/make_plan.hpp>
#include <neocol/study/plan_cases.hpp>
#include <neocol/study/slurm.hpp>

#include "models.hpp"
#include "streams.hpp"
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

/// Numbers of the jobs that were submitted, of which Slurm may have forgotten some.
std::string job_list(const std::string& slurm_folder) {
    std::istringstream file(files::read_if_there(slurm_folder + "/jobs").value_or(""));
    std::string list, line;
    while (std::getline(file, line)) {
        const std::string id = line.substr(0, line.find(';'));
        // The file came with the study: only what is a number of a job reaches a command.
        if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos) continue;
        list += (list.empty() ? "" : ",") + id;
    }
    return list;
}

/// Mean time of a case on one core: what cases took, or else a guess from grid and length.
double mean_case_seconds(const study::Plan& plan, const study::StoreState& state,
                         const Invocation& invocation) {
    if (state.n_complete() + state.n_doubtful() > 0)
        return state.seconds / static_cast<double>(plan.n_cases - state.n_to_do());
    const auto runner = study::make_runner(plan, invocation.cache_folder);
    study::Manifest manifest = plan.manifest();
    const auto member = runner->read(plan.overrides(manifest.row(plan.n_cases / 2)));
    const auto grid = simulation::make_grid(member.scenario, *member.model);
    return simulation::estimate(member.scenario, *member.model, grid).seconds;
}

/// Lines on those that Slurm still has.
std::string jobs_text(const std::string& slurm_folder) {
    const std::string jobs = job_list(slurm_folder);
    if (jobs.empty()) return {};
    const Output queue = shell("squeue -h -o '  job %i: %T %r' -j " + jobs + " 2>/dev/null");
    return queue.code == 0 ? printable(queue.text) : std::string();
}

void refuse_while_running(const std::string& what, const std::string& slurm_folder) {
    if (const std::string jobs = jobs_text(slurm_folder); !jobs.empty()) {
        throw IoError(what,
                      "Slurm still has jobs of this; wait for them or scancel them:\n" + jobs);
    }
}

std::string sbatch_command(const study::Submission& submission, const std::string& script) {
    return fmt::format("sbatch --parsable --array={} {}", submission.array, shell_word(script));
}

void show_submission(const study::Submission& submission, const std::string& script,
                     std::size_t n_cases, const char* basis) {
    print("{}\n# submitted with: {}\n", submission.script, sbatch_command(submission, script));
    print("# {} cases in {} tasks, about {} each of the {} allowed{}\n", n_cases,
          submission.tasks.size(), seconds_text(submission.seconds_per_task),
          seconds_text(submission.time), basis);
}

/// Writes the script, hands it to Slurm, and says so.
void submit(const study::Submission& submission, const std::string& slurm_folder,
            std::size_t n_cases, const char* basis) {
    const std::string script = slurm_folder + "/task.sh";
    files::make_folders(slurm_folder);
    files::write(script, submission.script);
    files::AppendFile jobs(slurm_folder + "/jobs");  // before the job, which has to be noted
    const Output sent = shell(sbatch_command(submission, script) + " 2>&1");
    if (sent.code != 0) {
        throw IoError(script,
                      fmt::format("sbatch did not take it (code {}): {}", sent.code,
                                  sent.text.empty() ? "is Slurm on this machine?" : sent.text));
    }
    jobs.append(sent.text);
    jobs.sync();
    jobs.close();
    print("job {}: {} cases in {} tasks, about {} each of the {} allowed{}\n",
          sent.text.substr(0, sent.text.find_first_of(";\n")), n_cases, submission.tasks.size(),
          seconds_text(submission.seconds_per_task), seconds_text(submission.time), basis);
}

std::string program_path() {
    const char* link = "/proc/self/exe";
    std::error_code error;
    const fs::path program = fs::read_symlink(link, error);
    if (error) throw IoError(link, "cannot be read: " + error.message());
    return program.string();
}

/// The words this program was called with, after its name, but for --slurm and --dry-run.
std::vector<std::string> own_words() {
    const char* path = "/proc/self/cmdline";
    std::istringstream file(files::read_of_kernel(path));
    if (file.str().empty()) throw IoError(path, "cannot be read");
    std::vector<std::string> words;
    std::string word;
    for (bool first = true; std::getline(file, word, '\0'); first = false) {
        if (first || word == "--dry-run" || word.starts_with("--slurm=")) continue;
        if (word == "--slurm") {
            std::getline(file, word, '\0');
            continue;
        }
        words.push_back(word);
    }
    return words;
}

}  // namespace

std::string slurm_jobs_text(const study::Plan& plan) {
    return jobs_text(plan.file("slurm"));
}

namespace {

/// `tasks=N` of the script that was submitted last; 0 if there is none.
std::uint32_t tasks_of_script(const std::string& slurm_folder) {
    std::istringstream script(files::read_if_there(slurm_folder + "/task.sh").value_or(""));
    unsigned n = 0;
    for (std::string line; std::getline(script, line);)
        if (std::sscanf(line.c_str(), "tasks=%u", &n) == 1 && n > 0) return n;
    return 0;
}

/// Numbers of the tasks that Slurm has, one an element of an array.
std::vector<std::uint32_t> tasks_in_queue(const std::string& slurm_folder) {
    std::vector<std::uint32_t> tasks;
    const std::string jobs = job_list(slurm_folder);
    if (jobs.empty()) return tasks;
    const Output queue = shell("squeue -h -r -o %K -j " + jobs + " 2>/dev/null");
    std::istringstream lines(queue.code == 0 ? queue.text : std::string());
    for (std::uint32_t task = 0; lines >> task;)
        tasks.push_back(task);
    std::sort(tasks.begin(), tasks.end());
    return tasks;
}

/// What the script noted of a task.
struct TaskEnd {
    bool has_ended = false;
    int code = 0;
};

}  // namespace

bool HeldParts::holds(std::uint64_t run) const {
    return std::binary_search(tasks.begin(), tasks.end(),
                              static_cast<std::uint32_t>(run % n_tasks));
}

HeldParts held_parts(const study::Plan& plan) {
    const std::string folder = plan.file("slurm");
    const std::uint32_t n = tasks_of_script(folder);
    return n > 0 ? HeldParts{n, tasks_in_queue(folder)} : HeldParts{};
}

std::string dead_tasks_text(const study::Plan& plan) {
    const std::string folder = plan.file("slurm");
    std::map<std::uint32_t, TaskEnd> tasks;
    std::istringstream notes(files::read_if_there(folder + "/tasks").value_or(""));
    for (std::string line; std::getline(notes, line);) {
        unsigned task = 0, attempt = 0;
        int code = 0;
        if (std::sscanf(line.c_str(), "begun %u %u", &task, &attempt) == 2) tasks[task] = {};
        if (std::sscanf(line.c_str(), "ended %u %u %d", &task, &attempt, &code) == 3)
            tasks[task] = {true, code};
    }
    const std::vector<std::uint32_t> queue = tasks_in_queue(folder);
    std::string text;
    for (const auto& [task, end] : tasks) {
        const bool is_alive = std::binary_search(queue.begin(), queue.end(), task);
        const bool is_well = end.has_ended && (end.code == exit_done || end.code == exit_doubtful ||
                                               end.code == exit_numerical_failure);
        if (is_alive || is_well || (end.has_ended && end.code == exit_checkpoint)) continue;
        const std::string how =
            !end.has_ended    ? "ended without a word: with its node, out of memory or cancelled"
            : end.code == 137 ? "was killed (exit code 137: out of memory?)"
                              : fmt::format("ended with exit code {}", end.code);
        text += fmt::format("  task {} {}; log {}/task-{}.log\n", task, how, folder, task);
    }
    return text + printable(files::read_if_there(folder + "/notes").value_or(""));
}

int submit_to_slurm(const ClusterArguments& a, const Invocation& invocation,
                    const study::Plan& plan, bool only_retries) {
    const study::Cluster cluster = study::read_cluster(a.file);
    if (!a.dry_run) refuse_while_running(plan.folder, plan.file("slurm"));
    const study::StoreState state = study::read_state(plan);
    std::vector<std::uint64_t> pending;
    for (std::uint64_t run = 0; run < plan.n_cases; ++run) {
        const bool is_meant = !only_retries || state.attempts[run] > 0;
        if (study::is_to_do(state.state[run]) && is_meant) pending.push_back(run);
    }
    if (pending.empty()) {
        print("{}: nothing to do; 'neocol study collect {}' gathers the results\n", plan.folder,
              plan.folder);
        return exit_done;
    }
    const double seconds = mean_case_seconds(plan, state, invocation);
    const char* basis =
        state.n_complete() > 0 ? "" : " (a guess: 'neocol study estimate' first runs the corners)";
    const study::Submission submission =
        study::make_submission(plan, cluster, pending, seconds, site_array_size(), program_path(),
                               absolute_path(plan.folder), only_retries ? "retry" : "run");
    if (a.dry_run) {
        show_submission(submission, plan.file("slurm/task.sh"), pending.size(), basis);
        return exit_done;
    }
    kernel::CompileOptions compile;
    set_up_compiler(compile, invocation);
    study::renew_kernels(plan, compile);
    submit(submission, plan.file("slurm"), pending.size(), basis);
    print("'neocol study status {}' tells how far it is\n", plan.folder);
    return exit_done;
}

int submit_batch_to_slurm(const ClusterArguments& a, const std::string& output, bool quiet,
                          std::size_t n_cases, double case_seconds) {
    const study::Cluster cluster = study::read_cluster(a.file);
    const std::string folder = absolute_path(output + ".slurm");
    if (!a.dry_run) refuse_while_running(output, folder);
    std::vector<std::string> command{program_path()};
    for (std::string& word : own_words())
        command.push_back(std::move(word));
    if (!quiet) command.push_back("--quiet");
    const study::Submission submission = study::make_batch_submission(
        cluster, n_cases, case_seconds, site_array_size(), command, folder);
    if (a.dry_run) {
        show_submission(submission, folder + "/task.sh", n_cases, "");
        return exit_done;
    }
    submit(submission, folder, n_cases, "");
    print(
        "when 'squeue' no longer has it, the same command without --slurm puts the results "
        "together\n");
    return exit_done;
}

}  // namespace neocol::cli
