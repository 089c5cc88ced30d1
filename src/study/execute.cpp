#include <neocol/study/execute.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <numeric>
#include <thread>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

namespace neocol::study {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Processor time of this program so far, all its threads [s].
double program_cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// What a worker tells the writer.
struct Message {
    enum class Kind { started, ended, stopped } kind = Kind::started;
    StoredCase result;
    double past_seconds = 0.0;  ///< of integration, in runs before this one
    double cpu_seconds = 0.0;   ///< processor time of integration
    bool checkpoint_kept = false;
};

/// Cases handed out to workers, and their messages to the one that writes.
class Exchange {
public:
    Exchange(const Plan& plan, std::vector<std::uint64_t> queue)
        : manifest_(plan.manifest()), queue_(std::move(queue)) {}

    bool take(Case& one) {
        const std::lock_guard lock(mutex_);
        if (next_ >= queue_.size() || fault_ != nullptr) return false;
        one = manifest_.row(queue_[next_++]);
        return true;
    }
    void tell(Message message) {
        const std::lock_guard lock(mutex_);
        messages_.push_back(std::move(message));
        ready_.notify_one();
    }
    void fail(std::exception_ptr fault) {
        const std::lock_guard lock(mutex_);
        if (fault_ == nullptr) fault_ = std::move(fault);
        ready_.notify_one();
    }
    void leave() {
        const std::lock_guard lock(mutex_);
        ++left_;
        ready_.notify_one();
    }
    /// Waits for messages, up to a tenth of a second. \returns how many workers have left
    int wait(std::deque<Message>& messages) {
        std::unique_lock lock(mutex_);
        ready_.wait_for(lock, std::chrono::milliseconds(100),
                        [&] { return !messages_.empty() || fault_ != nullptr; });
        messages.swap(messages_);
        return left_;
    }
    std::exception_ptr fault() {
        const std::lock_guard lock(mutex_);
        return fault_;
    }

private:
    std::mutex mutex_;
    std::condition_variable ready_;
    Manifest manifest_;
    std::vector<std::uint64_t> queue_;
    std::size_t next_ = 0;
    std::deque<Message> messages_;
    std::exception_ptr fault_;
    int left_ = 0;
};

/// Pending cases of this task, those that were lost on the way before last.
std::vector<std::uint64_t> pending_cases(const Plan& plan, const ExecuteOptions& options,
                                         const StudyState& state) {
    std::vector<std::uint64_t> queue;
    const auto consider = [&](std::uint64_t run) {
        if (run % options.n_tasks == options.task && is_to_do(state.state.at(run))) {
            queue.push_back(run);
        }
    };
    if (options.only != nullptr) {
        for (const std::uint64_t run : *options.only)
            consider(run);
    } else {
        for (std::uint64_t run = 0; run < plan.n_cases; ++run)
            consider(run);
    }
    std::stable_sort(queue.begin(), queue.end(), [&](std::uint64_t a, std::uint64_t b) {
        return state.open[a] < state.open[b];
    });
    return queue;
}

/// Threads that run cases; joined when it goes out of scope.
class Workers {
public:
    Workers(const Plan& plan, const ExecuteOptions& options, const StudyState& state,
            CaseRunner& runner, Exchange& exchange, const CaseOptions& how, int n) {
        int started = 0;
        try {
            for (; started < n; ++started) {
                threads_.emplace_back([&plan, &options, &state, &runner, &exchange, &how] {
                    try {
                        work(plan, options, state, runner, exchange, how);
                    } catch (...) {
                        exchange.fail(std::current_exception());
                    }
                    exchange.leave();
                });
            }
        } catch (...) {  // no memory or no threads left: those that work are waited for
            exchange.fail(std::current_exception());
            for (; started < n; ++started)
                exchange.leave();
        }
    }
    ~Workers() = default;
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

private:
    static void work(const Plan& plan, const ExecuteOptions& options, const StudyState& state,
                     CaseRunner& runner, Exchange& exchange, const CaseOptions& how) {
        Case one;
        while (!how.stop->load() && exchange.take(one)) {
            Message started;
            started.result.run = one.run;
            started.result.attempt = state.attempts[one.run];
            exchange.tell(std::move(started));
            CaseOptions options_of_case = how;
            options_of_case.checkpoint = plan.file(fmt::format("checkpoints/run-{}", one.run));
            const CaseResult result = runner.run(plan.overrides(one), options_of_case);
            Message ended;
            ended.past_seconds = result.past_seconds;
            ended.cpu_seconds = result.integrate_cpu_seconds;
            ended.checkpoint_kept = result.checkpoint_kept;
            ended.kind = result.status == CaseStatus::stopped ? Message::Kind::stopped
                                                              : Message::Kind::ended;
            ended.result = stored_case(plan, one, result);
            ended.result.attempt = state.attempts[one.run];
            ended.result.host = options.host;
            exchange.tell(std::move(ended));
        }
    }

    std::vector<std::jthread> threads_;
};

void write(TaskWriter& writer, const Message& message, ExecuteReport& report) {
    const StoredCase& result = message.result;
    switch (message.kind) {
        case Message::Kind::started:
            writer.start(result.run, result.attempt);
            break;
        case Message::Kind::stopped:
            writer.stop(result.run);
            report.integrate_seconds += result.integrate_seconds - message.past_seconds;
            report.integrate_cpu_seconds += message.cpu_seconds;
            report.kept += message.checkpoint_kept ? 1 : 0;
            break;
        case Message::Kind::ended:
            writer.add(result);
            report.integrate_seconds += result.integrate_seconds - message.past_seconds;
            report.integrate_cpu_seconds += message.cpu_seconds;
            if (result.status == 0) {
                ++report.complete;
            } else if (has_values(result.status)) {
                ++report.doubtful;
            } else {
                ++report.failed;
                report.last_reason = result.reason;
            }
    }
}

}  // namespace

ExecuteReport execute(const Plan& plan, const ExecuteOptions& options) {
    ExecuteReport report;
    for (const char* name : {"journal", "shards", "checkpoints"})
        files::make_folders(plan.file(name));
    report.mended =
        mend_journals(plan, options.n_tasks > 1 ? std::optional(options.task) : std::nullopt);
    const StudyState state = read_state(plan);
    std::copy_if(state.damage.begin(), state.damage.end(), std::back_inserter(report.damage),
                 [](const Damage& one) { return one.is_result; });
    std::vector<std::uint64_t> queue = pending_cases(plan, options, state);
    report.planned = queue.size();
    if (queue.empty()) return report;

    TaskWriter writer(plan, options.task);
    const std::unique_ptr<CaseRunner> runner =
        make_runner(plan, options.cache_folder, options.key_folder, options.warn, options.stop);
    std::atomic<bool> stop{false};
    const auto cases = static_cast<int>(std::min<std::size_t>(queue.size(), 1'000'000));
    const int n_workers = std::clamp(options.workers, 1, std::max(1, cases));
    CaseOptions how;
    how.threads = std::max(1, options.workers / n_workers);
    how.time_limit = options.case_time_limit > 0.0 ? options.case_time_limit : plan.case_time_limit;
    how.stop = &stop;

    const auto started = Clock::now();
    Exchange exchange(plan, std::move(queue));
    {
        const Workers workers(plan, options, state, *runner, exchange, how, n_workers);
        std::deque<Message> messages;
        for (bool running = true; running;) {
            running = exchange.wait(messages) < n_workers || !messages.empty();
            try {
                for (const Message& message : messages)
                    write(writer, message, report);
                const bool ended = !messages.empty();
                messages.clear();
                writer.commit();
                if (ended && options.progress) options.progress(report);
            } catch (...) {
                stop = true;
                exchange.fail(std::current_exception());
                break;
            }
            const bool out_of_time =
                options.max_wall_time > 0.0 && seconds_since(started) > options.max_wall_time;
            if (out_of_time || (options.stop != nullptr && options.stop->load())) stop = true;
            if (exchange.fault() != nullptr) stop = true;
        }
    }
    if (const std::exception_ptr fault = exchange.fault()) std::rethrow_exception(fault);
    report.wall_seconds = seconds_since(started);
    if (how.threads == 1)
        report.busy_cpu_share = report.integrate_cpu_seconds / program_cpu_seconds();
    report.busy_share =
        report.integrate_seconds * how.threads / (report.wall_seconds * options.workers);
    report.stopped = report.ended() < report.planned;
    return report;
}

}  // namespace neocol::study
