#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <neocol/files/files.hpp>
#include <neocol/io/hdf5.hpp>
#include <neocol/io/provenance.hpp>
#include <neocol/simulation/observer.hpp>

/// The parts of a result file, each the owner of its own group.
namespace neocol::io::detail {

/// A growing dataset of values along a growing scale. `chunk` is in rows.
hdf5::Dataset create_column(const hdf5::Group& group, const std::string& name, hdf5::Type type,
                            const hdf5::Dataset& scale, const std::string& units,
                            const std::string& long_name, std::size_t chunk = 1024);

/// A dimension scale that grows.
hdf5::Dataset create_growing_scale(const hdf5::Group& group, const std::string& name,
                                   hdf5::Type type, const std::string& units,
                                   const std::string& long_name, std::size_t chunk = 1024);

/// A dimension scale of names.
hdf5::Dataset create_names(const hdf5::Group& group, const std::string& name,
                           const std::vector<std::string>& values, const std::string& long_name);

/// Bytes of the longest of some texts.
std::size_t longest(const std::vector<std::string>& values);

/// Root of the file: observables over time. Records are held until `write`: HDF5 takes as long to
/// append one number as to append a thousand.
class ObservableTable {
public:
    ObservableTable(const hdf5::Group& root, const model::Model& model);
    void append(double time, std::span<const double> values);
    /// Appends the records that are held to the datasets.
    void write();

private:
    struct Column {
        Unit unit;
        hdf5::Dataset data;
        std::vector<double> held;
    };
    hdf5::Dataset time_;
    std::vector<Column> columns_;
    std::vector<double> held_times_;
};

/// Group /events: where the state jumped, and the observables on both sides.
class EventTable {
public:
    /// \param n_sessions  that there may be
    EventTable(const hdf5::Group& root, const model::Model& model, std::size_t n_sessions);
    void append(const simulation::EventRecord& record);

private:
    struct Column {
        Unit unit;
        hdf5::Dataset before, after;
    };
    hdf5::Dataset event_, time_, cause_;
    std::size_t cause_bytes_;
    std::vector<Column> columns_;
    std::int32_t n_events_ = 0;
};

/// A group of fields over a time axis: /fields, whose records at a jump are those before it, and
/// /fields_after with those after it.
class FieldTable {
public:
    FieldTable(const hdf5::Group& root, const std::string& name,
               const simulation::RunContext& context);
    void append(double time, const tissue::State& state);
    void write_wounded(std::span<const double> wounded);
    std::size_t n_records() const { return n_records_; }
    /// Copies the records so far into a group of another file; takes them from one.
    void save(const hdf5::Group& group) const;
    void restore(const std::string& checkpoint);

private:
    struct Column {
        std::string name;
        std::size_t species;
        Unit unit;
        hdf5::Dataset data;
    };
    void create_axes(const tissue::Grid& grid, const model::Model& model);
    void create_fields(const simulation::RunContext& context);
    /// Values without padding, in a unit.
    void pack(const double* values, std::size_t nz, const Unit& unit);

    const tissue::Grid& grid_;
    const tissue::FieldTable& fields_;
    std::string name_;
    hdf5::Group group_;
    bool has_wounded_;  ///< which does not change with time: /fields has it
    hdf5::Dataset time_, wounded_;
    std::vector<hdf5::Dataset> space_;  ///< scales of z and the lateral axes, in order
    std::vector<Column> columns_;
    std::vector<float> packed_;
    std::size_t n_records_ = 0;
};

/// Group /mesh: corners of the voxels, which the XDMF sidecar refers to (ParaView's reader handles
/// no rectilinear meshes). Only for geometries with more than one dimension.
void write_mesh(const hdf5::Group& root, const tissue::Grid& grid);

/// Groups /sessions and /punctures.
class SessionTable {
public:
    /// \param devices  of all sessions there may be
    SessionTable(const hdf5::Group& root, const model::Model& model,
                 const std::vector<std::string>& devices);
    void append(const simulation::SessionRecord& record);

private:
    std::size_t n_layers_;
    hdf5::Dataset session_, device_, layer_fraction_;
    std::vector<hdf5::Dataset> numbers_;  ///< by simulation::session_numbers
    hdf5::Dataset puncture_, of_session_, x_, y_, radius_, depth_, taper_;
    std::int32_t n_punctures_ = 0;
};

/// Groups /outcomes, /budget and /bounds: what is known at the end.
void write_outcomes(const hdf5::Group& root, const model::Model& model,
                    const simulation::RunSummary& summary);
void write_budget(const hdf5::Group& root, const model::Model& model, const solver::Budget& budget);
void write_bounds(const hdf5::Group& root, const model::Model& model,
                  const std::vector<simulation::BoundReport>& bounds);

/// Group /provenance: what is known at the start, and what the end adds.
void write_provenance(const hdf5::Group& group, const simulation::RunContext& context,
                      const Provenance& provenance);
void finish_provenance(const hdf5::Group& group, const simulation::RunSummary& summary);

/// Table of observables as text, one line a record, written at once.
class LiveTable {
public:
    LiveTable(const std::string& path, const model::Model& model);
    void append(double time, std::span<const double> values);
    /// \param stays  the table is kept: brings it to the disk
    void close(bool stays);

private:
    std::vector<Unit> units_;
    files::AppendFile file_;
};

}  // namespace neocol::io::detail
