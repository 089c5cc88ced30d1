#!/usr/bin/python3
"""What share of the cores' time does a study of short cases spend integrating?

    study_share.py [--cases 1000] [--cores 2] [--slurm]

Runs tests/benchmarks/spacing_needle_length.toml here, or with --slurm through a Slurm started on
loopback (as root), one task a core, from sbatch to the end of the last task. Two shares are told:
of wall time, which other work on the machine spoils, and of the processor time that the program's
processes used (integration by CLOCK_THREAD_CPUTIME_ID), which it does not. Start, planning's
leftovers, reading, set-up and writing are in the whole; NEOCOL names the program.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NEOCOL = os.environ.get("NEOCOL", str(ROOT / "build" / "release" / "neocol"))
SANDBOX = ROOT / "tests" / "slurm" / "slurm_sandbox"
CLUSTER = """\
[slurm]
tasks = {cores}
memory = "300 MB"
time = "8 hour"
before = ["trap 'times >>{folder}/times' EXIT"]
"""


def neocol(*words, cwd):
    done = subprocess.run(
        [NEOCOL, "study", *map(str, words)], cwd=cwd, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"neocol study {' '.join(map(str, words))}: exit code {done.returncode}")
    return done.stdout


def plan(folder, cases):
    text = (HERE / "spacing_needle_length.toml").read_text()
    text = text.replace("../../scenarios", str(ROOT / "scenarios"))
    text = text.replace("count = 40", f"count = {max(1, cases // 25)}")
    (folder / "share.toml").write_text(text)
    neocol("plan", "share.toml", cwd=folder)


def run_here(folder, cores):
    """Shares of wall and of processor time, as the program tells them."""
    report = json.loads(
        neocol("run", "share", "--threads", cores, "--no-collect", "--quiet", "--json", cwd=folder)
    )["this_run"]
    return (
        report["complete"],
        report["wall_seconds"],
        report["integrating_share"],
        report["integrating_cpu_share"],
    )


def seconds(text):
    minutes, rest = re.fullmatch(r"(\d+)m([\d.]+)s", text).groups()
    return 60 * int(minutes) + float(rest)


def run_through_slurm(folder, cores):
    sandbox = tempfile.mkdtemp(prefix="neocol_slurm_")
    os.environ["SLURM_CONF"] = f"{sandbox}/slurm.conf"
    subprocess.run([SANDBOX, "start", sandbox], check=True, stdout=subprocess.DEVNULL)
    try:
        (folder / "cluster.toml").write_text(CLUSTER.format(cores=cores, folder=folder))
        begun = time.monotonic()
        neocol("run", "share", "--slurm", "cluster.toml", cwd=folder)
        while subprocess.run(
            ["squeue", "-h"], capture_output=True, text=True, check=True
        ).stdout.strip():
            time.sleep(0.2)
        wall = time.monotonic() - begun
    finally:
        subprocess.run([SANDBOX, "stop", sandbox], check=False)
        shutil.rmtree(sandbox, ignore_errors=True)
    reports = [
        json.loads(line)["this_run"]
        for log in sorted((folder / "share/slurm").glob("task-*.log"))
        for line in log.read_text().splitlines()
        if line.startswith("{")
    ]
    # Of the batch shells and all they ran: user and system time of the shell, then of children.
    used = sum(seconds(word) for word in (folder / "times").read_text().split())
    integrating = sum(r["integrating_share"] * r["wall_seconds"] * r["cores"] for r in reports)
    return (
        sum(r["complete"] for r in reports),
        wall,
        integrating / (wall * cores),
        sum(r["integrating_cpu_seconds"] for r in reports) / used,
    )


def main():
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--cases", type=int, default=1000, help="a multiple of 25")
    options.add_argument("--cores", type=int, default=2)
    options.add_argument("--slurm", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="neocol_share_") as name:
        folder = Path(name)
        folder.chmod(0o755)
        plan(folder, given.cases)
        run = run_through_slurm if given.slurm else run_here
        complete, wall, share, cpu_share = run(folder, given.cores)
    print(
        f"{complete} cases on {given.cores} cores in {wall:.0f} s "
        f"{'through Slurm' if given.slurm else 'here'}: "
        f"{100 * share:.1f} % of wall time integrating, {100 * cpu_share:.1f} % of processor time"
        f" (load {os.getloadavg()[0]:.1f})"
    )


if __name__ == "__main__":
    main()
