#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <neocol/io/library.hpp>
#include <neocol/model/parse.hpp>
#include <neocol/study/restriction.hpp>

using namespace neocol;
using study::Restriction;

namespace {

/// Reads a model without what each of its outcomes and observables does not need, set by set.
void ask_for_each(const model::Model& whole) {
    std::vector<model::Wanted> each;
    for (const model::Outcome& outcome : whole.outcomes)
        each.push_back({{}, {outcome.name}});
    for (const model::Observable& observable : whole.observables)
        each.push_back({{observable.name}, {}});
    std::set<std::vector<std::string>> known;
    for (const model::Wanted& wanted : each) {
        const Restriction restriction = study::restrict_to(whole, wanted);
        if (!known.insert(restriction.left_out).second) continue;
        const model::Model part =
            model::parse_without(whole.text, whole.name, restriction.left_out);
        CHECK(part.species.size() == restriction.n_solved);
        CHECK(part.parameters.size() == whole.parameters.size());
        CHECK(part.bounds.size() == whole.bounds.size());
        for (const std::string& name : wanted.observables)
            CHECK(part.find_observable(name) >= 0);
        // Nothing more can be left out of it.
        CHECK(study::restrict_to(part, wanted).left_out.empty());
    }
}

}  // namespace

TEST_CASE("each outcome and observable of the shipped models can be asked for alone") {
    for (const char* folder : {NEOCOL_SOURCE_DIR "/models", NEOCOL_SOURCE_DIR "/models/published"})
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (entry.path().extension() != ".toml") continue;
            INFO(entry.path());
            const io::NamedText file = io::read_model_file(entry.path().string(), {});
            ask_for_each(model::parse_model(file.text, file.path));
        }
}

TEST_CASE("what a plan solves is told in words") {
    CHECK(study::to_text({"m", "", 3, 3, {}}) == "solves all 3 species");
    CHECK(study::to_text({"m", "", 3, 2, {"a"}}) ==
          "solves 2 of 3 species: a is left out, as nothing that is kept depends on it");
    CHECK(
        study::to_text({"m", "", 5, 2, {"a", "b", "c"}}) ==
        "solves 2 of 5 species: a, b and c are left out, as nothing that is kept depends on them");
}
