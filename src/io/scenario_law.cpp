#include <algorithm>

#include <fmt/format.h>

#include <neocol/io/insertion_law.hpp>

#include "scenario_parts.hpp"

namespace neocol::io::detail {
namespace {

bool follows_law(const treatment::Session& session) {
    return !session.wound && session.device.depth_ratio == 0.0;
}

/// Where the numbers of the law are looked up, one after the other.
class LawSource {
public:
    LawSource(ScenarioDraft& draft, const model::Model& model) : draft_(draft), model_(model) {}

    /// Nothing if nobody states it. \throws InputError  of another dimension
    std::optional<double> number(const LawConstant& constant) {
        const std::string name(constant.parameter);
        if (const int own = model_.find_parameter(name); own >= 0) {
            const model::Parameter& parameter = model_.parameters[static_cast<std::size_t>(own)];
            const auto set = draft_.scenario.parameters.find(name);
            const double value =
                set == draft_.scenario.parameters.end() ? parameter.value : set->second;
            return law_number(constant, parameter, value, draft_.values.units());
        }
        if (const auto set = draft_.law.find(name); set != draft_.law.end()) return set->second;
        const model::Model* file = library_file();
        const int index = file == nullptr ? -1 : file->find_parameter(name);
        if (index < 0) return std::nullopt;
        const model::Parameter& parameter = file->parameters[static_cast<std::size_t>(index)];
        const double number =
            law_number(constant, parameter, parameter.value, draft_.values.units());
        draft_.values.record("parameters." + name, fmt::format("{} {}", number, constant.unit),
                             "law of insertion");
        return number;
    }

private:
    ScenarioDraft& draft_;
    const model::Model& model_;
    bool is_looked_for_ = false;
    const model::Model* file_ = nullptr;

    const model::Model* library_file() {
        if (is_looked_for_) return file_;
        is_looked_for_ = true;
        if (const auto file = find_law(draft_.library)) {
            file_ = &draft_.cache.laws.get(*file, read_law);
            draft_.files.push_back(*file);
        }
        return file_;
    }
};

}  // namespace

void read_law_of_sessions(ScenarioDraft& draft, const DocumentNode& root,
                          const model::Model& model) {
    auto& sessions = draft.scenario.regimen.sessions;
    if (std::none_of(sessions.begin(), sessions.end(), follows_law)) return;
    LawSource source(draft, model);
    treatment::InsertionLaw law;
    for (const LawConstant& constant : law_constants) {
        try {
            const std::optional<double> number = source.number(constant);
            if (!number) {
                draft.values.add(root.fault_at_key(
                    fmt::format("how deep the needles go follows from a law of insertion, and "
                                "neither the model nor a file 'microneedling/insertion.toml' "
                                "among the models states '{}'",
                                constant.parameter),
                    "set parameters of these names, or give the device a depth_ratio"));
                return;
            }
            law.*constant.member = *number;
        } catch (const InputError& error) {
            add_faults_of_file(draft.values, root.get("model"), error);
            return;
        }
    }
    for (treatment::Session& session : sessions)
        if (follows_law(session)) session.device.insertion.law = law;
}

}  // namespace neocol::io::detail
