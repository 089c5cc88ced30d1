#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <neocol/io/hdf5_object.hpp>

namespace neocol::io::hdf5 {

/// Types a dataset is stored as; numbers are converted on the way in and out.
enum class Type { float64, float32, int64, int32, uint8, text };

/// Length of a dimension that may grow.
inline constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

class Dataset : public Object {
public:
    Dataset() = default;
    explicit operator bool() const { return static_cast<bool>(handle_); }

    std::vector<std::size_t> extents() const;
    bool is_text() const;

    /// Writes all values, in the order of the dimensions. \pre as many values as the extents say
    void write(std::span<const double> values) const;
    void write(std::span<const float> values) const;
    void write(std::span<const std::uint8_t> values) const;
    void write(std::span<const std::int32_t> values) const;
    void write(std::span<const std::string> values) const;

    /// Grows the first dimension by `rows` and writes them at its end. \pre it is unlimited
    void append(std::span<const double> values, std::size_t rows = 1) const;
    void append(std::span<const float> values, std::size_t rows = 1) const;
    void append(std::span<const std::uint8_t> values, std::size_t rows = 1) const;
    void append(std::span<const std::int32_t> values, std::size_t rows = 1) const;
    void append(std::span<const std::string> values, std::size_t rows = 1) const;

    /// All values. \throws IoError  of another kind, or more than a file of this size can hold
    std::vector<double> read() const;
    std::vector<std::string> read_text() const;
    /// Values of one index of the first dimension. \pre as many as the other extents say
    void read_row(std::size_t index, std::span<float> values) const;

    /// Makes this dataset of numbers a dimension scale, named as the dataset.
    void make_scale() const;
    /// Labels dimension `dimension` with a scale.
    void attach_scale(unsigned dimension, const Dataset& scale) const;

private:
    friend class Group;
    Dataset(Handle handle, std::string where, Storage* storage, std::string name)
        : Object(std::move(handle), std::move(where), storage), name_(std::move(name)) {}
    std::string packed(std::span<const std::string> values) const;
    void append_raw(const void* values, Id memory_type, std::size_t count, std::size_t rows) const;
    void write_raw(const void* values, Id memory_type, std::size_t count) const;

    std::string name_;
};

/// How a dataset is laid out in the file.
struct Layout {
    std::vector<std::size_t> extents;  ///< empty: a scalar; `unlimited` starts at 0
    std::vector<std::size_t> chunk;    ///< empty: chosen, or contiguous where nothing is unlimited
    int deflate = 0;                   ///< 1 to 9: shuffled and deflated
};

class Group : public Object {
public:
    Group() = default;

    /// \throws IoError  the name is taken
    Group create_group(const std::string& name) const;
    /// \throws std::logic_error  `type` is text: create_texts
    Dataset create(const std::string& name, Type type, const Layout& layout) const;
    /// Texts of at most `width` bytes each, in the manner of netCDF: characters along one more
    /// dimension. `layout` is that of the texts. Longer ones are refused when they are written.
    /// \param is_scale  the texts name the elements of a dimension
    Dataset create_texts(const std::string& name, std::size_t width, Layout layout,
                         bool is_scale = false) const;
    /// An attribute, or, where the text is too long for one, a dataset of the same name.
    void set_long(const std::string& name, const std::string& text) const;
    std::string long_text(const std::string& name) const;

    /// \throws IoError  there is none
    Group group(const std::string& name) const;
    Dataset dataset(const std::string& name) const;

    bool has(const std::string& name) const;
    /// Names of the datasets in it, in order of creation.
    std::vector<std::string> dataset_names() const;
    std::vector<std::string> group_names() const;

private:
    friend class File;
    Group(Handle handle, std::string where, Storage* storage)
        : Object(std::move(handle), std::move(where), storage) {}
    std::string child(const std::string& name) const;
    Dataset text_length(std::size_t width) const;
    std::vector<std::string> names(bool of_groups) const;
};

}  // namespace neocol::io::hdf5
