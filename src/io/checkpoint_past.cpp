#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include <neocol/core/document.hpp>
#include <neocol/core/error.hpp>
#include <neocol/io/checkpoint_file.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/simulation.hpp>

namespace neocol::io {
namespace {

using Leaves = std::map<std::string, std::string>;

std::string text_of(const DocumentNode& node) {
    if (node.is_string()) return '"' + node.string() + '"';
    if (const auto whole = node.integer()) return fmt::format("{}", *whole);
    if (node.is_number()) return fmt::format("{}", node.number());
    return node.boolean().value_or(false) ? "true" : "false";
}

/// Every value of a text by its key path.
void collect(const DocumentNode& node, Leaves& out) {
    if (node.is_table())
        for (const std::string& key : node.keys())
            collect(node.get(key), out);
    else if (node.is_array())
        for (const DocumentNode& element : node.elements())
            collect(element, out);
    else
        out[node.key_path()] = text_of(node);
}

Leaves leaves_of(const std::string& text) {
    const Document document = Document::parse(text, "resolved");
    Leaves leaves;
    collect(document.root(), leaves);
    return leaves;
}

/// True for keys that do not touch what happened before the checkpoint; sessions are numbered from
/// 1, as in key paths.
bool is_free(const std::string& key, std::size_t sessions_done) {
    for (const char* name : {"title", "question", "run_time", "run.until"})
        if (key == name) return true;
    if (key.starts_with("output.field_times")) return true;
    if (!key.starts_with("session[")) return false;
    std::size_t index = 0;
    std::from_chars(key.data() + 8, key.data() + key.size(), index);
    if (index <= sessions_done) return false;
    // Observables of the wound's bed weigh by the first session before there was one.
    return sessions_done > 0 || index > 1 || key == "session[1].at";
}

template <typename IsFree>
void compare_values(const Leaves& then, const Leaves& now, const IsFree& is_free_key,
                    std::vector<std::string>& out) {
    Leaves all = then;
    all.insert(now.begin(), now.end());
    const auto value = [](const Leaves& leaves, const std::string& key) {
        const auto found = leaves.find(key);
        return found == leaves.end() ? std::string("not there") : found->second;
    };
    for (const auto& [key, unused] : all) {
        if (is_free_key(key)) continue;
        const std::string before = value(then, key), after = value(now, key);
        if (before != after) {
            out.push_back(
                fmt::format("{}: {} in the checkpoint, {} in the scenario", key, before, after));
        }
    }
}

/// Sessions, field times and the end have to fit the moment of the checkpoint.
void compare_times(const StoredCheckpoint& stored, const simulation::Scenario& then,
                   const simulation::Scenario& now, std::vector<std::string>& out) {
    const double t = stored.checkpoint.time;
    const std::size_t done = stored.checkpoint.sessions.size();
    const auto& sessions = now.regimen.sessions;
    for (std::size_t i = done; i < sessions.size(); ++i) {
        if (sessions[i].time.days() < t ||
            (sessions[i].time.days() == t && stored.checkpoint.next_landing > t)) {
            out.push_back(
                fmt::format("session[{}].at: {:g} d is not after the checkpoint, day {:g}", i + 1,
                            sessions[i].time.days(), t));
        }
    }
    if (now.run.until.days() < t) {
        out.push_back(fmt::format("run.until: {:g} d is before the checkpoint, day {:g}",
                                  now.run.until.days(), t));
    }
    const auto until_now = [t](std::vector<Time> times) {
        std::erase_if(times, [t](Time time) { return time.days() > t; });
        std::sort(times.begin(), times.end());
        return times;
    };
    if (until_now(then.output.field_times) != until_now(now.output.field_times))
        out.push_back(fmt::format("output.field_times: those up to day {:g} differ", t));
}

}  // namespace

LoadedScenario read_scenario_of_checkpoint(const StoredCheckpoint& stored) {
    Library library;
    library.add_model(stored.model_name, stored.model_text);
    LoadedScenario loaded =
        read_scenario(stored.resolved_text, stored.path + ":/scenario/resolved", library);
    loaded.scenario.text = stored.scenario_text;
    loaded.scenario.resolved = stored.resolved;
    return loaded;
}

std::vector<std::string> differences(const RunIdentity& checkpoint, const RunIdentity& here) {
    std::vector<std::string> list;
    for (const auto& [name, value] : checkpoint) {
        const auto same =
            std::find_if(here.begin(), here.end(),
                         [&, wanted = &name](const auto& other) { return other.first == *wanted; });
        const std::string other = same == here.end() ? "nothing" : same->second;
        if (other != value) {
            list.push_back(
                fmt::format("{}: '{}' in the checkpoint, '{}' here", name, value, other));
        }
    }
    return list;
}

std::vector<std::string> different_values(const StoredCheckpoint& stored,
                                          const LoadedScenario& loaded) {
    std::vector<std::string> list;
    if (stored.model_text != loaded.model.text) list.push_back("model: its text differs");
    compare_values(
        leaves_of(stored.resolved_text), leaves_of(loaded.scenario.resolved_text),
        [](const std::string&) { return false; }, list);
    return list;
}

std::vector<std::string> different_past(const StoredCheckpoint& stored,
                                        const LoadedScenario& loaded) {
    const LoadedScenario before = read_scenario_of_checkpoint(stored);
    std::vector<std::string> list;
    if (before.model.hash != loaded.model.hash) {
        list.push_back(fmt::format("model: '{}' {} in the checkpoint, '{}' {} in the scenario",
                                   before.scenario.model_name, before.model.hash,
                                   loaded.scenario.model_name, loaded.model.hash));
    }
    Leaves then = leaves_of(stored.resolved_text), now = leaves_of(loaded.scenario.resolved_text);
    then.erase("model");
    now.erase("model");
    const std::size_t done = stored.checkpoint.sessions.size();
    compare_values(
        then, now, [done](const std::string& key) { return is_free(key, done); }, list);
    compare_times(stored, before.scenario, loaded.scenario, list);
    if (list.empty()) {
        const tissue::Grid grid = simulation::make_grid(loaded.scenario, loaded.model);
        const simulation::Checkpoint& c = stored.checkpoint;
        if (grid.x().edges != c.edges_x || grid.y().edges != c.edges_y ||
            grid.z().edges != c.edges_z) {
            list.push_back(fmt::format(
                "domain.width: the grid follows the largest puncture density of the course, {:g} "
                "mm wide in the checkpoint, {:g} mm here; set domain.width in both",
                c.edges_x.back(), grid.x().edges.back()));
        }
    }
    return list;
}

}  // namespace neocol::io
