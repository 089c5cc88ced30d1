#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>
#include <neocol/files/lock.hpp>

#include "../files.hpp"

namespace fs = std::filesystem;
namespace files = neocol::files;
using neocol::IoError;
using neocol::test::TemporaryFolder;

namespace {

std::string operator/(const TemporaryFolder& folder, const std::string& name) {
    return (folder.path / name).string();
}

std::ptrdiff_t n_entries(const TemporaryFolder& folder) {
    return std::distance(fs::directory_iterator(folder.path), fs::directory_iterator());
}

}  // namespace

TEST_CASE("a file written in one move reads back, also when it replaces another") {
    const TemporaryFolder folder;
    const std::string path = folder / "a.txt";
    files::write(path, "first");
    CHECK(files::read(path) == "first");
    const std::string long_text(3'000'000, 'x');
    files::write(path, long_text);
    CHECK(files::read(path) == long_text);
    CHECK(n_entries(folder) == 1);
}

TEST_CASE("a file that is not committed leaves nothing, and what stood before stands") {
    const TemporaryFolder folder;
    const std::string path = folder / "a.txt";
    files::write(path, "first");
    {
        files::NewFile file(path);
        file.append("second");
    }
    CHECK(files::read(path) == "first");
    CHECK(n_entries(folder) == 1);
}

TEST_CASE("absent is not unreadable") {
    const TemporaryFolder folder;
    CHECK_FALSE(files::read_if_there(folder / "none").has_value());
    CHECK_FALSE(files::read_if_there(folder / "none/below").has_value());
    CHECK_THROWS_AS(files::read(folder / "none"), IoError);
    CHECK_THROWS_AS(files::read_if_there(folder.path.string()), IoError);  // a folder
    fs::create_symlink("loop", folder / "loop");
    CHECK_THROWS_AS(files::read_if_there(folder / "loop"), IoError);
    CHECK_THROWS_AS(files::kind_of(folder / std::string(300, 'n')), IoError);
}

TEST_CASE("pipes and devices are refused at once, not waited for") {
    const TemporaryFolder folder;
    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(files::kind_of(folder / "pipe") == files::Kind::special);
    CHECK_THROWS_AS(files::read(folder / "pipe"), IoError);
    CHECK_THROWS_AS(files::read("/dev/zero"), IoError);
}

TEST_CASE("a text above the bound is refused") {
    const TemporaryFolder folder;
    files::write(folder / "a.txt", "12345");
    CHECK(files::read(folder / "a.txt", 5) == "12345");
    CHECK_THROWS_AS(files::read(folder / "a.txt", 4), IoError);
}

TEST_CASE("a file that grows keeps what stood, and can be cut") {
    const TemporaryFolder folder;
    const std::string path = folder / "log";
    {
        files::AppendFile file(path);
        file.append("one\n");
        file.sync();
    }
    files::AppendFile file(path);
    CHECK(file.size() == 4);
    file.append("two\n");
    file.cut(6);
    file.close();
    CHECK(files::read(path) == "one\ntw");
}

TEST_CASE("removing what is not there is no error; a folder is") {
    const TemporaryFolder folder;
    files::remove(folder / "none");
    fs::create_directory(folder / "sub");
    CHECK_THROWS_AS(files::remove(folder / "sub"), IoError);
}

TEST_CASE("a sealed text is read only as it was written") {
    const std::string bytes = files::sealed("plan", "every = 1\nn = 12\n");
    CHECK(files::unsealed("plan", bytes, "plan.toml") == "every = 1\nn = 12\n");
    CHECK_THROWS_AS(files::unsealed("cohort", bytes, "plan.toml"), IoError);
    CHECK_THROWS_AS(files::unsealed("plan", "", "plan.toml"), IoError);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string flipped = bytes;
        flipped[i] = static_cast<char>(flipped[i] ^ 1);
        INFO(i);
        CHECK_THROWS_AS(files::unsealed("plan", flipped, "plan.toml"), IoError);
        CHECK_THROWS_AS(files::unsealed("plan", bytes.substr(0, i), "plan.toml"), IoError);
    }
}

TEST_CASE("a lock has one exclusive holder, and goes with it") {
    const TemporaryFolder folder;
    using files::Lock;
    {
        const Lock first(folder / "lock", Lock::Kind::exclusive, "this study", "here", "now");
        CHECK_THROWS_AS(Lock(folder / "lock", Lock::Kind::exclusive, "this study", "here", "now"),
                        IoError);
        CHECK_THROWS_AS(Lock(folder / "lock", Lock::Kind::shared, "this study", "here", "now"),
                        IoError);
    }
    const Lock second(folder / "lock", Lock::Kind::exclusive, "this study", "here", "now");
}

TEST_CASE("a file that was put into place and may not last is withdrawn") {
    const TemporaryFolder folder;
    files::NewFile file(folder / "a.txt");
    file.append("text");
    file.withdraw();
    file.commit();
    CHECK(files::read(folder / "a.txt") == "text");
    file.withdraw();
    CHECK(files::kind_of(folder / "a.txt") == files::Kind::absent);
}

TEST_CASE("a call that failed carries the system's number, what a file holds does not") {
    const TemporaryFolder folder;
    fs::create_symlink("loop", folder / "loop");
    try {
        files::kind_of(folder / "loop");
        FAIL("nothing was thrown");
    } catch (const files::CallError& error) {
        CHECK(error.number == ELOOP);
        CHECK(error.path == folder / "loop");
    }
    files::write(folder / "a.txt", files::sealed("test", "text") + "x");
    try {
        files::unsealed("test", files::read(folder / "a.txt"), folder / "a.txt");
        FAIL("nothing was thrown");
    } catch (const IoError& error) {
        CHECK(dynamic_cast<const files::CallError*>(&error) == nullptr);
    }
}

TEST_CASE("what the kernel says is read whole, though its files have no size") {
    CHECK(files::read_of_kernel("/proc/self/stat").starts_with(std::to_string(getpid()) + " ("));
    CHECK(files::read_of_kernel("/proc/self/maps").size() > 5000);
    CHECK(files::read_of_kernel("/proc/self/none").empty());
}
