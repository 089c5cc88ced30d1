"""A study small enough for tests: one decaying species with a closed form."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py

PROGRAM = os.environ.get("NEOCOL", "neocol")

MODEL = (Path(__file__).parents[1] / "models" / "toy.toml").read_text()

SCENARIO = """\
title = "Toy"
model = "toy"
[domain]
geometry = "well_mixed"
[run]
until = "4 day"
tolerance = 1e-6
largest_step = "0.5 day"
[output]
every = "1 day"
"""

# Many small steps: some 20 ms a case.
BUSY = """\
scenario = "toy.toml"
[set]
run.largest_step = "0.0004 day"
[[axis]]
key = "parameters.k"
range = ["0.1 d-1", "1 d-1"]
count = {count}
"""

STUDY = """\
title = "Rates and lengths"
scenario = "toy.toml"
[[axis]]
key = "parameters.k"
values = ["0.1 d-1", "0.5 d-1", "1 d-1"]
[[axis]]
key = "run.until"
values = ["3 day", "4 day"]
"""


class StudyTest(unittest.TestCase):
    """A test in a folder of its own that holds the toy scenario and its model."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="neocol_study_")
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.write("models/toy.toml", MODEL)
        self.write("toy.toml", SCENARIO)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def neocol(self, *arguments, code=0, **more):
        done = subprocess.run(
            [PROGRAM, "study", *map(str, arguments)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=570,
            **more,
        )
        self.assertEqual(
            done.returncode,
            code,
            f"neocol study {' '.join(map(str, arguments))}\n" f"{done.stdout}\n{done.stderr}",
        )
        return done

    def plan(self, study=STUDY, name="s", code=0):
        self.write(name + ".toml", study)
        return self.neocol("plan", name + ".toml", "--interpreter", code=code)

    def start(self, *arguments):
        return subprocess.Popen(
            [PROGRAM, "study", *map(str, arguments)],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def datasets(path):
    """Every dataset outside provenance, as bytes."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("provenance"):
            value = item[()]
            found[name] = value.tolist() if value.dtype == object else value.tobytes()

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def kill_after(process, seconds):
    """Kills a process without a warning after a time, if it still runs. True if it did."""
    try:
        process.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def main():
    # Only if called as a program by ctest: Debian's Python has the packages.
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
