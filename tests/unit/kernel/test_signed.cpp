#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

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
using neocol::kernel::make_interpreter;
using neocol::model::Model;
using neocol::test::first_difference;
using neocol::test::random_model;
using neocol::test::RandomRow;
using neocol::test::read_text;
using neocol::test::TemporaryFolder;

namespace {

struct User {
    explicit User(const TemporaryFolder& folder, const std::string& name) {
        options.cache_folder = folder.file(name + "_cache");
        options.key_folder = folder.file(name + "_key");
        options.say = [this](const std::string&) { ++compiled; };
    }
    User(const User&) = delete;
    User& operator=(const User&) = delete;
    CompileOptions options;
    int compiled = 0;
};

std::string the_object(const std::string& folder) {
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".so") return entry.path().string();
    return {};
}

/// Code that leaves a file behind when it is loaded, under the name of a kernel.
void plant(const std::string& path, const std::string& canary, const TemporaryFolder& folder) {
    const std::string source = folder.write("plant.c",
                                            "#include <stdio.h>\n"
                                            "__attribute__((constructor)) static void "
                                            "f(void) { FILE* x = fopen(\"" +
                                                canary + "\", \"w\"); if (x) fclose(x); }\n");
    const std::string command = "cc -shared -fPIC -o '" + path + "' '" + source + "'";
    REQUIRE(std::system(command.c_str()) == 0);
}

void check_right(const std::vector<std::unique_ptr<neocol::kernel::Kernel>>& kernels,
                 const Model& model) {
    REQUIRE(kernels.size() == 1);
    const RandomRow data(model, model.systems.front(), 4, 1);
    CHECK(first_difference(*kernels.front(), *make_interpreter(model, model.systems.front()),
                           data) == "");
}

}  // namespace

TEST_CASE("the key is private, made once, and kept") {
    const TemporaryFolder folder;
    const User user(folder, "a");
    load_compiled(random_model(1, 2, 2), user.options);
    const std::string path = user.options.key_folder + "/kernel.key";
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    REQUIRE(stat(user.options.key_folder.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
    const std::string key = read_text(path);
    CHECK(key.size() == 65);
    load_compiled(random_model(2, 2, 2), user.options);
    CHECK(read_text(path) == key);
    const User other(folder, "b");
    load_compiled(random_model(1, 2, 2), other.options);
    CHECK(read_text(other.options.key_folder + "/kernel.key") != key);
    SECTION("one that others may read is refused") {
        REQUIRE(chmod(path.c_str(), 0644) == 0);
        CHECK_THROWS_WITH(load_compiled(random_model(1, 2, 2), user.options),
                          Contains("open to other users"));
    }
    SECTION("a damaged one is refused") {
        std::ofstream(path) << "short\n";
        CHECK_THROWS_WITH(load_compiled(random_model(1, 2, 2), user.options), Contains("damaged"));
    }
}

TEST_CASE("code planted under a kernel's name is never loaded") {
    const TemporaryFolder folder;
    const Model model = random_model(3, 3, 4);
    User user(folder, "a");
    load_compiled(model, user.options);
    CHECK(user.compiled == 1);
    const std::string cached = the_object(user.options.cache_folder);
    const std::string canary = folder.file("canary");
    SECTION("in the cache: it is compiled anew") {
        plant(cached, canary, folder);
        check_right(load_compiled(model, user.options), model);
        CHECK(user.compiled == 2);
        load_compiled(model, user.options);
        CHECK(user.compiled == 2);
    }
    SECTION("in a study's folder: the cache serves") {
        fs::create_directory(folder.file("study"));
        plant(folder.file("study") + "/" + fs::path(cached).filename().string(), canary, folder);
        user.options.signed_search = {folder.file("study")};
        check_right(load_compiled(model, user.options), model);
        CHECK(user.compiled == 1);
    }
    SECTION("beside the program: it has no digest") {
        fs::create_directory(folder.file("shipped"));
        plant(folder.file("shipped") + "/" + fs::path(cached).filename().string(), canary, folder);
        user.options.search = {folder.file("shipped")};
        check_right(load_compiled(model, user.options), model);
    }
    CHECK_FALSE(fs::exists(canary));
}

TEST_CASE("a signature holds for one user, one source and one instruction set") {
    const TemporaryFolder folder;
    const Model model = random_model(3, 3, 4);
    User user(folder, "a"), other(folder, "b");
    load_compiled(model, user.options);
    const std::string cached = the_object(user.options.cache_folder);
    SECTION("another user compiles for himself") {
        other.options.signed_search = {user.options.cache_folder};
        check_right(load_compiled(model, other.options), model);
        CHECK(other.compiled == 1);
    }
    SECTION("the same user, elsewhere, does not") {
        User again(folder, "c");
        again.options.key_folder = user.options.key_folder;
        again.options.compiler = "no-such-compiler";
        again.options.signed_search = {user.options.cache_folder};
        check_right(load_compiled(model, again.options), model);
    }
    SECTION("a kernel under the name of another one is not taken") {
        const Model second = random_model(4, 3, 4);
        User scratch(folder, "c");
        scratch.options.key_folder = user.options.key_folder;
        load_compiled(second, scratch.options);
        const std::string name = fs::path(the_object(scratch.options.cache_folder)).filename();
        fs::copy_file(cached, user.options.cache_folder + "/" + name);
        check_right(load_compiled(second, user.options), second);
        CHECK(user.compiled == 2);
    }
}

TEST_CASE("a damaged kernel is compiled anew, wherever it is damaged") {
    const TemporaryFolder folder;
    const Model model = random_model(3, 2, 2);
    User user(folder, "a");
    load_compiled(model, user.options);
    const std::string cached = the_object(user.options.cache_folder);
    const std::string whole = read_text(cached);
    std::mt19937 random(5);
    int expected = user.compiled;
    for (const std::size_t place :
         {std::size_t{0}, std::size_t{24}, whole.size() / 2, whole.size() - 3,
          static_cast<std::size_t>(random() % whole.size())}) {
        std::string damaged = whole;
        damaged[place] = static_cast<char>(damaged[place] ^ 0x10);
        std::ofstream(cached, std::ios::binary) << damaged;
        CAPTURE(place);
        check_right(load_compiled(model, user.options), model);
        CHECK(user.compiled == ++expected);
    }
    std::ofstream(cached, std::ios::binary) << whole.substr(0, whole.size() / 3);
    check_right(load_compiled(model, user.options), model);
    CHECK(user.compiled == ++expected);
    std::ofstream(cached, std::ios::binary) << "";
    check_right(load_compiled(model, user.options), model);
    CHECK(user.compiled == ++expected);
}

TEST_CASE("a kernel that came with the program is trusted as far as its folder") {
    const TemporaryFolder folder;
    const Model model = random_model(3, 2, 2);
    User user(folder, "a");
    const std::string built = build_kernel(model, user.options, folder.file("shipped"));
    user.options.search = {folder.file("shipped")};
    user.options.compiler = "no-such-compiler";
    check_right(load_compiled(model, user.options), model);
    SECTION("not if others may write the folder") {
        REQUIRE(chmod(folder.file("shipped").c_str(), 0777) == 0);
        CHECK_THROWS_WITH(load_compiled(model, user.options), Contains("no-such-compiler"));
    }
    SECTION("not if others may write the file") {
        REQUIRE(chmod(built.c_str(), 0666) == 0);
        CHECK_THROWS_WITH(load_compiled(model, user.options), Contains("no-such-compiler"));
    }
    SECTION("a plain digest does not count elsewhere") {
        user.options.signed_search = user.options.search;
        user.options.search.clear();
        CHECK_THROWS_WITH(load_compiled(model, user.options), Contains("no-such-compiler"));
    }
    SECTION("a group that may write the program may write its kernels") {
        const std::string program = folder.write("program", "x");
        REQUIRE(chmod(built.c_str(), 0664) == 0);
        CHECK_THROWS_WITH(load_compiled(model, user.options), Contains("no-such-compiler"));
        REQUIRE(chmod(program.c_str(), 0775) == 0);
        user.options.program = program;
        check_right(load_compiled(model, user.options), model);
    }
}

TEST_CASE("without a compiler, what another one made serves") {
    const TemporaryFolder folder;
    const Model model = random_model(3, 2, 2);
    User user(folder, "a");
    load_compiled(model, user.options);
    user.options.compiler = "no-such-compiler";
    check_right(load_compiled(model, user.options), model);
    const Model other = random_model(4, 2, 2);
    CHECK_THROWS_WITH(load_compiled(other, user.options), Contains("--interpreter"));
    std::string warned;
    user.options.warn = [&](const std::string& text) { warned = text; };
    user.options.or_interpret = true;
    CHECK(load_compiled(other, user.options).front()->backend() == "interpreter");
    CHECK_THAT(warned, Contains("kernel.key") && Contains("same results"));
}

TEST_CASE("many programs compile a kernel once") {
    const TemporaryFolder folder;
    const Model model = random_model(3, 2, 2);
    CompileOptions options;
    options.cache_folder = folder.file("cache");
    std::atomic<int> compiled{0};
    options.say = [&](const std::string&) { ++compiled; };
    std::vector<std::thread> programs;
    std::atomic<int> loaded{0};
    for (int k = 0; k < 4; ++k) {
        programs.emplace_back([&] {
            if (load_compiled(model, options).size() == 1) ++loaded;
        });
    }
    for (std::thread& program : programs)
        program.join();
    CHECK(loaded == 4);
    CHECK(compiled == 1);
    for (const auto& entry : fs::directory_iterator(options.cache_folder)) {
        const std::string name = entry.path().filename().string();
        CHECK((entry.path().extension() == ".so" || name == "kernel.key"));
    }
}

TEST_CASE("a model too large to compile is interpreted, and that is said") {
    const TemporaryFolder folder;
    const Model model = random_model(3, 2, 2);
    CompileOptions options;
    options.cache_folder = folder.file("cache");
    options.most_operations = 3;
    std::string said;
    options.warn = [&](const std::string& text) { said = text; };
    const auto kernels = load_compiled(model, options);
    REQUIRE(kernels.size() == 1);
    CHECK(kernels.front()->backend() == "interpreter");
    CHECK_THAT(said, Contains("interpreted"));
    CHECK_FALSE(fs::exists(options.cache_folder));
    CHECK(build_kernel(model, options, options.cache_folder).empty());
}

TEST_CASE("a compiler ends when neocol is stopped, with all it started") {
    const TemporaryFolder folder;
    CompileOptions options;
    options.cache_folder = folder.file("cache");
    const std::string child = folder.file("child");
    const fs::path compiler = folder.path / "slow";
    std::ofstream(compiler) << "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n"
                               "sleep 60 &\necho $! >" +
                                   child + "\nwait\n";
    fs::permissions(compiler, fs::perms::owner_all);
    options.compiler = compiler.string();
    std::atomic<bool> stop{false};
    options.stop = &stop;
    std::thread later([&] {
        for (int k = 0; k < 1000 && !fs::exists(child); ++k)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        stop = true;
    });
    CHECK_THROWS_WITH(load_compiled(random_model(1, 2, 2), options), Contains("stopped"));
    later.join();
    const std::string process = "/proc/" + read_text(child);
    const std::string name = process.substr(0, process.find('\n')) + "/stat";
    for (int k = 0; k < 500; ++k) {
        std::ifstream status(name);
        std::string text;
        std::getline(status, text);
        if (text.empty() || text.find(") Z") != std::string::npos) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::ifstream status(name);
    std::string text;
    std::getline(status, text);
    CHECK((text.empty() || text.find(") Z") != std::string::npos));
}
