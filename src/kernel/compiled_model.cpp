#include <neocol/kernel/compiled_model.hpp>

#include <utility>

namespace neocol::kernel {

CompiledModel::CompiledModel(const model::Model& model, std::vector<std::unique_ptr<Kernel>> owned)
    : model_(&model), owned_(std::move(owned)) {
    for (const auto& kernel : owned_)
        kernels_.push_back(kernel.get());
}

CompiledModel CompiledModel::compile(const model::Model& model, const CompileOptions& options) {
    return {model, load_compiled(model, options)};
}

CompiledModel CompiledModel::interpret(const model::Model& model) {
    std::vector<std::unique_ptr<Kernel>> kernels;
    for (const model::System& system : model.systems)
        kernels.push_back(make_interpreter(model, system));
    return {model, std::move(kernels)};
}

}  // namespace neocol::kernel
