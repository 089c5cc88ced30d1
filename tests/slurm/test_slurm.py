"""Studies through a real Slurm that the test starts on loopback.

Ends with 77 (skipped) where Slurm is not installed or the test is not root, unless CI is set: there
it must run.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))
sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from program import SMALL  # noqa: E402
from rig import BUSY, PROGRAM, StudyTest, datasets  # noqa: E402

SANDBOX = Path(__file__).with_name("slurm_sandbox")
KILLS = int(os.environ.get("NEOCOL_KILLS", "3"))

SIXTY = BUSY.format(count=60)

CLUSTER = """\
[slurm]
partition = "main"
memory = "200 MB"
time = "10 min"
tasks = {tasks}
cpus_per_task = 1
before = ["export NEOCOL_SAID_BEFORE=yes"]
"""


def missing():
    """What keeps the test from running, or nothing."""
    for program in ("/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged"):
        if not os.path.exists(program):
            return f"{program} is not installed (scripts/install_packages check)"
    return "" if os.geteuid() == 0 else "starting a Slurm of one's own takes root"


def skip_unless_slurm():
    """Ends the program where there is no Slurm to start, with a fault in CI."""
    if lacking := missing():
        if os.environ.get("CI"):
            sys.exit(f"in CI this test must run, but {lacking}")
        print(f"skipped: {lacking}")
        sys.exit(77)


class SlurmTest(StudyTest):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = tempfile.mkdtemp(prefix="neocol_slurm_")
        os.environ["SLURM_CONF"] = f"{cls.sandbox}/slurm.conf"
        subprocess.run([SANDBOX, "start", cls.sandbox], check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        subprocess.run([SANDBOX, "stop", cls.sandbox], check=False)
        shutil.rmtree(cls.sandbox, ignore_errors=True)

    def sandboxed(self, action):
        subprocess.run([SANDBOX, action, self.sandbox], check=True)

    def cluster(self, tasks=2):
        return self.write("cluster.toml", CLUSTER.format(tasks=tasks))

    def submit(self, plan="s", code=0):
        return self.neocol("run", plan, "--slurm", "cluster.toml", code=code)

    def status(self, plan="s"):
        return json.loads(self.neocol("status", plan, "--json").stdout)

    def queue(self):
        done = subprocess.run(
            ["squeue", "-h", "-o", "%i %T"], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else "controller is away"

    def wait(self, seconds=300):
        """Slurm holds a task that it gives back for two minutes."""
        end = time.monotonic() + seconds
        while self.queue():
            self.assertLess(time.monotonic(), end, self.queue())
            time.sleep(0.2)

    def calm(self, study=SIXTY):
        """What the study gives undisturbed."""
        self.plan(study, "calm")
        self.neocol("run", "calm", "--quiet")
        return datasets(self.folder / "calm/collected.h5")


class Arrays(SlurmTest):
    def test_a_study_through_slurm_equals_the_study_run_here(self):
        self.plan(SIXTY)
        self.cluster()
        dry = self.neocol("run", "s", "--slurm", "cluster.toml", "--dry-run").stdout
        for line in (
            "#SBATCH --partition=main",
            "#SBATCH --mem=200M",
            "#SBATCH --time=0-00:10:00",
            "#SBATCH --signal=B:USR1@120",
            "#SBATCH --requeue",
            "export NEOCOL_SAID_BEFORE=yes",
            "--array=0-1",
        ):
            self.assertIn(line, dry)
        self.assertFalse((self.folder / "s/slurm").exists())
        done = self.submit()
        self.assertIn("60 cases in 2 tasks", done.stdout)
        again = self.submit(code=5)
        self.assertIn("Slurm still has jobs of this; wait", again.stderr)
        self.wait()
        self.assertEqual(self.status()["complete"], 60)
        self.neocol("collect", "s")
        self.assertEqual(datasets(self.folder / "s/collected.h5"), self.calm())
        self.assertEqual(
            {p.name.split(".")[0] for p in (self.folder / "s/results").glob("*.segment")},
            {"0-of-2", "1-of-2"},
        )
        self.assertIn("nothing to do", self.submit().stdout)

    def test_a_task_warned_before_its_limit_hands_the_rest_to_a_job_of_its_own(self):
        # Long enough that the first sealed cases are seen while others are still to come.
        self.plan(SIXTY.replace("0.0004", "0.00004"))
        self.cluster(tasks=1)
        self.submit()
        # As Slurm does with --signal=B:USR1: to the batch shell alone.
        for _ in range(600):
            if self.status()["complete"] > 0:
                break
            time.sleep(0.05)
        job = self.queue().split()[0]
        subprocess.run(["scancel", "--signal=USR1", "--batch", job], check=True)
        self.wait()
        jobs = (self.folder / "s/slurm/jobs").read_text().split()
        self.assertEqual(len(jobs), 2)
        self.assertEqual(self.status()["complete"], 60)

    def test_a_task_without_progress_is_not_submitted_again(self):
        # One case that takes longer than any task, and that cannot keep a checkpoint.
        self.plan(
            """scenario = "toy.toml"
[[axis]]
key = "run.largest_step"
values = ["1e-7 day"]
"""
        )
        (self.folder / "s/checkpoints/run-0.checkpoint.part").mkdir(parents=True)
        self.cluster(tasks=1)
        self.submit()
        for _ in range(600):
            if self.status()["begun"] == 1 or not self.queue():
                break
            time.sleep(0.05)
        if jobs := self.queue().split():  # not ended by itself over what stands in the way
            subprocess.run(["scancel", "--signal=USR1", "--batch", jobs[0]], check=False)
        self.wait()
        self.assertEqual(len((self.folder / "s/slurm/jobs").read_text().split()), 1)
        self.assertRegex(
            (self.folder / "s/slurm/task-0.log").read_text(),
            "stopped before a single case was finished|run-0.checkpoint",
        )

    def test_a_case_longer_than_its_task_is_finished_over_several_jobs(self):
        # Some 8 s of one case on a free core; every job is warned 3 s after its case began, once it
        # is far enough for a checkpoint.
        study = SIXTY.replace("0.0004", "0.0000025").replace("count = 60", "count = 1")
        study = study.replace('range = ["0.1 d-1", "1 d-1"]\ncount = 1', 'values = ["0.3 d-1"]')
        calm = self.calm(study)
        self.plan(study)
        self.cluster(tasks=1)
        self.submit()
        jobs, end = set(), time.monotonic() + 200
        while (line := self.queue().split()) and time.monotonic() < end:
            if line[0] not in jobs and line[1] == "RUNNING" and self.status()["begun"] == 1:
                jobs.add(line[0])
                time.sleep(3.0)
                subprocess.run(
                    ["scancel", "--signal=USR1", "--batch", line[0]],
                    check=False,
                    capture_output=True,
                )
            time.sleep(0.1)
        self.assertGreater(len((self.folder / "s/slurm/jobs").read_text().split()), 1)
        self.assertEqual(self.status()["complete"], 1)
        self.assertEqual(list((self.folder / "s/checkpoints").iterdir()), [])
        self.neocol("collect", "s")
        self.assertEqual(datasets(self.folder / "s/collected.h5"), calm)

    def test_the_number_of_tasks_keeps_to_the_sites_limits(self):
        self.plan(BUSY.format(count=5000))
        self.write("cluster.toml", "[slurm]\ntasks = 5000\nmax_array_size = 7\n")
        dry = self.neocol("run", "s", "--slurm", "cluster.toml", "--dry-run").stdout
        self.assertIn("--array=0-6 ", dry)
        # Without a number in the cluster file the site is asked: its MaxArraySize is 1001.
        self.write("cluster.toml", "[slurm]\ntasks = 5000\nat_once = 3\n")
        dry = self.neocol("run", "s", "--slurm", "cluster.toml", "--dry-run").stdout
        self.assertIn("--array=0-999%3 ", dry)

    def test_a_faulty_cluster_file_is_told_with_its_place(self):
        self.plan(SIXTY)
        self.write("cluster.toml", '[slurm]\npartitoin = "x"\nmemory = "much"\ntime = "2"\n')
        done = self.neocol("run", "s", "--slurm", "cluster.toml", code=3)
        for word in (
            "cluster.toml:2:1",
            "did you mean 'partition'",
            "cluster.toml:3",
            "'much' is no amount of memory",
            "cluster.toml:4",
        ):
            self.assertIn(word, done.stderr)


class Batches(SlurmTest):
    """Verbs that run many cases of their own: compare --cohort, sensitivity."""

    def verb(self, *words, code=0):
        done = subprocess.run(
            [PROGRAM, *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def through_slurm(self, *words):
        """Submits, waits and puts together; the words of the script, to look at."""
        self.write("cluster.toml", '[slurm]\ntasks = 3\nmemory = "200 MB"\n')
        self.assertIn("3 tasks", self.verb(*words, "--slurm", "cluster.toml").stdout)
        errors = self.verb(*words, "--slurm", "cluster.toml", code=5).stderr
        self.assertIn("Slurm still has jobs of this", errors)
        self.wait()
        parts = {p.name.split(".")[0] for p in self.folder.glob("there.store/*.segment")}
        self.assertEqual(parts, {"0-of-3", "1-of-3", "2-of-3"})
        self.verb(*words)
        script = (self.folder / "there.slurm/task.sh").read_text()
        return script

    def test_a_cohort_compared_through_slurm_equals_the_comparison_made_here(self):
        self.write("one.toml", SMALL.replace('"60 um"', '"120 um"'))
        self.write(
            "other.toml", SMALL.replace('"60 um"', '"120 um"').replace("250 cm-2", "90 cm-2")
        )
        words = [
            "compare",
            "one.toml",
            "other.toml",
            "--cohort",
            "acne_scars",
            "--persons",
            "3",
            "--draws",
            "2",
            "--outcomes",
            "collagen_dermis_gain_28d,tgf_beta_peak",
            "--least",
            "collagen_dermis_gain_28d>0.1",
            "--quiet",
            "--output",
        ]
        script = self.through_slurm(*words, "there")
        # Words are quoted for the shell.
        self.assertIn("'collagen_dermis_gain_28d>0.1'", script)
        self.verb(*words, "here")
        reports = [
            json.loads((self.folder / f"{name}.json").read_text()) for name in ("here", "there")
        ]
        self.assertEqual(reports[0], reports[1])
        self.assertEqual(reports[0]["cases"], 12)


class Kills(SlurmTest):
    def test_tasks_and_the_controller_killed_at_any_moment_lose_only_cases_in_flight(self):
        calm = self.calm()
        self.plan(SIXTY)
        self.cluster()
        chance = random.Random(7)
        for kill in range(KILLS):
            if self.queue() == "":
                self.submit()
            time.sleep(chance.uniform(0.2, 1.0))
            if kill % 2 == 0:
                # The program of a task, as if its node had gone.
                found = subprocess.run(
                    ["pgrep", "-f", f"study run .*{self.folder.name}.* --task"],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                pids = [int(p) for p in found.stdout.split()]
                for pid in pids[:1]:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            else:
                self.sandboxed("kill-controller")
                time.sleep(0.5)
                self.sandboxed("start-controller")
                for _ in range(100):
                    if self.queue() != "controller is away":
                        break
                    time.sleep(0.1)
            self.wait()
        for _ in range(3):
            if self.status()["complete"] == 60:
                break
            self.submit()
            self.wait()
        self.assertEqual(self.status()["complete"], 60)
        self.neocol("collect", "s")
        self.assertEqual(datasets(self.folder / "s/collected.h5"), calm)


@unittest.skipUnless(
    os.environ.get("NEOCOL_SLOW"), "a slow test: ctest --preset slow -R slurm_long"
)
class Nodes(SlurmTest):
    def test_a_node_that_vanishes_is_made_good_by_slurm_and_the_store(self):
        study = BUSY.format(count=600)
        calm = self.calm(study)
        self.plan(study)
        self.cluster(tasks=1)
        self.submit()
        job = (self.folder / "s/slurm/jobs").read_text().split()[0]
        for _ in range(600):
            if self.status()["complete"] > 20:
                break
            time.sleep(0.05)
        self.sandboxed("kill-node")
        left = self.status()["complete"]
        self.assertLess(left, 600)
        time.sleep(5)
        self.assertEqual(self.status()["complete"], left)  # nobody works on it
        end = time.monotonic() + 120
        while "PENDING" not in self.queue():  # given back once the node does not answer
            self.assertLess(time.monotonic(), end, self.queue())
            time.sleep(1)
        self.sandboxed("start-node")
        self.wait()
        # The same job, requeued: nobody submitted anything.
        self.assertEqual((self.folder / "s/slurm/jobs").read_text().split(), [job])
        self.assertEqual(self.status()["complete"], 600)
        self.neocol("collect", "s")
        self.assertEqual(datasets(self.folder / "s/collected.h5"), calm)
        with h5py.File(self.folder / "s/collected.h5") as file:
            self.assertEqual(file.attrs["n_failed"], 0)


class Killed(SlurmTest):
    """Tasks that are killed, as by the kernel when memory is short."""

    def kill_task(self):
        """Kills the program of a task once it has finished a case or two."""
        done = self.status()["complete"]
        for _ in range(600):
            if self.status()["complete"] > done:
                break
            time.sleep(0.1)
        found = subprocess.run(
            ["pgrep", "-f", f"study run .*{self.folder.name}.* --task"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        self.assertTrue(found)
        for pid in found:
            os.kill(int(pid), signal.SIGKILL)

    def test_a_killed_task_is_submitted_once_more_and_then_told(self):
        self.plan(BUSY.format(count=900))
        self.cluster(tasks=1)
        self.submit()
        self.kill_task()
        self.kill_task()
        self.wait()
        self.assertEqual(len((self.folder / "s/slurm/jobs").read_text().split()), 2)
        done = self.neocol("status", "s")
        for word in (
            "task 0 was killed (exit code 137: out of memory?); log s/slurm/task-0.log",
            "task 0: killed (137; out of memory?); submitted once more",
        ):
            self.assertIn(word, done.stdout)
        self.assertGreater(self.status()["complete"], 0)

    def test_retry_leaves_cases_that_a_task_holds(self):
        self.plan(
            BUSY.format(count=300)
            + """[[axis]]
key = "parameters.g"
values = ["0 mL/ng/d", "30 mL/ng/d"]
"""
        )
        self.cluster(tasks=1)
        self.submit()
        for _ in range(600):
            if self.status()["failed"] > 0:
                break
            time.sleep(0.1)
        done = self.neocol("retry", "s", "--json", code=4)
        self.assertEqual(json.loads(done.stdout)["this_run"]["planned"], 0)
        self.assertIn("of parts that Slurm still has", done.stderr)
        self.assertIn("in use", self.neocol("status", "s").stdout)
        subprocess.run(
            ["scancel", "--full", (self.folder / "s/slurm/jobs").read_text().split()[0]], check=True
        )
        self.wait()


class OtherManagers(StudyTest):
    """The same plan through GNU parallel and Snakemake."""

    def test_gnu_parallel_runs_the_parts_of_a_plan(self):
        if shutil.which("parallel") is None:
            self.skipTest("GNU parallel is not installed")
        self.plan(SIXTY)
        subprocess.run(
            'seq 0 3 | parallel -j 2 "$NEOCOL" study run s --task {}/4 --threads 1 ' "--quiet",
            shell=True,
            cwd=self.folder,
            check=True,
            timeout=300,
        )
        self.assertEqual(json.loads(self.neocol("status", "s", "--json").stdout)["complete"], 60)

    def test_the_snakemake_rule_of_the_documentation_collects_a_study(self):
        if shutil.which("snakemake") is None:
            self.skipTest("Snakemake is not installed")
        page = (Path(__file__).parents[2] / "docs/studies.md").read_text()
        rule = re.search(r"```python\n(PARTS.*?)```", page, re.S).group(1)
        self.write("Snakefile", rule)
        self.plan(SIXTY, "my_study")
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "neocol").symlink_to(os.environ["NEOCOL"])
        env = {
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(self.folder),
            "HOME": str(self.folder),
        }
        done = subprocess.run(
            [shutil.which("snakemake"), "--cores", "2", "--quiet"],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue((self.folder / "my_study/collected.h5").exists())


if __name__ == "__main__":
    skip_unless_slurm()
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
