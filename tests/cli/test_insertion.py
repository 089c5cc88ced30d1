"""The law of insertion is data: set, drawn, kept with a study and with a result."""

import json
import shutil
import sys
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).parent))
from program import DECAY_OF_U, SMALL, SOURCES, ProgramTest  # noqa: E402

LAW = SOURCES / "models" / "microneedling" / "insertion.toml"
SHIPPED = {
    "insertion_sharp_force": "0.029 N",
    "insertion_force_per_area": "40 N mm-2",
    "insertion_reference_speed": "43200 mm d-1",
    "insertion_speed_exponent": "-0.432",
    "insertion_least_share": "0.1",
    "insertion_stiffness": "0.073 N mm-1",
    "insertion_contact_modulus": "6 N mm-2",
    "insertion_sharp_tip": "0.02 mm",
}
QUICK = (
    SMALL.replace('"60 um"', '"100 um"')
    .replace("1e-3", "1e-2")
    .replace('until = "5 week"', 'until = "16 day"')
    .replace(', "5 week"', "")
)
MODEL = (
    '[model]\nname = "decay"\ntitle = "Decay"\nlayers = ["epidermis", "papillary_dermis", '
    '"reticular_dermis", "subcutis"]\nstationary = false\n' + DECAY_OF_U
)
OWN = (
    QUICK.replace('model = "microneedling"', 'model = "decay"')
    .replace('fields = ["collagen3_new", "tgf_beta"]\n', "")
    .replace('field_times = ["0 day", "7 day"]\n', "")
)


class Insertion(ProgramTest):
    def sessions(self, *arguments):
        """Depth [mm] and force [N] of the first session's punctures, and the run's hash."""
        self.run_program("run", *arguments, "-o", "r.h5", "--overwrite", "--quiet")
        with h5py.File(self.folder / "r.h5") as file:
            return (
                float(file["sessions/channel_depth"][0]),
                float(file["sessions/insertion_force"][0]),
            )

    def hash(self):
        return json.loads(self.run_program("info", "r.h5", "--json").stdout)["scenario_hash"]

    def test_the_law_is_set_as_any_parameter(self):
        self.write("s.toml", QUICK)
        depth, force = self.sessions("s.toml")
        # (0.029 + 40 pi (4 um)^2) (20)^-0.432 N; (1.5 mm - F/0.073) / 1.45
        area = 3.14159265358979 * 0.004**2
        self.assertAlmostEqual(force, (0.029 + 40 * area) * 20**-0.432, places=12)
        self.assertAlmostEqual(depth, (1.5 - force / 0.073) / 1.45, places=12)
        same = self.sessions(
            "s.toml",
            *(
                word
                for name, value in SHIPPED.items()
                for word in ("--set", f"parameters.{name}={value}")
            ),
        )
        self.assertEqual(same, (depth, force))  # to the last bit
        soft, _ = self.sessions("s.toml", "--set", "parameters.insertion_stiffness=0.0365 N mm-1")
        self.assertAlmostEqual(soft, (1.5 - 2 * force / 0.073) / 1.45, places=12)
        done = self.run_program(
            "run", "s.toml", "--set", "parameters.insertion_stiffness=0 N mm-1", "--dry-run", code=3
        )
        self.assertIn("insertion_stiffness must be positive", done.stderr)

    def test_the_law_is_drawn_as_any_parameter(self):
        self.write("s.toml", QUICK)
        done = self.run_program(
            "sensitivity",
            "s.toml",
            "--parameters",
            "insertion_stiffness,insertion_sharp_force",
            "--samples",
            "1",
            "--outcomes",
            "tgf_beta_peak",
            "--json",
            "--quiet",
            "--whole-model",
        )
        (outcome,) = json.loads(done.stdout)["outcomes"]
        self.assertEqual(
            [one["parameter"] for one in outcome["inputs"]],
            ["insertion_sharp_force", "insertion_stiffness"],
        )
        for one in outcome["inputs"]:
            self.assertGreater(one["mu_star"][0], 0.0)

    def test_a_model_without_a_law_has_the_librarys_and_carries_it(self):
        (self.folder / "models").mkdir()
        self.write("models/decay.toml", MODEL)
        self.write("s.toml", OWN)
        given = self.sessions("s.toml")
        self.assertGreater(given[0], 0.9)
        first = self.hash()
        shutil.copy(self.folder / "r.h5", self.folder / "first.h5")
        self.assertEqual(self.sessions("--from", "first.h5"), given)
        self.assertEqual(self.hash(), first)
        other = self.sessions("s.toml", "--set", "parameters.insertion_stiffness=0.1 N mm-1")
        self.assertGreater(other[0], given[0])
        self.assertNotEqual(self.hash(), first)
        (self.folder / "models" / "microneedling").mkdir()
        self.write(
            "models/microneedling/insertion.toml",
            LAW.read_text().replace('"0.073 N mm-1"', '"0.1 N mm-1"'),
        )
        self.assertEqual(self.sessions("s.toml"), other)  # the user's folder comes first

    def test_a_study_carries_the_law(self):
        (self.folder / "models").mkdir()
        self.write(
            "models/decay.toml",
            MODEL + '[observable]\nu = { value = "u", unit = "ng/mL", '
            'meaning = "m" }\n[outcome]\nleft = { of = "u", measure = "value", at = "2 d", '
            'unit = "ng/mL", meaning = "m" }\n',
        )
        self.write("s.toml", OWN)
        self.write(
            "study.toml",
            'scenario = "s.toml"\n[[axis]]\n'
            'key = "parameters.insertion_stiffness"\n'
            'values = ["0.05 N mm-1", "0.1 N mm-1"]\n',
        )
        self.run_program("study", "plan", "study.toml", "--interpreter", "-o", "p")
        self.assertEqual(
            (self.folder / "p/inputs/models/microneedling/insertion.toml").read_text(),
            LAW.read_text(),
        )
        shutil.rmtree(self.folder / "models")
        self.assertIn("2 of 2 cases complete", self.run_program("study", "run", "p").stdout)

    def test_nothing_of_the_law_is_called_unused(self):
        done = self.run_program("model", "check", "microneedling")
        self.assertNotIn("insertion_", done.stdout + done.stderr)
        self.assertIn("force to pierce", self.run_program("describe", "roller_192").stdout)


if __name__ == "__main__":
    unittest.main()
