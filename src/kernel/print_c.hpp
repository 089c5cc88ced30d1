#pragma once

#include <cstddef>
#include <string>

#include <neocol/model/model.hpp>

namespace neocol::kernel {

/// As `print_c`, and how many operations the longest procedure has: what compilers take time for.
std::string print_c(const model::Model& model, std::size_t& n_operations);

}  // namespace neocol::kernel
