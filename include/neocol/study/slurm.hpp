#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <neocol/core/table.hpp>
#include <neocol/study/plan.hpp>

namespace neocol::study {

/// How a site wants its jobs, from a cluster file (docs/studies.md).
struct Cluster {
    std::string partition, account, qos, constraint;
    std::string memory;            ///< of a task, as Slurm writes it: "2G"; empty: the site's
    double time = 0.0;             ///< wall limit of a task [s]; 0: chosen from the work
    double task_time = 3600.0;     ///< work aimed at for a task [s]
    double signal_before = 120.0;  ///< warning before the wall limit [s]
    int cpus_per_task = 1;
    std::uint32_t tasks = 0;           ///< 0: chosen from the work
    int at_once = 0;                   ///< tasks running at once; 0: as the site allows
    std::uint32_t max_array_size = 0;  ///< of the site; 0: ask it
    std::uint32_t max_submit = 0;      ///< jobs a user may have queued; 0: no limit known
    int attempts = 20;                 ///< of a task, first one included
    std::vector<std::string> modules;  ///< loaded first
    std::vector<std::string> before;   ///< lines run first
    std::vector<std::string> options;  ///< further options of sbatch
};

/// What a cluster file may hold.
extern const Table cluster_table;

/// \throws InputError  every fault found; \throws IoError
Cluster read_cluster(const std::string& path);

/// One array of tasks for the pending cases of a plan.
struct Submission {
    std::uint32_t n_tasks = 1;
    std::vector<std::uint32_t> tasks;  ///< those that have something to do
    double time = 0.0;                 ///< wall limit of a task [s]
    double seconds_per_task = 0.0;     ///< of work predicted, on all its cores; 0: unknown
    std::string array;                 ///< as sbatch takes it, such as "0-3,7%4"
    std::string script;                ///< text of the batch script
};

/// Splits pending cases over tasks: as many as give each `task_time` of work, within the limits of
/// the site and the number of cases.
/// \param case_seconds  mean time of a case on one core
/// \param site_array_size  MaxArraySize of the site, 0 if it could not be asked
/// \param program  absolute path of neocol; \param folder  absolute path of the plan
Submission make_submission(const Plan& plan, const Cluster& cluster,
                           const std::vector<std::uint64_t>& pending, double case_seconds,
                           std::uint32_t site_array_size, const std::string& program,
                           const std::string& folder, const std::string& verb = "run");

/// The same for a verb that takes --task K/N, from the first case on.
/// \param command  words of the command without --task, run in the folder sbatch was called in
/// \param slurm    absolute path of the folder of script, job numbers and logs
Submission make_batch_submission(const Cluster& cluster, std::size_t n_cases, double case_seconds,
                                 std::uint32_t site_array_size,
                                 const std::vector<std::string>& command, const std::string& slurm);

}  // namespace neocol::study
