#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <neocol/study/case_list.hpp>
#include <neocol/study/cohort.hpp>
#include <neocol/study/store.hpp>

namespace neocol::study {

/// One of N persons of a cohort, counted from 0.
struct PersonOf {
    std::string cohort;  ///< by path or by name
    std::size_t n = 0, index = 0;
};

/// A case of one of several scenarios.
struct ScenarioCase {
    std::size_t family = 0;  ///< which scenario
    std::vector<io::Override> overrides;
    std::optional<PersonOf> person;  ///< who is treated
};

/// What is kept of a case: courses of observables, and what it is judged by.
struct CaseRecord {
    std::vector<std::string> names;        ///< of observables
    std::vector<double> times;             ///< [d]
    std::vector<std::uint8_t> after_jump;  ///< per time: 1 right after a jump
    std::vector<double> values;            ///< [observable][time], in the units of the model
    std::string details;                   ///< a JSON object: details_of

    std::string pack() const;
    /// Nothing if bytes are none.
    static std::optional<CaseRecord> parse(std::string_view bytes);
};

/// Scenarios whose cases are run, with their models, kernels and cohorts: read once, for however
/// many lists of cases.
class ScenarioPool {
public:
    /// \param needed  observables and outcomes for whose sake the cases are run: species that none
    /// of them depends on are left out. Nothing: whole models are solved
    explicit ScenarioPool(std::optional<std::vector<std::string>> needed = std::nullopt)
        : needed_(std::move(needed)) {}

    /// \returns its number, by which cases name it
    std::size_t add(CaseFamily family);

    /// Reads the cohorts of cases, and leaves out what is not needed of models that none of its
    /// cases had yet. Before the cases are run.
    /// \throws InputError  a cohort that cannot be read, a person it does not have
    void prepare(const std::vector<ScenarioCase>& cases);

    CaseRunner& runner(const ScenarioCase& listed) { return *runners_[listed.family]; }
    /// What is set in a case, the person's own included.
    /// \throws InputError  a person that the scenario cannot be
    std::vector<io::Override> overrides_of(const ScenarioCase& listed);

private:
    struct Group {
        Cohort cohort;
        std::vector<Person> persons;
    };

    void leave_out(const std::vector<ScenarioCase>& cases);

    std::optional<std::vector<std::string>> needed_;
    std::vector<CaseFamily> families_;
    std::vector<std::unique_ptr<CaseRunner>> runners_;  ///< by family
    std::map<std::pair<std::string, std::size_t>, Group> groups_;
    std::set<std::pair<std::size_t, std::string>> decided_;  ///< family, what is set as its model
};

/// Cases of several scenarios, in memory or in a store that keeps them by the hash of what was run,
/// so that other lists find them too.
class ScenarioCases final : public CaseList {
public:
    /// \param pool         of their scenarios, which outlives this
    /// \param observables  that are kept; those a model does not have are left out. Nothing: all
    /// \throws InputError  as ScenarioPool::prepare
    ScenarioCases(ScenarioPool& pool, std::vector<ScenarioCase> cases,
                  std::optional<std::vector<std::string>> observables);

    /// Results that the store in `folder` has, told to `on_result`; the state that `execute` begins
    /// with. \param warn  told of damaged segments \throws IoError
    StoreState find_stored(const std::string& folder,
                           const std::function<void(std::uint64_t, const StoredCase&)>& on_result,
                           const std::function<void(const std::string&)>& warn);

    /// The model of a case that has a result; null if its scenario is invalid. Of the pool.
    const model::Model* model_of(std::uint64_t run) const { return models_[run]; }

    std::string id() const override { return "cases by scenario hash"; }
    std::uint64_t size() const override { return cases_.size(); }
    std::uint64_t number(std::uint64_t run) const override { return numbers_[run]; }
    std::uint64_t identity(std::uint64_t run) override { return numbers_[run]; }
    bool is_stored(const StoredCase& row) const override { return study::has_values(row.status); }
    bool fits(const StoredCase& row) const override;
    CaseResult run(std::uint64_t run, const CaseOptions& options) override;
    void keep(const CaseResult& result, StoredCase& row) const override;

private:
    std::optional<std::string> find_hash(std::uint64_t run);
    /// Whether a stored result has every observable that is asked for.
    bool keeps_all(std::uint64_t run, const StoredCase& row) const;

    ScenarioPool& pool_;
    std::vector<ScenarioCase> cases_;
    std::optional<std::vector<std::string>> observables_;
    std::vector<std::uint64_t> numbers_;       ///< digits of the hash of a case, once it is known
    std::vector<const model::Model*> models_;  ///< by case
};

/// What a case is judged by, in the units of the model: `outcomes` that are not censored, and
/// `reasons` of those that say one; `sessions` by number; `bounds` as [lowest, highest, kept];
/// `lowest` value and budget `residual` by species; `reached` [d] and `steps`.
std::string details_of(const CaseResult& result);

}  // namespace neocol::study
