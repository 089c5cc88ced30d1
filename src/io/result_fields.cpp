#include "result_fields.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/io/hdf5_file.hpp>
#include <neocol/io/stored_units.hpp>

#include "read_apart.hpp"
#include "result_tables.hpp"

namespace neocol::io::detail {

using hdf5::Dataset;
using hdf5::Group;
using hdf5::Type;
using hdf5::unlimited;
using tissue::Geometry;

namespace {

/// Most field records of a run.
constexpr std::uint64_t most_records = 10'000'000;

Dataset create_axis(const Group& group, const std::string& name, const tissue::Axis& axis,
                    const std::string& long_name) {
    Dataset centres = group.create(name, Type::float64, {.extents = {axis.size()}, .chunk = {}});
    centres.write(axis.centres);
    centres.make_scale();
    centres.set("units", "mm");
    centres.set("long_name", long_name);
    Dataset edges =
        group.create(name + "_edges", Type::float64, {.extents = {axis.size() + 1}, .chunk = {}});
    edges.write(axis.edges);
    edges.make_scale();
    edges.set("units", "mm");
    edges.set("long_name", long_name + ", cell boundaries");
    return centres;
}

/// Layers a species lives in, as flag meanings are written: blank between.
std::string layers_of(const model::Species& species, const model::Model& model) {
    std::string text;
    for (std::size_t i = 0; i < model.layers.size() && i < species.present.size(); ++i)
        if (species.present[i]) text += (text.empty() ? "" : " ") + model.layers[i];
    return text;
}

}  // namespace

void write_mesh(const Group& root, const tissue::Grid& grid) {
    const Group group = root.create_group("mesh");
    const double slice = 0.05 * grid.z().length();
    const std::vector<double>& z = grid.z().edges;
    const std::vector<double>& x = grid.x().edges;
    const bool patch = grid.geometry() == Geometry::patch;
    const std::vector<double> y = patch ? grid.y().edges : std::vector<double>{0.0, slice};

    const auto scale = [&](const char* name, std::size_t n) {
        std::vector<std::int32_t> index(n);
        std::iota(index.begin(), index.end(), 0);
        Dataset data = group.create(name, Type::int32, {.extents = {n}, .chunk = {}});
        data.write(index);
        data.make_scale();
        return data;
    };
    const std::vector<std::size_t> extents{z.size(), y.size(), x.size(), 3};
    Dataset points =
        group.create("points", Type::float32,
                     {.extents = extents, .chunk = {1, y.size(), x.size(), 3}, .deflate = 1});
    const char* names[] = {"z_node", "y_node", "x_node", "component"};
    for (unsigned i = 0; i < 4; ++i)
        points.attach_scale(i, scale(names[i], extents[i]));
    std::vector<float> values;
    values.reserve(z.size() * y.size() * x.size() * 3);
    for (const double depth : z) {
        for (const double across : y) {
            for (const double along : x)
                for (const double value : {along, across, -depth})
                    values.push_back(static_cast<float>(value));
        }
    }
    points.write(std::span<const float>(values));
    points.set("units", "mm");
    points.set("long_name", "corners of the voxels as x, y, -z, for the XDMF sidecar");
}

FieldTable::FieldTable(const Group& root, const std::string& name,
                       const simulation::RunContext& context)
    : grid_(context.grid),
      fields_(context.fields),
      name_(name),
      group_(root.create_group(name)),
      has_wounded_(name == "fields") {
    group_.set("geometry", tissue::to_string(grid_.geometry()));
    time_ = create_growing_scale(group_, "field_time", Type::float64, "d", "time");
    time_.set("axis", "T");
    create_axes(grid_, context.model);
    create_fields(context);
}

void FieldTable::create_axes(const tissue::Grid& grid, const model::Model& model) {
    space_.push_back(create_axis(group_, "z", grid.z(), "depth below the skin surface"));
    space_[0].set("positive", "down");
    space_[0].set("axis", "Z");
    const Geometry geometry = grid.geometry();
    if (geometry == Geometry::patch) {
        space_.push_back(create_axis(group_, "y", grid.y(), "y"));
        space_.back().set("axis", "Y");
    }
    if (geometry == Geometry::patch || geometry == Geometry::section) {
        space_.push_back(create_axis(group_, "x", grid.x(), "x"));
        space_.back().set("axis", "X");
    }
    if (geometry == Geometry::single_channel)
        space_.push_back(create_axis(group_, "r", grid.x(), "distance from the channel's axis"));

    Dataset layer = group_.create("layer", Type::uint8, {.extents = {grid.nz()}, .chunk = {}});
    layer.attach_scale(0, space_[0]);
    std::vector<std::uint8_t> of_z, values(model.layers.size());
    for (std::size_t i = 0; i < grid.nz(); ++i)
        of_z.push_back(static_cast<std::uint8_t>(grid.layer(i)));
    std::iota(values.begin(), values.end(), std::uint8_t{0});
    layer.write(of_z);
    layer.set("long_name", "layer of the skin");
    layer.set("flag_values", std::span<const std::uint8_t>(values));
    layer.set("flag_meanings", fmt::format("{}", fmt::join(model.layers, " ")));
}

void FieldTable::create_fields(const simulation::RunContext& context) {
    const auto extents = [&](bool volume, bool in_time) {
        std::vector<std::size_t> sizes;
        if (in_time) sizes.push_back(unlimited);
        for (std::size_t i = volume ? 0 : 1; i < space_.size(); ++i)
            sizes.push_back(space_[i].extents()[0]);
        return sizes;
    };
    const auto attach = [&](const Dataset& data, bool volume, bool in_time) {
        unsigned dimension = 0;
        if (in_time) data.attach_scale(dimension++, time_);
        for (std::size_t i = volume ? 0 : 1; i < space_.size(); ++i) {
            data.attach_scale(dimension++, space_[i]);
        }
    };
    if (has_wounded_) {
        wounded_ = group_.create("wounded", Type::float32,
                                 {.extents = extents(true, false), .chunk = {}, .deflate = 0});
        attach(wounded_, true, false);
        wounded_.set("units", "1");
        wounded_.set("long_name", "largest volume fraction ever wounded");
        write_wounded(std::vector<double>(grid_.n_padded(), 0.0));
    }

    for (const std::string& name : context.scenario.output.fields) {
        const auto index = static_cast<std::size_t>(context.model.find_species(name));
        const model::Species& species = context.model.species.at(index);
        const bool volume = species.location == model::Location::volume;
        std::vector<std::size_t> sizes = extents(volume, true);
        std::vector<std::size_t> chunk = sizes;
        chunk[0] = sizes.size() == 1 ? 256 : 1;
        Dataset data =
            group_.create(name, Type::float32, {.extents = sizes, .chunk = chunk, .deflate = 1});
        attach(data, volume, true);
        data.set("units", stored_units(species.unit.text));
        data.set("long_name", species.meaning);
        data.set("location", std::string(name_of(species.location)));
        if (volume) data.set("layers", layers_of(species, context.model));
        if (species.tensor >= 0) {
            const std::string& tensor =
                context.model.tensors[static_cast<std::size_t>(species.tensor)].name;
            data.set("tensor", tensor);
            data.set("component", species.name.substr(tensor.size() + 1));
        }
        columns_.push_back({name, index, species.unit, std::move(data)});
    }
}

void FieldTable::pack(const double* values, std::size_t nz, const Unit& unit) {
    packed_.clear();
    packed_.reserve(nz * grid_.ny() * grid_.nx());
    for (std::size_t i_z = 0; i_z < nz; ++i_z) {
        for (std::size_t i_y = 0; i_y < grid_.ny(); ++i_y) {
            const double* row = values + grid_.row(i_z, i_y);
            for (std::size_t i_x = 0; i_x < grid_.nx(); ++i_x)
                packed_.push_back(static_cast<float>(unit.from_internal(row[i_x])));
        }
    }
}

void FieldTable::write_wounded(std::span<const double> wounded) {
    if (!has_wounded_ || wounded.size() < grid_.n_padded()) return;
    pack(wounded.data(), grid_.nz(), Unit{});
    wounded_.write(std::span<const float>(packed_));
}

void FieldTable::save(const Group& group) const {
    const auto numbers = [&](const char* name, const std::vector<double>& values) {
        group.create(name, Type::float64, {.extents = {values.size()}, .chunk = {}}).write(values);
    };
    numbers("field_time", time_.read());
    // Row by row: H5Ocopy would be shorter, but crashes when the disk is full.
    std::vector<float> row;
    for (const Column& column : columns_) {
        std::vector<std::size_t> extents = column.data.extents(), chunk = extents;
        extents[0] = unlimited;
        chunk[0] = 1;
        const Dataset copy = group.create(column.name, Type::float32,
                                          {.extents = extents, .chunk = chunk, .deflate = 1});
        row.resize(fields_.fields()[column.species].nz * grid_.ny() * grid_.nx());
        for (std::size_t i = 0; i < n_records_; ++i) {
            column.data.read_row(i, row);
            copy.append(std::span<const float>(row));
        }
    }
}

/// Row by row through a process of its own, in the order in which they are appended here.
void FieldTable::restore(const std::string& checkpoint) {
    std::vector<std::string> names;
    for (const Column& column : columns_)
        names.push_back(column.name);
    ReadApart past(checkpoint, [&](const ReadApart::Send& send) {
        const hdf5::File file = hdf5::File::open(checkpoint);
        const auto send_numbers = [&](const void* values, std::size_t bytes) {
            file.check();  // a read that failed is not handed on
            send({static_cast<const char*>(values), bytes});
        };
        const Group group = file.root().group(name_);
        const std::vector<double> times = group.dataset("field_time").read();
        const std::uint64_t n = times.size();
        send_numbers(&n, sizeof n);
        send_numbers(times.data(), n * sizeof(double));
        std::vector<float> row;
        for (const std::string& name : names) {
            const Dataset stored = group.dataset(name);
            std::size_t size = 1;
            const std::vector<std::size_t> extents = stored.extents();
            for (std::size_t i = 1; i < extents.size(); ++i)
                size *= extents[i];
            row.resize(size);
            for (std::size_t i = 0; i < n; ++i) {
                stored.read_row(i, row);
                send_numbers(row.data(), row.size() * sizeof(float));
            }
        }
    });
    std::uint64_t n = 0;
    past.read(&n, sizeof n);
    if (n > most_records) throw IoError(checkpoint, "is damaged: it has too many records");
    std::vector<double> times(n);
    past.read(times.data(), n * sizeof(double));
    time_.append(times, times.size());
    for (const Column& column : columns_) {
        packed_.resize(fields_.fields()[column.species].nz * grid_.ny() * grid_.nx());
        for (std::size_t i = 0; i < times.size(); ++i) {
            past.read(packed_.data(), packed_.size() * sizeof(float));
            column.data.append(std::span<const float>(packed_));
        }
    }
    past.finish();
    n_records_ = times.size();
}

void FieldTable::append(double time, const tissue::State& state) {
    time_.append(std::span<const double>(&time, 1));
    for (const Column& column : columns_) {
        const tissue::Field& field = fields_.fields()[column.species];
        pack(state.field(field), field.nz, column.unit);
        column.data.append(std::span<const float>(packed_));
    }
    ++n_records_;
}

}  // namespace neocol::io::detail
