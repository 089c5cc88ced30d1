#include "progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include <neocol/simulation/checkpoint.hpp>

namespace neocol::cli {
namespace {

using Seconds = std::chrono::duration<double>;

const char* reason(solver::StepInfo::Limit limit) {
    using Limit = solver::StepInfo::Limit;
    switch (limit) {
        case Limit::error:
            return "error of";
        case Limit::positivity:
            return "positivity of";
        case Limit::factorisation:
            return "factorisation error of";
        case Limit::landing:
            return "landing";
        case Limit::growth:
            return "growth limit after";
        case Limit::largest:
            return "largest step";
    }
    return "";
}

std::string duration(double seconds) {
    if (seconds < 100.0) {
        return fmt::format("{:.0f} s", seconds);
    }
    if (seconds < 6000.0) {
        return fmt::format("{:.0f} min", seconds / 60.0);
    }
    return fmt::format("{:.1f} h", seconds / 3600.0);
}

}  // namespace

void Progress::begin(const simulation::RunContext& context) {
    model_ = &context.model;
    until_ = context.scenario.run.until.days();
    n_sessions_ = context.scenario.regimen.sessions.size();
    resumed_at_ = context.past != nullptr ? context.past->time : 0.0;
    started_ = shown_ = std::chrono::steady_clock::now();
}

void Progress::session(const simulation::SessionRecord& record) {
    sessions_done_ = record.index + 1;
}

void Progress::step(const solver::StepInfo& info) {
    latest_ = info;
    ++steps_;
    if (explain_steps_) {
        explain(info);
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    const double interval = style_ == Style::bar ? 0.1 : 5.0;
    if (style_ != Style::quiet && Seconds(now - shown_).count() >= interval) {
        shown_ = now;
        show(false);
    }
}

void Progress::show(bool last) {
    const double share = until_ > 0.0 ? std::min(1.0, latest_.time / until_) : 1.0;
    const double spent = Seconds(std::chrono::steady_clock::now() - started_).count();
    const double done = latest_.time - resumed_at_;
    const std::string left =
        done > 0.0 && !last
            ? ", " + duration(spent * std::max(0.0, until_ - latest_.time) / done) + " left"
            : "";
    const std::string text =
        fmt::format("day {:.1f} of {:.0f}, session {} of {}, step {} of {:.2g} d{}", latest_.time,
                    until_, sessions_done_, n_sessions_, steps_, latest_.size, left);
    if (style_ == Style::bar) {
        constexpr int width = 24;
        const int filled = static_cast<int>(share * width);
        fmt::print(stderr, "\r[{}{}] {}\x1b[K", std::string(static_cast<std::size_t>(filled), '='),
                   std::string(static_cast<std::size_t>(width - filled), ' '), text);
        std::fflush(stderr);
    } else {
        fmt::print(stderr, "{}\n", text);
    }
}

void Progress::explain(const solver::StepInfo& info) const {
    const bool named = info.limiting_species >= 0;
    fmt::print(stderr,
               "t {:12.6f} d  step {:10.3e} d  error {:8.2e}  blend {:4.2f}  rejected {}  "
               "{} {}\n",
               info.time, info.size, info.error, info.blend, info.rejected, reason(info.limit),
               named ? model_->species[static_cast<std::size_t>(info.limiting_species)].name : "");
}

void Progress::end(const simulation::RunSummary& summary) {
    if (style_ == Style::bar) {
        fmt::print(stderr, "\r\x1b[K");
        std::fflush(stderr);
    }
    if (explain_steps_) {
        fmt::print(stderr, "steps limited by:");
        for (std::size_t s = 0; s < summary.steps.limited_by_species.size(); ++s) {
            if (summary.steps.limited_by_species[s] > 0) {
                fmt::print(stderr, " {} {}", model_->species[s].name,
                           summary.steps.limited_by_species[s]);
            }
        }
        fmt::print(stderr, "\n");
    }
}

}  // namespace neocol::cli
