"""What a study survives: kills, full disks, faulty and endless cases, a second runner.

NEOCOL_KILLS sets how often the runner is killed (default 4; the slow test takes 50).
"""

import fcntl
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

from rig import BUSY, STUDY, StudyTest, datasets, kill_after, main

SLOW = unittest.skipUnless(os.environ.get("NEOCOL_SLOW"), "a slow test: ctest --preset slow")
KILLS = int(os.environ.get("NEOCOL_KILLS", "4"))

# Some 5 s a case.
LONG_STEP = "0.000004"


class Kills(StudyTest):
    def test_a_study_killed_at_any_moment_loses_only_the_cases_in_flight(self):
        count = 40 * max(1, KILLS // 4)
        study = BUSY.format(count=count)
        self.plan(study, "calm")
        begun = time.monotonic()
        self.neocol("run", "calm", "--threads", "2")
        seconds = time.monotonic() - begun
        self.plan(study, "killed")
        chance = random.Random(20261123)
        kills, complete = 0, 0
        for _ in range(KILLS):
            process = self.start("run", "killed", "--threads", "2", "--quiet")
            kills += kill_after(process, chance.uniform(0.0, 1.5 * seconds / KILLS))
            status = json.loads(self.neocol("status", "killed", "--json").stdout)
            # What was safe stays safe.
            self.assertGreaterEqual(status["complete"], complete)
            self.assertLessEqual(status["begun"], 2 * (kills + 1))
            complete = status["complete"]
        self.assertGreater(kills, KILLS // 3)
        self.neocol("run", "killed", "--threads", "2")
        self.assertEqual(
            datasets(self.folder / "calm/collected.h5"),
            datasets(self.folder / "killed/collected.h5"),
        )

    def test_segments_cut_anywhere_cost_their_cases_which_run_again(self):
        self.plan()
        for part in range(2):
            self.neocol("run", "s", "--task", f"{part}/2", "--quiet")
        shutil.copytree(self.folder / "s", self.folder / "calm")
        self.neocol("collect", "calm")
        calm = datasets(self.folder / "calm/collected.h5")
        chance = random.Random(1)
        for trial in range(6):
            # A machine that went down: one segment, the other, or both end anywhere.
            shutil.rmtree(self.folder / "s")
            shutil.copytree(self.folder / "calm", self.folder / "s")
            for k, path in enumerate(sorted((self.folder / "s/results").glob("*.segment"))):
                if trial % 3 != k:
                    os.truncate(path, chance.randrange(path.stat().st_size))
            self.neocol("run", "s")
            self.assertEqual(datasets(self.folder / "s/collected.h5"), calm)

    def test_results_older_than_two_seconds_are_sealed_whatever_kills_the_program(self):
        self.plan(BUSY.format(count=1000))
        process = self.start("run", "s", "--threads", "2", "--quiet")
        begun = time.monotonic()
        for _ in range(2):
            time.sleep(2.5)
            status = json.loads(self.neocol("status", "s", "--json").stdout)
            ended = status["complete"] * (time.monotonic() - begun)
        self.assertGreater(ended, 0)
        # Of a steady run what is sealed lags by the age of a segment, and what the disk takes.
        done = self.count_starts() - status["complete"]
        process.kill()
        process.wait()
        rate = self.count_starts() / (time.monotonic() - begun)
        self.assertLess(done, 4.0 * rate + 4)

    def count_starts(self):
        note = (self.folder / "s/results/all.starts").read_text()
        return sum(line.startswith("start") for line in note.splitlines())

    def test_a_warning_stops_in_a_clear_state(self):
        self.plan(BUSY.format(count=400))
        process = self.start("run", "s", "--threads", "1", "--quiet")
        time.sleep(1.0)
        process.terminate()
        self.assertEqual(process.wait(timeout=20), 75)
        status = json.loads(self.neocol("status", "s", "--json").stdout)
        self.assertEqual(status["begun"], 0)
        self.neocol("run", "s", "--max-wall-time", "0.5 s", code=75)

    def test_a_long_case_goes_on_from_its_checkpoint(self):
        study = BUSY.format(count=2).replace("0.0004", LONG_STEP)
        self.plan(study, "calm")
        begun = time.monotonic()
        self.neocol("run", "calm", "--threads", "2")
        # Long enough for a checkpoint, too short for the case.
        limit = f"{max(2.3, 0.5 * (time.monotonic() - begun)):.2f} s"
        self.plan(study, "s")
        attempts = 0
        while True:
            attempts += 1
            process = self.start("run", "s", "--threads", "2", "--quiet", "--max-wall-time", limit)
            code = process.wait(timeout=60)
            if code == 0:
                break
            self.assertEqual(code, 75)
            self.assertLess(attempts, 30)
        self.assertGreater(attempts, 1)
        self.assertEqual(list((self.folder / "s/checkpoints").iterdir()), [])
        self.assertEqual(
            datasets(self.folder / "s/collected.h5"), datasets(self.folder / "calm/collected.h5")
        )


class Faults(StudyTest):
    def test_a_case_that_always_fails_is_a_row_with_its_reason(self):
        # Infinite on day 2 with g = 1: u' = g u^2 - k u runs away.
        self.plan(
            STUDY.replace('run.until"', 'parameters.g"').replace(
                '["3 day", "4 day"]', '["0 mL/ng/d", "3 mL/ng/d"]'
            )
        )
        done = self.neocol("run", "s", code=4)
        self.assertIn("3 of 6 cases complete, 3 failed", done.stdout)
        self.assertIn("neocol study retry s", done.stdout)
        table = (self.folder / "s/collected.csv").read_text()
        self.assertEqual(table.count(",failed,"), 3)
        done = self.neocol("retry", "s", "--json", code=4)
        report = json.loads(done.stdout)
        self.assertEqual((report["this_run"]["failed"], report["complete"]), (3, 3))
        # Failed cases are not run again unasked.
        done = self.neocol("run", "s", "--json", code=4)
        self.assertEqual(json.loads(done.stdout)["this_run"]["planned"], 0)

    def test_retry_runs_the_failed_cases_and_no_others(self):
        self.plan(
            STUDY.replace('run.until"', 'parameters.g"').replace(
                '["3 day", "4 day"]', '["0 mL/ng/d", "3 mL/ng/d"]'
            )
        )
        self.neocol("run", "s", "--task", "1/2", "--quiet", code=4)  # the three that fail
        # Beside a part that another program runs: 'run' would be refused.
        with open(self.folder / "s/results/store.lock", "a") as held:
            fcntl.flock(held, fcntl.LOCK_SH)
            done = self.neocol("retry", "s", "--json", code=4)
        report = json.loads(done.stdout)
        self.assertEqual(report["this_run"]["planned"], 3)
        self.assertEqual((report["failed"], report["pending"]), (3, 3))
        # A part runs what was asked for and has not ended: nothing.
        done = self.neocol("retry", "s", "--task", "1/2", "--json")
        self.assertEqual(json.loads(done.stdout)["this_run"]["planned"], 0)

    def test_status_that_watches_ends_with_the_last_case(self):
        self.plan(BUSY.format(count=60))
        process = self.start("run", "s", "--quiet", "--threads", "1")
        done = self.neocol("status", "s", "--watch")
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertIn("60 complete, 0 failed, 0 to do", done.stdout)

    def test_a_case_that_never_ends_meets_its_time_limit(self):
        self.plan(
            """scenario = "toy.toml"
case_time_limit = "1 s"
[[axis]]
key = "run.largest_step"
values = ["0.5 day", "1e-7 day"]
"""
        )
        done = self.neocol("run", "s", code=4)
        self.assertIn("timed_out: the time limit of 1 s a case passed at day", done.stdout)
        self.assertIn("1 of 2 cases complete, 1 failed", done.stdout)

    def test_a_device_in_the_place_of_a_segment_is_told(self):
        self.plan()
        segment = self.folder / "s/results/all.0-000000.0.segment"
        segment.symlink_to("/dev/full")
        done = self.neocol("run", "s", code=5)
        self.assertIn("all.0-000000.0.segment: is no regular file", done.stderr)
        segment.unlink()
        self.neocol("run", "s")

    @unittest.skipUnless(os.geteuid() == 0, "only root may mount a small disk")
    def test_a_disk_filled_to_the_last_byte_and_then_enlarged(self):
        self.plan(BUSY.format(count=200).replace("0.0004", "0.05"), "calm")
        self.neocol("run", "calm")
        disk = self.folder / "disk"
        disk.mkdir()
        if (
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk],
                capture_output=True,
                check=False,
            ).returncode
            != 0
        ):
            self.skipTest("this system lets nobody mount")
        try:
            shutil.copytree(
                self.folder / "calm",
                disk / "s",
                ignore=shutil.ignore_patterns("*.segment", "collected*", "*.lock"),
            )
            with open(disk / "ballast", "wb") as ballast:  # room for some of the results only
                ballast.truncate(0)
                free = os.statvfs(disk)
                ballast.write(bytes(max(0, free.f_bavail * free.f_bsize - 24576)))
            done = self.neocol("run", "disk/s", code=5)
            self.assertIn("No space left on device", done.stderr)
            kept = json.loads(self.neocol("status", "disk/s", "--json").stdout)
            self.assertEqual(kept["failed"], 0)
            self.assertGreater(kept["complete"], 0)
            self.assertLess(kept["complete"], 200)
            subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)
            done = self.neocol("run", "disk/s", "--json")
            self.assertEqual(
                json.loads(done.stdout)["this_run"]["complete"], 200 - kept["complete"]
            )
            self.assertEqual(
                datasets(disk / "s/collected.h5"), datasets(self.folder / "calm/collected.h5")
            )
        finally:
            subprocess.run(["umount", disk], check=True)

    def test_a_read_only_folder_is_told(self):
        self.plan()
        for path in [self.folder / "s", *(self.folder / "s").rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        self.folder.chmod(0o755)
        nobody = {"user": 65534} if os.geteuid() == 0 else {}
        done = self.neocol(
            "run", "s", code=5, env={**os.environ, "HOME": str(self.folder)}, **nobody
        )
        self.assertIn("s/results/store.lock", done.stderr)
        self.assertIn("Permission denied", done.stderr)
        for path in [self.folder / "s", *(self.folder / "s").rglob("*")]:
            path.chmod(0o755)

    def test_two_runs_of_one_study_do_not_meet(self):
        self.plan(BUSY.format(count=1000))
        first = self.start("run", "s", "--quiet")
        lock = self.folder / "s/results/store.lock"
        for _ in range(100):
            if lock.exists() and lock.read_text():
                break
            time.sleep(0.05)
        done = self.neocol("run", "s", code=5)
        self.assertIn(f"in use by process {first.pid} on ", done.stderr)
        self.assertIn("wait for it or stop it", done.stderr)
        first.kill()
        first.wait()
        # Its lock died with it, though the file still names it.
        self.assertIn(str(first.pid), lock.read_text())
        self.neocol("run", "s", "--max-wall-time", "0.2 s", code=75)

    def test_a_case_that_kills_the_program_again_and_again_is_given_up(self):
        self.plan()
        for _ in range(5):
            # A runner that dies while the first case runs: its start stands, no end does.
            with open(self.folder / "s/results/all.starts", "a") as note:
                note.write("start 0 0\n")
        done = self.neocol("run", "s", code=4)
        self.assertIn("lost: the program ended several times while it ran", done.stdout)
        self.neocol("retry", "s")


class Sizes(StudyTest):
    def peak(self, *arguments):
        """Peak memory [bytes] and seconds of a run of the program."""
        begun = time.monotonic()
        process = self.start(*arguments)
        high = 0
        while process.poll() is None:
            # The last value counts: before exec it is that of this interpreter.
            status = Path(f"/proc/{process.pid}/status").read_text()
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            high = 1024 * int(found.group(1)) if found else high
            time.sleep(0.002)
        self.assertEqual(process.returncode, 0, arguments)
        return high, time.monotonic() - begun

    def big(self, n):
        return f"""design = "sobol"
samples = {n}
scenario = "toy.toml"
every = "1 day"
[[axis]]
key = "parameters.k"
distribution = "model"
[[axis]]
key = "run.tolerance"
range = [1e-4, 1e-3]
"""

    def test_a_plan_of_100000_cases_is_quick_small_and_few_files(self):
        self.plan(self.big(100), "small")
        self.write("large.toml", self.big(100_000))
        memory, seconds = self.peak("plan", "large.toml", "--interpreter")
        self.assertLess(seconds, 30)
        self.assertLess(memory, 150e6)
        files = [
            sum(p.is_file() for p in (self.folder / name).rglob("*")) for name in ("small", "large")
        ]
        self.assertEqual(files[0], files[1])
        memory, seconds = self.peak("status", "large")
        self.assertLess(seconds, 2)
        self.assertLess(memory, 100e6)

    @SLOW
    def test_collecting_more_cases_takes_no_more_memory(self):
        peaks = []
        for n in (10_000, 100_000):
            self.plan(self.big(n), f"of{n}")
            self.neocol("run", f"of{n}", "--no-collect", "--quiet")
            memory, _ = self.peak("collect", f"of{n}")
            peaks.append(memory)
            files = sum(p.is_file() for p in (self.folder / f"of{n}").rglob("*"))
            self.assertLess(files, 25 + n // 900)
        # Pages that are not yet written fill up to 16 MiB between the two.
        self.assertLess(peaks[1] - peaks[0], 17e6 + 3e6, peaks)
        print(f"peak memory of collecting {peaks}", file=sys.stderr)


if __name__ == "__main__":
    main()
