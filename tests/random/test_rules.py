#!/usr/bin/python3
"""The judge of random scenarios: what it lets pass, and what it must not."""

import copy
import os
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from drawing import BEYOND, FIRST_CHANNEL, Drawer, Scenario  # noqa: E402
from judging import Ending, distance, faults  # noqa: E402
from random_scenarios import SOURCES, Trial  # noqa: E402
from vocabulary import Model, Program  # noqa: E402

PROGRAM = os.environ.get("NEOCOL", str(SOURCES / "build/release/neocol"))

MODEL = Model(
    "m",
    "m",
    {
        "species": [
            {"name": "u", "unit": "ng/mL", "scale": 2.0, "location": "volume", "layers": ["t"]},
            {
                "name": "v",
                "unit": "1",
                "scale": 1.0,
                "location": "volume",
                "layers": ["t"],
                "signed": True,
            },
        ],
        "bounds": [{"name": "level", "at_most": 5.0}],
        "observables": [{"name": "mean_u", "value": "u", "unit": "ng/mL", "taken_as": "mean, t"}],
        "outcomes": [
            {"name": "top", "of": "mean_u", "measure": "peak", "unit": "ng/mL"},
            {"name": "when", "of": "mean_u", "measure": "time_of_peak", "unit": "d"},
        ],
        "parameters": [],
        "switches": [],
        "layers": ["t"],
    },
)
SCENARIO = Scenario(1, "m", "column", "base", False, {"run.tolerance": "1e-3"})
COMPLETE = Ending(
    "complete",
    "",
    np.array([0.0, 1.0, 1.0, 2.0]),
    np.array([0.0, 0.0, 1.0, 0.0]),
    {"mean_u": np.array([0.0, 1.0, 4.0, 2.0])},
    {
        "reason": "",
        "reached": 2.0,
        "steps": 9,
        "seconds": 0.1,
        "lowest": {"u": 0.0, "v": -3.0},
        "residual": {"u": 1e-13, "v": 0.0},
        "bounds": {"level": [0.0, 4.0, True]},
        "outcomes": {"top": 4.0, "when": 1.0},
    },
)


def changed(**what) -> Ending:
    """The complete ending with something else in place."""
    ending = copy.deepcopy(COMPLETE)
    for key, value in what.items():
        if key in ending.details:
            ending.details[key].update(value)
        else:
            setattr(ending, key, value)
    return ending


class Judged(unittest.TestCase):
    def wrong(self, ending, scenario=SCENARIO):
        return "\n".join(faults(MODEL, scenario, ending))

    def test_what_keeps_every_promise_passes(self):
        self.assertEqual(self.wrong(COMPLETE), "")
        self.assertEqual(self.wrong(changed(lowest={"u": -1.9e-5})), "")

    def test_a_complete_ending_that_breaks_a_promise_does_not(self):
        for what, name in (
            ({"lowest": {"u": -2.1e-5}}, "'u'"),
            ({"lowest": {"u": None}}, "'u'"),
            ({"residual": {"v": 2e-8}}, "'v'"),
            ({"residual": {"v": None}}, "'v'"),
            ({"bounds": {"level": [0.0, 5.1, False]}}, "'level'"),
            ({"bounds": {"level": [None, None, False]}}, "'level'"),
            ({"outcomes": {"top": None}}, "'top'"),
            ({"observables": {"mean_u": np.array([0.0, np.nan, 1.0, 1.0])}}, "'mean_u'"),
            ({"observables": {"mean_u": np.array([0.0, -1.0, 1.0, 1.0])}}, "'mean_u'"),
            ({"observables": {}}, "not all observables"),
            ({"times": np.array([0.0, 1.0, 1.0, 1.5])}, "reached 2.0"),
            ({"after_jump": np.zeros(4)}, "times do not rise"),
        ):
            with self.subTest(what=what):
                self.assertIn(name, self.wrong(changed(**what)))

    def test_a_doubtful_ending_breaks_a_promise_and_names_it(self):
        low = changed(status="doubtful", message="'u' fell to -1 ng/mL", lowest={"u": -1.0})
        self.assertEqual(self.wrong(low), "")
        low.message = "something is odd"
        self.assertIn("says nothing of use", self.wrong(low))
        self.assertIn("breaks nothing", self.wrong(changed(status="doubtful", message="'u' fell")))

    def test_a_failure_says_what_and_when(self):
        self.assertEqual(self.wrong(Ending("failed", "t = 2 d: 'u' is not finite")), "")
        self.assertIn("when", self.wrong(Ending("failed", "'u' is not finite")))
        self.assertIn("nothing to act on", self.wrong(Ending("failed", "t = 2 d: no luck")))
        self.assertIn("without a word", self.wrong(Ending("failed", "")))

    def test_signals_hangs_and_defects_never_pass(self):
        for status, message in (
            ("ended by SIGSEGV", ""),
            ("hangs", ""),
            ("ended all cases with exit code 1", "defect in neocol: u"),
            ("failed", "t = 1 d: defect in neocol: u"),
            ("invalid", "std::bad_alloc in u"),
        ):
            with self.subTest(status=status):
                self.assertNotEqual(self.wrong(Ending(status, message)), "")

    def test_out_of_time_is_for_what_is_beyond_the_ranges(self):
        late = Ending("timed_out", "the time limit of 5 s a case passed")
        self.assertIn("too long", self.wrong(late))
        beyond = Scenario(1, "m", "column", "base", True, SCENARIO.settings)
        self.assertEqual(self.wrong(late, beyond), "")

    def test_distances_are_in_tolerances_of_the_scale_at_common_records(self):
        other = changed(
            times=np.array([0.0, 1.0, 1.0, 1.7, 2.0]),
            after_jump=np.array([0.0, 0.0, 1.0, 0.0, 0.0]),
            observables={"mean_u": np.array([0, 1.0, 4.0, 9.0, 2.09])},
        )
        apart = distance(MODEL, SCENARIO, COMPLETE, other)
        self.assertAlmostEqual(apart.worst, 0.09 / (1e-3 * 9.0))
        self.assertEqual((apart.of, apart.day), ("mean_u", 2.0))
        other = changed(outcomes={"top": 4.2})
        self.assertEqual(distance(MODEL, SCENARIO, COMPLETE, other).of, "outcome top")

    def test_a_sum_of_species_has_their_scale(self):
        model = copy.deepcopy(MODEL)
        model.observables["mean_u"] = {**model.observables["mean_u"], "value": "all_u"}
        model.told["functions"] = [{"name": "all_u", "arguments": [], "value": "u + 2*u"}]
        small = {"mean_u": np.array([0.0, 1e-9, 2e-9, 1e-9])}
        other = {"mean_u": np.array([0.0, 1e-9, 2e-9, 2e-9])}
        apart = distance(model, SCENARIO, changed(observables=small), changed(observables=other))
        self.assertAlmostEqual(apart.worst, 1e-9 / (1e-3 * 2.0))

    def test_of_a_trace_no_share_is_promised(self):
        share = {"value": "fraction(a, b)", "unit": "1", "taken_as": "mean, t"}
        model = copy.deepcopy(MODEL)
        model.observables |= {name: share for name in ("collagen3_share", "collagen_papillary")}

        def run(amount: float, value: float) -> Ending:
            return changed(
                observables={
                    "mean_u": COMPLETE.observables["mean_u"],
                    "collagen_papillary": np.array([1.0, 1.0, amount, 1.0]),
                    "collagen3_share": np.array([0.2, 0.2, value, 0.2]),
                }
            )

        for amount, worst in ((1e-6, 0.0), (0.5, 0.3 / (1e-3 * 0.5))):
            apart = distance(model, SCENARIO, run(amount, 0.2), run(amount, 0.5))
            self.assertAlmostEqual(apart.worst, worst)


class Drawn(unittest.TestCase):
    """Against the program's own models."""

    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory()
        cls.folder = Path(cls._folder.name)
        cls.drawer = Drawer(Program(PROGRAM, SOURCES), cls.folder)
        cls.scenarios = [cls.drawer.draw(seed) for seed in range(400)]

    @classmethod
    def tearDownClass(cls):
        cls._folder.cleanup()

    def test_a_seed_always_gives_the_same_scenario(self):
        again = Drawer(Program(PROGRAM, SOURCES), self.folder)
        self.assertEqual(
            [again.draw(seed) for seed in (7, 3)], [self.scenarios[7], self.scenarios[3]]
        )
        self.assertEqual(again.draw(FIRST_CHANNEL).geometry, "single_channel")

    def test_all_models_sites_devices_and_a_share_beyond_the_ranges_are_drawn(self):
        program = self.drawer.program
        for name in program.models:
            self.assertTrue(any(s.model == name for s in self.scenarios), name)
            self.assertTrue(any(s.model == f"{name}_events" for s in self.scenarios), name)
        said = [{*s.settings.values()} for s in self.scenarios]
        for one in (*program.sites, *program.devices):
            self.assertTrue(any(one.name in values for values in said), one.name)
        share = sum(s.is_beyond for s in self.scenarios) / len(self.scenarios)
        self.assertAlmostEqual(share, BEYOND, delta=0.1)

    def test_parameters_within_the_ranges_are_within_the_declared_ones(self):
        n = 0
        for scenario in self.scenarios:
            if scenario.is_beyond:
                continue
            for p in self.drawer.models[scenario.model].parameters:
                value = scenario.settings.get(f"parameters.{p.name}")
                if value is not None and p.low is not None and p.high is not None:
                    n += 1
                    size = float(value.split()[0])
                    slack = 1e-8 * max(abs(p.low), abs(p.high))
                    self.assertTrue(p.low - slack <= size <= p.high + slack, value)
        self.assertGreater(n, 1000)


class Noticed(unittest.TestCase):
    """A scenario that is far beyond its ranges and breaks a bound is judged as the program does."""

    def test_a_broken_bound_is_doubtful_and_a_tight_time_limit_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(PROGRAM, Path(folder), 1, 60.0)
            model = trial.drawer.model("microneedling", False)
            base = trial.drawer.base(model, "column", 0)
            settings = {
                "skin.site": "cheek",
                "run.tolerance": "1e-2",
                "run.until": "35 day",
                "domain.spacing": "60 um",
                "device.name": "roller_192",
                "device.needle_length": "1.5 mm",
                "regimen.sessions": "1",
                "regimen.puncture_density": "250 cm-2",
                "parameters.d_1": "2 d-1",
            }
            scenario = Scenario(5, "microneedling", "column", base, True, settings)
            trial.drawn[5] = scenario
            trial.run([scenario], {5})
            self.assertEqual(trial.kept[5].status, "doubtful")
            self.assertEqual(trial.verdicts.wrong, {})
            self.assertGreater(trial.kept[5].details["bounds"]["synthesis_per_cell"][1], 250.0)


if __name__ == "__main__":
    unittest.main()
