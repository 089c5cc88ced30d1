"""The judge on made-up runs with known answers: assays, measures, verdicts, scores, samples."""

import contextlib
import csv
import math
import os
import tempfile
import unittest
from pathlib import Path

import numpy as np
import tomllib
from made_up import MadeUpBench, Runner, run_of
from neocol.calibration.evidence import RowProblem
from neocol.calibration.least_squares import least_squares
from neocol.parameters import (
    Parameter,
    ParameterError,
    Sample,
    draw,
    quantity,
    read_parameters,
    read_sample,
    write_sample,
)
from neocol.validation.assays import (
    ASSAYS,
    NoQuantity,
    Series,
    constants,
    covered_area,
    in_bed,
    measure,
    standard_knobs,
)
from neocol.validation.judge import CheckVerdict, RowVerdict, bed_shares, holds, judge_row
from neocol.validation.readings import Value, observables_of
from neocol.validation.rows import (
    Check,
    Observed,
    Reading,
    Row,
    RowError,
    bracket_of_mean,
    frozen_changes,
    frozen_rows,
    ladder_rows,
    rungs,
    table_rows,
    time_of,
)
from neocol.validation.runs import AFTER, CaseError
from neocol.validation.scores import (
    Count,
    agreement_of_draws,
    changed_by_resolution,
    covers,
    grid_errors,
    interval_score,
    line_in_dose,
    predictions_from_dose,
    score,
    share_held,
)
from neocol.validation.validate import sources_of
from neocol.validation.verdicts import lost_rungs, new_rungs, rung_lines
from neocol.verbs.calibrate import picked

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
VALIDATION = MODELS / "microneedling" / "validation"
HOUR = 1.0 / 24.0


def clock(rate, loss=3.9e-3):
    """Barrier lost by `loss` and back at `rate` [1/d]."""
    time = np.concatenate([[0.0], [AFTER], np.linspace(0.001, 5.0, 5000)])
    return run_of(time, barrier=np.concatenate([[1.0], 1.0 - loss * np.exp(-rate * time[1:])]))


class Assays(unittest.TestCase):
    def reading(self, run, assay, name, at=""):
        return measure(ASSAYS[assay](run, standard_knobs()), Reading(assay, name, at=at))

    def test_impedance_is_back_when_all_but_a_36th_of_the_loss_is_gone(self):
        # 1/(1 + 4 exp(-k t)) = 0.9 at t = ln(36)/k.
        self.assertAlmostEqual(
            self.reading(clock(24.0), "impedance", "recovery_time"), math.log(36.0), places=2
        )

    def test_water_loss_is_back_when_a_tenth_of_the_loss_is_left(self):
        self.assertAlmostEqual(
            self.reading(clock(24.0), "tewl", "recovery_time"), math.log(10.0), places=2
        )

    def test_more_holes_take_longer_on_both_clocks(self):
        for assay in ("impedance", "tewl"):
            self.assertGreater(
                self.reading(clock(24.0, 7.8e-3), assay, "recovery_time"),
                self.reading(clock(24.0), assay, "recovery_time") + 0.5,
            )

    def test_a_barrier_that_is_never_back_reads_as_the_whole_run(self):
        self.assertAlmostEqual(self.reading(clock(0.001), "tewl", "recovery_time"), 120.0, places=3)

    def test_new_thin_fibres_cover_more_than_their_share_of_mass(self):
        knobs = standard_knobs()
        area = covered_area(np.array([0.14, 0.154]), knobs)
        q = 4 * 5 / (math.pi * 0.5) * np.array([0.14 / 3, 0.14 / 3 + 0.014 / 1])
        np.testing.assert_allclose(area, 1 - np.exp(-q))
        self.assertGreater(area[1] / area[0] - 1, 0.1)

    def test_rna_stands_for_a_rate_diluted_by_other_cells(self):
        n = np.zeros(2)
        common = dict(
            fibroblasts_dermis=[1000, 1000],
            myofibroblasts=n,
            neutrophils=n,
            open_area=n,
            collagen1_production_dermis=[10, 40],
        )
        alone = run_of([0.0, 1.0], macrophages=n, **common)
        self.assertAlmostEqual(self.reading(alone, "rna_collagen1", "log2_fold", "1 day"), 2.0)
        growing = 52000 / standard_knobs()["growing_rna"]  # cells that double all RNA
        crowd = run_of([0.0, 1.0], macrophages=[0, growing], **common)
        self.assertAlmostEqual(self.reading(crowd, "rna_collagen1", "log2_fold", "1 day"), 1.0)

    def test_measures_of_a_pulse(self):
        time = np.linspace(0.0, 20.0, 2001)
        run = run_of(time, wound_myofibroblasts=time * np.exp(-time / 5.0))
        self.assertAlmostEqual(self.reading(run, "wound_myofibroblasts", "time_of_peak"), 5.0)
        self.assertAlmostEqual(
            self.reading(run, "wound_myofibroblasts", "share_of_peak", "20 day"),
            4.0 * math.exp(-3.0),
            places=6,
        )

    def test_what_the_model_lacks_is_named(self):
        with self.assertRaisesRegex(NoQuantity, "epidermal_thickness"):
            self.reading(run_of([0.0, 1.0]), "epidermal_thickness", "relative_change", "1 day")

    def test_a_time_after_the_end_is_not_read(self):
        run = run_of([0.0, 1.0], melanin=[1, 1])
        with self.assertRaisesRegex(NoQuantity, "ends on day 1"):
            self.reading(run, "melanin", "value", "2 day")

    def test_times_are_counted_from_the_first_or_the_last_session(self):
        self.assertAlmostEqual(time_of("6 h", 100.0), 0.25)
        self.assertAlmostEqual(time_of("8 week after last session", 100.0), 156.0)
        with self.assertRaises(RowError):
            time_of("soon", 0.0)

    def test_a_biopsy_of_bed_and_rim_reads_the_bed_by_its_share(self):
        # Half of the surface is bed; its RNA of collagen I rises ninefold, no cell is added.
        n = np.zeros(3)
        run = run_of(
            [0.0, AFTER, 1.0],
            fibroblasts_dermis=[1000] * 3,
            myofibroblasts=n,
            neutrophils=n,
            macrophages=n,
            open_area=[0.0, 0.5, 0.0],
            collagen1_production_dermis=[10, 10, 50],
        )
        share = standard_knobs()["bed_share"]
        self.assertAlmostEqual(share, 5.0 / 21.0)
        self.assertAlmostEqual(
            self.reading(run, "biopsy_collagen1", "log2_fold", "1 day"),
            math.log2(1.0 - share + share * 9.0),
        )
        np.testing.assert_allclose(in_bed(np.array([10.0, 2.0, 30.0]), 0.5), [10.0, 0.0, 50.0])

    def test_the_rate_of_an_exponential_with_an_asymptote_is_read(self):
        time = np.linspace(0.0, 40.0, 401)
        run = run_of(time, area=0.3 + 0.7 * np.exp(-0.11 * time))
        series = Series(run.time, run.series("area"), 1.0)
        rate, r2 = (
            measure(series, Reading("observable:area", name, start="6 day", end="39 day"))
            for name in ("exponential_rate", "exponential_r2")
        )
        self.assertAlmostEqual(rate, 0.11, places=3)
        self.assertAlmostEqual(r2, 1.0, places=6)
        line = Series(time, 1.0 - np.abs(time - 20.0) / 40.0, 1.0)
        self.assertLess(
            measure(line, Reading("x", "exponential_r2", start="6 day", end="39 day")), 0.9
        )

    def test_a_reading_settles_when_it_stays_within_a_twentieth_of_its_last(self):
        time = np.linspace(0.0, 10.0, 101)
        series = Series(time, np.minimum(time / 5.0, 1.0), 0.0)
        self.assertAlmostEqual(measure(series, Reading("x", "settled")), 4.8, places=6)


class Frozen(unittest.TestCase):
    def test_the_frozen_files_are_as_they_were_frozen(self):
        self.assertEqual(frozen_changes(MODELS / "microneedling" / "validation"), [])

    def test_the_page_quotes_the_digests_of_the_frozen_files(self):
        page = (ROOT / "docs" / "validation.md").read_text()
        for line in (
            (MODELS / "microneedling" / "validation" / "frozen.sha256").read_text().splitlines()
        ):
            digest, name = line.split()
            if name != "time_courses.csv":
                self.assertIn(digest, page, name)

    def test_a_changed_file_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in (MODELS / "microneedling" / "validation").iterdir():
                (Path(folder) / path.name).write_bytes(path.read_bytes())
            for name in ("rows.toml", "second-readings.toml"):
                with open(Path(folder) / name, "a") as file:
                    file.write("\n")
            self.assertEqual(frozen_changes(Path(folder)), ["rows.toml", "second-readings.toml"])

    def test_every_observation_is_judged_and_every_scenario_is_there(self):
        rows = frozen_rows(MODELS / "microneedling" / "validation")
        with contextlib.ExitStack() as files:
            lines = [
                line
                for name in ("observations.csv", "observations-2.csv")
                for line in csv.DictReader(files.enter_context(open(VALIDATION / name, newline="")))
            ]
        self.assertEqual(sorted(row.id for row in rows), sorted(line["id"] for line in lines))
        ladder = ladder_rows(MODELS / "microneedling" / "validation" / "ladder.toml")
        for row in rows + ladder:
            for scenario, _ in row.sources():
                self.assertTrue(
                    (ROOT / "scenarios" / "validation" / f"{scenario}.toml").is_file(),
                    f"{row.id}: {scenario}",
                )

    def test_recalled_rows_are_never_scored_and_inputs_are_no_tests(self):
        for row in frozen_rows(MODELS / "microneedling" / "validation"):
            if row.observed["access"] == "M":
                self.assertEqual(row.status, "unchecked", row.id)
            self.assertEqual(row.observed["use"] == "input", row.status == "input", row.id)

    def test_no_constant_is_fitted_to_a_row_that_never_shaped_the_model(self):
        with open(VALIDATION / "calibration.toml", "rb") as file:
            plan = tomllib.load(file)
        fitted = {name for stage in plan["stage"].values() for name in stage["rows"]}
        unseen = {row.id for row in frozen_rows(VALIDATION) if not row.built_with}
        self.assertEqual(len(unseen), 49)
        self.assertEqual(fitted & unseen, set())
        self.assertEqual({row.id for row in picked(frozen_rows(VALIDATION), None)} & unseen, set())

    def test_observed_values_lie_in_their_brackets(self):
        seen = [check for row in frozen_rows(VALIDATION) for check in row.checks if check.observed]
        with open(VALIDATION / "values.csv", newline="") as file:
            self.assertEqual(len(seen), len(list(csv.DictReader(file))))
        for check in seen:
            self.assertTrue(holds(check, check.observed.value), check.label)

    def test_clocks_without_a_lower_end_have_one_in_the_second_reading(self):
        rows = {row.id: row for row in frozen_rows(VALIDATION)}
        for name in ("C06", "W20", "W21"):
            first, second = rows[name].checks[0], rows[name].second[0]
            self.assertEqual(first.low, -math.inf, name)
            self.assertGreaterEqual(second.low, 24.0, name)
            self.assertEqual((first.high, first.reading), (second.high, second.reading), name)

    def test_biopsies_of_one_series_are_read_with_one_share_of_the_bed(self):
        rows = {row.id: row for row in frozen_rows(VALIDATION)}
        second = [check.reading for name in ("W04", "W05", "W06") for check in rows[name].second]
        self.assertEqual({reading.scenario for reading in second}, {"slot_rna"})
        self.assertTrue(all(reading.assay.startswith("biopsy_") for reading in second))
        self.assertEqual(sum(name == "bed_share" for name in constants()), 1)

    def test_a_second_reading_of_a_check_that_is_not_there_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in VALIDATION.iterdir():
                (Path(folder) / path.name).write_bytes(path.read_bytes())
            (Path(folder) / "second-readings.toml").write_text(
                '[C06]\n[[C06.check]]\nof = "nothing"\naccept = [1, 2]\n'
            )
            with self.assertRaisesRegex(RowError, "'nothing' is no check of the row"):
                frozen_rows(Path(folder))


class ObservablesTest(unittest.TestCase):
    """What readings need of a run is known before it is made."""

    def test_every_assay_says_what_it_reads(self):
        def asked(assay):
            return observables_of([Reading(assay, "value", "a", "1 day")])

        self.assertEqual(asked("tewl"), {"water_barrier", "barrier"})
        self.assertEqual(asked("immature_share"), {"collagen1", "collagen3", "collagen1_new"})
        self.assertEqual(asked("observable:y"), {"y"})
        self.assertEqual(asked("scar_depth"), {"dermis_thickness"})
        self.assertEqual(asked("channel"), set())
        for assay in ASSAYS:
            self.assertTrue(asked(assay), assay)

    def test_an_assay_asks_a_run_for_nothing_else(self):
        for assay, read in ASSAYS.items():
            names = observables_of([Reading(assay, "value", "a", "1 day")])
            run = run_of([0.0, 1.0], **{name: [0.5, 0.6] for name in names})
            self.assertTrue(np.isfinite(read(run, standard_knobs()).values).all(), assay)


class ConstantsTest(unittest.TestCase):
    """Constants of the assays are data, read as a model's parameters are."""

    def bench(self, sample=None, **settings):
        runner = Runner(
            lambda case: self.cases.append(case) or run_of([0.0, 1.0], collagen_top=[0.2, 0.25])
        )
        self.cases = []
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.toml").write_text("title = 'a'\n")
            bench = MadeUpBench(
                runner,
                Path(folder),
                Path(folder),
                {},
                settings={f"parameters.{name}": value for name, value in settings.items()},
            )
            bench.run([("a", ())], sample)
        return bench

    @staticmethod
    def area(bench, draw):
        return bench.one(Reading("stained_area", "value", "a", "1 day"), draw)

    def test_they_are_declared_as_parameters_are(self):
        found = constants()
        self.assertFalse(set(found) & set(read_parameters(MODELS / "microneedling.toml")))
        for one in found.values():
            self.assertLess(one.low, one.value, one.name)
            self.assertLess(one.value, one.high, one.name)
            self.assertTrue(one.meaning and one.evidence, one.name)
        # Numbers in the units that the formulas are written in, to the last bit.
        self.assertEqual(
            {
                name: found[name].value
                for name in (
                    "bed_share",
                    "fibre_density",
                    "section_thickness",
                    "keratinocytes",
                    "fibre_young",
                )
            },
            {
                "bed_share": 5.0 / 21.0,
                "fibre_density": 0.5,
                "section_thickness": 5.0,
                "keratinocytes": 5e4,
                "fibre_young": 1.0,
            },
        )
        self.assertEqual((found["bed_share"].low, found["bed_share"].high), (5 / 45, 5 / 12))
        self.assertEqual((found["fibre_young"].low, found["fibre_young"].high), (0.5, 1.5))

    def test_they_can_be_set_and_runs_do_not_depend_on_them(self):
        usual, set_ = self.bench(), self.bench(section_thickness="8 um", bed_share="0.3")
        self.assertGreater(self.area(set_, -1), self.area(usual, -1))
        self.assertEqual(self.cases[0].settings, ())
        with self.assertRaisesRegex(ParameterError, "'section_thickness' is given in um"):
            self.bench(section_thickness="8 mm")

    def test_a_sample_may_have_columns_of_them(self):
        sample = Sample(
            ("fibre_old", "k"), ("um", "d-1"), np.array([[2.0, 1.0], [4.0, 1.0]]), np.full(2, 0.5)
        )
        bench = self.bench(sample)
        self.assertGreater(self.area(bench, 0), self.area(bench, 1))
        self.assertEqual(
            {
                name
                for case in self.cases[1:]
                for name, _ in case.settings
                if name.startswith("parameters")
            },
            {"parameters.k"},
        )

    def test_they_can_be_fitted(self):
        def make(case):
            return run_of([0.0, 1.0], collagen_top=[0.2, 0.25])

        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.toml").write_text("title = 'a'\n")
            bench = MadeUpBench(Runner(make), Path(folder), Path(folder), {})
            reading = Reading("stained_area", "value", "a", "1 day")
            bench.run([("a", ())])
            with bench.with_knobs(fibre_old=3.6):
                aim = bench.one(reading, -1)
            rows = [
                Row(
                    "X1", "1", "testable", (Check("x", reading, low=0.999 * aim, high=1.001 * aim),)
                )
            ]
            problem = RowProblem(bench, rows, [constants()["fibre_old"]], {})
            found = least_squares(problem, largest=8)
        self.assertAlmostEqual(problem.parameters[0].quantile(found.u[0]), 3.6, delta=0.02)


class JudgeTest(unittest.TestCase):
    """Rows on runs that are made up."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        for name in ("a", "b"):
            (self.folder / f"{name}.toml").write_text("[parameters]\nk = 1\n")

    def tearDown(self):
        self._folder.cleanup()

    def bench(self, make, sample=None, rows=()):
        bench = MadeUpBench(Runner(make), self.folder, self.folder, {})
        bench.parameters_set = ("k",)
        bench.run(list(dict.fromkeys(one for row in rows for one in row.sources())), sample)
        return bench

    def row(self, *checks, status="testable", **more):
        return Row("X1", "1", status, checks, **more)

    @staticmethod
    def check(scenario="a", measure_="value", **more):
        return Check("x", Reading("observable:y", measure_, scenario, "1 day"), **more)

    def verdict(self, row, make=lambda case: run_of([0.0, 1.0], y=[1.0, 2.0]), sample=None):
        return judge_row(self.bench(make, sample, [row]), row)


class Judging(JudgeTest):
    def test_a_row_agrees_only_if_every_check_holds(self):
        good, bad = self.check(low=1.5, high=2.5), self.check(low=3.0, high=4.0)
        self.assertEqual(self.verdict(self.row(good)).verdict, "agree")
        self.assertEqual(self.verdict(self.row(good, bad)).verdict, "disagree")

    def shares(self, persons, sample=None, run=True):
        """A row that counts patients; the first ten of them lose more than half."""

        def make(case):
            _, _, index = case.person or ("c", 40, 30)
            lost = 0.6 if index < 10 else 0.1
            return run_of([0.0, 1.0], y=[1.0, 1.0 - lost])

        row = self.row(
            Check(
                "x",
                Reading("observable:y", "share_halved", "a", "1 day", persons=persons),
                low=20.0,
                high=30.0,
            )
        )
        bench = self.bench(make, None, [row])
        if persons and run:
            bench.run_persons([row.checks[0].reading])
        if sample is not None:
            bench.run(row.sources(), sample, declared=False)
        return judge_row(bench, row)

    def test_a_share_of_patients_is_that_of_the_persons_of_a_cohort(self):
        judged = self.shares("c")
        self.assertEqual((judged.verdict, judged.checks[0].value.central), ("agree", 25.0))
        self.assertIn("cohort", self.shares("").why)
        self.assertEqual(self.shares("c", run=False).verdict, "not testable")

    def test_draws_are_no_patients(self):
        sample = Sample(("k",), ("1",), np.ones((8, 1)), np.full(8, 0.125))
        value = self.shares("c", sample).checks[0].value
        self.assertEqual(value.central, 25.0)
        self.assertEqual(value.draws.tolist(), [0.0] * 8)  # the middle person, as drawn

    def test_a_missing_quantity_is_not_testable_and_says_so(self):
        missing = Check("x", Reading("elastin", "value", "a", "1 day"), low=0.0, high=1.0)
        judged = self.verdict(self.row(missing))
        self.assertEqual(judged.verdict, "not testable")
        self.assertIn("elastin", judged.why)

    def test_checks_that_wait_for_a_quantity_leave_the_rest_to_be_scored(self):
        missing = Check(
            "x", Reading("elastin", "value", "a", "1 day"), low=0.0, high=1.0, if_modelled=True
        )
        judged = self.verdict(self.row(self.check(low=1.5, high=2.5), missing))
        self.assertEqual(judged.verdict, "agree")
        self.assertIn("1 of 2 checks not testable", judged.why)

    def test_a_sign_needs_more_than_the_smallest_effect(self):
        rises = self.check(measure_="relative_change", sign=1)
        for value, expected in ((1.001, "disagree"), (1.01, "agree"), (0.9, "disagree")):
            judged = self.verdict(
                self.row(rises), lambda case, value=value: run_of([0.0, 1.0], y=[1.0, value])
            )
            self.assertEqual(judged.verdict, expected, value)

    def test_an_order_compares_two_scenarios(self):
        def make(case):
            return run_of([0.0, 1.0], y=[1.0, 2.0 if case.scenario.name == "a" else 1.5])

        first = self.check(larger_than=Reading("observable:y", "value", "b", "1 day"))
        second = self.check("b", larger_than=Reading("observable:y", "value", "a", "1 day"))
        self.assertEqual(self.verdict(self.row(first), make).verdict, "agree")
        self.assertEqual(self.verdict(self.row(second), make).verdict, "disagree")

    def test_a_run_that_fails_is_a_disagreement_with_its_message(self):
        def make(case):
            raise CaseError("state not finite")

        judged = self.verdict(self.row(self.check(low=0.0, high=1.0)), make)
        self.assertEqual(judged.verdict, "disagree")
        self.assertIn("state not finite", judged.checks[0].why)

    def test_rows_set_by_construction_are_not_scored(self):
        row = self.row(self.check(low=1.5, high=2.5), status="construction", why="its own source")
        self.assertEqual(self.verdict(row).verdict, "by construction")

    def test_what_a_scenario_sets_is_not_undone_by_draws(self):
        sample = draw(
            {
                "k": Parameter("k", 1.0, "1", 0.5, 2.0, "uniform"),
                "m": Parameter("m", 1.0, "1", 0.5, 2.0, "uniform"),
            },
            2,
        )
        seen = []

        def make(case):
            seen.append(dict(case.settings))
            return run_of([0.0, 1.0], y=[1.0, 2.0])

        self.verdict(self.row(self.check(low=1.5, high=2.5)), make, sample)
        drawn = ["domain.spacing", "parameters.m", "run.tolerance"]
        self.assertEqual([sorted(one) for one in seen], [[], drawn, drawn])

    def test_a_row_with_a_second_reading_is_judged_both_ways(self):
        row = self.row(self.check(low=1.5, high=2.5), second=(self.check(low=3.0, high=4.0),))
        judged = self.verdict(row)
        self.assertEqual((judged.verdict, judged.second.verdict), ("agree", "disagree"))
        self.assertEqual(judged.both_ways.verdict, "disagree")

    def test_shares_of_the_bed_that_suit_a_row_are_found(self):
        # The bed makes 9 times as much: 1 + 8 f lies in 2 to 4 for f of 0.125 to 0.375.
        n = np.zeros(3)

        def make(case):
            return run_of(
                [0.0, AFTER, 1.0],
                fibroblasts_dermis=[1000] * 3,
                myofibroblasts=n,
                neutrophils=n,
                macrophages=n,
                open_area=[0.0, 0.5, 0.0],
                collagen1_production_dermis=[10, 10, 50],
            )

        again = Check("x", Reading("biopsy_collagen1", "log2_fold", "a", "1 day"), 1.0, 2.0)
        row = self.row(self.check(low=0.0, high=1.0), second=(again,))
        shares = bed_shares(self.bench(make, None, [row]), [row])["X1"]
        self.assertEqual((min(shares), max(shares)), (0.13, 0.37))

    def test_a_biopsy_of_a_bed_that_makes_nothing_suits_no_row_at_a_share_of_one(self):
        n = np.zeros(3)

        def make(case):
            return run_of(
                [0.0, AFTER, 1.0],
                fibroblasts_dermis=[1000] * 3,
                myofibroblasts=n,
                neutrophils=n,
                macrophages=n,
                open_area=[0.0, 0.5, 0.0],
                collagen1_production_dermis=[10, 5, 5],
            )

        again = Check("x", Reading("biopsy_collagen1", "log2_fold", "a", "1 day"), -1.0, 1.0)
        row = self.row(self.check(low=0.0, high=1.0), second=(again,))
        shares = bed_shares(self.bench(make, None, [row]), [row])["X1"]
        self.assertEqual((min(shares), max(shares)), (0.0, 0.5))

    def test_a_quantity_that_the_model_does_not_declare_needs_no_run(self):
        there, gone = Reading("observable:melanin", "value", "a", "1 day"), Reading(
            "observable:z", "value", "a", "1 day"
        )
        bench = self.bench(lambda case: run_of([0.0, 1.0], melanin=[1.0, 2.0]))
        self.assertEqual([bench.is_absent(one) for one in (there, gone)], [False, True])
        row = self.row(Check("x", gone, 0.0, 1.0), status="if_modelled", needs="z")
        self.assertEqual(sources_of(bench, [row], False), [])
        judged = judge_row(bench, row)
        self.assertEqual(
            (judged.verdict, judged.why), ("not testable", "the model has no observable 'z'")
        )

    def test_a_row_that_waits_for_a_mechanism_is_not_run_and_not_scored(self):
        row = self.row(status="waiting", needs="germs")
        judged = self.verdict(row)
        self.assertEqual(
            (judged.verdict, judged.why, judged.scored), ("waiting", "for germs", False)
        )
        self.assertEqual(row.sources(), [])

    def test_score_counts_rows_and_compares_with_no_effect(self):
        # Reading 100 % in a bracket of 80-120 % (no effect: 0, five half widths, cut at 3).
        row = self.row(self.check(measure_="relative_change", low=80.0, high=120.0))
        total = score([self.verdict(row)])
        self.assertEqual((total.all.agree, total.null), (Count(1, 1), Count(0, 1)))
        self.assertAlmostEqual(total.skill.share, 1.0)

    def test_coverage_counts_observed_values_inside_the_interval_of_draws(self):
        wide = Value(1.0, np.linspace(0.0, 2.0, 101), np.full(101, 1 / 101))
        low, high = wide.interval(0.9)
        self.assertAlmostEqual(low, 0.1, delta=0.02)
        self.assertAlmostEqual(high, 1.9, delta=0.02)

    def test_a_sample_with_switches_is_read_as_it_was_written(self):
        sample = Sample(
            ("k",),
            ("d-1",),
            np.array([[0.5], [0.25]]),
            np.array([0.75, 0.25]),
            "",
            {"low_dose": ("cooperative", "proportional")},
        )
        path = self.folder / "sample.csv"
        write_sample(sample, path, "a note")
        found = read_sample(path)
        self.assertEqual(
            found.settings(1), {"parameters.k": "0.25 d-1", "parameters.low_dose": "proportional"}
        )
        self.assertEqual(found.head(1).settings(0)["parameters.low_dose"], "cooperative")
        path.write_text("draw,weight,k [d-1]\n0,1,much\n")
        with self.assertRaisesRegex(ParameterError, "every line needs all columns"):
            read_sample(path)
        for text, fault in (
            ("draw,weight,k [d-1],k [d-1]\n0,1,2,3\n", "k has two columns"),
            ("draw,weight,k [d-1]\n0,1,nan\n", "numbers are finite"),
            ("draw,weight,k [d-1]\n0,-1,2\n1,3,2\n", "weights 0 or more"),
            ("draw,weight,k [d-1]\n0,0,2\n", "not all of them 0"),
        ):
            path.write_text(text)
            with self.assertRaisesRegex(ParameterError, fault):
                read_sample(path)

    def test_rows_are_counted_draw_by_draw(self):
        # y = 3m: 2.4 to 3.6 for m of 0.8 to 1.2, and the bracket holds up to 3.
        sample = draw({"m": Parameter("m", 1.0, "1", 0.8, 1.2, "uniform")}, 10)

        def make(case):
            m = float(dict(case.settings).get("parameters.m", 1.0))
            return run_of([0.0, 1.0], y=[1.0, 3.0 * m])

        row = self.row(self.check(low=2.0, high=3.0))
        judged = judge_row(self.bench(make, sample, [row]), row)
        expected = sample.values[:, 0] <= 1.0
        np.testing.assert_array_equal(agreement_of_draws([judged]), expected.astype(int))
        self.assertAlmostEqual(share_held(judged.checks[0]), expected.mean())
        self.assertEqual(len(agreement_of_draws([self.verdict(row)])), 0)

    def test_the_error_of_a_resolution_is_the_distance_from_the_fine_run(self):
        row = self.row(self.check(low=2.0, high=3.05))
        error = {"20 um": 0.0, None: 0.1, "60 um": -0.2}

        def make(case):
            return run_of(
                [0.0, 1.0], y=[1.0, 3.0 + error[dict(case.settings).get("domain.spacing")]]
            )

        bench = self.bench(make, None, [row])
        bench.measure_resolution(row.sources())
        judged = judge_row(bench, row)
        self.assertAlmostEqual(judged.checks[0].value.central_error, 0.1)
        self.assertAlmostEqual(judged.checks[0].value.error, -0.2)
        self.assertEqual(changed_by_resolution([judged]), (["X1 x"], [], 1))

    def test_an_interval_of_a_share_is_clopper_and_pearsons(self):
        # 34 of 36: 81.3 to 99.3 %, as row K01 quotes it; 15 of 15: from 0.025^(1/15) on.
        low, high = Count(34, 36).interval()
        self.assertEqual((round(100 * low, 1), round(100 * high, 1)), (81.3, 99.3))
        low, high = Count(15, 15).interval()
        self.assertAlmostEqual(low, 0.025 ** (1 / 15))
        self.assertEqual(high, 1.0)
        self.assertTrue(math.isnan(Count(0, 0).interval()[0]))

    def test_rows_that_never_shaped_the_model_are_counted_apart(self):
        good, bad = self.check(low=1.5, high=2.5), self.check(low=3.0, high=4.0)
        rise = self.check(measure_="relative_change", sign=1)
        total = score(
            [
                self.verdict(self.row(good)),
                self.verdict(self.row(rise)),
                self.verdict(self.row(bad, built_with=False)),
            ]
        )
        self.assertEqual(total.built_with.agree, Count(2, 2))
        self.assertEqual(
            (total.built_with.two_sided, total.built_with.one_sided), (Count(1, 1), Count(1, 1))
        )
        self.assertEqual(total.unseen.agree, Count(0, 1))
        self.assertEqual(total.unseen.one_sided, Count(0, 0))

    def test_a_bracket_that_ends_where_readings_end_is_one_sided(self):
        self.assertFalse(Check("x", Reading("a", "b"), low=0.0, high=0.1).two_sided)
        self.assertFalse(Check("x", Reading("a", "share_improved"), low=80.0, high=100.0).two_sided)
        self.assertTrue(Check("x", Reading("a", "share_halved"), low=20.0, high=70.0).two_sided)
        self.assertFalse(Check("x", Reading("a", "b"), high=2.0).two_sided)

    def test_an_interval_holds_a_value_with_the_error_of_its_sampling(self):
        value = Value(0.0, np.linspace(-1.0, 1.0, 201), np.full(201, 1 / 201))
        self.assertTrue(covers(value, 0.85, None, 0.9))
        self.assertFalse(covers(value, 0.95, None, 0.9))
        self.assertFalse(covers(value, 0.85, None, 0.5))
        self.assertFalse(covers(value, 2.0, 0.1, 0.9))
        self.assertTrue(covers(value, 2.0, 2.0, 0.9))
        # One draw: the interval is that of the observation's own error, 1.645 of it.
        one = Value(0.0, np.zeros(2), np.full(2, 0.5))
        self.assertTrue(covers(one, 1.64, 1.0, 0.9))
        self.assertFalse(covers(one, 1.65, 1.0, 0.9))

    def test_the_score_of_an_interval_is_its_width_and_twenty_times_the_miss(self):
        self.assertAlmostEqual(interval_score(1.0, 3.0, 2.0), 2.0)
        self.assertAlmostEqual(interval_score(1.0, 3.0, 3.5), 2.0 + 20 * 0.5)
        self.assertAlmostEqual(interval_score(1.0, 3.0, 0.5, level=0.5), 2.0 + 4 * 0.5)

    def test_a_line_in_area_fraction_and_depth_predicts_a_row_from_the_others(self):
        doses = np.array([[0.01, 0.2], [0.02, 0.5], [0.05, 0.3], [0.03, 1.0], [0.04, 0.8]])
        values = 5.0 + 200.0 * doses[:, 0] + 10.0 * doses[:, 1]
        self.assertAlmostEqual(line_in_dose(values, doses, np.array([0.1, 0.6])), 31.0)

        def row(name, dose, observed):
            check = Check(
                "x",
                Reading("a", "relative_change"),
                observed - 10,
                observed + 10,
                observed=Observed(observed),
            )
            return RowVerdict(
                Row(name, "4", "testable", (check,)),
                "agree",
                (CheckVerdict(check, True, Value(observed), "", tuple(dose)),),
            )

        rows = [row(f"R{k}", dose, value) for k, (dose, value) in enumerate(zip(doses, values))]
        rows.append(row("R9", (0.1, 0.6), 99.0))
        found = predictions_from_dose(rows)
        self.assertAlmostEqual(found[id(rows[-1].checks[0])], 31.0)
        few = predictions_from_dose(rows[:3])
        self.assertAlmostEqual(few[id(rows[0].checks[0])], values[1:3].mean())

    def test_open_brackets_are_strict(self):
        below = Check("x", Reading("a", "b"), high=2.0, strict=True)
        self.assertTrue(holds(below, 1.99))
        self.assertFalse(holds(below, 2.0))
        self.assertFalse(holds(below, math.nan))


class Resolution(JudgeTest):
    """Errors of grid and time of readings."""

    def judged(self, low, high, coarse, usual, sample=None, **more):
        row = self.row(self.check(low=low, high=high, **more))
        reading = {"20 um": 3.0, None: usual, "60 um": coarse}

        def make(case):
            return run_of([0.0, 1.0], y=[1.0, reading[dict(case.settings).get("domain.spacing")]])

        bench = self.bench(make, sample, [row])
        bench.measure_resolution(row.sources())
        return judge_row(bench, row)

    def test_an_error_is_measured_by_the_width_of_the_bracket(self):
        (error,) = grid_errors([self.judged(2.0, 4.0, 3.3, 3.1)])
        self.assertAlmostEqual(error.drawn_share, 0.15)
        self.assertAlmostEqual(error.usual_share, 0.05)
        self.assertTrue(error.small)
        (error,) = grid_errors([self.judged(2.0, 4.0, 3.5, 3.1)])
        self.assertFalse(error.small)

    def test_of_an_open_bracket_by_the_distance_from_its_end(self):
        (error,) = grid_errors([self.judged(-math.inf, 5.0, 3.3, 3.1)])
        self.assertAlmostEqual(error.drawn_share, 0.15)

    def test_an_error_above_a_fifth_enters_the_interval(self):
        sample = draw({"m": Parameter("m", 1.0, "1", 0.5, 2.0, "uniform")}, 3)
        small, large = (
            self.judged(2.0, 4.0, coarse, 3.0, sample).checks[0].value.interval()
            for coarse in (3.3, 3.5)
        )
        self.assertAlmostEqual(small[1] - small[0], 0.0)
        self.assertAlmostEqual(large[1] - large[0], 1.0)


class Rungs(JudgeTest):
    """What the mechanisms must do."""

    def rung(self, low, pinned):
        return self.verdict(
            self.row(
                self.check(
                    low=low, high=9.0, pinned=pinned, missed="" if pinned else "no such mechanism"
                )
            )
        )

    def test_a_missed_rung_is_listed_with_its_reason_and_fails_nothing(self):
        missed = [self.rung(5.0, False)]
        self.assertEqual((lost_rungs(missed), new_rungs(missed)), ([], []))
        self.assertIn("missed: no such mechanism", "\n".join(rung_lines(missed)))

    def test_a_rung_that_held_is_not_lost_in_silence(self):
        self.assertEqual(lost_rungs([self.rung(5.0, True)]), ["X1 x"])
        self.assertIn("LOST", "\n".join(rung_lines([self.rung(5.0, True)])))
        self.assertEqual(lost_rungs([self.rung(1.5, True)]), [])

    def test_a_rung_that_holds_for_the_first_time_is_to_be_pinned(self):
        self.assertEqual(new_rungs([self.rung(1.5, False)]), ["X1 x"])

    def test_every_shipped_rung_is_pinned_or_says_why_it_is_missed(self):
        for row in rungs(VALIDATION / "rungs.toml"):
            for scenario, _ in row.sources():
                self.assertTrue((ROOT / "scenarios" / "validation" / f"{scenario}.toml").is_file())
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rungs.toml"
            path.write_text(
                '[L1]\ntitle = "t"\n[[L1.check]]\nlabel = "x"\nassay = "evidence"\n'
                'measure = "k"\nabove = 0.5\n'
            )
            with self.assertRaisesRegex(RowError, "either held, and is pinned"):
                rungs(path)

    def test_evidence_is_what_a_source_other_than_the_rows_gives(self):
        bench = MadeUpBench(
            Runner(None),
            self.folder,
            self.folder,
            {
                "k": Parameter("k", 1.0, "1", evidence="abstract"),
                "m": Parameter("m", 1.0, "1", evidence="fitted"),
            },
        )
        self.assertEqual([bench.one(Reading("evidence", name), -1) for name in "km"], [1.0, 0.0])


class Tables(unittest.TestCase):
    def table(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False) as file:
            file.write(text)
        self.addCleanup(os.unlink, file.name)
        return table_rows(Path(file.name))

    def test_a_mean_is_widened_by_its_error_and_a_fifth(self):
        self.assertEqual(bracket_of_mean(10.0, 4.0, 16.0), (6.0, 14.0))
        rows = self.table("id,scenario,assay,at,value,sd,n\nq,punch_4mm,melanin,1 day,10,4,16\n")
        self.assertEqual((rows[0].checks[0].low, rows[0].checks[0].high), (6.0, 14.0))
        self.assertEqual(rows[0].checks[0].observed, Observed(10.0, 1.0))

    def test_lines_of_one_id_are_checks_of_one_row(self):
        rows = self.table("id,assay,low,high,sign\nq,melanin,1,2,\nq,melanin,,,1\n")
        self.assertEqual([len(row.checks) for row in rows], [2])

    def test_faults_name_file_line_and_way_out(self):
        for text, expected in (
            ("id,assai\nq,x\n", "unknown: assai"),
            ("id,assay,low\nq,melanin,one\n", "low = 'one' is not a number"),
            ("id,assay,low\nq,,1\n", "names no assay"),
            ("id,assay\nq,melanin\n", "counts as agreement"),
        ):
            with self.assertRaisesRegex(RowError, expected):
                self.table(text)


class Samples(unittest.TestCase):
    def test_the_models_parameters_are_read_with_ranges_in_the_unit_of_the_value(self):
        parameters = read_parameters(MODELS / "microneedling.toml")
        declared = {}
        model = tomllib.loads((MODELS / "microneedling.toml").read_text())["model"]
        for name in model["include"]:
            declared.update(tomllib.loads((MODELS / name).read_text()).get("parameter", {}))
        self.assertEqual(set(parameters), set(declared))
        for parameter in parameters.values():
            if parameter.ranged:
                self.assertLessEqual(parameter.low, parameter.value * (1 + 1e-12), parameter.name)
                self.assertGreaterEqual(
                    parameter.high, parameter.value * (1 - 1e-12), parameter.name
                )
        self.assertEqual(quantity("0.3 mm2 d-1"), (0.3, "mm2 d-1"))

    def test_draws_fill_each_declared_range_evenly(self):
        found = draw({"k": Parameter("k", 1.0, "d-1", 0.1, 10.0, "loguniform")}, 8)
        cells = np.floor(8 * (np.log10(found.values[:, 0]) + 1) / 2).astype(int)
        self.assertEqual(sorted(cells), list(range(8)))
        self.assertEqual(found.settings(0)["parameters.k"].split()[1], "d-1")

    def test_a_sample_survives_being_written(self):
        found = draw(
            {
                "k": Parameter("k", 1.0, "d-1", 0.1, 10.0, "loguniform"),
                "c": Parameter("c", 1.0, "1", 0.5, 2.0, "uniform"),
            },
            4,
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "s.csv"
            write_sample(found, path)
            again = read_sample(path)
        self.assertEqual((again.names, again.units), (found.names, found.units))
        np.testing.assert_allclose(again.values, found.values, rtol=1e-5)
        np.testing.assert_allclose(again.weights.sum(), 1.0)

    def test_a_parameter_without_range_cannot_be_drawn(self):
        with self.assertRaises(ParameterError):
            draw({"k": Parameter("k", 1.0, "1")}, 2, names=["k"])


if __name__ == "__main__":
    unittest.main()
