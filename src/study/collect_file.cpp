#include "collect_file.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/version.hpp>
#include <neocol/io/library.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/model/definitions.hpp>

#include "time_of_day.hpp"

namespace neocol::study::detail {

namespace {

using namespace io::hdf5;

/// Of each dataset [bytes]: rows are appended, so that one chunk is open at a time, and those of
/// observables are written whole. With HDF5's default of 1 MiB memory would grow with the number of
/// cases up to that for every column.
constexpr std::size_t chunk_cache = std::size_t{32} << 10;

/// Room for texts; those of the program's own that are longer are cut, words of the study refused.
constexpr std::size_t bytes_of_id = 64, bytes_of_hash = 64, bytes_of_host = 256,
                      bytes_of_reason = 1024, bytes_of_word = 1024;

/// At most `most` bytes, cut between characters.
std::string at_most(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    constexpr std::string_view more = "...";
    std::size_t end = most - more.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    text.resize(end);
    return text.append(more);
}

template <typename T>
void append_and_clear(const Dataset& dataset, std::vector<T>& values) {
    if (!values.empty()) dataset.append(std::span<const T>(values), values.size());
    values.clear();
}

/// A list of datasets and the rows of each.
template <typename T>
void append_and_clear(const std::vector<Dataset>& datasets, std::vector<std::vector<T>>& values) {
    for (std::size_t i = 0; i < datasets.size(); ++i)
        append_and_clear(datasets[i], values[i]);
}

}  // namespace

CollectedFile::CollectedFile(const std::string& path, const Plan& plan, const model::Model& model,
                             std::uint32_t n_times)
    : plan_(plan),
      n_times_(n_times),
      // Chunks of about 64 KiB of float32.
      rows_per_chunk_(std::clamp<std::size_t>(16384 / n_times, 1, 1024)),
      file_(File::create(path, "study", chunk_cache)),
      root_(file_.root()) {
    for (const Column& column : plan.columns)
        coordinates_ += column.name + ' ';
    coordinates_ += "id replicate seed";

    run_ = root_.create("run", Type::int32, {{unlimited}, {1024}, 0});
    run_.make_scale();
    run_.set("long_name", "number of the case, from 0");
    time_ = root_.create("time", Type::float64, {{n_times_}, {}, 0});
    std::vector<double> times(n_times_);
    for (std::size_t k = 0; k < n_times_; ++k)
        times[k] = multiple(static_cast<std::int64_t>(k), plan.every).days();
    time_.write(std::span<const double>(times));
    time_.make_scale();
    time_.set("units", "d");
    time_.set("long_name", "time since the start of the run");
    create_rows(model);
    create_provenance();
    rows_.numbers.resize(plan.columns.size());
    rows_.words.resize(plan.columns.size());
    rows_.outcomes.resize(plan.outcomes.size());
    rows_.censored.resize(plan.outcomes.size());
    rows_.observables.resize(plan.observables.size());
}

Dataset CollectedFile::along_run(const Group& group, const std::string& name, Type type,
                                 const std::string& unit, const std::string& meaning,
                                 bool coordinate) {
    Dataset dataset = group.create(name, type, {{unlimited}, {1024}, 1});
    label(dataset, unit, meaning, coordinate);
    return dataset;
}

Dataset CollectedFile::texts_along_run(const Group& group, const std::string& name,
                                       std::size_t width, const std::string& meaning,
                                       bool coordinate) {
    Dataset dataset = group.create_texts(
        name, width, {{unlimited}, {std::max<std::size_t>(chunk_cache / width, 1)}, 1});
    label(dataset, "", meaning, coordinate);
    return dataset;
}

void CollectedFile::label(const Dataset& dataset, const std::string& unit,
                          const std::string& meaning, bool coordinate) const {
    dataset.attach_scale(0, run_);
    if (!unit.empty()) dataset.set("units", io::stored_units(unit));
    if (!meaning.empty()) dataset.set("long_name", meaning);
    if (!coordinate) dataset.set("coordinates", coordinates_);
}

void CollectedFile::create_rows(const model::Model& model) {
    id_ = texts_along_run(root_, "id", bytes_of_id, "identity of the case", true);
    replicate_ = along_run(root_, "replicate", Type::int32, "1", "repetition, from 1", true);
    seed_ = along_run(root_, "seed", Type::int64, "1", "of puncture positions", true);
    for (const Column& column : plan_.columns) {
        columns_.push_back(
            column.is_text()
                ? texts_along_run(root_, column.name, bytes_of_word, column.key, true)
                : along_run(root_, column.name, Type::float64, column.unit, column.key, true));
        columns_.back().set("key", column.key);
    }
    status_ = along_run(root_, "status", Type::uint8, "", "how the case ended", false);
    std::vector<std::uint8_t> flags;
    std::string meanings;
    for (const auto& [state, name, meaning] : case_states) {
        flags.push_back(state);
        meanings.append(meanings.empty() ? "" : " ").append(name);
    }
    status_.set("flag_values", std::span<const std::uint8_t>(flags));
    status_.set("flag_meanings", meanings);
    reason_ = texts_along_run(root_, "reason", bytes_of_reason,
                              "why the case is not complete, or is doubtful", false);
    hash_ = texts_along_run(root_, "scenario_hash", bytes_of_hash,
                            "hash of the resolved scenario and the model", false);
    reached_ = along_run(root_, "reached", Type::float64, "d", "time the run reached", false);
    residual_ = along_run(root_, "residual", Type::float64, "1",
                          "largest residual of the budgets, share of the turnover", false);
    for (const std::string& name : plan_.outcomes) {
        const auto& all = model.outcomes;
        const auto o = std::find_if(all.begin(), all.end(),
                                    [&](const auto& column) { return column.name == name; });
        outcomes_.push_back(along_run(root_, name, Type::float64,
                                      o == all.end() ? "" : o->unit.text,
                                      o == all.end() ? "" : o->meaning, false));
        if (o != all.end()) outcomes_.back().set("definition", model::definition_text(*o, model));
        censored_.push_back(along_run(root_, name + "_censored", Type::uint8, "",
                                      "1: the run could not tell, or a bound only", false));
    }
    for (const std::string& name : plan_.observables) {
        Dataset dataset = root_.create(name, Type::float32,
                                       {{unlimited, n_times_}, {rows_per_chunk_, n_times_}, 1});
        dataset.attach_scale(0, run_);
        dataset.attach_scale(1, time_);
        dataset.set("coordinates", coordinates_);
        if (const int q = model.find_observable(name); q >= 0) {
            const model::Observable& o = model.observables[static_cast<std::size_t>(q)];
            dataset.set("units", io::stored_units(o.unit.text));
            dataset.set("long_name", o.meaning);
            dataset.set("reduce", std::string(name_of(o.reduce)));
            dataset.set("region", model::region_text(o.region, model));
        }
        observables_.push_back(std::move(dataset));
    }
}

void CollectedFile::create_provenance() {
    provenance_ = root_.create_group("provenance");
    const auto row = [&](const char* name, Type type, const char* unit, const char* meaning) {
        return along_run(provenance_, name, type, unit, meaning, true);
    };
    integrate_ = row("integrate_seconds", Type::float64, "s", "wall time of integration");
    total_ = row("total_seconds", Type::float64, "s", "wall time with reading and set-up");
    steps_ = row("steps", Type::float64, "1", "time steps, rejected ones included");
    host_ = texts_along_run(provenance_, "host", bytes_of_host, "where the case ran", true);
    retries_ = row("retries", Type::int32, "1", "times it was asked for again");
}

void CollectedFile::append(const Case& planned_case, const StoredCase& result,
                           const std::vector<float>& observables, std::uint8_t state,
                           std::uint8_t retries) {
    Rows& r = rows_;
    r.run.push_back(static_cast<std::int32_t>(planned_case.run));
    r.id.push_back(planned_case.id);
    r.replicate.push_back(static_cast<std::int32_t>(planned_case.replicate));
    r.seed.push_back(static_cast<double>(planned_case.seed));
    for (std::size_t c = 0; c < plan_.columns.size(); ++c)
        if (plan_.columns[c].is_text())
            r.words[c].push_back(planned_case.cells.at(c));
        else
            r.numbers[c].push_back(std::stod(planned_case.cells.at(c)));
    r.status.push_back(state);
    r.reason.push_back(at_most(result.reason, bytes_of_reason));
    r.hash.push_back(result.hash);
    r.reached.push_back(result.reached);
    for (std::size_t k = 0; k < plan_.outcomes.size(); ++k) {
        r.outcomes[k].push_back(result.outcomes.at(k));
        r.censored[k].push_back(result.censored.at(k));
    }
    for (std::size_t q = 0; q < plan_.observables.size(); ++q) {
        const auto start = observables.begin() + static_cast<std::ptrdiff_t>(q * n_times_);
        r.observables[q].insert(r.observables[q].end(), start,
                                start + static_cast<std::ptrdiff_t>(n_times_));
    }
    r.residual.push_back(result.residual);
    r.integrate.push_back(result.integrate_seconds);
    r.total.push_back(result.total_seconds);
    r.steps.push_back(static_cast<double>(result.steps));
    r.host.push_back(at_most(result.host, bytes_of_host));
    r.retries.push_back(retries);
    if (r.run.size() == rows_per_chunk_) flush();
}

void CollectedFile::flush() {
    Rows& r = rows_;
    const std::size_t n = r.run.size();
    if (n == 0) return;
    append_and_clear(run_, r.run);
    append_and_clear(id_, r.id);
    append_and_clear(replicate_, r.replicate);
    append_and_clear(seed_, r.seed);
    append_and_clear(columns_, r.words);
    append_and_clear(columns_, r.numbers);
    append_and_clear(status_, r.status);
    append_and_clear(reason_, r.reason);
    append_and_clear(hash_, r.hash);
    append_and_clear(reached_, r.reached);
    append_and_clear(residual_, r.residual);
    append_and_clear(outcomes_, r.outcomes);
    append_and_clear(censored_, r.censored);
    for (std::size_t q = 0; q < observables_.size(); ++q) {
        observables_[q].append(std::span<const float>(r.observables[q]), n);
        r.observables[q].clear();
    }
    append_and_clear(integrate_, r.integrate);
    append_and_clear(total_, r.total);
    append_and_clear(steps_, r.steps);
    append_and_clear(host_, r.host);
    append_and_clear(retries_, r.retries);
}

void CollectedFile::finish(const std::string& command, const std::string& host,
                           const CollectReport& report, const std::string& model_text) {
    flush();
    root_.set("Conventions", "CF-1.10");
    root_.set("title", plan_.title);
    root_.set("question", plan_.question);
    root_.set("model", plan_.model);
    root_.set("kind", "study");
    root_.set("status", report.pending == 0 ? "complete" : "partial");
    root_.set("format_version", std::int64_t{2});
    root_.set("design", plan_.design);
    root_.set("samples", static_cast<std::int64_t>(plan_.samples));
    root_.set("replicates", static_cast<std::int64_t>(plan_.replicates));
    root_.set("base_hash", plan_.base_hash);
    root_.set("neocol_version", version());
    root_.set("n_complete", static_cast<std::int64_t>(report.complete));
    root_.set("n_doubtful", static_cast<std::int64_t>(report.doubtful));
    root_.set("n_failed", static_cast<std::int64_t>(report.failed));
    root_.set("n_pending", static_cast<std::int64_t>(report.pending));
    provenance_.set_long("command", command);
    provenance_.set("host", host);
    provenance_.set("collected", now_text());
    provenance_.set("git", git_revision());
    provenance_.set("isa", plan_.interpreter ? "interpreter" : plan_.isa);
    provenance_.set_long("study", plan_.study_text());
    provenance_.set_long("scenario", plan_.read("inputs/scenario.toml"));
    provenance_.set_long("base_resolved", plan_.read("inputs/base_resolved.toml"));
    provenance_.set_long("model_text", model_text);
    parts_close();
    file_.close();
}

void CollectedFile::parts_close() {
    root_ = {};
    provenance_ = {};
    for (Dataset* dataset :
         {&run_, &time_, &id_, &replicate_, &seed_, &status_, &reason_, &hash_, &reached_,
          &residual_, &integrate_, &total_, &steps_, &host_, &retries_})
        *dataset = {};
    columns_.clear();
    outcomes_.clear();
    censored_.clear();
    observables_.clear();
}

}  // namespace neocol::study::detail
