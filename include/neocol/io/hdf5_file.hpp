#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <neocol/io/hdf5.hpp>

namespace neocol::io::hdf5 {

/// Which files are opened.
enum class Trust {
    sealed,   ///< only those whose digest is right
    written,  ///< also those that a run writes at the moment, or left when it was killed
    any,      ///< also those that are not as neocol wrote them
};

class File {
public:
    File();
    ~File();
    File(File&&) noexcept;
    File& operator=(File&&) noexcept;

    /// Creates a file, replacing a regular one that exists.
    /// \throws IoError  no such folder, no permission, something else of this name
    /// \param kind         what it is: "result", "checkpoint", "study"
    /// \param chunk_cache  bytes of chunks kept in memory, of each dataset; 0: HDF5's default,
    ///                     1 MiB. Less than a chunk is slow where chunks are written in parts
    static File create(const std::string& path, const std::string& kind,
                       std::size_t chunk_cache = 0);
    /// Opens a file for reading.
    /// \throws IoError  not there, no HDF5 file, not as neocol wrote it
    static File open(const std::string& path, Trust trust = Trust::sealed);

    Group root() const;
    /// Hands everything written so far to the operating system, so that it outlives the program.
    /// \throws IoError  anything since the file was created could not be written
    void flush() const;
    /// \throws IoError  the first failure beneath HDF5, with the system's reason
    void check() const;
    /// Closes; what was written is compared with the file, sealed and brought to the disk.
    /// \pre groups and datasets of the file are gone
    void close();
    explicit operator bool() const { return static_cast<bool>(handle_); }
    const std::string& path() const { return path_; }
    /// Kind in the file's seal; empty if it has none.
    std::string kind() const;
    /// True if the digest is right.
    bool is_sealed() const;

private:
    std::unique_ptr<Storage> storage_;  // outlives the handle
    Handle handle_;
    std::string path_;
    bool writing_ = false;
    unsigned failed_closes_ = 0;
};

/// Kind in the seal of a file; empty if it has none, or is not there.
std::string kind_of_file(const std::string& path);

}  // namespace neocol::io::hdf5
