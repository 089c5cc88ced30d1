#include <neocol/study/uncertain.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/io/stored_units.hpp>

namespace neocol::study {
namespace {

/// \throws InputError  with the nearest of `known`
[[noreturn]] void nothing_matches(const std::string& what, const std::string& pattern,
                                  const std::vector<std::string>& known) {
    throw InputError(fmt::format("no {} matches '{}'", what, pattern), suggest(pattern, known));
}

UncertainParameter uncertain(const model::Parameter& p) {
    UncertainParameter parameter{p.name, p.unit.text, p.evidence, p.meaning,
                                 declared_distribution(p)};
    Distribution& d = parameter.distribution;
    for (double* value : {&d.value, &d.low, &d.high})
        *value = p.unit.from_internal(*value);
    return parameter;
}

/// Takes every kind of evidence that no parameter of the model has for a mistake.
void check_evidence(const model::Model& model, const std::vector<std::string>& evidence) {
    std::vector<std::string> known;
    for (const model::Parameter& p : model.parameters)
        if (std::find(known.begin(), known.end(), p.evidence) == known.end())
            known.push_back(p.evidence);
    for (const std::string& kind : evidence) {
        if (std::find(known.begin(), known.end(), kind) == known.end()) {
            throw InputError(fmt::format("no parameter of the model has evidence '{}'", kind),
                             suggest(kind, known));
        }
    }
}

}  // namespace

bool matches(const std::string& name, const std::string& pattern) {
    std::size_t n = 0, p = 0, star = std::string::npos, from = 0;
    while (n < name.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++n;
            ++p;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            from = n;
        } else if (star != std::string::npos) {
            p = star + 1;
            n = ++from;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string::npos;
}

std::vector<UncertainParameter> choose_parameters(const model::Model& model,
                                                  const std::vector<std::string>& patterns,
                                                  const std::vector<std::string>& evidence) {
    check_evidence(model, evidence);
    std::vector<std::string> names;
    for (const model::Parameter& p : model.parameters)
        names.push_back(p.name);
    std::vector<bool> chosen(names.size(), patterns.empty());
    for (const std::string& pattern : patterns) {
        bool any = false, any_declared = false;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (matches(names[i], pattern)) {
                chosen[i] = any = true;
                any_declared = any_declared || !model.parameters[i].distribution.empty();
            }
        }
        if (!any) nothing_matches("parameter", pattern, names);
        if (!any_declared) {
            throw InputError(fmt::format("what '{}' matches has no declared distribution", pattern),
                             "add range and distribution to the parameter in the model file");
        }
    }
    std::vector<UncertainParameter> list;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const model::Parameter& p = model.parameters[i];
        const bool of_kind = evidence.empty() || std::find(evidence.begin(), evidence.end(),
                                                           p.evidence) != evidence.end();
        if (chosen[i] && of_kind && !p.distribution.empty()) list.push_back(uncertain(p));
    }
    if (list.empty()) {
        throw InputError("no parameter of the model '" + model.name +
                             "' that was asked for has a declared distribution",
                         "give parameters a range and a distribution in the model file");
    }
    return list;
}

UncertainParameter fixed_parameter(const model::Model& model, const std::string& name) {
    const int index = model.find_parameter(name);
    if (index < 0) {
        std::vector<std::string> known;
        for (const model::Parameter& p : model.parameters)
            known.push_back(p.name);
        throw InputError(fmt::format("model '{}' has no parameter '{}' for persons to differ in",
                                     model.name, name),
                         suggest(name, known));
    }
    const model::Parameter& p = model.parameters[static_cast<std::size_t>(index)];
    UncertainParameter parameter{p.name, p.unit.text, p.evidence, p.meaning, {}};
    parameter.distribution.value = p.unit.from_internal(p.value);
    return parameter;
}

io::Override set_parameter(const UncertainParameter& parameter, double value) {
    if (!parameter.options.empty()) {
        return {"parameters." + parameter.name,
                '"' + parameter.options.at(static_cast<std::size_t>(value)) + '"'};
    }
    const bool bare = parameter.unit.empty() || parameter.unit == "1";
    return {"parameters." + parameter.name,
            bare ? fmt::format("{:.17g}", value)
                 : fmt::format("\"{:.17g} {}\"", value, parameter.unit)};
}

std::vector<std::size_t> choose_outcomes(const std::vector<std::string>& names,
                                         const std::vector<std::string>& patterns) {
    std::vector<bool> chosen(names.size(), patterns.empty());
    for (const std::string& pattern : patterns) {
        bool any = false;
        for (std::size_t i = 0; i < names.size(); ++i)
            if (matches(names[i], pattern)) chosen[i] = any = true;
        if (!any) nothing_matches("outcome", pattern, names);
    }
    std::vector<std::size_t> list;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (chosen[i]) list.push_back(i);
    return list;
}

std::vector<std::size_t> choose_outcomes(const model::Model& model,
                                         const std::vector<std::string>& patterns) {
    std::vector<std::string> names;
    for (const model::Outcome& outcome : model.outcomes)
        names.push_back(outcome.name);
    return choose_outcomes(names, patterns);
}

}  // namespace neocol::study
