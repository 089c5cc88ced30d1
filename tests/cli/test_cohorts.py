"""Regimens compared in a virtual cohort."""

import csv
import fcntl
import json
import statistics
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from neocol.cases import Case, run_cases  # noqa: E402
from neocol.errors import InputError  # noqa: E402
from program import SMALL, ProgramTest  # noqa: E402

COARSE = SMALL.replace('"60 um"', '"100 um"').replace("1e-3", "1e-2")
ONE = COARSE.replace('sessions = 2\nspacing = "2 week"\n', "sessions = 1\n")
GAIN = "collagen_dermis_gain_28d"
QUICK = [
    "--cohort",
    "acne_scars",
    "--persons",
    "3",
    "--draws",
    "2",
    "--parameters",
    "K_M,a_1",
    "--outcomes",
    f"{GAIN},tgf_beta_peak",
    "--quiet",
    "--follow-up",
    "30 day",
]


class Cohorts(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("two.toml", COARSE.replace('until = "5 week"', 'until = "44 day"'))
        self.write("one.toml", ONE.replace('until = "5 week"', 'until = "30 day"'))

    def compare(self, *more, code=0):
        return self.run_program("compare", "two.toml", "one.toml", *QUICK, *more, code=code)

    def report(self, name):
        return json.loads((self.folder / f"{name}.json").read_text())

    def test_a_regimen_does_not_differ_from_itself(self):
        self.write("same.toml", (self.folder / "two.toml").read_text())
        done = self.run_program("compare", "two.toml", "same.toml", *QUICK, "--json")
        for outcome in json.loads(done.stdout)["outcomes"]:
            difference = outcome["regimens"][1]["difference"]
            self.assertEqual(difference["cohort"]["median"], 0.0)
            self.assertEqual((difference["person_low"], difference["person_high"]), (0.0, 0.0))

    def test_the_summary_is_that_of_the_cases(self):
        done = self.compare("-o", "found", "--least", f"{GAIN}>0.05")
        report = self.report("found")
        self.assertEqual((report["cases"], report["failed"]), (12, 0))
        with open(self.folder / "found.cases.csv") as file:
            rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
        gain = {(r["regimen"], r["draw"], r["person"]): float(r[f"{GAIN} [%]"]) for r in rows}
        medians = [statistics.median(gain["two", d, p] for p in "012") for d in "01"]
        found = next(o for o in report["outcomes"] if o["name"] == GAIN)
        value = found["regimens"][0]["value"]["cohort"]["median"]
        self.assertAlmostEqual(value, statistics.median(medians), places=12)
        better = [
            sum(gain["one", d, p] - gain["two", d, p] >= 0.05 for p in "012") / 3 for d in "01"
        ]
        self.assertAlmostEqual(
            found["regimens"][1]["better"]["median"], statistics.median(better), places=12
        )
        self.assertIn("no trial has compared", done.stdout)
        self.assertIn("a prediction without direct validation data", done.stdout)
        # The same person in both regimens.
        ages = {(r["person"], r["age [year]"]) for r in rows}
        self.assertEqual(len(ages), 3)
        with open(self.folder / "found.csv") as file:
            table = {(r["outcome"], r["regimen"]): r for r in csv.DictReader(file)}
        self.assertEqual(float(table[GAIN, "two"]["median"]), value)

    def test_runs_end_equally_long_after_the_last_session(self):
        report = json.loads(self.compare("--json").stdout)
        self.assertEqual([r["until_d"] for r in report["regimens"]], [44.0, 30.0])
        report = json.loads(self.compare("--json", "--clock", "first").stdout)
        self.assertEqual([r["until_d"] for r in report["regimens"]], [30.0, 30.0])

    def test_an_equal_dose_changes_the_densities(self):
        report = json.loads(self.compare("--json", "--equal-dose", "punctures").stdout)
        self.assertEqual([r["punctures_per_cm2"] for r in report["regimens"]], [500.0, 500.0])
        self.assertAlmostEqual(report["regimens"][1]["density_per_cm2"], 500.0)

    def test_effects_below_the_closure_error_are_called_so(self):
        folder = self.folder / "models" / "microneedling"
        folder.mkdir(parents=True)
        (folder / "closure.csv").write_text(
            f"outcome,relative_error\n{GAIN},0.1\n{GAIN},50\ntgf_beta_peak,1e-9\n"
        )
        done = self.compare("-o", "found")
        entries = {o["name"]: o["regimens"] for o in self.report("found")["outcomes"]}
        gain, peak = entries[GAIN][1], entries["tgf_beta_peak"][1]
        medians = [abs(one["value"]["cohort"]["median"]) for one in entries[GAIN]]
        self.assertAlmostEqual(gain["closure_error"], 50 * max(medians), places=9)
        self.assertEqual((gain["below_closure"], peak["below_closure"]), (True, False))
        self.assertEqual(done.stdout.count("no effect to report"), 1)

    def test_a_sample_beside_the_model_is_drawn_from(self):
        folder = self.folder / "models" / "microneedling"
        folder.mkdir(parents=True)
        (folder / "sample.csv").write_text("draw,weight,K_M [I_ref],a_1\n0,1,0.1,6\n1,0,0.4,3\n")
        options = [option for option in QUICK if option not in ("--parameters", "K_M,a_1")]
        done = self.run_program("compare", "two.toml", "one.toml", *options, "--json")
        report = json.loads(done.stdout)
        self.assertEqual(
            (report["draws_from"], report["parameters"]), ("the sample of microneedling", 2)
        )
        cohort = report["outcomes"][0]["regimens"][0]["value"]["cohort"]
        # The second row has no weight: all draws are the first.
        self.assertAlmostEqual(cohort["low"], cohort["high"], delta=1e-12)

    def test_a_sample_with_a_parameter_twice_is_refused(self):
        folder = self.folder / "models" / "microneedling"
        folder.mkdir(parents=True)
        (folder / "sample.csv").write_text("draw,weight,a_1,a_1\n0,1,6,3\n")
        options = [option for option in QUICK if option not in ("--parameters", "K_M,a_1")]
        done = self.run_program("compare", "two.toml", "one.toml", *options, code=3)
        self.assertIn("'a_1' has two columns", done.stderr)

    def test_parts_run_apart_and_put_together_give_the_same_comparison(self):
        self.compare("-o", "whole")
        for part in ("2/3", "0/3", "1/3"):
            self.compare("-o", "parts", "--task", part)
            self.assertFalse((self.folder / "parts.json").exists())
        # A part is damaged: its cases are run again.
        (part,) = (self.folder / "parts.store").glob("1-of-3.*.segment")
        part.write_bytes(part.read_bytes()[:-20])
        self.assertIn("its cases are to do: 1-10s3", self.compare("-o", "parts").stderr)
        self.assertEqual(self.report("parts"), self.report("whole"))
        with open(self.folder / "parts.cases.csv") as file:
            self.assertEqual(len(file.readlines()), 2 + 12)
        self.assertEqual(
            (self.folder / "parts.cases.csv").read_text(),
            (self.folder / "whole.cases.csv").read_text(),
        )
        self.assertIn("--task", self.compare("--task", "3/3", "-o", "x", code=2).stderr)
        self.assertIn("--output", self.compare("--task", "0/3", code=2).stderr)

    def test_a_store_that_another_program_writes_is_left_alone(self):
        self.compare("-o", "parts", "--task", "0/3")
        with open(self.folder / "parts.store/store.lock", "r+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            errors = self.compare("-o", "parts", code=5).stderr
            self.assertIn("parts.store/store.lock: these cases is in use by", errors)

    def test_no_regimen_is_called_best_within_the_least_difference(self):
        done = self.compare("--least", f"{GAIN}>1000")
        self.assertIn(f"{GAIN}: none stands out, all medians are within 1000 %", done.stdout)

    def test_a_report_holds_the_numbers_of_the_comparison(self):
        self.compare("-o", "found")
        self.run_program("report", "found.json")
        page = (self.folder / "found.html").read_text()
        for outcome in self.report("found")["outcomes"]:
            for name, entry in zip(("two", "one"), outcome["regimens"]):
                self.assertIn(
                    f'data-value="{entry["value"]["cohort"]["median"]!r}" '
                    f'data-key="{outcome["name"]}/{name}"',
                    page,
                )
        self.assertNotRegex(page, "https?://")
        self.assertIn("--overwrite", self.run_program("report", "found.json", code=5).stderr)

    def test_cases_run_persons_as_compare_does(self):
        self.run_program(
            "compare",
            "two.toml",
            "one.toml",
            "--cohort",
            "acne_scars",
            "--persons",
            "3",
            "--draws",
            "0",
            "--outcomes",
            "tgf_beta_peak",
            "--quiet",
            "--follow-up",
            "30 day",
            "-o",
            "found",
        )
        with open(self.folder / "found.cases.csv") as file:
            rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
        wanted = {
            r["person"]: float(r["tgf_beta_peak [ng/mL]"]) for r in rows if r["regimen"] == "two"
        }
        two = self.folder / "two.toml"
        results = run_cases([Case(two, (), ("acne_scars", 3, k)) for k in range(3)])
        peaks = [float(result.observables["tgf_beta"].max()) for result in results]
        for k, peak in enumerate(peaks):
            self.assertAlmostEqual(peak, wanted[str(k)], places=2)
        self.assertEqual(len(set(peaks)), 3)
        for person, words in (
            (("acne_scars", 3, 3), "no person 3 among 3 of 'acne_scars'"),
            (("acne_scars", 10**9, 3), "no person 3 among 1000000000"),
            (("acne_scar", 3, 1), "acne_scars"),
        ):
            with self.assertRaisesRegex(InputError, words):
                run_cases([Case(two, (), person)])

    def test_mistakes_are_told(self):
        two = self.folder / "two.toml"
        self.assertIn("--cohort", self.run_program("compare", two, "one.toml", code=2).stderr)
        done = self.run_program("compare", two, "one.toml", "--cohort", "acne_scar", code=3)
        self.assertIn("acne_scars", done.stderr)
        self.assertIn("no outcome matches", self.compare("--least", "closure_tim<1", code=3).stderr)
        self.assertIn("neocol plot", self.compare("--figure", "a.pdf", code=2).stderr)
        self.assertIn("--least takes", self.compare("--least", GAIN, code=2).stderr)
        self.write("cohort.toml", 'title = "x"\n[age]\ndistribution = "unform"\n')
        done = self.run_program("compare", two, "one.toml", "--cohort", "cohort.toml", code=3)
        self.assertIn("cohort.toml:3:16", done.stderr)
        self.assertIn("did you mean 'uniform'", done.stderr)


if __name__ == "__main__":
    unittest.main()
