#pragma once

#include <string>

#include <neocol/kernel/kernel.hpp>

#include "random_model.hpp"

namespace neocol::test {

/// Name of the first function of the kernel interface in which two kernels of a system differ by a
/// bit on these rows, with the place; empty if they agree everywhere.
std::string first_difference(const kernel::Kernel& a, const kernel::Kernel& b,
                             const RandomRow& data);

}  // namespace neocol::test
