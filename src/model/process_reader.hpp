#pragma once

#include "section_reader.hpp"

namespace neocol::model {

/// [process.NAME]: a rate and what it changes; one process by component where the rate is a tensor.
class ProcessReader : private SectionReader {
public:
    explicit ProcessReader(ModelDraft& draft) : SectionReader(draft) {}
    void read(const std::string& name, const TableReader& table);

private:
    /// True if a process changes a quasi-steady field.
    bool changes_quasi_steady(const TableReader& table) const;
    void read_changes(Process& process, const Typed& rate, const TableReader& table);
    /// Layers it runs in.
    void read_activity(Process& process, const TableReader& table);
    /// `when = { switch = "option" }`: the process runs while every switch named stands at the
    /// option, or at one of the list of options, given for it.
    void read_when(Process& process, const TableReader& table);
    /// `stops_below = { species = "amount" }`: the rate is multiplied by ramp(species, amount), so
    /// that it falls to 0 with what the process takes from.
    void read_stops(Process& process, const TableReader& table);
    /// A rate where the switches let the process run, 0 elsewhere.
    NodeId masked(const Process& process, NodeId rate);
    /// A rate that is a tensor changes tensors: one process for each of their components.
    void read_tensor_process(const Process& process, const Typed& rate, const TableReader& table);
    /// A rate that is a number changes a tensor by a yield that is a tensor, such as along(z).
    void read_tensor_yield(Process& process, const Tensor& tensor, const Typed& rate,
                           const DocumentNode& node);
};

}  // namespace neocol::model
