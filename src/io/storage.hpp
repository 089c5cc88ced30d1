#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/files/files.hpp>
#include <neocol/io/hdf5_file.hpp>

/// The bytes of an HDF5 file, between HDF5 and the operating system.
namespace neocol::io::hdf5 {

/// Last line of a file neocol wrote: what it is, and the SHA-256 of all bytes before the line.
///
/// It stands behind HDF5's own bytes, where every HDF5 reader leaves it alone; a block before them
/// would keep xarray from telling that the file is HDF5. While a file is written the line counts
/// the states it went through, and is not there between two of them: a reader that finds the same
/// line before and after it copied the file has a whole state.
struct Seal {
    static constexpr std::size_t bytes = 128;

    std::string kind;    ///< "result", "checkpoint", "study"; empty: no seal at all
    std::string digest;  ///< 64 hexadecimal digits; empty: being written
    std::uint64_t state = 0;

    std::string line() const;
    static Seal of_line(std::string_view line);
};

/// What HDF5 reads and writes through, in place of its own driver.
///
/// Writing: pages are held in memory until HDF5 flushes, then written in order, each with a sum of
/// what it should hold; a page that is read again, and every page at the end, is compared with its
/// sum. The first call of the system that fails is kept with its reason, nothing is written after
/// it, and HDF5 is told that all is well: it cannot lose an error that it never sees, nor crash
/// over it. `check` throws it.
///
/// Reading: the digest is compared first, and pages read later are those that it was made of.
class Storage {
public:
    /// \throws IoError  the file exists, or cannot be created
    static std::unique_ptr<Storage> create(const std::string& path, const std::string& kind);
    /// \throws IoError  cannot be read
    static std::unique_ptr<Storage> open(const std::string& path);

    const std::string& path() const { return path_; }
    bool writing() const { return writing_; }
    /// As it was found on opening.
    const Seal& seal() const { return seal_; }
    /// True if the digest in the seal is that of the bytes.
    bool is_sealed() const { return is_sealed_; }

    // Called by HDF5; false: cannot be read.
    bool read(std::uint64_t at, std::size_t n, std::uint8_t* bytes);
    void write(std::uint64_t at, std::size_t n, const std::uint8_t* bytes);
    void resize(std::uint64_t size);
    std::uint64_t size() const { return size_; }
    /// Hands all to the operating system and says in the last line that the state is whole.
    void flush();

    /// Keeps the first failure. \param what  of static storage \param error  errno, or 0
    void fail(const char* what, int error) noexcept;
    /// \throws IoError  the first failure
    void check() const;

    /// Numbers dimension scales for netCDF, from 0.
    std::int32_t next_scale() { return n_scales_++; }

    /// Compares the file with what was written, writes the seal, brings all to the disk, closes.
    /// \throws IoError
    void finish();

private:
    static constexpr std::size_t page_bytes = std::size_t{16} << 10;
    using Page = std::array<std::uint8_t, page_bytes>;
    using Sum = std::uint64_t;

    Storage(std::string path, files::Descriptor file);
    static Sum sum_of(const Page& page);
    bool load(std::uint64_t index, Page& page);
    Page* page_to_write(std::uint64_t index, bool whole);
    bool put(std::uint64_t at, std::string_view bytes);
    void cut(std::uint64_t size);
    void write_pages();
    bool read_all();
    bool read_fully(std::uint64_t at, std::size_t n, std::uint8_t* bytes, std::size_t& got);

    std::string path_;
    files::Descriptor file_;
    bool writing_ = false, is_sealed_ = false;
    Seal seal_;
    std::uint64_t size_ = 0;
    std::uint64_t on_disk_ = 0;  ///< bytes of HDF5's in the file; what lies between is 0
    std::uint64_t length_ = 0;   ///< of the file, with what no longer counts
    bool has_line_ = false;
    std::vector<Sum> sums_;
    std::map<std::uint64_t, std::unique_ptr<Page>> pages_;  ///< not yet written
    std::uint64_t loaded_ = static_cast<std::uint64_t>(-1);
    Page page_{};  ///< the one loaded last
    bool failed_ = false;
    const char* failed_call_ = "";  ///< what failed, in words
    int failure_number_ = 0;        ///< errno; 0: no call of the system failed
    std::int32_t n_scales_ = 0;
};

/// Properties of access through a storage, which outlives the file. \param chunk_cache  as in
/// File::create
Handle access_through(Storage& storage, std::size_t chunk_cache = 0);

}  // namespace neocol::io::hdf5
