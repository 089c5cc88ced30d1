#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <neocol/core/error.hpp>
#include <neocol/kernel/kernel.hpp>

namespace neocol::kernel {

/// How model kernels are compiled and where they are cached.
///
/// Three kinds of places, trusted in three ways (docs/reliability.md): folders that came with the
/// program, as far as the program itself; folders that anybody may have filled, such as a study's,
/// by the signature of this user's key; the cache, private, likewise by signature.
struct CompileOptions {
    std::string compiler = "cc";  ///< command, may carry arguments; no file may name it
    std::string isa;              ///< resolved, such as "x86-64-v3"; empty: that of this machine
    std::string cache_folder;     ///< private folder for compiled kernels
    std::string key_folder;       ///< private folder of the user's key; empty: the cache
    std::vector<std::string> search;         ///< folders of kernels built with neocol, read only
    std::vector<std::string> signed_search;  ///< of kernels this user may have signed, read only
    std::string program;  ///< path of the running program, whose owner may have built kernels
    std::function<void(const std::string&)> say;   ///< prints what takes time; may be empty
    std::function<void(const std::string&)> warn;  ///< prints what is interpreted; may be empty
    /// Interprets where a kernel would have to be compiled and there is no compiler.
    bool or_interpret = false;
    const std::atomic<bool>* stop = nullptr;  ///< ends the compiler when set; may be null
    /// Operations of the longest procedure beyond which a model is interpreted: compilers take
    /// more than quadratic time (a minute at the limit), and both give the same bits.
    std::size_t most_operations = 8'000;
};

/// A compilation was ended because CompileOptions::stop was set: nothing is wrong with the model.
class Stopped : public Error {
public:
    Stopped() : Error("stopped while a model was compiled") {}
};

/// C source of all systems of a model: plain C99 over blocks of `lanes` voxels.
///
/// Nothing that stands in a file reaches it: names are made from numbers (s0, p12), numbers are
/// printed by neocol, and the rest is fixed. Models that differ in names, titles, meanings and
/// comments only give the same text.
std::string print_c(const model::Model& model);

/// \throws InputError  the instruction set is none of those known (empty: this machine's)
void check_isa(const std::string& isa);

/// Instruction set of this machine as the compiler names it: "x86-64-v4", "x86-64-v3", ... or "".
std::string machine_isa();

/// Compiles the kernels of a model into a file in `folder`, under the name by which
/// `load_compiled` finds it when `folder` is among the folders searched.
///
/// In the cache folder, which must be private, it is signed with the user's key and one that stands
/// there is taken if its signature is right. Elsewhere it carries a plain digest: it serves where
/// the folder comes with the program.
/// \return path of the file; empty if the model is one to interpret (CompileOptions::warn says so)
/// \throws Error  no compiler, or it failed; \throws IoError  the folder is not writable
std::string build_kernel(const model::Model& model, const CompileOptions& options,
                         const std::string& folder);

/// True if a kernel of the model that may be loaded is in one of the folders searched.
bool has_kernel(const model::Model& model, const CompileOptions& options);

/// Loads the kernels of a model, one per system, in order: those that came with the program, those
/// signed by this user, or freshly compiled into the cache; interpreters if the model is too large
/// to compile (CompileOptions::warn says so). `model` must outlive them.
///
/// What is loaded is what was checked: a private copy of bytes whose digest or signature is right
/// for this model's source, instruction set and ABI. A file that is damaged, or another user's, is
/// never loaded; a kernel is compiled in its stead, once. A kernel that was compiled before serves
/// whatever compiler made it, so that none is needed to use it: all compilers give the same bits.
/// \throws Error  no compiler, or it failed; the text says how to go on with the interpreter
/// \throws Stopped  asked to while it compiled
/// \throws Error  the instruction set is beyond this machine's
/// \throws IoError  the cache folder is not private or not writable
std::vector<std::unique_ptr<Kernel>> load_compiled(const model::Model& model,
                                                   const CompileOptions& options);

}  // namespace neocol::kernel
