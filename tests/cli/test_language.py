"""The worked examples of docs/model-language.md run and meet their exact solutions."""

import math
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import SOURCES, ProgramTest  # noqa: E402


def example(name):
    """The complete model of this name on the page of the language."""
    page = (SOURCES / "docs" / "model-language.md").read_text()
    for block in re.findall(r"```toml\n(.*?)```", page, re.S):
        if re.search(rf'^name = "{name}"$', block, re.M):
            return block
    raise AssertionError(f"no model '{name}' in docs/model-language.md")


def scenario(model, domain='geometry = "well_mixed"', until="4 day", rest=""):
    return (f'title = "t"\nmodel = "{model}.toml"\n[domain]\n{domain}\n'
            f'[run]\nuntil = "{until}"\ntolerance = 1e-6\n[output]\nevery = "1 day"\n{rest}')


class Example(ProgramTest):
    def courses(self, name, *settings, **keys):
        """Time courses of an example's run, by name, and its time in days."""
        import h5py
        self.write(f"{name}.toml", example(name))
        self.write("scenario.toml", scenario(name, **keys))
        settings = [part for setting in settings for part in ("--set", setting)]
        self.run_program("run", "scenario.toml", "--overwrite", "-o", "r.h5", *settings)
        with h5py.File(self.folder / "r.h5") as file:
            return {key: file[key][()] for key in file if hasattr(file[key], "shape")}


class Switches(Example):
    def test_each_option_gives_its_own_exact_course(self):
        k, K, s0 = 0.5, 4.0, 10.0
        linear = self.courses("alternatives")
        for t, s in zip(linear["time"], linear["signal"]):
            self.assertAlmostEqual(s, s0 * math.exp(-k * t), delta=1e-4)
        enzyme = self.courses("alternatives", "parameters.clearance=saturating")
        for t, s in zip(enzyme["time"], enzyme["signal"]):
            # K ds/s + ds = -k K dt
            self.assertAlmostEqual(K * math.log(s0 / s) + s0 - s, k * K * t, delta=1e-4)
        squared = self.courses("alternatives", "parameters.clearance=saturating", "parameters.n=2")
        for t, s in zip(squared["time"], squared["signal"]):
            # (K^2/s^2 + 1) ds = -k K dt
            self.assertAlmostEqual(K * K * (1 / s - 1 / s0) + s0 - s, k * K * t, delta=1e-4)

    def test_an_option_that_does_not_exist_is_refused_with_those_that_do(self):
        self.write("alternatives.toml", example("alternatives"))
        self.write("scenario.toml", scenario("alternatives"))
        for setting, expected in (
                ("clearance=saturated", ("switch 'clearance' has no option 'saturated'",
                                         "did you mean 'saturating'?")),
                ("n=3", ("'n' cannot be 3", "its options are 1, 2"))):
            errors = self.run_program("run", "scenario.toml", "--set", f"parameters.{setting}",
                                      code=3).stderr
            for part in expected:
                self.assertIn(part, errors)
        self.assertEqual(self.results(), [])

    def test_checks_descriptions_and_evaluations_know_every_option(self):
        self.write("alternatives.toml", example("alternatives"))
        checked = self.run_program("model", "check", "alternatives.toml").stdout
        self.assertIn("with clearance = saturating", checked)
        described = self.run_program("model", "describe", "alternatives.toml").stdout
        self.assertIn("Switches", described)
        self.assertIn("by an enzyme that saturates", described)
        evaluated = self.run_program("model", "eval", "alternatives.toml", "signal=4 ng/mL",
                                     "clearance=saturating").stdout
        self.assertRegex(evaluated, r"enzymatic_clearance +signal -1 ng/mL")
        self.assertRegex(evaluated, r"linear_clearance .*runs when clearance = linear")


if __name__ == "__main__":
    unittest.main()
