"""Pigment and topical substances (models/indications/pigment.toml, topical.toml): their limits."""

import math
import os
import unittest
from functools import lru_cache
from pathlib import Path

import neocol
import numpy as np
import tomllib

SOURCES = Path(os.environ.get("NEOCOL_SOURCE_DIR", Path(__file__).parents[2]))
PIGMENT = SOURCES / "models" / "indications" / "pigment.toml"
CLAIMS = SOURCES / "models" / "indications" / "claims" / "pigment.toml"
UNTOUCHED = {"regimen.sessions": 0}
SKIN = """\
title = "Pigment"
model = "indications"

[skin]
site = "cheek"
age = "35 year"
phototype = 4

[device]
name = "pen_14"
needle_length = "1 mm"

[regimen]
sessions = 1
puncture_density = "200 cm-2"

[domain]
geometry = "column"
spacing = "40 um"
thickness = "2 mm"

[run]
until = "70 day"
tolerance = 1e-3

[output]
every = "1 day"
"""


@lru_cache(maxsize=None)
def _run(settings):
    return neocol.from_text(SKIN, "pigment.toml").set(dict(settings)).run(threads=1)


def run(**settings):
    """A run of the usual session with these settings; `__` in a name stands for a dot."""
    return _run(tuple((key.replace("__", "."), value) for key, value in settings.items()))


def course(result, name):
    return result.observables[name].values


def at(result, name, day):
    return float(result.observables[name].interp(time=day))


class AtRest(unittest.TestCase):
    def test_untreated_skin_keeps_its_pigment_to_the_last_bit(self):
        for condition in ("normal", "melasma", "sun_spots", "photoaged"):
            result = run(regimen__sessions=0, skin__condition=condition)
            for name in ("melanin_index", "pigment_dermal", "skin_lightness", "horny_layer_age"):
                values = course(result, name)
                np.testing.assert_array_equal(values, values[0], f"{condition}: {name}")

    def test_normal_skin_has_the_index_1_and_its_phototypes_lightness(self):
        for phototype, lightness in ((1, 68.0), (4, 58.0), (6, 40.0)):
            result = run(regimen__sessions=0, skin__phototype=phototype)
            self.assertAlmostEqual(at(result, "melanin_index", 1), 1.0, 12)
            self.assertAlmostEqual(at(result, "skin_lightness", 1), lightness, 9)
            self.assertAlmostEqual(at(result, "pih_share", 1), 0.0, 9)

    def test_habits_as_before_change_nothing(self):
        told = run(regimen__sessions=0, skin__condition="melasma", sun_exposure=1, sun_protection=0)
        values = course(told, "melanin_index")
        np.testing.assert_array_equal(values, values[0])

    def test_melasma_starts_with_more_vessels_and_more_pigment(self):
        melasma = run(regimen__sessions=0, skin__condition="melasma")
        self.assertGreater(at(melasma, "melanin_excess", 1), 0.1)
        self.assertGreater(at(melasma, "pigment_dermal", 1), 0.1)
        ratios = tomllib.loads(PIGMENT.read_text(encoding="utf-8"))["parameter"]
        self.assertGreater(ratios["vegf_ratio"]["by"]["condition"]["melasma"], 1)
        for site in ("cheek", "forehead", "temple", "upper_lip", "chin", "periorbital"):
            text = (SOURCES / "models" / "skin" / f"{site}.toml").read_text(encoding="utf-8")
            skin = tomllib.loads(text)
            normal = next(one for one in skin["layer"] if one["name"] == "papillary_dermis")
            changed = skin["condition"]["melasma"]["layer"]["papillary_dermis"]
            self.assertAlmostEqual(
                changed["properties"]["perfusion"] / normal["properties"]["perfusion"],
                ratios["vessel_ratio"]["by"]["condition"]["melasma"],
            )

    def test_lightness_is_that_of_absorption_there_and_back(self):
        result = run(regimen__sessions=0, skin__condition="melasma")
        index = at(result, "melanin_index", 1)
        depth = 3 * math.log((74 + 16) / (58 + 16))
        self.assertAlmostEqual(
            at(result, "skin_lightness", 1),
            (58 + 16) * math.exp(-depth * (index - 1) / 3) - 16,
            9,
        )


class NaturalCourse(unittest.TestCase):
    def test_pigment_follows_the_sun_both_ways(self):
        shade = run(regimen__sessions=0, sun_protection=0.9)
        beach = run(regimen__sessions=0, sun_exposure=2)
        self.assertLess(at(shade, "melanin_index", 70), 0.9)
        self.assertGreater(at(beach, "melanin_index", 70), 1.1)
        self.assertTrue(np.all(np.diff(course(shade, "melanin_index")) <= 0))

    def test_covered_skin_holds_about_half_the_melanin_of_skin_in_the_sun(self):
        covered = run(
            regimen__sessions=0, sun_exposure=0, run__until="3 year", output__every="30 day"
        )
        self.assertGreater(course(covered, "melanin_index")[-1], 0.4)
        self.assertLess(course(covered, "melanin_index")[-1], 0.6)

    def test_melasma_of_pregnancy_fades_by_itself_but_not_to_nothing(self):
        told = dict(
            regimen__sessions=0, skin__condition="melasma", hormone_drive=0.6, run__until="26 week"
        )
        lasting, ended = run(**told), run(**told, hormone_end="7 day")
        values = course(lasting, "melanin_index")
        np.testing.assert_array_equal(values, values[0])
        fading = course(ended, "melanin_excess")
        self.assertTrue(np.all(np.diff(fading) <= 1e-12))
        self.assertLess(fading[-1], 0.8 * fading[0])
        self.assertGreater(fading[-1], 0.1 * fading[0])

    def test_a_mark_of_inflammation_fades_by_itself(self):
        result = run(regimen__sessions=0, skin__condition="hyperpigmentation", run__until="26 week")
        excess = course(result, "melanin_excess")
        self.assertGreater(excess[0], 0.2)
        self.assertTrue(np.all(np.diff(excess) < 0))
        self.assertLess(excess[-1], 0.5 * excess[0])


class Needles(unittest.TestCase):
    def test_without_its_ways_to_act_needling_does_nothing(self):
        result = run(
            melanocyte_inflammation="0 I_ref-1",
            melanocyte_damage=0,
            melanocyte_vessels=0,
            melanocyte_vegf=0,
            melanocyte_fibroblasts=0,
            senescent_clearance="0 mm3 cell-1 d-1",
            faster=0,
            killed=0,
            drop_out="0 d-1",
        )
        self.assertLess(np.abs(course(result, "melanin_index") - 1).max(), 1e-9)

    def test_more_needles_drive_melanocytes_more(self):
        peaks = [
            course(run(regimen__puncture_density=density), "melanocyte_drive").max()
            for density in ("50 cm-2", "200 cm-2", "800 cm-2")
        ]
        self.assertLess(peaks[0], peaks[1])
        self.assertLess(peaks[1], peaks[2])

    def test_an_absurd_dose_saturates(self):
        result = run(regimen__puncture_density="20000 cm-2", skin__phototype=6)
        index = course(result, "melanin_index")
        self.assertTrue(np.all(np.isfinite(index)))
        self.assertGreaterEqual(index.min(), 0)
        self.assertLess(index.max(), (1 + 4) / (1 + 4 * 0.55 / 1.55))  # all the enzyme can do
        share = course(result, "pih_share")
        self.assertTrue(np.all((share >= 0) & (share <= 100)))

    def test_darker_skin_shows_the_same_rise_more(self):
        told = dict(regimen__sessions=3, regimen__spacing="14 day", run__until="100 day")
        shares = [
            course(run(skin__phototype=phototype, **told), "pih_share").max()
            for phototype in (1, 3, 6)
        ]
        self.assertLess(shares[0], shares[1])
        self.assertLess(shares[1], shares[2])

    def test_without_faster_turnover_needling_darkens(self):
        self.assertGreater(
            course(run(faster=0), "darkening").max(), course(run(), "darkening").max()
        )

    def test_the_horny_layer_is_renewed_faster_and_comes_back(self):
        values = course(run(), "horny_renewal_index")
        self.assertGreater(values.max(), 1)
        self.assertLess(values[-1], values.max())


class DrivenMelanocytes(unittest.TestCase):
    def test_at_rest_their_number_stays_to_the_last_bit(self):
        told = run(
            regimen__sessions=0, skin__condition="melasma", parameters__melanocyte_number="driven"
        )
        for name in ("melanocytes", "melanin_index"):
            values = course(told, name)
            np.testing.assert_array_equal(values, values[0], name)

    def test_needles_multiply_them_up_to_a_bound_and_not_without_a_rise(self):
        number = course(run(parameters__melanocyte_number="driven"), "melanocytes")
        self.assertGreater(number.max(), 1)
        self.assertLess(number.max(), 2)
        told = run(parameters__melanocyte_number="driven", melanocyte_rise=0)
        self.assertLessEqual(course(told, "melanocytes").max(), 1)
        self.assertLessEqual(course(run(), "melanocytes").max(), 1)


class Substances(unittest.TestCase):
    def test_nothing_is_put_on_unless_asked_for(self):
        self.assertEqual(course(run(), "substance_junction").max(), 0)

    def test_channels_let_in_far_more_than_whole_skin(self):
        told = {"parameters__topical": "tranexamic_acid", "run__until": "5 day"}
        needled = run(**told)
        whole = run(**told, regimen__sessions=0, topical_home=1, topical_home_from="0 day")
        dose = [one.outcomes.loc["substance_dose", "value"] for one in (needled, whole)]
        self.assertGreater(dose[0], 20 * dose[1])
        self.assertGreater(dose[1], 0)

    def test_more_holes_let_in_more_and_late_application_less(self):
        told = {"parameters__topical": "tranexamic_acid", "run__until": "5 day"}

        def dose(**settings):
            return run(**told, **settings).outcomes.loc["substance_dose", "value"]

        self.assertLess(dose(regimen__puncture_density="50 cm-2"), dose())
        self.assertLess(dose(topical_delay="6 h"), 0.5 * dose())
        self.assertLess(
            run(**told, topical_time="24 h").outcomes.loc["substance_peak", "value"], 1.0
        )

    def test_tranexamic_acid_lightens_and_has_a_floor(self):
        plain = run(skin__condition="melasma")
        acid = run(skin__condition="melasma", parameters__topical="tranexamic_acid")
        self.assertLess(at(acid, "melanin_index", 20), at(plain, "melanin_index", 20))
        self.assertGreaterEqual(course(acid, "signals_relayed").min(), 0.2 - 1e-9)
        idle = run(
            skin__condition="melasma", parameters__topical="tranexamic_acid", tranexamic_most=0
        )
        self.assertLess(abs(at(idle, "melanin_index", 20) - at(plain, "melanin_index", 20)), 1e-3)

    def test_vitamin_c_fills_occluded_whole_skin_in_days_and_leaves_with_a_half_life_of_four(self):
        # The set-up of pinnell2001: 24 h a day for days; then nothing.
        told = {
            "regimen__sessions": 0,
            "parameters__topical": "vitamin_c",
            "topical_home": 1,
            "topical_time": "24 h",
            "run__until": "8 day",
        }
        filling = run(**told, topical_home_from="0 day")
        self.assertGreater(at(filling, "vitamin_store", 3), 0.75 * at(filling, "vitamin_store", 8))
        self.assertLessEqual(course(filling, "vitamin_store").max(), 1.0 + 1e-6)
        result = run(parameters__topical="vitamin_c", topical_time="24 h", run__until="20 day")
        late = at(result, "vitamin_store", 18) / at(result, "vitamin_store", 14)
        self.assertAlmostEqual(late, 0.5, delta=0.03)

    def test_vitamin_c_makes_collagen_by_its_one_way(self):
        def gain(**settings):
            result = run(parameters__topical="vitamin_c", **settings)
            values = course(result, "collagen_papillary")
            return values[-1] / values[0]

        plain = course(run(), "collagen_papillary")
        self.assertGreater(gain(), plain[-1] / plain[0])
        self.assertAlmostEqual(gain(vitamin_c_collagen=0), plain[-1] / plain[0], delta=5e-4)
        self.assertLess(gain(vitamin_c_strength="2000 mg/mL"), 1.05 * gain())

    def test_growth_factors_act_as_the_bodys_own(self):
        told = {"output__every": "1 h", "run__until": "2 day"}
        plain = run(**told)
        more = run(**told, parameters__topical="growth_factors")
        for name in ("tgf_beta", "pdgf"):
            self.assertGreater(
                course(more, name)[1:13].sum(), course(plain, name)[1:13].sum(), name
            )


class Claims(unittest.TestCase):
    def test_every_claim_names_a_scenario_and_outcomes_that_exist(self):
        claims = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))["claim"]
        outcomes = set(neocol.model("indications").outcomes.index)
        for name, claim in claims.items():
            self.assertTrue((SOURCES / "scenarios" / f"{claim['scenario']}.toml").exists(), name)
            self.assertIn(claim["effect"]["outcome"], outcomes, name)
            for harm in claim.get("harm", []):
                self.assertIn(harm["outcome"], outcomes, name)


if __name__ == "__main__":
    unittest.main()
