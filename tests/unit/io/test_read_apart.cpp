#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

#include "../files.hpp"
#include "read_apart.hpp"

using neocol::IoError;
using neocol::io::detail::ReadApart;
using neocol::test::TemporaryFolder;
namespace files = neocol::files;

#if !defined(__SANITIZE_ADDRESS__)
namespace {

/// True if a process gets no more memory than its limit says; qemu's user mode does not mind it.
bool limits_of_memory_hold() {
    const pid_t child = ::fork();
    if (child == 0) {
        const rlimit gigabyte{1u << 30, 1u << 30};
        ::setrlimit(RLIMIT_AS, &gigabyte);
        const void* more = ::mmap(nullptr, std::size_t{2} << 30, PROT_READ,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        ::_exit(more == MAP_FAILED ? 0 : 1);
    }
    int status = 1;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace
#endif

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

namespace {

/// What a process that does `work` and should send eight bytes comes to.
std::string result_of(const std::function<void(const ReadApart::Send&)>& work) {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.h5", "bytes");
    try {
        ReadApart apart(path, work);
        char bytes[8];
        apart.read(bytes, sizeof bytes);
        apart.finish();
        return std::string(bytes, sizeof bytes);
    } catch (const IoError& error) {
        return error.what();
    }
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("however a child ends, it is a fault of the file that it reads") {
    CHECK(result_of([](const auto& send) { send("12345678"); }) == "12345678");
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
        CHECK(contains(result_of([signal](const auto& send) {
                           send("1234");
                           ::signal(signal, SIG_DFL);
                           ::raise(signal);
                       }),
                       "a.h5: is damaged, or made to do harm: HDF5 could not read it (signal "));
    for (const int signal : {SIGKILL, SIGXCPU})
        CHECK(contains(result_of([signal](const auto&) { ::raise(signal); }), "took too long"));
    for (const int code : {0, 1})
        CHECK(contains(result_of([code](const auto&) { ::_exit(code); }),
                       "a.h5: is damaged, or made to do harm"));
    CHECK(contains(result_of([](const auto&) { throw std::bad_alloc(); }), "more memory"));
    CHECK(contains(result_of([](const auto&) { throw std::out_of_range("at"); }),
                   "a.h5: is damaged: at"));
}

TEST_CASE("a child that computes without end is stopped") {
    CHECK(contains(result_of([](const auto&) {
                       struct rlimit limit {};
                       ::getrlimit(RLIMIT_CPU, &limit);
                       if (limit.rlim_cur > 61) throw IoError("a.h5", "has no limit of time");
                       limit.rlim_cur = 1;  // a minute is too long for a test
                       ::setrlimit(RLIMIT_CPU, &limit);
                       for (volatile unsigned i = 0;;)
                           i = i + 1;
                   }),
                   "took too long"));
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("a child that takes all memory is stopped") {
    if (!limits_of_memory_hold()) {
        WARN("skipped: limits of memory do not hold here, as under qemu's user mode");
        return;
    }
    CHECK(contains(result_of([](const auto&) {
                       std::vector<std::string> all;
                       for (;;)
                           all.emplace_back(std::size_t{16} << 20, 'x');
                   }),
                   "needs more memory to be read than a file of its size should"));
}
#endif

TEST_CASE("a child that sends too little or too much is not believed") {
    CHECK(contains(result_of([](const auto& send) { send("1234567"); }), "less than it should"));
    CHECK(contains(result_of([](const auto& send) { send("123456789"); }), "more than it should"));
}
