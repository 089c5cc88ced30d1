"""Runs that are stopped, killed, resumed and forked."""

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).parent))
from neocol.seal import seal  # noqa: E402
from program import PROGRAM, SMALL, ProgramTest  # noqa: E402
from runs_compared import different  # noqa: E402

# Moments at which runs are killed: a few in CI, NEOCOL_KILLS=200 in the slow test.
KILLS = int(os.environ.get("NEOCOL_KILLS", "6"))

# Three sessions listed one by one, fields before and after them, an uneven grid of records.
COURSE = (
    SMALL.replace(
        """[regimen]
sessions = 2
spacing = "2 week"
puncture_density = "250 cm-2"
""",
        """[regimen]
puncture_density = "250 cm-2"
""",
    )
    .replace('"60 um"', '"120 um"')
    .replace('"5 week"\ntol', '"4 week"\ntol')
    .replace('"5 week"]', '"14 day", "4 week"]')
    + """
[[session]]
at = "0 day"
[[session]]
at = "1 week"
[[session]]
at = "3 week"
"""
)


class CheckpointTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("course.toml", COURSE)

    def start(self, *arguments, **options):
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def whole(self, name="whole.h5", scenario="course.toml"):
        self.run_program("run", scenario, "--output", name, "--quiet", "--threads", 1)
        return self.folder / name

    def stopped(self, name="run.h5", after=0.1, kind=signal.SIGTERM, *arguments):
        """A run with a checkpoint at every step, stopped by a signal."""
        run = self.start(
            "run",
            "course.toml",
            "--output",
            name,
            "--quiet",
            "--threads",
            1,
            "--checkpoint-every",
            "0 s",
            *arguments,
        )
        checkpoint = self.folder / f"{name}.checkpoint"
        until = time.monotonic() + 60
        while not checkpoint.exists() and run.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(after)
        run.send_signal(kind)
        output, errors = run.communicate()
        return run.returncode, errors

    def same(self, a, b):
        self.assertEqual(different(self.folder / a, self.folder / b), [])

    def leftovers(self):
        return [n for n in self.results() if n.endswith((".part", ".checkpoint", ".old"))]


class Stop(CheckpointTest):
    def test_checkpoints_do_not_change_a_bit(self):
        self.whole()
        self.run_program(
            "run", "course.toml", "--output", "often.h5", "--quiet", "--checkpoint-every", "0 s"
        )
        self.same("whole.h5", "often.h5")
        self.assertEqual(self.leftovers(), [])

    def test_signals_stop_with_a_checkpoint_and_say_how_to_go_on(self):
        self.whole()
        for kind in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            name = f"{kind.name}.h5"
            code, errors = self.stopped(name, 0.1, kind)
            self.assertEqual(code, 75, errors)
            self.assertIn(f"stopped by {kind.name} at day", errors)
            self.assertIn(f"neocol resume {name}.checkpoint", errors)
            shown = self.run_program("info", f"{name}.checkpoint").stdout
            self.assertRegex(shown, r"checkpoint at day [\d.]+ of 28")
            self.run_program("resume", f"{name}.checkpoint", "--threads", 2, "--quiet")
            self.same("whole.h5", name)
        self.assertEqual(self.leftovers(), [])

    def test_the_limit_of_wall_time_stops_again_and_again_until_the_end(self):
        self.whole()
        limit = ("--max-wall-time", "0.02 s", "--quiet")
        done = self.start("run", "course.toml", "--output", "run.h5", *limit)
        _, errors = done.communicate()
        self.assertIn("limit of wall time", errors)
        attempts = 1
        while done.returncode == 75 and attempts < 400:
            done = self.start("resume", "run.h5.checkpoint", *limit)
            _, errors = done.communicate()
            attempts += 1
        self.assertEqual(done.returncode, 0, errors)
        self.assertGreater(attempts, 1)
        self.same("whole.h5", "run.h5")

    def test_a_well_mixed_run_goes_on_to_the_same_bits(self):
        models = Path(os.environ["NEOCOL_SOURCE_DIR"]) / "tests" / "models"
        self.write(
            "mixed.toml",
            f"""\
title = "Predators and prey"
model = "{models}/predator_prey.toml"
[domain]
geometry = "well_mixed"
[run]
until = "60 day"
[output]
every = "1 day"
""",
        )
        self.whole(scenario="mixed.toml")
        for i in range(4):
            done = self.start(
                "run" if i == 0 else "resume",
                "mixed.toml" if i == 0 else "mixed.h5.checkpoint",
                "--max-wall-time",
                "0.001 s",
                "--quiet",
            )
            _, errors = done.communicate()
            self.assertEqual(done.returncode, 75, errors)
        self.run_program("resume", "mixed.h5.checkpoint", "--quiet")
        self.same("whole.h5", "mixed.h5")


class Kill(CheckpointTest):
    def test_killed_at_random_moments_a_run_ends_with_the_same_bits(self):
        self.whole()
        begun = time.monotonic()
        self.run_program(
            "run",
            "course.toml",
            "--output",
            "often.h5",
            "--quiet",
            "--threads",
            1,
            "--checkpoint-every",
            "0 s",
        )
        # From before the first step to far into the run, however fast the machine is now.
        latest = 0.6 * (time.monotonic() - begun)
        draw = random.Random(int(os.environ.get("NEOCOL_KILL_SEED", "1")))
        kills = 0
        while kills < KILLS:
            shutil.rmtree(self.folder / "k", ignore_errors=True)
            (self.folder / "k").mkdir()
            command = ["run", "course.toml", "--output", "k/run.h5"]
            while True:
                every = draw.choice(["0 s", "0 s", "50 ms"])
                run = self.start(
                    *command,
                    "--quiet",
                    "--checkpoint-every",
                    every,
                    "--threads",
                    draw.choice([1, 2]),
                )
                try:
                    _, errors = run.communicate(timeout=draw.uniform(0.02, latest))
                except subprocess.TimeoutExpired:
                    run.send_signal(draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
                    _, errors = run.communicate()
                    kills += 1
                self.assertIn(run.returncode, (0, 75, -signal.SIGKILL, -signal.SIGTERM), errors)
                if run.returncode == 0:
                    break
                names = [p.name for p in (self.folder / "k").iterdir()]
                if "run.h5.checkpoint" in names or "run.h5" in names:
                    command = ["resume", "k/run.h5"]
                else:  # killed before the first checkpoint
                    command = ["run", "course.toml", "--output", "k/run.h5", "--overwrite"]
            self.same("whole.h5", "k/run.h5")
            left = sorted(p.name for p in (self.folder / "k").iterdir())
            self.assertEqual(left, ["run.h5", "run.xdmf"])
        print(f"{kills} kills in {time.monotonic() - begun:.0f} s", file=sys.stderr)


class Refusal(CheckpointTest):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.stopped()[0], 75)

    def altered(self, name, value):
        """The checkpoint with another identity, its sum made anew."""
        path = self.folder / "run.h5.checkpoint"
        with h5py.File(path, "r+") as file:
            file["identity"].attrs[name] = value
        seal(path, "checkpoint")

    def test_another_version_or_machine_is_named(self):
        for name, value in (
            ("version", "neocol 0.0.1 (0123456789ab)"),
            ("instruction set of the machine", "armv9"),
            ("model", "microneedling 012345"),
            ("scenario", "fedcba"),
        ):
            with self.subTest(name):
                shutil.copy(self.folder / "run.h5.checkpoint", self.folder / "kept")
                self.altered(name, value)
                errors = self.run_program("resume", "run.h5.checkpoint", code=3).stderr
                self.assertIn(f"{name}: '{value}' in the checkpoint", errors)
                shutil.copy(self.folder / "kept", self.folder / "run.h5.checkpoint")
        self.altered("version", "neocol 0.0.1 (0123456789ab)")
        self.run_program("resume", "run.h5.checkpoint", "--other-version", "--quiet")

    def test_another_scenario_is_named_by_its_keys(self):
        self.write("other.toml", COURSE.replace('"1.5 mm"', '"1 mm"'))
        errors = self.run_program("resume", "run.h5.checkpoint", "other.toml", code=3).stderr
        self.assertIn('session[1].needle_length: "1.5 mm" in the checkpoint, "1 mm"', errors)
        self.run_program("resume", "run.h5.checkpoint", "course.toml", "--quiet")

    def test_a_damaged_checkpoint_falls_back_to_the_older(self):
        self.whole()
        path = self.folder / "run.h5.checkpoint"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0x10
        path.write_bytes(data)
        self.assertIn("damaged", self.run_program("info", "run.h5.checkpoint", code=5).stderr)
        done = self.run_program("resume", "run.h5.checkpoint", "--quiet")
        self.assertIn("going on from the one before it", done.stderr)
        self.same("whole.h5", "run.h5")

    def test_two_damaged_checkpoints_say_so(self):
        for name in ("run.h5.checkpoint", "run.h5.checkpoint.old"):
            (self.folder / name).write_bytes(b"neocol" + bytes(1000))
        errors = self.run_program("resume", "run.h5.checkpoint", code=5).stderr
        self.assertIn("--overwrite", errors)

    def test_a_run_that_can_be_resumed_is_not_overwritten(self):
        errors = self.run_program("run", "course.toml", "--output", "run.h5", code=3).stderr
        self.assertIn("neocol resume run.h5.checkpoint", errors)

    def test_without_a_checkpoint_there_is_a_way_out(self):
        errors = self.run_program("resume", "nowhere.h5.checkpoint", code=3).stderr
        self.assertIn("no checkpoint 'nowhere.h5.checkpoint'", errors)

    def test_what_is_complete_stays(self):
        self.run_program("resume", "run.h5.checkpoint", "--quiet")
        before = (self.folder / "run.h5").read_bytes()
        self.assertIn("complete", self.run_program("resume", "run.h5").stderr)
        self.assertEqual((self.folder / "run.h5").read_bytes(), before)

    def test_a_run_that_goes_on_is_left_alone(self):
        run = self.start(
            "run", "course.toml", "--output", "long.h5", "--quiet", "--checkpoint-every", "0 s"
        )
        while run.poll() is None and not (self.folder / "long.h5.checkpoint").exists():
            time.sleep(0.01)
        errors = self.run_program("resume", "long.h5.checkpoint", code=5).stderr
        self.assertIn("is still going on", errors)
        self.run_program("run", "course.toml", "--output", "long.h5", "--overwrite", code=5)
        _, errors = run.communicate()
        self.assertEqual(run.returncode, 0, errors)
        self.whole()
        self.same("whole.h5", "long.h5")


class Disk(CheckpointTest):
    def test_a_full_disk_ends_with_a_message_and_leaves_the_older_checkpoint(self):
        # A limit of file size stands for a full disk: writing fails with "file too large". It would
        # also stop a compiled model from being loaded.
        self.assertEqual(self.stopped("run.h5", 0.1, signal.SIGTERM, "--interpreter")[0], 75)
        size = (self.folder / "run.h5.checkpoint").stat().st_size

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

        run = self.start(
            "resume", "run.h5.checkpoint", "--quiet", "--checkpoint-every", "0 s", preexec_fn=limit
        )
        _, errors = run.communicate()
        self.assertEqual(run.returncode, 5, errors)
        self.assertRegex(errors, r"run\.h5\.\w+.*: cannot ")
        self.assertIn("file too large", errors.lower())
        self.assertNotIn("HDF5-DIAG", errors)
        self.whole()
        self.run_program("resume", "run.h5.checkpoint", "--quiet")
        self.same("whole.h5", "run.h5")

    @unittest.skipUnless(os.geteuid() == 0, "only root may mount a small disk")
    def test_a_small_disk_filled_to_the_last_byte(self):
        self.whole()
        disk = self.folder / "disk"
        disk.mkdir()
        for size in ("500k", "900k", "1200k"):
            if (
                subprocess.run(
                    ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk],
                    capture_output=True,
                ).returncode
                != 0
            ):
                self.skipTest("this system lets nobody mount")
            try:
                errors = self.run_program(
                    "run",
                    "course.toml",
                    "--output",
                    "disk/run.h5",
                    "--quiet",
                    "--checkpoint-every",
                    "0 s",
                    code=5,
                ).stderr
                self.assertIn("no space left on device", errors.lower())
                if (disk / "run.h5.checkpoint").exists():
                    self.assertIn("neocol resume disk/run.h5.checkpoint", errors)
                    self.run_program(
                        "resume", "disk/run.h5.checkpoint", "--output", "run.h5", "--quiet"
                    )
                    self.same("whole.h5", "run.h5")
                    (self.folder / "run.h5").unlink()
            finally:
                subprocess.run(["umount", disk], check=True)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_folder_that_became_read_only(self):
        (self.folder / "d").mkdir()
        shutil.copy(self.folder / "course.toml", self.folder / "d")
        self.assertEqual(self.stopped("d/run.h5")[0], 75)
        (self.folder / "d").chmod(0o500)
        try:
            errors = self.run_program("resume", "d/run.h5.checkpoint", code=5).stderr
            self.assertIn("permission", errors.lower())
        finally:
            (self.folder / "d").chmod(0o700)


class Fork(CheckpointTest):
    def test_a_fork_with_changed_later_sessions_equals_the_run_of_its_own(self):
        self.assertEqual(self.stopped("run.h5", 0.0, signal.SIGTERM, "--keep-checkpoints")[0], 75)
        self.run_program("resume", "run.h5.checkpoint", "--quiet", "--keep-checkpoints")
        kept = [n for n in self.results() if "session-" in n]
        self.assertIn("run.h5.session-2.checkpoint", kept)
        later = COURSE.replace('at = "3 week"', 'at = "20 day"\nneedle_length = "1 mm"')
        self.write("later.toml", later.replace('until = "4 week"', 'until = "5 week"'))
        self.run_program(
            "run",
            "later.toml",
            "--from-checkpoint",
            "run.h5.session-2.checkpoint",
            "--output",
            "fork.h5",
            "--quiet",
        )
        self.whole("alone.h5", "later.toml")
        self.same("alone.h5", "fork.h5")
        with h5py.File(self.folder / "fork.h5") as file:
            self.assertIn(b"forked at day 7", file["provenance"].attrs["history"])

    def test_a_fork_with_another_past_is_refused_by_key(self):
        self.run_program(
            "run", "course.toml", "--output", "run.h5", "--quiet", "--keep-checkpoints"
        )
        for replace, by, key in (
            ('"cheek"', '"back"', "skin.site"),
            ('at = "0 day"', 'at = "0 day"\nneedle_length = "1 mm"', "session[1].needle_length"),
            ('every = "1 day"', 'every = "2 day"', "output.every"),
            ('until = "4 week"', 'until = "3 day"', "run.until"),
        ):
            text = COURSE.replace(replace, by)
            if key == "run.until":
                text = re.sub(r'\[\[session\]\]\nat = "[13] week"\n', "", text)
            self.write("other.toml", text)
            errors = self.run_program(
                "run",
                "other.toml",
                "--from-checkpoint",
                "run.h5.session-2.checkpoint",
                "--output",
                "fork.h5",
                code=3,
            ).stderr
            self.assertIn(f"{key}: ", errors)
            self.assertIn("only what comes after day", errors)


if __name__ == "__main__":
    unittest.main()
