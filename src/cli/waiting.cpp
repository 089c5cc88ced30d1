#include "waiting.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace neocol::cli {
namespace {

/// Those that integrate on several threads; the others run no model, or a case on each thread.
constexpr std::array<std::string_view, 4> verbs{"run", "resume", "study", "cases"};

/// The program's own file; its name is what lists of processes show. Takes no memory, as nothing is
/// there yet to say that there is none. \returns false if it is not known
bool own_path(std::array<char, PATH_MAX>& path) {
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
    if (length <= 0 || length >= PATH_MAX) return false;
    path[static_cast<std::size_t>(length)] = '\0';
    return true;
}

}  // namespace

void wait_asleep(int argc, char** argv) {
    if (argc < 2 || std::find(verbs.begin(), verbs.end(), argv[1]) == verbs.end()) return;
    if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr)
        return;
    std::array<char, PATH_MAX> path;
    if (!own_path(path) || setenv("OMP_WAIT_POLICY", "passive", 1) != 0) return;
    execv(path.data(), argv);  // returns only if it fails: then threads spin as before
}

}  // namespace neocol::cli
