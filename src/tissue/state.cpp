#include <neocol/tissue/state.hpp>

namespace neocol::tissue {

namespace {

constexpr std::size_t doubles_per_line = alignment / sizeof(double);

/// Smallest odd number of cache lines that holds n doubles.
std::size_t odd_lines(std::size_t n) {
    const std::size_t lines = (n + doubles_per_line - 1) / doubles_per_line;
    return (lines % 2 == 0 ? lines + 1 : lines) * doubles_per_line;
}

}  // namespace

FieldTable::FieldTable(const model::Model& model, const Grid& grid)
    : volume_stride_(odd_lines(grid.n_padded())),
      surface_stride_(odd_lines(grid.nx_padded() * grid.ny())) {
    fields_.resize(model.species.size());
    for (const model::Location location :
         {model::Location::volume, model::Location::surface, model::Location::junction}) {
        offsets_[static_cast<std::size_t>(location)] = size_;
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            const model::Species& species = model.species[i];
            if (species.location != location || species.quasi_steady) continue;
            const std::size_t nz = location == model::Location::volume ? grid.nz() : 1;
            fields_[i] = {species.name, location, species.unit, size_, nz};
            size_ += stride(location);
        }
        if (location == model::Location::volume) add_algebraic(model, grid);
    }
}

void FieldTable::add_algebraic(const model::Model& model, const Grid& grid) {
    algebraic_ = size_;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        const model::Species& species = model.species[i];
        if (!species.quasi_steady) continue;
        fields_[i] = {species.name, species.location, species.unit, size_, grid.nz()};
        size_ += volume_stride_;
    }
    integrals_ = size_;
    size_ += model.integrals.size() * lanes;
    algebraic_size_ = size_ - algebraic_;
}

std::size_t FieldTable::stride(model::Location location) const {
    return location == model::Location::volume ? volume_stride_ : surface_stride_;
}

std::size_t FieldTable::system_offset(model::Location location) const {
    return offsets_[static_cast<std::size_t>(location)];
}

}  // namespace neocol::tissue
