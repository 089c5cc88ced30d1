"""Values set on the command line: inside lists, and in runs repeated from a result."""

import sys
import unittest
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from neocol.seal import texts  # noqa: E402
from program import SMALL, ProgramTest  # noqa: E402

SERIES = SMALL.replace('"60 um"', '"150 um"').replace('"1 day"', '"7 day"')
LISTED = (
    SERIES.replace('sessions = 2\nspacing = "2 week"\n', "")
    + """
[[session]]
at = "0 day"
[[session]]
at = "2 week"
"""
)


class Overrides(ProgramTest):
    def sessions(self, *arguments, name="set.h5"):
        """What was done: times, needle lengths and densities."""
        self.run_program("run", *arguments, "--output", name, "--overwrite", "--quiet")
        with h5py.File(self.folder / name) as file:
            group = file["sessions"]
            return (
                group["time"][()],
                group["needle_length"][()],
                group["puncture_density"][()],
                texts(group["device"]),
            )

    def setUp(self):
        super().setUp()
        self.write("series.toml", SERIES)
        self.write("listed.toml", LISTED)

    def test_one_session_of_a_list_is_changed_alone(self):
        times, needles, density, _ = self.sessions(
            "listed.toml",
            "--set",
            "session[2].at=10 day",
            "--set",
            'session[2].needle_length="1 mm"',
            "--set",
            "output.field_times[2]=3 day",
        )
        np.testing.assert_allclose(times, [0, 10])
        np.testing.assert_allclose(needles, [1.5, 1.0])
        with h5py.File(self.folder / "set.h5") as file:
            self.assertIn(3.0, list(file["fields/field_time"][()]))
            self.assertNotIn(7.0, list(file["fields/field_time"][()]))

    def test_an_element_that_is_not_there_is_named(self):
        errors = self.run_program(
            "run", "listed.toml", "--set", "session[3].at=5 week", code=3
        ).stderr
        self.assertIn("'session' has 2 elements, there is no session[3]", errors)
        errors = self.run_program(
            "run", "series.toml", "--set", "session[2].at=5 week", code=3
        ).stderr
        self.assertIn("no list 'session'", errors)
        self.assertIn("regimen.spacing", errors)

    def test_a_misspelt_key_inside_a_list_is_found(self):
        errors = self.run_program(
            "run", "listed.toml", "--set", "session[2].att=5 week", code=3
        ).stderr
        self.assertIn("did you mean 'at'", errors)

    def test_a_result_is_repeated_with_another_regimen(self):
        self.sessions("series.toml", name="first.h5")
        times, needles, density, _ = self.sessions(
            "--from",
            "first.h5",
            "--set",
            "regimen.spacing=1 week",
            "--set",
            "regimen.sessions=3",
            "--set",
            "regimen.puncture_density=100 cm-2",
            "--set",
            "device.needle_length=1 mm",
        )
        np.testing.assert_allclose(times, [0, 7, 14])
        np.testing.assert_allclose(needles, 1.0)
        np.testing.assert_allclose(density, 1.0)

    def test_a_result_is_repeated_with_another_device(self):
        self.sessions("series.toml", name="first.h5")
        *_, devices = self.sessions("--from", "first.h5", "--set", "device.name=pen_11")
        self.assertEqual(devices, ["pen_11", "pen_11"])

    def test_one_session_of_a_result_is_changed_alone(self):
        self.sessions("series.toml", name="first.h5")
        times, *_ = self.sessions("--from", "first.h5", "--set", "session[2].at=10 day")
        np.testing.assert_allclose(times, [0, 10])

    def test_sessions_that_differ_have_no_common_spacing(self):
        self.sessions("listed.toml", "--set", 'session[2].needle_length="1 mm"', name="first.h5")
        errors = self.run_program(
            "run",
            "--from",
            "first.h5",
            "--output",
            "b.h5",
            "--set",
            "regimen.spacing=1 week",
            code=3,
        ).stderr
        self.assertIn("differ from each other", errors)
        self.assertIn("session[2].at", errors)


if __name__ == "__main__":
    unittest.main()
