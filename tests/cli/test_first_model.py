"""docs/first-model.md as its reader follows it: the files on the page run, faults are explained."""

import re
import sys
import unittest
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from program import SOURCES, ProgramTest  # noqa: E402

PAGE = (SOURCES / "docs/first-model.md").read_text()
MODEL, SCENARIO = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


class FirstModel(ProgramTest):
    def test_the_files_of_the_page_run(self):
        self.write("signal_cells_matrix.toml", MODEL)
        self.write("two_sessions.toml", SCENARIO)
        self.assertIn(
            "no fault found", self.run_program("model", "check", "signal_cells_matrix.toml").stdout
        )
        self.run_program("run", "two_sessions.toml", "--quiet")
        with h5py.File(self.folder / "two_sessions.h5") as file:
            self.assertEqual(file.attrs["status"], b"complete")
            self.assertLess(np.max(np.abs(file["budget/residual"])), 1e-10)
            self.assertGreater(float(file["outcomes/signal_peak"][()]), 0.0)

    def fault(self, good, bad, *expected):
        self.assertIn(good, MODEL)
        text = MODEL.replace(good, bad)
        self.write("bad.toml", text)
        errors = self.run_program("model", "check", "bad.toml", code=3).stderr
        line = 1 + next(
            i
            for i, row in enumerate(text.splitlines())
            if bad.splitlines()[0] and bad.splitlines()[0] in row
        )
        self.assertRegex(errors, rf"bad\.toml:{line}:\d+: error: ")
        for part in expected:
            self.assertIn(part, errors)
        return errors

    def test_wrong_unit(self):
        self.fault('"clearing * damage"', '"clearing * damage * cell"', "damage", "cell")

    def test_misspelt_name(self):
        self.fault(
            '"d_signal * signal"', '"d_signal * signall"', "signall", "did you mean 'signal'?"
        )

    def test_bad_expression(self):
        self.fault('"release * damage"', '"release * * damage"', "*")

    def test_missing_parameter(self):
        block = re.search(r"\[parameter\.release\].*?\n\n", MODEL, re.DOTALL).group(0)
        self.write("bad.toml", MODEL.replace(block, ""))
        errors = self.run_program("model", "check", "bad.toml", code=3).stderr
        self.assertIn("release", errors)

    def test_parameter_without_meaning(self):
        self.write("bad.toml", MODEL.replace('meaning = "clearance of the signal"\n', ""))
        errors = self.run_program("model", "check", "bad.toml", code=3).stderr
        self.assertIn("meaning", errors)
        self.assertIn("d_signal", errors)

    def test_several_faults_at_once(self):
        text = MODEL.replace('"d_signal * signal"', '"d_signal * signall"')
        self.write("bad.toml", text.replace('"clearing * damage"', '"clearing * damage * cell"'))
        errors = self.run_program("model", "check", "bad.toml", code=3).stderr
        self.assertEqual(errors.count("error:"), 2, errors)


if __name__ == "__main__":
    unittest.main()
