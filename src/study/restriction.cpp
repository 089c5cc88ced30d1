#include <neocol/study/restriction.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/model/parse.hpp>
#include <neocol/study/case_runner.hpp>

namespace neocol::study {
namespace {

template <typename Entry>
std::vector<std::string> declared(const std::vector<Entry>& entries,
                                  const std::vector<std::string>& names) {
    std::vector<std::string> list;
    for (const std::string& name : names)
        if (std::any_of(entries.begin(), entries.end(),
                        [&](const Entry& entry) { return entry.name == name; }))
            list.push_back(name);
    return list;
}

/// "a", "a and b", "a, b and c".
std::string enumerated(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return text;
}

}  // namespace

Restriction restrict_to(const model::Model& whole, const model::Wanted& outputs) {
    const model::Wanted wanted{declared(whole.observables, outputs.observables),
                               declared(whole.outcomes, outputs.outcomes)};
    Restriction restriction = whole_model(whole);
    const std::vector<bool> needed = model::influences(whole, wanted);
    restriction.n_solved = static_cast<std::size_t>(std::count(needed.begin(), needed.end(), true));
    restriction.left_out = model::not_needed(whole, wanted);
    return restriction;
}

Restriction whole_model(const model::Model& whole) {
    return {whole.name, whole.hash, whole.species.size(), whole.species.size(), {}};
}

Restriction solve_only(const std::vector<CaseRunner*>& runners, const model::Model& whole,
                       const model::Wanted& outputs, const kernel::CompileOptions* compile) {
    Restriction restriction = restrict_to(whole, outputs);
    if (restriction.left_out.empty()) return restriction;
    if (compile != nullptr) {
        const model::Model rest =
            model::parse_without(whole.text, whole.name, restriction.left_out);
        try {
            if (!kernel::has_kernel(rest, *compile))
                kernel::build_kernel(rest, *compile, compile->cache_folder);
        } catch (const kernel::Stopped&) {
            throw;
        } catch (const Error& error) {
            // The whole model's kernel may have come with the program.
            if (compile->warn)
                compile->warn(fmt::format("warning: all species are solved: {}", error.what()));
            return whole_model(whole);
        }
    }
    for (CaseRunner* runner : runners)
        runner->leave_out(restriction);
    return restriction;
}

std::string to_text(const Restriction& restriction) {
    if (restriction.left_out.empty())
        return fmt::format("solves all {} species", restriction.n_species);
    return fmt::format(
        "solves {} of {} species: {} {} left out, as nothing that is kept depends on {}",
        restriction.n_solved, restriction.n_species, enumerated(restriction.left_out),
        restriction.left_out.size() == 1 ? "is" : "are",
        restriction.left_out.size() == 1 ? "it" : "them");
}

JsonObject to_json(const Restriction& restriction) {
    return JsonObject{{"model", restriction.model},
                      {"species", restriction.n_species},
                      {"solved", restriction.n_solved},
                      {"left_out", Json(restriction.left_out)}};
}

}  // namespace neocol::study
