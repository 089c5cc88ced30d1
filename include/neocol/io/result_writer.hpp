#pragma once

#include <memory>
#include <string>

#include <neocol/files/lock.hpp>
#include <neocol/io/hdf5.hpp>
#include <neocol/io/provenance.hpp>
#include <neocol/simulation/observer.hpp>

namespace neocol::io {

/// Version of the layout of result files (docs/result-file.md).
inline constexpr int result_format_version = 3;

/// What a result calls itself in its last line.
inline constexpr const char* result_kind = "result";

/// Status as files and messages spell it: `running`, `complete`, `interrupted`, `failed`,
/// `doubtful`.

struct ResultOptions {
    bool overwrite = false;  ///< replace a result of the same name
    bool keep_csv = false;   ///< leave the table of observables beside the result
};

/// Writes a run as docs/result-file.md describes it.
///
/// The paths and the lock are those of io/output_paths.hpp. While the run goes on the file is
/// `path.part`, flushed with each record of fields and once a second, with a growing table
/// `NAME.csv.part` beside it; a run that reaches its end is closed, synchronised and renamed into
/// place, with an XDMF sidecar if it has fields. A run that is interrupted or fails leaves
/// `path.part` closed and readable, its status set.
class ResultWriter : public simulation::Observer {
public:
    /// \param path  of the result, such as "run.h5"; nothing is created before begin()
    ResultWriter(std::string path, Provenance provenance, ResultOptions options);
    /// Closes what is open; a run that has not ended is marked as failed.
    ~ResultWriter() override;

    /// \throws InputError  as check_output(); \throws IoError  the file cannot be created
    void begin(const simulation::RunContext& context) override;
    void observables(double time, std::span<const double> values) override;
    void fields(double time, const tissue::State& state) override;
    void fields_after(double time, const tissue::State& state) override;
    void session(const simulation::SessionRecord& record) override;
    void event(const simulation::EventRecord& record) override;
    void end(const simulation::RunSummary& summary) override;

    /// The lock of the run, taken before; without it begin() takes one. Before begin().
    void hold(std::unique_ptr<files::Lock> lock);

    /// The run ended with an error: sets the status, closes, keeps the `.part`.
    void fail(const std::string& reason);

    /// Puts the field records so far into groups of a checkpoint.
    void save_fields(const hdf5::Group& root) const;
    /// The run goes on from a checkpoint: its field records come first. Before begin().
    void continue_from(const std::string& checkpoint_path);

    /// Where the data are now: the result, or its `.part`.
    std::string current_path() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::io
