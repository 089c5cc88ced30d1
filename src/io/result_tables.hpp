#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <neocol/files/files.hpp>
#include <neocol/io/hdf5.hpp>
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
