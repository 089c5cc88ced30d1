#pragma once

#include <optional>
#include <string>

namespace neocol::kernel {

/// Makes `folder` with mode 0700 if it does not exist.
/// \throws IoError  it is a symbolic link, another user's, open to others, or cannot be made
void ensure_private_folder(const std::string& folder);

/// The user's key in a folder that others cannot write, 64 hexadecimal digits; made if there is
/// none.
///
/// It signs the kernels that neocol compiles, so that code is loaded only if this user's neocol
/// made it. Two programs that make it at once agree on one. It never leaves its folder.
/// \throws IoError  others may write the folder, or the file is no key, another user's or open to
/// others
std::string user_key(const std::string& folder);

/// The key if there is one; nothing is made. \throws IoError  as `user_key`
std::optional<std::string> find_user_key(const std::string& folder);

}  // namespace neocol::kernel
