#!/usr/bin/python3
"""What is beyond all bounds is refused before any work, with a way out; readers are linear."""

import os
import subprocess
import time
import unittest

from program import PROGRAM, SMALL, ProgramTest
from test_judging import DECAY

PATCH = SMALL.replace('"single_channel"', '"patch"')


class Limits(ProgramTest):
    def refused(self, text, *settings, says, way_out):
        """`check` and `run` refuse within seconds, and nothing is left."""
        self.write("s.toml", text)
        words = [word for one in settings for word in ("--set", one)]
        for verb in (("check",), ("run", "--interpreter", "-o", "a.h5"), ("run", "--dry-run")):
            began = time.monotonic()
            done = self.run_program(verb[0], "s.toml", *verb[1:], *words, code=3)
            self.assertLess(time.monotonic() - began, 20.0, verb)
            self.assertIn(says, done.stderr)
            self.assertIn(way_out, done.stderr)
        self.assertFalse([name for name in self.results()])

    def test_records(self):
        self.refused(SMALL, "output.every=1e-6 s", says="records", way_out='use every = "')
        self.refused(SMALL, "output.every=1e-9 s", says="records", way_out='use every = "')

    def test_grids(self):
        for spacing in ("1e-9 um", "1e-3 um"):
            self.refused(
                SMALL,
                f"domain.spacing={spacing}",
                says="cells along one axis",
                way_out="coarser domain.spacing",
            )
        self.refused(
            PATCH,
            "domain.spacing=1 um",
            "domain.width=50 mm",
            says="voxels",
            way_out="smaller domain.width",
        )

    def test_memory(self):
        self.refused(
            PATCH,
            "domain.spacing=5 um",
            "domain.width=2 mm",
            says="this machine has",
            way_out="coarser domain.spacing",
        )

    def test_sessions_and_punctures(self):
        self.refused(SMALL, "regimen.sessions=1000000000", says="10000", way_out="sessions")
        self.refused(
            PATCH,
            "regimen.puncture_density=1e12 cm-2",
            "domain.width=1 mm",
            says="punctures",
            way_out="smaller density",
        )

    def test_length_and_steps(self):
        self.refused(
            SMALL, "run.until=1e6 year", "output.every=100 year", says="years", way_out="run.until"
        )
        self.refused(SMALL, "run.largest_step=1e-9 s", says="steps", way_out="or more")

    def test_cases(self):
        for name in ("s.toml", "other.toml"):
            self.write(name, SMALL)
        self.write(
            "study.toml",
            'title = "Many"\nscenario = "s.toml"\ndesign = "random"\n'
            'samples = 100000000\n[[axis]]\nkey = "regimen.spacing"\n'
            'range = ["1 week", "4 week"]\n',
        )
        for code, command in (
            (2, ("sensitivity", "s.toml", "--samples", 100000000, "--parameters", "d_1")),
            (
                2,
                (
                    "compare",
                    "s.toml",
                    "other.toml",
                    "--cohort",
                    "acne_scars",
                    "--persons",
                    100000000,
                    "--draws",
                    1,
                ),
            ),
            (3, ("study", "plan", "study.toml", "-o", "st")),
        ):
            began = time.monotonic()
            done = self.run_program(*command, code=code)
            self.assertIn("possible", done.stderr)
            self.assertLess(time.monotonic() - began, 20.0)

    def test_check_says_what_a_run_takes(self):
        self.write("s.toml", SMALL)
        for command in (("check", "s.toml"), ("run", "s.toml", "--dry-run")):
            said = self.run_program(*command).stdout
            for word in (
                "voxels",
                "of memory",
                "steps",
                "records",
                "a result of up to",
                "operations to compile",
            ):
                self.assertIn(word, said)

    def test_threads(self):
        self.write("s.toml", SMALL)
        done = self.run_program("run", "s.toml", "-o", "a.h5", "--threads", 100000, code=2)
        self.assertIn("at most 1024 threads", done.stderr)


class Inputs(ProgramTest):
    def test_devices_pipes_and_large_files_are_refused_at_once(self):
        os.mkfifo(self.folder / "pipe.toml")
        with open(self.folder / "large.toml", "wb") as file:
            file.truncate(1 << 30)
        for name in ("/dev/zero", "pipe.toml", "large.toml", "/dev/tty", "."):
            with self.subTest(name):
                done = subprocess.run(
                    [PROGRAM, "check", name],
                    cwd=self.folder,
                    capture_output=True,
                    text=True,
                    timeout=20,
                )
                self.assertIn(done.returncode, (3, 5))
                self.assertIn(name, done.stderr)

    def test_models_too(self):
        os.mkfifo(self.folder / "pipe.toml")
        for model in ("pipe.toml", "/dev/zero"):
            self.write("s.toml", SMALL.replace('"microneedling"', f'"{model}"'))
            done = subprocess.run(
                [PROGRAM, "check", "s.toml"],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=20,
            )
            self.assertIn(done.returncode, (3, 5), done.stderr)

    def test_marks_and_line_ends_of_editors(self):
        self.write("decay.toml", "\ufeff".encode() + DECAY.replace("\n", "\r\n").encode())
        text = (
            'title = "Decay"\nmodel = "decay.toml"\n[domain]\ngeometry = "well_mixed"\n[run]\n'
            'until = "2 day"\n'
        )
        self.write("s.toml", "\ufeff".encode() + text.replace("\n", "\r\n").encode())
        self.run_program("run", "s.toml", "--interpreter", "-o", "a.h5", "--quiet")
        self.run_program("plot", "a.h5", "--formats", "png")
        self.write(
            "wrong.toml",
            "\ufeff".encode() + text.replace("title", "titel").replace("\n", "\r\n").encode(),
        )
        said = self.run_program("check", "wrong.toml", code=3).stderr
        self.assertIn("wrong.toml:1:1:", said)
        self.assertNotIn("\r", said)


class Readers(ProgramTest):
    def check(self, *command, says):
        """Refused within seconds as an invalid input, with a short message."""
        began = time.monotonic()
        said = self.run_program(*command, code=3).stderr
        self.assertLess(time.monotonic() - began, 20.0, command)
        self.assertIn(says, said)
        self.assertLess(len(said), 250_000)

    def test_texts_without_end_are_refused_in_every_kind_of_file(self):
        n = 100_000
        deep = "a." * n + "a"
        texts = {
            f"[{deep}]\n": "a key of more than 32 parts",
            f"a = {{ {deep} = 1 }}\n": "a key of more than 32 parts",
            "a = " + "[" * n + "]" * n: "more than 32 deep",
            "a = " + "{ a = " * n + "1" + " }" * n: "more than 32 deep",
            "a = [" + "1, " * 600_000 + "]": "more than 500000 keys",
            "".join(f"unknown_{i} = 1\n" for i in range(50_000)): "100 faults were found",
        }
        for text, says in texts.items():
            self.write("a.toml", text)
            self.write("m.toml", text)
            self.write("s.toml", SMALL.replace('"microneedling"', '"m.toml"'))
            self.check("check", "a.toml", says=says)
            self.check("check", "s.toml", says=says)
            self.check("model", "check", "m.toml", says=says)
            if "unknown" not in text[:9]:  # without a scenario nothing else is looked at
                self.check("study", "plan", "a.toml", "-o", "st", says=says)
        self.write("s.toml", SMALL)
        self.check(
            "check", "s.toml", "--set", deep[-60_001:] + "=1", says="a key of more than 32 parts"
        )

    def test_expressions_without_end_are_refused(self):
        for rate in (
            "k" + "+k" * 90_000,
            "k" + "*k" * 90_000,
            "2" + "^2" * 90_000,
            "(" * 90_000 + "k" + ")" * 90_000,
            "-" * 90_000 + "k",
            "exp(" * 40_000 + "0" + ")" * 40_000,
            "k" * 300_000,
        ):
            self.write("m.toml", DECAY.replace('rate = "', f'rate = "{rate}*'))
            with self.subTest(rate[:10]):
                self.check("model", "check", "m.toml", says="m.toml:")

    def test_twenty_thousand_parameters_are_read_in_seconds(self):
        n = 20000
        many = "".join(
            f'[parameter.p{i}]\nvalue = "0.1 mm2/d"\nmeaning = "m"\nsource = "chosen"\n'
            'evidence = "design"\n'
            for i in range(n)
        )
        self.write("many.toml", DECAY + many)
        given = "".join(f'p{i} = "0.2 mm2/d"\n' for i in range(n))
        self.write(
            "s.toml",
            'title = "Many"\nmodel = "many.toml"\n[domain]\n'
            'geometry = "well_mixed"\n[run]\nuntil = "2 day"\n[parameters]\n' + given,
        )
        for command in (("check", "s.toml", "--quiet"), ("model", "check", "many.toml")):
            before = os.times()
            self.run_program(*command)
            used = os.times().children_user - before.children_user
            self.assertLess(used, 3.0, command)


if __name__ == "__main__":
    unittest.main()
