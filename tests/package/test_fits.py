"""Models of one's own fitted to measurements: what is known is found, what is not told is said."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import neocol
import numpy as np
import pandas as pd
from neocol.results import read_measurements

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from program import PROGRAM  # noqa: E402

PARAMETER = """\
[parameter.{name}]
value = "{value} {unit}"
range = ["{low} {unit}", "{high} {unit}"]
distribution = "loguniform"
meaning = "a rate"
source = "chosen"
evidence = "design"
"""
FACTOR = """\
[parameter.{name}]
value = 1
range = [0.1, 10]
distribution = "loguniform"
meaning = "a factor"
source = "chosen"
evidence = "design"
"""
# A precursor is made, matures and is lost; of `lost` and `scale` only the product can be told.
MODEL = (
    """\
[model]
name = "matures"
title = "A precursor matures"
stationary = false
"""
    + PARAMETER.format(name="k_make", value=1, unit="ng/mL/d", low=0.1, high=10)
    + PARAMETER.format(name="k_mature", value=0.3, unit="d-1", low=0.03, high=3)
    + PARAMETER.format(name="k_loss", value=0.1, unit="d-1", low=0.01, high=1)
    + FACTOR.format(name="q_first")
    + FACTOR.format(name="q_second")
    + """\
[parameter.dose]
value = "0 ng/mL"
meaning = "precursor at the start"
source = "chosen"
evidence = "design"
[species.young]
unit = "ng/mL"
rest = "none"
scale = "1 ng/mL"
meaning = "precursor"
[species.mature]
unit = "ng/mL"
rest = "none"
scale = "1 ng/mL"
meaning = "product"
[process.making]
rate = "k_make"
changes = { young = 1 }
meaning = "production"
[process.maturing]
rate = "k_mature*young"
changes = { young = -1, mature = 1 }
meaning = "maturation"
[process.loss]
rate = "k_loss*mature"
changes = { mature = -1 }
meaning = "loss"
[initial]
young = "dose"
[observable.young_mean]
value = "young"
unit = "ng/mL"
meaning = "precursor"
[observable.mature_mean]
value = "mature"
unit = "ng/mL"
meaning = "product"
[observable.seen]
value = "q_first*q_second*young"
unit = "ng/mL"
meaning = "signal of the precursor"
"""
)
TRUTH = {"k_make": 2.0, "k_mature": 0.5, "k_loss": 0.05}
DAYS = np.array([0.5, 1, 2, 4, 7, 10, 14, 21, 28])


def young(t, dose=0.0, make=2.0, mature=0.5):
    """Closed form."""
    level = make / mature
    return level + (dose - level) * np.exp(-mature * t)


def mature(t, make=2.0, matured=0.5, loss=0.05):
    """Closed form, from nothing."""
    return make / loss * (1 - np.exp(-loss * t)) - make / (loss - matured) * (
        np.exp(-matured * t) - np.exp(-loss * t)
    )


class Fits(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)
        self.model = self.folder / "matures.toml"
        self.model.write_text(MODEL)

    def table(self, noise=0.0, sd=True, n=4, seed=1):
        """Both observables in pg/mL, with a spread of 5 % among n samples."""
        generator = np.random.default_rng(seed)
        rows = []
        for name, values in (("young_mean", young(DAYS)), ("mature_mean", mature(DAYS))):
            for day, value in zip(DAYS, values):
                error = 0.05 * value / np.sqrt(n)
                rows.append(
                    {
                        "time": day,
                        "observable": name,
                        "value": 1e3 * (value + noise * error * generator.normal()),
                        "sd": 1e3 * 0.05 * value if sd else np.nan,
                        "n": n if sd else np.nan,
                        "unit": "pg/mL",
                    }
                )
        return pd.DataFrame(rows)

    def fit(self, data, parameters=("k_*",), **options):
        options.setdefault("interpreter", True)
        options.setdefault("jobs", 2)
        return neocol.calibrate(self.model, data, parameters, **options)

    def test_parameters_that_made_the_measurements_are_found(self):
        fit = self.fit(self.table(), profiles=False)
        for name, value in TRUTH.items():
            self.assertAlmostEqual(fit.parameters.at[name, "fitted"] / value, 1.0, delta=1e-3)
        self.assertLess(fit.cost, 1e-3)
        self.assertGreater(fit.declared_cost, 1e3)
        np.testing.assert_allclose(
            fit.measurements["simulated"], fit.measurements["value"], rtol=1e-3
        )

    def test_intervals_hold_what_made_the_measurements(self):
        held = 0
        for seed in range(6):
            fit = self.fit(self.table(noise=1.0, seed=seed), profiles=False, starts=1)
            rows = fit.parameters
            held += sum(rows.at[k, "low"] <= v <= rows.at[k, "high"] for k, v in TRUTH.items())
            # As many residuals of unit size as measurements, less what was fitted.
            self.assertTrue(4.0 < fit.cost < 35.0, fit.cost)
        self.assertGreaterEqual(held, 14)  # of 18; fewer in 1 of 600 if 95 % are held

    def test_a_profile_agrees_with_the_linear_interval_where_the_model_is_nearly_linear(self):
        data = self.table(noise=1.0)
        linear = self.fit(data, profiles=False, starts=1).parameters
        fit = self.fit(data, profiles=["k_mature"], starts=1)
        self.assertEqual(list(fit.profiles), ["k_mature"])
        for side in ("low", "high"):
            near = fit.parameters.at["k_mature", side] / linear.at["k_mature", side]
            self.assertAlmostEqual(near, 1.0, delta=5e-3)
        self.assertEqual(fit.profiles["k_mature"]["rise"].min(), 0.0)

    def test_what_the_measurements_do_not_tell_is_said(self):
        data = pd.DataFrame({"time": DAYS, "observable": "seen", "value": 3 * young(DAYS)})
        data["unit"], data["sd"] = "ng/mL", 0.1
        fit = self.fit(data, ["q_*"], settings={"parameters.k_make": "2 ng/mL/d"} | self.mature())
        product = fit.parameters.at["q_first", "fitted"] * fit.parameters.at["q_second", "fitted"]
        self.assertAlmostEqual(product, 3.0, delta=0.03)
        for name in ("q_first", "q_second"):  # only their product is told: 0.3 to 10 each
            self.assertAlmostEqual(fit.parameters.at[name, "low"], 0.3, delta=0.05)
            self.assertGreater(fit.parameters.at[name, "high"], 9.0)

    @staticmethod
    def mature():
        return {"parameters.k_mature": "0.5 d-1"}

    def test_noise_that_nobody_gives_is_estimated(self):
        generator = np.random.default_rng(5)
        data = pd.DataFrame({"time": DAYS, "observable": "young_mean"})
        data["value"] = young(DAYS) + 0.2 * generator.normal(size=len(DAYS))
        data["unit"] = "ng/mL"
        fit = self.fit(data, ["k_make", "k_mature"], profiles=False)
        self.assertTrue(0.08 < fit.noise["young_mean"] < 0.4, fit.noise)
        self.assertAlmostEqual(fit.cost, len(DAYS) - 2, delta=0.1)

    def test_a_column_with_a_dot_sets_the_scenario_of_its_row(self):
        rows = [
            {"time": day, "observable": "young_mean", "value": young(day, dose), "unit": "ng/mL"}
            | {"sd": 0.05, "parameters.dose": f"{dose} ng/mL"}
            for dose in (0.0, 8.0)
            for day in DAYS
        ]
        fit = self.fit(pd.DataFrame(rows), ["k_make", "k_mature"], profiles=False)
        self.assertLess(fit.cost, 1e-3)

    def test_a_fit_replaces_no_table_of_the_users(self):
        data = self.folder / "measurements.csv"
        self.table(noise=1.0).to_csv(data, index=False)
        given = data.read_bytes()
        done = self.command("--output", ".")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("measurements.csv: is read by this program", done.stderr)
        other = self.folder / "fit" / "parameters.csv"
        other.parent.mkdir()
        other.write_text("parameter,unit\nk,d-1\n")
        done = self.command("--output", "fit")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("was not written by neocol", done.stderr)
        self.assertEqual(data.read_bytes(), given)
        self.assertEqual([path.name for path in other.parent.iterdir()], ["parameters.csv"])
        other.unlink()
        for _ in range(2):  # its own are replaced
            self.assertEqual(self.command("--output", "fit").returncode, 0)
        again = read_measurements(other.with_name("measurements.csv"))
        self.assertEqual(len(again), 2 * len(DAYS))

    def command(self, *words, data="measurements.csv"):
        """`neocol calibrate` of the model on a table, quickly."""
        return subprocess.run(
            [PROGRAM, "calibrate", "matures.toml", "--data", data, "--parameters", "k_*"]
            + ["--starts", "1", "--profiles", "k_loss", "--cache", "cache", "--quiet", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
        )

    def test_mistakes_are_named_by_file_row_and_column(self):
        path = self.folder / "biopsies.csv"
        for column, value, words in (
            ("observable", "yung_mean", "column 'observable': no 'yung_mean'.*'young_mean'"),
            ("unit", "mm", "column 'unit': .*cannot be converted"),
            ("time", -1.0, "column 'time': day -1 is not within the run"),
            ("scenario", "nowhere.toml", "column 'scenario'"),
            ("value", np.nan, "column 'value': 'nan' is no number"),
            ("time", np.inf, "column 'time': 'inf' is no number"),
            ("sd", -1.0, "column 'sd': '-1.0' is negative"),
            ("n", 0.0, "column 'n': '0' is below 1"),
            ("parameters.nothing", "1", "no parameter 'nothing'"),
        ):
            data = self.table()
            data[column] = data[column] if column in data else ""
            data.loc[2, column] = value
            data.to_csv(path, index=False)
            with self.assertRaisesRegex(neocol.Error, rf"biopsies.csv: data row 3[,:] .*{words}"):
                self.fit(path)
        self.table().to_csv(path, index=False)
        for names, words in (
            (["k_mak"], "no parameter 'k_mak'; did you mean 'k_make'"),
            (["dose"], "'dose' declares no range"),
            (["x*"], "no parameter 'x\\*'"),
        ):
            with self.assertRaisesRegex(neocol.InputError, words):
                self.fit(path, names)

    def test_a_run_that_fails_at_the_declared_values_is_named(self):
        text = MODEL.replace('rate = "k_make"', 'rate = "k_make*young*young/(dose*dose)"')
        self.model.write_text(text)
        data = pd.DataFrame({"time": [60.0], "observable": "young_mean", "value": 1.0, "sd": 1.0})
        data["unit"], data["parameters.dose"] = "ng/mL", "1 ng/mL"
        with self.assertRaisesRegex(neocol.InputError, "data row 1: the run .* is failed"):
            self.fit(data)

    def test_figures_show_measurements_and_profiles(self):
        fit = self.fit(self.table(noise=1.0), profiles=["k_loss"], starts=1)
        figures = fit.plot()
        self.assertEqual(list(figures), ["measurements", "profiles"])
        self.assertEqual(len(figures["measurements"].axes), 2)
        self.assertIn("k_loss", repr(fit))

    def test_a_fit_by_command_writes_what_it_found(self):
        data = self.folder / "biopsies.csv"
        self.table(noise=1.0).to_csv(data, index=False)
        done = self.command("--output", "fit", data="biopsies.csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("k_mature", done.stdout)
        table = pd.read_csv(
            self.folder / "fit" / "parameters.csv", index_col="parameter", comment="#"
        )
        self.assertAlmostEqual(table.at["k_mature", "fitted"], 0.5, delta=0.05)
        self.assertIn("--set parameters.k_loss=", (self.folder / "fit/settings.txt").read_text())
        for name in ("measurements.png", "profiles.pdf", "profiles.csv", "measurements.csv"):
            self.assertTrue((self.folder / "fit" / name).is_file(), name)


if __name__ == "__main__":
    unittest.main()
