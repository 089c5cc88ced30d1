/// Feeds the files of the corpus to their readers, without clang or libFuzzer: `fuzz_corpus FOLDER
/// [TARGET...]` for FOLDER/TARGET/*. A file that takes longer than ten seconds fails.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "readers.hpp"

namespace {

namespace fs = std::filesystem;

constexpr unsigned most_seconds = 10;

/// Feeds all files of a folder, in order of their names. \returns how many readings ended well: a
/// corpus of which all is refused reaches nothing
std::size_t feed(const neocol::fuzz::Target& target, const fs::path& folder) {
    std::vector<fs::path> paths;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file()) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    double longest = 0.0;
    const std::size_t accepted = neocol::fuzz::n_accepted;
    for (const fs::path& path : paths) {
        std::ifstream file(path, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        // Said before: if the program ends here, it was this file.
        std::printf("%s\n", path.c_str());
        std::fflush(stdout);
        const auto begin = std::chrono::steady_clock::now();
        alarm(most_seconds);
        target.read(bytes);
        alarm(0);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
        longest = std::max(longest, taken.count());
    }
    const std::size_t n = neocol::fuzz::n_accepted - accepted;
    std::printf("%s: %zu inputs, %zu readings not refused, the longest took %.2f s\n", target.name,
                paths.size(), n, longest);
    return n;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: fuzz_corpus FOLDER [TARGET...]\n");
        return 2;
    }
    neocol::fuzz::does_all = true;
    const fs::path folder = argv[1];
    std::vector<std::string> names(argv + 2, argv + argc);
    if (names.empty())
        for (const neocol::fuzz::Target* target = neocol::fuzz::begin();
             target != neocol::fuzz::end(); ++target)
            names.emplace_back(target->name);
    for (const std::string& name : names) {
        const neocol::fuzz::Target* target = neocol::fuzz::find(name);
        if (target == nullptr || !fs::is_directory(folder / name) ||
            feed(*target, folder / name) == 0) {
            std::fprintf(stderr, "no input of a target '%s' that is read\n", name.c_str());
            return 1;
        }
    }
    return 0;
}
