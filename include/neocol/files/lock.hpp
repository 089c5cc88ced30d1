#pragma once

#include <string>

namespace neocol::files {

/// Keeps two programs from writing one thing at once.
///
/// An advisory lock on a file: the system gives it up when its holder ends, however that
/// happens, so that nothing stale is left. The file says who holds it: host, process id, start of
/// the process. Where the file system has no locks, that text decides: a holder on this host that
/// does not live any more is passed over.
class Lock {
public:
    enum class Kind { shared, exclusive };
    enum class File { stays, goes };  ///< when the lock is given up

    /// \param what  what is locked, such as "this study", for the message of whoever comes second
    /// \param host, started  of this process, likewise
    /// \throws IoError  held by another (who, since when, the way out), or the folder is read-only
    Lock(const std::string& path, Kind kind, const std::string& what, const std::string& host,
         const std::string& started, File file = File::stays);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    int file_ = -1;
    std::string path_;
    bool by_text_ = false, goes_ = false;
};

}  // namespace neocol::files
