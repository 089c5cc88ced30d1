"""`neocol verify` finds its programs, tells what is missing, and keeps its exit codes."""

import stat
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import ProgramTest  # noqa: E402

CLAIM = (
    '{{"topic": "invariants", "claim": "budget", "test": "budgets close", '
    '"measured": "{}", "limit": "1", "relation": "at most", "kept": {}}}'
)


class Verify(ProgramTest):
    def programs(self, measured, kept, code=0):
        """A folder of verification programs: a quick one and a slow one that must not run."""
        folder = self.folder / "programs"
        folder.mkdir(exist_ok=True)
        line = CLAIM.format(measured, kept)
        for name, text in (
            ("verify_quick", f"echo '{line}' >> $NEOCOL_VERIFICATION_RECORD\n" f"exit {code}"),
            ("verify_long", "exit 1"),
        ):
            path = folder / name
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        (folder / "programs.txt").write_text("verify_quick \nverify_long slow\n")
        return folder

    def test_claims_that_are_kept_are_written_to_a_page(self):
        done = self.run_program("verify", "--programs", self.programs("0.5", "true"))
        self.assertIn("1 claims, 0 missed", done.stdout)
        page = (self.folder / "verification.md").read_text()
        self.assertIn("| budget | 0.5 | ≤ 1 | kept |", page)
        self.assertNotIn(str(self.folder), page)

    def test_a_claim_that_is_missed_is_told_and_ends_with_6(self):
        done = self.run_program("verify", "--programs", self.programs("2", "false", 1), code=6)
        self.assertIn("missed: budget: measured 2", done.stdout)
        page = (self.folder / "verification.md").read_text()
        self.assertLess(page.index("## Missed"), page.index("## Invariants"))

    def test_a_slow_program_that_fails_is_told_with_all(self):
        done = self.run_program(
            "verify", "--all", "--programs", self.programs("0.5", "true"), code=6
        )
        self.assertIn("failed: verify_long", done.stdout)

    def test_without_programs_it_says_where_they_come_from(self):
        (self.folder / "none").mkdir()
        errors = self.run_program("verify", "--programs", "none", code=5).stderr
        self.assertIn("ninja -C build/release verification", errors)


if __name__ == "__main__":
    unittest.main()
