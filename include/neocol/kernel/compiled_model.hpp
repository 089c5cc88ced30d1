#pragma once

#include <memory>
#include <string>
#include <vector>

#include <neocol/kernel/compiled.hpp>
#include <neocol/kernel/kernel.hpp>

namespace neocol::kernel {

/// A model with its arithmetic, from which simulations are made. The model outlives it; it may be
/// shared by any number of simulations at once.
class CompiledModel {
public:
    /// Compiled, or interpreted where CompileOptions says so. \throws as load_compiled
    static CompiledModel compile(const model::Model& model, const CompileOptions& options);
    /// Interpreted: the same bits, several times slower, and no compiler is needed.
    static CompiledModel interpret(const model::Model& model);

    const model::Model& model() const { return *model_; }
    /// One per Model::systems, in order.
    const std::vector<const Kernel*>& kernels() const { return kernels_; }

private:
    CompiledModel(const model::Model& model, std::vector<std::unique_ptr<Kernel>> owned);

    const model::Model* model_;
    std::vector<std::unique_ptr<Kernel>> owned_;
    std::vector<const Kernel*> kernels_;
};

}  // namespace neocol::kernel
