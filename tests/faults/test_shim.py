"""The shim itself: it counts what it should, and only that fails which was asked for."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from shim import CLASSES, Fault, run  # noqa: E402

PROBE = os.environ.get("NEOCOL_FAULT_PROBE", "fault_probe")


class Shim(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="neocol_probe_")
        self.addCleanup(holder.cleanup)
        self.folder = Path(os.path.realpath(holder.name)) / "w"
        self.folder.mkdir()

    def probe(self, what, fault=None, **more):
        return run(
            [PROBE, str(self.folder), what], self.folder.parent, fault, below=self.folder, **more
        )

    def said(self, what, *fault, **more):
        """Lines of the probe in which something is not good."""
        done = self.probe(what, Fault(*fault), **more)
        self.assertEqual(done.n_failed > 0, True, done.output)
        return [line for line in done.output.splitlines() if not line.endswith(" good")]

    def counts(self, what):
        counts = self.probe(what).counts
        return {name: counts[name] for name in CLASSES if counts[name] and name != "allocate"}

    def test_streams_of_c_and_cpp_are_counted_below_the_folder_only(self):
        # Of the C streams one write each; of the C++ stream one, past its buffer.
        found = self.counts("streams")
        self.assertEqual(
            {k: found[k] for k in ("write", "sync", "open_write", "open_read", "close")},
            {"write": 4, "sync": 1, "open_write": 4, "open_read": 1, "close": 5},
        )
        self.assertEqual((self.folder / "a").read_text(), "some more")
        self.assertEqual((self.folder / "c").read_text(), "some text\n")
        self.assertEqual((self.folder / "cpp").stat().st_size, 100000)

    def test_each_way_of_a_stream_to_fail(self):
        nothing = "ifstream 100000"
        self.assertEqual(
            self.said("streams", "write", 1, "ENOSPC"), ["fflush No space left on device", nothing]
        )
        self.assertEqual(
            self.said("streams", "write", 4, "EIO"),
            ["ofstream written Input/output error", "ifstream 0"],
        )
        self.assertEqual(
            self.said("streams", "sync", 1, "EIO"), ["fsync Input/output error", nothing]
        )
        self.assertEqual(
            self.said("streams", "close", 1, "EDQUOT"), ["fclose Disk quota exceeded", nothing]
        )
        self.assertEqual(
            self.said("streams", "open_write", 1, "EMFILE"), ["fopen Too many open files", nothing]
        )
        self.assertEqual(self.said("streams", "open_read", 1, "ESTALE"), ["ifstream 0"])
        # Short writes are gone on with by both libraries.
        self.assertEqual(self.said("streams", "write", 1, "SHORT", True), [nothing])
        self.assertEqual(self.said("streams", "read", 1, "SHORT", True), [nothing])

    def test_descriptors_are_tracked_through_copies_and_no_further(self):
        self.assertEqual(
            self.counts("descriptors"),
            {
                "write": 2,
                "sync": 1,
                "open_write": 1,
                "close": 2,
                "truncate": 1,
                "lock": 2,
                "read": 1,
            },
        )
        good = ["pwrite 10", "readv 4", "write 2", "elsewhere 2"]
        self.assertEqual(self.said("descriptors", "write", 1, "SHORT"), ["pwrite 5", *good[1:]])
        self.assertEqual(
            self.said("descriptors", "read", 1, "SHORT"), [good[0], "readv 1", *good[2:]]
        )
        self.assertEqual(
            self.said("descriptors", "write", 2, "EIO"), [*good[:2], "write -1", good[3]]
        )
        for what, name in (("lock", "flock"), ("truncate", "ftruncate"), ("sync", "fdatasync")):
            self.assertIn(
                f"{name} Interrupted system call", self.said("descriptors", what, 1, "EINTR")
            )
        self.assertIn("fcntl No locks available", self.said("descriptors", "lock", 2, "ENOLCK"))
        self.assertIn("close Input/output error", self.said("descriptors", "close", 2, "EIO"))

    def test_the_standard_library_of_file_names(self):
        full = "No space left on device"
        found = self.counts("names")
        self.assertEqual(
            {k: found[k] for k in ("mkdir", "link", "rename", "truncate")},
            {"mkdir": 2, "link": 1, "rename": 1, "truncate": 1},
        )
        self.assertIn(f"create_directories {full}", self.said("names", "mkdir", 2, "ENOSPC"))
        self.assertIn(f"create_hard_link {full}", self.said("names", "link", 1, "ENOSPC"))
        self.assertIn(f"rename {full}", self.said("names", "rename", 1, "ENOSPC"))
        self.assertIn(f"resize_file {full}", self.said("names", "truncate", 1, "ENOSPC"))
        self.assertIn("remove Input/output error", self.said("names", "unlink", 1, "EIO"))
        self.assertIn("remove_all Input/output error", self.said("names", "unlink", 4, "EIO"))
        stale = "Stale file handle"
        calls = self.probe("names", listed=True).log.splitlines()
        place = next(
            int(line.split()[2])
            for line in calls
            if line.startswith("call stat") and line.endswith("/deep/four")
        )
        self.assertIn(f"exists {stale}", self.said("names", "stat", place, "ESTALE", True))
        self.assertIn("listed 0", self.said("names", "list", 1, "EIO"))

    def test_threads_together_reach_every_number_once(self):
        self.assertEqual(self.counts("threads")["write"], 1000)
        for n in (1, 500, 1000):
            self.assertEqual(self.said("threads", "write", n, "EIO"), ["thread Input/output error"])
        self.assertEqual(len(self.said("threads", "write", 401, "EIO", True)), 600)

    def test_processes_that_are_started_count_or_do_not(self):
        self.assertEqual(self.counts("child")["write"], 2)
        self.assertIn("pwrite -1", self.said("child", "write", 1, "EIO"))
        self.assertEqual(self.probe("child", FAULT_CHILDREN="0").counts["write"], 0)

    def test_allocations_of_the_program_itself_fail(self):
        calls = self.probe("memory").counts["allocate"]
        self.assertLessEqual(2, calls)
        found = [
            self.probe("memory", Fault("allocate", n, "ENOMEM")).output.strip()
            for n in range(1, calls + 1)
        ]
        self.assertIn("memory bad_alloc", found)


if __name__ == "__main__":
    unittest.main()
