#pragma once

#include <span>
#include <string>
#include <vector>

#include <neocol/io/hdf5.hpp>
#include <neocol/simulation/observer.hpp>

namespace neocol::io::detail {

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

}  // namespace neocol::io::detail
