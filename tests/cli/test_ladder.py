"""The rungs of the ladder: those that held hold; what is missed is printed and fails nothing."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import ProgramTest  # noqa: E402


class Ladder(ProgramTest):
    def test_no_rung_that_held_is_lost(self):
        os.environ["NEOCOL_PYTHON"] = sys.executable
        done = self.run_program("validate", "--rungs", "--cache", self.folder / "cache", "--quiet")
        print(done.stdout)
        self.assertRegex(done.stdout, r"rungs +\d+ of \d+; \d+ of \d+ checks")


if __name__ == "__main__":
    unittest.main()
