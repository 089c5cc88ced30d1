#include <neocol/files/lock.hpp>

#include <cerrno>
#include <csignal>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

#include "uninterrupted.hpp"

namespace neocol::files {
namespace {

/// Start of a process in clock ticks since boot, which tells it from a later one of the same id.
std::string start_of(long pid) {
    const std::string text = read_of_kernel(fmt::format("/proc/{}/stat", pid));
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

/// \param known  out, false if it cannot be read
Holder read_holder(int file, bool& known) {
    char buffer[512] = {};
    const ssize_t n = uninterrupted([&] { return pread(file, buffer, sizeof buffer - 1, 0); });
    known = n >= 0;
    Holder holder;
    if (n > 0) {
        std::istringstream text(buffer);
        text >> holder.host >> holder.pid >> holder.ticks >> holder.started;
    }
    return holder;
}

/// True if the open file is the one that has the name now. \throws CallError  it cannot be told
bool is_at(const Descriptor& file, const std::string& path) {
    struct stat open_one {
    }, named{};
    if (fstat(file.get(), &open_one) != 0) throw CallError(path, "cannot be looked at", errno);
    if (stat(path.c_str(), &named) != 0) {
        if (errno == ENOENT) return false;
        throw CallError(path, "cannot be looked at", errno);
    }
    return open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

/// Writes who holds the lock. \returns an error number, 0 if it is written
int write_holder(int file, std::string_view text) {
    if (uninterrupted([&] { return ftruncate(file, 0); }) != 0) return errno;
    for (off_t at = 0; !text.empty();) {
        const ssize_t n = uninterrupted([&] { return pwrite(file, text.data(), text.size(), at); });
        if (n <= 0) return n < 0 ? errno : ENOSPC;
        at += n;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
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
    Descriptor held;
    int failed = 0;
    do {
        held = Descriptor(uninterrupted([&] {
            return open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        }));
        if (!held) throw CallError(path, "cannot be written", errno);
        failed = uninterrupted([&] { return flock(held.get(), operation); }) == 0 ? 0 : errno;
        // Another may have taken the file away before it was locked here.
    } while (failed == 0 && goes_ && !is_at(held, path));
    bool known = false;
    const Holder holder = read_holder(held.get(), known);
    by_text_ = failed != 0 && failed != EWOULDBLOCK;
    if (by_text_ && !known) throw CallError(path, "cannot be locked", failed);
    if (failed == EWOULDBLOCK || (by_text_ && kind == Kind::exclusive && lives(holder, host))) {
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
        if (const int error = write_holder(held.get(), text); error != 0)
            throw CallError(path, "cannot be written", error);
    }
    file_ = held.release();
}

Lock::~Lock() {
    if (file_ < 0) return;
    if (goes_) {
        // One that is left is locked by nobody.
        uninterrupted([&] { return unlink(path_.c_str()); });
    } else if (uninterrupted([&] { return ftruncate(file_, 0); }) != 0) {
        // The text is for messages only; the lock itself goes with the file handle.
    }
    close(file_);
}

}  // namespace neocol::files
