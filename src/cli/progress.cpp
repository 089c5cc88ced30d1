#include "progress.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include <neocol/simulation/checkpoint.hpp>

#include "streams.hpp"

namespace neocol::cli {
namespace {

using Seconds = std::chrono::duration<double>;

std::string duration(double seconds) {
    if (seconds < 100.0) return fmt::format("{:.0f} s", seconds);
    if (seconds < 6000.0) return fmt::format("{:.0f} min", seconds / 60.0);
    return fmt::format("{:.1f} h", seconds / 3600.0);
}

/// Of numbers and words of our own: what steers the terminal goes out as it is.
void draw(const std::string& bar) {
    std::fwrite(bar.data(), 1, bar.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

std::string bar_line(double share, const std::vector<std::string>& parts, int columns) {
    // The last column stays free: some terminals begin a new line after it.
    const auto room = static_cast<std::size_t>(std::max(columns - 1, 1));
    constexpr std::size_t widest_bar = 24, narrowest_bar = 8, frame = 3;
    std::string text = parts.front();
    for (const std::string& part : std::span(parts).subspan(1))
        if (text.size() + part.size() + narrowest_bar + frame <= room) text += part;
    std::string bar;
    if (text.size() + narrowest_bar + frame <= room) {
        const std::size_t width = std::min(widest_bar, room - text.size() - frame);
        const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
        bar = '[' + std::string(filled, '=') + std::string(width - filled, ' ') + "] ";
    }
    return '\r' + (bar + text).substr(0, room) + "\x1b[K";
}

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
    const std::string day = fmt::format("day {:.1f} of {:.0f}", latest_.time, until_);
    const std::string session = fmt::format(", session {} of {}", sessions_done_, n_sessions_);
    const std::string step = fmt::format(", step {} of {:.2g} d", steps_, latest_.size);
    if (style_ == Style::bar)
        draw(bar_line(share, {day, left, session, step}, terminal_columns()));
    else
        note(day + session + step + left + '\n');
}

void Progress::explain(const solver::StepInfo& info) const {
    const bool named = info.limiting_species >= 0;
    note(
        "t {:12.6f} d  step {:10.3e} d  error {:8.2e}  blend {:4.2f}  rejected {}  "
        "{} {}\n",
        info.time, info.size, info.error, info.blend, info.rejected, name_of(info.limit),
        named ? model_->species[static_cast<std::size_t>(info.limiting_species)].name : "");
}

void Progress::end(const simulation::RunSummary& summary) {
    if (style_ == Style::bar) draw("\r\x1b[K");
    if (explain_steps_) {
        note("steps limited by:");
        for (std::size_t s = 0; s < summary.steps.limited_by_species.size(); ++s)
            if (summary.steps.limited_by_species[s] > 0)
                note(" {} {}", model_->species[s].name, summary.steps.limited_by_species[s]);
        note("\n");
    }
}

}  // namespace neocol::cli
