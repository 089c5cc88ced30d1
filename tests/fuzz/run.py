#!/usr/bin/python3
"""Runs the fuzz targets until their coverage stands still, and tells executions, rates, coverage.

    tests/fuzz/run.py [TARGET...] [--build build/fuzz] [--runs N] [--seconds S] [--work FOLDER]
                      [--into docs/reliability.md] [--minimise]

Needs the preset `fuzz` (clang with libclang-rt): scripts/compile fuzz. Each target starts from its
corpus in the tree and from what an earlier call left in the work folder; executions and time add up
over calls. It ends after --runs executions (by default a million of texts, a hundred thousand of
HDF5 files), and goes on, twice as long at most, while the last quarter still added more than one
edge in two hundred. A crash, a hang
(10 s), a leak, more than 2 GB of memory, an exception that is not neocol's own, or a broken promise
ends the target with a file `crash-...` in the work folder, and this program with code 1.

--minimise merges what was found into the corpus of the tree: of the fewest files that give the
coverage, the smallest (--most-files, --most-bytes).
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
SOURCE = HERE.parent.parent
HDF5 = ("checkpoint", "collected", "result")
PROGRESS = re.compile(r"#(\d+)\s+\S+\s+cov: (\d+) ft: (\d+)")
# Readers of the language of each target, for its dictionary.
WORDS = {
    "expression": ("src/model",),
    "model": ("src/model",),
    "units": ("src/core",),
    "scenario": ("src/io",),
    "device": ("src/io",),
    "skin": ("src/io",),
    "study_file": ("src/study", "src/io"),
    "cohort": ("src/study",),
    "cluster": ("src/study",),
    "table": ("src/study",),
    "study": ("src/study",),
    "result": ("src/io",),
    "checkpoint": ("src/io",),
    "collected": ("src/study", "src/io"),
    "stream": (),
}
ALWAYS = (
    "\\x0a[",
    "]\\x0a",
    "\\x0a[[",
    "]]\\x0a",
    ' = \\"',
    '\\"\\x0a',
    "{ ",
    " }",
    '[\\"',
    "nan",
    "inf",
    "1e308",
    "-1",
    "0",
    "9223372036854775807",
    "true",
    "'''",
    '\\"\\"\\"',
    "# ",
    "\\x0d\\x0a",
    "\\xef\\xbb\\xbf",
    "1 d",
    "2 ng/mL",
    "\\x5cu00e9",
)


def targets():
    """Names of all targets."""
    return sorted(folder.name for folder in (HERE / "corpus").iterdir() if folder.is_dir())


def dictionary(target, path):
    """Words that the readers of a target ask for, taken from their sources."""
    words = set()
    for folder in WORDS[target]:
        for source in (SOURCE / folder).glob("*.cpp"):
            words.update(re.findall(r'"([A-Za-z_%][A-Za-z0-9_/ %]{0,23})"', source.read_text()))
    lines = [f'"{word}"' for word in sorted(words)] + [f'"{word}"' for word in ALWAYS]
    path.write_text("\n".join(lines) + "\n")


def environment(target):
    """Files of inputs stand in memory where that is possible."""
    env = dict(os.environ)
    if os.access("/dev/shm", os.W_OK):
        env.setdefault("TMPDIR", "/dev/shm")
    env.setdefault(
        "ASAN_OPTIONS",
        "allocator_may_return_null=1:malloc_context_size=4" +
        # HDF5's own crashes, which are many, are told by the library of their frames.
        (":symbolize=0" if target in HDF5 else ""),
    )
    # udunits-2 loses the text of a unit that it cannot parse.
    env.setdefault("LSAN_OPTIONS", f"suppressions={HERE / 'leaks.txt'}:print_suppressions=0")
    return env


class Course:
    """Executions, coverage and time of a target, over all calls with one work folder."""

    def __init__(self, path):
        self.path = path
        self.points, self.seconds = [], 0.0
        if path.exists():
            kept = json.loads(path.read_text())
            self.points, self.seconds = kept["points"], kept["seconds"]

    @property
    def executions(self):
        """Inputs that were tried."""
        return self.points[-1][0] if self.points else 0

    def share_of_last_quarter(self):
        """Edges that the last quarter of executions added, as a share of all."""
        if not self.points:
            return 1.0
        last, covered = self.points[-1]
        before = [cov for n, cov in self.points if n <= 0.75 * last]
        return (covered - max(before)) / covered if before else 1.0

    def keep(self, points, seconds):
        """Adds a run of the program."""
        done = self.executions
        best = self.points[-1][1] if self.points else 0
        for executions, covered in points:
            best = max(best, covered)
            if not self.points or covered >= best:
                self.points.append([done + executions, best])
        if points:
            self.points.append([done + points[-1][0], best])
        self.seconds += seconds
        self.path.write_text(json.dumps({"points": self.points, "seconds": self.seconds}))


def fuzz(target, arguments):
    """Runs a target; its course, and whether it ended well."""
    program = Path(arguments.build).resolve() / "tests/fuzz" / f"fuzz_{target}"
    work = Path(arguments.work) / target
    work.mkdir(parents=True, exist_ok=True)
    words = Path(arguments.work) / f"{target}.dict"
    dictionary(target, words)
    runs = arguments.runs or (100_000 if target in HDF5 else 1_000_000)
    course = Course(Path(arguments.work) / f"{target}.json")
    stop = time.monotonic() + (arguments.seconds or 1e9)
    while time.monotonic() < stop and (
        course.executions < runs
        or (course.executions < 2 * runs and course.share_of_last_quarter() > 0.005)
    ):
        begin = time.monotonic()
        left = max(runs - course.executions, runs // 4)
        command = [
            program,
            work,
            HERE / "corpus" / target,
            f"-runs={left}",
            f"-dict={words}",
            f"-max_total_time={int(min(stop - begin, 1e6)) + 1}",
            f"-timeout={60 if target in HDF5 else 10}",
            "-rss_limit_mb=2048",
            "-detect_leaks=0",
            "-print_final_stats=1",
            f"-artifact_prefix={arguments.work}/{target}-",
        ]
        process = subprocess.Popen(
            [str(one) for one in command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment(target),
        )
        points, tail = [], []
        for line in process.stderr:
            tail = tail[-200:] + [line]
            found = PROGRESS.match(line)
            if found:
                points.append((int(found[1]), int(found[2])))
        code = process.wait()
        course.keep(points, time.monotonic() - begin)
        if code != 0:
            sys.stderr.write("".join(tail))
            return course, False
    # Leaks are looked for once, in all that was found: each look takes as long as many inputs.
    done = subprocess.run(
        [program, work, HERE / "corpus" / target, "-runs=0"],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment(target),
    )
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-8000:])
    return course, done.returncode == 0


def minimise(target, arguments):
    """Replaces the corpus of the tree by the fewest inputs with the same coverage."""
    program = Path(arguments.build).resolve() / "tests/fuzz" / f"fuzz_{target}"
    own = HERE / "corpus" / target
    # Seeds that people wrote, and what once was a fault, stay.
    kept = [path for path in own.iterdir() if not re.fullmatch(r"[0-9a-f]{40}", path.name)]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [program, "-merge=1", folder, own, Path(arguments.work) / target],
            check=True,
            stderr=subprocess.DEVNULL,
            env=environment(target),
        )
        found = sorted(Path(folder).iterdir(), key=lambda path: path.stat().st_size)
        for path in own.iterdir():
            if path not in kept:
                path.unlink()
        bytes_left = arguments.most_bytes
        same = {path.read_bytes() for path in kept}
        for path in found[: arguments.most_files]:
            bytes_left -= path.stat().st_size
            if bytes_left < 0:
                break
            if path.read_bytes() not in same:
                shutil.copy(path, own / path.name)


def row(target, course):
    """Line of the table."""
    covered = course.points[-1][1]
    return (
        f"| `{target}` | {course.executions:,} | {course.executions / course.seconds:,.0f} /s | "
        f"{course.seconds / 60:.0f} min | {covered:,} | "
        f"{100 * course.share_of_last_quarter():.1f} % |"
    ).replace(",", " ")


def write_table(path, rows):
    """Puts rows between the markers, in place of those of the same targets."""
    text = Path(path).read_text()
    begin, end = "<!-- fuzz: begin -->\n", "<!-- fuzz: end -->"
    head = (
        "| target | executions | rate | time | edges covered | of them in the last quarter |\n"
        "|---|---|---|---|---|---|\n"
    )
    start, stop = text.index(begin) + len(begin), text.index(end)
    known = {line.split("`")[1]: line for line in text[start:stop].splitlines() if "`" in line}
    known.update(rows)
    body = "".join(known[name] + "\n" for name in sorted(known))
    Path(path).write_text(text[:start] + head + body + text[stop:])


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--build", default=str(SOURCE / "build/fuzz"))
    parser.add_argument("--work", default=str(SOURCE / "build/fuzz/work"))
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=0, help="of each target, then the next")
    parser.add_argument("--into")
    parser.add_argument("--minimise", action="store_true")
    parser.add_argument("--most-bytes", type=int, default=150_000)
    parser.add_argument("--most-files", type=int, default=60)
    arguments = parser.parse_args()
    Path(arguments.work).mkdir(parents=True, exist_ok=True)
    failed = False
    for target in arguments.targets or targets():
        if arguments.minimise:
            minimise(target, arguments)
            continue
        course, good = fuzz(target, arguments)
        print(row(target, course) if course.points else target, flush=True)
        if not good:
            print(f"{target}: FAILED, see {arguments.work}/{target}-*", flush=True)
            failed = True
        elif arguments.into:
            write_table(arguments.into, {target: row(target, course)})
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
