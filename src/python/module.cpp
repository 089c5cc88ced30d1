#include <filesystem>
#include <string>
#include <system_error>

#include <dlfcn.h>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <neocol/core/version.hpp>

#include "cases.hpp"
#include "errors.hpp"
#include "machine.hpp"
#include "model.hpp"
#include "run.hpp"
#include "scenario.hpp"
#include "units.hpp"

namespace neocol::python {
namespace {

namespace fs = std::filesystem;

/// Path of this module.
std::string module_path() {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&module_path), &info) == 0) return {};
    std::error_code error;
    return fs::absolute(info.dli_fname, error).string();
}

/// The program that this module was built or installed with, around which neocol's files lie. It is
/// looked for in two places only: whoever may write to a folder further up would choose what runs.
std::string find_program() {
    const fs::path folder = fs::path(module_path()).parent_path();
    std::error_code error;
    for (const char* program : {"../../neocol", NEOCOL_PROGRAM_FROM_PACKAGE}) {
        const fs::path path = (folder / program).lexically_normal();
        if (fs::is_regular_file(path, error)) return path.string();
    }
    return module_path();
}

}  // namespace

const machine::Machine& this_machine() {
    static const machine::Machine machine = [] {
        machine::Machine process = machine::read_machine(find_program());
        process.program = module_path();  // its owner may have built kernels
        return process;
    }();
    return machine;
}

io::Library library_of(const std::vector<std::string>& folders) {
    std::vector<std::string> all = folders;
    const std::vector<std::string>& installed = this_machine().model_folders;
    all.insert(all.end(), installed.begin(), installed.end());
    return io::Library(std::move(all));
}

}  // namespace neocol::python

PYBIND11_MODULE(_core, module) {
    namespace python = neocol::python;
    module.doc() = "neocol's solver; the package around it is what to use";
    module.attr("__version__") = neocol::version();
    python::translate_errors();
    python::bind_model(module);
    python::bind_scenario(module);
    python::bind_run(module);
    python::bind_cases(module);
    python::bind_units(module);
    module.attr("revision") = neocol::git_revision();
    module.def(
        "model_folders", [] { return python::this_machine().model_folders; });
    module.def("program", [] { return python::this_machine().program; });
}
