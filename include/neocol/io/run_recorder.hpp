#pragma once

#include <span>

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

}  // namespace neocol::io
