#include <algorithm>
#include <stdexcept>

#include <hdf5_hl.h>

#include "hdf5_calls.hpp"
#include "storage.hpp"

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
        case Type::text:  // characters
            return text_type(1);
    }
    throw std::logic_error("unknown HDF5 type");
}

/// About 8 KiB a chunk where rows are small, one row where they are not, at most 8 MiB.
std::vector<hsize_t> chunk_of(const Layout& layout) {
    std::vector<hsize_t> chunk(layout.extents.size(), 1);
    if (!layout.chunk.empty()) {
        std::copy(layout.chunk.begin(), layout.chunk.end(), chunk.begin());
    } else if (std::find(layout.extents.begin(), layout.extents.end(), unlimited) ==
               layout.extents.end()) {
        for (std::size_t i = 0; i < chunk.size(); ++i)
            chunk[i] = std::max<hsize_t>(layout.extents[i], 1);
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
    // Rows and what is large are read piece by piece, and each piece has a checksum of its own.
    std::size_t count = 1;
    for (const std::size_t n : layout.extents)
        count *= std::min(n, std::size_t{1} << 20);
    constexpr std::size_t few = 4096;
    if (grows || ((layout.deflate > 0 || count > few) && !layout.extents.empty() && !empty)) {
        const std::vector<hsize_t> chunk = chunk_of(layout);
        checked(where, "cannot set the chunk size", [&] {
            return H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());
        });
        if (layout.deflate > 0) {
            H5Pset_shuffle(properties.get());
            H5Pset_deflate(properties.get(), static_cast<unsigned>(layout.deflate));
        }
        H5Pset_fletcher32(properties.get());
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
/// Texts one after another, each filled up with 0 to the last dimension's length.
std::string Dataset::packed(std::span<const std::string> values) const {
    const std::size_t width = extents().back();
    std::string all;
    all.reserve(values.size() * width);
    for (const std::string& value : values) {
        if (value.size() > width) {
            throw IoError(where_, fmt::format("a text of {} bytes is too long: {} are stored",
                                              value.size(), width));
        }
        all += value;
        all.resize(all.size() + width - value.size(), '\0');
    }
    return all;
}

void Dataset::write(std::span<const std::string> values) const {
    const Handle type = text_type(1);
    const std::string all = packed(values);
    write_raw(all.data(), type.get(), all.size());
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
    if (count != expected)
        throw std::logic_error(fmt::format("{}: {} values for {}", where_, count, expected));
    if (count == 0) return;
    checked(where_, "cannot write", [&]() -> herr_t {
        if (H5Dset_extent(handle_.get(), sizes.data()) < 0) return -1;
        const Handle file_space(H5Dget_space(handle_.get()), H5Sclose);
        const int rank = static_cast<int>(sizes.size());
        const Handle memory_space(H5Screate_simple(rank, added.data(), nullptr), H5Sclose);
        if (H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr,
                                added.data(), nullptr) < 0)
            return -1;
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
    const Handle type = text_type(1);
    const std::string all = packed(values);
    append_raw(all.data(), type.get(), all.size(), rows);
}

namespace {

std::size_t product(const std::vector<std::size_t>& extents) {
    std::size_t count = 1;
    for (const std::size_t n : extents)
        count *= n;
    return count;
}

/// Number of values; a damaged or hostile file may claim any. Deflate shrinks to a thousandth at
/// best, and what was never written counts by the megabyte.
std::size_t checked_count(const std::vector<std::size_t>& extents, const std::string& where,
                          const Storage& storage) {
    const std::uint64_t most = 1100 * storage.size() + (std::uint64_t{1} << 20);
    std::uint64_t count = 1;
    for (const std::size_t n : extents) {
        if (n != 0 && count > most / n)
            throw IoError(where, "has more values than the file can hold");
        count *= n;
    }
    return static_cast<std::size_t>(count);
}

}  // namespace

std::vector<double> Dataset::read() const {
    if (is_text()) throw IoError(where_, "is text, not numbers");
    std::vector<double> values(checked_count(extents(), where_, *storage_));
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
    if (index >= all[0] || values.size() != product(all) / std::max<std::size_t>(all[0], 1))
        throw std::logic_error(fmt::format("{}: no such row of {}", where_, values.size()));
    checked(where_, "cannot read", [&]() -> herr_t {
        const Handle file_space(H5Dget_space(handle_.get()), H5Sclose);
        const Handle memory_space(
            H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
        if (H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr,
                                count.data(), nullptr) < 0)
            return -1;
        return H5Dread(handle_.get(), H5T_NATIVE_FLOAT, memory_space.get(), file_space.get(),
                       H5P_DEFAULT, values.data());
    });
}

std::vector<std::string> Dataset::read_text() const {
    if (!is_text()) throw IoError(where_, "is not text");
    const Handle stored(H5Dget_type(handle_.get()), H5Tclose);
    const std::vector<std::size_t> sizes = extents();
    const std::size_t count = checked_count(sizes, where_, *storage_);
    std::vector<std::string> values;
    if (count == 0) return values;
    if (H5Tis_variable_str(stored.get()) > 0) {  // of files that others wrote
        std::vector<char*> list(count, nullptr);
        const Handle type = any_text_type();
        checked(where_, "cannot read", [&] {
            return H5Dread(handle_.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, list.data());
        });
        for (const char* text : list)
            values.emplace_back(text == nullptr ? "" : text);
        const Handle space(H5Dget_space(handle_.get()), H5Sclose);
        H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, list.data());
        return values;
    }
    if (sizes.empty() || H5Tget_size(stored.get()) != 1)
        throw IoError(where_, "is not a list of texts as neocol writes it");
    std::string all(count, '\0');
    checked(where_, "cannot read", [&] {
        return H5Dread(handle_.get(), stored.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data());
    });
    const std::size_t width = sizes.back();
    for (std::size_t at = 0; at < count; at += width) {
        const std::string_view text = std::string_view(all).substr(at, width);
        const std::size_t last = text.find_last_not_of('\0');
        values.emplace_back(text.substr(0, last == text.npos ? 0 : last + 1));
    }
    return values;
}

namespace {

/// Integers as netCDF expects them: one is a scalar.
void set_integers(Id object, const std::string& where, const char* name,
                  const std::vector<std::int32_t>& values) {
    checked(
        where, "cannot write an attribute",
        [&]() -> herr_t {
            const hsize_t extent = values.size();
            const Handle space(
                values.size() == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nullptr),
                H5Sclose);
            const Handle attribute(
                H5Acreate2(object, name, H5T_STD_I32LE, space.get(), H5P_DEFAULT, H5P_DEFAULT),
                H5Aclose);
            return attribute ? H5Awrite(attribute.get(), H5T_NATIVE_INT32, values.data()) : -1;
        });
}

}  // namespace

void Dataset::make_scale() const {
    checked(where_, "cannot make a dimension scale",
            [&] { return H5DSset_scale(handle_.get(), name_.c_str()); });
    set_integers(handle_.get(), where_, "_Netcdf4Dimid", {storage_->next_scale()});
}

void Dataset::attach_scale(unsigned dimension, const Dataset& scale) const {
    checked(
        where_, "cannot attach a dimension scale",
        [&] { return H5DSattach_scale(handle_.get(), scale.handle_.get(), dimension); });
}

std::string Group::child(const std::string& name) const {
    return where_.ends_with('/') ? where_ + name : where_ + '/' + name;
}

/// Length of texts: a dimension without values, as netCDF has it. Its name is no identifier, so
/// that nothing a model names can be in its way.
Dataset Group::text_length(std::size_t width) const {
    const std::string name = fmt::format("text-{}", width);
    if (has(name)) return dataset(name);
    Dataset length = create(name, Type::uint8, {.extents = {width}, .chunk = {}});
    const std::string label =
        fmt::format("This is a netCDF dimension but not a netCDF variable.{:>10}", width);
    checked(length.where_, "cannot make a dimension scale",
            [&] { return H5DSset_scale(length.handle_.get(), label.c_str()); });
    set_integers(length.handle_.get(), length.where_, "_Netcdf4Dimid", {storage_->next_scale()});
    return length;
}

Dataset Group::create_texts(const std::string& name, std::size_t width, Layout layout,
                            bool is_scale) const {
    width = std::max<std::size_t>(width, 1);
    const Dataset length = text_length(width);
    layout.extents.push_back(width);
    if (!layout.chunk.empty()) layout.chunk.push_back(width);
    Dataset data = create(name, Type::text, layout);
    data.set("_Encoding", "utf-8");
    if (!is_scale) {
        data.attach_scale(static_cast<unsigned>(layout.extents.size()) - 1, length);
        return data;
    }
    data.make_scale();
    // HDF5 attaches no scale to a scale: netCDF reads the dimensions of such names from here.
    std::int32_t of_length = 0;
    const Handle attribute(H5Aopen(length.handle_.get(), "_Netcdf4Dimid", H5P_DEFAULT), H5Aclose);
    checked(length.where_, "cannot read an attribute",
            [&] { return H5Aread(attribute.get(), H5T_NATIVE_INT32, &of_length); });
    set_integers(data.handle_.get(), data.where_, "_Netcdf4Coordinates",
                 {static_cast<std::int32_t>(data.number("_Netcdf4Dimid")), of_length});
    return data;
}

void Group::set_long(const std::string& name, const std::string& text) const {
    if (text.size() <= most_text_bytes) return set(name, text);
    const std::vector<std::string> values{text};
    create_texts(name, text.size(), {.extents = {}, .chunk = {}, .deflate = 1}).write(values);
}

std::string Group::long_text(const std::string& name) const {
    if (has_attribute(name) || !has(name)) return text(name);
    return dataset(name).read_text().at(0);
}

Group Group::create_group(const std::string& name) const {
    const Handle properties(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
    H5Pset_link_creation_order(properties.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(properties.get(), false);
    const Id id = checked(child(name), "cannot create the group", [&] {
        return H5Gcreate2(handle_.get(), name.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT);
    });
    return Group(Handle(id, H5Gclose), child(name), storage_);
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
    return Dataset(Handle(id, H5Dclose), where, storage_, name);
}

Group Group::group(const std::string& name) const {
    const Id id = checked(child(name), "no such group",
                          [&] { return H5Gopen2(handle_.get(), name.c_str(), H5P_DEFAULT); });
    return Group(Handle(id, H5Gclose), child(name), storage_);
}

Dataset Group::dataset(const std::string& name) const {
    const Id id = checked(child(name), "no such dataset",
                          [&] { return H5Dopen2(handle_.get(), name.c_str(), H5P_DEFAULT); });
    return Dataset(Handle(id, H5Dclose), child(name), storage_, name);
}

bool Group::has(const std::string& name) const {
    const Silence silence;
    return H5Lexists(handle_.get(), name.c_str(), H5P_DEFAULT) > 0;
}

/// Objects of this file: links to other files, or to other names, are not followed.
std::vector<std::string> Group::names(bool of_groups) const {
    std::vector<std::string> all;
    const auto collect = [](hid_t, const char* name, const H5L_info_t* link, void* out) -> herr_t {
        if (link->type == H5L_TYPE_HARD)
            static_cast<std::vector<std::string>*>(out)->emplace_back(name);
        return 0;
    };
    const Silence silence;
    if (H5Literate(handle_.get(), H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, collect, &all) < 0) {
        all.clear();
        if (H5Literate(handle_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &all) < 0)
            throw IoError(where_, "cannot be listed: the group is damaged");
    }
    std::erase_if(all, [&](const std::string& name) {
        if (name.find('-') != name.npos) return true;  // a length of texts
        const Handle object(H5Oopen(handle_.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
        if (!object) throw IoError(child(name), "cannot be opened: it is damaged");
        return H5Iget_type(object.get()) != (of_groups ? H5I_GROUP : H5I_DATASET);
    });
    return all;
}

std::vector<std::string> Group::dataset_names() const {
    return names(false);
}
std::vector<std::string> Group::group_names() const {
    return names(true);
}

}  // namespace neocol::io::hdf5
