"""The pins themselves: what moves is noticed, and nothing is blessed without a word."""

import math
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import pins  # noqa: E402
from pins import Pin, PinError  # noqa: E402

PROGRAM = pins.default_program()
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Results change\n\n- Old line.\n\n### Fixed\n\n"


class Allowed(unittest.TestCase):
    def test_a_number_may_move_by_a_thousandth_or_ten_tolerances_of_its_scale(self):
        self.assertEqual(pins.allowance(-200.0, 3.0, 1e-4), 0.2)
        self.assertEqual(pins.allowance(2.0, 50.0, 1e-3), 0.5)
        self.assertEqual(pins.allowance(math.nan, math.nan, 1e-3), 0.0)

    def test_a_value_that_comes_or_goes_has_moved(self):
        censored = Pin("s", "outcome x", "d", math.nan, 0.0)
        self.assertFalse(censored.moved(math.nan))
        self.assertTrue(censored.moved(3.0))
        self.assertTrue(Pin("s", "outcome x", "d", 3.0, 0.1).moved(math.nan))

    def test_an_observable_is_pinned_at_times_and_at_its_extremes(self):
        times = pins.np.array([0.0, 5.0, 10.0, 400.0])
        values = pins.np.array([2.0, 12.0, 1.0, 1.0])
        found = {
            label: (value, allowed)
            for label, value, allowed in pins.observable_pins("x", values, times, 1e-3)
        }
        self.assertEqual(found["x @ 1 d"], (4.0, 0.1))
        self.assertEqual(found["x @ 400 d"], (1.0, 0.1))
        self.assertEqual(found["x @ highest"], (12.0, 0.1))
        self.assertEqual(found["x @ lowest"], (1.0, 0.1))


class Compared(unittest.TestCase):
    def setUp(self):
        rows = [
            Pin("a", "x", "1", 1.0, 0.1),
            Pin("a", "y", "1", 5.0, 0.1),
            Pin("b", "x", "1", 7.0, 0.1),
        ]
        self.pinned = {row.key: row for row in rows}

    def test_moves_losses_and_additions_are_told_and_other_scenarios_left_alone(self):
        found = [Pin("a", "x", "1", 1.05, 0.1), Pin("a", "z", "1", 1.0, 0.1)]
        comparison = pins.compare(self.pinned, found)
        self.assertEqual(comparison.moved, [])
        self.assertEqual([pin.quantity for pin in comparison.gone], ["y"])
        self.assertEqual([pin.quantity for pin in comparison.added], ["z"])
        moved = pins.compare(self.pinned, [Pin("b", "x", "1", 7.2, 0.1)])
        self.assertEqual([(a.value, b.value) for a, b in moved.moved], [(7.0, 7.2)])

    def test_what_moved_is_stored_with_what_it_was_and_the_rest_does_not_drift(self):
        rows = {
            row.key: row
            for row in pins.blessed(
                self.pinned, [Pin("a", "x", "1", 1.05, 0.1), Pin("a", "y", "1", 6.0, 0.2)]
            )
        }
        self.assertEqual(rows["a", "x"].value, 1.0)
        self.assertIsNone(rows["a", "x"].was)
        self.assertEqual((rows["a", "y"].value, rows["a", "y"].was), (6.0, 5.0))
        self.assertEqual(rows["b", "x"].value, 7.0)


class Blessed(unittest.TestCase):
    """In a repository of its own."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self.changelog = self.folder / "CHANGELOG.md"
        self.path = self.folder / "pins.csv"
        self.changelog.write_text(CHANGELOG)
        pins.write_pins(self.path, [Pin("a", "x", "1", 1.0, 0.1)])
        self.git("init", "-q")
        self.commit("first")

    def tearDown(self):
        self._folder.cleanup()

    def git(self, *arguments):
        subprocess.run(
            [
                "git",
                "-C",
                str(self.folder),
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.org",
                *arguments,
            ],
            check=True,
        )

    def commit(self, subject):
        self.git("add", ".")
        self.git("commit", "-q", "-m", subject)

    def bless(self, value):
        return pins.bless(
            pins.read_pins(self.path), [Pin("a", "x", "1", value, 0.1)], self.path, self.changelog
        )

    def say(self, line, section="### Results change"):
        text = self.changelog.read_text()
        self.changelog.write_text(text.replace(section + "\n\n", f"{section}\n\n- {line}\n"))

    def test_without_a_new_line_nothing_is_stored(self):
        before = self.path.read_bytes()
        with self.assertRaisesRegex(PinError, 'no new line under "Results change"'):
            self.bless(2.0)
        self.say("Elsewhere.", "### Fixed")
        with self.assertRaisesRegex(PinError, "no new line"):
            self.bless(2.0)
        self.assertEqual(self.path.read_bytes(), before)

    def test_with_a_line_old_and_new_are_stored_and_the_line_is_printed(self):
        self.say("x doubles, for its rate was halved.")
        self.assertIn("- x doubles, for its rate was halved.", self.bless(2.0))
        stored = pins.read_pins(self.path)["a", "x"]
        self.assertEqual((stored.value, stored.was), (2.0, 1.0))

    def test_a_line_counts_once(self):
        self.say("x doubles.")
        self.commit("the line is committed before the pins")
        self.bless(2.0)
        self.commit("pins")
        with self.assertRaisesRegex(PinError, "no new line"):
            self.bless(3.0)

    def test_failed_runs_are_not_blessed(self):
        with self.assertRaisesRegex(PinError, "a failed"):
            pins.bless({}, [Pin("a", "exit status", "1", 4.0, 0.0)], self.path, self.changelog)

    def test_what_is_only_new_needs_no_line(self):
        found = [Pin("a", "x", "1", 1.0, 0.1), Pin("a", "y", "1", 2.0, 0.1)]
        self.assertIn(
            "1 added", pins.bless(pins.read_pins(self.path), found, self.path, self.changelog)
        )
        self.assertEqual(len(pins.read_pins(self.path)), 2)


class Noticed(unittest.TestCase):
    """A tenth more of one rate moves gains of collagen by 4 %: the pins must say so."""

    def test_a_tenth_of_one_rate_fails_the_pins(self):
        done = subprocess.run(
            [sys.executable, pins.__file__, "dalwig_nolda2020", "--set", "parameters.a_1=6.16"],
            env={**os.environ, "NEOCOL": PROGRAM},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("outcome collagen_dermis_gain_90d", done.stdout)


if __name__ == "__main__":
    unittest.main()
