#!/usr/bin/python3
"""A run is complete only if it is finite, not negative, within bounds and balanced."""

import json
import subprocess
import unittest

import h5py

from program import SMALL, SOURCES, ProgramTest, text_of

DECAY = """\
[model]
name = "decay"
title = "Decay"
balance = "none"
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
[observable.mean]
value = "u"
unit = "ng/mL"
meaning = "mean"
"""
BOUND = """\
[bound.level]
value = "u"
unit = "ng/mL"
at_most = "0.5 ng/mL"
meaning = "level"
source = "chosen"
"""
LOG = """\
[observable.inverse]
value = "1/(u - u)"
unit = "mL/ng"
meaning = "never a number"
"""
SCENARIO = """\
title = "Decay"
model = "decay.toml"
[domain]
geometry = "well_mixed"
[run]
until = "2 day"
"""


class Judging(ProgramTest):

    def decay(self, extra="", model=DECAY):
        self.write("decay.toml", model + extra)
        self.write("s.toml", SCENARIO)

    def status(self, name):
        with h5py.File(self.folder / name) as file:
            return text_of(file.attrs["status"]), text_of(file.attrs["stop_reason"])

    def test_what_keeps_its_bounds_is_complete(self):
        self.decay()
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet")
        self.assertEqual(self.status("a.h5")[0], "complete")

    def test_a_broken_bound_is_doubtful_and_everybody_says_so(self):
        self.decay(BOUND)
        done = self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", code=7)
        self.assertIn("doubtful", done.stderr)
        self.assertIn("bound 'level' was broken", done.stderr)
        status, reason = self.status("a.h5")
        self.assertEqual(status, "doubtful")
        self.assertIn("'level'", reason)
        self.assertFalse((self.folder / "a.h5.part").exists())
        self.assertIn("doubtful: bound", self.run_program("info", "a.h5").stdout)
        self.assertEqual(json.loads(self.run_program("info", "a.h5", "--json").stdout)["status"],
                         "doubtful")
        both = self.run_program("compare", "a.h5", "a.h5")
        self.assertIn("doubtful", both.stdout)
        self.assertIn("warning: a.h5 is doubtful", both.stderr)
        self.assertIn("is doubtful", self.run_program("resume", "a.h5", code=7).stderr)
        said = self.run_program("run", "s.toml", "--interpreter", "-o", "b.h5", "--json", code=7)
        self.assertEqual(json.loads(said.stdout)["status"], "doubtful")

    def test_reports_and_figures_carry_the_flag(self):
        self.decay(BOUND)
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet", code=7)
        self.run_program("report", "a.h5")
        self.assertIn("doubtful", (self.folder / "a.html").read_text())
        drawn = self.run_program("plot", "a.h5", "--formats", "svg")
        self.assertIn("is doubtful", drawn.stderr)
        command = ["/usr/bin/python3", str(SOURCES / "scripts" / "plot_compare.py"), "a.h5", "a.h5",
                   "--labels", "one", "two", "--formats", "svg"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("is doubtful", done.stderr)

    def test_an_observable_that_is_no_number_is_doubtful(self):
        self.decay(LOG)
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet", code=7)
        self.assertIn("'inverse'", self.status("a.h5")[1])

    def test_a_species_below_zero_is_doubtful(self):
        self.decay(model=DECAY.replace('u = "1 ng/mL"', 'u = "-1 ng/mL"'))
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet", code=7)
        self.assertIn("'u' fell to -1", self.status("a.h5")[1])

    def test_parameters_far_beyond_their_ranges_do_not_end_complete(self):
        self.write("s.toml", SMALL)
        done = self.run_program("run", "s.toml", "-o", "a.h5", "--quiet", "--set",
                                "parameters.d_1=2 d-1", "--set", "run.tolerance=1e-2", code=7)
        self.assertIn("synthesis_per_cell", done.stderr)

    def test_shipped_scenarios_are_complete(self):
        for name in ("unwounded", "single_session", "punch_wound"):
            with self.subTest(name):
                self.run_program("run", SOURCES / "scenarios" / f"{name}.toml", "-o", f"{name}.h5",
                                 "--quiet", "--set", "run.tolerance=1e-2", "--set",
                                 "domain.spacing=80 um")
                self.assertEqual(self.status(f"{name}.h5")[0], "complete")


if __name__ == "__main__":
    unittest.main()
