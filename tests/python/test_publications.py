"""Publications left out of a fit, on a model that is made up: y = k."""

import tempfile
import unittest
from pathlib import Path

from made_up import MadeUpBench, Runner, run_of
from neocol.calibration.staged import Planned
from neocol.parameters import Parameter
from neocol.validation.publications import (
    Publication,
    fitted_rows,
    leave_out,
    read_publications,
    report_lines,
)
from neocol.validation.rows import Check, Reading, Row, RowError, frozen_rows

ROOT = Path(__file__).resolve().parents[2]
VALIDATION = ROOT / "models" / "microneedling" / "validation"


def y_is_k(declared):
    """Runs whose y is the parameter k, by default as declared."""

    def make(case):
        k = float(dict(case.settings).get("parameters.k", f"{declared}").split()[0])
        return run_of([0.0, 1.0], y=[1.0, k])

    return Runner(make)


def row(name, low, high):
    return Row(
        name,
        "1",
        "testable",
        (Check(name, Reading("observable:y", "value", "a", "1 day"), low=low, high=high),),
    )


class LeavingOut(unittest.TestCase):
    def leave(self, names, rows, fitted_to, declared=5.0):
        with tempfile.TemporaryDirectory() as folder:
            parameters = {
                "k": Parameter("k", declared, "1", 0.0, 10.0, "uniform", evidence="fitted")
            }
            bench = MadeUpBench(y_is_k(declared), Path(folder), Path(folder), parameters)
            return leave_out(bench, Publication("p", names), rows, fitted_to, parameters)

    def test_a_constant_follows_the_rows_that_are_left(self):
        rows = [row("X01", 4.5, 5.5), row("X02", 7.9, 8.1)]
        found = self.leave(("X01",), rows, {"k": {"X01", "X02"}})
        self.assertAlmostEqual(found.refitted[0], 8.0, delta=0.1)
        self.assertEqual(found.fitted_to, ("X02",))
        self.assertEqual(
            [one.verdict for one in (*found.declared_rows, *found.left_out_rows)],
            ["agree", "disagree"],
        )

    def test_without_other_rows_it_goes_to_the_middle_of_its_prior_not_to_what_is_declared(self):
        rows = [row("X01", 4.5, 5.5)]
        for declared in (5.0, 9.0):
            found = self.leave(("X01",), rows, {"k": {"X01"}}, declared)
            self.assertAlmostEqual(found.refitted[0], 5.0)
            self.assertEqual((found.fitted_to, found.evaluations), ((), 0))

    def test_a_row_that_no_constant_names_is_judged_as_declared(self):
        found = self.leave(("X01",), [row("X01", 4.5, 5.5)], {"k": {"X02"}})
        self.assertEqual(found.released, ())
        self.assertEqual(found.left_out_rows, found.declared_rows)
        self.assertIn(
            "without their publication 1 of 1 rows agree; as declared 1", report_lines([found])
        )


class Publications(unittest.TestCase):
    def test_every_row_stands_in_one_publication(self):
        rows = frozen_rows(VALIDATION)
        found = read_publications(VALIDATION / "publications.toml", rows)
        self.assertEqual(
            sorted(name for one in found.values() for name in one.rows),
            sorted(row.id for row in rows),
        )
        self.assertEqual(found["kalluri"].rows, ("D04", "D05", "C03", "C04"))
        self.assertEqual(found["H01"].rows, ("H01",))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "p.toml"
            path.write_text('[publication]\nx = { rows = ["Z99"] }\n')
            with self.assertRaisesRegex(RowError, "there is no row Z99"):
                read_publications(path, rows)

    def test_reasons_and_sources_name_the_rows_a_constant_was_fitted_to(self):
        plan = [Planned("s", (), False, {"k": "how fast (W04, G10)"})]
        self.assertEqual(
            fitted_rows(plan, {"k": "fitted to W13", "m": "chosen"}), {"k": {"W04", "G10", "W13"}}
        )


if __name__ == "__main__":
    unittest.main()
