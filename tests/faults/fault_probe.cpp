/// Touches files in all the ways that neocol and its libraries do, for test_shim.py: prints what
/// each call gave.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace fs = std::filesystem;

namespace {

void say(const char* what, bool good) {
    const int reason = errno;
    std::printf("%s %s\n", what, good ? "good" : std::strerror(reason));
}

void streams(const std::string& folder) {
    std::FILE* file = std::fopen((folder + "/c").c_str(), "w");
    say("fopen", file != nullptr);
    if (file != nullptr) {
        say("fputs", std::fputs("some text\n", file) >= 0);
        say("fflush", std::fflush(file) == 0);
        say("fsync", fsync(fileno(file)) == 0);
        say("fclose", std::fclose(file) == 0);
    }
    ::unlink((folder + "/a").c_str());
    std::FILE* more = std::fopen((folder + "/a").c_str(), "a");
    if (more != nullptr) {
        std::fputs("some", more);
        std::fclose(more);
        more = std::fopen((folder + "/a").c_str(), "a");
        if (more != nullptr) {
            say("ftell", std::ftell(more) == 4);
            std::fputs(" more", more);
            std::fclose(more);
        }
    }
    std::ofstream out(folder + "/cpp");
    say("ofstream", out.is_open());
    out << std::string(100000, 'x');
    out.close();
    say("ofstream written", !out.fail());
    std::ifstream in(folder + "/cpp");
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    std::printf("ifstream %zu\n", text.size());
}

void descriptors(const std::string& folder) {
    const int file = open((folder + "/d").c_str(), O_RDWR | O_CREAT, 0666);
    say("open", file >= 0);
    std::printf("pwrite %zd\n", pwrite(file, "0123456789", 10, 0));
    char part[4];
    iovec pieces[] = {{part, 2}, {part + 2, 2}};
    std::printf("readv %zd\n", readv(file, pieces, 2));
    say("flock", flock(file, LOCK_EX | LOCK_NB) == 0);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    say("fcntl", fcntl(file, F_SETLK, &lock) == 0);
    say("ftruncate", ftruncate(file, 5) == 0);
    const int copy = fcntl(file, F_DUPFD_CLOEXEC, 100);
    std::printf("write %zd\n", write(copy, "ab", 2));
    say("fdatasync", fdatasync(copy) == 0);
    close(copy);
    say("close", close(file) == 0);
    // A descriptor of something else that has the number again is left alone.
    const int other = open("/dev/null", O_WRONLY);
    std::printf("elsewhere %zd\n", write(other, "ab", 2));
    close(other);
}

void names(const std::string& folder) {
    std::error_code error;
    const auto tell = [&](const char* what) {
        std::printf("%s %s\n", what, error ? error.message().c_str() : "good");
    };
    fs::create_directories(folder + "/deep/er", error);
    tell("create_directories");
    std::ofstream(folder + "/deep/er/one") << "1";
    fs::copy_file(folder + "/deep/er/one", folder + "/deep/two", error);
    tell("copy_file");
    fs::create_hard_link(folder + "/deep/two", folder + "/deep/three", error);
    tell("create_hard_link");
    fs::rename(folder + "/deep/two", folder + "/deep/./four", error);
    tell("rename");
    fs::resize_file(folder + "/deep/four", 0, error);
    tell("resize_file");
    const bool there = fs::exists(folder + "/deep/four", error);
    tell("exists");
    if (!there) std::puts("absent");
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder + "/deep", error))
        ++n;
    std::printf("listed %zu\n", n);
    fs::remove(folder + "/deep/four", error);
    tell("remove");
    fs::remove_all(folder + "/deep", error);
    tell("remove_all");
}

void many(const std::string& folder) {
    std::vector<std::thread> threads;
    for (int k = 0; k < 4; ++k) {
        threads.emplace_back([&, k] {
            const int file =
                open((folder + "/t" + std::to_string(k)).c_str(), O_WRONLY | O_CREAT, 0666);
            for (int i = 0; i < 250; ++i)
                if (write(file, "x", 1) != 1) std::printf("thread %s\n", std::strerror(errno));
            close(file);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
}

void child(const std::string& folder, const char* self) {
    const pid_t child = fork();
    if (child == 0) {
        execl(self, self, folder.c_str(), "descriptors", static_cast<char*>(nullptr));
        _exit(99);
    }
    int status = 0;
    waitpid(child, &status, 0);
    std::printf("child %d\n", WEXITSTATUS(status));
}

void memory() {
    try {
        std::string text(1000, 'x');
        std::vector<double> numbers(1000, 1.0);
        std::printf("memory good %zu\n", text.size() + numbers.size());
    } catch (const std::bad_alloc&) {
        std::fputs("memory bad_alloc\n", stdout);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string folder = argv[1], what = argv[2];
    static char buffer[65536];
    std::setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (what == "streams") streams(folder);
    if (what == "descriptors") descriptors(folder);
    if (what == "names") names(folder);
    if (what == "threads") many(folder);
    if (what == "memory") memory();
    if (what == "child") {
        std::fflush(stdout);
        child(folder, argv[0]);
    }
}
