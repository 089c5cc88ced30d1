#pragma once

#include <string>
#include <vector>

#include <neocol/core/table.hpp>
#include <neocol/io/library.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/study/case_runner.hpp>
#include <neocol/study/distribution.hpp>
#include <neocol/study/uncertain.hpp>

namespace neocol::study {

/// A number that differs from person to person.
struct Trait {
    std::string name;  ///< "age", "thickness.LAYER", "property.NAME" or "parameter.NAME"
    std::string unit;  ///< of the numbers: "year" of age; "1" of the others, which are factors
    Distribution distribution;
    std::string source, evidence;
};

/// A word or small number that persons have with given shares.
struct Choice {
    std::string name;  ///< "phototype" or "site"
    std::vector<std::string> values;
    std::vector<double> shares;  ///< sum 1
    std::string source, evidence;
};

/// Who is treated: how age, phototype, site and tissue differ between persons, independently of
/// each other.
struct Cohort {
    std::string title, summary, path;
    std::vector<Trait> traits;
    std::vector<Choice> choices;
};

struct Person {
    std::vector<double> traits;        ///< by Cohort::traits
    std::vector<std::string> choices;  ///< by Cohort::choices
};

/// What a cohort file may hold.
extern const Table cohort_table;

/// Reads a cohort file (docs/studies.md, "Cohorts").
/// \throws InputError  every fault found, each at its place
Cohort read_cohort(std::string text, const std::string& path);

/// A cohort by path, or by name in a library. \throws InputError, IoError
Cohort find_cohort(const std::string& name, const io::Library& library);

/// n persons, by a Latin hypercube over all traits and choices. The same seed gives the same ones.
std::vector<Person> draw_persons(const Cohort& cohort, std::size_t n, std::uint64_t seed);

/// A person's age, phototype and site as overrides of a scenario.
std::vector<io::Override> person_overrides(const Cohort& cohort, const Person& person);

/// The layers of a skin with this person's thicknesses and properties as an override of
/// `skin.layers`, with age and phototype beside it; nothing if the cohort does not vary them.
/// \param skin  of the scenario with person_overrides applied
/// \throws InputError  the skin has no such layer, the model reads no such property
std::vector<io::Override> tissue_overrides(const Cohort& cohort, const Person& person,
                                           const tissue::Skin& skin, const model::Model& model);

/// The person's own factor on a parameter, 1 if the cohort does not vary it.
double parameter_factor(const Cohort& cohort, const Person& person, const std::string& parameter);

/// `base` with all that makes a scenario this person's: age, phototype and site, tissue, and own
/// factors on the parameters as `base`, the scenario or the model gives them.
/// \throws InputError  as tissue_overrides; the model has no such parameter
std::vector<io::Override> as_person(CaseRunner& runner, std::vector<io::Override> base,
                                    const Cohort& cohort, const Person& person);

}  // namespace neocol::study
