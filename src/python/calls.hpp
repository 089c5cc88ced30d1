#pragma once

#include <atomic>
#include <functional>

#include <pybind11/pybind11.h>

/// How Python calls what takes long.
namespace neocol::python {

/// Counts a call of neocol while it lives, so that a fork in its midst is noticed.
class ActiveCall {
public:
    /// \throws Error  this process was forked while another thread was in a call: locks that it
    ///                held are never given back
    ActiveCall();
    ~ActiveCall();
    ActiveCall(const ActiveCall&) = delete;
    ActiveCall& operator=(const ActiveCall&) = delete;
};

/// Calls `work` on a thread of its own, without the interpreter's lock, while this one hears the
/// interpreter's signals: on Ctrl-C `stop` turns true, the work ends as it does on its own accord
/// after that, and KeyboardInterrupt is raised. The floating-point modes of the calling thread are
/// not touched. Exceptions of the work are thrown on.
void call_without_lock(std::atomic<bool>& stop, const std::function<void()>& work);

/// Threads for one run: `asked`, or the usual number for its voxels where that is 0.
/// \throws Error  more than one where threads of the process this one was forked from are gone:
///                OpenMP would wait for them for ever
int threads_for(int asked, std::size_t n_voxels);

/// Cases at a time: `asked`, or as many as there are cores; each is a thread of its own.
int threads_for_cases(int asked);

}  // namespace neocol::python
