#include <neocol/study/execute.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

#include "time_of_day.hpp"

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

/// What a worker sends to the writer.
struct Message {
    bool is_stopped = false;  ///< not ended: it is to do
    std::uint64_t run = 0;    ///< its place in the list
    StoredCase result;
    double past_seconds = 0.0;  ///< of integration, in runs before this one
    int threads = 1;
    double cpu_seconds = 0.0;  ///< processor time of integration
    bool checkpoint_written = false;
};

/// Cases handed out to workers, and their messages to the one that writes.
class Exchange {
public:
    Exchange(std::vector<std::uint64_t> queue, int n_workers)
        : queue_(std::move(queue)), n_workers_(n_workers) {}

    bool take(std::uint64_t& run) {
        const std::lock_guard lock(mutex_);
        if (next_ >= queue_.size() || fault_ != nullptr) return false;
        run = queue_[next_++];
        return true;
    }
    void send(Message message) {
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
    /// Waits for messages, or for the last worker to leave, up to a tenth of a second.
    /// \returns whether there are workers still
    bool wait(std::deque<Message>& messages) {
        std::unique_lock lock(mutex_);
        ready_.wait_for(lock, std::chrono::milliseconds(100), [&] {
            return !messages_.empty() || fault_ != nullptr || left_ == n_workers_;
        });
        messages.swap(messages_);
        return left_ < n_workers_;
    }
    std::exception_ptr fault() {
        const std::lock_guard lock(mutex_);
        return fault_;
    }

private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::vector<std::uint64_t> queue_;
    std::size_t next_ = 0;
    std::deque<Message> messages_;
    std::exception_ptr fault_;
    int n_workers_, left_ = 0;
};

/// Cases of this part that are to do, those that were lost on the way before last.
std::vector<std::uint64_t> cases_to_do(const StoreState& state, const ExecuteOptions& options) {
    std::vector<std::uint64_t> queue;
    const auto consider = [&](std::uint64_t run) {
        if (run % options.n_tasks == options.task && is_to_do(state.state.at(run)))
            queue.push_back(run);
    };
    if (options.only != nullptr)
        for (const std::uint64_t run : *options.only)
            consider(run);
    else
        for (std::uint64_t run = 0; run < state.state.size(); ++run)
            consider(run);
    std::stable_sort(queue.begin(), queue.end(), [&](std::uint64_t a, std::uint64_t b) {
        return state.open[a] < state.open[b];
    });
    return queue;
}

/// Threads that run cases; joined when it goes out of scope.
class Workers {
public:
    Workers(CaseList& list, const StoreState& state, StoreWriter* writer,
            const ExecuteOptions& options, Exchange& exchange, const CaseOptions& how, int n) {
        int started = 0;
        try {
            for (; started < n; ++started) {
                threads_.emplace_back([&list, &state, writer, &options, &exchange, &how] {
                    try {
                        work(list, state, writer, options, exchange, how);
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
    static void work(CaseList& list, const StoreState& state, StoreWriter* writer,
                     const ExecuteOptions& options, Exchange& exchange, const CaseOptions& how) {
        std::uint64_t run = 0;
        while (!how.stop->load() && exchange.take(run)) {
            const std::uint64_t number = list.number(run);
            if (writer != nullptr) writer->start(number, state.attempts[run]);
            CaseOptions options_of_case = how;
            if (!options.checkpoints.empty())
                options_of_case.checkpoint = fmt::format("{}/run-{}", options.checkpoints, run);
            const CaseResult result = list.run(run, options_of_case);
            const bool is_stopped = result.status == CaseStatus::stopped;
            if (writer != nullptr) writer->end(number, state.attempts[run], is_stopped);
            Message ended;
            ended.run = run;
            ended.past_seconds = result.past_seconds;
            ended.cpu_seconds = result.integrate_cpu_seconds;
            ended.threads = result.threads;
            ended.checkpoint_written = result.checkpoint_written;
            ended.is_stopped = is_stopped;
            StoredCase& row = ended.result;
            row.run = number;
            row.attempt = state.attempts[run];
            row.identity = list.identity(run);
            row.status = static_cast<std::uint8_t>(result.status);
            row.hash = result.hash;
            row.reason = result.reason;
            row.host = options.host;
            row.ended = detail::now_text();
            row.reached = result.reached;
            row.residual = result.residual;
            row.integrate_seconds = result.integrate_seconds;
            row.total_seconds = result.total_seconds;
            row.steps = result.steps;
            if (result.has_values()) list.keep(result, row);
            exchange.send(std::move(ended));
        }
    }

    std::vector<std::jthread> threads_;
};

/// Takes messages to the store, the caller and the report.
class Receiver {
public:
    Receiver(const CaseList& list, std::optional<StoreWriter>& writer,
             const ExecuteOptions& options, ExecuteReport& report)
        : list_(list), writer_(writer), options_(options), report_(report) {}

    void take(Message& message) {
        StoredCase& result = message.result;
        const double seconds = result.integrate_seconds - message.past_seconds;
        report_.integrate_seconds += seconds;
        report_.core_seconds += seconds * message.threads;
        report_.integrate_cpu_seconds += message.cpu_seconds;
        if (message.is_stopped) {
            report_.checkpointed += message.checkpoint_written ? 1 : 0;
            return;
        }
        if (result.status == 0)
            ++report_.complete;
        else if (has_values(result.status))
            ++report_.doubtful;
        else
            ++report_.failed;
        if (options_.ended) options_.ended(message.run, result);
        if (writer_ && list_.is_stored(result)) writer_->add(std::move(result));
    }

private:
    const CaseList& list_;
    std::optional<StoreWriter>& writer_;
    const ExecuteOptions& options_;
    ExecuteReport& report_;
};

/// Takes messages until the last worker has left; a fault, or a request to end, stops them.
void receive(Exchange& exchange, Receiver& receiver, std::optional<StoreWriter>& writer,
             const ExecuteOptions& options, const ExecuteReport& report, Clock::time_point started,
             std::atomic<bool>& stop) {
    std::deque<Message> messages;
    for (bool running = true; running;) {
        running = exchange.wait(messages) || !messages.empty();
        try {
            const bool ended = !messages.empty();
            for (Message& message : messages)
                receiver.take(message);
            messages.clear();
            if (writer) writer->seal_if_due();
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

}  // namespace

std::string part_name(std::uint32_t task, std::uint32_t n_tasks) {
    return n_tasks > 1 ? fmt::format("{}-of-{}", task, n_tasks) : "all";
}

ExecuteReport execute(CaseList& list, const StoreState& state, const std::string& folder,
                      const ExecuteOptions& options) {
    ExecuteReport report;
    std::vector<std::uint64_t> queue = cases_to_do(state, options);
    report.planned = queue.size();
    std::optional<StoreWriter> writer;
    if (!folder.empty()) {
        writer.emplace(
            folder, list, state,
            options.name.empty() ? part_name(options.task, options.n_tasks) : options.name);
    }
    if (queue.empty()) {
        if (writer) writer->close();  // what a killed one left is put in order
        return report;
    }
    if (!options.checkpoints.empty()) files::make_folders(options.checkpoints);
    std::atomic<bool> stop{false};
    const auto cases = static_cast<int>(std::min<std::size_t>(queue.size(), 1'000'000));
    const int n_workers = std::clamp(options.workers, 1, cases);
    CaseOptions how;
    how.threads = options.one_thread_a_case ? 1 : std::max(1, options.workers / n_workers);
    how.time_limit = options.case_time_limit;
    how.stop = &stop;

    const auto started = Clock::now();
    Exchange exchange(std::move(queue), n_workers);
    Receiver receiver(list, writer, options, report);
    {
        const Workers workers(list, state, writer ? &*writer : nullptr, options, exchange, how,
                              n_workers);
        receive(exchange, receiver, writer, options, report, started, stop);
    }
    try {
        if (writer) writer->close();  // also after a fault: what is finished is kept
    } catch (...) {
        exchange.fail(std::current_exception());  // unless an earlier one is to be told
    }
    if (const std::exception_ptr fault = exchange.fault()) std::rethrow_exception(fault);
    report.wall_seconds = seconds_since(started);
    if (report.core_seconds == report.integrate_seconds)  // a thread a case
        report.busy_cpu_share = report.integrate_cpu_seconds / program_cpu_seconds();
    report.busy_share = report.core_seconds / (report.wall_seconds * options.workers);
    report.stopped = report.ended() < report.planned;
    return report;
}

}  // namespace neocol::study
