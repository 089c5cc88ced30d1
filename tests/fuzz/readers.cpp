#include "readers.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace neocol::fuzz {

namespace {

void remove_folder() {
    std::error_code error;
    std::filesystem::remove_all(folder(), error);
}

}  // namespace

void broken(const char* promise) {
    std::fprintf(stderr, "does not hold: %s\n", promise);
    std::abort();
}

const std::string& folder() {
    // Outlives what runs at the end.
    static const std::string& path = *new std::string([] {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "neocol_fuzz_XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) broken("there is a temporary folder");
        std::atexit(remove_folder);
        return pattern;
    }());
    return path;
}

std::string put(const std::string& name, std::string_view bytes) {
    const std::string path = folder() + '/' + name;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"),
                                                               std::fclose);
    if (file == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size())
        broken("files can be written");
    return path;
}

}  // namespace neocol::fuzz
