#include "user_key.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

namespace neocol::kernel {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t key_digits = 64;

std::string key_path(const std::string& folder) {
    return folder + "/kernel.key";
}

[[noreturn]] void refuse(const std::string& path, const std::string& fault) {
    throw IoError(path, fmt::format("the key that signs compiled models {}; remove it, and a new "
                                    "one is made",
                                    fault));
}

/// Fills `out` from the system's source of random numbers.
void fill_random(std::array<unsigned char, key_digits / 2>& out, const std::string& path) {
    for (std::size_t done = 0; done < out.size();) {
        const ssize_t n = getrandom(out.data() + done, out.size() - done, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) throw IoError(path, fmt::format("no random numbers: {}", std::strerror(errno)));
        done += static_cast<std::size_t>(n);
    }
}

/// Writes a key beside its place and links it there, unless somebody was faster.
void make_key(const std::string& folder) {
    const std::string path = key_path(folder);
    std::array<unsigned char, key_digits / 2> bytes{};
    fill_random(bytes, path);
    std::string text;
    for (const unsigned char byte : bytes)
        text += fmt::format("{:02x}", byte);
    std::string temporary = path + "-XXXXXX";
    const int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) throw IoError(path, std::strerror(errno));
    files::Descriptor file(descriptor);
    std::string fault;
    text += '\n';
    if (fchmod(file.get(), 0600) != 0 ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        fsync(file.get()) != 0 ||
        (::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST &&
         ::rename(temporary.c_str(), path.c_str()) != 0))
        fault = std::strerror(errno);
    ::unlink(temporary.c_str());
    if (!fault.empty()) throw IoError(path, "the key cannot be written: " + fault);
    file.close(path);
    files::sync_folder(folder);
}

}  // namespace

namespace {

/// Makes a folder of the user's own, of which others may have none of the permissions `forbidden`.
void ensure_own_folder(const std::string& folder, mode_t forbidden) {
    const auto refused = [&](const std::string& fault) {
        throw IoError(folder, fault +
                                  "; NEOCOL_CACHE names another folder for compiled models, or "
                                  "--interpreter goes on without");
    };
    if (folder.empty()) refused("no folder is named for compiled kernels");
    struct stat status {};
    if (lstat(folder.c_str(), &status) != 0) {
        std::error_code ignored;
        const fs::path parent = fs::path(folder).parent_path();
        if (!parent.empty()) fs::create_directories(parent, ignored);
        if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
            refused(fmt::format("cannot make the folder for compiled kernels: {}",
                                std::strerror(errno)));
        }
        if (lstat(folder.c_str(), &status) != 0) refused(std::strerror(errno));
    }
    const char* fault = nullptr;
    if (S_ISLNK(status.st_mode))
        fault = "is a symbolic link";
    else if (!S_ISDIR(status.st_mode))
        fault = "is no folder";
    else if (status.st_uid != geteuid())
        fault = "belongs to another user";
    else if ((status.st_mode & forbidden) != 0)
        fault = "is open to other users (its mode should be 0700)";
    if (fault != nullptr) {
        refused(
            fmt::format("the folder for compiled kernels {}: code from it would not be safe to "
                        "run",
                        fault));
    }
}

}  // namespace

void ensure_private_folder(const std::string& folder) {
    ensure_own_folder(folder, S_IRWXG | S_IRWXO);
}

std::optional<std::string> find_user_key(const std::string& folder) {
    const std::string path = key_path(folder);
    const files::Descriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        throw IoError(path, fmt::format("the key that signs compiled models cannot be read: {}",
                                        std::strerror(errno)));
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0) throw IoError(path, std::strerror(errno));
    if (!S_ISREG(status.st_mode)) refuse(path, "is no file");
    if (status.st_uid != geteuid()) refuse(path, "belongs to another user");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) refuse(path, "is open to other users");
    if (status.st_size != key_digits + 1) refuse(path, "is damaged");
    std::string key = files::read_at(file, path, 0, key_digits + 1);
    key.pop_back();
    if (key.find_first_not_of("0123456789abcdef") != std::string::npos) refuse(path, "is damaged");
    return key;
}

std::string user_key(const std::string& folder) {
    // Others may look into a folder of settings: the key itself they cannot read.
    ensure_own_folder(folder, S_IWGRP | S_IWOTH);
    if (auto key = find_user_key(folder)) return *key;
    make_key(folder);
    if (auto key = find_user_key(folder)) return *key;
    throw IoError(key_path(folder), "the key was removed while it was made");
}

}  // namespace neocol::kernel
