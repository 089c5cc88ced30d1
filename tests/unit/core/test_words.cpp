#include <array>
#include <string_view>

#include <catch2/catch.hpp>

#include <neocol/core/words.hpp>

using namespace neocol;

namespace {

enum class Colour { red, green, blue };
enum class Gap { small, large };
enum class Twice { once, again };
enum class Quiet { loud, silent };

struct Row {
    Word<Colour> word;
    int number;
};
constexpr auto rows = std::to_array<Row>({{{Colour::blue, "blue", ""}, 3},
                                          {{Colour::red, "red", "as blood"}, 1},
                                          {{Colour::green, "green", ""}, 2}});

}  // namespace

template <>
inline constexpr auto neocol::words<Colour> = neocol::words_of(rows);
template <>
inline constexpr auto neocol::words<Gap> = std::to_array<neocol::Word<Gap>>({{Gap::small, "small",
                                                                              ""}});
template <>
inline constexpr auto neocol::words<Twice> =
    std::to_array<neocol::Word<Twice>>({{Twice::once, "once", ""}, {Twice::again, "once", ""}});
template <>
inline constexpr auto neocol::words<Quiet> = std::to_array<neocol::Word<Quiet>>({{Quiet::loud,
                                                                                  "loud", ""}});
template <>
inline constexpr auto neocol::unsaid<Quiet> = std::to_array({Quiet::silent});

TEST_CASE("an enumerator without a word, and a word of two, are seen by the compiler") {
    STATIC_REQUIRE(words_are_complete<Colour>());
    STATIC_REQUIRE_FALSE(words_are_complete<Gap>());
    STATIC_REQUIRE_FALSE(words_are_complete<Twice>());
}

TEST_CASE("what is said by saying nothing needs no word") {
    STATIC_REQUIRE(words_are_complete<Quiet>());
}

TEST_CASE("rows of a table give an enum its words, and are found by value") {
    CHECK(name_of(Colour::red) == "red");
    CHECK(find_word<Colour>("green") == Colour::green);
    CHECK_FALSE(find_word<Colour>("yellow"));
    CHECK(row_of(rows, Colour::green).number == 2);
    CHECK(choices_of<Colour>().names() == std::vector<std::string>{"blue", "red", "green"});
}
