#include <neocol/io/output_paths.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/hdf5_file.hpp>

namespace neocol::io {

namespace fs = std::filesystem;

namespace {

std::string first_bytes(const std::string& path, std::size_t n) {
    const files::Descriptor file = files::open_to_read(path);
    const std::uint64_t size = files::size_of(file, path);
    return files::read_at(file, path, 0,
                          static_cast<std::size_t>(std::min<std::uint64_t>(size, n)));
}

/// HDF5 of neocol's: sealed, being written, empty (a run killed at its start), or of a version
/// before seals, which named itself in the first attributes.
bool is_our_hdf5(const std::string& path) {
    if (!hdf5::kind_of_file(path).empty()) return true;
    constexpr std::size_t head_bytes = std::size_t{1} << 20;
    const std::string head = first_bytes(path, head_bytes);
    // A run that was killed, or a disk that failed, may have left less than a whole file: under
    // names that nobody else gives, the signature is enough.
    const bool own_name = path.ends_with(".part") || path.ends_with(".checkpoint") ||
                          path.ends_with(".checkpoint.old");
    constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
    if (own_name)
        return head.empty() || head.starts_with(signature) || head.starts_with("neocol checkpoint");
    return head.find(signature) != head.npos && head.find("neocol_version") != head.npos;
}

struct Planned {
    std::string path;
    OutputKind kind;
    bool is_replaced;  ///< without being asked: left by a run of this name
};

bool same_file(const std::string& a, const std::string& b) {
    struct stat of_a {
    }, other{};
    return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &other) == 0 &&
           of_a.st_ino == other.st_ino && of_a.st_dev == other.st_dev;
}

/// Nothing at all, or a regular file that the run does not read. \returns whether it is there
bool check_place(const std::string& path, const std::vector<std::string>& inputs) {
    if (files::is_link(path)) {
        throw InputError(fmt::format("'{}' is a symbolic link, which would be replaced", path),
                         "name the file it leads to, or remove the link");
    }
    const files::Kind there = files::kind_of(path);
    if (there == files::Kind::absent) return false;
    if (there == files::Kind::folder)
        throw InputError(fmt::format("'{}' is a folder", path), "name a file, such as run.h5");
    if (there == files::Kind::special) {
        throw InputError(fmt::format("'{}' is a device or a pipe, not a file", path),
                         "name a file, such as run.h5");
    }
    for (const std::string& input : inputs) {
        if (!same_file(path, input)) continue;
        throw InputError(fmt::format("'{}' would be replaced, and is read by this run", path),
                         "--output names another file");
    }
    return true;
}

[[noreturn]] void refuse_foreign(const std::string& path, std::string_view what) {
    throw InputError(
        fmt::format("'{}' exists and is no {}: it is not replaced, not even with --overwrite", path,
                    what),
        "--output names another file, or move that one");
}

void check_planned(const Planned& planned, const std::vector<std::string>& inputs) {
    if (check_place(planned.path, inputs) && !is_ours(planned.kind, planned.path))
        refuse_foreign(planned.path, name_of(planned.kind));
}

}  // namespace

std::string beside(const std::string& result_path, const std::string& extension) {
    return fs::path(result_path).replace_extension(extension).string();
}

OutputPaths output_paths(const std::string& result_path) {
    OutputPaths paths;
    paths.result = result_path;
    paths.part = result_path + ".part";
    paths.csv = beside(result_path, ".csv");
    paths.live = paths.csv + ".part";
    paths.sidecar = beside(result_path, ".xdmf");
    paths.checkpoint = checkpoint_path(result_path);
    paths.older_checkpoint = older_checkpoint_path(result_path);
    paths.lock = result_path + ".lock";
    return paths;
}

bool is_ours(OutputKind kind, const std::string& path) {
    if (files::kind_of(path) != files::Kind::regular) return false;
    switch (kind) {
        case OutputKind::hdf5:
            return is_our_hdf5(path);
        case OutputKind::table: {
            const std::string head = first_bytes(path, 64);
            return head.starts_with("time [d],") || (head.empty() && path.ends_with(".part"));
        }
        case OutputKind::sidecar:
            return first_bytes(path, 256).find("<Xdmf ") != std::string::npos;
    }
    return false;
}

namespace {

/// A folder that can be written to. \returns it
std::string check_folder(const std::string& path) {
    if (path.empty() || path.ends_with('/') || files::kind_of(path) == files::Kind::folder)
        throw InputError(fmt::format("'{}' is a folder", path), "name a file, such as run.h5");
    const std::string folder = fs::path(path).parent_path().string();
    std::string named = folder.empty() ? "." : folder;
    if (files::kind_of(named) != files::Kind::folder) throw IoError(named, "no such folder");
    if (::access(named.c_str(), W_OK | X_OK) != 0) {
        throw IoError(named, errno == EACCES
                                 ? "no permission to write into the folder"
                                 : fmt::format("cannot be written to: {}", std::strerror(errno)));
    }
    return named;
}

/// No two files of a run under one name.
void check_distinct(const std::string& path, const std::vector<Planned>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (all[i].path == all[j].path) {
                throw InputError(fmt::format("a result cannot be called '{}': the run writes '{}' "
                                             "as another file too",
                                             path, all[i].path),
                                 "results end in .h5, such as run.h5");
            }
        }
    }
}

/// Names of all files beside the result fit into the file system.
void check_name_length(const std::string& path, const std::string& folder) {
    if (::pathconf(folder.c_str(), _PC_NAME_MAX) <= 0) return;
    const auto most = static_cast<std::size_t>(::pathconf(folder.c_str(), _PC_NAME_MAX));
    const std::string longest =
        fs::path(session_checkpoint_path(path, 99)).filename().string() + ".part-0000000";
    if (longest.size() > most) {
        throw IoError(path, fmt::format("the name is too long: files beside the result would "
                                        "have names of {} bytes, and the file system takes {}",
                                        longest.size(), most));
    }
}

}  // namespace

void check_output(const std::string& path, const ResultOptions& options,
                  const std::vector<std::string>& inputs) {
    const OutputPaths paths = output_paths(path);
    const std::string folder = check_folder(path);
    std::vector<Planned> all{{paths.result, OutputKind::hdf5, false},
                             {paths.part, OutputKind::hdf5, true},
                             {paths.live, OutputKind::table, true},
                             {paths.sidecar, OutputKind::sidecar, false},
                             {paths.checkpoint, OutputKind::hdf5, true},
                             {paths.older_checkpoint, OutputKind::hdf5, true},
                             {paths.checkpoint + ".part", OutputKind::hdf5, true},
                             {paths.older_checkpoint + ".part", OutputKind::hdf5, true},
                             {paths.csv, OutputKind::table, false}};
    check_distinct(path, all);
    if (!options.keep_csv) all.pop_back();
    for (const Planned& planned : all) {
        if (!options.overwrite && !planned.is_replaced &&
            files::kind_of(planned.path) != files::Kind::absent) {
            if (planned.path == paths.sidecar && is_ours(planned.kind, planned.path)) continue;
            throw InputError(
                fmt::format("{}'{}' exists", planned.path == paths.result ? "result " : "",
                            planned.path),
                "--overwrite replaces it, --output names another file");
        }
        check_planned(planned, inputs);
    }
    check_name_length(path, folder);
    if (options.overwrite) return;
    const bool resumable = files::kind_of(paths.checkpoint) != files::Kind::absent ||
                           files::kind_of(paths.older_checkpoint) != files::Kind::absent;
    if (resumable || files::kind_of(paths.part) != files::Kind::absent) {
        throw InputError(
            fmt::format("'{}' exists: a run ended before its time",
                        resumable ? paths.checkpoint : paths.part),
            (resumable ? fmt::format("'neocol resume {}' goes on with it, ", paths.checkpoint)
                       : std::string()) +
                "--overwrite discards it, --output names another file");
    }
}

void check_text_output(const std::string& path, const std::string& mark,
                       const std::vector<std::string>& inputs) {
    if (!check_place(path, inputs)) return;
    const std::string head = first_bytes(path, 4096);
    if (!head.empty() && head.find(mark) == head.npos)
        refuse_foreign(path, "file of this kind that neocol wrote");
}

std::unique_ptr<files::Lock> lock_run(const std::string& result_path, const std::string& host,
                                      const std::string& started) {
    const std::string path = output_paths(result_path).lock;
    if (files::kind_of(path) == files::Kind::special)
        throw IoError(path, "is a device or a pipe, and would be the lock of the run");
    return std::make_unique<files::Lock>(
        path, files::Lock::Kind::exclusive,
        fmt::format("the run of '{}' is still going on: its result", result_path), host, started,
        files::Lock::File::goes);
}

}  // namespace neocol::io
