"""How the Python programs end where somebody interrupts them or nobody reads what they print."""
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from programs import FolderTest
from synthetic_result import Case, write

SCRIPTS = Path(__file__).parents[2] / "scripts"


class Endings(FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        write(cls.folder / "course.h5", Case())

    def start(self, *arguments, **options):
        run = subprocess.Popen(
            [
                sys.executable,
                str(SCRIPTS / "plot_run.py"),
                "course.h5",
                "--figures",
                "courses",
                "--observables",
                "tgf_beta",
                *arguments,
            ],
            cwd=self.folder,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.addCleanup(run.stderr.close)
        self.addCleanup(run.kill)
        return run

    def test_an_interruption_is_a_line_and_leaves_no_half_of_a_figure(self):
        for seconds in (1.0, 3.0, 5.0):
            run = self.start("--output", "drawn", "--dpi", "600", stdout=subprocess.DEVNULL)
            time.sleep(seconds)
            run.send_signal(signal.SIGINT)
            _, said = run.communicate(timeout=300)
            if run.returncode == 0:
                break
            self.assertIn(run.returncode, (130, -signal.SIGINT))
            self.assertNotIn("Traceback", said)
            if run.returncode == 130:  # else it had not begun
                self.assertIn("interrupted", said)
            self.assertEqual(list(self.folder.rglob("*.part")), [])

    def test_output_that_nobody_reads_ends_quietly(self):
        read, write_end = os.pipe()
        os.close(read)
        run = self.start("--formats", "png", "--dpi", "40", stdout=write_end)
        os.close(write_end)
        _, said = run.communicate(timeout=300)
        self.assertEqual((run.returncode, said), (141, ""))

    def test_a_full_output_is_a_file_error(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            run = self.start("--formats", "png", "--dpi", "40", stdout=full)
            _, said = run.communicate(timeout=300)
        self.assertEqual(run.returncode, 5, said)
        self.assertIn("cannot write", said)


if __name__ == "__main__":
    unittest.main()
