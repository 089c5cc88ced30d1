#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <neocol/files/files.hpp>

namespace neocol::study::detail {

/// Lines of a file in pieces that memory holds, up to where the file ended when it was opened.
class LineReader {
public:
    /// \throws IoError  absent, unreadable, no regular file
    explicit LineReader(const std::string& path);

    /// Goes to the next line. \returns false after the last \throws IoError
    bool next();
    /// Without its end; of a longer one the first MiB.
    std::string_view line() const { return line_; }
    std::uint64_t number() const { return number_; }  ///< from 1
    std::uint64_t offset() const { return begin_; }   ///< of the line's first byte
    /// False of a last line without a line end.
    bool is_ended() const { return ended_; }
    std::uint64_t size() const { return size_; }  ///< of the file [byte]

private:
    bool fill();

    std::string path_;
    files::Descriptor file_;
    std::uint64_t size_ = 0, read_ = 0, begin_ = 0, number_ = 0;
    std::string buffer_, line_;
    std::size_t at_ = 0;  ///< in the buffer
    bool ended_ = true;
};

/// Calls f for the bytes [0, size) of a file, piece by piece. \returns size
/// \throws IoError  absent, unreadable, shorter
std::uint64_t for_pieces(const std::string& path, const std::function<void(std::string_view)>& f);

/// Copies a file beside itself under the first free name PATH.damaged-N, before something in it is
/// dropped. \returns that name
std::string keep_damaged(const std::string& path);

}  // namespace neocol::study::detail
