#pragma once

#include <optional>
#include <string>
#include <vector>

#include <neocol/core/error.hpp>
#include <neocol/kernel/compiled.hpp>

#include "kernel_file.hpp"

namespace neocol::kernel {

/// There is no compiler that can be run.
class NoCompiler : public Error {
public:
    using Error::Error;
};

/// A kernel that may be loaded: the bytes that were checked, never the file they came from.
struct CheckedKernel {
    std::string path;    ///< for messages
    std::string object;  ///< a shared object
};

/// First part of the name of every file compiled from this source for this instruction set.
std::string file_prefix(const KernelSource& source);

/// A kernel compiled from this source, by whatever compiler, in one of the folders that came with
/// the program. One that is damaged, or that others could have written, counts as absent.
std::optional<CheckedKernel> find_shipped(const KernelSource& source,
                                          const CompileOptions& options);

/// The same in folders that anybody may have filled, and in the cache: it counts only if it is
/// signed with this user's key.
std::optional<CheckedKernel> find_signed(const KernelSource& source,
                                         const std::vector<std::string>& folders,
                                         const CompileOptions& options);

/// The kernel of this source by this compiler in the cache, compiled if there is none that
/// verifies; by one program at a time.
/// \throws Error  the compiler is missing or fails; \throws IoError  the folder is not writable
CheckedKernel compile_into_cache(const KernelSource& source, const CompileOptions& options);

/// Compiles the source into any folder, with a plain digest.
/// \return path of the file \throws Error, IoError  as above
std::string compile_into(const std::string& folder, const KernelSource& source,
                         const CompileOptions& options);

}  // namespace neocol::kernel
