#include "cgroup.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include <neocol/files/files.hpp>

namespace neocol::machine {
namespace {

namespace fs = std::filesystem;

/// Groups that the kernel shows as a limit when there is none.
constexpr double unlimited_memory = 1e18;

void take_least(double& least, double value) {
    if (value > 0.0) least = least > 0.0 ? std::min(least, value) : value;
}

/// A number in a file; 0 if there is none ("max", -1, no such file).
double number_in(const fs::path& file) {
    double value = 0.0;
    std::istringstream stream(files::read_of_kernel(file.string()));
    return stream >> value && value > 0.0 ? value : 0.0;
}

void read_version_2(const fs::path& group, GroupLimits& limits) {
    double quota = 0.0, period = 0.0;
    std::istringstream stream(files::read_of_kernel((group / "cpu.max").string()));
    if (stream >> quota >> period && quota > 0.0 && period > 0.0)
        take_least(limits.cores, quota / period);
    take_least(limits.memory_bytes, number_in(group / "memory.max"));
}

void read_version_1(const fs::path& group, GroupLimits& limits) {
    const double quota = number_in(group / "cpu.cfs_quota_us"),
                 period = number_in(group / "cpu.cfs_period_us");
    if (quota > 0.0 && period > 0.0) take_least(limits.cores, quota / period);
    const double memory = number_in(group / "memory.limit_in_bytes");
    if (memory < unlimited_memory) take_least(limits.memory_bytes, memory);
}

}  // namespace

GroupLimits read_group_limits(const std::string& membership, const std::string& root) {
    GroupLimits limits;
    std::istringstream lines(membership);
    for (std::string line; std::getline(lines, line);) {
        // "0::/path" of version 2, "4:cpu,cpuacct:/path" of version 1.
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == 0 || first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const bool version_2 = controllers.empty();
        const fs::path mount = version_2 ? fs::path(root) : fs::path(root) / controllers;
        // A limit of a group holds for those below it. In a container the path may lead outside of
        // what is mounted; its own limits then stand at the root.
        for (fs::path group = fs::path(line.substr(second + 1)).relative_path();;
             group = group.parent_path()) {
            (version_2 ? read_version_2 : read_version_1)(mount / group, limits);
            if (group.empty()) break;
        }
    }
    return limits;
}

}  // namespace neocol::machine
