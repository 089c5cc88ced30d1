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
/// Volume fields come first, `stride` doubles apart (no multiple of 4 KiB, which would collide in
/// the cache), then the fields of each surface location, `surface_stride` apart. A kernel's row of
/// unknowns starts at `system_offset(location) + row`, unknowns one stride apart.
class FieldTable {
public:
    FieldTable(const model::Model& model, const Grid& grid);

    const std::vector<Field>& fields() const { return fields_; }
    std::size_t stride(model::Location location) const;
    std::size_t system_offset(model::Location location) const;
    /// Doubles in a State, padding included.
    std::size_t size() const { return size_; }

private:
    std::vector<Field> fields_;
    std::size_t volume_stride_ = 0, surface_stride_ = 0, size_ = 0;
    std::size_t offsets_[3] = {0, 0, 0};
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
