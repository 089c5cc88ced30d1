#include <cctype>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/kernel/compiled.hpp>
#include <neocol/model/parse.hpp>

#include "../files.hpp"

using neocol::kernel::print_c;
using neocol::model::Model;
using neocol::model::parse_model;

namespace {

/// A model whose every free text and every name can be chosen: `@` in a name becomes `suffix`.
Model model_with(const std::string& text, const std::string& suffix) {
    const std::string t = neocol::toml_string(text);
    std::string source = "# " + suffix + R"toml(
[model]
name = "m@"
title = TEXT
summary = TEXT
layers = ["upper@", "lower@"]
[model.units]
I_ref@ = TEXT
[references]
dale1996 = TEXT
[properties]
perfusion@ = "1"
[parameter.k@]
value = "2 d-1"
range = ["1 d-1", "3 d-1"]
by = { layer = { upper@ = "1 d-1" } }
meaning = TEXT
source = TEXT
evidence = "design"
[parameter.D@]
value = "1 um2/s"
meaning = TEXT
source = TEXT
evidence = "design"
[switch.s@]
value = "on@"
options = { on@ = TEXT, off@ = TEXT }
meaning = TEXT
source = TEXT
[derived.g@]
value = "k@ * rest(u@)"
unit = "ng/mL/d"
meaning = TEXT
[function.f@]
arguments = ["a@"]
value = "hill(a@, 1 + a@, 2)"
meaning = TEXT
[species.u@]
unit = "ng/mL"
rest = "1 ng/mL"
meaning = TEXT
source = TEXT
[species.v@]
unit = "ng/mL"
scale = "1 ng/mL"
in = ["lower@"]
meaning = TEXT
[surface.cover@]
at = "surface"
unit = "1"
rest = 1
meaning = TEXT
[process.loss@]
rate = "k@ * u@ * exp(-v@ / (u@ + v@)) * perfusion@"
changes = { u@ = -1, v@ = 1 }
in = ["lower@"]
when = { s@ = "on@" }
meaning = TEXT
source = TEXT
[process.gain@]
rate = "g@ * f@(u@ / (u@ + v@))"
changes = { u@ = 1 }
meaning = TEXT
[transport.u@]
diffusivity = "D@ * (1 + wave@(time))"
[function.wave@]
arguments = ["t@"]
value = "sin(t@ * k@)"
meaning = TEXT
[injury]
u@ = "u@ * (1 - wounded)"
[event.drug@]
at = "1 day"
changes = { u@ = "u@ * 2" }
[observable.mean@]
value = "u@"
unit = "ng/mL"
meaning = TEXT
source = TEXT
[outcome.peak@]
of = "mean@"
measure = "peak"
unit = "ng/mL"
meaning = TEXT
[bound.most@]
value = "u@"
unit = "ng/mL"
at_most = "1e9 ng/mL"
meaning = TEXT
source = TEXT
)toml";
    source = std::regex_replace(source, std::regex("TEXT"), "\x01");
    source = std::regex_replace(source, std::regex("@"), suffix);
    std::string result;
    for (const char c : source)
        result += c == '\x01' ? t : std::string(1, c);
    return parse_model(result, "hostile.toml");
}

/// What the printer itself wrote: the text without the two sources that every kernel embeds.
std::string printed_part(const std::string& text) {
    const std::string start = "#define NK_PART";
    REQUIRE(text.find(start) != std::string::npos);
    return text.substr(text.find(start));
}

}  // namespace

TEST_CASE("no string of a model reaches the printed C") {
    const std::vector<std::string> hostile{
        "x */ __attribute__((constructor)) static void canary(void) { } /*",
        "\"; int canary = 1; //",
        "\\\n#include \"canary\"\n",
        "?\?/\n int canary; ?\?=define canary",
        "canary\r\n#pragma GCC poison canary",
        "%s%n {} {0} canary",
        "canary \xc3\xa9 */ \\u000a \\x0a",
    };
    const std::string plain = print_c(model_with("plain", "_a"));
    for (const std::string& text : hostile) {
        CAPTURE(text);
        const std::string printed = print_c(model_with(text, "_canary"));
        CHECK(printed.find("canary") == std::string::npos);
        CHECK(printed == plain);
    }
    CHECK_THROWS_AS(model_with("\x7f\u2028canary\u202e", "_a"), neocol::InputError);
}

TEST_CASE("the printed C holds numbers, generated names and fixed words only") {
    std::string text = printed_part(print_c(model_with("plain", "_a")));
    CHECK(text.find("/*") == std::string::npos);
    CHECK(text.find("//") == std::string::npos);
    CHECK(text.find('\\') == std::string::npos);
    const std::set<std::string> words{"define",
                                      "NK_PART",
                                      "__attribute__",
                                      "noinline",
                                      "static",
                                      "inline",
                                      "void",
                                      "nk_fill",
                                      "double",
                                      "u",
                                      "value",
                                      "int",
                                      "i",
                                      "for",
                                      "const",
                                      "struct",
                                      "nk_row",
                                      "row",
                                      "nk_call",
                                      "call",
                                      "size_t",
                                      "block",
                                      "aligned",
                                      "fixed",
                                      "advance",
                                      "n_blocks",
                                      "if",
                                      "restrict",
                                      "start",
                                      "ptrdiff_t",
                                      "inputs",
                                      "operand",
                                      "operand_stride",
                                      "state",
                                      "field_stride",
                                      "out",
                                      "out_stride",
                                      "weights",
                                      "sums",
                                      "pragma",
                                      "omp",
                                      "simd",
                                      "gamma_h",
                                      "nk_pow",
                                      "nk_exp",
                                      "nk_log",
                                      "nk_sqrt",
                                      "nk_sin",
                                      "nk_cos",
                                      "nk_tanh",
                                      "__builtin_fabs",
                                      "nk_system",
                                      "systems",
                                      "ifdef",
                                      "__clang__",
                                      "NK_COMPILER",
                                      "__clang_version__",
                                      "else",
                                      "__VERSION__",
                                      "endif",
                                      "nk_table",
                                      "neocol_kernel_table",
                                      "NK_ABI_VERSION",
                                      "NK_SOURCE",
                                      "NK_ISA"};
    const std::regex quoted("\"(clang |gcc )\"");
    text = std::regex_replace(text, quoted, " ");
    CHECK(text.find('"') == std::string::npos);
    const std::regex number("0x[0-9a-f](\\.[0-9a-f]+)?p[+-][0-9]+|[0-9]+(\\.[0-9]+)?");
    const std::regex generated("[sptow][0-9]+|s[0-9]+_[a-z_]+(_uniform_(one|all)|_block)?");
    const std::regex token("0x[0-9a-f.]+p[+-][0-9]+|[A-Za-z_0-9][A-Za-z_0-9.]*");
    std::set<std::string> unknown;
    for (auto it = std::sregex_iterator(text.begin(), text.end(), token);
         it != std::sregex_iterator(); ++it) {
        const std::string word = it->str();
        if (!words.contains(word) && !std::regex_match(word, number) &&
            !std::regex_match(word, generated))
            unknown.insert(word);
    }
    CHECK(unknown == std::set<std::string>{});
    for (const char c : text) {
        const bool allowed = c == '\n' || (c >= ' ' && c <= '~');
        if (!allowed) FAIL("character " << static_cast<int>(c));
    }
}

TEST_CASE("models that differ in names and titles share a kernel") {
    const neocol::test::TemporaryFolder folder;
    neocol::kernel::CompileOptions options;
    options.cache_folder = folder.file("cache");
    const std::string first =
        neocol::kernel::build_kernel(model_with("one", "_a"), options, options.cache_folder);
    const std::string second =
        neocol::kernel::build_kernel(model_with("two", "_b"), options, options.cache_folder);
    CHECK(first == second);
    const std::string name = std::filesystem::path(first).filename().string();
    CHECK(std::regex_match(name, std::regex("kernel-[0-9a-f]{24}-[0-9a-f]{16}\\.so")));
}

TEST_CASE("an instruction set is one of those known") {
    for (const char* isa : {"", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"})
        CHECK_NOTHROW(neocol::kernel::check_isa(isa));
    const neocol::test::TemporaryFolder folder;
    for (const char* isa : {"\"; int canary; //", "x86-64 -fplugin=canary.so",
                            "x86-64\"\nint canary;", "armv9", "x86-64-v3\n"}) {
        CAPTURE(isa);
        CHECK_THROWS_AS(neocol::kernel::check_isa(isa), neocol::InputError);
        neocol::kernel::CompileOptions options;
        options.cache_folder = folder.file("cache");
        options.isa = isa;
        CHECK_THROWS_AS(neocol::kernel::load_compiled(model_with("one", "_a"), options),
                        neocol::InputError);
        CHECK_THROWS_AS(
            neocol::kernel::build_kernel(model_with("one", "_a"), options, options.cache_folder),
            neocol::InputError);
    }
}
