#include <neocol/io/result_writer.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/version.hpp>
#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/hdf5.hpp>
#include <neocol/io/xdmf.hpp>

#include "result_parts.hpp"

namespace neocol::io {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string beside(const std::string& result_path, const std::string& extension) {
    return fs::path(result_path).replace_extension(extension).string();
}

const char* to_string(simulation::RunStatus status) {
    switch (status) {
        case simulation::RunStatus::running:
            return "running";
        case simulation::RunStatus::complete:
            return "complete";
        case simulation::RunStatus::interrupted:
            return "interrupted";
        case simulation::RunStatus::failed:
            return "failed";
    }
    return "";
}

void check_output(const std::string& path, const ResultOptions& options) {
    const fs::path folder = fs::absolute(path).parent_path();
    if (fs::is_directory(path))
        throw InputError(fmt::format("'{}' is a folder", path), "name a file, such as run.h5");
    if (!fs::is_directory(folder)) throw IoError(folder.string(), "no such folder");
    if (::access(folder.c_str(), W_OK) != 0) {
        throw IoError(folder.string(), "no permission to write into the folder");
    }
    if (options.overwrite) return;
    if (fs::exists(path)) {
        throw InputError(fmt::format("result '{}' exists", path),
                         "--overwrite replaces it, --output names another file");
    }
    const std::string checkpoint = checkpoint_path(path);
    const bool resumable = fs::exists(checkpoint) || fs::exists(older_checkpoint_path(path));
    if (resumable || fs::exists(path + ".part")) {
        throw InputError(
            fmt::format("'{}' exists: a run is under way, or ended before its time",
                        resumable ? checkpoint : path + ".part"),
            (resumable ? fmt::format("'neocol resume {}' goes on with it, ", checkpoint)
                       : std::string()) +
                "--overwrite discards it, --output names another file");
    }
}

namespace {

/// Wall time for which records may be held before they are written.
constexpr std::chrono::milliseconds flush_interval{1000};

void rename_into_place(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) throw IoError(to, "cannot rename into place: " + error.message());
}

/// \param written  where the result is until it is renamed
void write_sidecar(const std::string& result_path, const std::string& written) {
    const std::string path = beside(result_path, ".xdmf");
    std::ofstream file(path + ".part");
    file << xdmf_text(written, fs::path(result_path).filename().string());
    file.close();
    if (!file) throw IoError(path, "cannot write");
    rename_into_place(path + ".part", path);
}

}  // namespace

/// What is open while a run goes on. Parts close before the file, in reverse order of declaration.
struct ResultWriter::Implementation {
    Implementation(std::string path_, Provenance provenance_, ResultOptions options_)
        : path(std::move(path_)), provenance(std::move(provenance_)), options(options_) {}

    std::string path;
    Provenance provenance;
    ResultOptions options;
    const model::Model* model = nullptr;
    bool drawable = false;  ///< has fields in more than one dimension
    bool complete = false;
    std::string past;  ///< checkpoint whose field records come first

    hdf5::File file;
    struct Parts {
        hdf5::Group root, provenance;
        detail::ObservableTable observables;
        detail::FieldTable fields, fields_after;
        detail::SessionTable sessions;
        detail::EventTable events;
        detail::LiveTable live;
    };
    std::optional<Parts> parts;
    Clock::time_point flushed = Clock::now();

    std::string live_path() const { return beside(path, ".csv") + ".part"; }
    void set_status(const std::string& status, const std::string& reason) const {
        parts->root.set("status", status);
        parts->root.set("stop_reason", reason);
    }
    bool time_to_flush() const { return Clock::now() - flushed >= flush_interval; }
    void flush() {
        parts->observables.write();
        file.flush();
        flushed = Clock::now();
    }
    void close() {
        parts->observables.write();
        parts.reset();
        file.close();
    }
    void finish(std::size_t n_field_records);
};

ResultWriter::ResultWriter(std::string path, Provenance provenance, ResultOptions options)
    : implementation_(
          std::make_unique<Implementation>(std::move(path), std::move(provenance), options)) {}

ResultWriter::~ResultWriter() {
    try {
        fail("the run stopped without a result");
    } catch (const Error&) {
        // Nothing can be reported from here; what was flushed before stays readable.
    }
}

void ResultWriter::begin(const simulation::RunContext& context) {
    Implementation& self = *implementation_;
    check_output(self.path, self.options);
    self.model = &context.model;
    self.drawable = context.grid.geometry() != tissue::Geometry::well_mixed &&
                    context.grid.geometry() != tissue::Geometry::column;
    self.file = hdf5::File::create(self.path + ".part");
    hdf5::Group root = self.file.root();
    root.set("Conventions", "CF-1.10");
    root.set("title", context.scenario.title);
    root.set("question", context.scenario.question);
    root.set("model", context.model.name);
    root.set("status", "running");
    root.set("stop_reason", "");
    root.set("format_version", std::int64_t{result_format_version});
    root.set("scenario_hash", context.scenario.hash);
    root.set("neocol_version", version());

    detail::ObservableTable observables(root, context.model);
    detail::FieldTable fields(root, "fields", context);
    detail::FieldTable fields_after(root, "fields_after", context);
    detail::SessionTable sessions(root, context.model);
    detail::EventTable events(root, context.model);
    self.drawable = self.drawable && !context.scenario.output.fields.empty();
    if (self.drawable) {
        detail::write_mesh(root, context.grid);
    }
    hdf5::Group provenance = root.create_group("provenance");
    detail::write_provenance(provenance, context, self.provenance);
    self.parts.emplace(Implementation::Parts{
        std::move(root), std::move(provenance), std::move(observables), std::move(fields),
        std::move(fields_after), std::move(sessions), std::move(events),
        detail::LiveTable(self.live_path(), context.model)});
    if (!self.past.empty()) {
        const hdf5::File file = hdf5::File::open(self.past);
        self.parts->fields.restore(file.root().group("fields"));
        self.parts->fields_after.restore(file.root().group("fields_after"));
    }
    self.file.flush();
}

void ResultWriter::observables(double time, std::span<const double> values) {
    Implementation& self = *implementation_;
    self.parts->observables.append(time, values);
    self.parts->live.append(time, values);
    if (self.time_to_flush()) self.flush();
}

void ResultWriter::fields(double time, const tissue::State& state) {
    implementation_->parts->fields.append(time, state);
    implementation_->flush();
}

void ResultWriter::fields_after(double time, const tissue::State& state) {
    implementation_->parts->fields_after.append(time, state);
    implementation_->flush();
}

void ResultWriter::session(const simulation::SessionRecord& record) {
    implementation_->parts->sessions.append(record);
    implementation_->parts->fields.write_wounded(record.wounded);
}

void ResultWriter::event(const simulation::EventRecord& record) {
    implementation_->parts->events.append(record);
}

void ResultWriter::save_fields(const hdf5::Group& root) const {
    if (!implementation_->parts) return;
    implementation_->parts->fields.save(root.create_group("fields"));
    implementation_->parts->fields_after.save(root.create_group("fields_after"));
}

void ResultWriter::continue_from(const std::string& checkpoint_path) {
    implementation_->past = checkpoint_path;
}

/// The result comes last: once it is there under its name, nothing is left to do. A run killed
/// before goes on from its checkpoint and does all of this again.
void ResultWriter::Implementation::finish(std::size_t n_field_records) {
    if (options.keep_csv) {
        rename_into_place(live_path(), beside(path, ".csv"));
    } else {
        fs::remove(live_path());
    }
    if (drawable && n_field_records > 0) {
        write_sidecar(path, path + ".part");
    } else if (options.overwrite) {
        fs::remove(beside(path, ".xdmf"));  // it described the result that was replaced
    }
    rename_into_place(path + ".part", path);
    complete = true;
}

void ResultWriter::end(const simulation::RunSummary& summary) {
    Implementation& self = *implementation_;
    const hdf5::Group& root = self.parts->root;
    detail::write_outcomes(root, *self.model, summary);
    detail::write_budget(root, *self.model, summary.budget);
    detail::write_bounds(root, *self.model, summary.bounds);
    detail::finish_provenance(self.parts->provenance, summary);
    self.set_status(to_string(summary.status), summary.stop_reason);
    self.parts->live.close();
    const std::size_t n_field_records = self.parts->fields.n_records();
    self.close();
    if (summary.status == simulation::RunStatus::complete) self.finish(n_field_records);
}

void ResultWriter::fail(const std::string& reason) {
    Implementation& self = *implementation_;
    if (!self.parts) return;
    self.set_status("failed", reason);
    self.close();
}

std::string ResultWriter::current_path() const {
    return implementation_->complete ? implementation_->path : implementation_->path + ".part";
}

}  // namespace neocol::io
