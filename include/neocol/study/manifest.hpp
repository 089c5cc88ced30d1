#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace neocol::study {

/// One row of the manifest.
struct Case {
    std::uint64_t run = 0;           ///< position in the manifest, from 0
    std::string id;                  ///< 24 hex digits of base scenario, overrides and seed
    std::uint64_t replicate = 0;     ///< from 1
    std::uint64_t seed = 0;          ///< of puncture positions
    std::vector<std::string> cells;  ///< one per column of the design
};

/// Closes a C file.
struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, CloseFile>;

/// Writes `manifest.csv`, or appends to it.
class ManifestWriter {
public:
    /// \param columns  names of the design's columns, for the header of a new file
    ManifestWriter(const std::string& path, const std::vector<std::string>& columns);
    void append(const Case& one);
    /// Hands everything to the disk. \throws IoError  full, no permission
    void close();

private:
    std::string path_;
    FileHandle file_;
};

/// Reads rows of `manifest.csv` by number; keeps the place of every 64th row only.
class Manifest {
public:
    /// \throws IoError  not there, no manifest
    explicit Manifest(const std::string& path);
    std::uint64_t size() const { return size_; }
    /// Row i; not thread-safe. \throws IoError  the file changed
    Case row(std::uint64_t i);
    /// Forgets the rows from number n on: what an extension that was killed left behind.
    void cut(std::uint64_t n);

private:
    static constexpr std::uint64_t stride = 64;
    std::string path_;
    FileHandle file_;
    std::vector<std::uint64_t> places_;
    std::uint64_t size_ = 0;
    std::uint64_t next_ = ~std::uint64_t{0};  ///< row at the file's present place
};

}  // namespace neocol::study
