#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Thin owners of HDF5 identifiers. Every failure is an IoError that names the file and the object;
/// HDF5 itself prints nothing. HDF5 is not used from several threads at once.
///
/// Files end in a line with their kind and the SHA-256 of what is before it, which is compared
/// before HDF5 parses anything; it is written after what the file holds was compared with what HDF5
/// handed over. Texts are of fixed length, for HDF5 is not safe with damaged ones of any other.
namespace neocol::io::hdf5 {

/// What HDF5 calls `hid_t`.
using Id = std::int64_t;

/// Types a dataset is stored as; numbers are converted on the way in and out.
enum class Type { float64, float32, int64, int32, uint8, text };

class Storage;

/// Length of a dimension that may grow.
inline constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

/// Owns one identifier; closes it when destroyed.
class Handle {
public:
    using Close = int (*)(Id);
    Handle() = default;
    Handle(Id id, Close close) : id_(id), close_(close) {}
    ~Handle() { reset(); }
    Handle(Handle&& other) noexcept;
    Handle& operator=(Handle&& other) noexcept;

    Id get() const { return id_; }
    explicit operator bool() const { return id_ >= 0; }
    /// Closes now. \returns false if HDF5 could not, say because the disk is full
    bool reset() noexcept;

private:
    Id id_ = -1;
    Close close_ = nullptr;
};

/// Longest text of an attribute: HDF5 has room for 64 KiB.
inline constexpr std::size_t most_text_bytes = 60000;

/// A group or dataset: what carries attributes.
class Object {
public:
    /// Sets an attribute; one of the same name is replaced. Texts are UTF-8 of at most
    /// `most_text_bytes`.
    void set(const std::string& name, std::string_view text) const;
    void set(const std::string& name, const char* text) const { set(name, std::string_view(text)); }
    void set(const std::string& name, double value) const;
    void set(const std::string& name, std::int64_t value) const;
    void set(const std::string& name, std::span<const std::uint8_t> values) const;

    bool has_attribute(const std::string& name) const;
    /// \throws IoError  no such attribute, or not of this kind
    std::string text(const std::string& name) const;
    double number(const std::string& name) const;
    std::vector<std::string> attribute_names() const;
    bool is_text_attribute(const std::string& name) const;
    /// Nothing if the attribute is no number, or several.
    std::optional<double> number_if_one(const std::string& name) const;

    /// Path of the file and of the object in it, for messages: `run.h5:/fields/tgf_beta`.
    const std::string& where() const { return where_; }

protected:
    Object() = default;
    Object(Handle handle, std::string where, Storage* storage)
        : handle_(std::move(handle)), where_(std::move(where)), storage_(storage) {}

    Handle handle_;
    std::string where_;
    Storage* storage_ = nullptr;  ///< the file's
};

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

/// Which files are opened.
enum class Trust {
    sealed,   ///< only those whose digest is right
    written,  ///< also those that a run writes at the moment, or left when it was killed
    any,      ///< also those that are not as neocol wrote them
};

class File {
public:
    File();
    ~File();
    File(File&&) noexcept;
    File& operator=(File&&) noexcept;

    /// Creates a file, replacing a regular one that exists.
    /// \throws IoError  no such folder, no permission, something else of this name
    /// \param kind         what it is: "result", "checkpoint", "study"
    /// \param chunk_cache  bytes of chunks kept in memory, of each dataset; 0: HDF5's default,
    ///                     1 MiB. Less than a chunk is slow where chunks are written in parts
    static File create(const std::string& path, const std::string& kind,
                       std::size_t chunk_cache = 0);
    /// Opens a file for reading.
    /// \throws IoError  not there, no HDF5 file, not as neocol wrote it
    static File open(const std::string& path, Trust trust = Trust::sealed);

    Group root() const;
    /// Hands everything written so far to the operating system, so that it outlives the program.
    /// \throws IoError  anything since the file was created could not be written
    void flush() const;
    /// \throws IoError  the first failure beneath HDF5, with the system's reason
    void check() const;
    /// Closes; what was written is compared with the file, sealed and brought to the disk.
    /// \pre groups and datasets of the file are gone
    void close();
    explicit operator bool() const { return static_cast<bool>(handle_); }
    const std::string& path() const { return path_; }
    /// Kind in the file's seal; empty if it has none.
    std::string kind() const;
    /// True if the digest is right.
    bool is_sealed() const;

private:
    std::unique_ptr<Storage> storage_;  // outlives the handle
    Handle handle_;
    std::string path_;
    bool writing_ = false;
    unsigned failed_closes_ = 0;
};

/// Kind in the seal of a file; empty if it has none, or is not there.
std::string kind_of_file(const std::string& path);

}  // namespace neocol::io::hdf5
