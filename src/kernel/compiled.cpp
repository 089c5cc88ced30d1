#include <dlfcn.h>

#include <array>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/kernel/compiled.hpp>

#include "kernel_cache.hpp"
#include "procedure_kernel.hpp"

namespace neocol::kernel {

namespace {

/// Instruction sets in ascending order.
constexpr std::array<const char*, 4> levels{"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};

int level_of(const std::string& isa) {
    for (std::size_t k = 0; k < levels.size(); ++k) {
        if (isa == levels[k]) return static_cast<int>(k);
    }
    return -1;
}

/// A shared object, closed with its last owner.
class Library {
public:
    explicit Library(const std::string& path)
        : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        if (handle_ == nullptr)
            throw Error(fmt::format("{}: cannot be loaded: {}", path, dlerror()));
        table_ = static_cast<const abi::nk_table*>(dlsym(handle_, "neocol_kernel_table"));
        if (table_ == nullptr) {
            dlclose(handle_);
            throw Error(fmt::format("{}: is no compiled model", path));
        }
    }
    ~Library() { dlclose(handle_); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    const abi::nk_table& table() const { return *table_; }

private:
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

std::vector<std::unique_ptr<Kernel>> load(const std::string& path, const model::Model& model,
                                          const KernelSource& source) {
    const auto library = std::make_shared<const Library>(path);
    const abi::nk_table& table = library->table();
    if (table.abi_version != abi::NK_ABI_VERSION || table.source != source.digest ||
        table.isa != source.isa || table.n_systems != model.systems.size()) {
        throw Error(fmt::format("{}: was not compiled from the model '{}' as it stands; remove it",
                                path, model.name));
    }
    std::vector<std::unique_ptr<Kernel>> kernels;
    for (std::size_t k = 0; k < table.n_systems; ++k) {
        kernels.push_back(std::make_unique<CompiledKernel>(library, table.systems[k]));
    }
    return kernels;
}

KernelSource make_source(const model::Model& model, const CompileOptions& options) {
    check_isa(options.isa);
    std::string text = print_c(model);
    std::string digest = sha256_hex(text);
    return {std::move(text), std::move(digest), options.isa.empty() ? machine_isa() : options.isa};
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
    std::error_code failure;
    if (folder == options.cache_folder) {
        ensure_private_folder(folder);
    } else if (std::filesystem::create_directories(folder, failure); failure) {
        throw IoError(folder, failure.message());
    }
    return compile_into(folder, make_source(model, options), options.compiler);
}

std::vector<std::unique_ptr<Kernel>> load_compiled(const model::Model& model,
                                                   const CompileOptions& options) {
    const KernelSource source = make_source(model, options);
    const int machine = level_of(machine_isa());
    if (level_of(source.isa) > machine) {
        throw Error(fmt::format("a kernel for {} cannot run on this machine, which has {}",
                                source.isa, machine_isa()));
    }
    if (const std::string built = find_built(source, options.search); !built.empty()) {
        return load(built, model, source);
    }
    ensure_private_folder(options.cache_folder);
    return load(compile_into(options.cache_folder, source, options.compiler), model, source);
}

}  // namespace neocol::kernel
