#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "../../../src/machine/cgroup.hpp"

namespace fs = std::filesystem;
using neocol::machine::GroupLimits;
using neocol::machine::read_group_limits;

namespace {

struct Folder {
    fs::path path = fs::temp_directory_path() / ("neocol-cgroup-" + std::to_string(::getpid()));
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    void put(const std::string& name, const std::string& text) const {
        fs::create_directories((path / name).parent_path());
        std::ofstream(path / name) << text;
    }
};

}  // namespace

TEST_CASE("a quota of version 2 holds for the groups below") {
    const Folder folder;
    folder.put("job/cpu.max", "150000 100000\n");
    folder.put("job/step/cpu.max", "max 100000\n");
    folder.put("job/step/memory.max", "2000000000\n");
    folder.put("memory.max", "max\n");
    const GroupLimits limits = read_group_limits("0::/job/step\n", folder.path.string());
    CHECK(limits.cores == Approx(1.5));
    CHECK(limits.memory_bytes == 2e9);
}

TEST_CASE("a quota of version 1 is read, and none is none") {
    const Folder folder;
    folder.put("cpu,cpuacct/job/cpu.cfs_quota_us", "400000\n");
    folder.put("cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
    folder.put("cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    folder.put("memory/job/memory.limit_in_bytes", "9223372036854771712\n");
    const std::string membership = "5:cpu,cpuacct:/job\n4:memory:/job\n0::/\n";
    const GroupLimits limits = read_group_limits(membership, folder.path.string());
    CHECK(limits.cores == Approx(4.0));
    CHECK(limits.memory_bytes == 0.0);
}

TEST_CASE("in a container, limits stand at the root of what is mounted") {
    const Folder folder;
    folder.put("cpu.max", "200000 100000\n");
    CHECK(read_group_limits("0::/../outside\n", folder.path.string()).cores == Approx(2.0));
    CHECK(read_group_limits("", folder.path.string()).cores == 0.0);
    CHECK(read_group_limits("nonsense\n:::\n", folder.path.string()).cores == 0.0);
}
