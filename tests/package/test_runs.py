"""The package neocol: scenarios read, set, run in memory, and saved."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
from pathlib import Path

import neocol
import numpy as np
import xarray as xr
from neocol.cases import Case, run_cases

SOURCES = Path(__file__).parents[2]
sys.path.insert(0, str(SOURCES / "tests" / "cli"))
from program import SMALL  # noqa: E402

PROGRAM = os.environ["NEOCOL_PROGRAM"]

# Growth that is faster than exponential: u is infinite on day 1.
GROWTH = """\
[model]
name = "growth"
title = "Growth"
stationary = false
[parameter.k]
value = "1 d-1"
meaning = "rate of growth"
source = "chosen"
evidence = "design"
[species.u]
unit = "ng/mL"
rest = "none"
scale = "1 ng/mL"
meaning = "what grows"
[process.growth]
rate = "k*u*u/a"
changes = { u = 1 }
meaning = "faster than exponential"
[parameter.a]
value = "1 ng/mL"
meaning = "where growth doubles"
source = "chosen"
evidence = "design"
[initial]
u = "1 ng/mL"
[observable.u]
value = "u"
unit = "ng/mL"
meaning = "what grows"
[outcome.top]
of = "u"
measure = "peak"
unit = "ng/mL"
meaning = "largest"
"""
WELL_MIXED = """\
title = "Growth"
model = "growth"
[domain]
geometry = "well_mixed"
[run]
until = "{until}"
[output]
every = "0.1 day"
"""


def small(**settings):
    return neocol.from_text(SMALL, "small.toml").set(**settings)


class Folder(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)

    def tearDown(self):
        self._folder.cleanup()

    def script(self, text, **options):
        path = self.folder / "script.py"
        path.write_text(textwrap.dedent(text))
        return subprocess.run(
            [sys.executable, str(path)], capture_output=True, text=True, timeout=120, **options
        )


class Results(Folder):
    def test_a_result_in_memory_is_that_of_the_file(self):
        (self.folder / "small.toml").write_text(SMALL)
        subprocess.run(
            [PROGRAM, "run", "small.toml", "-o", "small.h5", "--quiet", "--threads", "1"],
            cwd=self.folder,
            check=True,
        )
        told = neocol.load(self.folder / "small.toml").run(threads=1)
        told.save(self.folder / "saved.h5")
        for name in ("small.h5", "saved.h5"):
            with neocol.read_result(self.folder / name) as stored:
                self.assertEqual(stored.scenario_hash, told.scenario_hash)
                self.assertEqual(stored.status, told.status)
                self.assertEqual(list(stored.observables), list(told.observables))
                for group in ("observables", "events", "punctures"):
                    xr.testing.assert_equal(getattr(stored, group), getattr(told, group))
                for variable in told.sessions.data_vars:
                    np.testing.assert_array_equal(
                        stored.sessions[variable].values, told.sessions[variable].values
                    )
                for observable in told.observables.data_vars:
                    self.assertEqual(
                        stored.observables[observable].attrs, told.observables[observable].attrs
                    )
                self.assertTrue(stored.outcomes.equals(told.outcomes[stored.outcomes.columns]))
                np.testing.assert_array_equal(stored.budget["residual"], told.budget["residual"])
                self.assertEqual(stored.geometry, told.geometry)
                self.assertEqual(stored.layers(), told.layers())
                for field in ("collagen3_new", "tgf_beta"):
                    xr.testing.assert_equal(
                        stored.fields[field].drop_vars("layer", errors="ignore"),
                        told.fields[field].drop_vars("layer", errors="ignore"),
                    )
                    np.testing.assert_array_equal(
                        stored.fields_after[field].values, told.fields_after[field].values
                    )

    def test_the_text_at_the_end_is_the_programs(self):
        text = small().run().summary()
        self.assertIn("Small course", text)
        self.assertIn("collagen", text)

    def test_a_file_that_is_there_stays(self):
        result = small().run()
        result.save(self.folder / "r.h5")
        before = (self.folder / "r.h5").read_bytes()
        with self.assertRaises(neocol.Error):
            result.save(self.folder / "r.h5")
        self.assertEqual((self.folder / "r.h5").read_bytes(), before)
        result.save(self.folder / "r.h5", overwrite=True)

    def test_the_file_that_a_run_begins_with_stays(self):
        every = list(neocol.model("microneedling").species.index)
        first = small().set({"output.fields": every}).run().save(self.folder / "first.h5")
        before = first.read_bytes()
        second = small().set({"initial.from": str(first)}).run()
        with self.assertRaisesRegex(neocol.Error, "is read by this run"):
            second.save(first, overwrite=True)
        self.assertEqual(first.read_bytes(), before)
        second.save(self.folder / "second.h5", overwrite=True)

    def test_a_moment_is_asked_for_in_words(self):
        result = small().run()
        at = result.at("14 day")
        self.assertEqual(
            float(at["collagen_dermis"]),
            float(result.observables["collagen_dermis"].sel(time=14.0)),
        )
        between = float(result.at(2.5 * neocol.day)["collagen_dermis"])
        near = result.observables["collagen_dermis"].sel(time=[2.0, 3.0]).values
        self.assertTrue(min(near) <= between <= max(near))
        with self.assertRaisesRegex(neocol.Error, "ends at day 35"):
            result.at("40 day")

    def test_a_result_shows_itself_in_a_few_lines(self):
        result = small().run()
        self.assertLess(len(repr(result)), 300)
        page = result._repr_html_()
        self.assertIn("Small course", page)
        self.assertLess(len(page), 20_000)


class Settings(unittest.TestCase):
    def test_values_are_quantities_numbers_texts_and_lists(self):
        scenario = small().set(
            {
                "regimen.spacing": 2.5 * neocol.week,
                "device.needle_length": np.float64(0.5) * neocol.mm,
                "regimen.sessions": 2,
                "output.fields": ["tgf_beta"],
                "k_debris": "0.5 d-1",
            }
        )
        values = scenario.values["value"]
        self.assertEqual(values["regimen.spacing"], "2.5 week")
        self.assertEqual(values["regimen.sessions"], "2")
        self.assertEqual(scenario.settings["parameters.k_debris"], "0.5 d-1")
        self.assertEqual(scenario.settings["output.fields"], '["tgf_beta"]')

    def test_a_scenario_stays_as_it_is(self):
        scenario = small()
        other = scenario.set({"regimen.spacing": "3 week"})
        self.assertNotEqual(scenario.hash, other.hash)
        self.assertEqual(scenario.settings, {})
        self.assertEqual(other.settings, {"regimen.spacing": "3 week"})
        self.assertEqual(other.set({"regimen.spacing": "2 week"}), scenario)

    def test_a_name_that_means_several_is_refused_with_all(self):
        with self.assertRaisesRegex(neocol.InputError, "domain.spacing, regimen.spacing"):
            small().set(spacing="3 week")

    def test_an_unknown_name_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(neocol.InputError, "did you mean 'needle_length'"):
            small().set(needle_lenght="1 mm")

    def test_a_fault_says_file_line_and_column(self):
        with self.assertRaises(neocol.InputError) as raised:
            neocol.from_text(SMALL.replace('"1.5 mm"', '"1.5 mg"'), "wrong.toml")
        error = raised.exception
        self.assertEqual((error.path, error.line), ("wrong.toml", 7))
        self.assertGreater(error.column, 1)
        self.assertIn("mg", error.faults[0].message + error.faults[0].source_line)
        self.assertIsInstance(error, ValueError)

    def test_scenarios_are_known_by_name(self):
        self.assertIn("acne_scars_roller", neocol.names())
        self.assertEqual(neocol.load("acne_scars_roller").geometry, "single_channel")
        with self.assertRaisesRegex(neocol.InputError, "acne_scars_roller"):
            neocol.load("acne_scars_rollr")

    def test_the_program_says_beforehand_what_a_run_needs(self):
        needs = small().estimate()
        self.assertGreater(needs["voxels"], 100)
        self.assertGreater(needs["seconds"], 0.0)


class Models(Folder):
    def test_no_module_hides_what_the_package_offers(self):
        import neocol.models
        import neocol.scenario
        import neocol.sweeps

        self.assertEqual(small().model.name, "microneedling")
        for name in neocol.__all__:
            self.assertNotIsInstance(getattr(neocol, name), type(neocol), name)

    def test_parameters_are_a_table(self):
        table = neocol.model("microneedling").parameters
        self.assertGreater(len(table), 100)
        for column in ("value", "unit", "low", "high", "evidence", "source", "meaning"):
            self.assertIn(column, table.columns)

    def test_a_model_of_ones_own_is_found_in_its_folder(self):
        (self.folder / "growth.toml").write_text(GROWTH)
        scenario = neocol.from_text(WELL_MIXED.format(until="0.5 day"), folders=[self.folder])
        result = scenario.run()
        # u' = u^2, u(0) = 1: u = 1/(1 - t)
        self.assertAlmostEqual(result.outcomes.loc["top", "value"], 2.0, places=3)

    def test_a_failed_integration_says_where(self):
        (self.folder / "growth.toml").write_text(GROWTH)
        scenario = neocol.from_text(WELL_MIXED.format(until="2 day"), folders=[self.folder])
        with self.assertRaises(neocol.NumericsError) as raised:
            scenario.run(interpreter=True)
        self.assertEqual(raised.exception.species, "u")
        self.assertAlmostEqual(raised.exception.time, 1.0, places=2)


class Watch:
    """Counts what it is told."""

    def __init__(self, until=np.inf):
        self.until = until
        self.records, self.sessions, self.events, self.steps = [], [], [], 0

    def record(self, when, values):
        self.records.append((when, values))
        if when >= self.until:
            raise neocol.StopRun

    def session(self, numbers):
        self.sessions.append(numbers)

    def event(self, when, causes):
        self.events.append((when, causes))

    def step(self, when, size):
        self.steps += 1


class Observers(unittest.TestCase):
    def test_an_observer_is_told_what_the_result_holds(self):
        watch = Watch()
        result = small().run(observers=[watch])
        self.assertEqual(
            [when for when, _ in watch.records], list(result.observables["time"].values)
        )
        name = "collagen_dermis"
        np.testing.assert_array_equal(
            [values[name] for _, values in watch.records], result.observables[name].values
        )
        self.assertEqual([one["time"] for one in watch.sessions], list(result.session_times))
        self.assertEqual(watch.events[0], (0.0, ["session 1"]))
        self.assertGreater(watch.steps, 20)

    def test_an_observer_stops_the_run(self):
        result = small().run(observers=[Watch(until=7.0)])
        self.assertEqual(result.status, "interrupted")
        self.assertGreaterEqual(result.end, 7.0)
        self.assertLess(result.end, 35.0)

    def test_what_an_observer_raises_is_raised(self):
        class Faulty:
            def record(self, when, values):
                raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            small().run(observers=[Faulty()])


class Processes(Folder):
    def test_runs_in_two_threads_have_the_bits_of_those_in_turn(self):
        scenarios = [small(), small().set({"regimen.spacing": "3 week"})]
        expected = [scenario.run(threads=1) for scenario in scenarios]
        found = [None, None]

        def run(i):
            found[i] = scenarios[i].run(threads=1)

        threads = [threading.Thread(target=run, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one, other in zip(expected, found):
            xr.testing.assert_identical(one.observables, other.observables)

    def test_denormal_numbers_are_as_before(self):
        def is_kept():
            return float(np.float64(1e-310) / np.float64(2.0)) != 0.0 and 1e-310 / 2.0 != 0.0

        self.assertTrue(is_kept())
        small().run(threads=2)
        self.assertTrue(is_kept())

        class Faulty:
            told = []

            def record(self, when, values):
                raise KeyError("mine")

        with self.assertRaises(KeyError):
            small().run(threads=2, observers=[Faulty()])
        self.assertTrue(is_kept())

    def test_ctrl_c_ends_a_run(self):
        child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import neocol\n"
                "scenario = neocol.load('acne_scars_roller').set(tolerance=1e-7)\n"
                "class Begun:\n"
                "    def record(self, when, values): print('begun', flush=True)\n"
                "scenario.run(observers=[Begun()])\n",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(child.stdout.readline().strip(), "begun")
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
        self.assertIn("KeyboardInterrupt", errors)
        self.assertLess(time.monotonic() - begun, 10.0)

    def test_a_forked_child_runs_or_says_why_not(self):
        done = self.script(
            """
            import os, sys
            import neocol

            scenario = neocol.load("single_session").set(
                {"domain.spacing": "60 um", "run.until": "1 day", "run.tolerance": 1e-3,
                 "output.fields": [], "output.field_times": []})
            first = scenario.run(threads=2)
            child = os.fork()
            if child == 0:
                again = scenario.run()
                same = (again.observables["tgf_beta"].values
                        == first.observables["tgf_beta"].values).all() if (
                            "tgf_beta" in first.observables) else True
                refused = ""
                try:
                    scenario.run(threads=2)
                except neocol.Error as error:
                    refused = str(error)
                print("same" if same else "other", "|", refused.splitlines()[0], flush=True)
                os._exit(0)
            os.waitpid(child, 0)
            """
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("same | this process was forked", done.stdout)

    def test_a_child_forked_in_the_midst_of_a_run_refuses(self):
        done = self.script(
            """
            import os, threading
            import neocol

            scenario = neocol.load("single_session").set(
                {"domain.spacing": "60 um", "run.until": "1 week", "run.tolerance": 1e-3,
                 "output.fields": [], "output.field_times": []})
            begun, go_on = threading.Event(), threading.Event()

            class Hold:
                def record(self, when, values):
                    begun.set()
                    go_on.wait(30)

            thread = threading.Thread(target=lambda: scenario.run(observers=[Hold()]))
            thread.start()
            begun.wait(30)
            child = os.fork()
            if child == 0:
                try:
                    scenario.run()
                    print("ran", flush=True)
                except neocol.Error as error:
                    print(str(error).splitlines()[0], flush=True)
                os._exit(0)
            os.waitpid(child, 0)
            go_on.set()
            thread.join()
            """
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("forked while another thread was in neocol", done.stdout)


class Sweeps(unittest.TestCase):
    def test_a_sweep_has_the_numbers_of_its_runs(self):
        scenario = small()
        sweep = neocol.sweep(
            scenario,
            {"regimen.spacing": ["2 week", "3 week"], "needle_length": [0.5, 1.5] * neocol.mm},
            jobs=2,
        )
        self.assertEqual(len(sweep.table), 4)
        self.assertEqual(set(sweep.table["status"]), {"complete"})
        one = scenario.set({"regimen.spacing": "3 week"}, needle_length=0.5 * neocol.mm).run(
            threads=1
        )
        row = sweep.data.sel({"regimen.spacing": "3 week", "device.needle_length": 0.5})
        for name, outcome in one.outcomes.iterrows():
            if not outcome["censored"]:
                self.assertEqual(float(row[name]), outcome["value"], name)
        self.assertEqual(sweep.data["device.needle_length"].attrs["units"], "mm")

    def test_what_is_set_in_a_scenario_is_set_in_its_cases(self):
        base = small().set({"device.needle_length": "0.7 mm", "parameters.K_M": "0.5 I_ref"})
        with tempfile.TemporaryDirectory() as folder:
            stored = neocol.load(base.run().save(Path(folder) / "r.h5"))
            for scenario in (small(), base, stored, stored.set({"run.until": "20 day"})):
                wanted = scenario.set({"run.tolerance": "2e-2"})
                alone, swept = run_cases(
                    [Case(scenario), Case(scenario, (("run.tolerance", "2e-2"),))]
                )
                self.assertEqual(alone.hash, scenario.hash)
                self.assertEqual(swept.hash, wanted.hash)
                self.assertEqual(
                    neocol.sweep(scenario, {"run.tolerance": ["2e-2"]}).cases[0].hash,
                    wanted.hash,
                )

    def test_a_case_that_fails_is_a_row_with_its_reason(self):
        sweep = neocol.sweep(small(), {"needle_length": ["1 mm", "1 kg"]}, jobs=1)
        self.assertEqual(list(sweep.table["status"]), ["complete", "invalid"])
        self.assertIn("kg", sweep.table["reason"][1])

    def test_only_what_is_needed_gives_the_same_within_the_tolerance(self):
        axes = {"needle_length": [1.0, 1.5] * neocol.mm}
        scenario = small().set({"run.until": "15 day", "regimen.sessions": 1})
        whole, part = (
            neocol.sweep(scenario, axes, jobs=2, only_needed=only) for only in (False, True)
        )
        name = "neutrophils_peak"
        self.assertEqual(set(part.table["status"]), {"complete"})
        np.testing.assert_allclose(part.table[name], whole.table[name], rtol=1e-2)

    def test_an_engine_runs_one_list_at_a_time(self):
        engine = neocol.cases.Engine()
        case = neocol.Case(small(sessions=2))
        refused = []

        def ended(place, result):
            try:
                engine.run([case])
            except neocol.Error as error:
                refused.append(str(error))

        (result,) = engine.run([case], jobs=1, ended=ended)
        self.assertEqual(result.status, "complete")
        self.assertEqual(len(refused), 1)
        self.assertIn("runs another thread's cases", refused[0])
        self.assertGreater(engine.integrate_seconds, 0.0)

    def test_values_of_numpy_are_settings(self):
        for value, text in ((np.bool_(True), "true"), (np.int64(3), "3"), (np.float64(0.5), "0.5")):
            self.assertEqual(neocol.quantities.as_setting(value), text)
        self.assertEqual(neocol.quantities.as_setting(np.array([1, 2])), "[1, 2]")

    def test_what_a_progress_raises_ends_the_sweep(self):
        def progress(ended, planned):
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            neocol.sweep(small(), {"sessions": [1, 2]}, jobs=1, progress=progress)

    def test_courses_lie_over_common_times(self):
        sweep = neocol.sweep(small(), {"sessions": [1, 2]}, jobs=2, observables=["collagen_dermis"])
        course = sweep.data["collagen_dermis"]
        self.assertEqual(course.dims, ("regimen.sessions", "time"))
        self.assertEqual(course.sizes["time"], 36)
        self.assertFalse(np.isnan(course).any())

    def test_an_unknown_axis_is_refused(self):
        with self.assertRaises(neocol.InputError):
            neocol.sweep(small(), {"needles_length": ["1 mm"]})
        with self.assertRaisesRegex(neocol.InputError, "no values"):
            neocol.sweep(small(), {"regimen.spacing": []})


class Page(unittest.TestCase):
    def test_the_examples_of_the_page_run(self):
        page = (SOURCES / "docs" / "python.md").read_text()
        code = page.split("```python\n")[1].split("```")[0]
        load = 'neocol.load("acne_scars_roller")'
        coarse = '.set({"domain.spacing": "60 um", "run.tolerance": 1e-3})'
        self.assertIn(load, code)
        with tempfile.TemporaryDirectory() as folder:
            code = code.replace(load, load + coarse).replace('"two_weeks.h5"', f'"{folder}/r.h5"')
            exec(compile(code, "docs/python.md", "exec"), {})


if __name__ == "__main__":
    unittest.main()
