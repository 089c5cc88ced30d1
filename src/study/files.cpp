#include "files.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol::study::detail {

void write_atomically(const std::string& path, std::string_view text) {
    const std::string temporary = fmt::format("{}.part-{}", path, getpid());
    const auto refuse = [&](const char* what) {
        const int error = errno;
        unlink(temporary.c_str());
        throw IoError(path, fmt::format("cannot {}: {}", what, std::strerror(error)));
    };
    const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) refuse("be created");
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t n = write(file, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            close(file);
            refuse("be written");
        }
        done += static_cast<std::size_t>(n);
    }
    const bool synced = fsync(file) == 0;
    if (close(file) != 0 || !synced) refuse("be written to the disk");
    if (rename(temporary.c_str(), path.c_str()) != 0) refuse("be put into place");
}

void sync_folder(const std::string& folder) {
    const int handle = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) return;
    fsync(handle);
    close(handle);
}

}  // namespace neocol::study::detail
