#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include <neocol/study/case_list.hpp>
#include <neocol/study/plan.hpp>
#include <neocol/study/store.hpp>

namespace neocol::study {

/// The cases of a plan. Kept of each: the plan's outcomes, and its observables at 0, every, 2
/// every, ... as float32 [observable][record], both in their models' units.
class PlanCases final : public CaseList {
public:
    /// \param runner  of the cases; null: nothing is run \throws IoError  no manifest
    explicit PlanCases(const Plan& plan, std::unique_ptr<CaseRunner> runner = nullptr);

    std::string id() const override { return plan_.id; }
    std::uint64_t size() const override { return plan_.n_cases; }
    std::uint64_t identity(std::uint64_t run) override;
    bool fits(const StoredCase& row) const override;
    CaseResult run(std::uint64_t run, const CaseOptions& options) override;
    void keep(const CaseResult& result, StoredCase& row) const override;

private:
    Case row(std::uint64_t run);
    /// As Plan::overrides.
    std::vector<io::Override> overrides(const Case& planned_case) const;

    const Plan& plan_;
    std::vector<io::Override> set_;
    std::unique_ptr<CaseRunner> runner_;
    std::mutex mutex_;  ///< of the manifest
    Manifest manifest_;
};

/// Folder of the store of a plan's results.
std::string store_folder(const Plan& plan);

/// What the store of a plan holds. \throws IoError
StoreState read_state(const Plan& plan);

/// Observables of a row as PlanCases keeps them.
std::vector<float> observables_of(const StoredCase& row);

}  // namespace neocol::study
