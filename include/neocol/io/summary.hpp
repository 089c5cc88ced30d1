#pragma once

#include <string>
#include <vector>

#include <neocol/io/result_reader.hpp>
#include <neocol/simulation/observer.hpp>

namespace neocol::io {

/// Keeps of a run what a summary tells: sessions, the course of every observable, the end.
class RunRecorder : public simulation::Observer {
public:
    void begin(const simulation::RunContext& context) override;
    void observables(double time, std::span<const double> values) override;
    void event(const simulation::EventRecord& record) override;
    void session(const simulation::SessionRecord& record) override;
    void end(const simulation::RunSummary& summary) override;

    /// The run as a result file would tell it (fields and provenance aside).
    const StoredResult& result() const { return result_; }

private:
    const model::Model* model_ = nullptr;
    StoredResult result_;
};

/// What a clinician reads at the end of a run: what the device did, what the skin did (outcomes,
/// peaks and when), how the run went (steps, time, memory, largest budget residual, bounds).
std::string summary_text(const StoredResult& result);

/// The sessions in a line: their days, device, depth, density, and what was wounded in all.
std::string regimen_text(const StoredResult& result);

/// The summary as JSON: {"title", "status", "sessions": [...], "outcomes": {...}, "observables":
/// {...}, "run": {...}}; not-a-number becomes null.
std::string summary_json(const StoredResult& result);

}  // namespace neocol::io
