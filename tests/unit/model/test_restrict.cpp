#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <neocol/model/parse.hpp>
#include <neocol/model/restrict.hpp>

using namespace neocol;
using model::Model;

namespace {

/// `cause` acts on `effect`, both on `end`; `aside` reads them and acts on nothing. `cover` lies on
/// the surface and lets `supplied` in.
const std::string chain = R"toml(
[model]
name = "chain"
title = "Chain"
[parameter]
k = { value = "1 d-1", meaning = "m", source = "chosen", evidence = "design" }
D = { value = "1 mm2 d-1", meaning = "m", source = "chosen", evidence = "design" }
[function.half]
value = "0.5*aside"
meaning = "f"
[species.cause]
unit = "1"
scale = 1
meaning = "s"
[species.effect]
unit = "1"
scale = 1
meaning = "s"
[species.end]
unit = "1"
scale = 1
meaning = "s"
[species.aside]
unit = "1"
scale = 1
meaning = "s"
[species.followed]
unit = "1"
scale = 1
meaning = "s"
[species.weave]
kind = "symmetric tensor"
unit = "1"
scale = 1
meaning = "t"
[surface.cover]
at = "surface"
unit = "1"
scale = 1
meaning = "c"
[process.loss]
rate = "k*cause"
changes = { cause = -1, effect = 1, aside = 1 }
meaning = "m"
[process.end]
rate = "k*effect"
changes = { end = 1 }
meaning = "m"
[process.aside]
rate = "k*half"
changes = { aside = -1 }
meaning = "m"
[process.weaving]
rate = "k*end*(along(x) - weave)"
changes = { weave = 1 }
meaning = "m"
[process.covering]
at = "surface"
rate = "k*cover*end"
changes = { cover = -1 }
meaning = "m"
[transport.end]
diffusivity = "D"
taxis = [{ toward = "followed", sensitivity = "D" }]
[injury]
cause = "cause + wounded"
aside = "aside + wounded"
cover = "cover + wounded"
weave = "weave"
[observable]
effect = { value = "effect", unit = "1", meaning = "m" }
end = { value = "end", unit = "1", meaning = "m" }
aside = { value = "aside", unit = "1", meaning = "m" }
cover = { value = "cover", at = "surface", unit = "1", meaning = "m" }
[outcome]
effect = { of = "effect", measure = "value", at = "1 d", unit = "1", meaning = "m" }
end = { of = "end", measure = "value", at = "1 d", unit = "1", meaning = "m" }
aside = { of = "aside", measure = "value", at = "1 d", unit = "1", meaning = "m" }
)toml";

std::vector<std::string> names(const Model& whole) {
    std::vector<std::string> list;
    for (const model::Species& species : whole.species)
        list.push_back(species.name);
    std::sort(list.begin(), list.end());
    return list;
}

Model restricted(const std::string& text, const model::Wanted& wanted) {
    const Model whole = model::parse_model(text, "m.toml");
    return model::parse_without(text, "m.toml", model::not_needed(whole, wanted));
}

std::vector<std::string> left(const std::string& text, const model::Wanted& wanted) {
    return names(restricted(text, wanted));
}

}  // namespace

TEST_CASE("what cannot influence an outcome is left out") {
    using Names = std::vector<std::string>;
    CHECK(left(chain, {{}, {"effect"}}) == Names{"cause", "effect"});
    CHECK(left(chain, {{}, {"end"}}) == Names{"cause", "effect", "end", "followed"});
    CHECK(left(chain, {{"aside"}, {}}) == Names{"aside", "cause"});
    CHECK(left(chain, {{"cover"}, {"effect"}}) ==
          Names{"cause", "cover", "effect", "end", "followed"});
}

TEST_CASE("a restricted model keeps what it was asked for, and what acts on it") {
    const Model whole = model::parse_model(chain, "m.toml");
    const Model part = restricted(chain, {{}, {"effect"}});
    CHECK(part.outcomes.size() == 1);
    CHECK(part.observables.size() == 1);
    REQUIRE(part.processes.size() == 1);
    CHECK(part.processes.front().changes.size() == 2);
    CHECK(part.injury.size() == 1);
    CHECK(part.tensors.empty());
    CHECK(part.parameters.size() == whole.parameters.size());
    CHECK(part.text == whole.text);
    CHECK(part.hash != whole.hash);
    CHECK(restricted(chain, {{}, {"end"}}).hash != part.hash);
}

TEST_CASE("a restricted model is one of what it solves, whatever is asked of that") {
    const Model end = restricted(chain, {{}, {"end"}});
    const Model both = restricted(chain, {{"effect"}, {"end", "effect"}});
    CHECK(both.hash == end.hash);
    // What can be read of it without solving more stays.
    CHECK(end.find_observable("effect") >= 0);
    CHECK(end.outcomes.size() == 2);
    CHECK(end.find_observable("aside") < 0);
}

TEST_CASE("what acts on the rest cannot be left out") {
    CHECK_THROWS_WITH(model::parse_without(chain, "m.toml", {"cause"}),
                      Catch::Contains("'cause' cannot be left out"));
    CHECK_THROWS_WITH(model::parse_without(chain, "m.toml", {"none"}),
                      Catch::Contains("no species 'none'"));
    CHECK(model::parse_without(chain, "m.toml", {}).hash ==
          model::parse_model(chain, "m.toml").hash);
}

TEST_CASE("what reads the rest value of a species needs it") {
    const std::string derived =
        "[derived.start]\nvalue = \"2*rest(aside)\"\nunit = \"1\"\nmeaning = \"m\"\n"
        "[process.by_start]\nrate = \"k*start\"\nchanges = { effect = 1 }\nmeaning = \"m\"\n";
    const auto needed = left(chain + derived, {{}, {"effect"}});
    CHECK(std::find(needed.begin(), needed.end(), "aside") != needed.end());
    // One that nothing reads goes with its species.
    const std::string unread =
        "[derived.start]\nvalue = \"2*rest(aside)\"\nunit = \"1\"\nmeaning = \"m\"\n";
    CHECK(left(chain + unread, {{}, {"effect"}}) == left(chain, {{}, {"effect"}}));
}

TEST_CASE("a model of which everything is needed is the whole model") {
    const std::string weave =
        "[bound.weave]\nvalue = \"weave_xx\"\nunit = \"1\"\nat_most = \"2\"\nmeaning = \"m\"\n"
        "source = \"chosen\"\n";
    const Model whole = model::parse_model(chain + weave, "m.toml");
    const Model asked = restricted(
        chain + weave, {{"effect", "end", "aside", "cover"}, {"effect", "end", "aside"}});
    CHECK(asked.hash == whole.hash);
    CHECK(asked.species.size() == whole.species.size());
    // A bound judges a run: what it reads is never left out.
    const auto of_bound = left(chain + weave, {{}, {"effect"}});
    CHECK(std::find(of_bound.begin(), of_bound.end(), "weave_xx") != of_bound.end());
    CHECK(std::find(of_bound.begin(), of_bound.end(), "aside") == of_bound.end());
}

TEST_CASE("events bring in what their conditions read") {
    const std::string event = "[event.drug]\nwhen = \"aside > 0.5\"\nchanges = { k = \"k/10\" }\n";
    const auto needed = left(chain + event, {{}, {"effect"}});
    CHECK(std::find(needed.begin(), needed.end(), "aside") != needed.end());
    const std::string other =
        "[event.refill]\nwhen = \"aside > 0.5\"\nchanges = { cover = \"1\" }\n";
    CHECK(left(chain + other, {{}, {"effect"}}) == left(chain, {{}, {"effect"}}));
}

TEST_CASE("unknown outcomes and observables are refused") {
    CHECK_THROWS_WITH(left(chain, {{}, {"none"}}), Catch::Contains("no outcome 'none'"));
    CHECK_THROWS_WITH(left(chain, {{"none"}, {}}), Catch::Contains("no observable 'none'"));
}
