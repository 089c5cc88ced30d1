#include <neocol/study/slurm.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include <neocol/core/document.hpp>
#include <neocol/core/identifier.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/core/units.hpp>

namespace neocol::study {
namespace {

/// Reads members of [slurm]; every fault is collected.
class ClusterReader {
public:
    ClusterReader(const DocumentNode& table, Diagnostics& faults)
        : table_(table), faults_(faults) {}

    void text(const char* key, std::string& out) {
        const DocumentNode node = table_.get(key);
        if (!node) return;
        if (is_line(node)) {
            out = node.string();
        } else {
            faults_.add(node.fault(fmt::format("'{}' must be a text of one line", key)));
        }
    }
    /// A value of an option of sbatch: one word, so that it cannot hold a second option.
    void word(const char* key, std::string& out) {
        text(key, out);
        const bool sound = std::all_of(out.begin(), out.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                   std::string_view("_-.,:+/@=&|!*()[]").find(c) != std::string_view::npos;
        });
        if (sound) return;
        faults_.add(table_.get(key).fault(
            fmt::format("'{}' must be one word of letters, digits and _-.,:+/@=&|!*()[]", key)));
        out.clear();
    }
    void time(const char* key, double& out) {
        const DocumentNode node = table_.get(key);
        if (!node) return;
        try {
            if (!node.is_string()) throw InputError("a time needs its unit");
            const Quantity value = units_.parse_quantity(node.string());
            if (!(value.unit.dimension == units_.parse("d").dimension) || value.internal() <= 0.0) {
                throw InputError("no length of time above 0");
            }
            out = value.internal() * 86400.0;
        } catch (const InputError& error) {
            faults_.add(node.fault(fmt::format("'{}': {}", key, error.diagnostics.front().message),
                                   fmt::format("such as {} = \"2 hour\"", key)));
        }
    }
    template <typename T>
    void whole(const char* key, T& out) {
        const DocumentNode node = table_.get(key);
        if (!node) return;
        const auto value = node.integer();
        if (value && *value >= 1 && *value <= 1'000'000) {
            out = static_cast<T>(*value);
        } else {
            faults_.add(node.fault(fmt::format("'{}' must be a whole number from 1", key)));
        }
    }
    void lines(const char* key, std::vector<std::string>& out) {
        const DocumentNode node = table_.get(key);
        if (!node) return;
        if (!node.is_array()) faults_.add(node.fault(fmt::format("'{}' must be a list", key)));
        for (const DocumentNode& one : node.elements()) {
            if (is_line(one)) {
                out.push_back(one.string());
            } else {
                faults_.add(one.fault("a text of one line is expected"));
            }
        }
    }
    /// "2 GB", "2G", "512 MB" as Slurm writes them.
    void memory(const char* key, std::string& out) {
        std::string given;
        text(key, given);
        if (given.empty()) return;
        for (const char c : given) {
            if (std::isspace(static_cast<unsigned char>(c)) == 0) out += c;
        }
        if (out.size() > 1 && out.back() == 'B') out.pop_back();
        const std::size_t digits = out.find_first_not_of("0123456789");
        const bool is_sound = digits != 0 && digits != std::string::npos &&
                              digits + 1 == out.size() &&
                              std::string("KMGT").find(out.back()) != std::string::npos;
        if (!is_sound) {
            faults_.add(table_.get(key).fault(fmt::format("'{}' is no amount of memory", given),
                                              "such as memory = \"2 GB\""));
        }
    }

private:
    static bool is_line(const DocumentNode& node) {
        return node.is_string() && node.string().find_first_of("\r\n") == std::string::npos;
    }

    const DocumentNode& table_;
    Diagnostics& faults_;
    UnitSystem units_;
};

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

Cluster read_cluster(const std::string& path) {
    const Document document = Document::parse(io::read_text_file(path), path);
    const DocumentNode root = document.root(), table = root.get("slurm");
    Diagnostics faults;
    if (!table.is_table()) {
        faults.add(root.fault("a cluster file needs a table [slurm]",
                              "docs/studies.md shows one; it may be empty"));
    }
    faults.throw_if_any();
    Cluster c;
    ClusterReader read(table, faults);
    read.word("partition", c.partition);
    read.word("account", c.account);
    read.word("qos", c.qos);
    read.word("constraint", c.constraint);
    read.memory("memory", c.memory);
    read.time("time", c.time);
    read.time("task_time", c.task_time);
    read.time("signal_before", c.signal_before);
    read.whole("cpus_per_task", c.cpus_per_task);
    read.whole("tasks", c.tasks);
    read.whole("at_once", c.at_once);
    read.whole("max_array_size", c.max_array_size);
    read.whole("max_submit", c.max_submit);
    read.whole("attempts", c.attempts);
    read.lines("modules", c.modules);
    read.lines("before", c.before);
    read.lines("options", c.options);
    if (c.time > 0.0 && c.time < c.signal_before + 60.0) {
        faults.add(
            table.get("time").fault("'time' leaves less than a minute of work before the "
                                    "warning",
                                    "make it longer, or signal_before shorter"));
    }
    document.report_unknown(faults);
    faults.throw_if_any();
    return c;
}

Submission make_submission(const Plan& plan, const Cluster& cluster,
                           const std::vector<std::uint64_t>& pending, double case_seconds,
                           std::uint32_t site_array_size, const std::string& program,
                           const std::string& folder) {
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
                      {program, "study", "run", folder, "--max-wall-time",
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
