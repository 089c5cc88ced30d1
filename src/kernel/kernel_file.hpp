#pragma once

#include <optional>
#include <string>

namespace neocol::kernel {

/// What a compiled kernel is made from, before a compiler is known.
///
/// The text holds no string of the model, so that models that differ in names, titles and comments
/// share a kernel, and nothing that stands in a file can reach the compiler.
struct KernelSource {
    std::string text;              ///< C
    std::string digest;            ///< of the text
    std::string isa;               ///< one of those known, or empty
    std::size_t n_operations = 0;  ///< of the longest procedure
};

/// A shared object as it is stored: its bytes, then a line of fixed length that binds them to the
/// source, instruction set and ABI they were made for, either signed with the user's key or as a
/// plain digest. Loaders of shared objects pass over what follows their end.
///
/// A plain digest finds damage and proves no good will: it counts only in the folders of the
/// program itself, where `is_as_safe_as_program` holds.
std::string with_signature(std::string object, const KernelSource& source, const std::string& key);
std::string with_digest(std::string object, const KernelSource& source);

/// The shared object in `bytes` if the line at its end is right for this source; nothing else.
/// \param key  of the user; empty: none, nothing verifies
std::optional<std::string> signed_object(const std::string& bytes, const KernelSource& source,
                                         const std::string& key);
std::optional<std::string> digested_object(const std::string& bytes, const KernelSource& source);

/// True if nobody could have written the file at `path` who could not have written the program, or
/// anything that runs as this user: file and folder belong to root, to this user or to the owner of
/// the program, and others may write neither (a group may if it may write the program).
/// \param file     an open descriptor of the file at `path`
/// \param program  path of the running program; empty: unknown
bool is_as_safe_as_program(int file, const std::string& path, const std::string& program);

}  // namespace neocol::kernel
