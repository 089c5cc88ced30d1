#pragma once

#include <memory>
#include <string>
#include <vector>

#include <neocol/kernel/kernel.hpp>

namespace neocol::kernel {

/// How model kernels are compiled and where they are kept.
struct CompileOptions {
    std::string compiler = "cc";
    std::string isa;           ///< resolved, such as "x86-64-v3"; empty: that of this machine
    std::string cache_folder;  ///< private folder for compiled kernels
    std::vector<std::string> search;  ///< folders of kernels built with neocol, read only
};

/// C source of all systems of a model.
std::string print_c(const model::Model& model);

/// Instruction set of this machine as the compiler names it: "x86-64-v4", "x86-64-v3", ... or "".
std::string machine_isa();

/// Compiles (or finds in the cache) and loads the kernels of a model, one per system, in order.
///
/// The cache key is a hash of source, compiler, flags, instruction set and ABI version.
/// \throws Error  no compiler, or it failed; the text says how to go on with the interpreter
/// \throws IoError  the cache folder is not private or not writable
std::vector<std::unique_ptr<Kernel>> load_compiled(const model::Model& model,
                                                   const CompileOptions& options);

}  // namespace neocol::kernel
