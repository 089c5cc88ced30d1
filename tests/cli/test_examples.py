"""Programs of examples/ on the installed library: found, compiled, run."""

import os
import subprocess
import unittest

from program import SOURCES, ProgramTest


class Examples(ProgramTest):
    def call(self, *words):
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=550)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_they_are_built_on_the_installed_library_and_say_what_they_should(self):
        prefix, build = self.folder / "prefix", self.folder / "build"
        self.call("cmake", "--install", os.environ["NEOCOL_BUILD"], "--prefix", prefix)
        self.call("cmake", "-S", SOURCES / "examples", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
        self.call("cmake", "--build", build, "--parallel", "2")
        said = self.call(build / "own_model").splitlines()
        self.assertEqual(len(said), 5)
        for line in said:
            computed, exact = line.split()[2], line.split()[-1]
            self.assertAlmostEqual(float(computed), float(exact), delta=1e-5)
        said = self.call(build / "run_with_observer")
        self.assertEqual(said.count("session"), 4)
        self.assertRegex(said, r"day  56  collagen \+\d")
        said = sorted(self.call(build / "sweep").splitlines())
        self.assertEqual([line.split(":")[0] for line in said], ["0.5 mm", "1 mm", "1.5 mm"])
        gains = [float(line.split()[6]) for line in said]
        self.assertEqual(gains, sorted(gains))
        # Nothing of others is needed to compile against the headers.
        self.assertEqual(sorted(path.name for path in (prefix / "include").iterdir()), ["neocol"])


if __name__ == "__main__":
    unittest.main()
