#include "calls.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include <pthread.h>

#include <neocol/core/error.hpp>

#include "machine.hpp"

namespace neocol::python {
namespace {

namespace py = pybind11;

std::atomic<int> active_calls{0};
std::atomic<bool> is_torn{false};        ///< forked while a call was active
std::atomic<bool> has_pool{false};       ///< OpenMP holds threads of this process
std::atomic<bool> has_lost_pool{false};  ///< of the process that this one was forked from

void after_fork_in_child() {
    if (active_calls.load() > 0) is_torn = true;
    active_calls = 0;
    if (has_pool.load()) has_lost_pool = true;
}

/// Once, when the first call is made.
void watch_forks() {
    static const int registered = pthread_atfork(nullptr, nullptr, after_fork_in_child);
    static_cast<void>(registered);
}

}  // namespace

ActiveCall::ActiveCall() {
    watch_forks();
    if (is_torn)
        throw Error(
            "this process was forked while another thread was in neocol, and cannot use it\n  "
            "start it with multiprocessing.get_context('spawn')");
    ++active_calls;
}

ActiveCall::~ActiveCall() {
    --active_calls;
}

void call_without_lock(std::atomic<bool>& stop, const std::function<void()>& work) {
    std::mutex mutex;
    std::condition_variable ended;
    bool done = false;
    std::exception_ptr failure, interruption;
    {
        const py::gil_scoped_release release;
        std::thread worker([&] {
            try {
                work();
            } catch (...) {
                failure = std::current_exception();
            }
            const std::lock_guard lock(mutex);
            done = true;
            ended.notify_one();
        });
        std::unique_lock lock(mutex);
        while (!ended.wait_for(lock, std::chrono::milliseconds(50), [&] { return done; })) {
            if (interruption) continue;
            lock.unlock();
            {
                const py::gil_scoped_acquire acquire;
                if (PyErr_CheckSignals() != 0) {
                    interruption = std::make_exception_ptr(py::error_already_set());
                    stop = true;
                }
            }
            lock.lock();
        }
        lock.unlock();
        worker.join();
    }
    if (interruption) std::rethrow_exception(interruption);
    if (failure) std::rethrow_exception(failure);
}

int threads_for_cases(int asked) {
    std::string warning;
    // Cases are independent: every core can be fed.
    return machine::choose_threads(this_machine(), asked, std::size_t{1} << 40, warning);
}

int threads_for(int asked, std::size_t n_voxels) {
    if (has_lost_pool) {
        if (asked > 1)
            throw Error(
                "this process was forked from one in which neocol ran on several threads: here it "
                "runs on one\n  take threads=1, or multiprocessing.get_context('spawn')");
        return 1;
    }
    std::string warning;
    const int threads = machine::choose_threads(this_machine(), asked, n_voxels, warning);
    if (!warning.empty()) {
        const py::gil_scoped_acquire acquire;
        py::module_::import("warnings").attr("warn")(warning);
    }
    machine::prove_threads(threads);
    if (threads > 1) has_pool = true;
    return threads;
}

}  // namespace neocol::python
