#include "lines.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol::study::detail {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr std::size_t longest_line = piece_bytes;

}  // namespace

LineReader::LineReader(const std::string& path)
    : path_(path), file_(files::open_to_read(path)), size_(files::size_of(file_, path)) {}

bool LineReader::fill() {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, size_ - read_));
    buffer_ = files::read_at(file_, path_, read_, n);
    read_ += n;
    at_ = 0;
    return n > 0;
}

bool LineReader::next() {
    line_.clear();
    begin_ = read_ - (buffer_.size() - at_);
    if (at_ == buffer_.size() && !fill()) return false;
    ++number_;
    for (ended_ = false; !ended_ && (at_ < buffer_.size() || fill());) {
        const std::size_t end = std::min(buffer_.find('\n', at_), buffer_.size());
        line_.append(buffer_, at_, std::min(end - at_, longest_line - line_.size()));
        ended_ = end < buffer_.size();
        at_ = end + (ended_ ? 1 : 0);
    }
    return true;
}

std::uint64_t for_pieces(const std::string& path, const std::function<void(std::string_view)>& f) {
    const files::Descriptor file = files::open_to_read(path);
    const std::uint64_t size = files::size_of(file, path);
    for (std::uint64_t at = 0; at < size;) {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, size - at));
        f(files::read_at(file, path, at, n));
        at += n;
    }
    return size;
}

std::string keep_damaged(const std::string& path) {
    std::string name;
    for (int n = 1; name.empty(); ++n) {
        const std::string candidate = fmt::format("{}.damaged-{}", path, n);
        if (files::kind_of(candidate) == files::Kind::absent) name = candidate;
    }
    files::NewFile copy(name);
    for_pieces(path, [&](std::string_view piece) { copy.append(piece); });
    copy.commit();
    return name;
}

}  // namespace neocol::study::detail
