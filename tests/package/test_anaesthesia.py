"""Numbing cream and pain: limits, and what their laws say."""

import unittest

import neocol
from neocol.parameters import models_folder

NONE = {"treatment.anaesthetic": "none"}


class Anaesthesia(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        path = models_folder().parent / "scenarios" / "claims" / "numbing_cream.toml"
        cls.course = neocol.load(path)

    def result(self, settings=None):
        return self.course.set(settings or {}).run()

    def outcome(self, name, settings=None):
        return float(self.result(settings).outcomes.loc[name, "value"])

    def test_no_cream_numbs_nothing_and_no_session_hurts_nobody(self):
        bare = self.result(NONE)
        for name in ("numb_depth", "anaesthetic_serum"):
            self.assertEqual(bare.observables[name].values.max(), 0.0)
        self.assertEqual(self.outcome("pain_index", NONE | {"regimen.sessions": 0}), 0.0)

    def test_pain_without_cream_is_the_law(self):
        session = self.result(NONE).sessions
        depth = float(session["channel_depth"][0])
        felt = 2.0 * 20.0**0.32 * depth**1.77
        exact = 10.0 * (1.0 - 2.718281828459045 ** (-felt / 10.0))
        self.assertAlmostEqual(self.outcome("pain_index", NONE), exact, delta=1e-6)

    def test_signs_with_dose(self):
        def pains(key, values, settings=None):
            return [self.outcome("pain_index", (settings or {}) | {key: one}) for one in values]

        lengths = pains("device.needle_length", ("0.5 mm", "1 mm", "2 mm"), NONE)
        self.assertEqual(lengths, sorted(lengths))
        times = pains("treatment.anaesthetic_time", ("5 min", "30 min", "2 h"))
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertLess(times[0], self.outcome("pain_index", NONE))

    def test_absurd_doses_saturate(self):
        self.assertLessEqual(
            self.outcome("pain_index", NONE | {"treatment.needles_at_once": 1e6}), 10.0
        )
        deep = self.outcome("numb_depth_peak", {"parameters.numb_half": 1e-9})
        self.assertAlmostEqual(deep, 1.3, delta=0.01)  # the cheek's epidermis and dermis

    def test_open_channels_let_more_in(self):
        twice = {"regimen.sessions": 2, "regimen.spacing": "70 min"}
        one = self.outcome("anaesthetic_serum_peak")
        first = self.outcome("anaesthetic_serum_peak", twice | {"parameters.tau_barrier": "1000 h"})
        shut = self.outcome("anaesthetic_serum_peak", twice | {"parameters.tau_barrier": "0.001 h"})
        self.assertGreater(shut, one)  # two hours of cream
        self.assertGreater(first, shut)

    def test_serum_keeps_what_blood_took(self):
        keep = {"parameters.serum_loss": "1e-6 d-1", "run.until": "4 day"}
        once = self.outcome("anaesthetic_serum_peak", keep)
        half = self.outcome("anaesthetic_serum_peak", keep | {"parameters.serum_volume": "180 L"})
        self.assertAlmostEqual(once / half, 2.0, places=4)

    def test_a_course_that_leaves_no_time_for_the_cream_is_refused(self):
        with self.assertRaisesRegex(neocol.InputError, "regimen.start"):
            self.course.set({"regimen.start": "10 min"}).run()


if __name__ == "__main__":
    unittest.main()
