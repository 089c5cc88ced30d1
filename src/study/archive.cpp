#include <neocol/study/archive.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>

namespace neocol::study {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t tar_block = 512;

[[noreturn]] void refuse(const std::string& path, const char* what) {
    throw IoError(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

/// A ustar header (POSIX.1-1988). Names up to 255 bytes, split at a slash; sizes past 8 GB in the
/// binary form that GNU tar and its kin read.
std::string header(const std::string& name, std::uint64_t size) {
    std::string h(tar_block, '\0');
    const auto put = [&](std::size_t at, const std::string& text) {
        std::copy(text.begin(), text.end(), h.begin() + static_cast<std::ptrdiff_t>(at));
    };
    std::string prefix, rest = name;
    if (name.size() > 100) {
        const std::size_t slash = name.find('/', name.size() - 101);
        if (slash == std::string::npos || slash > 155) {
            throw IoError(name, "the path is too long for a tar archive");
        }
        prefix = name.substr(0, slash);
        rest = name.substr(slash + 1);
    }
    put(0, rest);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    if (size < (std::uint64_t{1} << 33)) {
        put(124, fmt::format("{:011o}", size));
    } else {
        h[124] = static_cast<char>(0x80);
        for (int k = 0; k < 8; ++k)
            h[static_cast<std::size_t>(135 - k)] = static_cast<char>(size >> (8 * k) & 0xff);
    }
    put(136, "00000000000");
    put(148, "        ");
    h[156] = '0';
    put(257, std::string("ustar\0"
                         "00",
                         8));
    put(345, prefix);
    unsigned sum = 0;
    for (const char c : h)
        sum += static_cast<unsigned char>(c);
    put(148, fmt::format("{:06o}", sum) + '\0' + ' ');
    return h;
}

class TarFile {
public:
    explicit TarFile(const std::string& path)
        : path_(path), file_(std::fopen(path.c_str(), "wbx")) {
        if (!file_) refuse(path_, "cannot be created");
    }
    void put(const char* bytes, std::size_t n) {
        if (std::fwrite(bytes, 1, n, file_.get()) != n) refuse(path_, "cannot be written");
        size_ += n;
    }
    void put(const std::string& text) { put(text.data(), text.size()); }
    void fill_block() { put(std::string((tar_block - size_ % tar_block) % tar_block, '\0')); }
    void close() {
        put(std::string(2 * tar_block, '\0'));
        if (std::fflush(file_.get()) != 0) refuse(path_, "cannot be written");
        file_.reset();
    }
    std::uint64_t size() const { return size_; }

private:
    std::string path_;
    FileHandle file_;
    std::uint64_t size_ = 0;
};

/// Adds a file; \returns its line for SHA256SUMS.
std::string add_file(TarFile& tar, const fs::path& path, const std::string& name,
                     const std::string& relative) {
    const std::uint64_t size = fs::file_size(path);
    const FileHandle file(std::fopen(path.c_str(), "rb"));
    if (!file) refuse(path.string(), "cannot be read");
    tar.put(header(name, size));
    Sha256 sum;
    std::string buffer(1 << 20, '\0');
    std::uint64_t done = 0;
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
        tar.put(buffer.data(), n);
        sum.add(std::string_view(buffer).substr(0, n));
        done += n;
    }
    if (done != size) throw IoError(path.string(), "changed while it was archived");
    tar.fill_block();
    return fmt::format("{}  {}\n", sum.hex(), relative);
}

bool belongs(const fs::path& path) {
    const std::string name = path.filename().string();
    return path.extension() != ".lock" && name.find(".part") == std::string::npos &&
           path.extension() != ".tar" && path.parent_path().filename() != "checkpoints";
}

}  // namespace

ArchiveReport archive(const Plan& plan, const std::string& path) {
    const fs::path folder = fs::absolute(plan.folder).lexically_normal();
    const fs::path named = folder.has_filename() ? folder : folder.parent_path();
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(named)) {
        if (entry.is_regular_file() && belongs(entry.path())) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    const std::string top = named.filename().string() + '/';
    ArchiveReport report{path, 0, 0};
    const bool existed = fs::exists(path);
    try {
        TarFile tar(path);
        std::string sums;
        for (const fs::path& file : files) {
            const std::string relative = file.lexically_relative(named).generic_string();
            sums += add_file(tar, file, top + relative, relative);
            ++report.n_files;
        }
        tar.put(header(top + "SHA256SUMS", sums.size()));
        tar.put(sums);
        tar.fill_block();
        tar.close();
        report.bytes = tar.size();
    } catch (...) {
        if (!existed) std::remove(path.c_str());
        throw;
    }
    return report;
}

}  // namespace neocol::study
