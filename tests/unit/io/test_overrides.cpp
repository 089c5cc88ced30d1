#include <catch2/catch.hpp>

#include <string>

#include <neocol/core/document.hpp>
#include <neocol/core/error.hpp>

#include "overrides.hpp"

using namespace neocol;
using namespace neocol::io;
using namespace neocol::io::detail;

TEST_CASE("an override's places in lists become keys, however long they are") {
    const Document document = override_document({"session[2].at", "\"1 d\""});
    CHECK(document.root().get("session").get("[2]").get("at").string() == "1 d");
    const Document two = override_document({"a[1][23].b", "3"});
    CHECK(two.root().get("a").get("[1]").get("[23]").get("b").integer() == 3);
    const std::string digits(400, '7');
    const Document far = override_document({"a[" + digits + "]", "3"});
    CHECK(far.root().get("a").get("[" + digits + "]").integer() == 3);
    CHECK_THROWS_AS(override_document({"a[" + std::string(100'000, '7') + "]", "3"}), InputError);
}

TEST_CASE("a place beyond all numbers is past the end of a list") {
    const Document text = Document::parse("session = [{ at = 1 }]", "a.toml");
    for (const char* place : {"2", "0", "99999999999999999999999"}) {
        std::vector<Document> overrides;
        overrides.push_back(override_document({std::string("session[") + place + "].at", "2"}));
        Diagnostics faults;
        const Document made = overlaid(text, overrides, faults);
        CHECK(made.root().get("session").elements().at(0).get("at").integer() == 1);
        REQUIRE(faults.list().size() == 1);
        CHECK(faults.list().front().message.find("'session' has 1 element, there is no session[") !=
              std::string::npos);
    }
}

TEST_CASE("sessions of a result without a time are a fault of the result") {
    for (const char* text : {"[[session]]\n", "[[session]]\na\n", "[[session]]\nat=\"1 d\"\n"})
        CHECK_THROWS_AS(repeat_with(text, {{"regimen.sessions", "3"}}), InputError);
}
