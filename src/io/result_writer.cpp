#include <neocol/io/result_writer.hpp>

#include <chrono>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/version.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/hdf5_file.hpp>
#include <neocol/io/output_paths.hpp>
#include <neocol/io/run_description.hpp>

#include "result_end.hpp"
#include "result_fields.hpp"
#include "result_tables.hpp"
#include "xdmf.hpp"

namespace neocol::io {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

/// Wall time for which records may be held before they are written.
constexpr std::chrono::milliseconds flush_interval{1000};

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
    std::unique_ptr<files::Lock> lock;

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

    const OutputPaths& paths() const { return all; }
    OutputPaths all = output_paths(path);
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
        file.flush();  // before anything closes: what HDF5 cannot write is told here
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
    } catch (const std::exception&) {
        // Nothing can be reported from here; what was flushed before stays readable.
    }
}

void ResultWriter::begin(const simulation::RunContext& context) {
    Implementation& self = *implementation_;
    if (!self.lock) self.lock = lock_run(self.path, self.provenance.host, self.provenance.started);
    check_output(self.path, self.options);
    self.model = &context.model;
    self.drawable = context.grid.geometry() != tissue::Geometry::well_mixed &&
                    context.grid.geometry() != tissue::Geometry::column;
    self.file = hdf5::File::create(self.paths().part, result_kind);
    hdf5::Group root = self.file.root();
    root.set("Conventions", "CF-1.10");
    const RunHead head = head_of(context);
    for (const RunHeadText& text : run_head_texts)
        root.set(std::string(text.name), head.*text.member);
    root.set("format_version", std::int64_t{result_format_version});

    detail::ObservableTable observables(root, context.model);
    detail::FieldTable fields(root, "fields", context);
    detail::FieldTable fields_after(root, "fields_after", context);
    std::vector<std::string> devices{std::string(32, ' ')};  // room for any usual name
    for (const auto& session : context.scenario.regimen.sessions)
        devices.push_back(session.device.name);
    detail::SessionTable sessions(root, context.model, devices);
    detail::EventTable events(root, context.model, context.scenario.regimen.sessions.size());
    self.drawable = self.drawable && !context.scenario.output.fields.empty();
    if (self.drawable) detail::write_mesh(root, context.grid);
    hdf5::Group provenance = root.create_group("provenance");
    detail::write_provenance(provenance, context, self.provenance);
    self.parts.emplace(Implementation::Parts{
        std::move(root), std::move(provenance), std::move(observables), std::move(fields),
        std::move(fields_after), std::move(sessions), std::move(events),
        detail::LiveTable(self.paths().live, context.model)});
    if (!self.past.empty()) {
        self.parts->fields.restore(self.past);
        self.parts->fields_after.restore(self.past);
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

void ResultWriter::hold(std::unique_ptr<files::Lock> lock) {
    implementation_->lock = std::move(lock);
}

/// The result is put into place when all beside it is; what it makes superfluous goes last. A run
/// killed before goes on from its checkpoint and does all of this again.
void ResultWriter::Implementation::finish(std::size_t n_field_records) {
    const bool draws = drawable && n_field_records > 0;
    if (draws)
        files::write(all.sidecar, xdmf_text(all.part, fs::path(all.result).filename().string()));
    if (options.keep_csv) files::rename(all.live, all.csv);
    files::rename(all.part, all.result);
    complete = true;
    if (!options.keep_csv) files::remove(all.live);
    // It described the result that was replaced.
    if (!draws && options.overwrite && is_ours(OutputKind::sidecar, all.sidecar))
        files::remove(all.sidecar);
}

void ResultWriter::end(const simulation::RunSummary& summary) {
    Implementation& self = *implementation_;
    const hdf5::Group& root = self.parts->root;
    detail::write_outcomes(root, *self.model, summary);
    detail::write_budget(root, *self.model, summary.budget);
    detail::write_bounds(root, *self.model, summary.bounds);
    detail::finish_provenance(self.parts->provenance, summary);
    self.set_status(std::string(name_of(summary.status)), summary.stop_reason);
    self.parts->live.close(self.options.keep_csv);
    const std::size_t n_field_records = self.parts->fields.n_records();
    self.close();
    if (has_ended(summary.status)) self.finish(n_field_records);
}

void ResultWriter::fail(const std::string& reason) {
    Implementation& self = *implementation_;
    if (!self.parts) return;
    self.set_status("failed", reason);
    self.close();
}

std::string ResultWriter::current_path() const {
    return implementation_->complete ? implementation_->path : implementation_->paths().part;
}

}  // namespace neocol::io
