#include <neocol/study/manifest.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "lines.hpp"

namespace neocol::study {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;

[[noreturn]] void refuse_edited(const std::string& path) {
    throw IoError(path,
                  "is not as neocol wrote it: damaged, cut or edited (its digest does not match); "
                  "put a sound copy in its place, or plan the study anew");
}

std::uint64_t number(const std::string& path, const std::string& text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, value).ptr != end || text.empty())
        throw IoError(path, fmt::format("'{}' stands where a number belongs", text));
    return value;
}

/// Calls f for the bytes [0, n) of an open file in pieces.
template <typename F>
void for_bytes(const files::Descriptor& file, const std::string& path, std::uint64_t n, F&& f) {
    for (std::uint64_t at = 0; at < n;) {
        const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, n - at));
        f(files::read_at(file, path, at, piece));
        at += piece;
    }
}

}  // namespace

Seal seal_of(const std::string& path, const std::string& name) {
    Sha256 sum;
    Seal seal{name, 0, {}};
    seal.bytes = detail::for_pieces(path, [&](std::string_view piece) { sum.add(piece); });
    seal.sha256 = sum.hex();
    return seal;
}

void check_seal(const Seal& seal, const std::string& bytes, const std::string& path) {
    if (bytes.size() != seal.bytes || sha256_hex(bytes) != seal.sha256) refuse_edited(path);
}

ManifestWriter::ManifestWriter(const std::string& path, const Seal* before,
                               const std::vector<std::string>& columns)
    : path_(path), file_(path) {
    if (before != nullptr) {
        const files::Descriptor file = files::open_to_read(path);
        if (files::size_of(file, path) < before->bytes) refuse_edited(path);
        Sha256 sum;
        for_bytes(file, path, before->bytes, [&](const std::string& piece) {
            sum.add(piece);
            sum_.add(piece);
        });
        if (sum.hex() != before->sha256) refuse_edited(path);
        file_.cut(before->bytes);
        return;
    }
    std::string header = "run,id,replicate,seed";
    for (const std::string& column : columns)
        header += ',' + column;
    put(header + '\n');
}

void ManifestWriter::put(const std::string& text) {
    sum_.add(text);
    buffer_ += text;
    if (buffer_.size() < piece_bytes) return;
    file_.append(buffer_);
    buffer_.clear();
}

void ManifestWriter::append(const Case& planned_case) {
    std::string line = fmt::format("{},{},{},{}", planned_case.run, planned_case.id,
                                   planned_case.replicate, planned_case.seed);
    for (const std::string& cell : planned_case.cells)
        line += ',' + cell;
    put(line + '\n');
}

Seal ManifestWriter::close() {
    file_.append(buffer_);
    buffer_.clear();
    file_.sync();
    file_.close();
    Seal seal = seal_of(path_, "manifest.csv");
    if (seal.bytes != file_.size() || seal.sha256 != sum_.hex())
        throw IoError(path_, "does not hold what was written to it");
    return seal;
}

Manifest::Manifest(const std::string& path, const Seal& seal)
    : path_(path), file_(files::open_to_read(path)) {
    if (files::size_of(file_, path) < seal.bytes) refuse_edited(path);
    Sha256 sum;
    std::uint64_t place = 0;
    std::uint64_t lines = 0;
    for_bytes(file_, path, seal.bytes, [&](const std::string& piece) {
        sum.add(piece);
        for (std::size_t at = 0; (at = piece.find('\n', at)) != std::string::npos; ++at) {
            // The header is a line too: behind line number k stands row k.
            if (lines++ % stride == 0) places_.push_back(place + at + 1);
        }
        place += piece.size();
    });
    if (sum.hex() != seal.sha256 || lines == 0) refuse_edited(path);
    size_ = lines - 1;
    if (places_.back() != seal.bytes) places_.push_back(seal.bytes);
}

Case Manifest::row(std::uint64_t i) {
    if (i >= size_) throw IoError(path_, fmt::format("has no row {}", i));
    if (block_.empty() || i < first_ || i >= first_ + block_.size()) {
        const std::size_t k = i / stride;
        const std::string bytes =
            files::read_at(file_, path_, places_.at(k),
                           static_cast<std::size_t>(places_.at(k + 1) - places_.at(k)));
        block_.clear();
        first_ = k * stride;
        for (std::size_t start = 0; start < bytes.size();) {
            const std::size_t end = std::min(bytes.find('\n', start), bytes.size());
            block_.push_back(bytes.substr(start, end - start));
            start = end + 1;
        }
    }
    std::vector<std::string> cells;
    if (i - first_ < block_.size()) {
        const std::string& line = block_[i - first_];
        std::size_t start = 0;
        for (std::size_t comma = 0; comma != std::string::npos; start = comma + 1) {
            comma = line.find(',', start);
            cells.push_back(line.substr(start, comma - start));
        }
    }
    if (cells.size() < 4 || number(path_, cells[0]) != i)
        throw IoError(path_, fmt::format("has no row {}; it changed while it was read", i));
    Case planned_case{i, cells[1], number(path_, cells[2]), number(path_, cells[3]), {}};
    planned_case.cells.assign(cells.begin() + 4, cells.end());
    return planned_case;
}

}  // namespace neocol::study
