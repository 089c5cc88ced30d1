#include <neocol/study/slurm.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/core/table_reader.hpp>

namespace neocol::study {
namespace {

constexpr Key line_key = keys::line("", "a line");
constexpr std::int64_t largest_count = 1'000'000;
constexpr QuantityKind wall_time{"a time", "d", "2 hour"};
constexpr auto slurm_keys = std::to_array<Key>({
    keys::line("partition", "as sbatch takes it"),
    keys::line("account", "as sbatch takes it"),
    keys::line("qos", "as sbatch takes it"),
    keys::line("constraint", "as sbatch takes it"),
    keys::line("memory", "of a task; the site's if left out").such_as("\"2 GB\""),
    keys::quantity("time", wall_time, limits::positive,
                   "wall limit of a task; chosen from the work if left out"),
    keys::quantity("task_time", wall_time, limits::positive, "work aimed at for a task"),
    keys::quantity("signal_before", wall_time, limits::positive, "warning before the wall limit"),
    keys::whole("cpus_per_task", 1, largest_count, "cores of a task"),
    keys::whole("tasks", 1, largest_count, "chosen from the work if left out"),
    keys::whole("at_once", 1, largest_count, "tasks that run at once"),
    keys::whole("max_array_size", 1, largest_count, "of the site; asked if left out"),
    keys::whole("max_submit", 1, largest_count, "jobs that a user may have queued"),
    keys::whole("attempts", 1, largest_count, "of a task, the first one included"),
    keys::list("modules", line_key, "loaded first"),
    keys::list("before", line_key, "lines that run first"),
    keys::list("options", line_key, "further options of sbatch"),
});
constexpr Table slurm_table{.meaning = "how a site wants its jobs", .keys = slurm_keys};
constexpr auto cluster_keys = std::to_array<Key>({
    keys::table("slurm", slurm_table, "how a site wants its jobs; may be empty").required(),
});

/// A value of an option of sbatch: one word, so that it cannot hold a second option.
std::string word(const TableReader& table, const char* key) {
    const std::string given = table.text(key, "");
    const bool sound = std::all_of(given.begin(), given.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("_-.,:+/@=&|!*()[]").find(c) != std::string_view::npos;
    });
    if (sound) return given;
    table.values().add(table.fault(
        key, fmt::format("'{}' must be one word of letters, digits and _-.,:+/@=&|!*()[]", key)));
    return {};
}

/// "2 GB", "2G", "512 MB" as Slurm writes them.
std::string memory(const TableReader& table, const char* key) {
    const std::string given = table.text(key, "");
    std::string out;
    for (const char c : given)
        if (std::isspace(static_cast<unsigned char>(c)) == 0) out += c;
    if (given.empty()) return out;
    if (out.size() > 1 && out.back() == 'B') out.pop_back();
    const std::size_t digits = out.find_first_not_of("0123456789");
    const bool is_sound = digits != 0 && digits != std::string::npos && digits + 1 == out.size() &&
                          std::string("KMGT").find(out.back()) != std::string::npos;
    if (!is_sound)
        table.values().add(table.fault(key, fmt::format("'{}' is no amount of memory", given),
                                       "such as memory = \"2 GB\""));
    return out;
}

double seconds(const TableReader& table, const char* key, double otherwise) {
    const auto days = table.quantity(key);
    return days ? *days * 86400.0 : otherwise;
}

template <typename T>
void set_whole(const TableReader& table, const char* key, T& out) {
    if (const auto value = table.whole(key)) out = static_cast<T>(*value);
}

std::string slurm_time(double seconds) {
    const auto minutes = static_cast<long>(std::ceil(seconds / 60.0));
    return fmt::format("{}-{:02}:{:02}:00", minutes / 1440, minutes / 60 % 24, minutes % 60);
}

/// 0,1,2,5 as "0-2,5".
std::string ranges(const std::vector<std::uint32_t>& numbers) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size();) {
        std::size_t last = i;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1)
            ++last;
        text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[i]);
        if (last > i) text += fmt::format("-{}", numbers[last]);
        i = last + 1;
    }
    return text;
}

constexpr const char* script_body = R"sh(
# neocol gets the warning before the wall limit (USR1), finishes its steps, leaves with 75, and this
# script hands the rest to a job of its own. A task that finished no case leaves with another code:
# nothing is submitted again without progress. TERM (scancel, preemption) ends for good; after
# preemption Slurm itself requeues the job.
ended=no
echo "begun $SLURM_ARRAY_TASK_ID $attempt" >>"$slurm/tasks"
"${command[@]}" --task "$SLURM_ARRAY_TASK_ID/$tasks" &
child=$!
trap 'kill -USR1 "$child" 2>/dev/null' USR1
trap 'ended=yes; kill -TERM "$child" 2>/dev/null' TERM
while :; do
    wait "$child"
    code=$?
    [ "$code" -gt 128 ] && kill -0 "$child" 2>/dev/null || break
done
if [ "$code" -gt 128 ]; then
    wait "$child" 2>/dev/null
    last=$?
    [ "$last" -eq 127 ] || code=$last
fi
echo "ended $SLURM_ARRAY_TASK_ID $attempt $code" >>"$slurm/tasks"
# Killed, by whoever watches the memory most likely: once more, as another node or hour may do.
if [ "$code" -eq 137 ] && [ "$ended" = no ] && [ -z "$NEOCOL_KILLED" ]; then
    echo "task $SLURM_ARRAY_TASK_ID: killed (137; out of memory?); submitted once more" | tee -a "$slurm/notes" >&2
    sbatch --parsable --array="$SLURM_ARRAY_TASK_ID" --export="ALL,NEOCOL_ATTEMPT=$((attempt + 1)),NEOCOL_KILLED=1" \
        "$slurm/task.sh" >>"$slurm/jobs"
fi
if [ "$code" -eq 75 ] && [ "$ended" = no ]; then
    if [ "$attempt" -ge "$attempts" ]; then
        echo "task $SLURM_ARRAY_TASK_ID: not done after $attempts attempts; the command given at first submits again" >&2
    else
        sbatch --parsable --array="$SLURM_ARRAY_TASK_ID" --export="ALL,NEOCOL_ATTEMPT=$((attempt + 1))" \
            "$slurm/task.sh" >>"$slurm/jobs"
    fi
fi
exit "$code"
)sh";

/// The words of a text, each as a shell takes it, after blanks.
std::string shell_words(const std::string& text) {
    std::istringstream stream(text);
    std::string words;
    for (std::string word; stream >> word;)
        words += ' ' + shell_word(word);
    return words;
}

/// What Slurm shows of a job: letters, digits and _-. of a title.
std::string job_name(const std::string& title) {
    std::string name = title.substr(0, 64);
    std::replace_if(
        name.begin(), name.end(),
        [](char c) {
            return !is_file_name(std::string{'a', c});
        },
        '_');
    return name;
}

/// A folder in a pattern of sbatch, where `%` has a meaning, on a line that `sbatch` splits into
/// words. \throws InputError  it has characters that no such line can hold
std::string log_pattern(const std::string& folder) {
    std::string pattern;
    for (const char c : folder) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\'' || c == '\\')
            throw InputError(fmt::format("the folder {} cannot stand in a script of sbatch",
                                         json_string(folder)),
                             "give it a name without quotes, backslashes and control characters");
        if (c == ' ') pattern += '\\';
        if (c == '%') pattern += '%';
        pattern += c;
    }
    return pattern;
}

/// \param command  words of the program's command, without --task
/// \param slurm    absolute path of the folder of script, job numbers and logs
std::string script(const Cluster& c, const Submission& s, const std::string& title,
                   const std::vector<std::string>& command, const std::string& slurm) {
    std::string text = "#!/bin/bash\n";
    const auto option = [&](const std::string& name, const std::string& value) {
        if (!value.empty()) text += fmt::format("#SBATCH --{}={}\n", name, value);
    };
    option("job-name", job_name(title));
    option("partition", c.partition);
    option("account", c.account);
    option("qos", c.qos);
    option("constraint", c.constraint);
    option("time", slurm_time(s.time));
    option("nodes", "1");
    option("ntasks", "1");
    option("cpus-per-task", fmt::format("{}", c.cpus_per_task));
    option("mem", c.memory);
    option("signal", fmt::format("B:USR1@{:.0f}", c.signal_before));
    option("output", log_pattern(slurm) + "/task-%a.log");
    text += "#SBATCH --open-mode=append\n#SBATCH --requeue\n";
    for (const std::string& line : c.options)
        text += fmt::format("#SBATCH {}\n", line);
    text += '\n';
    for (const std::string& module : c.modules)
        text += fmt::format("module load{}\n", shell_words(module));
    for (const std::string& line : c.before)
        text += line + '\n';
    text += "command=(";
    for (const std::string& word : command)
        text += (text.back() == '(' ? "" : " ") + shell_word(word);
    text += fmt::format(
        ")\nslurm={}\ntasks={}\nattempts={}\n"
        "attempt=${{NEOCOL_ATTEMPT:-1}}\n",
        shell_word(slurm), s.n_tasks, c.attempts);
    return text + script_body;
}

/// Number of tasks and their wall limit.
void divide(const Cluster& cluster, double n_cases, double case_seconds,
            std::uint32_t site_array_size, Submission& s) {
    const double work = n_cases * case_seconds / cluster.cpus_per_task;  // [s] of one task's cores
    const double target =
        cluster.time > 0.0 ? std::min(cluster.task_time, 0.7 * cluster.time) : cluster.task_time;
    double n = cluster.tasks > 0 ? cluster.tasks : std::max(1.0, std::ceil(work / target));
    // Parts are dealt out by number of the case: a part for each of a node's cores at least.
    n = std::min(n, std::max(1.0, std::ceil(n_cases / cluster.cpus_per_task)));
    std::uint32_t most = cluster.max_array_size > 0 ? cluster.max_array_size : site_array_size;
    if (most == 0) most = 1000;
    if (cluster.max_submit > 0) most = std::min(most, cluster.max_submit);
    s.n_tasks = static_cast<std::uint32_t>(std::min(n, static_cast<double>(most)));
    s.seconds_per_task = work / s.n_tasks;
    s.time = cluster.time > 0.0 ? cluster.time
                                : 300.0 + cluster.signal_before +
                                      std::ceil(1.5 * s.seconds_per_task + 3.0 * case_seconds);
}

std::string array_of(const Cluster& cluster, const Submission& s) {
    return ranges(s.tasks) + (cluster.at_once > 0 ? fmt::format("%{}", cluster.at_once) : "");
}

}  // namespace

constinit const Table cluster_table{.meaning = "A cluster and how it wants its jobs",
                                    .keys = cluster_keys};

Cluster read_cluster(const std::string& path) {
    const Document document = Document::parse(io::read_text_file(path), path);
    const UnitSystem units;
    Diagnostics faults;
    const TableReader root(document.root(), cluster_table, ValueReader(units, faults));
    const TableReader table = root.table("slurm");
    Cluster c;
    c.partition = word(table, "partition");
    c.account = word(table, "account");
    c.qos = word(table, "qos");
    c.constraint = word(table, "constraint");
    c.memory = memory(table, "memory");
    c.time = seconds(table, "time", c.time);
    c.task_time = seconds(table, "task_time", c.task_time);
    c.signal_before = seconds(table, "signal_before", c.signal_before);
    set_whole(table, "cpus_per_task", c.cpus_per_task);
    set_whole(table, "tasks", c.tasks);
    set_whole(table, "at_once", c.at_once);
    set_whole(table, "max_array_size", c.max_array_size);
    set_whole(table, "max_submit", c.max_submit);
    set_whole(table, "attempts", c.attempts);
    c.modules = table.texts("modules");
    c.before = table.texts("before");
    c.options = table.texts("options");
    if (c.time > 0.0 && c.time < c.signal_before + 60.0)
        faults.add(table.fault("time",
                               "'time' leaves less than a minute of work before the warning",
                               "make it longer, or signal_before shorter"));
    check_keys(document.root(), cluster_table, faults);
    faults.throw_if_any();
    return c;
}

Submission make_submission(const Plan& plan, const Cluster& cluster,
                           const std::vector<std::uint64_t>& pending, double case_seconds,
                           std::uint32_t site_array_size, const std::string& program,
                           const std::string& folder, const std::string& verb) {
    Submission s;
    divide(cluster, static_cast<double>(pending.size()), case_seconds, site_array_size, s);
    std::set<std::uint32_t> busy;
    for (const std::uint64_t run : pending)
        busy.insert(static_cast<std::uint32_t>(run % s.n_tasks));
    s.tasks.assign(busy.begin(), busy.end());
    s.array = array_of(cluster, s);
    // Well before the warning, should that be lost on its way.
    const double work = std::max(30.0, s.time - 0.9 * cluster.signal_before);
    const std::string name = "neocol-" + std::filesystem::path(plan.folder).filename().string();
    s.script = script(cluster, s, name,
                      {program, "study", verb, folder, "--max-wall-time",
                       fmt::format("{:.0f} s", work), "--quiet", "--json"},
                      folder + "/slurm");
    return s;
}

Submission make_batch_submission(const Cluster& cluster, std::size_t n_cases, double case_seconds,
                                 std::uint32_t site_array_size,
                                 const std::vector<std::string>& command,
                                 const std::string& slurm) {
    Submission s;
    divide(cluster, static_cast<double>(n_cases), case_seconds, site_array_size, s);
    s.tasks.resize(s.n_tasks);
    std::iota(s.tasks.begin(), s.tasks.end(), 0U);
    s.array = array_of(cluster, s);
    const std::string name = std::filesystem::path(slurm).stem().string();
    s.script = script(cluster, s, "neocol-" + name, command, slurm);
    return s;
}

}  // namespace neocol::study
