#pragma once

#include <chrono>
#include <cstdint>

#include "command.hpp"

namespace neocol::cli {

/// Shows on stderr how far many cases are: in place on a terminal, else a line every ten seconds.
class CaseProgress {
public:
    CaseProgress(bool quiet, const Invocation& invocation);

    /// \param done    cases that have ended, those of earlier calls included
    /// \param reused  of those, in earlier calls
    void show(std::uint64_t done, std::uint64_t all, std::uint64_t failed, std::uint64_t reused);
    /// Ends the line on a terminal.
    void finish();

private:
    bool quiet_, bar_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now(), shown_{};
};

}  // namespace neocol::cli
