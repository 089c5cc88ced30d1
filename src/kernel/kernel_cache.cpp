#include "kernel_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/files/files.hpp>

#include "command.hpp"
#include "procedure_kernel.hpp"
#include "user_key.hpp"

namespace neocol::kernel {

namespace fs = std::filesystem;

namespace {

constexpr const char* way_out = "run with --interpreter to go on without a compiler";

/// No kernel of a model is near it.
constexpr std::size_t most_object_bytes = std::size_t{256} << 20;

/// Processor time of a compiler [s]; what may be compiled takes a tenth of it.
constexpr unsigned most_compiler_seconds = 600;

/// A folder that is removed with its content.
class TemporaryFolder {
public:
    explicit TemporaryFolder(const std::string& parent) : path_(parent + "/build-XXXXXX") {
        if (mkdtemp(path_.data()) == nullptr) {
            throw IoError(parent,
                          fmt::format("cannot write there: {}; NEOCOL_CACHE names another folder "
                                      "for compiled models",
                                      std::strerror(errno)));
        }
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string file(const char* name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// Waits until nobody else in this cache compiles the same kernel. Where the file system has no
/// locks nobody waits, and the last one to finish puts its file in place.
class CompileLock {
public:
    CompileLock(std::string path, const std::atomic<bool>* stop) : path_(std::move(path)) {
        while (true) {
            file_ = files::Descriptor(
                ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
            if (!file_) throw IoError(path_, std::strerror(errno));
            if (!wait(stop)) return;
            // The one before removed the file with its lock: the next one made another.
            struct stat held {
            }, named{};
            if (fstat(file_.get(), &held) != 0)
                throw files::CallError(path_, "cannot be looked at", errno);
            if (stat_of(named) && held.st_ino == named.st_ino) return;
        }
    }
    ~CompileLock() { ::unlink(path_.c_str()); }
    CompileLock(const CompileLock&) = delete;
    CompileLock& operator=(const CompileLock&) = delete;

private:
    /// False if it is not there.
    bool stat_of(struct stat& status) const {
        if (::stat(path_.c_str(), &status) == 0) return true;
        if (errno == ENOENT) return false;
        throw files::CallError(path_, "cannot be looked at", errno);
    }

    /// False where there are no locks.
    bool wait(const std::atomic<bool>* stop) const {
        while (flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EINTR) continue;
            if (errno != EWOULDBLOCK) return false;
            if (stop != nullptr && stop->load()) throw Stopped();
            const timespec pause{0, 50'000'000};
            nanosleep(&pause, nullptr);
        }
        return true;
    }

    std::string path_;
    files::Descriptor file_;
};

/// The last lines of a text.
std::string tail(const std::string& text, int n_lines) {
    std::size_t start = text.size();
    for (int line = 0; line <= n_lines && start != std::string::npos && start > 0; ++line)
        start = text.rfind('\n', start - 1);
    return text.substr(start == std::string::npos ? 0 : start);
}

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> list;
    for (std::string word; stream >> word;)
        list.push_back(word);
    return list;
}

/// Values are those of IEEE arithmetic in the order printed: no contraction, no fast-math.
std::vector<std::string> flags(const KernelSource& source) {
    std::vector<std::string> list{"-std=c99",
                                  "-O3",
                                  "-fPIC",
                                  "-shared",
                                  "-ffp-contract=off",
                                  "-fno-math-errno",
                                  "-fno-trapping-math",
                                  "-fopenmp-simd",
                                  "-fvisibility=default"};
    if (!source.isa.empty()) list.push_back("-march=" + source.isa);
    if (source.isa == "x86-64-v4") list.emplace_back("-mprefer-vector-width=512");
    list.push_back(fmt::format("-DNK_ISA=\"{}\"", source.isa));
    list.push_back(fmt::format("-DNK_SOURCE=\"{}\"", source.digest));
    return list;
}

/// What the compiler says about itself.
std::string compiler_version(const std::string& compiler, const TemporaryFolder& folder,
                             const std::atomic<bool>* stop) {
    std::vector<std::string> command = words(compiler);
    if (command.empty()) throw NoCompiler(fmt::format("no compiler is named; {}", way_out));
    command.emplace_back("--version");
    const std::string log = folder.file("version");
    const CommandEnd end = run_command(command, log, stop);
    if (end.stopped) throw Stopped();
    if (end.status != 0) {
        throw NoCompiler(
            fmt::format("the C compiler '{}' cannot be run (status {}); name another, or {}",
                        compiler, end.status, way_out));
    }
    return files::read(log);
}

/// Name of the file that this compiler, as it describes itself, makes of the source.
std::string file_name(const KernelSource& source, const std::string& compiler,
                      const std::string& version) {
    std::string maker = compiler + "\n" + version;
    for (const std::string& option : flags(source))
        maker += "\n" + option;
    return fmt::format("{}{}.so", file_prefix(source), sha256_hex(maker).substr(0, 16));
}

/// The shared object that the compiler makes of the source.
std::string compile(const KernelSource& source, const CompileOptions& options,
                    const TemporaryFolder& work) {
    const std::string c_file = work.file("kernel.c"), object = work.file("kernel.so"),
                      log = work.file("log");
    files::write(c_file, source.text, 0600);
    std::vector<std::string> command = words(options.compiler);
    const std::vector<std::string> list = flags(source);
    command.insert(command.end(), list.begin(), list.end());
    command.insert(command.end(), {"-o", object, c_file});
    const CommandEnd end = run_command(command, log, options.stop, most_compiler_seconds);
    if (end.stopped) throw Stopped();
    if (end.status != 0 || files::kind_of(object) != files::Kind::regular) {
        throw Error(fmt::format(
            "the C compiler '{}' failed on the kernels of a model (status {}); {}; its last "
            "words:{}",
            options.compiler, end.status, way_out,
            tail("\n" + files::read_if_there(log).value_or(""), 20)));
    }
    return files::read(object, most_object_bytes);
}

std::string key_folder(const CompileOptions& options) {
    return options.key_folder.empty() ? options.cache_folder : options.key_folder;
}

/// Files of a folder that were compiled from this source, in order of their names.
std::vector<std::string> candidates(const KernelSource& source, const std::string& folder) {
    const std::string prefix = file_prefix(source);
    std::vector<std::string> paths;
    std::error_code absent;
    for (fs::directory_iterator entry(folder, absent), end; !absent && entry != end;
         entry.increment(absent)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with(prefix) && name.ends_with(".so"))
            paths.push_back(entry->path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// The bytes of an open file; nothing if they cannot be read, as a kernel can be made anew.
std::optional<std::string> bytes_of(const files::Descriptor& file, const std::string& path) {
    try {
        const std::uint64_t size = files::size_of(file, path);
        if (size > most_object_bytes) return std::nullopt;
        return files::read_at(file, path, 0, static_cast<std::size_t>(size));
    } catch (const IoError&) {
        return std::nullopt;
    }
}

std::optional<files::Descriptor> open_quietly(const std::string& path) {
    try {
        return files::open_to_read(path);
    } catch (const IoError&) {
        return std::nullopt;
    }
}

std::optional<CheckedKernel> read_signed(const std::string& path, const KernelSource& source,
                                         const std::string& key) {
    const auto file = open_quietly(path);
    if (!file) return std::nullopt;
    const auto bytes = bytes_of(*file, path);
    if (!bytes) return std::nullopt;
    auto object = signed_object(*bytes, source, key);
    if (!object) return std::nullopt;
    return CheckedKernel{path, std::move(*object)};
}

}  // namespace

std::string file_prefix(const KernelSource& source) {
    const std::string identity =
        fmt::format("{}\n{}\n{}", static_cast<int>(abi::NK_ABI_VERSION), source.isa, source.digest);
    return fmt::format("kernel-{}-", sha256_hex(identity).substr(0, 24));
}

std::optional<CheckedKernel> find_shipped(const KernelSource& source,
                                          const CompileOptions& options) {
    for (const std::string& folder : options.search) {
        for (const std::string& path : candidates(source, folder)) {
            const auto file = open_quietly(path);
            if (!file || !is_as_safe_as_program(file->get(), path, options.program)) continue;
            const auto bytes = bytes_of(*file, path);
            if (!bytes) continue;
            if (auto object = digested_object(*bytes, source))
                return CheckedKernel{path, std::move(*object)};
        }
    }
    return std::nullopt;
}

std::optional<CheckedKernel> find_signed(const KernelSource& source,
                                         const std::vector<std::string>& folders,
                                         const CompileOptions& options) {
    const std::string place = key_folder(options);
    if (place.empty()) return std::nullopt;
    const std::optional<std::string> key = find_user_key(place);
    if (!key) return std::nullopt;
    for (const std::string& folder : folders) {
        for (const std::string& path : candidates(source, folder))
            if (auto kernel = read_signed(path, source, *key)) return kernel;
    }
    return std::nullopt;
}

CheckedKernel compile_into_cache(const KernelSource& source, const CompileOptions& options) {
    const std::string& folder = options.cache_folder;
    ensure_private_folder(folder);
    const std::string key = user_key(key_folder(options));
    std::string path;
    {
        const TemporaryFolder work(folder);
        try {
            path = folder + '/' +
                   file_name(source, options.compiler,
                             compiler_version(options.compiler, work, options.stop));
        } catch (const NoCompiler&) {
            // Without a compiler, what another one made of this source serves as well.
            if (auto kernel = find_signed(source, {folder}, options)) return *kernel;
            throw;
        }
    }
    if (auto kernel = read_signed(path, source, key)) return *kernel;
    const CompileLock lock(folder + '/' + file_prefix(source) + "lock", options.stop);
    if (auto kernel = read_signed(path, source, key)) return *kernel;
    if (options.say) options.say("compiling the model (once; a second to a minute)");
    const TemporaryFolder work(folder);
    std::string object = compile(source, options, work);
    files::write(path, with_signature(object, source, key), 0600);
    return {path, std::move(object)};
}

std::string compile_into(const std::string& folder, const KernelSource& source,
                         const CompileOptions& options) {
    const TemporaryFolder work(folder);
    std::string path =
        folder + '/' +
        file_name(source, options.compiler, compiler_version(options.compiler, work, options.stop));
    if (const auto file = open_quietly(path)) {
        const auto bytes = bytes_of(*file, path);
        if (bytes && digested_object(*bytes, source)) return path;
    }
    files::write(path, with_digest(compile(source, options, work), source), 0644);
    return path;
}

}  // namespace neocol::kernel
