#include "kernel_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>

#include <fmt/format.h>
#include <neocol/core/hash.hpp>

#include "procedure_kernel.hpp"

namespace neocol::kernel {

namespace {

constexpr std::string_view signed_mark = "\nneocol kernel 1 hmac-sha256 ";
constexpr std::string_view digest_mark = "\nneocol kernel 1 sha256 ";
constexpr std::size_t n_digits = 64;

/// What is signed: object and purpose, so that a signature serves nothing else.
std::string message(std::string_view object, const KernelSource& source) {
    std::string text =
        fmt::format("neocol kernel, abi {}, instruction set '{}', source {}\n",
                    static_cast<int>(abi::NK_ABI_VERSION), source.isa, source.digest);
    return text.append(object);
}

/// The bytes before a final line `mark` HEX, and HEX.
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view bytes,
                                                                   std::string_view mark) {
    const std::size_t n_line = mark.size() + n_digits + 1;
    if (bytes.size() < n_line || bytes.back() != '\n') return std::nullopt;
    const std::string_view line = bytes.substr(bytes.size() - n_line);
    if (!line.starts_with(mark)) return std::nullopt;
    return std::pair(bytes.substr(0, bytes.size() - n_line), line.substr(mark.size(), n_digits));
}

bool is_safe(const struct stat& status, const struct stat* program) {
    const bool owned = status.st_uid == 0 || status.st_uid == geteuid() ||
                       (program != nullptr && status.st_uid == program->st_uid);
    const bool group_may =
        program != nullptr && (program->st_mode & S_IWGRP) != 0 && program->st_gid == status.st_gid;
    return owned && (status.st_mode & S_IWOTH) == 0 &&
           ((status.st_mode & S_IWGRP) == 0 || group_may);
}

}  // namespace

std::string with_signature(std::string object, const KernelSource& source, const std::string& key) {
    const std::string signature = hmac_sha256_hex(key, message(object, source));
    return object.append(signed_mark).append(signature).append("\n");
}

std::string with_digest(std::string object, const KernelSource& source) {
    const std::string digest = sha256_hex(message(object, source));
    return object.append(digest_mark).append(digest).append("\n");
}

std::optional<std::string> signed_object(const std::string& bytes, const KernelSource& source,
                                         const std::string& key) {
    const auto parts = split(bytes, signed_mark);
    if (key.empty() || !parts) return std::nullopt;
    const std::string due = hmac_sha256_hex(key, message(parts->first, source));
    if (!equal_in_constant_time(due, parts->second)) return std::nullopt;
    return std::string(parts->first);
}

std::optional<std::string> digested_object(const std::string& bytes, const KernelSource& source) {
    const auto parts = split(bytes, digest_mark);
    if (!parts || sha256_hex(message(parts->first, source)) != parts->second) return std::nullopt;
    return std::string(parts->first);
}

bool is_as_safe_as_program(int file, const std::string& path, const std::string& program) {
    struct stat of_file {
    }, of_folder{}, of_program{};
    const std::string folder = std::filesystem::path(path).parent_path().string();
    if (fstat(file, &of_file) != 0 || stat(folder.empty() ? "." : folder.c_str(), &of_folder) != 0)
        return false;
    const bool known = !program.empty() && stat(program.c_str(), &of_program) == 0;
    const struct stat* const reference = known ? &of_program : nullptr;
    return is_safe(of_file, reference) && is_safe(of_folder, reference);
}

}  // namespace neocol::kernel
