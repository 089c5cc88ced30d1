#include <algorithm>
#include <cstring>
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
#include <neocol/study/journal.hpp>
#include <neocol/study/plan.hpp>
#include <neocol/study/sensitivity_study.hpp>

#include <io/read_apart.hpp>
#include <io/storage.hpp>
#include <io/tree_stream.hpp>
#include <study/journal_lines.hpp>

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
        accepted([&] { data.is_text() ? data.read_text().size() : data.read().size(); });
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
    if (!is_result || std::hash<std::string_view>()(input) % 4 != 0) return;
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
    accepted([&] { study::collected_text(path); });
    accepted([&] { study::to_json(study::sensitivity_of_collected(path, {})); });
}

/// What a process that reads HDF5 sends: a file may have made it send anything.
void read_stream(std::string_view input) {
    static const std::string path = put("stream.h5", "is opened, and read by nobody");
    accepted([&] {
        io::detail::ReadApart apart(path, [&](const auto& send) { send(input); });
        const io::tree::File file = io::tree::read_stream(apart, path, input.size());
        walk(file.root);
    });
}

namespace {

/// Parts of an input, each below a line `@@ NAME`.
struct Parts {
    std::string plan, manifest, estimate;
    std::vector<std::string> journals, records;
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
        if (head == "@@ journal" && parts.journals.size() < 3)
            parts.journals.push_back(std::move(body));
        if (head == "@@ record" && parts.records.size() < 10) {
            if (body.ends_with('\n')) body.pop_back();  // ends the part, not the record
            parts.records.push_back(std::move(body));
        }
    }
    return parts;
}

void replace(std::string& text, const std::string& what, const std::string& by) {
    if (const std::size_t at = text.find(what); at != text.npos) text.replace(at, what.size(), by);
}

/// Lines of a journal, each with the sum that it should end with.
std::string with_sums(const std::string& lines) {
    std::string all;
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = std::min(lines.find('\n', at), lines.size());
        const std::string line = lines.substr(at, end - at);
        all += line;
        if (line.find('#') == line.npos) all += fmt::format(" #{:08x}", study::detail::crc32(line));
        if (end < lines.size()) all += '\n';
        at = end + 1;
    }
    return all;
}

}  // namespace

/// A study's folder: plan, manifest, journals, shard, estimate. In the input MANIFEST_BYTES and
/// MANIFEST_SHA256 stand for the manifest's, PLACE0 to PLACE9 for `offset length` of a record.
void read_study(std::string_view input) {
    const std::string study_folder = folder() + "/study";
    std::filesystem::remove_all(study_folder);
    for (const char* name : {"/journal", "/shards"})
        std::filesystem::create_directories(study_folder + name);
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
        std::string shard = "NEOCSH02";
        for (std::size_t i = 0; i < parts.records.size(); ++i) {
            const std::uint64_t number = plan.number();
            std::string payload(sizeof number, '\0');
            std::memcpy(payload.data(), &number, sizeof number);
            const std::string record = study::detail::record(payload + parts.records[i]);
            for (std::string& journal : parts.journals)
                replace(journal, fmt::format("PLACE{}", i),
                        fmt::format("{} {}", shard.size(), record.size()));
            shard += record;
        }
        put("study/shards/task-0000.shard", shard);
        for (std::size_t i = 0; i < parts.journals.size(); ++i)
            put(i == 2 ? "study/journal/retries.log"
                       : fmt::format("study/journal/task-{:04}.log", i),
                with_sums(parts.journals[i]));
        accepted([&] {
            study::Manifest manifest = plan.manifest();
            for (std::uint64_t i = 0; i < std::min<std::uint64_t>(manifest.size(), 100); ++i)
                plan.overrides(manifest.row(i));
        });
        const study::StudyState state = study::read_state(plan);
        for (const study::Damage& one : state.damage)
            check_message(one.what);
        study::ShardReader shards(plan);
        const auto places = study::find_results(plan, state, 0, plan.n_cases);
        require(places.size() == plan.n_cases, "each case has a place, or none");
        for (std::size_t i = 0; i < std::min<std::size_t>(places.size(), 100); ++i)
            if (places[i].task != static_cast<std::uint32_t>(-1))
                accepted([&] { shards.read(places[i], i); });
    });
}

}  // namespace neocol::fuzz
