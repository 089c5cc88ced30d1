"""`neocol alternatives`: every option of every switch, on a small table of readings."""

import json
import math
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import SMALL, ProgramTest  # noqa: E402

READINGS = """\
[[reading]]
label = "gain [%%]"
scenario = "%s"
assay = "observable:collagen_dermis"
measure = "relative_change"
at = "14 day"
[[reading]]
label = "no such thing"
scenario = "%s"
assay = "observable:unheard_of"
measure = "value"
at = "14 day"
"""


MODELS = Path(__file__).parents[1] / "models"
OUTCOME = """
[outcome.left]
of = "signal"
measure = "value"
at = "3 day"
unit = "ng/mL"
meaning = "what is left"
"""
SCENARIO = """\
title = "Alternatives"
model = "mine.toml"
[domain]
geometry = "well_mixed"
[run]
until = "3 day"
"""


class Alternatives(ProgramTest):
    def setUp(self):
        super().setUp()
        os.environ["NEOCOL_PYTHON"] = sys.executable
        small = self.write(
            "small.toml",
            SMALL.replace('sessions = 2\nspacing = "2 week"', "sessions = 1")
            .replace('"60 um"', '"120 um"')
            .replace("5 week", "15 day"),
        )
        self.write("readings.toml", READINGS % (small, small))

    def alternatives(self, *arguments, code=0):
        return self.run_program(
            "alternatives",
            "--cache",
            self.folder / "cache",
            "--no-rows",
            "--table",
            "readings.toml",
            *arguments,
            code=code,
        )

    def test_every_option_of_every_switch_is_shown_and_changes_what_it_touches(self):
        described = json.loads(
            self.run_program("model", "describe", "microneedling", "--json").stdout
        )
        switches = {one["name"]: one for one in described["switches"]}
        found = json.loads(self.alternatives("--json").stdout)
        self.assertEqual(
            [(one["switch"], one["option"]) for one in found],
            [("", "")]
            + [
                (name, option)
                for name, switch in switches.items()
                for option in switch["options"]
                if option != switch["value"]
            ],
        )
        gain = {one["option"]: one["readings"]["gain [%]"] for one in found}
        self.assertEqual(len(set(gain.values())), len(gain))
        self.assertIsNone(found[0]["readings"]["no such thing"])
        # The table of a page, from the runs that are kept.
        self.write("page.md", "a\n<!-- alternatives: begin -->\n<!-- alternatives: end -->\nb\n")
        self.alternatives("--into", "page.md")
        page = (self.folder / "page.md").read_text()
        self.assertIn(f"| **as it stands** | {gain['']:.3g} | - |", page)
        self.assertTrue(page.endswith("<!-- alternatives: end -->\nb\n"))

    def test_of_a_scenario_of_any_model_the_outcomes_are_read(self):
        model = (MODELS / "alternatives.toml").read_text()
        self.write("mine.toml", model + OUTCOME)
        self.write("scenario.toml", SCENARIO)
        words = ("alternatives", "scenario.toml", "--draws", "4")
        found = json.loads(self.run_program(*words, "--json").stdout)
        # As it stands k*A is cleared, and nothing where the switch says so.
        left = {(one["switch"], one["option"]): one["readings"]["left"] for one in found}
        self.assertAlmostEqual(left["", ""], 10.0 * math.exp(-1.5), delta=1e-3)
        self.assertEqual(left["clearance", "none"], 10.0)
        self.assertGreater(left["clearance", "saturating"], left["", ""])
        page = self.run_program(*words).stdout
        self.assertIn("| switch | option | left [ng/mL] |", page)
        self.assertRegex(page, r"as it stands\*\* \| 2\.23 \(\S+ … \S+\) \|")
        errors = self.run_program("alternatives", "mine.toml", code=3).stderr
        self.assertIn("or a scenario of it, whose outcomes are read", errors)
        errors = self.run_program(*words, "--outcomes", "right", code=3).stderr
        self.assertIn("no outcome 'right' in the model; known: left", errors)

    def test_readings_without_a_label_are_refused(self):
        self.write("readings.toml", '[[reading]]\nassay = "melanin"\nmeasure = "value"\n')
        self.assertIn("reading 1 needs a 'label'", self.alternatives(code=3).stderr)


if __name__ == "__main__":
    unittest.main()
