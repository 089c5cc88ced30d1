#include <neocol/io/run_description.hpp>

#include <neocol/core/version.hpp>

namespace neocol::io {

RunHead head_of(const simulation::RunContext& context) {
    RunHead head;
    head.title = context.scenario.title;
    head.question = context.scenario.question;
    head.model = context.model.name;
    head.status = name_of(simulation::RunStatus::running);
    head.scenario_hash = context.scenario.hash;
    head.neocol_version = version();
    return head;
}

RunOrigin origin_of(const simulation::RunContext& context, const Provenance& provenance) {
    RunOrigin origin;
    origin.scenario = context.scenario.text;
    origin.resolved = context.scenario.resolved_text;
    origin.model_text = context.model.text;
    origin.model_hash = context.model.hash;
    origin.command = provenance.command;
    origin.version = version();
    origin.git = git_revision();
    origin.compiler = compiler();
    origin.flags = compiler_flags();
    origin.isa = provenance.isa;
    origin.host = provenance.host;
    origin.scheduler = provenance.scheduler;
    origin.started = provenance.started;
    origin.history = provenance.history;
    origin.seed = static_cast<std::int64_t>(context.scenario.run.seed);
    return origin;
}

RunNumbers numbers_of(const simulation::RunSummary& summary) {
    RunNumbers numbers;
    numbers.threads = summary.threads;
    numbers.wall_seconds = summary.wall_seconds;
    numbers.peak_memory_bytes = peak_memory_bytes();
    numbers.steps_accepted = static_cast<double>(summary.steps.accepted);
    numbers.steps_rejected = static_cast<double>(summary.steps.rejected);
    return numbers;
}

}  // namespace neocol::io
