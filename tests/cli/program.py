"""Runs the program under test in a folder of its own."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

# Tables of a model: first-order decay of u from 1 ng/mL, which sessions leave alone.
DECAY_OF_U = """\
[parameter.k]
value = "0.5 d-1"
meaning = "rate of decay"
source = "chosen"
evidence = "design"
[species.u]
unit = "ng/mL"
rest = "none"
scale = "1 ng/mL"
meaning = "what decays"
[process.decay]
rate = "k*u"
changes = { u = -1 }
meaning = "first-order decay"
[initial]
u = "1 ng/mL"
[injury]
u = "u"
"""

PROGRAM = os.environ.get("NEOCOL", "neocol")
SOURCES = Path(os.environ.get("NEOCOL_SOURCE_DIR", Path(__file__).parents[2]))

# A real course on a coarse grid: runs in well under a second.
SMALL = """\
title = "Small course"
model = "microneedling"
[skin]
site = "cheek"
[device]
name = "roller_192"
needle_length = "1.5 mm"
[regimen]
sessions = 2
spacing = "2 week"
puncture_density = "250 cm-2"
[domain]
geometry = "single_channel"
spacing = "60 um"
thickness = "2 mm"
[run]
until = "5 week"
tolerance = 1e-3
[output]
every = "1 day"
fields = ["collagen3_new", "tgf_beta"]
field_times = ["0 day", "7 day", "5 week"]
"""


def text_of(attribute):
    """The text of an HDF5 attribute, whatever its kind of string."""
    return attribute.decode() if isinstance(attribute, bytes) else str(attribute)


class ProgramTest(unittest.TestCase):
    """A test with a temporary folder in which the program is run."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)

    def tearDown(self):
        self._folder.cleanup()

    def write(self, name, text):
        path = self.folder / name
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return path

    def run_program(self, *arguments, code=0, env=None):
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=570,
        )
        self.assertEqual(
            done.returncode,
            code,
            f"neocol {' '.join(map(str, arguments))}\n{done.stdout}\n{done.stderr}",
        )
        return done

    def results(self):
        """Names of result files and what is left of them."""
        return sorted(
            p.name for p in self.folder.iterdir() if re.search(r"\.(h5|xdmf|csv|part)", p.name)
        )
