#include <algorithm>
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

Handle text_type(std::size_t bytes) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), std::max<std::size_t>(bytes, 1));
    H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
}

Handle any_text_type() {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
}

namespace {

unsigned& close_failures() {
    static unsigned count = 0;
    return count;
}

}  // namespace

unsigned failed_closes() {
    return close_failures();
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
    const bool closed = close_(std::exchange(id_, -1)) >= 0;
    if (!closed) ++close_failures();
    return closed;
}

namespace {

void set_attribute(Id object, const std::string& where, const std::string& name, Id stored,
                   Id memory, std::size_t n, const void* data) {
    checked(
        where, "cannot write an attribute",
        [&]() -> herr_t {
            if (H5Aexists(object, name.c_str()) > 0 && H5Adelete(object, name.c_str()) < 0)
                return -1;
            const hsize_t extent = n;
            const Handle space(
                n == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nullptr), H5Sclose);
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
    if (text.size() > most_text_bytes) {
        throw IoError(where_, fmt::format("attribute '{}' would have {} bytes; at most {} are "
                                          "stored",
                                          name, text.size(), most_text_bytes));
    }
    std::string copy(text);
    if (copy.empty()) copy.push_back('\0');
    const Handle type = text_type(copy.size());
    set_attribute(handle_.get(), where_, name, type.get(), type.get(), 0, copy.data());
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
    const Handle space(H5Aget_space(attribute.get()), H5Sclose);
    if (H5Tget_class(stored.get()) != H5T_STRING ||
        H5Sget_simple_extent_npoints(space.get()) != 1) {
        throw IoError(where_,
                      fmt::format("attribute '{}' is not a text as neocol writes it", name));
    }
    if (H5Tis_variable_str(stored.get()) <= 0) {
        constexpr std::size_t most = 65536;
        const std::size_t n = H5Tget_size(stored.get());
        if (n > most) throw IoError(where_, fmt::format("attribute '{}' is damaged", name));
        std::string text(n, '\0');
        checked(where_, "cannot read an attribute",
                [&] { return H5Aread(attribute.get(), stored.get(), text.data()); });
        const std::size_t last = text.find_last_not_of('\0');
        text.resize(last == text.npos ? 0 : last + 1);
        return text;
    }
    char* pointer = nullptr;  // of files that others wrote
    const Handle memory = any_text_type();
    checked(where_, "cannot read an attribute",
            [&] { return H5Aread(attribute.get(), memory.get(), &pointer); });
    std::string result = pointer == nullptr ? "" : pointer;
    H5free_memory(pointer);
    return result;
}

std::vector<std::string> Object::attribute_names() const {
    std::vector<std::string> all;
    const auto collect = [](hid_t, const char* name, const H5A_info_t*, void* out) -> herr_t {
        static_cast<std::vector<std::string>*>(out)->emplace_back(name);
        return 0;
    };
    checked(where_, "cannot list the attributes", [&] {
        return H5Aiterate2(handle_.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect, &all);
    });
    return all;
}

bool Object::is_text_attribute(const std::string& name) const {
    const Handle attribute = open_attribute(handle_.get(), where_, name);
    const Handle stored(H5Aget_type(attribute.get()), H5Tclose);
    const Handle space(H5Aget_space(attribute.get()), H5Sclose);
    return H5Tget_class(stored.get()) == H5T_STRING &&
           H5Sget_simple_extent_npoints(space.get()) == 1;
}

std::optional<double> Object::number_if_one(const std::string& name) const {
    const Handle attribute = open_attribute(handle_.get(), where_, name);
    const Handle stored(H5Aget_type(attribute.get()), H5Tclose);
    const Handle space(H5Aget_space(attribute.get()), H5Sclose);
    const H5T_class_t kind = H5Tget_class(stored.get());
    if ((kind != H5T_INTEGER && kind != H5T_FLOAT) ||
        H5Sget_simple_extent_npoints(space.get()) != 1)
        return std::nullopt;
    return number(name);
}

double Object::number(const std::string& name) const {
    const Handle attribute = open_attribute(handle_.get(), where_, name);
    const Handle space(H5Aget_space(attribute.get()), H5Sclose);
    if (H5Sget_simple_extent_npoints(space.get()) != 1)
        throw IoError(where_, fmt::format("attribute '{}' is not one number", name));
    double value = 0.0;
    checked(where_, "cannot read an attribute",
            [&] { return H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value); });
    return value;
}

}  // namespace neocol::io::hdf5
