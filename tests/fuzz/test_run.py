#!/usr/bin/python3
"""run.py counts, goes on where it was stopped, and tells a failure from one that does not come again."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUN = Path(__file__).with_name("run.py")
PROGRAM = """#!/bin/sh
# A target: it fails once, or on an input that is given alone, as its folder has it.
folder=$(dirname "$0")
echo "$@" >> "$folder/calls"
for argument in "$@"; do
    case $argument in
        -artifact_prefix=*) prefix=${argument#-artifact_prefix=} ;;
        -runs=0) test ! -e "$folder/leaks"; exit ;;
        *-crash-*) test ! -e "$folder/fails"; exit ;;
    esac
done
echo "#600	NEW    cov: 40 ft: 50 corp: 1/1b" >&2
echo "#1000	DONE   cov: 40 ft: 50 corp: 1/1b" >&2
if [ -e "$folder/stopped" ]; then exit 72; fi
if [ -e "$folder/once" ]; then
    rm "$folder/once"
    echo input > "${prefix}crash-1"
    exit 77
fi
"""


class RunTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for build in ("fast", "checked"):
            programs = self.folder / build / "tests/fuzz"
            programs.mkdir(parents=True)
            (programs / "fuzz_units").write_text(PROGRAM)
            (programs / "fuzz_units").chmod(0o755)

    def mark(self, build, name):
        (self.folder / build / "tests/fuzz" / name).touch()

    def calls(self, build):
        return (self.folder / build / "tests/fuzz/calls").read_text().splitlines()

    def run_it(self, *more):
        return subprocess.run(
            [sys.executable, RUN, "units", "--work", self.folder / "work", "--runs", "2000"]
            + ["--build", self.folder / "fast", "--check", self.folder / "checked", *more],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_executions_add_up_over_calls(self):
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("| `units` | 2 000 |", done.stdout)
        self.assertEqual(len(self.calls("fast")), 2)
        self.run_it()
        self.assertEqual(len(self.calls("fast")), 2)
        course = json.loads((self.folder / "work/units.json").read_text())
        self.assertEqual(course["points"][-1], [2000, 40])

    def test_what_was_found_goes_through_the_sanitizers(self):
        self.run_it()
        self.assertIn("-runs=0", self.calls("checked")[-1])
        self.mark("checked", "leaks")
        self.assertEqual(self.run_it().returncode, 1)

    def test_a_failure_that_comes_again_ends_the_target(self):
        for build in ("fast", "checked"):
            with self.subTest(build=build):
                self.mark("fast", "once")
                self.mark(build, "fails")
                done = self.run_it()
                self.assertEqual(done.returncode, 1)
                self.assertIn("units: FAILED", done.stdout)
                self.assertTrue((self.folder / "work/units-crash-1").exists())
                (self.folder / build / "tests/fuzz/fails").unlink()
                (self.folder / "work/units.json").unlink()

    def test_one_that_does_not_is_set_aside_and_told_of(self):
        self.mark("fast", "once")
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("units: a crash that does not come again", done.stdout)
        self.assertTrue((self.folder / "work/units-once-crash-1").exists())

    def test_what_is_interrupted_is_counted(self):
        self.mark("fast", "stopped")
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("units: interrupted", done.stdout)
        self.assertIn("| `units` | 1 000 |", done.stdout)

    def test_without_a_build_to_check_with_it_says_so(self):
        (self.folder / "checked/tests/fuzz/fuzz_units").unlink()
        done = self.run_it()
        self.assertEqual(done.returncode, 1)
        self.assertIn("units: not checked", done.stdout)


if __name__ == "__main__":
    unittest.main()
