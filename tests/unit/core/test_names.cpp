#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include <neocol/core/names.hpp>

using namespace neocol;
using Names = std::vector<std::string>;

TEST_CASE("edit distance counts inserts, deletes, replacements and swaps of neighbours") {
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance("fibroblast", "fibrobalst") == 1);
    CHECK(edit_distance("tgf_beta", "tgf_beta") == 0);
}

TEST_CASE("nearest name is the one meant, or none") {
    const Names names{"dermaroller", "pen", "stamp"};
    CHECK(nearest_name("dermarollr", names) == "dermaroller");
    CHECK(nearest_name("Pen", names) == "pen");
    CHECK(nearest_name("derma", names) == "dermaroller");
    CHECK(nearest_name("laser", names).empty());
    CHECK(nearest_name("x", Names{}).empty());
}

TEST_CASE("a suggestion lists what is known and the nearest") {
    CHECK(suggest("dermarollr", Names{"dermaroller", "pen", "stamp"}) ==
          "known: dermaroller, pen, stamp; did you mean 'dermaroller'?");
    CHECK(suggest("laser", Names{"pen", "stamp"}) == "known: pen, stamp");
}

TEST_CASE("a suggestion from many names shows only the nearest") {
    Names names;
    for (int i = 0; i < 40; ++i)
        names.push_back("parameter_" + std::to_string(100 + i));
    CHECK(suggest("parametr_117", names) == "did you mean 'parameter_117'?");
    CHECK(suggest("zz", names).find("(40 in all)") != std::string::npos);
}
