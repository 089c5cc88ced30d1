#include "storage.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <new>
#include <thread>

#include <neocol/core/hash.hpp>

#include "hdf5_calls.hpp"

namespace neocol::io::hdf5 {

namespace {

/// Pages held in memory before they are written, flushed or not.
constexpr std::size_t most_pages = 1024;

/// Largest file that is read while it is written [byte].
constexpr std::uint64_t most_held = std::uint64_t{1} << 30;

constexpr std::string_view start = "\nneocol ", sealed_by = " sha256 ",
                           being_written = " being written, state ";

bool is_digest(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::uint64_t number_in(std::string_view digits) {
    std::uint64_t value = 0;
    for (const char c : digits)
        if (c >= '0' && c <= '9') value = 10 * value + static_cast<std::uint64_t>(c - '0');
    return value;
}

}  // namespace

std::string Seal::line() const {
    std::string text(start);
    text += kind;
    if (!digest.empty())
        text += fmt::format("{}{} of all before this line", sealed_by, digest);
    else
        text += fmt::format("{}{}", being_written, state);
    text.resize(bytes - 1, ' ');
    return text + '\n';
}

Seal Seal::of_line(std::string_view line) {
    Seal seal;
    if (line.size() != bytes || !line.starts_with(start)) return seal;
    line.remove_prefix(start.size());
    const std::size_t blank = line.find(' ');
    if (blank == line.npos) return seal;
    const std::string kind(line.substr(0, blank));
    const std::string_view rest = line.substr(blank);
    if (rest.starts_with(sealed_by)) {
        seal.digest = rest.substr(sealed_by.size(), 64);
        if (!is_digest(seal.digest)) return {};
    } else if (rest.starts_with(being_written)) {
        seal.state = number_in(rest.substr(being_written.size()));
    } else {
        return seal;
    }
    seal.kind = kind;
    // The line as a whole is fixed by what it says: a flipped bit in its padding shows.
    if (seal.line() != std::string(start) + std::string(line)) return {};
    return seal;
}

Storage::Storage(std::string path, files::Descriptor file)
    : path_(std::move(path)), file_(std::move(file)) {}

/// Two multiplications for every 8 bytes: to find what was lost, not a defence against anybody.
Storage::Sum Storage::sum_of(const Page& page) {
    std::uint64_t sum = 0x9e3779b97f4a7c15;
    for (std::size_t i = 0; i < page_bytes; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, page.data() + i, 8);
        sum = (sum ^ word) * 0xff51afd7ed558ccd;
        sum ^= sum >> 32;
    }
    return sum;
}

std::unique_ptr<Storage> Storage::create(const std::string& path, const std::string& kind) {
    int file = -1;
    do {
        file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    } while (file < 0 && errno == EINTR);
    if (file < 0) throw files::CallError(path, "cannot create the file", errno);
    std::unique_ptr<Storage> storage(new Storage(path, files::Descriptor(file)));
    storage->writing_ = true;
    storage->seal_.kind = kind;
    return storage;
}

std::unique_ptr<Storage> Storage::open(const std::string& path) {
    constexpr int most_tries = 40;
    for (int i = 0;; ++i) {
        std::unique_ptr<Storage> storage(new Storage(path, files::open_to_read(path)));
        try {
            if (storage->read_all() || i == most_tries) return storage;
        } catch (const files::CallError&) {
            throw;
        } catch (const IoError&) {
            if (i == most_tries) throw;  // cut between two calls, say
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
}

/// One pass over the file: sums of its pages and the digest. A file that is being written is held
/// in memory. \returns false if a writer changed it meanwhile
bool Storage::read_all() {
    const std::uint64_t length = size_ = files::size_of(file_, path_);
    std::string line;
    if (size_ >= Seal::bytes) {
        line = files::read_at(file_, path_, size_ - Seal::bytes, Seal::bytes);
        seal_ = Seal::of_line(line);
        if (!seal_.kind.empty()) size_ -= Seal::bytes;
    }
    const bool is_open = !seal_.kind.empty() && seal_.digest.empty();
    if (is_open && size_ > most_held)
        throw IoError(path_, "is being written and too large to be read meanwhile: wait for it");
    Sha256 digest;
    for (std::uint64_t at = 0; at < size_; at += page_bytes) {
        const std::size_t n =
            static_cast<std::size_t>(std::min<std::uint64_t>(page_bytes, size_ - at));
        const std::string bytes = files::read_at(file_, path_, at, n);
        digest.add(bytes);
        page_.fill(0);
        std::memcpy(page_.data(), bytes.data(), n);
        sums_.push_back(sum_of(page_));
        if (is_open) pages_[at / page_bytes] = std::make_unique<Page>(page_);
    }
    is_sealed_ = !seal_.digest.empty() && digest.hex() == seal_.digest;
    return !is_open || (files::size_of(file_, path_) == length &&
                        files::read_at(file_, path_, size_, Seal::bytes) == line);
}

void Storage::fail(const char* what, int error) noexcept {
    if (failed_) return;
    failed_ = true;
    failed_call_ = what;
    failure_number_ = error;
}

void Storage::check() const {
    if (!failed_) return;
    if (failure_number_ == ENOMEM) throw std::bad_alloc();
    if (failure_number_ != 0) throw files::CallError(path_, failed_call_, failure_number_);
    throw IoError(path_, failed_call_);
}

bool Storage::read_fully(std::uint64_t at, std::size_t n, std::uint8_t* bytes, std::size_t& got) {
    got = 0;
    while (got < n) {
        const ssize_t part =
            ::pread(file_.get(), bytes + got, n - got, static_cast<off_t>(at + got));
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) {
            fail("cannot be read", errno);
            return false;
        }
        if (part == 0) break;
        got += static_cast<std::size_t>(part);
    }
    return true;
}

/// A page from the file, compared with its sum. What lies beyond the end is 0.
bool Storage::load(std::uint64_t index, Page& page) {
    page.fill(0);
    if (index >= sums_.size()) return true;
    const std::uint64_t at = index * page_bytes;
    const std::uint64_t end = writing_ ? std::min(size_, on_disk_) : size_;
    const std::size_t n =
        at >= end ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(page_bytes, end - at));
    std::size_t got = 0;
    if (!read_fully(at, n, page.data(), got)) return false;
    if (sum_of(page) != sums_[index]) {
        fail(writing_ ? "does not hold what was written to it: the disk, or another program, "
                        "changed it"
                      : "was changed while it was read",
             0);
        return false;
    }
    return true;
}

bool Storage::read(std::uint64_t at, std::size_t n, std::uint8_t* bytes) {
    while (n > 0) {
        const std::uint64_t index = at / page_bytes;
        const std::size_t offset = static_cast<std::size_t>(at % page_bytes);
        const std::size_t part = std::min(n, page_bytes - offset);
        const auto held = pages_.find(index);
        const Page* page = held == pages_.end() ? &page_ : held->second.get();
        if (held == pages_.end() && loaded_ != index) {
            loaded_ = static_cast<std::uint64_t>(-1);
            if (!load(index, page_)) return false;
            loaded_ = index;
        }
        std::memcpy(bytes, page->data() + offset, part);
        at += part;
        bytes += part;
        n -= part;
    }
    return true;
}

Storage::Page* Storage::page_to_write(std::uint64_t index, bool whole) {
    std::unique_ptr<Page>& page = pages_[index];
    if (!page) {
        page = std::make_unique<Page>();
        if (whole) return page.get();
        load(index, *page);  // a failure is kept
    }
    return page.get();
}

void Storage::write(std::uint64_t at, std::size_t n, const std::uint8_t* bytes) {
    loaded_ = static_cast<std::uint64_t>(-1);
    const std::uint64_t end = at + n;
    while (n > 0) {
        const std::uint64_t index = at / page_bytes;
        const std::size_t offset = static_cast<std::size_t>(at % page_bytes);
        const std::size_t part = std::min(n, page_bytes - offset);
        std::memcpy(page_to_write(index, part == page_bytes)->data() + offset, bytes, part);
        at += part;
        bytes += part;
        n -= part;
    }
    if (end > size_) resize(end);
    if (pages_.size() > most_pages && !failed_) write_pages();
}

void Storage::resize(std::uint64_t size) {
    loaded_ = static_cast<std::uint64_t>(-1);
    const std::uint64_t n_pages = (size + page_bytes - 1) / page_bytes;
    if (size < size_) {
        if (const std::size_t left = static_cast<std::size_t>(size % page_bytes); left > 0) {
            Page* page = page_to_write(size / page_bytes, false);
            std::fill(page->begin() + static_cast<std::ptrdiff_t>(left), page->end(),
                      std::uint8_t{0});
        }
        pages_.erase(pages_.lower_bound(n_pages), pages_.end());
        on_disk_ = std::min(on_disk_, size);
    }
    static const Sum of_nothing = sum_of(Page{});
    sums_.resize(n_pages, of_nothing);
    size_ = size;
}

bool Storage::put(std::uint64_t at, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            fail("cannot be written", n < 0 ? errno : ENOSPC);
            return false;
        }
        at += static_cast<std::uint64_t>(n);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

void Storage::cut(std::uint64_t size) {
    int done = 0;
    do {
        done = ::ftruncate(file_.get(), static_cast<off_t>(size));
    } while (done != 0 && errno == EINTR);
    if (done != 0) return fail("cannot be cut", errno);
    length_ = size;
}

void Storage::write_pages() {
    // Takes the last line away: from now on this is no whole state. What a file that shrank has
    // left goes too, so that a gap reads as 0.
    if (length_ > on_disk_) cut(on_disk_);
    has_line_ = false;
    if (failed_) return;
    std::string run;
    std::uint64_t run_at = 0;
    for (const auto& [index, page] : pages_) {
        const std::uint64_t at = index * page_bytes;
        if (at >= size_) continue;
        const std::size_t n =
            static_cast<std::size_t>(std::min<std::uint64_t>(page_bytes, size_ - at));
        sums_[index] = sum_of(*page);
        if (!run.empty() && (run_at + run.size() != at || run.size() >= (std::size_t{1} << 20))) {
            if (!put(run_at, run)) return;
            run.clear();
        }
        if (run.empty()) run_at = at;
        run.append(reinterpret_cast<const char*>(page->data()), n);
        on_disk_ = std::max(on_disk_, at + n);
    }
    if (!put(run_at, run)) return;
    length_ = on_disk_;
    pages_.clear();
}

void Storage::flush() {
    if (size_ == 0) return;  // HDF5 opens a new file twice: nothing is no state
    if (!writing_ || failed_ || (pages_.empty() && has_line_ && on_disk_ == size_)) return;
    write_pages();
    if (failed_) return;
    ++seal_.state;
    if (!put(size_, seal_.line())) return;
    on_disk_ = size_;
    length_ = size_ + Seal::bytes;
    has_line_ = true;
}

void Storage::finish() {
    flush();
    check();
    Sha256 digest;
    Page page;
    for (std::uint64_t index = 0; index < sums_.size(); ++index) {
        if (!load(index, page)) check();
        const std::size_t n = static_cast<std::size_t>(
            std::min<std::uint64_t>(page_bytes, size_ - index * page_bytes));
        digest.add({reinterpret_cast<const char*>(page.data()), n});
    }
    Seal seal;
    seal.kind = seal_.kind;
    seal.digest = digest.hex();
    put(size_, seal.line());
    int done = 0;
    do {
        done = ::fsync(file_.get());
    } while (done != 0 && errno == EINTR);
    if (done != 0) fail("cannot be brought to the disk", errno);
    check();
    if (files::size_of(file_, path_) != size_ + Seal::bytes ||
        files::read_at(file_, path_, size_, Seal::bytes) != seal.line())
        throw IoError(path_, "does not hold what was written to it");
    writing_ = false;
    file_.close(path_);
}

namespace {

/// HDF5's view of a storage.
struct Driver {
    H5FD_t base{};
    Storage* storage = nullptr;
    haddr_t end_of_allocation = 0;
};

struct AccessInfo {
    Storage* storage;
};

Driver* of(H5FD_t* file) {
    return reinterpret_cast<Driver*>(file);
}
const Driver* of(const H5FD_t* file) {
    return reinterpret_cast<const Driver*>(file);
}

H5FD_t* open_driver(const char*, unsigned flags, hid_t access, haddr_t) {
    const auto* info = static_cast<const AccessInfo*>(H5Pget_driver_info(access));
    if (info == nullptr || ((flags & H5F_ACC_RDWR) != 0 && !info->storage->writing()))
        return nullptr;
    auto* driver = new (std::nothrow) Driver;
    if (driver == nullptr) return nullptr;
    driver->storage = info->storage;
    return &driver->base;
}

/// Exceptions do not pass through HDF5: a failed allocation becomes a failure of the storage.
template <typename Call>
herr_t guarded(H5FD_t* file, Call call) {
    try {
        return call(*of(file)->storage) ? 0 : -1;
    } catch (const std::exception&) {
        of(file)->storage->fail("cannot be written", ENOMEM);  // nothing else is thrown
        return of(file)->storage->writing() ? 0 : -1;
    }
}

const H5FD_class_t driver_class = {
    "neocol", static_cast<haddr_t>(-1) >> 1U, H5F_CLOSE_WEAK, nullptr, nullptr, nullptr, nullptr,
    sizeof(AccessInfo), nullptr, nullptr, nullptr, 0, nullptr, nullptr, open_driver,
    [](H5FD_t* file) -> herr_t {
        const herr_t result = guarded(file, [](Storage& s) {
            s.flush();
            return true;
        });
        delete of(file);
        return result;
    },
    [](const H5FD_t* a, const H5FD_t* b) -> int {
        const Storage *first = of(a)->storage, *other = of(b)->storage;
        return first < other ? -1 : (other < first ? 1 : 0);
    },
    // No locks of HDF5's: clusters switch them off, and a reader would stop a writer.
    [](const H5FD_t*, unsigned long* flags) -> herr_t {
        if (flags != nullptr)
            *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
                     H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
                     H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
        return 0;
    },
    nullptr, nullptr, nullptr,
    [](const H5FD_t* file, H5FD_mem_t) -> haddr_t { return of(file)->end_of_allocation; },
    [](H5FD_t* file, H5FD_mem_t, haddr_t end) -> herr_t {
        of(file)->end_of_allocation = end;
        return 0;
    },
    [](const H5FD_t* file, H5FD_mem_t) -> haddr_t { return of(file)->storage->size(); }, nullptr,
    [](H5FD_t* file, H5FD_mem_t, hid_t, haddr_t at, size_t n, void* bytes) -> herr_t {
        bool done = false;
        guarded(file, [&](Storage& s) {
            return done = s.read(at, n, static_cast<std::uint8_t*>(bytes));
        });
        return done ? 0 : -1;
    },
    [](H5FD_t* file, H5FD_mem_t, hid_t, haddr_t at, size_t n, const void* bytes) -> herr_t {
        return guarded(file, [&](Storage& s) {
            s.write(at, n, static_cast<const std::uint8_t*>(bytes));
            return true;
        });
    },
    [](H5FD_t* file, hid_t, hbool_t) -> herr_t {
        return guarded(file, [](Storage& s) {
            s.flush();
            return true;
        });
    },
    [](H5FD_t* file, hid_t, hbool_t) -> herr_t {
        return guarded(file, [&](Storage& s) {
            if (s.writing() && s.size() != of(file)->end_of_allocation)
                s.resize(of(file)->end_of_allocation);
            return true;
        });
    },
    nullptr, nullptr, H5FD_FLMAP_DICHOTOMY};

}  // namespace

Handle access_through(Storage& storage, std::size_t chunk_cache) {
    static const hid_t driver = H5FDregister(&driver_class);
    Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    const AccessInfo info{&storage};
    checked(storage.path(), "cannot set up HDF5",
            [&] { return H5Pset_driver(access.get(), driver, &info); });
    if (chunk_cache > 0) H5Pset_cache(access.get(), 0, 521, chunk_cache, 0.75);
    return access;
}

}  // namespace neocol::io::hdf5
