#include <catch2/catch.hpp>
#include <neocol/core/identifier.hpp>

using namespace neocol;

TEST_CASE("a name has letters, digits and underscores, a letter first, and a bounded length") {
    for (const char* name : {"a", "K_tgf", "collagen1_new", "X9"})
        CHECK(is_name(name));
    for (const char* name : {"", "1a", "_a", "a b", "a/../b", "a-b", "a.b", "..", "/", "a\n", "=a",
                             "caf\xC3\xA9", "a\x1b", "$a", "a%j"})
        CHECK_FALSE(is_name(name));
    CHECK(is_name(std::string(longest_name, 'a')));
    CHECK_FALSE(is_name(std::string(longest_name + 1, 'a')));
    CHECK_FALSE(is_name(std::string_view("a\0b", 3)));
}

TEST_CASE("a name of a file is no path and not hidden") {
    for (const char* name : {"roller_192", "x86-64-v3", "a.b", "2006"})
        CHECK(is_file_name(name));
    for (const char* name : {"", ".", "..", ".hidden", "-rf", "a/b", "a b", "a\n", "$(x)", "a;b"})
        CHECK_FALSE(is_file_name(name));
}
