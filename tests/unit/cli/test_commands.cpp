#include "../../../src/cli/command.hpp"

#include <set>
#include <string>

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

using namespace neocol::cli;

TEST_CASE("verbs have distinct names, and say in a line what they do") {
    std::set<std::string> names;
    for (const Command& command : commands()) {
        INFO(command.name);
        CHECK(names.insert(command.name).second);
        const std::string summary = command.summary;
        CHECK_FALSE(summary.empty());
        CHECK(summary.find('\n') == std::string::npos);
    }
    CHECK(names.contains("run"));
    CHECK(names.contains("calibrate"));
}

TEST_CASE("every option of a verb says what it is for") {
    for (const Command& command : commands()) {
        if (command.prepare == nullptr) continue;
        CLI::App app;
        const auto call = command.prepare(app);
        REQUIRE(call != nullptr);
        for (const CLI::Option* option : app.get_options()) {
            INFO(command.name << " " << option->get_name());
            CHECK_FALSE(option->get_description().empty());
        }
    }
}
