"""Germs: kill of an antiseptic, what a session carries in, and the chance that lines outlast it."""

import math
import unittest

import neocol
import numpy as np


class Germs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from neocol.parameters import models_folder

        path = models_folder().parent / "scenarios" / "claims" / "antisepsis.toml"
        cls.course = neocol.load(path).set({"domain.geometry": "column"})
        cls.results = {}

    def run_with(self, settings=(), until="22 day"):
        key = (tuple(settings), until)
        if key not in self.results:
            self.results[key] = self.course.set({"run.until": until} | dict(settings)).run()
        return self.results[key]

    def outcome(self, name, *settings, until="22 day"):
        return float(self.run_with(settings, until).outcomes.loc[name, "value"])

    NONE = ("treatment.antiseptic", "none")
    LOST = ("parameters.defence", 0)

    def test_the_antiseptic_leaves_what_its_law_says(self):
        on_skin = self.run_with().observables["germs_on_skin"].values
        left = 10.0 ** (-1.8 * (1.0 - math.exp(-2.0 / 0.5)))
        self.assertAlmostEqual(on_skin.min() / on_skin[0], left, delta=0.01 * left)

    def test_germs_come_back_and_a_residue_holds_them_down(self):
        alcohol = self.run_with().observables["germs_on_skin"]
        held = self.run_with([("treatment.antiseptic", "chlorhexidine")])
        held = held.observables["germs_on_skin"]
        self.assertAlmostEqual(float(alcohol[-1] / alcohol[0]), 1.0, places=3)
        after = np.argmin(np.abs(alcohol.time.values - 4.0))
        self.assertLess(float(held[after]), 0.5 * float(alcohol[after]))

    def test_untouched_skin_keeps_its_flora_to_the_last_bit(self):
        result = self.run_with([self.NONE, ("regimen.sessions", 0)])
        on_skin = result.observables["germs_on_skin"].values
        self.assertEqual(on_skin.min(), on_skin.max())
        self.assertEqual(result.observables["germ_lines"].values.max(), 0.0)

    def test_nothing_is_carried_in_by_clean_needles_through_clean_skin(self):
        self.assertEqual(
            self.outcome("germs_carried_in", self.NONE, ("parameters.pushed_in", 0)), 0
        )

    def test_without_any_defence_every_line_lives(self):
        carried = self.outcome("germs_carried_in", self.NONE, self.LOST)
        self.assertAlmostEqual(self.outcome("germ_lines_end", self.NONE, self.LOST), carried, 9)

    def test_a_line_lives_as_the_birth_death_process_says(self):
        # Constant rates: no cells of a wound. P(alive at t) of a line of one germ, Kendall 1948.
        growth, killing, days = 3.5, 0.6 * 1.3 * 3.5, 10.0
        rest = [
            self.NONE,
            ("parameters.defence", 0.6),
            ("parameters.kill_neutrophil", "0 mm3 cell-1 d-1"),
            ("parameters.kill_macrophage", "0 mm3 cell-1 d-1"),
            ("run.tolerance", 1e-6),
        ]
        carried = self.outcome("germs_carried_in", *rest, until="11 day")
        alive = self.outcome("germ_lines_end", *rest, until="11 day") / carried
        decay = math.exp(-(growth - killing) * days)
        exact = (growth - killing) / (growth - killing * decay)
        self.assertAlmostEqual(alive, exact, delta=2e-4)

    def test_more_defence_means_fewer_infections_and_more_needle_germs_more(self):
        risks = [
            self.outcome("germ_lines_end", self.NONE, ("parameters.defence", share))
            for share in (0.3, 0.6, 1.0)
        ]
        self.assertEqual(sorted(risks, reverse=True), risks)
        dirty = [
            self.outcome("germs_carried_in", ("treatment.germs_on_needle", number))
            for number in (0, 1, 1000)
        ]
        self.assertEqual(sorted(dirty), dirty)

    def test_an_absurd_load_stays_within_its_bounds(self):
        result = self.run_with([("treatment.germs_on_needle", 10000), self.LOST])
        self.assertEqual(result.status, "complete")
        risk = result.observables["infection_risk_index"].values
        self.assertTrue((risk >= 0.0).all() and (risk <= 1.0).all())

    def test_healthy_tissue_clears_what_flora_brings(self):
        self.assertLess(self.outcome("infection_risk_end_index", self.NONE), 1e-3)


if __name__ == "__main__":
    unittest.main()
