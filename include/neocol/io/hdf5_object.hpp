#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

class Storage;

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

}  // namespace neocol::io::hdf5
