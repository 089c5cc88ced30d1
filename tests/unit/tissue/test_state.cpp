#include <cstdint>

#include <catch2/catch.hpp>

#include <neocol/tissue/state.hpp>

using namespace neocol;
using namespace neocol::tissue;

namespace {

Grid patch(std::size_t nx, std::size_t ny, std::size_t nz) {
    return Grid(Geometry::patch, cartesian_axis(uniform_edges(1.0, nx), true),
                cartesian_axis(uniform_edges(1.0, ny), true),
                cartesian_axis(uniform_edges(1.0, nz)), std::vector<int>(nz, 0));
}

model::Species species(std::string name, model::Location location) {
    model::Species result;
    result.name = std::move(name);
    result.location = location;
    return result;
}

model::Model model_with_surfaces() {
    using enum model::Location;
    model::Model model;
    model.species = {species("cover", surface), species("a", volume), species("tear", junction),
                     species("b", volume), species("melt", surface)};
    return model;
}

}  // namespace

TEST_CASE("fields keep the order of species, volume fields first in the block") {
    const Grid grid = patch(10, 3, 4);
    const FieldTable table(model_with_surfaces(), grid);
    const auto& fields = table.fields();
    REQUIRE(fields.size() == 5);
    CHECK(fields[0].name == "cover");
    CHECK(fields[3].name == "b");
    using enum model::Location;
    CHECK(fields[1].offset == table.system_offset(volume));
    CHECK(fields[3].offset == table.system_offset(volume) + table.stride(volume));
    CHECK(fields[0].offset == table.system_offset(surface));
    CHECK(fields[4].offset == table.system_offset(surface) + table.stride(surface));
    CHECK(fields[2].offset == table.system_offset(junction));
    CHECK(table.system_offset(surface) == 2 * table.stride(volume));
    CHECK(table.system_offset(junction) ==
          table.system_offset(surface) + 2 * table.stride(surface));
    CHECK(table.size() == table.system_offset(junction) + table.stride(junction));
    CHECK(table.stride(volume) >= grid.n_padded());
    CHECK(table.stride(surface) >= grid.nx_padded() * grid.ny());
    CHECK(fields[1].nz == 4);
    CHECK(fields[0].nz == 1);
}

TEST_CASE("every field starts on a cache line and successive fields in other cache sets") {
    for (const std::size_t nx : {1u, 8u, 16u, 64u, 100u, 128u})
        for (const std::size_t nz : {1u, 4u, 64u, 128u}) {
            const Grid grid = patch(nx, 8, nz);
            const FieldTable table(model_with_surfaces(), grid);
            for (const Field& field : table.fields())
                CHECK(field.offset % 8 == 0);
            for (const auto location : {model::Location::volume, model::Location::surface}) {
                CHECK(table.stride(location) % 512 != 0);
                CHECK(table.stride(location) / 8 % 2 == 1);
            }
        }
}

TEST_CASE("a state is zero at first, aligned, and swaps") {
    const FieldTable table(model_with_surfaces(), patch(10, 3, 4));
    State a(table), b(table);
    CHECK(a.size() == table.size());
    CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % alignment == 0);
    bool zero = true;
    for (std::size_t i = 0; i < a.size(); ++i)
        zero = zero && a.data()[i] == 0.0;
    CHECK(zero);
    a.field(table.fields()[2])[5] = 7.0;
    CHECK(a.data()[table.fields()[2].offset + 5] == 7.0);
    a.swap(b);
    CHECK(b.field(table.fields()[2])[5] == 7.0);
    CHECK(a.field(table.fields()[2])[5] == 0.0);
}

TEST_CASE("a model without fields has an empty state") {
    const FieldTable table(model::Model{}, patch(2, 2, 2));
    CHECK(table.size() == 0);
    CHECK(State(table).size() == 0);
}
