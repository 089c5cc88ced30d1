#include <filesystem>
#include <string>
#include <system_error>

#include <dlfcn.h>
#include <unistd.h>

#include <pybind11/pybind11.h>

#include <neocol/core/version.hpp>

#include "errors.hpp"
#include "machine.hpp"
#include "model.hpp"
#include "run.hpp"
#include "scenario.hpp"
#include "sweep.hpp"

namespace neocol::python {
namespace {

namespace fs = std::filesystem;

/// The program that this module was built or installed with, around which neocol's files lie: the
/// nearest `neocol` or `bin/neocol` in a folder above it.
std::string find_program() {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&find_program), &info) == 0) return {};
    std::error_code error;
    const fs::path module = fs::absolute(info.dli_fname, error);
    for (fs::path folder = module.parent_path(); folder.has_relative_path();
         folder = folder.parent_path())
        for (const fs::path& program : {folder / "neocol", folder / "bin" / "neocol"})
            if (fs::is_regular_file(program, error) && ::access(program.c_str(), X_OK) == 0)
                return program.string();
    return module.string();
}

}  // namespace

const machine::Machine& this_machine() {
    static const machine::Machine machine = machine::read_machine(find_program());
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
    python::bind_sweep(module);
    module.def("program", [] { return python::this_machine().program; });
}
