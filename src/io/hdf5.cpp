#include <algorithm>
#include <stdexcept>

#include <hdf5_hl.h>

#include "hdf5_calls.hpp"

namespace neocol::io::hdf5 {

namespace {

/// File type of a dataset: fixed byte order, so that files are the same everywhere.
Handle file_type(Type type) {
    switch (type) {
        case Type::float64:
            return {H5Tcopy(H5T_IEEE_F64LE), H5Tclose};
        case Type::float32:
            return {H5Tcopy(H5T_IEEE_F32LE), H5Tclose};
        case Type::int64:
            return {H5Tcopy(H5T_STD_I64LE), H5Tclose};
        case Type::int32:
            return {H5Tcopy(H5T_STD_I32LE), H5Tclose};
        case Type::uint8:
            return {H5Tcopy(H5T_STD_U8LE), H5Tclose};
        case Type::text:
            return text_type();
    }
    throw std::logic_error("unknown HDF5 type");
}

std::vector<const char*> pointers(std::span<const std::string> values) {
    std::vector<const char*> list;
    for (const std::string& value : values)
        list.push_back(value.c_str());
    return list;
}

/// About 8 KiB a chunk where rows are small, one row where they are not, at most 8 MiB.
std::vector<hsize_t> chunk_of(const Layout& layout) {
    std::vector<hsize_t> chunk(layout.extents.size(), 1);
    if (!layout.chunk.empty()) {
        std::copy(layout.chunk.begin(), layout.chunk.end(), chunk.begin());
    } else {
        hsize_t row = 1;
        for (std::size_t i = 1; i < chunk.size(); ++i) {
            chunk[i] = std::max<hsize_t>(layout.extents[i], 1);
            row *= chunk[i];
        }
        chunk[0] = std::max<hsize_t>(1024 / row, 1);
    }
    hsize_t count = 1;
    for (const hsize_t n : chunk)
        count *= n;
    for (std::size_t i = 0; i < chunk.size() && count > (hsize_t{1} << 20); ++i) {
        const hsize_t whole = chunk[i];
        chunk[i] = std::max<hsize_t>(whole * (hsize_t{1} << 20) / count, 1);
        count = count / whole * chunk[i];
    }
    return chunk;
}

Handle creation_properties(const Layout& layout, const std::string& where) {
    Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(properties.get(), false);
    const bool grows =
        std::find(layout.extents.begin(), layout.extents.end(), unlimited) != layout.extents.end();
    const bool empty = std::find(layout.extents.begin(), layout.extents.end(), std::size_t{0}) !=
                       layout.extents.end();
    if (grows || (layout.deflate > 0 && !layout.extents.empty() && !empty)) {
        const std::vector<hsize_t> chunk = chunk_of(layout);
        checked(where, "cannot set the chunk size", [&] {
            return H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());
        });
        if (layout.deflate > 0) {
            H5Pset_shuffle(properties.get());
            H5Pset_deflate(properties.get(), static_cast<unsigned>(layout.deflate));
        }
    }
    return properties;
}

}  // namespace

std::vector<std::size_t> Dataset::extents() const {
    const Handle space(H5Dget_space(handle_.get()), H5Sclose);
    const int rank = H5Sget_simple_extent_ndims(space.get());
    std::vector<hsize_t> sizes(static_cast<std::size_t>(std::max(rank, 0)));
    H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
    return {sizes.begin(), sizes.end()};
}

bool Dataset::is_text() const {
    const Handle stored(H5Dget_type(handle_.get()), H5Tclose);
    return H5Tget_class(stored.get()) == H5T_STRING;
}

void Dataset::write_raw(const void* values, Id memory_type, std::size_t count) const {
    std::size_t expected = 1;
    for (const std::size_t n : extents())
        expected *= n;
    if (count != expected) {
        throw std::logic_error(
            fmt::format("{}: {} values for a dataset of {}", where_, count, expected));
    }
    if (count == 0) return;
    checked(where_, "cannot write", [&] {
        return H5Dwrite(handle_.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    });
}

void Dataset::write(std::span<const double> values) const {
    write_raw(values.data(), H5T_NATIVE_DOUBLE, values.size());
}
void Dataset::write(std::span<const float> values) const {
    write_raw(values.data(), H5T_NATIVE_FLOAT, values.size());
}
void Dataset::write(std::span<const std::uint8_t> values) const {
    write_raw(values.data(), H5T_NATIVE_UINT8, values.size());
}
void Dataset::write(std::span<const std::int32_t> values) const {
    write_raw(values.data(), H5T_NATIVE_INT32, values.size());
}
void Dataset::write(std::span<const std::string> values) const {
    const Handle type = text_type();
    write_raw(pointers(values).data(), type.get(), values.size());
}

void Dataset::append_raw(const void* values, Id memory_type, std::size_t count,
                         std::size_t rows) const {
    const std::vector<std::size_t> before = extents();
    std::vector<hsize_t> sizes(before.begin(), before.end());
    std::vector<hsize_t> start(sizes.size(), 0), added(sizes);
    start[0] = sizes[0];
    added[0] = rows;
    sizes[0] += rows;
    hsize_t expected = 1;
    for (const hsize_t n : added)
        expected *= n;
    if (count != expected) {
        throw std::logic_error(fmt::format("{}: {} values for {}", where_, count, expected));
    }
    if (count == 0) return;
    checked(where_, "cannot write", [&]() -> herr_t {
        if (H5Dset_extent(handle_.get(), sizes.data()) < 0) return -1;
        const Handle file_space(H5Dget_space(handle_.get()), H5Sclose);
        const int rank = static_cast<int>(sizes.size());
        const Handle memory_space(H5Screate_simple(rank, added.data(), nullptr), H5Sclose);
        if (H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr,
                                added.data(), nullptr) < 0) {
            return -1;
        }
        return H5Dwrite(handle_.get(), memory_type, memory_space.get(), file_space.get(),
                        H5P_DEFAULT, values);
    });
}

void Dataset::append(std::span<const double> values, std::size_t rows) const {
    append_raw(values.data(), H5T_NATIVE_DOUBLE, values.size(), rows);
}
void Dataset::append(std::span<const float> values, std::size_t rows) const {
    append_raw(values.data(), H5T_NATIVE_FLOAT, values.size(), rows);
}
void Dataset::append(std::span<const std::uint8_t> values, std::size_t rows) const {
    append_raw(values.data(), H5T_NATIVE_UINT8, values.size(), rows);
}
void Dataset::append(std::span<const std::int32_t> values, std::size_t rows) const {
    append_raw(values.data(), H5T_NATIVE_INT32, values.size(), rows);
}
void Dataset::append(std::span<const std::string> values, std::size_t rows) const {
    const Handle type = text_type();
    append_raw(pointers(values).data(), type.get(), values.size(), rows);
}

namespace {

std::size_t product(const std::vector<std::size_t>& extents) {
    std::size_t count = 1;
    for (const std::size_t n : extents)
        count *= n;
    return count;
}

}  // namespace

std::vector<double> Dataset::read() const {
    std::vector<double> values(product(extents()));
    if (values.empty()) return values;
    checked(where_, "cannot read", [&] {
        return H5Dread(handle_.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       values.data());
    });
    return values;
}

void Dataset::read_row(std::size_t index, std::span<float> values) const {
    const std::vector<std::size_t> all = extents();
    std::vector<hsize_t> start(all.size(), 0), count(all.begin(), all.end());
    start.at(0) = index;
    count[0] = 1;
    if (index >= all[0] || values.size() != product(all) / std::max<std::size_t>(all[0], 1)) {
        throw std::logic_error(fmt::format("{}: no such row of {}", where_, values.size()));
    }
    checked(where_, "cannot read", [&]() -> herr_t {
        const Handle file_space(H5Dget_space(handle_.get()), H5Sclose);
        const Handle memory_space(
            H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
        if (H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr,
                                count.data(), nullptr) < 0) {
            return -1;
        }
        return H5Dread(handle_.get(), H5T_NATIVE_FLOAT, memory_space.get(), file_space.get(),
                       H5P_DEFAULT, values.data());
    });
}

std::vector<std::string> Dataset::read_text() const {
    if (!is_text()) throw IoError(where_, "is not text");
    std::vector<char*> list(product(extents()), nullptr);
    if (list.empty()) return {};
    const Handle type = text_type();
    checked(where_, "cannot read", [&] {
        return H5Dread(handle_.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, list.data());
    });
    std::vector<std::string> values;
    for (const char* text : list)
        values.emplace_back(text == nullptr ? "" : text);
    const Handle space(H5Dget_space(handle_.get()), H5Sclose);
    H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, list.data());
    return values;
}

void Dataset::make_scale() const {
    checked(where_, "cannot make a dimension scale",
            [&] { return H5DSset_scale(handle_.get(), name_.c_str()); });
}

void Dataset::attach_scale(unsigned dimension, const Dataset& scale) const {
    checked(where_, "cannot attach a dimension scale",
            [&] { return H5DSattach_scale(handle_.get(), scale.handle_.get(), dimension); });
}

std::string Group::child(const std::string& name) const {
    return where_.ends_with('/') ? where_ + name : where_ + '/' + name;
}

Group Group::create_group(const std::string& name) const {
    const Handle properties(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
    H5Pset_link_creation_order(properties.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(properties.get(), false);
    const Id id = checked(child(name), "cannot create the group", [&] {
        return H5Gcreate2(handle_.get(), name.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT);
    });
    return Group(Handle(id, H5Gclose), child(name));
}

Dataset Group::create(const std::string& name, Type type, const Layout& layout) const {
    const std::string where = child(name);
    std::vector<hsize_t> sizes, limits;
    for (const std::size_t n : layout.extents) {
        sizes.push_back(n == unlimited ? 0 : n);
        limits.push_back(n == unlimited ? H5S_UNLIMITED : n);
    }
    const Handle space(sizes.empty() ? H5Screate(H5S_SCALAR)
                                     : H5Screate_simple(static_cast<int>(sizes.size()),
                                                        sizes.data(), limits.data()),
                       H5Sclose);
    const Handle stored = file_type(type);
    const Handle properties = creation_properties(layout, where);
    const Id id = checked(where, "cannot create the dataset", [&] {
        return H5Dcreate2(handle_.get(), name.c_str(), stored.get(), space.get(), H5P_DEFAULT,
                          properties.get(), H5P_DEFAULT);
    });
    return Dataset(Handle(id, H5Dclose), where, name);
}

Group Group::group(const std::string& name) const {
    const Id id = checked(child(name), "no such group",
                          [&] { return H5Gopen2(handle_.get(), name.c_str(), H5P_DEFAULT); });
    return Group(Handle(id, H5Gclose), child(name));
}

Dataset Group::dataset(const std::string& name) const {
    const Id id = checked(child(name), "no such dataset",
                          [&] { return H5Dopen2(handle_.get(), name.c_str(), H5P_DEFAULT); });
    return Dataset(Handle(id, H5Dclose), child(name), name);
}

bool Group::has(const std::string& name) const {
    const Silence silence;
    return H5Lexists(handle_.get(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Group::dataset_names() const {
    std::vector<std::string> all;
    const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
        static_cast<std::vector<std::string>*>(out)->emplace_back(name);
        return 0;
    };
    const Silence silence;
    if (H5Literate(handle_.get(), H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, collect, &all) < 0) {
        all.clear();
        H5Literate(handle_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &all);
    }
    std::erase_if(all, [&](const std::string& name) {
        const Handle object(H5Oopen(handle_.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
        return H5Iget_type(object.get()) != H5I_DATASET;
    });
    return all;
}

}  // namespace neocol::io::hdf5
