#include <cctype>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "hdf5_calls.hpp"

namespace neocol::io::hdf5 {

namespace {

/// HDF5 reports a failed call of the system as a page of numbers; what the system said is enough.
std::string system_part(const std::string& text) {
    const std::size_t found = text.find("errno = ");
    if (found == std::string::npos) return text;
    const int number = std::atoi(text.c_str() + found + 8);
    std::string message = std::strerror(number);
    message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
    return message;
}

}  // namespace

std::string cause() {
    std::string text;
    H5Ewalk2(
        H5E_DEFAULT, H5E_WALK_UPWARD,
        [](unsigned depth, const H5E_error2_t* error, void* out) -> herr_t {
            if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
            return 0;
        },
        &text);
    return system_part(text);
}

Handle text_type() {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
}

Handle::Handle(Handle&& other) noexcept
    : id_(std::exchange(other.id_, -1)), close_(std::exchange(other.close_, nullptr)) {}

Handle& Handle::operator=(Handle&& other) noexcept {
    if (this != &other) {
        reset();
        id_ = std::exchange(other.id_, -1);
        close_ = std::exchange(other.close_, nullptr);
    }
    return *this;
}

bool Handle::reset() noexcept {
    if (id_ < 0) return true;
    const Silence silence;
    return close_(std::exchange(id_, -1)) >= 0;
}

namespace {

void set_attribute(Id object, const std::string& where, const std::string& name, Id stored,
                   Id memory, std::size_t n, const void* data) {
    checked(where, "cannot write an attribute", [&]() -> herr_t {
        if (H5Aexists(object, name.c_str()) > 0 && H5Adelete(object, name.c_str()) < 0) return -1;
        const hsize_t extent = n;
        const Handle space(n == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nullptr),
                           H5Sclose);
        const Handle attribute(
            H5Acreate2(object, name.c_str(), stored, space.get(), H5P_DEFAULT, H5P_DEFAULT),
            H5Aclose);
        return attribute ? H5Awrite(attribute.get(), memory, data) : -1;
    });
}

Handle open_attribute(Id object, const std::string& where, const std::string& name) {
    const std::string what = fmt::format("cannot read attribute '{}'", name);
    return {
        checked(where, what.c_str(), [&] { return H5Aopen(object, name.c_str(), H5P_DEFAULT); }),
        H5Aclose};
}

}  // namespace

void Object::set(const std::string& name, std::string_view text) const {
    const std::string copy(text);
    const char* pointer = copy.c_str();
    const Handle type = text_type();
    set_attribute(handle_.get(), where_, name, type.get(), type.get(), 0, &pointer);
}

void Object::set(const std::string& name, double value) const {
    set_attribute(handle_.get(), where_, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 0, &value);
}

void Object::set(const std::string& name, std::int64_t value) const {
    set_attribute(handle_.get(), where_, name, H5T_STD_I64LE, H5T_NATIVE_INT64, 0, &value);
}

void Object::set(const std::string& name, std::span<const std::uint8_t> values) const {
    set_attribute(handle_.get(), where_, name, H5T_STD_U8LE, H5T_NATIVE_UINT8, values.size(),
                  values.data());
}

bool Object::has_attribute(const std::string& name) const {
    const Silence silence;
    return H5Aexists(handle_.get(), name.c_str()) > 0;
}

std::string Object::text(const std::string& name) const {
    const Handle attribute = open_attribute(handle_.get(), where_, name);
    const Handle stored(H5Aget_type(attribute.get()), H5Tclose);
    if (H5Tget_class(stored.get()) != H5T_STRING || H5Tis_variable_str(stored.get()) <= 0) {
        throw IoError(where_,
                      fmt::format("attribute '{}' is not a text as neocol writes it", name));
    }
    char* pointer = nullptr;
    const Handle memory = text_type();
    checked(where_, "cannot read an attribute",
            [&] { return H5Aread(attribute.get(), memory.get(), &pointer); });
    std::string result = pointer == nullptr ? "" : pointer;
    H5free_memory(pointer);
    return result;
}

double Object::number(const std::string& name) const {
    const Handle attribute = open_attribute(handle_.get(), where_, name);
    const Handle space(H5Aget_space(attribute.get()), H5Sclose);
    if (H5Sget_simple_extent_npoints(space.get()) != 1) {
        throw IoError(where_, fmt::format("attribute '{}' is not one number", name));
    }
    double value = 0.0;
    checked(where_, "cannot read an attribute",
            [&] { return H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value); });
    return value;
}

}  // namespace neocol::io::hdf5
