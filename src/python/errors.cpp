#include "errors.hpp"

#include <exception>
#include <string>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/kernel/compiled.hpp>

namespace neocol::python {
namespace {

namespace py = pybind11;

py::object error_type(const char* name) {
    return py::module_::import("neocol.errors").attr(name);
}

/// Raises an instance of a class of neocol.errors.
template <typename... Arguments>
void raise(const char* name, Arguments&&... arguments) {
    const py::object type = error_type(name);
    const py::object error = type(std::forward<Arguments>(arguments)...);
    PyErr_SetObject(type.ptr(), error.ptr());
}

py::list faults_of(const InputError& error) {
    const py::object fault = error_type("Fault");
    py::list list;
    for (const Diagnostic& diagnostic : error.diagnostics)
        list.append(fault(diagnostic.at.path, diagnostic.at.line, diagnostic.at.column,
                          diagnostic.message, diagnostic.help, diagnostic.source_line));
    return list;
}

}  // namespace

void translate_errors() {
    py::register_exception_translator([](std::exception_ptr failure) {
        try {
            if (failure) std::rethrow_exception(std::move(failure));
        } catch (const InputError& error) {
            raise("InputError", printable(error.what()), faults_of(error));
        } catch (const UsageError& error) {
            raise("InputError", printable(error.what()), py::list());
        } catch (const NumericsError& error) {
            raise("NumericsError", printable(error.what()), error.where.time, error.where.species,
                  error.where.place, error.where.value);
        } catch (const IoError& error) {
            raise("FileError", printable(error.what()), error.path);
        } catch (const Error& error) {
            raise("Error", printable(error.what()));
        }
    });
}

}  // namespace neocol::python
