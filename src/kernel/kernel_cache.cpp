#include "kernel_cache.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>

#include "command.hpp"
#include "procedure_kernel.hpp"

namespace neocol::kernel {

namespace fs = std::filesystem;

namespace {

constexpr const char* way_out = "run with --interpreter to go on without a compiler";

/// A folder that is removed with its content.
class TemporaryFolder {
public:
    explicit TemporaryFolder(const std::string& parent) : path_(parent + "/build-XXXXXX") {
        if (mkdtemp(path_.data()) == nullptr) {
            throw IoError(parent, fmt::format("cannot write there: {}", std::strerror(errno)));
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

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The last lines of a text.
std::string tail(const std::string& text, int n_lines) {
    std::size_t start = text.size();
    for (int line = 0; line <= n_lines && start != std::string::npos && start > 0; ++line) {
        start = text.rfind('\n', start - 1);
    }
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
std::string compiler_version(const std::string& compiler, const TemporaryFolder& folder) {
    std::vector<std::string> command = words(compiler);
    if (command.empty()) throw Error(fmt::format("no compiler is named; {}", way_out));
    command.emplace_back("--version");
    const std::string log = folder.file("version");
    if (const int status = run_command(command, log); status != 0) {
        throw Error(
            fmt::format("the C compiler '{}' cannot be run (status {}); name another, or {}",
                        compiler, status, way_out));
    }
    return read_text(log);
}

}  // namespace

std::string file_prefix(const KernelSource& source) {
    const std::string identity =
        fmt::format("{}\n{}\n{}", static_cast<int>(abi::NK_ABI_VERSION), source.isa, source.digest);
    return fmt::format("kernel-{}-", sha256_hex(identity).substr(0, 24));
}

std::string find_built(const KernelSource& source, const std::vector<std::string>& folders) {
    const std::string prefix = file_prefix(source);
    for (const std::string& folder : folders) {
        std::vector<std::string> found;
        std::error_code absent;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent)) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with(prefix) && name.ends_with(".so")) {
                found.push_back(entry.path().string());
            }
        }
        if (!found.empty()) return *std::min_element(found.begin(), found.end());
    }
    return {};
}

void ensure_private_folder(const std::string& folder) {
    if (folder.empty()) throw IoError(folder, "no folder is named for compiled kernels");
    struct stat status {};
    if (lstat(folder.c_str(), &status) != 0) {
        std::error_code failure;
        const fs::path parent = fs::path(folder).parent_path();
        if (!parent.empty()) fs::create_directories(parent, failure);
        if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
            throw IoError(folder, fmt::format("cannot make the folder for compiled kernels: {}",
                                              std::strerror(errno)));
        }
        if (lstat(folder.c_str(), &status) != 0) throw IoError(folder, std::strerror(errno));
    }
    const char* fault = nullptr;
    if (S_ISLNK(status.st_mode)) {
        fault = "is a symbolic link";
    } else if (!S_ISDIR(status.st_mode)) {
        fault = "is no folder";
    } else if (status.st_uid != geteuid()) {
        fault = "belongs to another user";
    } else if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        fault = "is open to other users (its mode should be 0700)";
    }
    if (fault != nullptr) {
        throw IoError(folder, fmt::format("the folder for compiled kernels {}: code from it would "
                                          "not be safe to run",
                                          fault));
    }
}

std::string compile_into(const std::string& folder, const KernelSource& source,
                         const std::string& compiler) {
    const TemporaryFolder work(folder);
    const std::vector<std::string> options = flags(source);
    std::string maker = compiler + "\n" + compiler_version(compiler, work);
    for (const std::string& option : options)
        maker += "\n" + option;
    const std::string path =
        fmt::format("{}/{}{}.so", folder, file_prefix(source), sha256_hex(maker).substr(0, 16));
    if (fs::exists(path)) return path;

    const std::string c_file = work.file("kernel.c"), object = work.file("kernel.so"),
                      log = work.file("log");
    std::ofstream(c_file, std::ios::binary) << source.text;
    std::vector<std::string> command = words(compiler);
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"-o", object, c_file});
    if (const int status = run_command(command, log); status != 0 || !fs::exists(object)) {
        throw Error(
            fmt::format("the C compiler '{}' failed on the kernels of a model (status {}); {}; its "
                        "last words:{}",
                        compiler, status, way_out, tail("\n" + read_text(log), 20)));
    }
    // In one move, so that nobody ever loads half a file.
    std::error_code failure;
    fs::rename(object, path, failure);
    if (failure) throw IoError(path, failure.message());
    return path;
}

}  // namespace neocol::kernel
