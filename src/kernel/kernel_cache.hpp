#pragma once

#include <string>
#include <vector>

#include <neocol/kernel/compiled.hpp>

namespace neocol::kernel {

/// What a compiled kernel is made from, before a compiler is known.
///
/// The text holds no string of the model, so that models that differ in names, titles and comments
/// share a kernel, and nothing that stands in a file can reach the compiler.
struct KernelSource {
    std::string text;    ///< C
    std::string digest;  ///< of the text
    std::string isa;     ///< one of those known, or empty
};

/// First part of the name of every file compiled from this source for this instruction set.
std::string file_prefix(const KernelSource& source);

/// A kernel compiled from this source in one of the folders, by whatever compiler; empty if none.
std::string find_built(const KernelSource& source, const std::vector<std::string>& folders);

/// Makes `folder` with mode 0700 if it does not exist.
/// \throws IoError  it is a symbolic link, another user's, open to others, or cannot be made
void ensure_private_folder(const std::string& folder);

/// Compiles the source into `folder`, unless this compiler has done so before.
/// \return path of the shared object
/// \throws Error  the compiler is missing or fails; \throws IoError  the folder is not writable
std::string compile_into(const std::string& folder, const KernelSource& source,
                         const std::string& compiler);

}  // namespace neocol::kernel
