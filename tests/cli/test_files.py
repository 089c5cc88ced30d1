"""Results and checkpoints are as they were written, or refused; what is not neocol's stays."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import h5py  # noqa: E402
import numpy as np  # noqa: E402
from neocol.results import load  # noqa: E402
from neocol.seal import SEAL_BYTES, seal  # noqa: E402
from program import PROGRAM, SOURCES, ProgramTest  # noqa: E402

# Flips tried of each kind of file; NEOCOL_FLIPS=1000 for more.
FLIPS = int(os.environ.get("NEOCOL_FLIPS", "150"))

QUICK = """\
title = "Quick"
model = "decay.toml"
[domain]
geometry = "section"
width = "1 mm"
spacing = "200 um"
thickness = "1 mm"
[run]
until = "5 day"
[output]
fields = ["u"]
field_times = ["0 day", "1 day"]
"""
# Goes on for a minute or more: a million records of 2000 voxels.
LONG = QUICK.replace('"5 day"', '"40000 day"').replace("[output]", '[output]\nevery = "1 hour"')
LONG = LONG.replace('"1 mm"\nspacing = "200 um"', '"20 mm"\nspacing = "100 um"')


class FileTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("decay.toml", (SOURCES / "tests/models/decay.toml").read_text())
        self.write("q.toml", QUICK)
        self.write("long.toml", LONG)

    def run_quick(self, *arguments, code=0, scenario="q.toml"):
        return self.run_program("run", scenario, "--interpreter", "--quiet", *arguments, code=code)

    def names(self):
        return sorted(p.name for p in self.folder.iterdir())

    def start(self, *arguments):
        """A run that goes on until it is stopped."""
        run = subprocess.Popen(
            [PROGRAM, "run", "long.toml", "--interpreter", "--quiet", "-o", "long.h5", *arguments],
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.addCleanup(run.communicate)
        self.addCleanup(run.kill)
        part = self.folder / "long.h5.part"
        deadline = time.monotonic() + 60
        while not (part.exists() and b"being written, state" in part.read_bytes()[-SEAL_BYTES:]):
            self.assertIsNone(run.poll(), "ended too early")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        return run

    def stop(self, run, code=75):
        run.send_signal(signal.SIGTERM)
        _, errors = run.communicate(timeout=120)
        self.assertEqual(run.returncode, code, errors)


class OtherFilesStay(FileTest):
    """One plan of all paths, checked before anything is computed."""

    def refused(self, output, message, *arguments, code=3):
        before = {p.name: p.read_bytes() for p in self.folder.iterdir() if p.is_file()}
        done = self.run_quick("-o", output, *arguments, code=code)
        self.assertRegex(done.stderr, message)
        after = {p.name: p.read_bytes() for p in self.folder.iterdir() if p.is_file()}
        self.assertEqual(before, after)

    def test_a_table_of_the_user_is_not_replaced(self):
        self.write("biopsies.csv", "mine\n")
        self.refused("biopsies.h5", "biopsies.csv' exists", "--keep-csv")
        self.refused("biopsies.h5", "is no table of neocol", "--keep-csv", "--overwrite")
        self.run_quick("-o", "biopsies.h5")
        self.assertEqual((self.folder / "biopsies.csv").read_text(), "mine\n")
        self.run_quick("-o", "other.h5", "--keep-csv")
        self.run_quick("-o", "other.h5", "--keep-csv", "--overwrite")

    def test_a_sidecar_of_the_user_is_not_replaced(self):
        self.write("run.xdmf", "mine\n")
        self.refused("run.h5", "is no XDMF sidecar", "--overwrite")
        self.refused("run.h5", "run.xdmf' exists")

    def test_two_files_of_a_run_never_have_one_name(self):
        for name in ("run.csv", "run.xdmf"):
            self.refused(name, "results end in .h5")
            self.refused(name, "results end in .h5", "--overwrite")

    def test_what_the_run_reads_is_not_replaced(self):
        self.refused("q.toml", "is read by this run", "--overwrite")
        self.refused("decay.toml", "is read by this run", "--overwrite")
        self.run_quick("-o", "a.h5")
        done = self.run_program(
            "run", "--from", "a.h5", "--interpreter", "-o", "a.h5", "--overwrite", code=3
        )
        self.assertIn("is read by this run", done.stderr)

    def test_files_of_others_are_not_replaced(self):
        self.write("notes.h5", "notes\n")
        self.refused("notes.h5", "is no result of neocol", "--overwrite")
        with h5py.File(self.folder / "theirs.h5", "w") as file:
            file["measured"] = np.arange(4)
        self.refused("theirs.h5", "is no result of neocol", "--overwrite")

    def test_devices_pipes_folders_and_links_are_not_replaced(self):
        os.mkfifo(self.folder / "pipe.h5")
        self.refused("pipe.h5", "a device or a pipe", "--overwrite")
        (self.folder / "folder.h5").mkdir()
        self.refused("folder.h5", "is a folder", "--overwrite")
        self.run_quick("-o", "a.h5")
        (self.folder / "link.h5").symlink_to("a.h5")
        self.refused("link.h5", "is a symbolic link", "--overwrite")
        self.assertTrue((self.folder / "link.h5").is_symlink())
        (self.folder / "dangling.h5").symlink_to("nowhere.h5")
        self.refused("dangling.h5", "is a symbolic link", "--overwrite")
        self.refused("/dev/null", "a device or a pipe|no permission", "--overwrite")

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_device_node_stays(self):
        os.mknod(self.folder / "null", 0o666 | 0o020000, os.makedev(1, 3))
        self.refused("null", "a device or a pipe", "--overwrite")
        self.assertTrue((self.folder / "null").is_char_device())

    def test_names_that_are_too_long_and_folders_that_are_not_there_are_file_errors(self):
        self.refused("a" * 260 + ".h5", "too long", code=5)
        self.refused("a" * 245 + ".h5", "too long", code=5)
        self.refused("nowhere/a.h5", "no such folder", code=5)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_folder_without_permission_is_a_file_error(self):
        closed = self.folder / "closed"
        closed.mkdir(mode=0o700)
        self.folder.chmod(0o755)
        done = subprocess.run(
            [
                "setpriv",
                "--reuid",
                "65534",
                "--regid",
                "65534",
                "--clear-groups",
                PROGRAM,
                "run",
                "q.toml",
                "--interpreter",
                "-o",
                "closed/x.h5",
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("ermission", done.stderr)

    def test_the_sidecar_is_xml_whatever_the_result_is_called(self):
        self.run_quick("-o", 'R&D <1> "x".h5')
        tree = ElementTree.parse(self.folder / 'R&D <1> "x".xdmf')
        texts = [item.text for item in tree.iter("DataItem")]
        self.assertIn('R&D <1> "x".h5:/fields/u', texts)


class Lock(FileTest):
    """A lock of neocol's own: writers exclude each other, readers nobody."""

    def test_a_second_writer_is_refused_and_told_of_the_first(self):
        os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
        self.addCleanup(os.environ.pop, "HDF5_USE_FILE_LOCKING")
        run = self.start()
        done = self.run_quick("-o", "long.h5", "--overwrite", code=5)
        self.assertRegex(done.stderr, f"still going on.*process {run.pid} on ")
        self.stop(run)
        self.assertEqual(load(self.folder / "long.h5.part").status, "interrupted")
        self.assertNotIn("long.h5.lock", self.names())

    def test_resume_says_that_the_run_is_going_on(self):
        run = self.start()
        errors = self.run_program("resume", "long.h5.checkpoint", code=5).stderr
        self.assertIn("still going on", errors)
        self.assertNotIn("the run ended", errors)
        self.stop(run)

    def test_a_reader_does_not_stop_resume(self):
        self.stop(self.start())
        reader = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import h5py, sys; f = h5py.File('long.h5.part'); "
                "print('open', flush=True); sys.stdin.read()",
            ],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(reader.communicate)
        reader.stdout.readline()
        self.run_program(
            "resume", "long.h5.checkpoint", "--quiet", "--max-wall-time", "1 s", code=75
        )

    def test_a_killed_run_leaves_no_lock_that_holds(self):
        run = self.start()
        run.kill()
        run.wait()
        self.run_quick("-o", "long.h5", "--overwrite")
        self.assertEqual([n for n in self.names() if "long.h5" in n], ["long.h5"])


class Writing(FileTest):
    def test_a_part_can_be_loaded_and_shown_while_it_is_written(self):
        run = self.start()
        ends = []
        for _ in range(5):
            with load(self.folder / "long.h5.part") as result:
                self.assertEqual(result.status, "running")
                times = result.observables["time"].values
                np.testing.assert_array_equal(times, np.sort(times))
                ends.append(len(times))
            time.sleep(0.3)
        self.assertEqual(ends, sorted(ends))
        self.assertIn("running", self.run_program("info", "long.h5.part").stdout)
        self.stop(run)

    def test_closed_descriptors_do_not_mix_messages_into_the_result(self):
        command = f"exec '{PROGRAM}' run q.toml --interpreter --explain-steps -o c.h5"
        for closed in ("2>&-",):
            with self.subTest(closed):
                done = subprocess.run(
                    ["sh", "-c", f"{command} --overwrite {closed}"], cwd=self.folder, timeout=60
                )
                self.assertEqual(done.returncode, 0)
                self.assertEqual(load(self.folder / "c.h5").status, "complete")

    def test_no_text_of_variable_length_is_written(self):
        self.run_quick("-o", "a.h5")
        found = []

        def visit(name, item):
            for key in item.attrs:
                kind = item.attrs.get_id(key).get_type()
                if isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str():
                    found.append(f"{name}@{key}")
            if isinstance(item, h5py.Dataset) and item.dtype.kind == "O":
                found.append(name)

        with h5py.File(self.folder / "a.h5") as file:
            visit("/", file)
            file.visititems(visit)
        self.assertEqual(found, [])

    def test_rows_and_large_datasets_have_checksums(self):
        self.run_quick("-o", "a.h5", "--set", "domain.width=20 mm", "--set", "domain.spacing=50 um")
        with h5py.File(self.folder / "a.h5") as file:
            for name in ("time", "mean", "fields/u", "fields/wounded"):
                self.assertTrue(file[name].fletcher32, name)


class Damage(FileTest):
    """Each flip is refused with exit 5, or the numbers are right; nothing crashes or hangs."""

    def setUp(self):
        super().setUp()
        self.run_quick("-o", "a.h5")
        self.good = (self.folder / "a.h5").read_bytes()
        self.shown = self.run_program("info", "a.h5", "--json").stdout

    def test_flipped_bits_in_a_result_are_refused(self):
        choice = random.Random(12)
        path = self.folder / "flipped.h5"
        for _ in range(FLIPS):
            data = bytearray(self.good)
            data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
            path.write_bytes(data)
            self.assertIn(
                "not as neocol wrote it", self.run_program("info", "flipped.h5", code=5).stderr
            )

    def test_flips_with_a_right_digest_neither_crash_nor_hang(self):
        # What somebody who means harm would send: HDF5 parses it.
        choice = random.Random(13)
        path = self.folder / "hostile.h5"
        codes = []
        for k in range(FLIPS):
            data = bytearray(self.good[:-SEAL_BYTES])
            for _ in range(choice.choice((1, 1, 3, 30))):
                data[choice.randrange(len(data))] = choice.randrange(256)
            if k % 10 == 0:
                start = choice.randrange(len(data))
                data[start : start + 512] = bytes(len(data[start : start + 512]))
            path.write_bytes(data)
            seal(path, "result")
            done = subprocess.run(
                [PROGRAM, "info", "hostile.h5", "--json"],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=100,
                errors="replace",
            )
            self.assertIn(done.returncode, (0, 5), done.stderr)
            codes.append(done.returncode)
        self.assertIn(5, codes)

    def test_files_cut_and_zeroed_are_refused(self):
        n = len(self.good)
        for size in (0, 1, 100, n // 3, n // 2, n - SEAL_BYTES, n - 1):
            (self.folder / "cut.h5").write_bytes(self.good[:size])
            self.run_program("info", "cut.h5", code=5)
        for start in range(0, n, max(n // 20, 1)):
            zeroed = bytearray(self.good)
            zeroed[start : start + 512] = bytes(len(zeroed[start : start + 512]))
            if zeroed == self.good:
                continue
            (self.folder / "zeroed.h5").write_bytes(zeroed)
            self.run_program("info", "zeroed.h5", code=5)

    def test_an_edited_result_is_shown_only_when_asked(self):
        with h5py.File(self.folder / "a.h5", "r+") as file:
            file["mean"][2] = 7.0
        self.assertIn("--as-is", self.run_program("info", "a.h5", code=5).stderr)
        self.run_program("compare", "a.h5", "a.h5", code=5)
        done = self.run_program("info", "a.h5", "--json", "--as-is")
        self.assertIn("not as neocol wrote it", done.stderr)
        self.assertNotEqual(done.stdout, self.shown)
        self.run_program("run", "--from", "a.h5", "-o", "b.h5", "--interpreter", code=5)
        self.assertNotIn("b.h5", self.names())

    def test_damage_in_one_dataset_leaves_the_rest(self):
        # A result made by another hand, with a right digest: an outcome is no number.
        with h5py.File(self.folder / "a.h5", "r+") as file:
            file["outcomes"].create_dataset("odd", data=np.array([b"text"], dtype="S4"))
        seal(self.folder / "a.h5", "result")
        self.assertIn("a.h5:/outcomes", self.run_program("info", "a.h5", code=5).stderr)
        done = self.run_program("info", "a.h5", "--as-is", "--json")
        self.assertIn("not read: a.h5:/outcomes", done.stderr)
        shown, before = json.loads(done.stdout), json.loads(self.shown)
        self.assertEqual(shown["observables"], before["observables"])

    def test_flipped_bits_in_a_checkpoint_are_refused(self):
        self.stop(self.start())
        path = self.folder / "long.h5.checkpoint"
        good = path.read_bytes()
        for old in self.folder.glob("*.old"):
            old.unlink()
        choice = random.Random(14)
        for k in range(FLIPS // 2):
            data = bytearray(good)
            data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
            path.write_bytes(data)
            self.run_program("info", "long.h5.checkpoint", code=5)
            if k % 10 == 0:
                self.run_program("resume", "long.h5.checkpoint", code=5)
        for k in range(FLIPS // 2):
            data = bytearray(good[:-SEAL_BYTES])
            data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
            path.write_bytes(data)
            seal(path, "checkpoint")
            done = subprocess.run(
                [PROGRAM, "info", "long.h5.checkpoint"],
                cwd=self.folder,
                capture_output=True,
                timeout=100,
            )
            self.assertIn(done.returncode, (0, 5), done.stderr)


if __name__ == "__main__":
    unittest.main()
