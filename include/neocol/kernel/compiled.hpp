#pragma once

#include <memory>
#include <string>
#include <vector>

#include <neocol/kernel/kernel.hpp>

namespace neocol::kernel {

/// How model kernels are compiled and where they are kept.
struct CompileOptions {
    std::string compiler = "cc";  ///< command, may carry arguments; no file may name it
    std::string isa;              ///< resolved, such as "x86-64-v3"; empty: that of this machine
    std::string cache_folder;     ///< private folder for compiled kernels
    std::vector<std::string> search;  ///< folders of kernels built with neocol, read only
};

/// C source of all systems of a model: plain C99 over blocks of `lanes` voxels.
///
/// Nothing that stands in a file reaches it: names are made from numbers (s0, p12), numbers are
/// printed by neocol, and the rest is fixed. Models that differ in names, titles, meanings and
/// comments only give the same text.
std::string print_c(const model::Model& model);

/// \throws InputError  the instruction set is none of those known (empty: this machine's)
void check_isa(const std::string& isa);

/// Instruction set of this machine as the compiler names it: "x86-64-v4", "x86-64-v3", ... or "".
std::string machine_isa();

/// Compiles the kernels of a model into a shared object in `folder`, under the name by which
/// `load_compiled` finds it when `folder` is among CompileOptions::search.
///
/// The folder is made if it does not exist; search folders are not looked at. If `folder` is the
/// cache folder, it must be private.
/// \return path of the shared object
/// \throws Error  no compiler, or it failed; \throws IoError  the folder is not writable
std::string build_kernel(const model::Model& model, const CompileOptions& options,
                         const std::string& folder);

/// Loads the kernels of a model, one per system, in order: from the search folders, from the cache,
/// or freshly compiled into the cache.
///
/// A kernel in a search folder serves whatever compiler made it, so that none is needed to use it:
/// all compilers give the same bits. In the cache, the key is a hash of source, compiler, its
/// version, flags, instruction set and ABI version.
/// \throws Error  no compiler, or it failed; the text says how to go on with the interpreter
/// \throws Error  the instruction set is beyond this machine's
/// \throws IoError  the cache folder is not private or not writable
std::vector<std::unique_ptr<Kernel>> load_compiled(const model::Model& model,
                                                   const CompileOptions& options);

}  // namespace neocol::kernel
