#include "waiting.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

namespace neocol::cli {
namespace {

/// Those that integrate on several threads; the others run no model, or a case on each thread.
constexpr std::array<std::string_view, 4> verbs{"run", "resume", "study", "cases"};

/// The program's own file; its name is what lists of processes show.
std::string own_path() {
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    return length > 0 && length < PATH_MAX ? std::string(path, static_cast<std::size_t>(length))
                                           : std::string();
}

}  // namespace

void wait_asleep(int argc, char** argv) {
    if (argc < 2 || std::find(verbs.begin(), verbs.end(), argv[1]) == verbs.end()) return;
    if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr)
        return;
    const std::string path = own_path();
    if (path.empty() || setenv("OMP_WAIT_POLICY", "passive", 1) != 0) return;
    execv(path.c_str(), argv);  // returns only if it fails: then threads spin as before
}

}  // namespace neocol::cli
