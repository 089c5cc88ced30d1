#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

#include "../files.hpp"
#include "read_apart.hpp"

using neocol::IoError;
using neocol::io::detail::ReadApart;
using neocol::test::TemporaryFolder;
namespace files = neocol::files;

TEST_CASE("a child that reads and then says nothing more is ended") {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.h5", "bytes");
    const auto began = std::chrono::steady_clock::now();
    ReadApart apart(
        path,
        [](const ReadApart::Send& send) {
            send("ab");
            for (;;)
                ::pause();  // takes no processor time
        },
        std::chrono::milliseconds(300));
    char bytes[2];
    apart.read(bytes, 2);
    CHECK(std::string(bytes, 2) == "ab");
    CHECK_THROWS_WITH(apart.finish(), Catch::Contains(path) && Catch::Contains("took too long"));
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));
}

TEST_CASE("a slow child is not a silent one") {
    const TemporaryFolder folder;
    ReadApart apart(
        folder.write("a.h5", "bytes"),
        [](const ReadApart::Send& send) {
            for (int i = 0; i < 8; ++i) {
                std::this_thread::sleep_for(std::chrono::milliseconds(100));
                send("x");
            }
        },
        std::chrono::milliseconds(700));
    char bytes[8];
    apart.read(bytes, sizeof bytes);
    CHECK(std::string(bytes, sizeof bytes) == "xxxxxxxx");
    apart.finish();
}

TEST_CASE("what a child could not read is told as such, with the system's reason") {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.h5", "bytes");
    ReadApart apart(path, [&](const ReadApart::Send&) {
        throw files::CallError(path, "cannot be read", ESTALE);
    });
    try {
        apart.finish();
        FAIL("nothing was thrown");
    } catch (const files::CallError& error) {
        CHECK(error.number == ESTALE);
        CHECK(error.path == path);
        CHECK(std::string(error.what()) == path + ": cannot be read: Stale file handle");
    }
    ReadApart damaged(path, [&](const ReadApart::Send&) { throw IoError(path, "is damaged"); });
    try {
        damaged.finish();
        FAIL("nothing was thrown");
    } catch (const IoError& error) {
        CHECK(dynamic_cast<const files::CallError*>(&error) == nullptr);
        CHECK(std::string(error.what()) == path + ": is damaged");
    }
}
