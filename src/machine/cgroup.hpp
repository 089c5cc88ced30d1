#pragma once

#include <string>

namespace neocol::machine {

/// What control groups allow a process: limits of containers and of schedulers that use them.
struct GroupLimits {
    double cores = 0.0;         ///< quota of processor time per time; 0: none
    double memory_bytes = 0.0;  ///< 0: none
};

/// The least limits along a process' groups, of version 1 and of version 2.
/// \param membership  text of /proc/self/cgroup
/// \param root        where the groups are mounted, "/sys/fs/cgroup" but in tests
GroupLimits read_group_limits(const std::string& membership, const std::string& root);

}  // namespace neocol::machine
