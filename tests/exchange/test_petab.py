"""PEtab: the published cases of its test suite, refusals by name, and a fit with a known answer."""
from __future__ import annotations

import contextlib
import io
import math
import shutil
import tempfile
import unittest
from pathlib import Path

import neocol
import pandas as pd
import yaml
from neocol.errors import InputError
from neocol.exchange.petab import load_petab
from neocol.exchange.reading import Refused
from neocol.verbs import calibrate

CASES = sorted((Path(__file__).parent / "petab").glob("0*"))


def problem_of(case: Path) -> Path:
    return case / f"_{case.name}.yaml"


class PublishedCases(unittest.TestCase):
    def test_simulations_chi2_and_likelihood_are_the_published_ones(self) -> None:
        self.assertEqual(len(CASES), 20)
        for case in CASES:
            with self.subTest(case.name):
                given = yaml.safe_load((case / f"_{case.name}_solution.yaml").read_text())
                due = pd.read_csv(case / "_simulations.tsv", sep="\t")["simulation"]
                found = load_petab(problem_of(case)).simulate()
                self.assertEqual(len(found), len(due))
                off = (found["simulation"] - due).abs().max()
                self.assertLess(off, min(given["tol_simulations"], 1e-7))
                chi2, llh = (found["residual"] ** 2).sum(), found["llh"].sum()
                self.assertLess(abs(chi2 - given["chi2"]), min(given["tol_chi2"], 1e-7))
                self.assertLess(abs(llh - given["llh"]), min(given["tol_llh"], 1e-7))


class Problem(unittest.TestCase):
    """A copy of the first case, with a table changed."""

    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.case = Path(self.folder.name) / "0001"
        shutil.copytree(CASES[0], self.case)

    def write(self, table: str, *lines: str) -> None:
        text = "\n".join("\t".join(line.split()) for line in lines) + "\n"
        (self.case / f"_{table}.tsv").write_text(text)

    def refused(self, kind: type[Exception], *parts: str) -> None:
        with self.assertRaises(kind) as caught:
            load_petab(problem_of(self.case)).simulate()
        for part in parts:
            self.assertIn(part, str(caught.exception))

    def measure(self, *lines: str) -> None:
        self.write("measurements", "observableId simulationConditionId time measurement", *lines)

    def test_faults_name_file_row_and_column(self) -> None:
        self.measure("obs_a c0 0 0.7", "obs_a c0 ten 0.1")
        self.refused(InputError, "_measurements.tsv:3", "'time'", "'ten' is no finite number")
        self.measure("obs_a c0 0 0.7", "obs_b c0 10 0.1")
        self.refused(InputError, "_measurements.tsv:3", "no observable 'obs_b'")
        self.measure("obs_a c1 0 0.7")
        self.refused(InputError, "_measurements.tsv:2", "no condition 'c1'")

    def test_what_is_not_read_is_refused_by_name(self) -> None:
        self.measure("obs_a c0 inf 0.7")
        self.refused(Refused, "_measurements.tsv:2", "time inf")

    def test_priors_are_refused(self) -> None:
        self.write(
            "parameters",
            "parameterId parameterScale lowerBound upperBound nominalValue estimate "
            "objectivePriorType objectivePriorParameters",
            "k1 lin 0 10 0.8 1 normal 1;1",
        )
        self.refused(Refused, "objectivePriorType", "priors")

    def test_other_versions_and_several_problems_are_refused(self) -> None:
        head = yaml.safe_load(problem_of(self.case).read_text())
        for change, reason in (
            ({"format_version": 2}, "version 1 is read"),
            ({"problems": head["problems"] * 2}, "one problem a file"),
            ({"extensions": {"x": {}}}, "extensions"),
        ):
            problem_of(self.case).write_text(yaml.safe_dump(head | change))
            self.refused(Refused, reason)

    def test_a_condition_cannot_set_what_a_rule_gives(self) -> None:
        self.write("conditions", "conditionId fwd", "c0 1")
        self.refused(InputError, "_conditions.tsv:2", "'fwd'", "neither species")

    def test_what_comes_to_no_rest_is_no_steady_state(self) -> None:
        # Gone by a tenth within the last of nine decades of seconds.
        self.write("conditions", "conditionId k1 k2", "slow 1e-10 0", "c0 1 0")
        self.write(
            "measurements",
            "observableId preequilibrationConditionId simulationConditionId time measurement",
            "obs_a slow c0 1 0.7",
        )
        self.refused(InputError, "'slow' comes to no steady state", "'A' goes from")

    def test_a_fit_finds_what_the_measurements_were_made_from(self) -> None:
        # A decays to its share of the equilibrium: A = b + (1 - b) exp(-(k1 + k2) t).
        k1, k2 = 0.5, 0.3
        share = k2 / (k1 + k2)
        times = [0.3, 0.7, 1.0, 2.0, 4.0, 8.0]
        self.measure(
            *(f"obs_a c0 {t} {share + (1.0 - share) * math.exp(-(k1 + k2) * t)!r}" for t in times)
        )
        self.write(
            "parameters",
            "parameterId parameterScale lowerBound upperBound nominalValue estimate",
            "a0 lin 0 10 1 0",
            "b0 lin 0 10 0 0",
            "k1 log10 0.01 10 0.8 1",
            "k2 lin 0 10 0.6 1",
        )
        self.write("observables", "observableId observableFormula noiseFormula", "obs_a A 0.01")
        fit = neocol.load_petab(problem_of(self.case)).calibrate(
            starts=1, profiles=["k1"], points=5
        )
        self.assertAlmostEqual(fit.parameters.at["k1", "fitted"], k1, delta=1e-4)
        self.assertAlmostEqual(fit.parameters.at["k2", "fitted"], k2, delta=1e-4)
        self.assertLess(fit.parameters.at["k1", "low"], k1)
        self.assertGreater(fit.parameters.at["k1", "high"], k1)
        self.assertLess(fit.chi2, 1e-3)
        highest = -len(times) * 0.5 * math.log(2.0 * math.pi * 1e-4)
        self.assertAlmostEqual(fit.llh, highest, delta=1e-3)

    def test_the_verb_writes_tables_and_refuses_data_beside(self) -> None:
        out = Path(self.folder.name) / "fit"
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            code = calibrate.main(
                [str(problem_of(self.case)), "--output", str(out), "--starts", "1"]
                + ["--profiles", "a0", "--quiet"]
            )
        self.assertEqual(code, 0)
        self.assertIn("log-likelihood", printed.getvalue())
        self.assertTrue((out / "parameters.csv").exists())
        self.assertTrue((out / "profiles.csv").exists())
        with contextlib.redirect_stderr(io.StringIO()) as told:
            code = calibrate.main(
                [str(problem_of(self.case)), "--output", str(out), "--data", "x.csv"]
            )
        self.assertEqual(code, 3)
        self.assertIn("leave out --data", told.getvalue())


if __name__ == "__main__":
    unittest.main()
