#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <neocol/core/error.hpp>
#include <neocol/kernel/compiled.hpp>

#include "../files.hpp"
#include "compare_kernels.hpp"

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using neocol::kernel::build_kernel;
using neocol::kernel::CompileOptions;
using neocol::kernel::load_compiled;
using neocol::kernel::machine_isa;
using neocol::kernel::make_interpreter;
using neocol::model::Model;
using neocol::test::first_difference;
using neocol::test::random_model;
using neocol::test::RandomRow;
using neocol::test::TemporaryFolder;

namespace {

std::size_t count_objects(const std::string& folder) {
    std::size_t n = 0;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".so") ++n;
    return n;
}

CompileOptions options_in(const TemporaryFolder& folder) {
    CompileOptions options;
    options.cache_folder = folder.file("cache");
    return options;
}

}  // namespace

TEST_CASE("compiled kernels and the interpreter agree to the last bit") {
    const TemporaryFolder folder;
    for (unsigned seed = 0; seed < 2; ++seed) {
        const Model model = random_model(seed, 3 + static_cast<int>(seed), 6);
        const auto compiled = load_compiled(model, options_in(folder));
        REQUIRE(compiled.size() == 1);
        const auto interpreter = make_interpreter(model, model.systems.front());
        for (const bool advancing : {false, true}) {
            const RandomRow data(model, model.systems.front(), seed, 5, advancing);
            CAPTURE(seed, advancing);
            CHECK(first_difference(*compiled.front(), *interpreter, data) == "");
        }
    }
}

TEST_CASE("every instruction set and compiler gives the same bits") {
    const TemporaryFolder folder;
    const Model model = random_model(21, 3, 4);
    const auto interpreter = make_interpreter(model, model.systems.front());
    const RandomRow data(model, model.systems.front(), 4, 4);
    for (const char* isa : {"x86-64", "x86-64-v2", "x86-64-v3"}) {
        if (machine_isa().empty() || machine_isa() < isa) continue;
        CompileOptions options = options_in(folder);
        options.isa = isa;
        CAPTURE(isa);
        const auto kernels = load_compiled(model, options);
        CHECK(first_difference(*kernels.front(), *interpreter, data) == "");
        CHECK_THAT(kernels.front()->backend(), Contains(isa));
    }
    if (fs::exists("/usr/bin/clang")) {
        CompileOptions options = options_in(folder);
        options.compiler = "/usr/bin/clang";
        const auto kernels = load_compiled(model, options);
        CHECK(first_difference(*kernels.front(), *interpreter, data) == "");
        CHECK_THAT(kernels.front()->backend(), Contains("clang"));
    }
}

TEST_CASE("values do not depend on the lane or block of a voxel") {
    const TemporaryFolder folder;
    const Model model = random_model(8, 4, 3);
    const auto kernels = load_compiled(model, options_in(folder));
    RandomRow data(model, model.systems.front(), 2, 2);
    for (std::size_t s = 0; s < data.unknowns.size(); ++s)
        for (std::size_t i = 0; i < data.stride; ++i)
            data.state[s * data.stride + i] = data.state[s * data.stride];
    for (auto& values : data.input_values)
        std::fill(values.begin(), values.end(), values.front());
    neocol::AlignedVector out(4 * data.stride);
    kernels.front()->rates(data.row(), out.data(), data.stride, nullptr, nullptr);
    for (std::size_t s = 0; s < 4; ++s)
        for (std::size_t i = 0; i < data.size(); ++i)
            CHECK(out[s * data.stride + i] == out[s * data.stride]);
}

TEST_CASE("a kernel is compiled once per source and instruction set") {
    const TemporaryFolder folder;
    const CompileOptions options = options_in(folder);
    load_compiled(random_model(1, 2, 2), options);
    CHECK(count_objects(options.cache_folder) == 1);
    const auto first = fs::last_write_time(fs::directory_iterator(options.cache_folder)->path());
    load_compiled(random_model(1, 2, 2), options);
    CHECK(count_objects(options.cache_folder) == 1);
    CHECK(fs::last_write_time(fs::directory_iterator(options.cache_folder)->path()) == first);
    SECTION("another model is another kernel") {
        load_compiled(random_model(2, 2, 2), options);
        CHECK(count_objects(options.cache_folder) == 2);
    }
    SECTION("another instruction set is another kernel") {
        if (machine_isa().empty()) return;
        CompileOptions other = options;
        other.isa = machine_isa() == "x86-64" ? "x86-64" : "x86-64-v2";
        load_compiled(random_model(1, 2, 2), other);
        CHECK(count_objects(options.cache_folder) == (other.isa == machine_isa() ? 1 : 2));
    }
    SECTION("nothing else is left in the cache") {
        for (const auto& entry : fs::directory_iterator(options.cache_folder)) {
            const std::string name = entry.path().filename().string();
            CHECK((name.ends_with(".so") || name == "kernel.key"));
        }
    }
}

TEST_CASE("a kernel built into a searched folder needs no compiler") {
    const TemporaryFolder folder;
    const Model model = random_model(3, 3, 4);
    const std::string built = build_kernel(model, CompileOptions{}, folder.file("built"));
    CHECK(fs::path(built).parent_path() == folder.file("built"));
    CompileOptions options = options_in(folder);
    options.compiler = "no-such-compiler";
    options.search = {folder.file("absent"), folder.file("built")};
    const auto kernels = load_compiled(model, options);
    const RandomRow data(model, model.systems.front(), 4, 1);
    CHECK(first_difference(*kernels.front(), *make_interpreter(model, model.systems.front()),
                           data) == "");
    CHECK_FALSE(fs::exists(options.cache_folder));
    SECTION("but a changed model does") {
        CHECK_THROWS_WITH(load_compiled(random_model(4, 3, 4), options),
                          Contains("no-such-compiler") && Contains("--interpreter"));
    }
}

TEST_CASE("a compiler that fails is quoted, with a way out") {
    const TemporaryFolder folder;
    CompileOptions options = options_in(folder);
    const fs::path compiler = folder.path / "broken";
    std::ofstream(compiler) << "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n"
                               "echo 'kernel.c:1: out of ideas'\nexit 3\n";
    fs::permissions(compiler, fs::perms::owner_all);
    options.compiler = compiler.string();
    CHECK_THROWS_WITH(load_compiled(random_model(1, 2, 2), options), Contains("out of ideas") &&
                                                                         Contains("status 3") &&
                                                                         Contains("--interpreter"));
    CHECK(count_objects(options.cache_folder) == 0);
}

TEST_CASE("a cache that others could write to is refused") {
    const TemporaryFolder folder;
    CompileOptions options = options_in(folder);
    const Model model = random_model(1, 2, 2);
    SECTION("open to the group") {
        fs::create_directory(options.cache_folder);
        fs::permissions(options.cache_folder, fs::perms::owner_all | fs::perms::group_all);
        CHECK_THROWS_AS(load_compiled(model, options), neocol::IoError);
    }
    SECTION("a symbolic link") {
        fs::create_directory(folder.file("elsewhere"));
        fs::permissions(folder.file("elsewhere"), fs::perms::owner_all);
        fs::create_directory_symlink(folder.file("elsewhere"), options.cache_folder);
        CHECK_THROWS_WITH(load_compiled(model, options), Contains("symbolic link"));
    }
    SECTION("a file") {
        std::ofstream(options.cache_folder) << "x";
        CHECK_THROWS_AS(load_compiled(model, options), neocol::IoError);
    }
    SECTION("no name") {
        options.cache_folder.clear();
        CHECK_THROWS_AS(load_compiled(model, options), neocol::IoError);
    }
}

TEST_CASE("a new cache is private") {
    const TemporaryFolder folder;
    const CompileOptions options = options_in(folder);
    load_compiled(random_model(1, 2, 2), options);
    struct stat status {};
    REQUIRE(stat(options.cache_folder.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
}

TEST_CASE("a kernel built into the cache is found there") {
    const TemporaryFolder folder;
    const CompileOptions options = options_in(folder);
    const Model model = random_model(1, 2, 2);
    build_kernel(model, options, options.cache_folder);
    load_compiled(model, options);
    CHECK(count_objects(options.cache_folder) == 1);
}

TEST_CASE("instruction sets that mean nothing or too much are refused") {
    const TemporaryFolder folder;
    CompileOptions options = options_in(folder);
    options.isa = "native";
    CHECK_THROWS_AS(load_compiled(random_model(1, 2, 2), options), neocol::InputError);
    if (machine_isa() == "x86-64-v4" || machine_isa().empty()) return;
    options.isa = "x86-64-v4";
    CHECK_THROWS_WITH(load_compiled(random_model(1, 2, 2), options), Contains("cannot run"));
}
