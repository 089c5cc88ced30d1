// A sweep in memory, by the engine that studies use: a case a thread, no file is written.
#include <cstdio>
#include <string>
#include <vector>

#include <neocol/machine/machine.hpp>
#include <neocol/study/execute.hpp>
#include <neocol/study/scenario_cases.hpp>

using namespace neocol;

int main() {
    try {
        const machine::Machine machine = machine::read_machine(NEOCOL_PROGRAM);
        study::CaseFamily family;
        family.library = io::Library(machine.model_folders);
        const io::NamedText found =
            family.library.find(io::LibraryPart::scenarios, "acne_scars_roller");
        family.text = found.text;
        family.path = found.path;
        machine::set_up_compiler(family.compile, machine);

        study::ScenarioPool pool;
        const std::size_t scenario = pool.add(family);
        std::vector<study::ScenarioCase> cases;
        const std::vector<std::string> lengths{"0.5 mm", "1 mm", "1.5 mm"};
        for (const std::string& length : lengths)
            cases.push_back({scenario,
                             {{"device.needle_length", length},
                              {"regimen.sessions", "1"},
                              {"run.until", "30 day"},
                              {"domain.geometry", "column"},
                              {"run.tolerance", "1e-3"}},
                             std::nullopt});
        study::ScenarioCases list(pool, cases, std::vector<std::string>{"collagen_dermis"});
        study::ExecuteOptions options;
        options.workers = 2;
        options.one_thread_a_case = true;
        options.ended = [&](std::uint64_t run, const study::StoredCase& row) {
            const auto record = study::CaseRecord::parse(row.records);
            if (!record) {
                std::printf("%s: %s\n", lengths[run].c_str(), row.reason.c_str());
                return;
            }
            const double change = record->values.back() / record->values.front() - 1.0;
            std::printf("%s: collagen of the dermis %+.2f %% on day 30\n", lengths[run].c_str(),
                        100.0 * change);
        };
        study::execute(list, study::StoreState(list.size()), "", options);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
