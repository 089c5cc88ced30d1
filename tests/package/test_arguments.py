"""The package neocol: values, names and paths that callers get wrong."""

import copy
import os
import pickle
import re
import tempfile
import unittest
from datetime import timedelta
from pathlib import Path

import neocol
import numpy as np
import pandas as pd

SHORT = {"domain.geometry": "column", "run.tolerance": "1e-2", "run.until": "1 day"}


def short():
    return neocol.load("single_session").set(SHORT)


class Settings(unittest.TestCase):
    def test_a_value_of_another_kind_is_named_with_its_key(self):
        for value in (None, timedelta(days=2), object(), b"2 week"):
            with self.assertRaisesRegex(neocol.ArgumentError, "'regimen.spacing': .* cannot be"):
                short().set({"regimen.spacing": value})
            with self.assertRaises(TypeError):
                short().set({"regimen.spacing": value})

    def test_what_is_no_mapping_is_refused(self):
        for values in ("regimen.spacing=2 week", 3, ["regimen.spacing"]):
            with self.assertRaisesRegex(neocol.ArgumentError, "keys with their values"):
                short().set(values)
        with self.assertRaisesRegex(neocol.ArgumentError, "3 is no key"):
            short().set({3: "2 week"})

    def test_a_series_and_pairs_set_as_a_mapping_does(self):
        wanted = short().set({"device.needle_length": "1 mm"})
        self.assertEqual(short().set(pd.Series({"device.needle_length": "1 mm"})), wanted)
        self.assertEqual(short().set([("device.needle_length", "1 mm")]), wanted)

    def test_a_key_is_set_once_a_call(self):
        with self.assertRaisesRegex(neocol.InputError, "'device.needle_length' is set twice"):
            short().set({"device.needle_length": "1 mm"}, needle_length="2 mm")

    def test_a_key_at_top_level_stands_for_itself(self):
        self.assertEqual(short().set(title="Another").title, "Another")

    def test_a_mapping_is_a_table(self):
        wound = {"shape": "punch", "diameter": 3 * neocol.mm, "depth": "1 mm"}
        scenario = neocol.load("punch_wound").set({"regimen.wound": wound})
        self.assertIn('diameter" = "3.0 mm"', scenario.settings["regimen.wound"])
        self.assertEqual(scenario.number("regimen.wound.diameter", "mm"), 3.0)

    def test_units_multiply_numbers_and_nothing_else(self):
        self.assertEqual(neocol.mm * 2, 2 * neocol.mm)
        for numbers in (["a"], [1, None], "1"):
            with self.assertRaisesRegex(neocol.Error, "is no number"):
                neocol.mm * numbers
        with self.assertRaisesRegex(neocol.Error, "is no number"):
            [1, "a"] * neocol.mm

    def test_errors_of_units_are_neocols(self):
        with self.assertRaisesRegex(neocol.Error, "'mm' cannot be converted to 's'"):
            short().number("device.needle_length", "s")


class Axes(unittest.TestCase):
    def test_two_axes_of_one_key_are_refused(self):
        axes = {"device.needle_length": ["1 mm"], "needle_length": ["2 mm"]}
        with self.assertRaisesRegex(neocol.InputError, "two axes set 'device.needle_length'"):
            neocol.sweep(short(), axes)

    def test_an_axis_is_a_list(self):
        for values in ("1 mm", 1 * neocol.mm, 3):
            with self.assertRaisesRegex(neocol.ArgumentError, "needs a list of values"):
                neocol.sweep(short(), {"device.needle_length": values})


class Runs(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.folder = Path(self.place.name)

    def tearDown(self):
        self.place.cleanup()

    def test_how_it_is_run_is_checked(self):
        for options in (
            {"threads": -1},
            {"threads": "two"},
            {"threads": 10**12},
            {"max_wall_time": float("nan")},
            {"max_wall_time": -1},
            {"max_wall_time": "1 s"},
            {"observers": object()},
        ):
            with self.subTest(options), self.assertRaisesRegex(
                neocol.ArgumentError, next(iter(options))
            ):
                short().run(**options)

    def test_no_path_writes_no_file(self):
        result = short().run(threads=np.int64(1))
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            with self.assertRaisesRegex(neocol.ArgumentError, "None is no path"):
                result.save(None)
        finally:
            os.chdir(before)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_file_that_is_there_is_a_file_error(self):
        result = short().run()
        file = result.save(self.folder / "ä %41.h5")
        with self.assertRaisesRegex(neocol.FileError, "overwrite=True"):
            result.save(file)
        page = self.folder / "page.html"
        page.write_text("neocol")
        with self.assertRaisesRegex(neocol.FileError, "overwrite=True"):
            result.report(page)
        with self.assertRaisesRegex(neocol.FileError, "a folder"):
            result.report(self.folder)

    def test_a_moment_is_one_number_of_days(self):
        result = short().run()
        self.assertEqual(
            float(result.at(np.float32(0.5))["collagen_dermis"]),
            float(result.at("12 hour")["collagen_dermis"]),
        )
        for when in (None, np.array([0, 1]), timedelta(days=1), [1] * neocol.day, 1 * neocol.mm):
            with self.assertRaisesRegex(neocol.ResultError, "is no moment"):
                result.at(when)

    def test_a_model_is_described_in_known_formats(self):
        with self.assertRaisesRegex(neocol.InputError, "known: text, markdown, latex"):
            neocol.model("adler2020").describe("word")

    def test_an_observer_that_hears_nothing_is_refused(self):
        class Misspelt:
            def recrod(self, time, values):
                raise AssertionError(time, values)

        for observer in (print, Misspelt(), None):
            with self.assertRaisesRegex(neocol.ArgumentError, "record, session, event, step"):
                short().run(observers=[observer])

    def test_scenarios_travel_to_other_processes(self):
        scenario = short().set({"regimen.spacing": "3 week"})
        for again in (pickle.loads(pickle.dumps(scenario)), copy.deepcopy(scenario)):
            self.assertEqual(again.hash, scenario.hash)
            self.assertEqual(again.settings, scenario.settings)
        path = self.folder / "own.toml"
        path.write_text(scenario.text)
        own = neocol.load(path)
        bytes_of_it = pickle.dumps(own)
        self.assertEqual(pickle.loads(bytes_of_it), own)
        text = re.sub(r"tolerance = \S+", "tolerance = 2e-3", path.read_text())
        self.assertNotEqual(text, path.read_text())
        path.write_text(text)
        with self.assertRaisesRegex(neocol.InputError, "not what they were when it was pickled"):
            pickle.loads(bytes_of_it)
        with self.assertRaisesRegex(TypeError, "save"):
            pickle.dumps(scenario.run())


class AxesOfNothing(unittest.TestCase):
    def test_an_axis_of_which_nothing_can_be_set_is_an_error(self):
        for key, values in (
            ("device.needle_lenth", ["1 mm"]),
            ("device.needle_length", ["abc", "1 furlong"]),
            ("parameters.K_none", ["1 ng/mL"]),
        ):
            with self.subTest(key), self.assertRaises(neocol.InputError):
                neocol.sweep(short(), {key: values})

    def test_values_that_are_valid_together_only_are_run(self):
        table = neocol.sweep(
            neocol.load("punch_wound").set(SHORT),
            {"regimen.wound.shape": ["core"], "regimen.wound.diameter": ["0.5 mm"]},
        ).table
        self.assertEqual(list(table["status"]), ["complete"])

    def test_one_value_that_cannot_be_set_is_a_row(self):
        table = neocol.sweep(short(), {"device.needle_length": ["abc", "1 mm"]}).table
        self.assertEqual(list(table["status"]), ["invalid", "complete"])


if __name__ == "__main__":
    unittest.main()
