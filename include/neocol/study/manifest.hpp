#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <neocol/core/hash.hpp>
#include <neocol/files/files.hpp>

namespace neocol::study {

/// A file of a plan as neocol wrote it: the digest of its first bytes.
struct Seal {
    std::string name;         ///< in the plan's folder
    std::uint64_t bytes = 0;  ///< what stands behind them is of an extension that was killed
    std::string sha256;       ///< 64 hexadecimal digits
};

/// One row of the manifest.
struct Case {
    std::uint64_t run = 0;           ///< position in the manifest, from 0
    std::string id;                  ///< 24 hex digits of base scenario, overrides and seed
    std::uint64_t replicate = 0;     ///< from 1
    std::uint64_t seed = 0;          ///< of puncture positions
    std::vector<std::string> cells;  ///< one per column of the design
};

/// Writes `manifest.csv`, or appends to it.
class ManifestWriter {
public:
    /// \param before   of a manifest that grows: what stands behind it is dropped
    /// \param columns  names of the design's columns, for the header of a new file
    /// \throws IoError  also if the manifest is not as neocol wrote it
    ManifestWriter(const std::string& path, const Seal* before,
                   const std::vector<std::string>& columns);
    void append(const Case& planned_case);
    /// Brings everything to the disk, and compares what stands there with what was appended.
    /// \returns the digest of all \throws IoError  full, no permission
    Seal close();

private:
    void put(const std::string& text);

    std::string path_;
    files::AppendFile file_;
    std::string buffer_;
    Sha256 sum_;
};

/// Reads rows of `manifest.csv` by number; keeps the place of every 64th row only.
class Manifest {
public:
    /// \throws IoError  not there, not as neocol wrote it
    Manifest(const std::string& path, const Seal& seal);
    std::uint64_t size() const { return size_; }
    /// Row i; not thread-safe. \throws IoError  there is none, the file changed
    Case row(std::uint64_t i);

private:
    static constexpr std::uint64_t stride = 64;
    std::string path_;
    files::Descriptor file_;
    std::vector<std::uint64_t> places_;  ///< of rows 0, 64, ..., and of the end
    std::uint64_t size_ = 0;
    std::vector<std::string> block_;  ///< rows from first_
    std::uint64_t first_ = 0;
};

/// The digest of a file. \throws IoError  it cannot be read
Seal seal_of(const std::string& path, const std::string& name);

/// \throws IoError  bytes are not those of the seal
void check_seal(const Seal& seal, const std::string& bytes, const std::string& path);

}  // namespace neocol::study
