#include <neocol/study/archive.hpp>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/files/files.hpp>

#include "lines.hpp"

namespace neocol::study {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t tar_block = 512;

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
    explicit TarFile(const std::string& path) : file_(path) {}
    void put(std::string_view bytes) {
        file_.append(bytes);
        size_ += bytes.size();
    }
    void fill_block() { put(std::string((tar_block - size_ % tar_block) % tar_block, '\0')); }
    void commit() {
        put(std::string(2 * tar_block, '\0'));
        try {
            file_.commit();
        } catch (const IoError&) {
            file_.withdraw();
            throw;
        }
    }
    std::uint64_t size() const { return size_; }

private:
    files::NewFile file_;
    std::uint64_t size_ = 0;
};

/// Adds a file; \returns its line for SHA256SUMS.
std::string add_file(TarFile& tar, const std::string& path, const std::string& name,
                     const std::string& relative) {
    const std::uint64_t size = files::size_of(files::open_to_read(path), path);
    tar.put(header(name, size));
    Sha256 sum;
    const std::uint64_t done = detail::for_pieces(path, [&](std::string_view piece) {
        tar.put(piece);
        sum.add(piece);
    });
    if (done != size) throw IoError(path, "changed while it was archived");
    tar.fill_block();
    return fmt::format("{}  {}\n", sum.hex(), relative);
}

bool belongs(const std::string& name) {
    return !name.ends_with(".lock") && !name.ends_with(".tar") &&
           name.find(".part") == std::string::npos;
}

/// Paths of the files to pack, relative to the plan's folder, below `inside` ("" or "results/").
void find_files(const std::string& folder, const std::string& inside,
                std::vector<std::string>& found) {
    for (const std::string& name : files::names_in(folder + '/' + inside)) {
        const std::string relative = inside + name;
        const files::Kind kind = files::kind_of(folder + '/' + relative);
        if (kind == files::Kind::folder && relative != "checkpoints") {
            find_files(folder, relative + '/', found);
        } else if (kind == files::Kind::regular && belongs(name)) {
            found.push_back(relative);
        }
    }
}

}  // namespace

ArchiveReport archive(const Plan& plan, const std::string& path) {
    if (files::kind_of(path) != files::Kind::absent || files::is_link(path)) {
        throw IoError(path, "exists already; -o names another archive");
    }
    plan.check_inputs();
    plan.manifest();
    std::string top = fs::path(plan.folder).lexically_normal().filename().string();
    if (top.empty() || top == "." || top == "..") {
        std::error_code error;
        fs::path folder = fs::canonical(plan.folder, error);
        if (error) throw IoError(plan.folder, error.message());
        top = folder.filename().string();
    }
    std::vector<std::string> names;
    find_files(plan.folder, "", names);
    std::sort(names.begin(), names.end());
    ArchiveReport report{path, 0, 0};
    TarFile tar(path);
    std::string sums;
    for (const std::string& name : names) {
        sums += add_file(tar, plan.file(name), top + '/' + name, name);
        ++report.n_files;
    }
    tar.put(header(top + "/SHA256SUMS", sums.size()));
    tar.put(sums);
    tar.fill_block();
    tar.commit();
    report.bytes = tar.size();
    return report;
}

}  // namespace neocol::study
