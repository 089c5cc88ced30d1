#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "hdf5_calls.hpp"

namespace neocol::io::hdf5 {

namespace {

/// Takes a file out of the way that is to be replaced. HDF5 would empty it before it finds that a
/// writer holds it.
void make_way(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    const bool busy = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(descriptor);
    if (busy) {
        throw IoError(path, "another process is writing this file: is the run still going on?");
    }
    ::unlink(path.c_str());
}

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

File File::create(const std::string& path, std::size_t user_block, std::size_t chunk_cache) {
    no_tidying_at_exit();
    make_way(path);
    const Handle properties(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    H5Pset_userblock(properties.get(), user_block);
    H5Pset_link_creation_order(properties.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(properties.get(), false);
    File file;
    file.path_ = path;
    file.writing_ = true;
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    if (chunk_cache > 0) H5Pset_cache(access.get(), 0, 521, chunk_cache, 0.75);
    const Id id = checked(path, "cannot create the file", [&] {
        return H5Fcreate(path.c_str(), H5F_ACC_TRUNC, properties.get(), access.get());
    });
    bound_metadata_cache(id);
    file.handle_ = Handle(id, H5Fclose);
    return file;
}

File File::open(const std::string& path) {
    no_tidying_at_exit();
    if (::access(path.c_str(), F_OK) != 0) throw IoError(path, "no such file");
    if (::access(path.c_str(), R_OK) != 0) throw IoError(path, "no permission to read the file");
    File file;
    file.path_ = path;
    const Id id = checked(path, "cannot read as HDF5",
                          [&] { return H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT); });
    file.handle_ = Handle(id, H5Fclose);
    return file;
}

Group File::root() const {
    const Id id = checked(path_, "cannot open the root group",
                          [&] { return H5Gopen2(handle_.get(), "/", H5P_DEFAULT); });
    return Group(Handle(id, H5Gclose), path_ + ":/");
}

void File::flush() const {
    checked(path_, "cannot write", [&] { return H5Fflush(handle_.get(), H5F_SCOPE_LOCAL); });
}

void File::close() {
    if (!handle_) return;
    if (writing_) flush();
    if (!handle_.reset()) throw IoError(path_, "cannot close the file");
    if (!writing_) return;
    const int descriptor = ::open(path_.c_str(), O_RDONLY);
    if (descriptor < 0) throw IoError(path_, "cannot reopen the file to synchronise it");
    const bool synchronised = ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!synchronised) throw IoError(path_, "cannot bring the file to the disk");
}

}  // namespace neocol::io::hdf5
