"""Studies, comparisons, sensitivity and lists of cases solve only what is asked for."""

import csv
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import ProgramTest  # noqa: E402

# `cause` makes `effect`; `aside` is fast, reads `cause` and acts on nothing.
MODEL = """\
[model]
name = "chain"
title = "Chain"
[parameter.k]
value = "0.3 d-1"
range = ["0.1 d-1", "1 d-1"]
distribution = "loguniform"
meaning = "rate"
source = "chosen"
evidence = "design"
[species.cause]
unit = "1"
scale = 1
meaning = "what acts"
[species.effect]
unit = "1"
scale = 1
meaning = "what it makes"
[species.aside]
unit = "1"
scale = 1
meaning = "what only reads"
[process.loss]
rate = "k*cause"
changes = { cause = -1, effect = 1 }
meaning = "m"
[process.aside]
rate = "40*k*(cause^2 - aside)"
changes = { aside = 1 }
meaning = "m"
[initial]
cause = "1"
[injury]
cause = "cause"
[observable]
cause = { value = "cause", unit = "1", meaning = "m" }
effect = { value = "effect", unit = "1", meaning = "m" }
aside = { value = "aside", unit = "1", meaning = "m" }
[outcome]
made = { of = "effect", measure = "value", at = "2 d", unit = "1", meaning = "m" }
left = { of = "cause", measure = "value", at = "2 d", unit = "1", meaning = "m" }
aside_late = { of = "aside", measure = "value", at = "2 d", unit = "1", meaning = "m" }
"""
BOUND = """
[bound.aside]
value = "aside"
unit = "1"
at_most = "2"
meaning = "m"
source = "chosen"
"""
SCENARIO = """\
title = "Chain"
model = "chain"
[domain]
geometry = "well_mixed"
[run]
until = "4 day"
tolerance = 1e-4
[output]
every = "1 day"
fields = ["aside"]
field_times = ["1 day"]
"""
STUDY = """\
scenario = "chain.toml"
observables = []
outcomes = [{}]
[[axis]]
key = "parameters.k"
values = ["0.2 d-1", "0.5 d-1"]
"""
LEFT_OUT = "solves 2 of 3 species: aside is left out, as nothing that is kept depends on it"


class Restricted(ProgramTest):
    def setUp(self):
        super().setUp()
        (self.folder / "models").mkdir()
        self.write("models/chain.toml", MODEL)
        self.write("chain.toml", SCENARIO)
        (self.folder / "models" / "cohorts").mkdir()
        self.write(
            "models/cohorts/two.toml",
            'title = "Two"\n[parameter.k]\n'
            'distribution = "uniform"\nrange = [0.5, 1.5]\nsource = "chosen"\n'
            'evidence = "design"\n',
        )

    def study(self, name, *outcomes, more=(), code=0):
        self.write(f"{name}.toml", STUDY.format(", ".join(f'"{one}"' for one in outcomes)))
        return self.run_program("study", "plan", f"{name}.toml", "--interpreter", *more, code=code)

    def rows(self, name):
        """Lines of a study's table, after it was run."""
        self.run_program("study", "run", name, "--quiet")
        with open(self.folder / name / "collected.csv") as file:
            return list(csv.DictReader(line for line in file if not line.startswith("#")))

    def case(self, needed=None):
        """Whether the only case was in the store, its hash and its observables."""
        from neocol.cases import Case, run_cases

        (result,) = run_cases(
            [Case(self.folder / "chain.toml")],
            store=self.folder / "store",
            needed=needed,
            interpreter=True,
        )
        self.assertEqual(result.status, "complete", result.reason)
        return result.is_stored, result.hash, list(result.observables)

    def test_a_study_leaves_out_what_nothing_kept_depends_on_and_says_so(self):
        planned = self.study("part", "made")
        self.assertIn(LEFT_OUT, planned.stdout)
        self.assertIn(LEFT_OUT, self.run_program("study", "status", "part").stdout)
        self.assertIn("solves all 3 species", self.study("all", "made", "aside_late").stdout)
        self.assertIn(
            "solves all 3 species", self.study("asked", "made", more=["--whole-model"]).stdout
        )
        part, whole = self.rows("part"), self.rows("asked")
        for one, other in zip(part, whole):
            self.assertAlmostEqual(float(one["made"]), float(other["made"]), delta=2e-4)
            self.assertNotEqual(one["id"], other["id"])
            self.assertNotEqual(one["scenario_hash"], other["scenario_hash"])

    def test_one_more_record_of_what_is_solved_changes_no_bit(self):
        self.study("one", "made")
        self.study("two", "made", "left")
        for one, two in zip(self.rows("one"), self.rows("two")):
            self.assertEqual(one["made"], two["made"])
            self.assertEqual(one["scenario_hash"], two["scenario_hash"])

    def test_one_more_record_of_a_run_changes_no_bit(self):
        def outcomes(*settings):
            words = [word for one in settings for word in ("--set", one)]
            self.run_program(
                "run", "chain.toml", "-o", "r.h5", "--interpreter", "--overwrite", "--quiet", *words
            )
            return json.loads(self.run_program("info", "r.h5", "--json").stdout)["outcomes"]

        self.assertEqual(outcomes(), outcomes('output.fields=["aside", "cause"]'))
        self.assertIn("aside_late", json.dumps(outcomes()))  # of the whole model

    def test_what_a_bound_reads_is_never_left_out(self):
        self.write("models/chain.toml", MODEL + BOUND)
        self.assertIn("solves all 3 species", self.study("bound", "made").stdout)

    def test_a_plan_cannot_be_extended_to_what_it_leaves_out(self):
        self.study("part", "made")
        self.write("part.toml", STUDY.format('"made", "left"'))
        self.run_program("study", "extend", "part", "part.toml")
        self.write("part.toml", STUDY.format('"made", "aside_late"'))
        done = self.run_program("study", "extend", "part", "part.toml", code=3)
        self.assertIn("'aside', which the plan leaves out", done.stderr)

    def test_comparisons_and_sensitivity_say_what_they_solve(self):
        compare = [
            "compare",
            "chain.toml",
            "chain.toml",
            "--labels",
            "a,b",
            "--cohort",
            "models/cohorts/two.toml",
            "--persons",
            "2",
            "--draws",
            "0",
            "--outcomes",
            "made",
            "--quiet",
            "--interpreter",
            "--clock",
            "first",
        ]
        self.assertIn(LEFT_OUT, self.run_program(*compare).stdout)
        self.assertIn("solves all 3 species", self.run_program(*compare, "--whole-model").stdout)
        solved = json.loads(self.run_program(*compare, "--json").stdout)["solved"]
        self.assertEqual(
            (solved["species"], solved["solved"], solved["left_out"]), (3, 2, ["aside"])
        )
        self.assertIn(
            "solves all 3 species", self.run_program(*compare, "--observables", "aside").stdout
        )
        sensitivity = ["sensitivity", "chain.toml", "--samples", "4", "--quiet", "--interpreter"]
        self.assertIn(LEFT_OUT, self.run_program(*sensitivity, "--outcomes", "made").stdout)
        self.assertIn("solves all 3 species", self.run_program(*sensitivity).stdout)

    def test_stores_of_other_restrictions_are_not_taken(self):
        sensitivity = [
            "sensitivity",
            "chain.toml",
            "--samples",
            "4",
            "--quiet",
            "--interpreter",
            "--outcomes",
            "left",
            "-o",
            "s",
        ]
        self.run_program(*sensitivity)
        self.run_program(*sensitivity, "--whole-model", code=5)
        (self.folder / "s.json").unlink()
        (self.folder / "s.csv").unlink()
        done = self.run_program(*sensitivity, "--whole-model", code=3)
        self.assertIn("holds cases of another command", done.stderr)

    def test_cases_are_run_for_what_is_needed(self):
        whole = self.case()
        self.assertEqual((whole[0], whole[2]), (False, ["cause", "effect", "aside"]))
        part = self.case(["made"])
        self.assertEqual((part[0], part[2]), (False, ["cause", "effect"]))
        self.assertNotEqual(part[1], whole[1])
        # What needs no other species is in the store already, whatever was needed first.
        self.assertEqual(self.case(["effect", "left"]), (True, *part[1:]))
        self.assertEqual(self.case(["aside", "made"]), (True, *whole[1:]))
        self.assertEqual(self.case(), (True, *whole[1:]))


if __name__ == "__main__":
    unittest.main()
