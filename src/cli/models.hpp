#pragma once

#include <memory>
#include <string>
#include <vector>

#include <neocol/cli/command.hpp>
#include <neocol/kernel/kernel.hpp>
#include <neocol/model/model.hpp>

namespace neocol::cli {

/// Folders in which models, devices and sites are looked up.
io::Library library(const Surroundings& surroundings, const std::string& beside = {});

/// The kernels of a model: compiled, or interpreted if asked. `model` must outlive them.
struct Kernels {
    std::vector<std::unique_ptr<kernel::Kernel>> owned;
    std::vector<const kernel::Kernel*> pointers() const;
};
Kernels load_kernels(const model::Model& model, bool interpreter, const std::string& isa,
                     const Surroundings& surroundings);

}  // namespace neocol::cli
