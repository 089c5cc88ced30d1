#include <neocol/files/files.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>

#include "uninterrupted.hpp"

namespace neocol::files {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

/// FNV-1a: two equal sums of what was meant and of what is there, not a defence against anybody.
constexpr std::uint64_t sum_start = 0xcbf29ce484222325;
std::uint64_t sum_of(std::uint64_t sum, std::string_view bytes) {
    for (const char c : bytes)
        sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return sum;
}

[[noreturn]] void refuse(const std::string& path, std::string_view what, int error = errno) {
    throw CallError(path, what, error);
}

void write_all(int file, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t n = uninterrupted([&] { return ::write(file, bytes.data(), bytes.size()); });
        if (n < 0) refuse(path, "cannot be written");
        if (n == 0) refuse(path, "cannot be written", ENOSPC);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

void sync_open(int file, const std::string& path) {
    if (uninterrupted([&] { return ::fsync(file); }) != 0 && errno != EINVAL && errno != ENOTSUP)
        refuse(path, "cannot be brought to the disk");
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

CallError::CallError(std::string path_, std::string_view what, int number_)
    : IoError(std::move(path_), fmt::format("{}: {}", what, std::strerror(number_))),
      number(number_) {}

Kind kind_of(const std::string& path) {
    struct stat status {};
    if (uninterrupted([&] { return ::stat(path.c_str(), &status); }) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return Kind::absent;
        refuse(path, "cannot be looked at");
    }
    if (S_ISREG(status.st_mode)) return Kind::regular;
    return S_ISDIR(status.st_mode) ? Kind::folder : Kind::special;
}

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    DIR* handle = ::opendir(folder.c_str());
    while (handle == nullptr && errno == EINTR)
        handle = ::opendir(folder.c_str());
    if (handle == nullptr) {
        if (errno == ENOENT) return names;
        refuse(folder, "cannot be listed");
    }
    const auto close = [](DIR* open) { ::closedir(open); };
    const std::unique_ptr<DIR, decltype(close)> owner(handle, close);
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(handle);
        if (entry == nullptr) break;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) refuse(folder, "cannot be listed");
    std::sort(names.begin(), names.end());
    return names;
}

void make_folders(const std::string& folder) {
    if (folder.empty() || kind_of(folder) == Kind::folder) return;
    const std::string above = folder_of(folder);
    if (above != folder) make_folders(above);
    if (uninterrupted([&] { return ::mkdir(folder.c_str(), 0777); }) != 0 && errno != EEXIST)
        refuse(folder, "cannot be created");
    if (kind_of(folder) != Kind::folder) throw IoError(folder, "is no folder");
}

bool is_link(const std::string& path) {
    struct stat status {};
    if (uninterrupted([&] { return ::lstat(path.c_str(), &status); }) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return false;
        refuse(path, "cannot be looked at");
    }
    return S_ISLNK(status.st_mode);
}

Descriptor::~Descriptor() {
    if (value_ >= 0) ::close(value_);
}
Descriptor::Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
}

void Descriptor::close(const std::string& path) {
    const int value = std::exchange(value_, -1);
    // Linux gives the descriptor up even where a signal interrupts: nothing to repeat.
    if (value >= 0 && ::close(value) != 0 && errno != EINTR) refuse(path, "cannot be closed");
}

Descriptor open_to_read(const std::string& path) {
    Descriptor file(uninterrupted(
        [&] { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); }));
    if (!file) {
        if (errno == ENOENT) throw IoError(path, "no such file");
        if (errno == EACCES) throw IoError(path, "no permission to read the file");
        refuse(path, "cannot be read");
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) refuse(path, "cannot be looked at");
    if (S_ISDIR(status.st_mode)) throw IoError(path, "is a folder, not a file");
    if (!S_ISREG(status.st_mode))
        throw IoError(path, "is no regular file (a device or a pipe); copy it into a file first");
    return file;
}

std::uint64_t size_of(const Descriptor& file, const std::string& path) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) refuse(path, "cannot be looked at");
    return static_cast<std::uint64_t>(status.st_size);
}

std::string read_at(const Descriptor& file, const std::string& path, std::uint64_t offset,
                    std::size_t n) {
    std::string bytes(n, '\0');
    for (std::size_t done = 0; done < n;) {
        const ssize_t got = uninterrupted([&] {
            return ::pread(file.get(), bytes.data() + done, n - done,
                           static_cast<off_t>(offset + done));
        });
        if (got < 0) refuse(path, "cannot be read");
        if (got == 0) {
            throw IoError(path, fmt::format("ends after {} bytes where {} were expected",
                                            offset + done, offset + n));
        }
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

std::string read(const std::string& path, std::size_t most) {
    const Descriptor file = open_to_read(path);
    const std::uint64_t size = size_of(file, path);
    if (size > most)
        throw IoError(path, fmt::format("has {} bytes; at most {} are read", size, most));
    return read_at(file, path, 0, static_cast<std::size_t>(size));
}

std::optional<std::string> read_if_there(const std::string& path, std::size_t most) {
    if (kind_of(path) == Kind::absent) return std::nullopt;
    return read(path, most);
}

std::string read_of_kernel(const std::string& path) {
    constexpr std::size_t most = std::size_t{1} << 20;
    const Descriptor file(
        uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC); }));
    std::string text;
    char piece[4096];
    while (file && text.size() < most) {
        const ssize_t n = uninterrupted([&] { return ::read(file.get(), piece, sizeof piece); });
        if (n <= 0) break;
        text.append(piece, static_cast<std::size_t>(n));
    }
    return text;
}

NewFile::NewFile(std::string path, unsigned mode)
    : path_(std::move(path)),
      temporary_(fmt::format("{}.part-{}", path_, ::getpid())),
      sum_(sum_start) {
    const auto create = [&] {
        return uninterrupted([&] {
            return ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                          mode);
        });
    };
    int file = create();
    if (file < 0 && errno == EEXIST) {  // of an earlier process of this number
        ::unlink(temporary_.c_str());
        file = create();
    }
    if (file < 0) refuse(path_, "cannot be created");
    file_ = Descriptor(file);
}

NewFile::~NewFile() {
    if (!done_) ::unlink(temporary_.c_str());
}

void NewFile::append(std::string_view bytes) {
    sum_ = sum_of(sum_, bytes);
    n_bytes_ += bytes.size();
    buffer_ += bytes;
    if (buffer_.size() >= buffer_bytes) flush();
}

void NewFile::flush() {
    write_all(file_.get(), buffer_, path_);
    buffer_.clear();
}

void NewFile::commit() {
    flush();
    sync_open(file_.get(), path_);
    std::uint64_t sum = sum_start;
    if (size_of(file_, path_) == n_bytes_) {
        for (std::uint64_t at = 0; at < n_bytes_;) {
            const auto n =
                static_cast<std::size_t>(std::min<std::uint64_t>(buffer_bytes, n_bytes_ - at));
            sum = sum_of(sum, read_at(file_, path_, at, n));
            at += n;
        }
    }
    if (sum != sum_) throw IoError(path_, "does not hold what was written to it");
    file_.close(path_);
    if (uninterrupted([&] { return ::rename(temporary_.c_str(), path_.c_str()); }) != 0)
        refuse(path_, "cannot be put into place");
    done_ = true;
    sync_folder_of(path_);
}

void NewFile::withdraw() noexcept {
    if (done_) ::unlink(path_.c_str());
}

void write(const std::string& path, std::string_view bytes, unsigned mode) {
    NewFile file(path, mode);
    file.append(bytes);
    file.commit();
}

void copy(const std::string& from, const std::string& to) {
    const Descriptor file = open_to_read(from);
    const std::uint64_t size = size_of(file, from);
    NewFile copy(to);
    for (std::uint64_t at = 0; at < size; at += buffer_bytes) {
        copy.append(
            read_at(file, from, at,
                    static_cast<std::size_t>(std::min<std::uint64_t>(buffer_bytes, size - at))));
    }
    copy.commit();
}

AppendFile::AppendFile(std::string path) : path_(std::move(path)) {
    const bool is_new = kind_of(path_) == Kind::absent;
    file_ = Descriptor(uninterrupted([&] {
        return ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0666);
    }));
    if (!file_) refuse(path_, "cannot be written");
    if (!is_new && kind_of(path_) != Kind::regular) throw IoError(path_, "is no regular file");
    size_ = size_of(file_, path_);
    if (is_new) sync_folder_of(path_);
}

void AppendFile::append(std::string_view bytes) {
    write_all(file_.get(), bytes, path_);
    size_ += bytes.size();
}

void AppendFile::cut(std::uint64_t size) {
    if (size >= size_) return;
    if (uninterrupted([&] { return ::ftruncate(file_.get(), static_cast<off_t>(size)); }) != 0)
        refuse(path_, "cannot be cut");
    size_ = size;
}

void AppendFile::sync() {
    sync_open(file_.get(), path_);
}

void AppendFile::close() {
    file_.close(path_);
}

void sync(const std::string& path) {
    Descriptor file = open_to_read(path);
    sync_open(file.get(), path);
}

void sync_folder(const std::string& folder) {
    const Descriptor handle(
        uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!handle) {
        // Folders that may be written but not listed cannot be synchronised by anybody.
        if (errno == EACCES || errno == EINVAL || errno == ENOTSUP) return;
        refuse(folder, "cannot be brought to the disk");
    }
    sync_open(handle.get(), folder);
}

void sync_folder_of(const std::string& path) {
    sync_folder(folder_of(path));
}

void rename(const std::string& from, const std::string& to) {
    if (uninterrupted([&] { return ::rename(from.c_str(), to.c_str()); }) != 0)
        refuse(to, "cannot be put into place");
    sync_folder_of(to);
    if (folder_of(from) != folder_of(to)) sync_folder_of(from);
}

void remove(const std::string& path) {
    if (uninterrupted([&] { return ::unlink(path.c_str()); }) != 0 && errno != ENOENT &&
        errno != ENOTDIR)
        refuse(path, "cannot be removed");
}

namespace {

std::string seal_start(std::string_view kind) {
    return fmt::format("# neocol {} sha256 ", kind);
}

}  // namespace

std::string sealed(std::string_view kind, std::string_view text) {
    return fmt::format("{}{}\n{}", seal_start(kind), sha256_hex(text), text);
}

std::string unsealed(std::string_view kind, std::string_view bytes, const std::string& path) {
    const std::string start = seal_start(kind);
    constexpr std::size_t n_digits = 64;
    const std::size_t n_head = start.size() + n_digits + 1;
    if (!bytes.starts_with(start) || bytes.size() < n_head || bytes[n_head - 1] != '\n') {
        throw IoError(path, fmt::format("is not as neocol wrote it: its first line does not start "
                                        "with '{}' and a digest",
                                        start));
    }
    const std::string_view text = bytes.substr(n_head);
    if (bytes.substr(start.size(), n_digits) != sha256_hex(text)) {
        throw IoError(path,
                      "is not as neocol wrote it: damaged, cut or edited (its digest does not "
                      "match)");
    }
    return std::string(text);
}

}  // namespace neocol::files
