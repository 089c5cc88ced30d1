#include <neocol/files/lock.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol::files {
namespace {

/// Start of a process in clock ticks since boot, which tells it from a later one of the same id.
std::string start_of(long pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const std::size_t end = text.rfind(')');  // the name in between may hold anything
    if (end == std::string::npos) return "0";
    std::istringstream fields(text.substr(end + 1));
    std::string field;
    for (int k = 0; k < 20; ++k)
        fields >> field;
    return field;
}

struct Holder {
    std::string host, ticks, started;
    long pid = 0;
};

Holder read_holder(int file) {
    char buffer[512] = {};
    const ssize_t n = pread(file, buffer, sizeof buffer - 1, 0);
    Holder holder;
    if (n > 0) {
        std::istringstream text(buffer);
        text >> holder.host >> holder.pid >> holder.ticks >> holder.started;
    }
    return holder;
}

/// True if the open file is the one that has the name now.
bool is_at(int file, const std::string& path) {
    struct stat open_one {
    }, named{};
    return fstat(file, &open_one) == 0 && stat(path.c_str(), &named) == 0 &&
           open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

bool lives(const Holder& holder, const std::string& host) {
    if (holder.pid <= 0) return false;
    if (holder.host != host) return true;  // nobody here can tell
    return (kill(static_cast<pid_t>(holder.pid), 0) == 0 || errno == EPERM) &&
           start_of(holder.pid) == holder.ticks;
}

}  // namespace

Lock::Lock(const std::string& path, Kind kind, const std::string& what, const std::string& host,
           const std::string& started, File file)
    : path_(path), goes_(file == File::goes) {
    const int operation = (kind == Kind::exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
    int failed = 0;
    do {
        file_ = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        if (file_ < 0 && errno == EINTR) continue;
        if (file_ < 0) {
            throw IoError(path, fmt::format("cannot be written: {}", std::strerror(errno)));
        }
        do {
            failed = flock(file_, operation) == 0 ? 0 : errno;
        } while (failed == EINTR);
        if (failed == 0 && goes_ && !is_at(file_, path)) {  // taken away before we had it
            close(file_);
            file_ = -1;
        }
    } while (file_ < 0);
    const Holder holder = read_holder(file_);
    by_text_ = failed != 0 && failed != EWOULDBLOCK;
    if (failed == EWOULDBLOCK || (by_text_ && kind == Kind::exclusive && lives(holder, host))) {
        close(file_);
        file_ = -1;
        const std::string who =
            holder.pid > 0
                ? fmt::format("process {} on {} since {}", holder.pid, holder.host, holder.started)
                : std::string("tasks of a cluster job");
        throw IoError(path, fmt::format("{} is in use by {}; wait for it or stop it{}", what, who,
                                        by_text_ ? "; if it is gone, remove this file" : ""));
    }
    if (kind == Kind::exclusive) {
        const std::string text =
            fmt::format("{} {} {} {}\n", host, getpid(), start_of(getpid()), started);
        if (ftruncate(file_, 0) != 0 ||
            pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
            const int error = errno;
            close(file_);
            throw IoError(path, fmt::format("cannot be written: {}", std::strerror(error)));
        }
    }
}

Lock::~Lock() {
    if (file_ < 0) return;
    if (goes_) {
        unlink(path_.c_str());  // one that is left is locked by nobody
    } else if (ftruncate(file_, 0) != 0) {
        // The text is for messages only; the lock itself goes with the file handle.
    }
    close(file_);
}

}  // namespace neocol::files
