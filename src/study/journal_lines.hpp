#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/files/files.hpp>
#include <neocol/study/journal.hpp>

namespace neocol::study::detail {

/// CRC-32 (IEEE 802.3) of bytes.
std::uint32_t crc32(std::string_view bytes);

/// One line of a journal: `word run attempt status offset length n_times seconds integrate at
/// #crc`.
struct JournalLine {
    enum class Word { start, end, stop, retry } word = Word::start;
    std::uint64_t run = 0;
    std::uint32_t attempt = 0;
    std::uint8_t status = 0;
    std::uint64_t offset = 0;
    std::uint32_t length = 0, n_times = 0;
    double seconds = 0.0, integrate = 0.0;
    std::string at;  ///< ISO 8601
};
std::string journal_text(const JournalLine& line);

/// What a journal holds beside sound lines.
struct JournalFaults {
    struct Line {
        std::uint64_t number = 0;          ///< from 1
        std::optional<std::uint64_t> run;  ///< the case it seems to be of
    };
    std::vector<Line> damaged;
    std::uint64_t size = 0;  ///< of the journal [byte]
    std::uint64_t torn = 0;  ///< bytes at its end that a kill left of a line
};

/// Calls `each` for every sound line of a journal. What is damaged hides nothing behind it. A
/// journal that is not there has no lines. \throws IoError  it cannot be read
JournalFaults read_journal(const std::string& path,
                           const std::function<void(const JournalLine&)>& each);

/// Drops what a kill left of a journal's last line, and damaged lines once a copy of the journal is
/// kept. \returns what was dropped, for people; empty if nothing but a torn end
std::string mend_journal(const std::string& path);

std::string journal_path(const Plan& plan, std::uint32_t task);
std::string shard_path(const Plan& plan, std::uint32_t task);

/// Numbers of tasks of which `FOLDER/task-NUMBER.ENDING` is there, in order.
std::vector<std::uint32_t> tasks_in(const Plan& plan, const std::string& folder,
                                    const std::string& ending);

/// Calls f(task, path) for every journal of a plan, in order; the retries come first with task -1.
void for_journals(const Plan& plan, const std::function<void(std::int64_t, const std::string&)>& f);

/// Time of day, ISO 8601 in UTC.
std::string now_text();

/// A result as the payload of a shard's record, and back.
/// \throws IoError  it is damaged, or not a result of this plan
std::string encode(const Plan& plan, const StoredCase& result);
StoredCase decode(const Plan& plan, std::string_view payload, const std::string& where);

/// Records of a shard: mark, length of the payload, its CRC-32, payload.
std::string record(const std::string& payload);
class ShardFile {
public:
    /// A shard that is not there is empty. \throws IoError  it cannot be read
    explicit ShardFile(const std::string& path);
    /// The payload of a record of a run of this plan; what is wrong goes to `fault`, and nothing is
    /// returned, if it is not as it was written. \throws IoError  it cannot be read
    std::optional<std::string_view> payload(const Plan& plan, std::uint64_t run,
                                            std::uint64_t offset, std::uint32_t length,
                                            std::string& fault);

private:
    std::string path_;
    files::Descriptor file_;
    std::uint64_t size_ = 0, begin_ = 0;
    std::string buffer_;  ///< of the file from begin_
};

}  // namespace neocol::study::detail
