#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <neocol/study/plan.hpp>

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

/// Reads a journal to its first torn line. \returns length of the sound part [bytes]
std::uint64_t read_journal(const std::string& path,
                           const std::function<void(const JournalLine&)>& each);

std::string journal_path(const Plan& plan, std::uint32_t task);
std::string shard_path(const Plan& plan, std::uint32_t task);

/// Calls f(task, path) for every journal of a plan, in order; the retries come first with task -1.
void for_journals(const Plan& plan, const std::function<void(std::int64_t, const std::string&)>& f);

/// Time of day, ISO 8601 in UTC.
std::string now_text();

/// A result as the payload of a shard's record, and back. \throws IoError  it is damaged
std::string encode(const StoredCase& result);
StoredCase decode(std::string_view payload, const std::string& where);

}  // namespace neocol::study::detail
