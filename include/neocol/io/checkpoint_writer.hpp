#pragma once

#include <string>

#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/simulation/observer.hpp>

namespace neocol::io {

/// Writes checkpoints of a run: HDF5 in doubles with a SHA-256 sum, under a temporary name,
/// compared with memory, brought to the disk, renamed into place, so that there is a whole one at
/// any moment. Two are kept. When the run completes they are removed. Comes after the run's
/// ResultWriter among observers.
class CheckpointWriter : public simulation::Observer {
public:
    struct Options {
        std::string result_path;
        RunIdentity identity;
        bool interpreter = false;    ///< kernels are interpreted
        bool keep_sessions = false;  ///< keep every checkpoint taken right after a session
        std::string history;         ///< of the run: a line per start
    };
    /// \param result  holds the field records, which go into checkpoints; null: there are none.
    ///                Outlives the writer
    CheckpointWriter(Options options, const ResultWriter* result);

    void begin(const simulation::RunContext& context) override;
    /// \throws IoError  cannot be written; the checkpoints before it are left as they are
    void checkpoint(const simulation::Checkpoint& checkpoint) override;
    void end(const simulation::RunSummary& summary) override;

    /// Path of the last checkpoint written; empty: none yet.
    const std::string& last_path() const { return last_path_; }

private:
    Options options_;
    const ResultWriter* result_;
    const simulation::Scenario* scenario_ = nullptr;
    const model::Model* model_ = nullptr;
    std::string last_path_;
};

/// Removes the checkpoints of a run, but those kept of sessions.
void remove_checkpoints(const std::string& result_path);

}  // namespace neocol::io
