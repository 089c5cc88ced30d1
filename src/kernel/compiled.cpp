#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/files/files.hpp>
#include <neocol/kernel/compiled.hpp>

#include "kernel_cache.hpp"
#include "print_c.hpp"
#include "procedure_kernel.hpp"

namespace neocol::kernel {

namespace {

/// Instruction sets in ascending order.
constexpr std::array<const char*, 4> levels{"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};

int level_of(const std::string& isa) {
    for (std::size_t k = 0; k < levels.size(); ++k)
        if (isa == levels[k]) return static_cast<int>(k);
    return -1;
}

/// The file that a checked kernel is loaded from: in memory, or where the system allows no code
/// there, in the private cache, unnamed again at once.
files::Descriptor private_copy(const CheckedKernel& kernel, const std::string& cache_folder,
                               bool in_memory) {
    files::Descriptor file;
    std::string temporary;
    if (in_memory) {
        file = files::Descriptor(memfd_create("neocol-kernel", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    } else {
        temporary = cache_folder + "/load-XXXXXX";
        file = files::Descriptor(mkostemp(temporary.data(), O_CLOEXEC));
    }
    if (!file)
        throw IoError(kernel.path, fmt::format("cannot be copied: {}", std::strerror(errno)));
    std::string_view left = kernel.object;
    std::string fault;
    while (!left.empty() && fault.empty()) {
        const ssize_t n = ::write(file.get(), left.data(), left.size());
        if (n > 0)
            left.remove_prefix(static_cast<std::size_t>(n));
        else if (n == 0 || errno != EINTR)
            fault = n == 0 ? "nothing was written" : std::strerror(errno);
    }
    if (in_memory)
        ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    else
        ::unlink(temporary.c_str());
    if (!fault.empty()) throw IoError(kernel.path, "cannot be copied: " + fault);
    return file;
}

/// A shared object, closed with its last owner.
class Library {
public:
    Library(const CheckedKernel& kernel, const std::string& cache_folder) {
        std::string fault;
        for (const bool in_memory : {true, false}) {
            if (!in_memory && cache_folder.empty()) break;
            try {
                file_ = private_copy(kernel, cache_folder, in_memory);
            } catch (const IoError& error) {
                fault = error.what();
                continue;
            }
            // The descriptor stays open with the library: its number is the name by which the
            // loader distinguishes libraries.
            const std::string name = fmt::format("/proc/self/fd/{}", file_.get());
            handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
            if (handle_ != nullptr) break;
            const char* reason = dlerror();
            fault = reason != nullptr ? reason : "unknown reason";
        }
        if (handle_ == nullptr) {
            throw Error(
                fmt::format("{}: compiled kernels cannot be loaded here ({}); "
                            "--interpreter goes on without",
                            kernel.path, fault));
        }
        table_ = static_cast<const abi::nk_table*>(dlsym(handle_, "neocol_kernel_table"));
        if (table_ == nullptr) {
            dlclose(handle_);
            throw Error(fmt::format("{}: is no compiled model", kernel.path));
        }
    }
    ~Library() { dlclose(handle_); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    const abi::nk_table& table() const { return *table_; }

private:
    files::Descriptor file_;
    void* handle_ = nullptr;
    const abi::nk_table* table_ = nullptr;
};

ProcedureKernel::Counts counts(const abi::nk_system& system) {
    ProcedureKernel::Counts result;
    result.unknowns = system.n_unknowns;
    result.processes = system.n_processes;
    for (std::size_t p = 0; p < n_programs; ++p)
        result.outputs[p] = system.n_outputs[p];
    return result;
}

std::string backend_name(const abi::nk_table& table) {
    const std::string isa = table.isa;
    return isa.empty() ? std::string(table.compiler) : fmt::format("{} {}", table.compiler, isa);
}

class CompiledKernel final : public ProcedureKernel {
public:
    CompiledKernel(std::shared_ptr<const Library> library, const abi::nk_system& system)
        : ProcedureKernel(backend_name(library->table()), counts(system)),
          library_(std::move(library)),
          system_(system) {}

private:
    void run(std::size_t procedure, const abi::nk_row& row,
             const abi::nk_call& call) const override {
        if (system_.procedures[procedure] != nullptr) system_.procedures[procedure](&row, &call);
    }

    std::shared_ptr<const Library> library_;
    abi::nk_system system_;
};

std::vector<std::unique_ptr<Kernel>> load(const CheckedKernel& checked, const model::Model& model,
                                          const KernelSource& source,
                                          const std::string& cache_folder) {
    const auto library = std::make_shared<const Library>(checked, cache_folder);
    const abi::nk_table& table = library->table();
    if (table.abi_version != abi::NK_ABI_VERSION || table.source != source.digest ||
        table.isa != source.isa || table.n_systems != model.systems.size()) {
        throw Error(fmt::format("{}: was not compiled from the model '{}' as it stands; remove it",
                                checked.path, model.name));
    }
    std::vector<std::unique_ptr<Kernel>> kernels;
    for (std::size_t k = 0; k < table.n_systems; ++k)
        kernels.push_back(std::make_unique<CompiledKernel>(library, table.systems[k]));
    return kernels;
}

KernelSource make_source(const model::Model& model, const CompileOptions& options) {
    check_isa(options.isa);
    KernelSource source;
    source.text = print_c(model, source.n_operations);
    source.digest = sha256_hex(source.text);
    source.isa = options.isa.empty() ? machine_isa() : options.isa;
    return source;
}

/// True if the model is one to interpret; says so.
bool is_too_large(const KernelSource& source, const CompileOptions& options) {
    if (source.n_operations <= options.most_operations) return false;
    if (options.warn) {
        options.warn(
            fmt::format("the model has {} operations in one procedure, beyond {} compilers take "
                        "very long: it is interpreted, with the same results",
                        source.n_operations, options.most_operations));
    }
    return true;
}

}  // namespace

void check_isa(const std::string& isa) {
    if (isa.empty() || level_of(isa) >= 0) return;
    const std::string known = fmt::format("known: {}", fmt::join(levels, ", "));
    if (isa == "native")
        throw InputError("the instruction set 'native' means something else on every machine",
                         known);
    throw InputError(fmt::format("unknown instruction set {}", json_string(isa)), known);
}

std::string machine_isa() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool is_v2 = __builtin_cpu_supports("sse4.2") != 0 &&
                       __builtin_cpu_supports("popcnt") != 0 &&
                       __builtin_cpu_supports("ssse3") != 0;
    const bool is_v3 = is_v2 && __builtin_cpu_supports("avx2") != 0 &&
                       __builtin_cpu_supports("fma") != 0 && __builtin_cpu_supports("bmi") != 0 &&
                       __builtin_cpu_supports("bmi2") != 0;
    const bool is_v4 =
        is_v3 && __builtin_cpu_supports("avx512f") != 0 &&
        __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512cd") != 0 &&
        __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
    if (is_v4) return "x86-64-v4";
    if (is_v3) return "x86-64-v3";
    if (is_v2) return "x86-64-v2";
    return "x86-64";
#else
    return {};
#endif
}

std::string build_kernel(const model::Model& model, const CompileOptions& options,
                         const std::string& folder) {
    const KernelSource source = make_source(model, options);
    if (is_too_large(source, options)) return {};
    if (folder == options.cache_folder) return compile_into_cache(source, options).path;
    std::error_code failure;
    if (std::filesystem::create_directories(folder, failure); failure)
        throw IoError(folder, failure.message());
    return compile_into(folder, source, options);
}

bool has_kernel(const model::Model& model, const CompileOptions& options) {
    const KernelSource source = make_source(model, options);
    return find_shipped(source, options) || find_signed(source, options.signed_search, options);
}

std::vector<std::unique_ptr<Kernel>> load_compiled(const model::Model& model,
                                                   const CompileOptions& options) {
    const KernelSource source = make_source(model, options);
    const int machine = level_of(machine_isa());
    if (level_of(source.isa) > machine) {
        throw Error(fmt::format("a kernel for {} cannot run on this machine, which has {}",
                                source.isa, machine_isa()));
    }
    const auto interpreters = [&model] {
        std::vector<std::unique_ptr<Kernel>> kernels;
        for (const model::System& system : model.systems)
            kernels.push_back(make_interpreter(model, system));
        return kernels;
    };
    if (is_too_large(source, options)) return interpreters();
    auto kernel = find_shipped(source, options);
    if (!kernel) kernel = find_signed(source, options.signed_search, options);
    if (!kernel) {
        try {
            kernel = compile_into_cache(source, options);
        } catch (const NoCompiler& error) {
            if (!options.or_interpret) throw;
            if (options.warn) {
                options.warn(fmt::format(
                    "warning: the compiled model was not signed by this user, and {}: "
                    "it is interpreted, with the same results, several times slower; "
                    "where it was compiled by you, copy the key 'kernel.key' to {}",
                    error.what(),
                    options.key_folder.empty() ? options.cache_folder : options.key_folder));
            }
            return interpreters();
        }
    }
    return load(*kernel, model, source, options.cache_folder);
}

}  // namespace neocol::kernel
