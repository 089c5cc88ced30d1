"""Lines, scars, pores, stretch marks, cellulite and ageing: limits of their laws."""

import functools
import math
import unittest
from pathlib import Path

import neocol
import numpy as np
import tomllib

SOURCES = Path(__file__).parents[2]
CLAIMS = SOURCES / "scenarios" / "claims"
LISTS = SOURCES / "models" / "indications" / "claims"
KNOCKED_OUT = {f"parameters.{name}": 0 for name in ("a_1", "a_3", "a_3T", "kept_active")}
NO_EPIDERMIS = {f"parameters.{name}": 0 for name in ("a_e_C", "a_e_F", "a_e_I")}
UNTREATED = {"regimen.sessions": 0}


@functools.cache
def _run(name, settings):
    coarse = {"domain.spacing": "60 um", "run.tolerance": 3e-3}
    scenario = neocol.load(str(CLAIMS / f"{name}.toml")).set(coarse | dict(settings))
    return scenario.run(threads=1, interpreter=True)


def run(name, settings=None, **parameters):
    """A run of a claim's scenario on a coarse grid."""
    settings = dict(settings or {})
    settings |= {f"parameters.{key}": value for key, value in parameters.items()}
    return _run(name, tuple(sorted(settings.items())))


def course(result, name):
    return result.observables[name].values


def last(result, name):
    return float(course(result, name)[-1])


class Rest(unittest.TestCase):
    def test_untreated_skin_stays_as_it_is_to_the_last_bit(self):
        for name in ("fine_lines", "acne_scar", "cellulite"):
            result = run(name, UNTREATED)
            for key in result.observables.data_vars:
                values = course(result, key)
                self.assertTrue((values == values[0]).all(), f"{name}: {key}")

    def test_untreated_relief_is_what_was_brought(self):
        result = run("fine_lines", UNTREATED)
        self.assertEqual(last(result, "fine_line"), 40.0)
        self.assertEqual(last(result, "wrinkle"), 200.0)
        self.assertAlmostEqual(last(result, "moving_fine_line"), 40.0, places=9)
        self.assertAlmostEqual(last(result, "moving_fold"), 2.0, places=9)
        self.assertEqual(last(run("acne_scar", UNTREATED), "scar_severity"), 100.0)


class Stiffness(unittest.TestCase):
    def test_the_strain_held_open_is_that_of_the_exponential_law(self):
        result = run("fine_lines", UNTREATED)
        stress = 0.7 * 50.0  # tension of photoaged skin times the stress at tension 1, kPa
        strain = math.log(1 + 10 * stress / last(result, "slack_modulus")) / 10
        self.assertAlmostEqual(last(result, "held_open"), strain, places=9)

    def test_without_fibres_dermis_is_as_soft_as_its_ground(self):
        result = run("fine_lines", UNTREATED, E_elastic="0 kPa", E_collagen="0 kPa")
        self.assertAlmostEqual(last(result, "slack_modulus"), 5.0, places=9)

    def test_collagen_makes_skin_firmer(self):
        treated = last(run("fine_lines"), "stiffness")
        without = last(run("fine_lines", KNOCKED_OUT), "stiffness")
        self.assertGreater(treated, 1.05)
        self.assertLess(without - 1, 0.35 * (treated - 1))


class Lines(unittest.TestCase):
    def test_threshold_and_spacing_are_those_of_a_film_on_its_ground(self):
        soft = run("fine_lines", UNTREATED, E_elastic="0 kPa", E_collagen="0 kPa")
        ratio = 3 * 5.0 / 1000.0  # ground of 5 kPa under a film of 1 MPa, 80 um thick
        self.assertAlmostEqual(last(soft, "line_threshold"), ratio ** (2 / 3) / 4, places=9)
        spacing = 2 * math.pi * 0.08 * ratio ** (-1 / 3)
        self.assertAlmostEqual(last(soft, "line_spacing"), spacing, places=9)

    def test_shallow_lines_fade_more_than_deep_ones(self):
        result = run("fine_lines")
        fine, deep = last(result, "fine_line") / 40, last(result, "wrinkle") / 200
        self.assertLess(fine, 0.95)
        self.assertLess(fine, deep)
        self.assertLess(deep, 1)

    def test_a_line_at_rest_follows_the_moving_one(self):
        result = run("fine_lines")
        lag = course(result, "fine_line") - course(result, "moving_fine_line")
        self.assertGreater(lag.min(), -0.2)  # a session takes a little epidermis
        self.assertGreater(lag.max(), 10)

    def test_more_sessions_do_more_and_an_absurd_dose_stays_in_bounds(self):
        one = last(run("fine_lines", {"regimen.sessions": 1}), "fine_line")
        four = last(run("fine_lines"), "fine_line")
        absurd = run("fine_lines", {"regimen.puncture_density": "2000 cm-2"})
        self.assertLess(four, one)
        self.assertTrue(0 <= last(absurd, "fine_line") <= 40)
        self.assertTrue(np.isfinite(course(absurd, "moving_fine_line")).all())

    def test_without_gain_of_collagen_and_epidermis_little_is_left(self):
        settings = KNOCKED_OUT | NO_EPIDERMIS
        change = 1 - last(run("fine_lines", settings), "fine_line") / 40
        whole = 1 - last(run("fine_lines"), "fine_line") / 40
        self.assertLess(change, 0.15 * whole)

    def test_relief_of_the_horny_layer_does_not_feel_the_dermis(self):
        self.assertAlmostEqual(last(run("fine_lines"), "relief"), 20.0, places=9)


class Tethers(unittest.TestCase):
    def test_needles_that_stop_above_the_strands_cut_none(self):
        for name in ("rolling_scar", "cellulite"):
            self.assertEqual(last(run(name, {"device.needle_length": "1 mm"}), "strand"), 1.0)

    def test_cut_strands_go_with_the_share_that_a_needle_severs(self):
        deep = {"device.needle_length": "3 mm", "regimen.sessions": 1}
        lost = [
            1 - last(run("rolling_scar", deep, severs=share, k_rejoin="0 d-1"), "strand")
            for share in (0.3, 0.6)
        ]
        self.assertGreater(lost[0], 0)
        self.assertAlmostEqual(lost[1] / lost[0], 2, places=6)

    def test_a_blade_that_cuts_all_strands_leaves_the_missing_volume(self):
        result = run("rolling_scar", subcised=1, k_rejoin="0 d-1")
        self.assertEqual(last(result, "tethered_depth"), 0.0)
        self.assertEqual(last(result, "scar_depth"), last(result, "scar_volume_depth"))

    def test_fibres_without_stress_leave_dimples_and_those_that_pull_raise_them(self):
        slack, pulled = run("cellulite"), run("cellulite", new_fibres="taut_held")
        self.assertEqual(last(slack, "dimple_depth"), course(slack, "dimple_depth")[0])
        self.assertLess(last(pulled, "dimple_depth"), last(slack, "dimple_depth"))

    def test_fat_bulges_as_a_membrane_lets_it(self):
        depth = last(run("cellulite", UNTREATED), "dimple_depth")
        force = 0.9 * 50e3 * 1.55e-3  # N/m: tension, stress, thickness of the dermis
        self.assertAlmostEqual(depth - 3, 1e3 * 200 * 0.01**2 / (4 * force), places=6)


class Scars(unittest.TestCase):
    def test_the_floor_alone_gains_more_than_the_floor_beside_its_neighbour(self):
        whole, floor = run("boxcar_scar"), run("boxcar_scar", rolled_beyond=0)
        self.assertLess(last(floor, "scar_depth"), course(floor, "scar_depth")[0])
        self.assertGreater(last(whole, "scar_depth"), last(floor, "scar_depth"))

    def test_raters_err_and_hope(self):
        untreated = run("acne_scar", UNTREATED, rater="blinded")
        self.assertAlmostEqual(last(untreated, "called_better"), 100 / (1 + math.exp(1.25)))
        self.assertAlmostEqual(last(run("acne_scar", UNTREATED), "called_better"), 50.0)
        for result in (run("acne_scar"), run("acne_scar", rolled_beyond=0)):
            shares = course(result, "called_better")
            self.assertTrue(((shares >= 0) & (shares <= 100)).all())


class Pores(unittest.TestCase):
    def test_pores_stay_unless_new_fibres_pull_against_skin_that_yields(self):
        self.assertEqual(last(run("pores"), "pore"), 400.0)
        self.assertAlmostEqual(last(run("pores", new_fibres="taut_held"), "pore"), 400.0)
        self.assertLess(last(run("pores", new_fibres="taut_free"), "pore"), 399.0)

    def test_sebum_holds_open_its_share(self):
        self.assertAlmostEqual(last(run("pores", UNTREATED, sebum=0.5), "pore"), 340.0)


class StretchMarks(unittest.TestCase):
    def test_contrast_before_treatment_is_what_the_mark_lacks(self):
        red = last(run("stretch_marks_red", UNTREATED), "mark_contrast")
        self.assertAlmostEqual(red, 0.15 + 0.6, places=5)
        white = last(run("stretch_marks_white", UNTREATED), "mark_contrast")
        self.assertAlmostEqual(white, 0.3 + 0.3 + 0.2, places=5)


class Ageing(unittest.TestCase):
    def test_skin_that_ages_loses_a_per_cent_of_its_collagen_a_year(self):
        collagen = course(run("ageing_yearly", UNTREATED), "collagen_dermis")
        self.assertAlmostEqual(100 * (collagen[-1] / collagen[0] - 1), -10, delta=1.5)

    def test_without_ageing_nothing_drifts(self):
        collagen = course(run("ageing_yearly", UNTREATED, ageing=0), "collagen_dermis")
        self.assertTrue((collagen == collagen[0]).all())

    def test_a_course_lifts_the_level_and_does_not_stop_the_loss(self):
        treated, twin = run("ageing_course"), run("ageing_course", UNTREATED)
        self.assertGreater(last(treated, "collagen_dermis"), last(twin, "collagen_dermis"))
        self.assertLess(last(treated, "collagen_trend"), 0)

    def test_the_trend_is_the_slope_of_collagen(self):
        twin = run("ageing_course", UNTREATED)
        collagen, time = course(twin, "collagen_dermis"), twin.observables["time"].values
        slope = (collagen[-1] - collagen[-3]) / (time[-1] - time[-3]) / collagen[-2] * 365.2422
        self.assertAlmostEqual(course(twin, "collagen_trend")[-2], 100 * slope, delta=0.01)


class YoungScars(unittest.TestCase):
    def test_a_scar_matures_by_itself(self):
        result = run("burn_scar", UNTREATED)
        time = result.observables["time"].values
        expected = np.exp(-0.00125 * time)
        np.testing.assert_allclose(course(result, "scar_state"), expected, rtol=2e-3)
        self.assertLess(last(result, "posas_like"), course(result, "posas_like")[0])

    def test_normal_skin_reads_one(self):
        result = run("burn_scar", UNTREATED | {"skin.condition": "normal"})
        self.assertTrue((course(result, "posas_like") == 1.0).all())


class Claims(unittest.TestCase):
    def test_claims_name_scenarios_and_outcomes_that_exist(self):
        for name in ("lines", "scars", "body"):
            claims = tomllib.loads((LISTS / f"{name}.toml").read_text())["claim"]
            for key, claim in claims.items():
                scenario = neocol.load(str(SOURCES / "scenarios" / f"{claim['scenario']}.toml"))
                asked = [claim["effect"], *claim.get("harm", [])]
                known = set(scenario.model.outcomes.index)
                self.assertLessEqual({one["outcome"] for one in asked}, known, key)
                knock_out = dict(claim.get("knock_out", {}))
                knock_out.pop("says", None)
                scenario.set(knock_out | claim.get("untreated", {}))
                cuts = claim["cuts"]
                self.assertTrue(0 < cuts["small"] < cuts["moderate"] < cuts["large"], key)


if __name__ == "__main__":
    unittest.main()
