// A model of one's own in twenty lines: a drug that decays, in tissue that is mixed.
#include <cmath>
#include <cstdio>

#include <neocol/io/scenario_reader.hpp>
#include <neocol/kernel/compiled_model.hpp>
#include <neocol/simulation/simulation.hpp>

using namespace neocol;

namespace {

constexpr const char* model_text = R"(
[model]
name = "decay"
title = "A drug decays"
balance = "none"
[parameter.k]
value = "0.5 d-1"
meaning = "rate of decay"
source = "this example"
evidence = "design"
[species.drug]
unit = "ng/mL"
rest = "none"
scale = "1 ng/mL"
meaning = "what decays"
[process.decay]
rate = "k*drug"
changes = { drug = -1 }
meaning = "first-order decay"
[initial]
drug = "8 ng/mL"
[observable.level]
value = "drug"
unit = "ng/mL"
meaning = "level of the drug"
)";
constexpr const char* scenario_text = R"(
title = "Four days"
model = "decay"
domain.geometry = "well_mixed"
run.until = "4 day"
run.tolerance = 1e-8
output.every = "1 day"
)";

class Printer final : public simulation::Observer {
    void observables(double time, std::span<const double> values) override {
        std::printf("day %.0f  %.6f ng/mL, exactly %.6f\n", time, values[0],
                    8.0 * std::exp(-0.5 * time));
    }
};

}  // namespace

int main() {
    try {
        io::Library library;
        library.add_model("decay", model_text);
        const io::LoadedScenario loaded =
            io::read_scenario(scenario_text, "scenario.toml", library);
        const auto model = kernel::CompiledModel::interpret(loaded.model);
        Printer printer;
        simulation::Observer* observers[] = {&printer};
        simulation::Simulation(loaded.scenario, model).run(observers);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
