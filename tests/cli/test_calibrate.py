"""`neocol calibrate` finds a value again that a table was made with."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import SMALL, ProgramTest  # noqa: E402

DAYS = (2, 7, 14)


class Calibrate(ProgramTest):
    def setUp(self):
        super().setUp()
        os.environ["NEOCOL_PYTHON"] = sys.executable
        self.write(
            "small.toml",
            SMALL.replace('sessions = 2\nspacing = "2 week"', "sessions = 1")
            .replace('"60 um"', '"100 um"')
            .replace("5 week", "15 day"),
        )

    def table(self, value):
        """Macrophages and neutrophils of a run with another loss of repair macrophages."""
        self.run_program(
            "run",
            "small.toml",
            "--set",
            f"parameters.d_M2={value} d-1",
            "--output",
            "truth.h5",
            "--quiet",
        )
        import h5py

        lines = ["id,scenario,assay,measure,at,low,high"]
        with h5py.File(self.folder / "truth.h5") as file:
            time = list(file["time"][()])
            for name in ("macrophages", "neutrophils"):
                for day in DAYS:
                    y = file[name][time.index(day)]
                    lines.append(
                        f"{name},small.toml,observable:{name},value,{day} day,"
                        f"{0.95 * y:.8g},{1.05 * y:.8g}"
                    )
        self.write("mine.csv", "\n".join(lines) + "\n")

    def calibrate(self, *arguments, code=0):
        return self.run_program(
            "calibrate",
            "--cache",
            self.folder / "cache",
            "--table",
            "mine.csv",
            *arguments,
            code=code,
        )

    def test_the_value_a_table_was_made_with_is_found_and_sampled(self):
        self.table(0.45)
        out = self.calibrate(
            "--parameters",
            "d_M2",
            "--measured",
            "--output",
            "fit",
            "--draws",
            "6",
            "--profiles",
            "d_M2",
        ).stdout
        self.assertIn("sum of squares", out)
        header, line = (self.folder / "fit" / "moves.csv").read_text().splitlines()
        found = dict(zip(header.split(","), line.split(",")))
        self.assertAlmostEqual(float(found["fitted"]), 0.45, delta=0.02)
        self.assertLess(float(found["low"]), 0.45)
        self.assertGreater(float(found["high"]), 0.45)
        sample = (self.folder / "fit" / "sample.csv").read_text().splitlines()
        self.assertEqual(sample[0], "draw,weight,d_M2 [d-1]")
        self.assertEqual(len(sample), 7)
        self.assertTrue((self.folder / "fit" / "calibration.png").is_file())

    def test_parameters_that_may_not_move_are_refused_with_the_reason(self):
        self.write("mine.csv", "id,scenario,assay,sign\nq,small.toml,melanin,1\n")
        for name, expected in (
            ("no_such", "has no parameter 'no_such'"),
            ("v_front", "varies with age, layer or phototype"),
            ("I_damage", "declares no range"),
        ):
            self.assertIn(expected, self.calibrate("--parameters", name, code=3).stderr)

    def test_a_setting_without_a_value_is_refused(self):
        self.write("mine.csv", "id,scenario,assay,sign\nq,small.toml,melanin,1\n")
        errors = self.calibrate("--parameters", "d_M2", "--set", "domain.spacing", code=3).stderr
        self.assertIn("domain.spacing", errors)
        self.assertIn("KEY=VALUE", errors)


if __name__ == "__main__":
    unittest.main()
