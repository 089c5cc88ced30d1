"""What the first full model must show. Days and limits are published ones, not results of a run."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import SMALL, SOURCES, ProgramTest  # noqa: E402

SINGLE = (
    SMALL.replace('sessions = 2\nspacing = "2 week"', "sessions = 1")
    .replace('until = "5 week"', 'until = "13 week"')
    .replace(', "5 week"', "")
)


class Biology(ProgramTest):
    def outcomes(self, scenario, *settings):
        settings = [part for setting in settings for part in ("--set", setting)]
        summary = json.loads(
            self.run_program(
                "run", scenario, "--json", "--overwrite", "--output", "result.h5", *settings
            ).stdout
        )
        for bound, kept in summary["run"]["bounds_kept"].items():
            self.assertTrue(kept, bound)
        return {name: o["value"] for name, o in summary["outcomes"].items() if not o["censored"]}

    def single(self, *settings):
        self.write("single.toml", SINGLE)
        return self.outcomes("single.toml", *settings)

    def test_a_punch_wound_heals_on_the_published_days(self):
        # Neutrophils: Kim 2008, Wilgus 2013. Macrophages: Rodero 2010, Lucas 2010.
        # Myofibroblasts: Desmouliere 1995, peak on days 10 to 15, mostly gone by day 30.
        found = self.outcomes(SOURCES / "scenarios" / "punch_wound.toml")
        self.assertAlmostEqual(found["neutrophils_day"], 1.0, delta=0.5)
        self.assertAlmostEqual(found["macrophages_day"], 3.0, delta=1.0)
        self.assertAlmostEqual(found["myofibroblasts_day"], 12.0, delta=3.0)
        self.assertLess(found["myofibroblasts_day_30"], 0.25 * found["myofibroblasts_peak"])
        self.assertLess(found["closure_time"], 28 * 24)

    def test_collagen_iii_comes_before_collagen_i_which_waits_for_a_day(self):
        # Clore 1979: share of III raised at 10 h. GSE209609: collagen I RNA flat to day 1.
        found = self.single()
        self.assertLess(found["collagen3_production_rise"], found["collagen1_production_rise"])
        self.assertLess(found["collagen3_production_day"], found["collagen1_production_day"])
        self.assertGreater(found["collagen1_production_rise"], 1.0)

    def test_a_scar_fills_for_a_year_and_lies_along_the_pull(self):
        # A third at least of the skin's collagen in a month and half of it in a year; scars of
        # wide wounds are aligned, those of columns and channels are not (Tam 2013).
        found = self.outcomes(SOURCES / "scenarios" / "punch_wound.toml", "output.fields=[]")
        self.assertGreater(found["wound_collagen_28d"], 25.0)
        self.assertGreater(found["wound_collagen_end"], 50.0)
        self.assertLess(found["wound_collagen_end"], 110.0)
        self.assertGreater(found["scar_alignment_end"], 0.1)
        self.assertLess(abs(self.single()["scar_alignment_end"]), 0.01)

    def test_three_clocks_run_apart(self):
        # Gupta 2011: barrier within 2 h in open air; Kalluri 2011: pores closed in 12 to 18 h.
        found = self.single()
        self.assertLess(found["barrier_time"], 2.0)
        self.assertGreater(found["pore_time"], 12.0)

    def test_a_session_without_a_wound_does_nothing(self):
        self.write("bare.toml", SINGLE)
        found = self.outcomes("bare.toml", "regimen.puncture_density=0 cm-2")
        self.assertEqual(found["collagen_dermis_gain_28d"], 0.0)
        self.assertEqual(found["neutrophils_peak"], 0.0)

    def test_more_punctures_and_longer_needles_lay_down_more_collagen(self):
        gain = [
            self.single(f"regimen.puncture_density={n} cm-2")["collagen_dermis_gain_28d"]
            for n in (100, 250, 400)
        ]
        self.assertEqual(gain, sorted(gain))
        self.assertGreater(gain[0], 0.0)
        short = self.single('device.needle_length="0.75 mm"')["collagen_dermis_gain_28d"]
        self.assertLess(short, gain[1])

    def test_needles_make_next_to_no_myofibroblasts_and_nothing_locks(self):
        weekly = self.single("regimen.sessions=6", "regimen.spacing=1 week", 'run.until="26 week"')
        self.assertLess(weekly["myofibroblasts_peak"], 0.05 * weekly["fibroblasts_peak"])
        self.assertLess(weekly["myofibroblasts_day_30"], 1.0)


if __name__ == "__main__":
    unittest.main()
