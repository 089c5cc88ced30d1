"""Inputs from tables against closed forms, in the interpreter and compiled; runs that begin with the
fields of another; what is refused."""

import json
import math
import sys
import unittest
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from program import ProgramTest  # noqa: E402
from runs_compared import different  # noqa: E402

# u follows the input: u' = k (drive - u). Of drive = a + b t + c z the solution is
# u = drive - b/k (1 - exp(-k t)), if it begins with drive(0).
MODEL = """\
[model]
name = "follower"
title = "What follows an input"
stationary = false
balance = "none"

[parameter]
k = { value = "3 d-1", meaning = "how fast", source = "chosen", evidence = "design" }
D = { value = "0.2 mm2/d", meaning = "diffusivity", source = "chosen", evidence = "design" }

[input.drive]
value = "2 kPa"
meaning = "what is followed"

[species.u]
unit = "kPa"
scale = "1 kPa"
meaning = "what follows"

[initial]
u = "0 kPa"

[process.following]
rate = "k*drive"
changes = { u = 1 }
meaning = "towards the input"

[process.loss]
rate = "k*u"
changes = { u = -1 }
meaning = "and back"

[observable.u]
value = "u"
unit = "kPa"
meaning = "mean"

[observable.drive]
value = "drive"
unit = "kPa"
meaning = "the input"
"""
WALL = """
[transport.u]
diffusivity = "D"
[boundary.u]
top = { type = "fixed", value = "drive" }
"""
SCENARIO = """\
title = "Follower"
model = "follower.toml"
[domain]
geometry = "%s"
spacing = "100 um"
thickness = "1 mm"
[run]
until = "4 day"
tolerance = %s
[output]
every = "0.5 day"
fields = ["u"]
field_times = ["2 day", "4 day"]
"""
A, B, C, K = 1.0, 0.5, 0.25, 3.0
TABLE = "time [h],drive [Pa]\n0,1000\n24,1500\n60,2250\n96,3000\n"
BY_DEPTH = "time [d],depth [um],drive [kPa]\n" + "".join(
    f"{t},{z},{A + B * t + C * 1e-3 * z}\n" for t in (0, 1.5, 4) for z in (0, 300, 1000)
)
STUDY = """\
title = "Followers"
scenario = "s.toml"
[[axis]]
key = "parameters.k"
values = ["1 d-1", "2 d-1"]
"""
USE = '[inputs.drive]\ntable = "drive.csv"\n'


def solution(time, depth=0.0, begin=0.0):
    """u at a time [d] and depth [mm], from `begin` on."""
    at_once = A + C * depth - B / K
    return at_once + B * time + (begin - at_once) * np.exp(-K * time)


class Follower(ProgramTest):
    """A scenario of the model above, with a table beside it."""

    def setUp(self):
        super().setUp()
        self.write("follower.toml", MODEL)
        self.write("drive.csv", TABLE)

    def scenario(self, text=USE, geometry="well_mixed", tolerance="1e-8"):
        self.write("s.toml", SCENARIO % (geometry, tolerance) + text)

    def run_to(self, name, *arguments, code=0):
        self.run_program(
            "run", "s.toml", "-o", name, "--quiet", "--overwrite", *arguments, code=code
        )
        return self.folder / name

    def errors(self, *parts, code=3):
        told = self.run_program("check", "s.toml", code=code).stderr
        for part in parts:
            self.assertIn(part, told)
        return told


class Inputs(Follower):
    def test_a_table_is_followed_as_the_closed_form_says(self):
        for geometry in ("well_mixed", "column", "single_channel"):
            for back_end in ((), ("--interpreter",)):
                with self.subTest(geometry=geometry, back_end=back_end):
                    self.scenario(geometry=geometry)
                    with h5py.File(self.run_to("r.h5", *back_end)) as file:
                        time, u = file["time"][()], file["u"][()]
                        drive = file["drive"][()]
                    np.testing.assert_allclose(u, solution(time), rtol=2e-7, atol=2e-7)
                    np.testing.assert_allclose(drive, A + B * time, rtol=1e-13)

    def test_both_back_ends_give_the_same_bits(self):
        self.scenario(geometry="column")
        first, second = self.run_to("a.h5"), self.run_to("b.h5", "--interpreter")
        self.assertEqual(different(first, second), [])

    def test_by_depth(self):
        self.write("drive.csv", BY_DEPTH)
        for geometry in ("column", "patch"):
            self.scenario(geometry=geometry)
            size = ("--set=domain.width=300 um", "--set=run.tolerance=1e-6")
            more = size if geometry == "patch" else ()
            with h5py.File(self.run_to("r.h5", *more)) as file:
                z, u = file["fields/z"][()], file["fields/u"][()]
                times = file["fields/field_time"][()]
            for time, field in zip(times, u):
                due = solution(time, z).reshape((-1,) + (1,) * (field.ndim - 1))
                np.testing.assert_allclose(field, np.broadcast_to(due, field.shape), rtol=2e-5)

    def test_at_a_wall(self):
        # No loss, no source: what the wall brings is a parabola that lags behind it,
        # u = a + b (t + (x^2 - 2 L x)/(2 D)) after a while, x from the wall to the closed end.
        text = MODEL.replace('rate = "k*drive"', 'rate = "0*k*drive"').replace(
            'rate = "k*u"', 'rate = "0*k*u"'
        )
        self.write("follower.toml", text.replace("0.2 mm2/d", "2 mm2/d") + WALL)
        self.scenario(geometry="column")
        with h5py.File(self.run_to("r.h5", "--set=domain.spacing=20 um")) as file:
            z, u = file["fields/z"][()], file["fields/u"][-1]
        due = A + B * (4.0 + (z * z - 2.0 * z) / 4.0)
        np.testing.assert_allclose(u, due, rtol=1e-3)

    def test_steps_of_third_order(self):
        # Fixed steps, as the tolerance allows any.
        def off(step, geometry):
            self.scenario(geometry=geometry, tolerance="0.1")
            words = (f"--set=run.largest_step={step} d", "--set=run.tolerance=0.1")
            with h5py.File(self.run_to("r.h5", *words)) as file:
                return abs(file["u"][-1] - solution(4.0))

        self.write("drive.csv", "time [d],drive [kPa]\n0,1\n4,3\n")
        errors = [off(step, "column") for step in (0.4, 0.2, 0.1)]
        orders = [math.log2(a / b) for a, b in zip(errors, errors[1:])]
        self.assertGreater(orders[-1], 2.6, errors)

    def test_no_step_passes_over_a_pulse(self):
        self.write(
            "drive.csv",
            "time [d],drive [kPa]\n0,0\n2,0\n2.01,9\n2.02,0\n4,0\n",
        )
        self.scenario(tolerance="1e-4")
        with h5py.File(self.run_to("r.h5", "--set=output.every=0.01 d")) as file:
            self.assertGreater(file["u"][()].max(), 0.1)

    def test_a_constant_and_the_value_of_the_model(self):
        self.scenario('[inputs]\ndrive = "4 kPa"\n')
        with h5py.File(self.run_to("a.h5")) as file:
            np.testing.assert_allclose(file["u"][-1], 4.0 * (1 - math.exp(-12)), rtol=1e-6)
        self.scenario("")
        with h5py.File(self.run_to("b.h5")) as file:
            np.testing.assert_allclose(file["u"][-1], 2.0 * (1 - math.exp(-12)), rtol=1e-6)

    def test_a_result_carries_its_tables(self):
        self.write("drive.csv", BY_DEPTH)
        self.scenario(geometry="column", tolerance="1e-5")
        first = self.run_to("a.h5")
        (self.folder / "drive.csv").unlink()
        (self.folder / "follower.toml").unlink()
        self.run_program("run", "--from", "a.h5", "-o", "b.h5", "--quiet")
        self.assertEqual(different(first, self.folder / "b.h5"), [])

    def test_the_table_is_part_of_the_runs_identity(self):
        hashes = []
        for table in (
            TABLE,
            TABLE.replace("96,3000", "96,3001"),
            TABLE.replace("\n0,1000", "\n0.0,1e3"),
        ):
            self.write("drive.csv", table)
            self.scenario()
            with h5py.File(self.run_to("r.h5")) as file:
                hashes.append(str(file.attrs["scenario_hash"]))
        self.assertNotEqual(hashes[0], hashes[1])
        self.assertEqual(hashes[0], hashes[2])

    def test_a_resumed_run_is_the_unbroken_one(self):
        self.scenario(geometry="column", tolerance="1e-9")
        small = "--set=run.largest_step=0.002 d"
        whole = self.run_to("whole.h5", small, "--threads=1")
        self.run_to("part.h5", small, "--threads=1", "--max-wall-time=0.001 s", code=75)
        (self.folder / "drive.csv").unlink()
        for _ in range(500):
            done = self.run_again("part.h5.checkpoint")
            if done == 0:
                break
        self.assertEqual(done, 0)
        self.assertEqual(different(whole, self.folder / "part.h5"), [])

    def run_again(self, checkpoint):
        import subprocess

        from program import PROGRAM

        return subprocess.run(
            [PROGRAM, "resume", checkpoint, "--quiet"], cwd=self.folder, capture_output=True
        ).returncode

    def test_times_outside_the_table_are_refused_or_held(self):
        self.scenario(USE + "\n")
        self.write("drive.csv", "time [d],drive [kPa]\n1,1\n3,2\n")
        self.errors("s.toml", "known from day 1 to 3, and the run goes from day 0 to 4", "hold")
        self.scenario(USE + 'outside = "hold"\n')
        with h5py.File(self.run_to("r.h5")) as file:
            drive = dict(zip(file["time"][()], file["drive"][()]))
        self.assertEqual([drive[0.0], drive[0.5], drive[1.0]], [1.0, 1.0, 1.0])
        self.assertEqual([drive[3.0], drive[4.0]], [2.0, 2.0])

    def test_faults_of_a_table_name_file_row_and_column(self):
        self.scenario()
        for rows, *parts in (
            ("0,1\n2,\n4,1", "drive.csv:3", "row 3, column 'drive': a blank cell"),
            ("0,1\n2,nan\n4,1", "drive.csv:3", "column 'drive': 'nan' is no finite number"),
            ("0,1\n2,1 kPa\n4,1", "drive.csv:3", "'1 kPa' is no finite number"),
            ("0,1\n3,1\n2,1", "drive.csv:4", "column 'time'", "not after that of the row before"),
            ("0,1\n3,1\n3,1", "drive.csv:4", "column 'time'", "not after that of the row before"),
            ("0,1\n3", "drive.csv:3", "row 3 has no column 'drive'"),
            ('0,1\n3,"1', "drive.csv:3", "row 3: a quote is not closed"),
            ("0,1\n4,-1", "s.toml", "'drive' falls to -1 kPa, below 0", "signed = true"),
            ("", "drive.csv", "the table has no rows"),
        ):
            with self.subTest(rows=rows):
                self.write("drive.csv", "time [d],drive [kPa]\n" + rows + "\n")
                self.errors(*parts)

    def test_units_and_columns_are_checked(self):
        self.scenario()
        for heading, *parts in (
            ("time [d],drive", "drive.csv:1:10", "column 'drive' has no unit", "drive [kPa]"),
            ("time [d],drive [mm]", "column 'drive' is in mm"),
            ("time,drive [kPa]", "column 'time' has no unit", "time [d]"),
            ("time [d],driv [kPa]", "no column 'drive'", "did you mean 'driv'?"),
            ("hour [h],drive [kPa]", "no column 'time'", "time = "),
            ("time [d],drive [kPa],drive [Pa]", "drive.csv:1:22", "'drive' is there already"),
        ):
            with self.subTest(heading=heading):
                self.write("drive.csv", heading + "\n0,1\n4,1\n")
                self.errors(*parts)
        self.write("drive.csv", "hours,po2\n# a comment\n0,1\n96,3\n")
        own = 'column = "po2"\nunit = "kPa"\ntime = "hours"\ntime_unit = "h"\n'
        self.scenario(USE + own)
        with h5py.File(self.run_to("r.h5")) as file:
            self.assertAlmostEqual(file["drive"][-1], 3.0, places=12)

    def test_other_faults_of_a_scenario(self):
        for text, *parts in (
            (
                '[inputs.driv]\ntable = "drive.csv"\n',
                "has no input 'driv'",
                "did you mean 'drive'?",
            ),
            ('[inputs.drive]\ntable = "no.csv"\n', "s.toml:", "no.csv"),
            ('[inputs.drive]\noutside = "hold"\n', "needs a table, or times and values"),
            ("[inputs]\ndrive = 3\n", "needs a unit"),
            ('[inputs.drive]\ntimes = ["0 d", "4 d"]\nvalues = ["1 kPa"]\n', "1 values where 2"),
            ('[inputs.drive]\ntimes = ["4 d", "0 d"]\nvalues = ["1 kPa", "1 kPa"]\n', "ascend"),
        ):
            with self.subTest(text=text):
                self.scenario(text)
                self.errors(*parts)

    def test_a_model_may_not_fix_at_the_start_what_varies(self):
        self.write(
            "follower.toml",
            MODEL + '[derived.x]\nvalue = "2*drive"\nunit = "kPa"\nmeaning = "twice"\n',
        )
        self.scenario()
        self.errors("input 'drive' cannot be used in a derived value")

    def test_the_budget_of_a_rate_with_the_clock_in_it_closes_well_mixed_too(self):
        # Else the run is doubtful, and ends with 7.
        text = MODEL.replace('rate = "k*drive"', 'rate = "k*drive*(1 + sin(k*time))"')
        self.write("follower.toml", text)
        self.scenario('[inputs]\ndrive = "4 kPa"\n', tolerance="1e-6")
        with h5py.File(self.run_to("r.h5")) as file:
            time, u = file["time"][()], file["u"][()]
        due = 4.0 * (1.0 + 0.5 * (np.sin(K * time) - np.cos(K * time)) - 0.5 * np.exp(-K * time))
        np.testing.assert_allclose(u, due, rtol=1e-5, atol=1e-5)

    def test_rest_is_kept_by_the_declared_value(self):
        # Balance is taken at the declared value: what the table adds to that acts.
        text = MODEL.replace("stationary = false\n", "").replace('balance = "none"\n', "")
        text = text.replace('scale = "1 kPa"\n', 'rest = "2 kPa"\n').replace(
            '[initial]\nu = "0 kPa"\n', ""
        )
        self.write("follower.toml", text)
        for geometry in ("well_mixed", "column"):
            self.scenario("", geometry=geometry)
            with h5py.File(self.run_to("r.h5")) as file:
                self.assertEqual(set(file["u"][()]), {2.0})
            self.scenario(geometry=geometry)
            with h5py.File(self.run_to("r.h5")) as file:
                time, u = file["time"][()], file["u"][()]
            np.testing.assert_allclose(u, solution(time, begin=2.0), rtol=3e-7)


class Studies(Follower):
    def test_a_plan_holds_its_tables(self):
        (self.folder / "tables").mkdir()
        (self.folder / "drive.csv").rename(self.folder / "tables" / "drive.csv")
        self.scenario(USE.replace("drive.csv", "tables/drive.csv"))
        self.write("study.toml", STUDY)
        self.run_program("study", "plan", "study.toml", "-o", "plan")
        (self.folder / "tables" / "drive.csv").unlink()
        self.run_program("study", "run", "plan", "--quiet")
        self.assertTrue((self.folder / "plan" / "inputs" / "tables" / "drive.csv").is_file())
        status = self.run_program("study", "status", "plan", "--json").stdout
        self.assertEqual(json.loads(status)["complete"], 2)

    def test_a_table_elsewhere_and_fields_of_a_run_are_refused(self):
        other = self.folder / "other"
        other.mkdir()
        for name in ("s.toml", "follower.toml"):
            self.scenario(USE.replace("drive.csv", "../drive.csv"))
            (other / name).write_text((self.folder / name).read_text())
        self.write("other/study.toml", STUDY)
        told = self.run_program("study", "plan", "other/study.toml", "-o", "p", code=3).stderr
        self.assertIn("drive.csv' lies neither beside", told)
        self.scenario(geometry="column")
        self.run_to("first.h5")
        self.scenario(USE + '[initial]\nfrom = "first.h5"\n', geometry="column")
        self.write("study.toml", STUDY)
        told = self.run_program("study", "plan", "study.toml", "-o", "p", code=3).stderr
        self.assertIn("[initial] cannot be used in a study", told)


class Beginnings(ProgramTest):
    """A run that begins with the fields of another."""

    def setUp(self):
        super().setUp()
        self.write("follower.toml", MODEL + WALL)

    def run_to(self, name, text, *arguments, code=0, until="4 day"):
        scenario = SCENARIO % ("column", "1e-7")
        self.write("s.toml", scenario.replace('until = "4 day"', f'until = "{until}"') + text)
        words = ("run", "s.toml", "-o", name, "--quiet", "--overwrite", *arguments)
        return self.run_program(*words, code=code)

    def refused(self, text, *parts):
        told = self.run_to("x.h5", text, code=3).stderr
        for part in parts:
            self.assertIn(part, told)

    def field(self, name):
        with h5py.File(self.folder / name) as file:
            return file["fields/u"][-1]

    def test_two_halves_are_the_whole(self):
        self.run_to("whole.h5", "")
        self.run_to("first.h5", "", until="2 day")
        self.run_to("second.h5", '[initial]\nfrom = "first.h5"\n', until="2 day")
        np.testing.assert_allclose(self.field("second.h5"), self.field("whole.h5"), rtol=1e-6)
        self.run_to("again.h5", '[initial]\nfrom = "whole.h5"\nat = "2 day"\n', until="2 day")
        np.testing.assert_allclose(self.field("again.h5"), self.field("second.h5"), rtol=1e-6)
        self.assertGreater(abs(self.field("whole.h5") - self.field("first.h5")).max(), 1e-3)

    def test_the_fields_are_part_of_the_identity_and_their_place_is_not(self):
        self.run_to("first.h5", "", until="2 day")
        hashes = []
        for k, name in enumerate(("first.h5", "moved.h5", "other.h5")):
            if name == "moved.h5":
                (self.folder / "first.h5").rename(self.folder / "moved.h5")
            if name == "other.h5":
                self.run_to("other.h5", "", "--set=parameters.k=2 d-1", until="2 day")
            self.run_to(f"{k}.h5", f'[initial]\nfrom = "{name}"\n', until="2 day")
            with h5py.File(self.folder / f"{k}.h5") as file:
                hashes.append(str(file.attrs["scenario_hash"]))
        self.assertEqual(hashes[0], hashes[1])
        self.assertNotEqual(hashes[0], hashes[2])

    def test_a_run_does_not_replace_the_result_it_begins_with(self):
        self.run_to("first.h5", "", until="2 day")
        before = (self.folder / "first.h5").read_bytes()
        done = self.run_to("first.h5", '[initial]\nfrom = "first.h5"\n', code=3, until="2 day")
        self.assertIn("is read by this run", done.stderr)
        self.assertEqual((self.folder / "first.h5").read_bytes(), before)

    def test_a_result_repeats_its_beginning_or_says_that_it_cannot(self):
        self.run_to("first.h5", "", until="2 day")
        self.run_to("a.h5", '[initial]\nfrom = "first.h5"\n', until="2 day")
        self.run_program("run", "--from", "a.h5", "-o", "b.h5", "--quiet")
        self.assertEqual(different(self.folder / "a.h5", self.folder / "b.h5"), [])
        self.run_to("first.h5", "", "--set=parameters.k=2 d-1", until="2 day")
        again = ("run", "--from", "a.h5", "-o", "c.h5", "--quiet")
        told = self.run_program(*again, code=3).stderr
        self.assertIn("other fields than those that the run began with", told)
        (self.folder / "first.h5").unlink()
        told = self.run_program(*again, code=3).stderr
        self.assertIn("the fields that the run begins with cannot be read", told)

    def test_what_does_not_match_is_refused_or_declared(self):
        self.run_to("first.h5", "", until="2 day")
        begin = '[initial]\nfrom = "first.h5"\n'
        self.refused(begin + 'at = "1 day"\n', "no fields are stored at 1 d", "those of 2 d")
        self.refused('[initial]\nfrom = "no.h5"\n', "s.toml:", "no.h5")
        self.refused(begin + 'from_model = ["v"]\n', "unknown species 'v'")
        told = self.run_to("x.h5", begin, "--set=domain.spacing=50 um", code=3).stderr
        self.assertIn("other voxels along z", told)
        told = self.run_to("x.h5", begin, "--set=domain.geometry=well_mixed", code=3).stderr
        self.assertIn("of geometry 'column', this run of 'well_mixed'", told)
        more = MODEL + WALL + '[species.v]\nunit = "1"\nscale = 1\nmeaning = "more"\n'
        self.write("follower.toml", more)
        self.refused(begin, "no fields of v", 'from_model = ["v"]')
        self.run_to("x.h5", begin + 'from_model = ["v"]\n', until="2 day")
        self.write(
            "follower.toml",
            (MODEL + WALL)
            .replace("species.u", "species.w")
            .replace("u = ", "w = ")
            .replace("k*u", "k*w")
            .replace("transport.u", "transport.w")
            .replace("boundary.u", "boundary.w")
            .replace('value = "u"', 'value = "w"'),
        )
        self.run_to("y.h5", begin, "--set=output.fields=[]", code=3)


if __name__ == "__main__":
    unittest.main()
