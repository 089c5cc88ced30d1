"""`neocol validate` from end to end, on a few of the cheapest rows and on a table of one's own."""

import json
import math
import os
import sys
import unittest
from pathlib import Path

import neocol
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from neocol.cases import Case, run_cases  # noqa: E402
from neocol.results import load  # noqa: E402
from program import DECAY_OF_U, SMALL, ProgramTest  # noqa: E402


class Validate(ProgramTest):
    def setUp(self):
        super().setUp()
        os.environ["NEOCOL_PYTHON"] = sys.executable

    def validate(self, *arguments, code=0):
        return self.run_program("validate", "--cache", self.folder / "cache", *arguments, code=code)

    def test_rows_are_run_judged_and_written(self):
        out = self.validate("--rows", "D03", "D21", "G01", "K19", "--csv", "v.csv").stdout
        for part in (
            "D03   agree",
            "12 - 20",
            "G01   not testable",
            "K19   not testable",
            "agreement   2 of 2 rows",
        ):
            self.assertIn(part, out)
        lines = (self.folder / "v.csv").read_text().splitlines()
        self.assertTrue(lines[0].startswith("part,id,topic,verdict"))

    def test_a_second_time_nothing_is_run(self):
        first = json.loads(self.validate("--rows", "D03", "--json").stdout)
        again = json.loads(self.validate("--rows", "D03", "--json").stdout)
        self.assertEqual((first["about"]["runs_made"], again["about"]["runs_made"]), (1, 0))
        self.assertEqual(first["lines"], again["lines"])

    def test_own_table_and_a_share_that_is_asked_for(self):
        self.write("small.toml", SMALL)
        self.write(
            "mine.csv",
            "id,scenario,assay,measure,at,low,high,sign\n"
            "right,small.toml,observable:collagen_dermis,relative_change,35 day,,,1\n"
            "wrong,small.toml,observable:collagen_dermis,relative_change,35 day,,,-1\n",
        )
        done = self.validate(
            "--table",
            "mine.csv",
            "--draws",
            "2",
            "--sample",
            "declared",
            "--at-least",
            "80",
            code=6,
        )
        self.assertRegex(done.stdout, r"right\s+agree")
        self.assertRegex(done.stdout, r"wrong\s+disagree")
        self.assertRegex(done.stdout, r"rises +\S+ \(\S+ … \S+\)")
        self.assertIn("agreement is 50 %, below the 80 % asked for", done.stderr)

    def test_draws_are_kept_and_a_run_that_was_stopped_goes_on(self):
        self.write("small.toml", SMALL)
        self.write(
            "mine.csv",
            "id,scenario,assay,measure,at,sign\n"
            "up,small.toml,observable:collagen_dermis,relative_change,35 day,1\n",
        )

        def draws(n):
            done = self.validate(
                "--table", "mine.csv", "--draws", n, "--json", "--no-fine", "--sample", "wide.csv"
            )
            self.assertIn(f"{n} draws of 1 parameters", done.stderr)
            return json.loads(done.stdout)

        self.write("wide.csv", "draw,weight,K_M [I_ref]\n0,1,0.05\n1,1,0.1\n2,1,0.3\n")
        first, second = draws(2), draws(3)
        self.assertEqual((first["about"]["runs_made"], second["about"]["runs_made"]), (3, 1))
        line = second["lines"][0]
        self.assertLess(line["low"], line["high"])
        self.assertEqual(line["held"], 1.0)

    def test_cases_have_what_a_result_file_does(self):
        small = self.write("small.toml", SMALL)
        settings = {"regimen.sessions": "1", "run.until": "1 day", "output.times": "common"}
        (case,) = run_cases([Case(small, tuple(settings.items()))])
        words = [word for pair in settings.items() for word in ("--set", "=".join(pair))]
        self.run_program("run", small, *words, "-o", "small.h5", "--quiet", "--threads", "1")
        with load(self.folder / "small.h5") as result:
            self.assertEqual(set(case.observables), set(result.observable_names))
            before = ~case.after_jump
            np.testing.assert_array_equal(case.time[before], result.observables["time"])
            for name in result.observable_names:
                values = case.observables[name]
                np.testing.assert_array_equal(values[before], result.observables[name], name)
                after = result.events[f"{name}_after"]
                np.testing.assert_array_equal(values[case.after_jump], after, name)
            for name, values in case.sessions.items():
                np.testing.assert_array_equal(values, result.sessions[name], name)
            for name, value in case.outcomes.items():
                np.testing.assert_equal(value, result.outcomes.at[name, "value"], name)

    def measurements(self, **changed):
        """A model of one's own, u = exp(-t/2 d) from 1 ng/mL, and a table of it in pg/mL."""
        self.write(
            "decay.toml",
            '[model]\nname = "decay"\ntitle = "Decay"\nbalance = "none"\n'
            + DECAY_OF_U.replace(
                'source = "chosen"',
                'range = ["0.1 d-1", "1 d-1"]\ndistribution = "uniform"\nsource = "chosen"',
                1,
            )
            + '[observable.level]\nvalue = "u"\nunit = "ng/mL"\nmeaning = "level"\n',
        )
        self.write(
            "mixed.toml",
            f'title = "Mixed"\nmodel = "{self.folder}/decay.toml"\n'
            'domain.geometry = "well_mixed"\nrun.until = "4 day"\noutput.every = "1 day"\n',
        )
        row = {"time": "2", "observable": "level", "value": "368", "sd": "20", "n": "4"}
        row |= {"unit": "pg/mL", "scenario": "mixed.toml", "parameters.k": "0.5 d-1"} | changed
        far = row | {"value": "900"}
        lines = [",".join(row), ",".join(row.values()), ",".join(far.values())]
        self.write("measured.csv", "\n".join(lines) + "\n")

    def test_a_table_of_measurements_judges_a_model_of_ones_own(self):
        self.measurements()
        words = ("--table", "measured.csv", "--model", "decay.toml", "--json")
        report = json.loads(self.validate(*words).stdout)
        self.assertEqual([line["verdict"] for line in report["lines"]], ["agree", "disagree"])
        self.assertAlmostEqual(report["lines"][0]["simulated"], math.exp(-1.0), places=3)
        # Its own declared range is drawn: exp(-2 k) for k of 0.1 to 1 per day.
        self.measurements(**{"parameters.k": ""})
        report = json.loads(self.validate(*words, "--draws", "8", "--no-fine").stdout)
        line = report["lines"][0]
        self.assertLess(line["low"], 0.25)
        self.assertGreater(line["high"], 0.6)

    def test_the_function_judges_as_the_verb_does(self):
        self.measurements()
        report = neocol.validate(
            table=self.folder / "measured.csv",
            model=self.folder / "decay.toml",
            cache=self.folder / "cache",
        )
        self.assertEqual([row.verdict for row in report.rows], ["agree", "disagree"])
        self.assertEqual((report.score.all.agree.hits, report.score.all.agree.of), (1, 2))

    def test_mistakes_of_a_table_of_measurements_are_named(self):
        for column, value, words in (
            ("observable", "levell", "data row 1, column 'observable': no 'levell'"),
            ("unit", "mm", "data row 1, column 'unit'"),
            ("scenario", "none.toml", "data row 1, column 'scenario'"),
            ("value", "much", "data row 1: 'much' in column 'value' is not a number"),
        ):
            self.measurements(**{column: value})
            done = self.validate("--table", "measured.csv", "--model", "decay.toml", code=3)
            self.assertIn(f"measured.csv: {words}", done.stderr)

    def test_draws_of_a_parameter_that_is_gone_are_told_and_count_as_disagreement(self):
        self.write("small.toml", SMALL)
        self.write(
            "mine.csv",
            "id,scenario,assay,measure,at,sign\n"
            "up,small.toml,observable:collagen_dermis,relative_change,35 day,1\n",
        )
        self.write("odd.csv", "draw,weight,gone [1]\n0,1,0.1\n1,1,-5\n")
        done = self.validate(
            "--table", "mine.csv", "--draws", "2", "--no-fine", "--sample", "odd.csv"
        )
        self.assertIn("2 runs of draws failed and count as disagreement", done.stdout)
        self.assertIn("0 rows agree in the middle one", done.stdout)

    def test_faults_of_a_table_name_the_line(self):
        self.write("mine.csv", "id,assay,low\nq,melanin,much\n")
        errors = self.validate("--table", "mine.csv", code=3).stderr
        self.assertIn("mine.csv:2: low = 'much' is not a number", errors)

    def test_an_unknown_row_and_a_missing_scenario_are_named(self):
        self.assertIn("no row is called Z9", self.validate("--rows", "Z9", code=3).stderr)
        self.write("mine.csv", "id,scenario,assay,sign\nq,nowhere,melanin,1\n")
        self.assertIn(
            "there is no scenario 'nowhere'", self.validate("--table", "mine.csv", code=3).stderr
        )

    def test_the_table_is_put_between_the_marks_of_a_page(self):
        begin, end = "<!-- agreement: begin -->", "<!-- agreement: end -->"
        self.write("page.md", f"before\n{begin}\nstale\n{end}\nafter\n")
        self.validate("--rows", "D21", "--into", "page.md")
        page = (self.folder / "page.md").read_text()
        self.assertTrue(page.startswith("before\n") and page.endswith(f"{end}\nafter\n"))
        self.assertIn("| D21 | agree | diffusivity of TGF-beta [mm2/d] | 0.0864 - 1.73 |", page)
        self.assertNotIn("stale", page)
        self.write("page.md", "no marks")
        self.assertIn(
            "needs the lines", self.validate("--rows", "D21", "--into", "page.md", code=3).stderr
        )

    def test_the_frozen_list_is_printed_without_a_run(self):
        out = self.validate("--list").stdout
        self.assertIn("H01   testable", out)
        self.assertFalse((self.folder / "cache").exists())


if __name__ == "__main__":
    unittest.main()
