#include <stdexcept>
#include <utility>

#include <neocol/files/files.hpp>

#include "hdf5_calls.hpp"
#include "storage.hpp"

namespace neocol::io::hdf5 {

namespace {

/// Keeps HDF5 from tidying up at exit, where it crashes over a file that could not be written (a
/// full disk): files are closed by their owners, and an error has been told by then.
void no_tidying_at_exit() {
    H5dont_atexit();
}

/// Bounds HDF5's cache of what is not data (chunk indices, heaps of texts), which otherwise grows
/// to 32 MiB with the number of rows.
void bound_metadata_cache(Id file) {
    H5AC_cache_config_t config{};
    config.version = H5AC__CURR_CACHE_CONFIG_VERSION;
    if (H5Fget_mdc_config(file, &config) < 0) return;
    config.set_initial_size = true;
    config.initial_size = config.min_size = std::size_t{1} << 20;
    config.max_size = std::size_t{2} << 20;
    H5Fset_mdc_config(file, &config);
}

}  // namespace

File::File() = default;
File::~File() = default;
File::File(File&&) noexcept = default;
File& File::operator=(File&& other) noexcept {
    handle_ = std::move(other.handle_);  // closed while its storage lives
    storage_ = std::move(other.storage_);
    path_ = std::move(other.path_);
    writing_ = other.writing_;
    failed_closes_ = other.failed_closes_;
    return *this;
}

File File::create(const std::string& path, const std::string& kind, std::size_t chunk_cache) {
    no_tidying_at_exit();
    const files::Kind there = files::kind_of(path);
    if (there == files::Kind::folder || there == files::Kind::special) {
        throw IoError(path, there == files::Kind::folder
                                ? "is a folder"
                                : "is no regular file: a device or a pipe");
    }
    files::remove(path);
    File file;
    file.path_ = path;
    file.writing_ = true;
    file.storage_ = Storage::create(path, kind);
    file.failed_closes_ = failed_closes();
    const Handle properties(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    H5Pset_link_creation_order(properties.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(properties.get(), false);
    const Handle access = access_through(*file.storage_, chunk_cache);
    const Id id = checked(path, "cannot create the file", [&] {
        return H5Fcreate(path.c_str(), H5F_ACC_TRUNC, properties.get(), access.get());
    });
    bound_metadata_cache(id);
    file.handle_ = Handle(id, H5Fclose);
    return file;
}

File File::open(const std::string& path, Trust trust) {
    no_tidying_at_exit();
    File file;
    file.path_ = path;
    file.storage_ = Storage::open(path);
    const Storage& storage = *file.storage_;
    const Seal& seal = storage.seal();
    const bool being_written = !seal.kind.empty() && seal.digest.empty();
    const bool trusted =
        storage.is_sealed() || trust == Trust::any || (trust == Trust::written && being_written);
    if (!trusted) {
        throw IoError(path, being_written ? "is being written, or what a run left that was killed"
                            : seal.kind.empty()
                                ? "is not as neocol wrote it: the digest at its end is missing "
                                  "(cut, edited, repacked, or of another program)"
                                : "is not as neocol wrote it: damaged, cut or edited (its contents "
                                  "do not match the digest at its end)");
    }
    const Handle access = access_through(*file.storage_);
    try {
        const Id id = checked(path, "cannot read as HDF5",
                              [&] { return H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()); });
        file.handle_ = Handle(id, H5Fclose);
    } catch (const IoError&) {
        file.check();  // a read that failed looks like damage
        throw;
    }
    return file;
}

Group File::root() const {
    const Id id = checked(path_, "cannot open the root group",
                          [&] { return H5Gopen2(handle_.get(), "/", H5P_DEFAULT); });
    return Group(Handle(id, H5Gclose), path_ + ":/", storage_.get());
}

void File::flush() const {
    checked(path_, "cannot write", [&] { return H5Fflush(handle_.get(), H5F_SCOPE_LOCAL); });
    storage_->check();
}

void File::check() const {
    storage_->check();
}

void File::close() {
    if (!handle_) return;
    if (writing_) {
        flush();
        if (H5Fget_obj_count(handle_.get(), H5F_OBJ_ALL | H5F_OBJ_LOCAL) != 1)
            throw std::logic_error(path_ + ": closed while parts of it are open");
    }
    const bool closed = handle_.reset();
    if (!writing_) return;
    storage_->check();
    if (!closed || failed_closes() != failed_closes_)
        throw IoError(path_, "cannot be written: HDF5 could not close a part of it");
    writing_ = false;
    storage_->finish();
}

std::string File::kind() const {
    return storage_->seal().kind;
}

bool File::is_sealed() const {
    return storage_->is_sealed();
}

std::string kind_of_file(const std::string& path) {
    if (files::kind_of(path) != files::Kind::regular) return {};
    const files::Descriptor file = files::open_to_read(path);
    const std::uint64_t size = files::size_of(file, path);
    if (size < Seal::bytes) return {};
    return Seal::of_line(files::read_at(file, path, size - Seal::bytes, Seal::bytes)).kind;
}

}  // namespace neocol::io::hdf5
