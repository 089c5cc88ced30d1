// A shipped scenario, changed, run in memory, and followed by an observer.
#include <cstdio>

#include <neocol/io/scenario_reader.hpp>
#include <neocol/kernel/compiled_model.hpp>
#include <neocol/machine/machine.hpp>
#include <neocol/simulation/simulation.hpp>

using namespace neocol;

namespace {

/// Prints sessions, and collagen of the dermis once in four weeks.
class Follower final : public simulation::Observer {
public:
    explicit Follower(const model::Model& model)
        : collagen_(static_cast<std::size_t>(model.find_observable("collagen_dermis"))) {}

    void session(const simulation::SessionRecord& record) override {
        std::printf("day %3.0f  session %zu, channels of %.2f mm\n", record.time, record.index + 1,
                    record.channel_depth);
    }
    void observables(double time, std::span<const double> values) override {
        if (first_ == 0.0) first_ = values[collagen_];
        if (time < due_) return;
        due_ += 28.0;
        std::printf("day %3.0f  collagen %+.1f %%\n", time,
                    100.0 * (values[collagen_] / first_ - 1.0));
    }

private:
    std::size_t collagen_;
    double first_ = 0.0, due_ = 0.0;
};

}  // namespace

int main() {
    try {
        const machine::Machine machine = machine::read_machine(NEOCOL_PROGRAM);
        const io::Library library(machine.model_folders);
        const io::NamedText found = library.find(io::LibraryPart::scenarios, "acne_scars_roller");
        const io::LoadedScenario loaded = io::read_scenario(found.text, found.path, library,
                                                            {{"regimen.spacing", "2 week"},
                                                             {"domain.spacing", "60 um"},
                                                             {"run.tolerance", "1e-3"}});

        kernel::CompileOptions options;
        machine::set_up_compiler(options, machine);
        const auto model = kernel::CompiledModel::compile(loaded.model, options);

        Follower follower(loaded.model);
        simulation::Observer* observers[] = {&follower};
        simulation::Simulation simulation(loaded.scenario, model, 2);
        const simulation::RunSummary summary = simulation.run(observers);
        std::printf("day %3.0f  %zu steps\n", summary.time, summary.steps.accepted);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
