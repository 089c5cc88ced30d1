#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/study/case_runner.hpp>

namespace neocol::study {

/// What is known of a case beyond CaseStatus.
inline constexpr std::uint8_t state_pending = 250;
/// The program ended, several times, while this case ran.
inline constexpr std::uint8_t state_lost = 251;
/// Its result cannot be read any more: it is run again like a pending one.
inline constexpr std::uint8_t state_damaged = 252;

/// Whether a case of this state has still to be run.
constexpr bool is_to_do(std::uint8_t state) {
    return state == state_pending || state == state_damaged;
}
/// Whether a case of this state has values.
constexpr bool has_values(std::uint8_t state) {
    return state == static_cast<std::uint8_t>(CaseStatus::complete) ||
           state == static_cast<std::uint8_t>(CaseStatus::doubtful);
}
/// Whether a case of this state ended without values.
constexpr bool is_failed(std::uint8_t state) {
    return !has_values(state) && !is_to_do(state);
}

/// Starts of a case without an end after which it counts as failed.
inline constexpr int most_lost_starts = 5;

/// All states with their names: those of CaseStatus, and the three above.
inline constexpr auto case_states = [] {
    constexpr std::size_t n = words<CaseStatus>.size();
    std::array<Word<std::uint8_t>, n + 3> states{};
    for (std::size_t i = 0; i < n; ++i) {
        const auto& [status, name, meaning] = words<CaseStatus>[i];
        states[i] = {static_cast<std::uint8_t>(status), name, meaning};
    }
    states[n] = {state_pending, "pending", "to be run"};
    states[n + 1] = {state_lost, "lost", "the program ended several times while it ran"};
    states[n + 2] = {state_damaged, "damaged", "its result cannot be read: to be run again"};
    return states;
}();

/// Name of a state; empty if it is none.
constexpr std::string_view state_name(std::uint8_t state) {
    for (const auto& [value, name, meaning] : case_states)
        if (value == state) return name;
    return {};
}

/// What is kept of a finished case: a row of a store.
struct StoredCase {
    std::uint64_t run = 0;  ///< number of the case in its list
    std::uint32_t attempt = 0;
    std::uint64_t identity = 0;  ///< hash of the case's row of the plan
    std::uint8_t status = 0;     ///< CaseStatus
    std::string hash;            ///< of the resolved scenario
    std::string reason, host;
    std::string ended;                                           ///< ISO 8601
    double reached = 0.0;                                        ///< [d]
    double residual = std::numeric_limits<double>::quiet_NaN();  ///< largest of the budgets [1]
    double integrate_seconds = 0.0, total_seconds = 0.0;
    std::uint64_t steps = 0;
    std::vector<double> outcomes;  ///< numbers that the list names; NaN where there is none
    std::vector<std::uint8_t> censored;
    std::uint32_t n_records = 0;  ///< of `records`
    std::string records;          ///< bytes of what the list keeps over time
};

/// The frozen list of cases of a study, a comparison, a sensitivity analysis or a program: what
/// the executor runs and a store holds results of.
class CaseList {
public:
    virtual ~CaseList() = default;
    /// Results of a list with another identity are not taken.
    virtual std::string id() const = 0;
    virtual std::uint64_t size() const = 0;
    /// Hash of all that makes a case what it is: a result of another row is not taken. Thread-safe.
    virtual std::uint64_t identity(std::uint64_t run) = 0;
    /// Number under which a store keeps a case.
    virtual std::uint64_t number(std::uint64_t run) const { return run; }
    /// Whether a store keeps a row at all.
    virtual bool is_stored(const StoredCase&) const { return true; }
    /// Whether a row has the sizes that this list keeps.
    virtual bool fits(const StoredCase& row) const = 0;
    /// Runs a case; called from several threads at once.
    virtual CaseResult run(std::uint64_t run, const CaseOptions& options) = 0;
    /// Takes from a result with values what is kept of it.
    virtual void keep(const CaseResult& result, StoredCase& row) const = 0;
};

}  // namespace neocol::study
