#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include <neocol/core/hash.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/result_reader.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/io/summary.hpp>
#include <neocol/io/tree.hpp>
#include <neocol/study/collect.hpp>
#include <neocol/study/estimate.hpp>
#include <neocol/study/plan.hpp>
#include <neocol/study/plan_cases.hpp>
#include <neocol/study/sensitivity_study.hpp>

#include <io/read_apart.hpp>
#include <io/storage.hpp>
#include <io/tree_stream.hpp>
#include <study/segment.hpp>

#include "readers.hpp"

/// Files that neocol wrote. A digest proves no good will: each input gets a right one here, so that
/// it is not refused before anything is parsed.
namespace neocol::fuzz {

namespace {

/// The bytes of an HDF5 file with neocol's last line behind them.
std::string sealed_file(std::string_view bytes, const std::string& kind) {
    io::hdf5::Seal seal;
    seal.kind = kind;
    seal.digest = sha256_hex(bytes);
    return std::string(bytes) + seal.line();
}

void walk(const io::tree::Group& group) {
    for (const std::string& name : group.dataset_names()) {
        const io::tree::Dataset& data = group.dataset(name);
        accepted([&] { return data.is_text() ? data.read_text().size() : data.read().size(); });
    }
}

}  // namespace

void read_result(std::string_view input) {
    const std::string path = put("r.h5", sealed_file(input, "result"));
    std::size_t n_sessions = 0;
    const bool is_result = accepted([&] {
        const io::StoredResult result = io::read_result(path);
        for (const io::StoredSeries& series : result.observables)
            require(series.values.size() == result.time.size(), "a series has a value a time");
        n_sessions = result.sessions.size();
        io::summary_text(result);
        io::summary_json(result);
    });
    // Each reads the file once more: of a part of the inputs only.
    if (!is_result || !has_turn(input, 4)) return;
    accepted([&] { io::count_sessions(path); });
    accepted([&] { io::read_punctures(path, n_sessions / 2); });
    accepted([&] { io::read_scenario_of_result(path); });
    accepted([&] {
        io::read_scenario_of_result(path,
                                    {{"regimen.sessions", "3"}, {"regimen.spacing", "1 week"}});
    });
}

void read_checkpoint(std::string_view input) {
    const std::string path = put("c.checkpoint", sealed_file(input, "checkpoint"));
    accepted([&] {
        const io::StoredCheckpoint stored = io::read_checkpoint(path);
        const io::LoadedScenario loaded = io::read_scenario_of_checkpoint(stored);
        io::different_past(stored, loaded);
        io::different_values(stored, loaded);
    });
}

void read_collected(std::string_view input) {
    const std::string path = put("collected.h5", sealed_file(input, "study"));
    // Each reads the file.
    if (has_turn(input, 2)) accepted([&] { study::collected_text(path); });
    if (has_turn(input, 2, 1))
        accepted([&] { study::to_json(study::sensitivity_of_collected(path, {})); });
}

/// What a process that reads HDF5 sends: a file may have made it send anything.
void read_stream(std::string_view input) {
    static const std::string path = put("stream.h5", "is opened, and read by nobody");
    reads_no_hdf5 = true;
    accepted([&] {
        io::detail::ReadApart apart(path, [&](const auto& send) { send(input); });
        const io::tree::File file = io::tree::read_stream(apart, path, input.size());
        walk(file.root);
    });
}

namespace {

/// Parts of an input, each below a line `@@ NAME`.
struct Parts {
    std::string plan, manifest, estimate, starts, retries;
    std::vector<std::string> segments;
};

Parts split(std::string_view input) {
    constexpr std::string_view mark = "@@ ";
    Parts parts;
    while (!input.empty()) {
        const std::size_t end = std::min(input.find('\n'), input.size());
        const std::string_view head = input.substr(0, end);
        input.remove_prefix(std::min(end + 1, input.size()));
        std::size_t next = input.starts_with(mark) ? 0 : input.find("\n@@ ");
        std::string body(input.substr(0, next == 0 ? 0 : next == input.npos ? next : next + 1));
        input.remove_prefix(body.size());
        if (head == "@@ plan") parts.plan = std::move(body);
        if (head == "@@ manifest") parts.manifest = std::move(body);
        if (head == "@@ estimate") parts.estimate = std::move(body);
        if (head == "@@ starts") parts.starts = std::move(body);
        if (head == "@@ retries") parts.retries = std::move(body);
        if (head == "@@ segment" && parts.segments.size() < 4) {
            if (body.ends_with('\n')) body.pop_back();  // ends the part, not the segment
            parts.segments.push_back(std::move(body));
        }
    }
    return parts;
}

void replace(std::string& text, const std::string& what, const std::string& by) {
    if (const std::size_t at = text.find(what); at != text.npos) text.replace(at, what.size(), by);
}

}  // namespace

/// A study's folder: plan, manifest, segments, note of starts, retries, estimate. In the input
/// MANIFEST_BYTES and MANIFEST_SHA256 stand for the manifest's.
void read_study(std::string_view input) {
    const std::string study_folder = folder() + "/study";
    std::filesystem::remove_all(study_folder);
    std::filesystem::create_directories(study_folder + "/results");
    Parts parts = split(input);
    replace(parts.plan, "MANIFEST_BYTES", std::to_string(parts.manifest.size()));
    replace(parts.plan, "MANIFEST_SHA256", sha256_hex(parts.manifest));
    put("study/plan.toml", files::sealed("plan", parts.plan));
    put("study/manifest.csv", parts.manifest);
    if (!parts.estimate.empty())
        put("study/estimate.toml", files::sealed("estimate", parts.estimate));
    accepted([&] {
        const study::Plan plan = study::open_plan(study_folder);
        if (plan.n_cases > 1'000'000) return;  // states of all cases are held
        study::StudyEstimate estimate;
        accepted([&] { study::read_estimate(plan, estimate); });
        put("study/results/all.starts", parts.starts);
        put("study/results/retries", files::sealed("retries", parts.retries));
        // Of the second the name says nothing.
        for (std::size_t i = 0; i < parts.segments.size(); ++i)
            put(i == 1 ? std::string("study/results/other.segment")
                       : fmt::format("study/results/all.0-{:06}.0-2.segment", i),
                study::detail::sealed_segment(parts.segments[i]));
        accepted([&] {
            study::Manifest manifest = plan.manifest();
            for (std::uint64_t i = 0; i < std::min<std::uint64_t>(manifest.size(), 100); ++i)
                plan.overrides(manifest.row(i));
        });
        study::PlanCases cases(plan);
        const study::StoreState state = study::read_store(study::store_folder(plan), cases);
        for (const study::Damage& damage : state.damage)
            check_message(damage.what);
        study::StoreReader store(study::store_folder(plan), cases, state);
        for (std::size_t i = 0; i < std::min<std::size_t>(state.state.size(), 100); ++i) {
            if (state.segment[i] == study::StoreState::no_segment) continue;
            const study::StoredCase row = store.read(i);
            require(cases.fits(row), "a row that is read has the plan's sizes");
            study::observables_of(row);
        }
        for (const std::string& text : study::repair_store(study::store_folder(plan), cases))
            check_message(text);
    });
}

}  // namespace neocol::fuzz
