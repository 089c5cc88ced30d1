#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <neocol/core/aligned.hpp>
#include <neocol/model/model.hpp>
#include <neocol/tissue/grid.hpp>

namespace neocol::tissue {

/// Where one field stands in a State.
struct Field {
    std::string name;
    model::Location location = model::Location::volume;
    Unit unit;
    std::size_t offset = 0;  ///< of its first value
    std::size_t nz = 0;      ///< 1 for surface fields
};

/// The fields of a model on a grid: order and place, one entry per species, same indices.
///
/// Volume fields come first, `stride` doubles apart, then the fields on the skin surface, then
/// those at the junction, each a plane. Every field starts on a cache line, and a stride is an odd
/// number of lines: so the same voxel of successive fields falls into different cache sets, which a
/// multiple of 4 KiB would pile onto one. A kernel's row of unknowns starts at
/// `system_offset(location) + row`, unknowns one stride apart; row is Grid::row(i_z, i_y) for
/// volume fields and Grid::row(0, i_y) for the others.
class FieldTable {
public:
    FieldTable(const model::Model& model, const Grid& grid);

    const std::vector<Field>& fields() const { return fields_; }
    /// Doubles from one field to the next at a location.
    std::size_t stride(model::Location location) const;
    /// Where the first field of a location starts.
    std::size_t system_offset(model::Location location) const;
    /// Algebraic variables, which follow from the stepped fields at every moment: the quasi-steady
    /// fields, then `lanes` copies of each integral, between volume fields and surface fields.
    std::size_t algebraic_offset() const { return algebraic_; }
    std::size_t algebraic_size() const { return algebraic_size_; }
    std::size_t integral_offset(std::size_t index) const { return integrals_ + index * lanes; }
    /// Doubles in a State, padding included.
    std::size_t size() const { return size_; }

private:
    std::vector<Field> fields_;
    std::size_t volume_stride_ = 0, surface_stride_ = 0, size_ = 0;
    std::size_t algebraic_ = 0, algebraic_size_ = 0, integrals_ = 0;
    std::size_t offsets_[3] = {0, 0, 0};
    void add_algebraic(const model::Model& model, const Grid& grid);
};

/// Values of all fields: one aligned block, [field][z][y][x], rows padded.
class State {
public:
    explicit State(const FieldTable& table) : values_(table.size(), 0.0) {}

    double* data() { return values_.data(); }
    const double* data() const { return values_.data(); }
    std::size_t size() const { return values_.size(); }
    double* field(const Field& f) { return values_.data() + f.offset; }
    const double* field(const Field& f) const { return values_.data() + f.offset; }
    void swap(State& other) noexcept { values_.swap(other.values_); }

private:
    AlignedVector values_;
};

}  // namespace neocol::tissue
