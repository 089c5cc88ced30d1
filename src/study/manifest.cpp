#include <neocol/study/manifest.hpp>

#include <cerrno>
#include <charconv>
#include <cstring>

#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol::study {
namespace {

[[noreturn]] void refuse(const std::string& path, const char* what) {
    throw IoError(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

std::uint64_t number(const std::string& path, const std::string& text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, value).ptr != end || text.empty()) {
        throw IoError(path, fmt::format("'{}' stands where a number belongs", text));
    }
    return value;
}

/// Next line without its end; false at the end of the file.
bool next_line(std::FILE* file, std::string& line) {
    line.clear();
    char buffer[512];
    while (std::fgets(buffer, sizeof buffer, file) != nullptr) {
        line += buffer;
        if (line.back() == '\n') {
            line.pop_back();
            return true;
        }
    }
    return !line.empty();
}

}  // namespace

ManifestWriter::ManifestWriter(const std::string& path, const std::vector<std::string>& columns)
    : path_(path), file_(std::fopen(path.c_str(), "a")) {
    if (!file_) refuse(path_, "cannot be written");
    if (std::ftell(file_.get()) == 0) {
        std::string header = "run,id,replicate,seed";
        for (const std::string& column : columns)
            header += ',' + column;
        fmt::print(file_.get(), "{}\n", header);
    }
}

void ManifestWriter::append(const Case& one) {
    std::string line = fmt::format("{},{},{},{}", one.run, one.id, one.replicate, one.seed);
    for (const std::string& cell : one.cells)
        line += ',' + cell;
    line += '\n';
    if (std::fputs(line.c_str(), file_.get()) < 0) refuse(path_, "cannot be written");
}

void ManifestWriter::close() {
    const bool written = std::fflush(file_.get()) == 0 && fsync(fileno(file_.get())) == 0;
    if (!written) refuse(path_, "cannot be written");
    file_.reset();
}

Manifest::Manifest(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "r")) {
    if (!file_) refuse(path_, "cannot be read");
    std::string line;
    if (!next_line(file_.get(), line) || !line.starts_with("run,id,replicate,seed")) {
        throw IoError(path_, "is no manifest of a study");
    }
    std::uint64_t place = static_cast<std::uint64_t>(std::ftell(file_.get()));
    char buffer[1 << 16];
    bool at_start = true;
    while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, file_.get())) {
        for (std::size_t k = 0; k < n; ++k, ++place) {
            if (at_start && size_ % stride == 0) places_.push_back(place);
            at_start = buffer[k] == '\n';
            if (at_start) ++size_;
        }
    }
}

void Manifest::cut(std::uint64_t n) {
    if (n >= size_) return;
    std::fseek(file_.get(), static_cast<long>(places_.at(n / stride)), SEEK_SET);
    std::string line;
    for (std::uint64_t skip = 0; skip < n % stride; ++skip)
        next_line(file_.get(), line);
    if (truncate(path_.c_str(), std::ftell(file_.get())) != 0) refuse(path_, "cannot be cut");
    *this = Manifest(path_);
}

Case Manifest::row(std::uint64_t i) {
    std::string line;
    if (i != next_) {
        const std::uint64_t place = places_.at(i / stride);
        if (std::fseek(file_.get(), static_cast<long>(place), SEEK_SET) != 0) {
            refuse(path_, "cannot be read");
        }
        for (std::uint64_t skip = 0; skip < i % stride; ++skip)
            next_line(file_.get(), line);
    }
    next_ = i + 1;
    std::vector<std::string> cells;
    if (next_line(file_.get(), line)) {
        std::size_t start = 0;
        for (std::size_t comma = 0; comma != std::string::npos; start = comma + 1) {
            comma = line.find(',', start);
            cells.push_back(line.substr(start, comma - start));
        }
    }
    if (cells.size() < 4 || number(path_, cells[0]) != i) {
        throw IoError(path_, fmt::format("has no row {}; it may have been edited", i));
    }
    Case one{i, cells[1], number(path_, cells[2]), number(path_, cells[3]), {}};
    one.cells.assign(cells.begin() + 4, cells.end());
    return one;
}

}  // namespace neocol::study
