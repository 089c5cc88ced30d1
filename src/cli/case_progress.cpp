#include "case_progress.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "wall_time.hpp"

namespace neocol::cli {

CaseProgress::CaseProgress(bool quiet, const Invocation& invocation)
    : quiet_(quiet), bar_(invocation.stderr_is_terminal) {}

void CaseProgress::show(std::uint64_t done, std::uint64_t all, std::uint64_t failed,
                        std::uint64_t reused) {
    using Seconds = std::chrono::duration<double>;
    const auto now = std::chrono::steady_clock::now();
    if (quiet_ || (done < all && Seconds(now - shown_).count() < (bar_ ? 0.2 : 10.0))) return;
    shown_ = now;
    const auto fresh = static_cast<double>(done - reused);
    const double left =
        fresh > 0.0 ? Seconds(now - started_).count() / fresh * static_cast<double>(all - done)
                    : 0.0;
    fmt::print(stderr, "{}{} of {} cases{}{}, about {} left{}", bar_ ? "\r" : "", done, all,
               reused > 0 ? fmt::format(" ({} from before)", reused) : "",
               failed > 0 ? fmt::format(", {} failed", failed) : "", seconds_text(left),
               bar_ ? "   " : "\n");
    std::fflush(stderr);
}

void CaseProgress::finish() {
    if (bar_ && !quiet_ && shown_.time_since_epoch().count() > 0) fmt::print(stderr, "\n");
}

}  // namespace neocol::cli
