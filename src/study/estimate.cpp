#include <neocol/study/estimate.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <neocol/core/document.hpp>
#include <neocol/files/files.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/estimate.hpp>
#include <neocol/simulation/simulation.hpp>
#include <neocol/study/plan_cases.hpp>

#include "segment.hpp"

namespace neocol::study {
namespace {

/// Low and high end of every numeric column over a manifest.
struct Extent {
    std::size_t column = 0;
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
};

std::vector<Extent> extents(const Plan& plan, Manifest& manifest) {
    std::vector<Extent> list;
    for (std::size_t c = 0; c < plan.columns.size(); ++c)
        if (!plan.columns[c].is_text()) list.push_back({c});
    for (std::uint64_t run = 0; run < plan.n_cases; ++run) {
        const Case planned_case = manifest.row(run);
        for (Extent& extent : list) {
            const double value = std::stod(planned_case.cells[extent.column]);
            extent.low = std::min(extent.low, value);
            extent.high = std::max(extent.high, value);
        }
    }
    return list;
}

/// The cost model's seconds and bytes for a case.
simulation::Estimate cost(const Plan& plan, const Case& planned_case, CaseRunner& runner) {
    const io::ScenarioFamily::Member member = runner.read(plan.overrides(planned_case));
    const tissue::Grid grid = simulation::make_grid(member.scenario, *member.model);
    return simulation::estimate(member.scenario, *member.model, grid);
}

}  // namespace

std::vector<std::uint64_t> corner_cases(const Plan& plan, std::size_t most) {
    Manifest manifest = plan.manifest();
    const std::vector<Extent> columns = extents(plan, manifest);
    const std::size_t n_free = std::min<std::size_t>(columns.size(), 3);
    const std::size_t n_corners = std::min(most, std::size_t{1} << n_free);
    std::vector<double> best(n_corners, -std::numeric_limits<double>::infinity());
    std::vector<std::uint64_t> cases(n_corners, 0);
    for (std::uint64_t run = 0; run < plan.n_cases; ++run) {
        const Case planned_case = manifest.row(run);
        for (std::size_t corner = 0; corner < n_corners; ++corner) {
            double score = 0.0;
            for (std::size_t k = 0; k < columns.size(); ++k) {
                const Extent& e = columns[k];
                if (e.high <= e.low) continue;
                const double share =
                    (std::stod(planned_case.cells[e.column]) - e.low) / (e.high - e.low);
                score += (corner >> (k % 3) & 1U) != 0 ? share : -share;
            }
            if (score > best[corner]) {
                best[corner] = score;
                cases[corner] = run;
            }
        }
    }
    const std::set<std::uint64_t> unique(cases.begin(), cases.end());
    return {unique.begin(), unique.end()};
}

namespace {

std::uint64_t count_files(const std::string& folder) {
    std::uint64_t n = 0;
    for (const std::string& name : files::names_in(folder)) {
        const files::Kind kind = files::kind_of(folder + '/' + name);
        if (kind == files::Kind::folder) n += count_files(folder + '/' + name);
        if (kind == files::Kind::regular) ++n;
    }
    return n;
}

}  // namespace

namespace {

using detail::most_bytes_in_segment;
using detail::most_cases_in_segment;

/// Full segments of a whole study.
std::uint64_t n_segments(const StudyEstimate& e) {
    return e.n_cases / most_cases_in_segment +
           static_cast<std::uint64_t>(e.store_bytes) / most_bytes_in_segment;
}

}  // namespace

StudyEstimate predict(const Plan& plan, const StoreState& state, int workers, double peak_memory) {
    constexpr std::uint64_t most_asked = 100;
    const std::unique_ptr<CaseRunner> runner = make_runner(plan, {});
    Manifest manifest = plan.manifest();
    PlanCases cases(plan);
    StoreReader store(store_folder(plan), cases, state);
    StudyEstimate e;
    e.n_cases = plan.n_cases;
    e.workers = workers;
    double modelled = 0.0, pilot_bytes = 0.0, longest_modelled = 0.0, records = 0.0;
    for (std::uint64_t run = 0; run < plan.n_cases && e.n_pilots < most_asked; ++run) {
        if (state.state[run] != 0) continue;
        const StoredCase row = store.read(run);
        const simulation::Estimate estimate = cost(plan, manifest.row(run), *runner);
        ++e.n_pilots;
        e.pilot_seconds += row.total_seconds;
        modelled += estimate.seconds;
        pilot_bytes = std::max(pilot_bytes, estimate.bytes);
        records += static_cast<double>(128 + 9 * row.outcomes.size() + row.records.size());
    }
    const double factor = e.pilot_seconds / modelled;
    double sum = 0.0, largest_bytes = pilot_bytes;
    const std::uint64_t n_asked = std::min(plan.n_cases, most_asked);
    for (std::uint64_t k = 0; k < n_asked; ++k) {
        const std::uint64_t run =
            n_asked == plan.n_cases || n_asked == 1 ? k : k * (plan.n_cases - 1) / (n_asked - 1);
        const simulation::Estimate estimate = cost(plan, manifest.row(run), *runner);
        sum += estimate.seconds;
        longest_modelled = std::max(longest_modelled, estimate.seconds);
        largest_bytes = std::max(largest_bytes, estimate.bytes);
    }
    const auto n = static_cast<double>(plan.n_cases);
    e.core_seconds = factor * sum / static_cast<double>(n_asked) * n;
    e.longest_case = factor * longest_modelled;
    e.memory = peak_memory + workers * (largest_bytes - pilot_bytes);
    e.store_bytes = records / static_cast<double>(e.n_pilots) * n;
    // Deflated float32; text columns and outcomes weigh little beside the time courses.
    e.collected_bytes = 0.8 * e.store_bytes;
    e.n_files = count_files(plan.folder) + n_segments(e);
    for (const char* name :
         {"collected.h5", "collected.csv", "collected.units.csv", "estimate.toml"})
        e.n_files += files::kind_of(plan.file(name)) == files::Kind::absent ? 1 : 0;
    return e;
}

void keep_estimate(const Plan& plan, const StudyEstimate& e) {
    files::write(
        plan.file("estimate.toml"),
        files::sealed(
            "estimate",
            fmt::format("# Predicted by 'neocol study estimate' from pilots.\n"
                        "n_cases = {}\nn_pilots = {}\npilot_seconds = {}\ncore_seconds = {}\n"
                        "longest_case_seconds = {}\nmemory_bytes = {}\nworkers = {}\n"
                        "store_bytes = {}\ncollected_bytes = {}\nn_files = {}\n",
                        e.n_cases, e.n_pilots, e.pilot_seconds, e.core_seconds, e.longest_case,
                        e.memory, e.workers, e.store_bytes, e.collected_bytes, e.n_files)));
}

bool read_estimate(const Plan& plan, StudyEstimate& e) {
    const std::string path = plan.file("estimate.toml");
    const std::optional<std::string> bytes = files::read_if_there(path);
    if (!bytes) return false;
    const Document document = Document::parse(files::unsealed("estimate", *bytes, path), path);
    const auto number = [&](const char* key) {
        const DocumentNode node = document.root().get(key);
        return node.is_number() ? node.number() : 0.0;
    };
    const auto whole = [&](const char* key) {
        const auto value = document.root().get(key).integer();
        return static_cast<std::uint64_t>(value && *value > 0 ? *value : 0);
    };
    e.n_cases = whole("n_cases");
    e.n_pilots = whole("n_pilots");
    e.pilot_seconds = number("pilot_seconds");
    e.core_seconds = number("core_seconds");
    e.longest_case = number("longest_case_seconds");
    e.memory = number("memory_bytes");
    e.workers = static_cast<int>(std::min<std::uint64_t>(whole("workers"), 1'000'000));
    e.store_bytes = number("store_bytes");
    e.collected_bytes = number("collected_bytes");
    e.n_files = whole("n_files");
    return true;
}

}  // namespace neocol::study
