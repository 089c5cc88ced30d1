"""What a scenario says and may not mean: refused, or told with a way out."""

import sys
import unittest
from pathlib import Path

import tomllib

sys.path.insert(0, str(Path(__file__).parent))
from program import SMALL, SOURCES, ProgramTest  # noqa: E402

FINE = SMALL.replace('"60 um"', '"20 um"')
PUNCH = """
[[session]]
at = "0 day"
wound = { shape = "punch", diameter = "1 mm", depth = "1 mm" }
[[session]]
at = "2 week"
"""


def punched(text):
    return text.replace('sessions = 2\nspacing = "2 week"\n', "") + PUNCH


class Doubts(ProgramTest):
    def check(self, text, *arguments, code=0):
        self.write("s.toml", text)
        return self.run_program("check", "s.toml", *arguments, code=code).stderr

    def test_shipped_scenarios_of_one_territory_are_beyond_doubt(self):
        for name in (
            "acne_scars_roller",
            "single_session",
            "photoaged_face_pen",
            "forearm_stamp",
            "punch_wound",
            "unwounded",
        ):
            done = self.run_program("check", SOURCES / f"scenarios/{name}.toml")
            self.assertEqual(done.stderr, "", name)

    def test_a_width_that_disagrees_with_the_density_is_refused(self):
        errors = self.check(FINE, "--set", "domain.width=2 mm", code=3)
        self.assertIn(
            "a territory of radius 2 mm around one channel is a density of 7.96 cm-2, "
            "but the sessions make 250 cm-2",
            errors,
        )
        self.assertIn("leave domain.width out: 356.8 um follows", errors)
        self.assertEqual(self.check(FINE, "--set", "domain.width=0.3568 mm"), "")

    def test_a_punch_is_not_spread_over_its_territory_by_needling_that_follows(self):
        text = punched(FINE).replace("[domain]", '[domain]\nwidth = "0.3568 mm"')
        text = text.replace('1 mm", depth', '0.4 mm", depth')
        errors = self.check(text, code=3)
        self.assertIn("before session 2 'single_channel' averages its territory", errors)
        self.assertIn("lateral_mix = false", errors)
        self.assertNotIn("averages", self.check(text, "--set", "domain.lateral_mix=false"))
        wide = punched(FINE).replace("[domain]", '[domain]\nwidth = "2 mm"\nlateral_mix = false')
        self.assertIn('geometry = "section"', self.check(wide, code=3))

    def test_cells_wider_than_the_channels_are_told(self):
        warnings = self.check(FINE, "--set", "domain.spacing=200 um")
        self.assertIn("warning: cells of 200 um are wider than the channels", warnings)
        self.assertIn("--set", warnings)
        self.assertEqual(self.check(FINE), "")
        section = FINE.replace("single_channel", "section")
        self.assertEqual(self.check(section, "--set", "domain.spacing=200 um"), "")

    def test_wounds_of_several_kinds_are_told(self):
        section = punched(FINE).replace("single_channel", "section")
        warnings = self.check(section)
        self.assertIn("means over all that was wounded so far", warnings)
        self.assertIn("wound_strength", warnings)
        self.assertNotIn("wounded so far", self.check(FINE))

    def test_the_study_of_one_session_has_one(self):
        with open(SOURCES / "scenarios/studies/age_site.toml", "rb") as file:
            study = tomllib.load(file)
        self.assertIn("one session", study["title"])
        self.assertEqual(study["set"]["regimen"]["sessions"], 1)


if __name__ == "__main__":
    unittest.main()
