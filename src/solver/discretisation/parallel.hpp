#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>

#include <omp.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace neocol::solver {

/// Flushes denormal numbers to zero on the thread it lives on, and restores the former mode. On
/// machines other than x86-64 and AArch64 they stay, which costs time and no digit that counts.
class FlushToZero {
public:
#if defined(__SSE2__)
    FlushToZero() : before_(_mm_getcsr()) {
        _mm_setcsr(before_ | 0x8040u);
    }
    ~FlushToZero() {
        _mm_setcsr(before_);
    }

private:
    unsigned before_;
#elif defined(__aarch64__)
    FlushToZero() {
        __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
        __asm__ volatile("msr fpcr, %0" : : "r"(before_ | std::uint64_t{1} << 24));
    }
    ~FlushToZero() {
        __asm__ volatile("msr fpcr, %0" : : "r"(before_));
    }

private:
    std::uint64_t before_ = 0;
#else
    FlushToZero() {}
    ~FlushToZero() {}
#endif
public:
    FlushToZero(const FlushToZero&) = delete;
    FlushToZero& operator=(const FlushToZero&) = delete;
};

/// Calls body(thread, begin, end) on contiguous parts of [0, n), one part a thread.
///
/// Exceptions do not leave the parallel region: that of the lowest part is rethrown after it.
template <typename Body>
void parallel_ranges(int threads, std::size_t n, const Body& body) {
    if (threads <= 1 || n <= 1) {
        const FlushToZero flush;
        body(std::size_t{0}, std::size_t{0}, n);
        return;
    }
    std::exception_ptr failure;
    std::size_t failed_part = 0;
    std::mutex mutex;
#pragma omp parallel num_threads(threads)
    {
        const FlushToZero flush;
        const auto part = static_cast<std::size_t>(omp_get_thread_num());
        const auto parts = static_cast<std::size_t>(omp_get_num_threads());
        try {
            body(part, n * part / parts, n * (part + 1) / parts);
        } catch (...) {
            const std::lock_guard lock(mutex);
            if (!failure || part < failed_part) {
                failure = std::current_exception();
                failed_part = part;
            }
        }
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace neocol::solver
