#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command.hpp"

#include <neocol/io/library.hpp>
#include <neocol/kernel/compiled_model.hpp>
#include <neocol/model/model.hpp>
#include <neocol/tissue/skin.hpp>

namespace neocol::cli {

/// Folders in which models, devices and sites are looked up.
io::Library library(const Invocation& invocation);

/// A model by name in the library, or by path.
model::Model read_model(const std::string& name, const Invocation& invocation);

/// The skin of a site that a model's rest is examined in; without layers if the model has none.
tissue::Skin read_skin(const model::Model& model, const std::string& site,
                       const std::string& condition, const Invocation& invocation);

/// How a model's kernels are had.
struct KernelArguments {
    bool interpreter = false;
    std::string isa;  ///< instruction set to compile for; empty: this machine's
};

/// Where this program compiles, keeps and finds kernels, and how it says so.
void set_up_compiler(kernel::CompileOptions& options, const Invocation& invocation);
/// A model compiled, or interpreted if asked, which outlives what is returned.
kernel::CompiledModel compiled_model(const model::Model& model, bool interpreter,
                                     const std::string& isa, const Invocation& invocation);

}  // namespace neocol::cli
