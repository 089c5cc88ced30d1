"""Which parameters an outcome hangs on, as told by the program."""

import csv
import json
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from program import PROGRAM, SMALL, ProgramTest  # noqa: E402

COARSE = (
    SMALL.replace('"60 um"', '"100 um"')
    .replace("1e-3", "1e-2")
    .replace('sessions = 2\nspacing = "2 week"\n', "sessions = 1\n")
)
FEW = ["--parameters", "K_M,a_1", "--outcomes", "collagen_dermis_gain_28d,tgf_beta_peak"]


class Sensitivity(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("case.toml", COARSE)

    def run_small(self, *more, code=0):
        return self.run_program("sensitivity", "case.toml", "--quiet", *FEW, *more, code=code)

    def test_files_say_the_same_numbers(self):
        self.run_small("--samples", "4", "-o", "found")
        report = json.loads((self.folder / "found.json").read_text())
        self.assertEqual((report["method"], report["cases"], report["failed"]), ("morris", 12, 0))
        with open(self.folder / "found.csv") as file:
            rows = {(row["outcome"], row["parameter"]): row for row in csv.DictReader(file)}
        for outcome in report["outcomes"]:
            for entry in outcome["inputs"]:
                row = rows[outcome["name"], entry["parameter"]]
                self.assertEqual(float(row["mu_star"]), entry["mu_star"][0])
        gain = next(o for o in report["outcomes"] if o["name"] == "collagen_dermis_gain_28d")
        effects = {entry["parameter"]: entry for entry in gain["inputs"]}
        # More signal is needed for half the influx: fewer macrophages, less collagen.
        self.assertLess(effects["K_M"]["mu"], 0)
        self.assertGreater(effects["a_1"]["mu"], 0)

    def test_effects_are_those_of_the_cases_in_the_table(self):
        self.run_small("--samples", "2", "-o", "found")
        with open(self.folder / "found.cases.csv") as file:
            cases = sorted(
                csv.DictReader(line for line in file if not line.startswith("#")),
                key=lambda row: int(row["case"]),
            )
        self.assertEqual(len(cases), 6)
        total = 0.0
        for before, after in zip(cases, cases[1:]):
            moved = [k for k in ("K_M [I_ref]", "a_1") if before[k] != after[k]]
            if int(after["case"]) % 3 and moved == ["a_1"]:
                rise = float(after["collagen_dermis_gain_28d [%]"]) - float(
                    before["collagen_dermis_gain_28d [%]"]
                )
                total += abs(rise) / 0.5 / 2
        report = json.loads((self.folder / "found.json").read_text())
        gain = next(o for o in report["outcomes"] if o["name"] == "collagen_dermis_gain_28d")
        entry = next(e for e in gain["inputs"] if e["parameter"] == "a_1")
        self.assertAlmostEqual(entry["mu_star"][0], total, places=12)

    def test_sobol_indices_of_two_parameters_explain_the_variance(self):
        done = self.run_small("--method", "sobol", "--samples", "16", "--json")
        gain = next(
            o
            for o in json.loads(done.stdout)["outcomes"]
            if o["name"] == "collagen_dermis_gain_28d"
        )
        total = sum(entry["total"][0] for entry in gain["inputs"])
        self.assertGreater(total, 0.7)
        self.assertGreater(gain["inputs"][0]["total"][0], 0.2)

    def test_a_stopped_study_goes_on_where_it_was(self):
        command = [
            PROGRAM,
            "sensitivity",
            "case.toml",
            "--quiet",
            *FEW,
            "--samples",
            "8",
            "--threads",
            "1",
        ]
        process = subprocess.Popen(
            [*command, "-o", "cut"], cwd=self.folder, stderr=subprocess.PIPE, text=True
        )
        for _ in range(600):
            note = self.folder / "cut.store/all.starts"
            if note.exists() and note.read_text().count("end") >= 2:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        self.assertIn("goes on", process.communicate(timeout=60)[1])
        self.assertEqual(process.returncode, 75)
        subprocess.run([*command, "-o", "cut"], cwd=self.folder, check=True, capture_output=True)
        subprocess.run([*command, "-o", "whole"], cwd=self.folder, check=True, capture_output=True)
        self.assertEqual(
            (self.folder / "cut.json").read_text(), (self.folder / "whole.json").read_text()
        )

    def test_a_collected_morris_study_gives_the_effects_of_its_runs(self):
        self.write(
            "study.toml",
            """\
title = "Two parameters"
scenario = "case.toml"
design = "morris"
samples = 3
outcomes = ["collagen_dermis_gain_28d", "tgf_beta_peak"]
[[axis]]
key = "parameters.K_M"
range = ["0.05 I_ref", "0.2 I_ref"]
distribution = "uniform"
[[axis]]
key = "parameters.a_1"
range = [10, 30]
distribution = "uniform"
""",
        )
        self.run_program("study", "run", "study.toml")
        done = self.run_program("sensitivity", "study", "--json", "--outcomes", "collagen*")
        report = json.loads(done.stdout)
        with open(self.folder / "study" / "collected.csv") as file:
            runs = list(csv.DictReader(file))
        found = report["outcomes"][0]
        self.assertEqual([o["name"] for o in report["outcomes"]], ["collagen_dermis_gain_28d"])
        for entry in found["inputs"]:
            effects = []
            for before, after in zip(runs, runs[1:]):
                moved = [name for name in ("K_M", "a_1") if before[name] != after[name]]
                if moved == [entry["parameter"]]:
                    rise = float(after[found["name"]]) - float(before[found["name"]])
                    up = float(after[moved[0]]) > float(before[moved[0]])
                    effects.append(2 * rise if up else -2 * rise)
            self.assertEqual(entry["effects"], len(effects))
            self.assertGreater(len(effects), 1)
            self.assertAlmostEqual(entry["mu"], sum(effects) / len(effects), places=12)

    def test_a_study_of_another_design_is_refused_with_the_way_out(self):
        self.write(
            "study.toml",
            """\
scenario = "case.toml"
[[axis]]
key = "parameters.a_1"
values = [10, 30]
""",
        )
        self.run_program("study", "run", "study.toml")
        done = self.run_program("sensitivity", "study", code=3)
        self.assertIn("design 'grid'", done.stderr)
        self.assertIn("--method sobol", done.stderr)
        (self.folder / "empty").mkdir()
        self.assertIn("study collect", self.run_program("sensitivity", "empty", code=5).stderr)

    def test_results_are_not_replaced(self):
        self.run_small("--samples", "1", "-o", "found")
        self.assertIn("--overwrite", self.run_small("-o", "found", code=5).stderr)
        other = self.run_program(
            "sensitivity",
            "case.toml",
            "--quiet",
            "--samples",
            "1",
            "--parameters",
            "a_3",
            "-o",
            "found",
            code=5,
        )
        self.assertIn("--overwrite", other.stderr)

    def test_names_that_do_not_exist_are_errors(self):
        done = self.run_program("sensitivity", "case.toml", "--parameters", "K_MM", code=3)
        self.assertIn("no parameter matches 'K_MM'", done.stderr)
        done = self.run_program("sensitivity", "none.toml", code=3)
        self.assertIn("none.toml", done.stderr)


if __name__ == "__main__":
    unittest.main()
