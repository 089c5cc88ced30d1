#include "models.hpp"
#include "interruption.hpp"
#include "streams.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/io/skin_reader.hpp>
#include <neocol/kernel/compiled.hpp>
#include <neocol/model/parse.hpp>

namespace neocol::cli {

io::Library library(const Invocation& invocation) {
    return io::Library(invocation.model_folders);
}

model::Model read_model(const std::string& name, const Invocation& invocation) {
    if (name.ends_with(".toml") || name.find('/') != std::string::npos)
        return model::parse_model(io::read_model_file(name, library(invocation)).text, name);
    io::NamedText text = library(invocation).find(io::LibraryPart::models, name);
    return model::parse_model(std::move(text.text), text.path);
}

tissue::Skin read_skin(const model::Model& model, const std::string& site,
                       const std::string& condition, const Invocation& invocation) {
    if (model.layers.size() == 1 && model.properties.empty()) return {};
    io::NamedText text = library(invocation).find(io::LibraryPart::sites, site);
    const io::SiteFile file = io::read_site(std::move(text.text), text.path, site);
    const std::vector<std::string> conditions = file.condition_names();
    if (std::find(conditions.begin(), conditions.end(), condition) == conditions.end()) {
        throw InputError("unknown condition '" + condition + "' of site '" + site + "'",
                         suggest(condition, conditions));
    }
    return file.in_condition(condition);
}

void set_up_compiler(kernel::CompileOptions& options, const Invocation& invocation) {
    machine::set_up_compiler(options, invocation);
    options.stop = &stop_asked();
    const auto print = [](const std::string& text) { note("{}\n", text); };
    options.warn = print;
    if (invocation.stderr_is_terminal) options.say = print;
}

kernel::CompiledModel compiled_model(const model::Model& model, bool interpreter,
                                     const std::string& isa, const Invocation& invocation) {
    if (interpreter) return kernel::CompiledModel::interpret(model);
    kernel::CompileOptions options;
    options.isa = isa;
    set_up_compiler(options, invocation);
    return kernel::CompiledModel::compile(model, options);
}

}  // namespace neocol::cli
