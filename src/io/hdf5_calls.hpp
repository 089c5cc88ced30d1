#pragma once

#include <string>

#include <fmt/format.h>
#include <hdf5.h>

#include <neocol/core/error.hpp>
#include <neocol/io/hdf5.hpp>

/// How hdf5*.cpp call HDF5.
namespace neocol::io::hdf5 {

static_assert(sizeof(Id) == sizeof(hid_t));

/// Keeps HDF5 from printing its error stack while alive.
class Silence {
public:
    Silence() {
        H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    }
    ~Silence() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    H5E_auto2_t function_ = nullptr;
    void* data_ = nullptr;
};

/// Description of the innermost entry of HDF5's error stack: the cause.
std::string cause();

/// Calls HDF5 and turns a negative result into an IoError.
template <typename Call>
auto checked(const std::string& where, const char* what, Call call) {
    const Silence silence;
    const auto result = call();
    if (result < 0) {
        const std::string reason = cause();
        H5Eclear2(H5E_DEFAULT);
        throw IoError(where,
                      reason.empty() ? std::string(what) : fmt::format("{}: {}", what, reason));
    }
    return result;
}

/// Type of a UTF-8 text of `bytes` bytes, and of one of any length, which neocol reads only.
Handle text_type(std::size_t bytes);
Handle any_text_type();

/// Handles that could not be closed so far: what HDF5 loses in a destructor is not lost on us.
unsigned failed_closes();

}  // namespace neocol::io::hdf5
