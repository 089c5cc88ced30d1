#!/usr/bin/python3
"""A run is complete only if it is finite, not negative, within bounds and balanced."""

import json
import math
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import h5py
from neocol.cases import Case, run_cases
from program import DECAY_OF_U, PROGRAM, SMALL, SOURCES, ProgramTest, text_of

DECAY = (
    """\
[model]
name = "decay"
title = "Decay"
balance = "none"
"""
    + DECAY_OF_U
    + """\
[observable.mean]
value = "u"
unit = "ng/mL"
meaning = "mean"
"""
)
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

    def test_check_refuses_what_run_refuses_at_rest(self):
        resting = (
            DECAY.replace('balance = "none"\n', "").replace('rest = "none"', 'rest = "R"')
            + """[parameter.R]
value = "1 ng/mL"
meaning = "at rest"
source = "chosen"
evidence = "design"
[parameter.s]
value = "0.5 ng/mL/d"
meaning = "source"
source = "chosen"
evidence = "design"
[process.source]
rate = "s"
changes = { u = 1 }
meaning = "source"
"""
        )
        self.decay(model=resting)
        self.run_program("check", "s.toml", "--quiet")
        for setting, message in (
            ("parameters.R=2 ng/mL", "species 'u' does not rest"),
            ("parameters.k=1e308 d-1", "process 'decay' has no finite rate at rest"),
        ):
            for verb in (["check", "--quiet"], ["run", "--interpreter", "-o", "n.h5"]):
                extra = ["--set", "parameters.R=1e9 ng/mL"] if "k=" in setting else []
                done = self.run_program(
                    verb[0], "s.toml", *verb[1:], "--set", setting, *extra, code=3
                )
                self.assertIn(message, done.stderr, verb)

    def test_nothing_is_subtracted_where_rest_is_no_fixed_point(self):
        growing = (
            DECAY.replace('balance = "none"', "stationary = false")
            .replace('rest = "none"', 'rest = "0 ng/mL"')
            .replace("k*u", "k*K")
            .replace("u = -1", "u = 1")
            + """[parameter.K]
value = "2 ng/mL"
meaning = "level"
source = "chosen"
evidence = "design"
"""
        )
        self.decay(model=growing)
        for geometry in ("well_mixed", "column"):
            self.run_program(
                "run",
                "s.toml",
                "--interpreter",
                "--overwrite",
                "-o",
                "g.h5",
                "--quiet",
                "--set",
                f"domain.geometry={geometry}",
            )
            with h5py.File(self.folder / "g.h5") as file:
                # 1 at the start, 0.5 /d * 2 more a day
                self.assertAlmostEqual(file["mean"][-1], 3.0, places=6, msg=geometry)

    def test_what_keeps_its_bounds_is_complete(self):
        self.decay()
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet")
        self.assertEqual(self.status("a.h5")[0], "complete")

    def test_a_broken_bound_is_doubtful_and_everybody_says_so(self):
        self.decay(BOUND)
        done = self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", code=7)
        self.assertIn("doubtful", done.stderr)
        self.assertRegex(done.stderr, r"bound 'level' \(at .*\) was broken")
        status, reason = self.status("a.h5")
        self.assertEqual(status, "doubtful")
        self.assertIn("'level'", reason)
        self.assertFalse((self.folder / "a.h5.part").exists())
        self.assertIn("doubtful: bound", self.run_program("info", "a.h5").stdout)
        self.assertEqual(
            json.loads(self.run_program("info", "a.h5", "--json").stdout)["status"], "doubtful"
        )
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
        done = self.run_program(
            "plot", "a.h5", "a.h5", "--labels", "one", "two", "--formats", "svg"
        )
        self.assertIn("is doubtful", done.stderr)

    def test_an_observable_that_is_no_number_is_doubtful(self):
        self.decay(LOG)
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet", code=7)
        self.assertIn("'inverse'", self.status("a.h5")[1])

    def test_a_species_below_zero_is_doubtful(self):
        self.decay(model=DECAY.replace('u = "1 ng/mL"', 'u = "-1 ng/mL"'))
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet", code=7)
        self.assertIn("'u' fell to -1", self.status("a.h5")[1])

    def case(self, **options):
        (result,) = run_cases([Case(self.folder / "s.toml")], **options)
        return result

    def test_a_case_has_what_it_is_judged_by(self):
        self.decay(BOUND)
        result = self.case(interpreter=True)
        self.assertEqual((result.status, result.time[0]), ("doubtful", 0.0))
        self.assertEqual(list(result.observables), ["mean"])
        self.assertRegex(result.reason, r"bound 'level' \(at .*\) was broken")
        self.assertAlmostEqual(result.bounds["level"][1], 1.0)
        self.assertFalse(result.bounds["level"][2])
        self.assertAlmostEqual(result.lowest["u"], math.exp(-1.0), delta=1e-3)
        self.assertLess(abs(result.residual["u"]), 1e-8)
        self.assertEqual(result.reached, 2.0)

    def test_records_of_a_jump_at_the_end_are_before_it_and_after_it(self):
        self.decay(
            '[event.dose]\nat = "2 day"\nchanges = { u = "u + dose" }\n'
            '[parameter.dose]\nvalue = "3 ng/mL"\nmeaning = "dose"\n'
            'source = "chosen"\nevidence = "design"\n'
        )
        result = self.case(interpreter=True)
        self.assertEqual(result.status, "complete")
        self.assertEqual(result.time[-2:].tolist(), [2.0, 2.0])
        self.assertEqual(result.after_jump[-2:].tolist(), [False, True])
        self.assertLess(result.observables["mean"][-2], 1.0)
        self.assertGreater(result.observables["mean"][-1], 3.0)

    def test_a_time_limit_of_a_case_does_not_count_the_compiler(self):
        self.decay()
        # A compiler that takes two seconds longer.
        (self.folder / "bin").mkdir()
        slow = self.write("bin/cc", f'#!/bin/sh\nsleep 2\nexec {shutil.which("cc")} "$@"\n')
        slow.chmod(0o755)
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from neocol.cases import Case, run_cases\n"
                "print(run_cases([Case('s.toml')], time_limit=1.0)[0].status)",
            ],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": str(Path(PROGRAM).parent / "python"),
                "PATH": f"{slow.parent}:{os.environ['PATH']}",
                "NEOCOL_CACHE": str(self.folder / "cache"),
            },
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.assertEqual(done.stdout, "complete\n", done.stderr)
        self.assertTrue(list((self.folder / "cache").glob("*.so")))

    def test_parameters_far_beyond_their_ranges_do_not_end_complete(self):
        self.write("s.toml", SMALL)
        done = self.run_program(
            "run",
            "s.toml",
            "-o",
            "a.h5",
            "--quiet",
            "--set",
            "parameters.d_1=2 d-1",
            "--set",
            "run.tolerance=1e-2",
            code=7,
        )
        self.assertIn("synthesis_per_cell", done.stderr)

    def test_shipped_scenarios_are_complete(self):
        for name in ("unwounded", "single_session", "punch_wound"):
            with self.subTest(name):
                self.run_program(
                    "run",
                    SOURCES / "scenarios" / f"{name}.toml",
                    "-o",
                    f"{name}.h5",
                    "--quiet",
                    "--set",
                    "run.tolerance=1e-2",
                    "--set",
                    "domain.spacing=80 um",
                )
                self.assertEqual(self.status(f"{name}.h5")[0], "complete")


if __name__ == "__main__":
    unittest.main()
