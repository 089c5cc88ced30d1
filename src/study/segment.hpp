#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/study/store.hpp>

/// One file of a store: an SQLite database of finished cases with a line behind it that holds its
/// SHA-256. Any SQLite reads such a file; its last line is behind the last page.
///
/// SQLite never touches the disk: a segment is built in memory and written whole through the layer
/// `files`, and read whole and compared with its digest before SQLite sees a byte of it.
namespace neocol::study::detail {

/// At most so many cases and bytes in a segment: what one damaged file costs.
inline constexpr std::size_t most_cases_in_segment = 1000;
inline constexpr std::size_t most_bytes_in_segment = std::size_t{2} << 20;

/// `WRITER.TOKEN-NUMBER.CASES.segment`. CASES are the numbers of its cases (case_ranges.hpp), so
/// that they are known where the file cannot be read any more.
struct SegmentName {
    static constexpr std::string_view ending = ".segment";
    /// Longest text of CASES: names of files have 255 bytes at most.
    static constexpr std::size_t longest_cases = 150;

    std::string writer;  ///< such as "all" or "3-of-16"
    std::string token;   ///< of the process
    std::uint64_t number = 0;
    std::vector<std::uint64_t> cases;

    std::string text() const;
    /// Nothing if a text is none.
    static std::optional<SegmentName> parse(std::string_view text);
};

/// A database with the line that makes it a segment.
std::string sealed_segment(std::string database);

/// A segment's bytes. \param store  identity of the list of cases
std::string segment_of(const std::string& store, const std::vector<StoredCase>& rows);

/// Rows of a segment, read from memory.
///
/// A digest proves no good will: the schema has to be the very text that neocol writes, limits hold
/// for everything, and every value is looked at before it is taken.
class Segment {
public:
    /// The fault of a sound segment whose store is another.
    static constexpr std::string_view of_another = "is of another study";

    /// Nothing, with the reason in `fault`, if it is not as neocol wrote it, or of another store.
    /// \throws IoError  it is not there, or cannot be read
    static std::optional<Segment> open(const std::string& path, const std::string& store,
                                       std::string& fault);
    ~Segment();
    Segment(Segment&&) noexcept;
    Segment& operator=(Segment&&) noexcept;

    std::size_t bytes() const;
    /// Calls `each` for every row, in order of numbers and attempts. \returns what is wrong with
    /// one of them, at which the reading ends; empty if nothing is
    std::string rows(const std::function<void(StoredCase)>& each);
    /// Rows of one case. \returns likewise
    std::string rows_of(std::uint64_t run, const std::function<void(StoredCase)>& each);

private:
    struct Implementation;
    explicit Segment(std::unique_ptr<Implementation> implementation);
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::study::detail
