#include <neocol/study/archive.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/files/files.hpp>

#include "lines.hpp"

namespace neocol::study {

namespace fs = std::filesystem;

namespace {

/// A tar file written by libarchive into a file that appears whole or not at all.
///
/// Plain ustar; pax headers are added only for names or sizes that it cannot hold.
class TarFile {
public:
    explicit TarFile(const std::string& path)
        : path_(path), file_(path), tar_(archive_write_new()) {
        if (tar_ == nullptr) throw std::bad_alloc();
        check(archive_write_set_format_pax_restricted(tar_.get()));
        check(archive_write_set_bytes_in_last_block(tar_.get(), 1));
        check(archive_write_open(tar_.get(), this, nullptr, &TarFile::write, nullptr));
    }

    /// Begins a file of `size` bytes, without time or owner.
    void begin(const std::string& name, std::uint64_t size) {
        const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(
            archive_entry_new(), &archive_entry_free);
        if (entry == nullptr) throw std::bad_alloc();
        archive_entry_set_pathname(entry.get(), name.c_str());
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_mtime(entry.get(), 0, 0);
        check(archive_write_header(tar_.get(), entry.get()));
    }

    void put(std::string_view bytes) {
        const la_ssize_t n = archive_write_data(tar_.get(), bytes.data(), bytes.size());
        check(n < 0 ? static_cast<int>(n) : ARCHIVE_OK);
        if (static_cast<std::size_t>(n) != bytes.size())
            throw IoError(path_, "a file grew while it was archived");
    }

    void commit() {
        check(archive_write_close(tar_.get()));
        try {
            file_.commit();
        } catch (...) {
            file_.withdraw();
            throw;
        }
    }
    std::uint64_t size() const { return size_; }

private:
    struct Free {
        void operator()(::archive* tar) const {
            archive_write_fail(tar);  // what is not committed is not finished either
            archive_write_free(tar);
        }
    };

    std::string path_;
    files::NewFile file_;
    std::unique_ptr<::archive, Free> tar_;
    std::exception_ptr error_;  ///< of the file, not to pass through the library
    std::uint64_t size_ = 0;

    static la_ssize_t write(::archive* tar, void* data, const void* bytes, std::size_t n) {
        TarFile& self = *static_cast<TarFile*>(data);
        try {
            self.file_.append({static_cast<const char*>(bytes), n});
        } catch (...) {
            self.error_ = std::current_exception();
            archive_set_error(tar, EIO, "not written");
            return -1;
        }
        self.size_ += n;
        return static_cast<la_ssize_t>(n);
    }

    void check(int status) const {
        if (error_ != nullptr) std::rethrow_exception(error_);
        if (status == ARCHIVE_OK) return;
        if (archive_errno(tar_.get()) == ENOMEM) throw std::bad_alloc();
        const char* reason = archive_error_string(tar_.get());
        throw IoError(path_, reason != nullptr ? reason : "cannot be written");
    }
};

/// Adds a file; \returns its line for SHA256SUMS.
std::string add_file(TarFile& tar, const std::string& path, const std::string& name,
                     const std::string& relative) {
    const std::uint64_t size = files::size_of(files::open_to_read(path), path);
    tar.begin(name, size);
    Sha256 sum;
    const std::uint64_t done = detail::for_pieces(path, [&](std::string_view piece) {
        tar.put(piece);
        sum.add(piece);
    });
    if (done != size) throw IoError(path, "changed while it was archived");
    return fmt::format("{}  {}\n", sum.hex(), relative);
}

bool belongs(const std::string& name) {
    return !name.ends_with(".lock") && !name.ends_with(".tar") &&
           name.find(".part") == std::string::npos;
}

/// Paths of the files to pack, relative to the plan's folder, below `inside` ("" or "results/").
void find_files(const std::string& folder, const std::string& inside,
                std::vector<std::string>& names) {
    for (const std::string& name : files::names_in(folder + '/' + inside)) {
        const std::string relative = inside + name;
        const files::Kind kind = files::kind_of(folder + '/' + relative);
        if (kind == files::Kind::folder && relative != "checkpoints")
            find_files(folder, relative + '/', names);
        else if (kind == files::Kind::regular && belongs(name))
            names.push_back(relative);
    }
}

}  // namespace

ArchiveReport archive(const Plan& plan, const std::string& path) {
    if (files::kind_of(path) != files::Kind::absent || files::is_link(path))
        throw IoError(path, "exists already; -o names another archive");
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
    tar.begin(top + "/SHA256SUMS", sums.size());
    tar.put(sums);
    tar.commit();
    report.bytes = tar.size();
    return report;
}

}  // namespace neocol::study
