"""Times of schedules, axes of results, jumps: docs/scenario-file.md, docs/result-file.md."""

import unittest

import h5py
import numpy as np
import xarray as xr
from neocol.results import align, load  # noqa: E402
from program import SMALL, SOURCES, ProgramTest

DECAY = (SOURCES / "tests/models/decay.toml").read_text()
QUICK = """\
title = "Quick"
model = "model.toml"
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
DOSE = """
[parameter.dose]
value = "1 ng/mL"
meaning = "what an event adds"
source = "chosen"
evidence = "design"
[parameter.t_dose]
value = "1 day"
meaning = "when"
source = "chosen"
evidence = "design"
"""


class Times(ProgramTest):
    def model(self, events="", text=DECAY):
        self.write("model.toml", text + (DOSE if events else "") + events)
        self.write("quick.toml", QUICK)

    def quick(self, output, *settings, code=0, scenario="quick.toml"):
        sets = [part for one in settings for part in ("--set", one)]
        return self.run_program(
            "run", scenario, "--interpreter", "--quiet", "-o", output, *sets, code=code
        )

    def data(self, name, path):
        with h5py.File(self.folder / name) as file:
            return file[path][()]


class Moments(Times):
    def test_one_moment_in_two_units_is_one_record(self):
        self.model()
        self.quick("a.h5", 'output.field_times=["1 day","1440 min","24 h"]')
        np.testing.assert_array_equal(self.data("a.h5", "fields/field_time"), [1.0])
        self.quick("b.h5", 'output.field_times=["0.1 day","2.4 h"]', 'run.until="1 day"')
        np.testing.assert_array_equal(self.data("b.h5", "fields/field_time"), [0.1])

    def test_the_end_is_recorded_once(self):
        self.model()
        self.quick("a.h5", 'output.every="90 min"', 'run.until="1 day"')
        time = self.data("a.h5", "time")
        self.assertEqual(len(time), 17)
        self.assertEqual(time[-1], 1.0)

    def test_a_time_in_any_unit_is_one_identity(self):
        self.model()
        for name, until, every in (
            ("a.h5", "2 day", "6 h"),
            ("b.h5", "48 h", "0.25 day"),
            ("c.h5", "172800 s", "360 min"),
        ):
            self.quick(name, f'run.until="{until}"', f'output.every="{every}"')
        hashes = set()
        for name in ("a.h5", "b.h5", "c.h5"):
            with h5py.File(self.folder / name) as file:
                hashes.add(str(file.attrs["scenario_hash"]))
        self.assertEqual(len(hashes), 1)

    def test_a_time_between_two_nanoseconds_is_refused_at_its_place(self):
        self.model()
        error = self.quick("a.h5", 'output.every="0.12345678912 s"', code=3).stderr
        self.assertIn("no whole number of nanoseconds", error)
        self.assertIn('the nearest is "0.123456789 s"', error)
        self.assertIn("--set", error)

    def test_a_result_repeats_with_the_times_it_stores(self):
        self.write("small.toml", SMALL.replace('"2 week"', '"8 h"').replace('"5 week"', '"1 day"'))
        self.run_program("run", "small.toml", "--quiet", "-o", "a.h5")
        self.run_program("run", "--from", "a.h5", "--quiet", "-o", "b.h5")
        for path in ("time", "sessions/time", "events/time"):
            np.testing.assert_array_equal(self.data("a.h5", path), self.data("b.h5", path))
        self.assertEqual(self.data("a.h5", "sessions/time")[1], 1 / 3)

    def test_a_field_listed_twice_is_refused_with_its_place(self):
        self.model()
        self.write("twice.toml", QUICK.replace('["u"]', '["u", "u"]'))
        error = self.run_program("check", "twice.toml", code=3).stderr
        self.assertIn("'u' is in the list already", error)
        self.assertIn("twice.toml:11:", error)


class Jumps(Times):
    def test_an_event_before_the_start_is_refused(self):
        self.model('[event.e]\nat = "-1 day"\nchanges = { u = "u + dose" }\n')
        error = self.run_program("model", "check", "model.toml", code=3).stderr
        self.assertIn("before the start", error)
        self.model('[event.e]\nat = "t_dose"\nchanges = { u = "u + dose" }\n')
        error = self.quick("a.h5", 'parameters.t_dose="-1 day"', code=3).stderr
        self.assertIn("before the start", error)

    def test_fields_and_observables_hold_the_value_before_an_event_and_events_both(self):
        self.model('[event.e]\nat = "1 day"\nchanges = { u = "u + dose" }\n')
        self.quick("a.h5")
        with h5py.File(self.folder / "a.h5") as file:
            before = np.exp(-0.5)
            mean = file["mean"][()][file["time"][()] == 1.0]
            self.assertEqual(len(mean), 1)
            self.assertAlmostEqual(mean[0], before, delta=1e-3)
            np.testing.assert_allclose(file["fields/u"][1], before, atol=1e-3)
            np.testing.assert_allclose(file["fields_after/u"][0], before + 1, atol=1e-3)
            self.assertEqual(file["events/mean_before"][0], mean[0])
            self.assertAlmostEqual(file["events/mean_after"][0], mean[0] + 1, places=12)

    def test_jumps_at_the_start_and_at_the_end_have_both_sides(self):
        self.model(
            '[event.first]\nat = "0 s"\nchanges = { u = "u + dose" }\n'
            '[event.last]\nat = "5 day"\nchanges = { u = "0 ng/mL" }\n'
        )
        self.quick("a.h5")
        np.testing.assert_array_equal(self.data("a.h5", "events/time"), [0.0, 5.0])
        mean, time = self.data("a.h5", "mean"), self.data("a.h5", "time")
        self.assertEqual((time[0], mean[0]), (0.0, 1.0))
        self.assertAlmostEqual(self.data("a.h5", "events/mean_after")[0], 2.0)
        self.assertEqual(time[-1], 5.0)
        self.assertGreater(mean[-1], 0.1)
        self.assertEqual(self.data("a.h5", "events/mean_after")[1], 0.0)
        self.assertLessEqual(np.diff(time)[0], 1.0001 / 1440)

    def test_the_day_and_the_interval_of_an_event_may_be_parameters(self):
        self.model(
            '[event.e]\nat = "t_dose"\nevery = "36 h"\nuntil = "4 day"\n'
            'changes = { u = "u + dose" }\n'
        )
        self.quick("a.h5")
        np.testing.assert_array_equal(self.data("a.h5", "events/time"), [1.0, 2.5, 4.0])
        self.quick("b.h5", 'parameters.t_dose="60 h"')
        np.testing.assert_array_equal(self.data("b.h5", "events/time"), [2.5, 4.0])

    def test_an_event_changes_a_parameter_for_the_rest_of_the_run(self):
        self.model(
            '[event.e]\nat = "2 day"\nchanges = { k = "k/10", u = "u + dose" }\n'
            '[event.f]\nat = "150 h"\nchanges = { k = "0*k" }\n'
        )
        left = np.exp(-0.5 * 2) + 1.0  # after the dose
        for name, settings in {
            "s.h5": (),
            "w.h5": ('domain.geometry="well_mixed"', "output.fields=[]", "output.field_times=[]"),
        }.items():
            self.quick(name, "run.tolerance=1e-6", 'run.until="12 day"', *settings)
            time, mean = self.data(name, "time"), self.data(name, "mean")
            due = np.where(
                time <= 2, np.exp(-0.5 * time), left * np.exp(-0.05 * (np.minimum(time, 6.25) - 2))
            )
            np.testing.assert_allclose(mean, due, rtol=1e-4)
        self.quick(
            "short.h5",
            "run.tolerance=1e-6",
            'run.until="12 day"',
            "output.fields=[]",
            "output.field_times=[]",
        )
        self.run_program(
            "run",
            "quick.toml",
            "--interpreter",
            "--quiet",
            "-o",
            "r.h5",
            "--set",
            "run.tolerance=1e-6",
            "--set",
            'run.until="12 day"',
            "--set",
            "output.fields=[]",
            "--set",
            "output.field_times=[]",
            "--checkpoint-every",
            "0 s",
            "--max-wall-time",
            "1 ms",
            code=75,
        )
        self.run_program("resume", "r.h5.checkpoint", "--quiet")
        np.testing.assert_array_equal(self.data("r.h5", "mean"), self.data("short.h5", "mean"))

    def test_what_an_event_cannot_change_is_refused(self):
        self.model(
            '[derived.half_life]\nvalue = "0.69/k"\nunit = "d"\nmeaning = "m"\n'
            '[event.e]\nat = "2 day"\nchanges = { k = "u*k", t_dose = "k" }\n'
        )
        error = self.run_program("model", "check", "model.toml", code=3).stderr
        self.assertIn("'u'", error)
        self.assertIn("'t_dose'", error)
        self.model(
            '[derived.half_life]\nvalue = "0.69/k"\nunit = "d"\nmeaning = "m"\n'
            '[event.e]\nat = "2 day"\nchanges = { k = "2*k" }\n'
        )
        said = self.run_program("model", "check", "model.toml")
        self.assertIn(
            "'half_life' is made at the start of a run and stays", said.stdout + said.stderr
        )

    def test_a_condition_compares_two_observables(self):
        self.model(
            '[observable.least]\nvalue = "u"\nunit = "ng/mL"\nreduce = "minimum"\n'
            'meaning = "m"\n'
            '[event.e]\nwhen = "mean < 0.5*least"\nchanges = { u = "u + dose" }\n'
            '[event.f]\nwhen = "2*mean > least*1.5"\nchanges = { u = "u + dose" }\n'
        )
        self.quick("a.h5")
        with xr.open_dataset(
            self.folder / "a.h5", engine="h5netcdf", group="events", decode_times=False
        ) as events:
            self.assertEqual(events.cause.values.astype(str).tolist(), ["f"])

    def test_two_regimens_subtract_in_xarray(self):
        for days in (3, 5):
            self.write("small.toml", SMALL.replace('"2 week"', f'"{days} day"'))
            self.run_program(
                "run", "small.toml", "--quiet", "-o", f"r{days}.h5", "--set", "run.tolerance=1e-2"
            )

        def course(days):
            return xr.open_dataset(
                self.folder / f"r{days}.h5", engine="h5netcdf", decode_times=False
            ).tgf_beta

        first, second = course(3), course(5)
        self.assertGreater(np.diff(first.time).min(), 0)
        self.assertEqual(first.interp(time=[0.5]).size, 1)
        self.assertEqual(first.sel(time=3.2, method="nearest").size, 1)
        self.assertEqual(xr.concat([first, second], "time").sizes["time"], first.size + second.size)
        shared = first - second
        self.assertEqual(shared.size, len(np.intersect1d(first.time, second.time)))
        with load(self.folder / "r3.h5") as one, load(self.folder / "r5.h5") as other:
            a, b = align(one, other)
            np.testing.assert_array_equal((a - b).time, np.union1d(first.time, second.time))
        for days in (3, 5):
            self.run_program(
                "run",
                "--from",
                f"r{days}.h5",
                "--quiet",
                "-o",
                f"c{days}.h5",
                "--set",
                "output.times=common",
            )
        np.testing.assert_array_equal(self.data("c3.h5", "time"), self.data("c5.h5", "time"))
        self.assertEqual(len(self.data("c3.h5", "events/time")), 2)


class Records(Times):
    def test_records_of_what_decays_are_not_negative(self):
        fast = "\n".join(
            line
            for line in DECAY.replace('"0.5 d-1"', '"200 d-1"').splitlines()
            if not line.startswith("range")
        )
        self.model(text=fast)
        self.quick("a.h5", 'run.until="1 day"', 'output.every="1 min"', "run.tolerance=1e-2")
        self.assertGreaterEqual(self.data("a.h5", "mean").min(), 0.0)

    def test_the_day_of_a_session_is_dense(self):
        self.write("small.toml", SMALL)
        self.run_program("run", "small.toml", "--quiet", "-o", "a.h5")
        time = self.data("a.h5", "time")
        for session in self.data("a.h5", "sessions/time"):
            minutes = 1440 * (time[(time > session) & (time < session + 1)] - session)
            np.testing.assert_allclose(minutes, [1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 960])
        self.assertEqual(len(time), 36 + 22)


if __name__ == "__main__":
    unittest.main()
