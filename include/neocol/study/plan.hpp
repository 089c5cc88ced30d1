#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <neocol/study/case_runner.hpp>
#include <neocol/study/manifest.hpp>
#include <neocol/study/study_file.hpp>

namespace neocol::study {

/// A study frozen in a folder of its own (docs/studies.md), from which cases run without any other
/// file: manifest, inputs, compiled kernels.
struct Plan {
    std::string folder;
    std::string title, question, model;
    std::string id;         ///< 16 hex digits by which results are known to be of this plan
    std::string base_hash;  ///< identity of the base scenario with what all cases share
    std::string isa;        ///< instruction set of the kernels
    std::string design;     ///< name of a DesignKind
    std::uint64_t samples = 0, replicates = 1;
    std::vector<std::size_t> earlier_samples;  ///< see Study
    bool interpreter = false;
    Time every = 1.0;              ///< of observables
    double case_time_limit = 0.0;  ///< [s]
    std::uint64_t n_cases = 0;
    std::vector<Column> columns;
    std::vector<io::Override> set;  ///< of all cases
    std::vector<std::string> observables, outcomes;
    std::vector<Restriction> restrictions;  ///< of every model: what its cases solve
    std::vector<Seal> seals;                ///< of manifest and inputs

    std::string file(const std::string& name) const { return folder + '/' + name; }
    /// A file of the plan after its digest was checked.
    /// \throws IoError  it cannot be read, or is not as neocol wrote it
    std::string read(const std::string& name) const;
    /// The study file as the user gave it. \throws IoError  likewise
    std::string study_text() const;
    Manifest manifest() const;
    /// \throws IoError  an input is not as neocol wrote it
    void check_inputs() const;
    /// Everything by which a case differs from the scenario in the plan's inputs.
    std::vector<io::Override> overrides(const Case& planned_case) const;
};

/// \throws IoError  no plan there, one of another format, or not as neocol wrote it
Plan open_plan(const std::string& folder);

/// Runs cases of a plan from its own inputs and kernels. A kernel counts only if this user signed
/// it: of a plan made by somebody else kernels are compiled anew, in this user's cache.
/// \throws IoError  as check_inputs
/// \param cache_folder  for kernels, should the plan's own not serve this machine's loader
/// \param key_folder    of this user's key; empty: the cache folder
/// \param warn          told if the model is interpreted: there is no compiler here, or it is large
/// \param stop          ends a compiler when set; may be null
std::unique_ptr<CaseRunner> make_runner(const Plan& plan, const std::string& cache_folder,
                                        const std::string& key_folder = {},
                                        std::function<void(const std::string&)> warn = {},
                                        const std::atomic<bool>* stop = nullptr);

}  // namespace neocol::study
