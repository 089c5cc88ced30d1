#pragma once

#include <cstddef>
#include <vector>

#include <pybind11/numpy.h>

namespace neocol::python {

/// A copy as an array of one or more dimensions; sizes multiply to the number of values.
template <typename Value>
pybind11::array_t<Value> array(const std::vector<Value>& values,
                               std::vector<std::size_t> sizes = {}) {
    if (sizes.empty()) sizes = {values.size()};
    pybind11::array_t<Value> result(sizes);
    std::copy(values.begin(), values.end(), result.mutable_data());
    return result;
}

}  // namespace neocol::python
