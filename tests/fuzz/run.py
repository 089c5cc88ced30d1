#!/usr/bin/python3
"""Runs the fuzz targets until their coverage stands still, and tells executions, rates, coverage.

    tests/fuzz/run.py [TARGET...] [--build build/fuzz_fast] [--check build/fuzz] [--runs N]
                      [--seconds S] [--work FOLDER] [--into docs/reliability.md] [--minimise]

Needs clang with libclang-rt. The programs that run are those of the preset `fuzz_fast`, without the
address sanitizer; what they found that is new, and what made them fail, then goes through those of
the preset `fuzz`, with all sanitizers and a look for leaks (scripts/compile fuzz_fast,
scripts/compile fuzz; with --build build/fuzz all runs there). --check build/sanitize takes
fuzz_corpus of the preset `sanitize` in their place, for which a fault inside the process that reads
HDF5 is what it is for the program: a file that is refused.

Each target starts from its corpus in the tree and from what an earlier call left in the work folder;
executions and processor time add up over calls. It ends after --runs executions (by default a million of
texts, a hundred thousand of HDF5 and SQLite files), and goes on, twice as long at most, while the
last quarter still added more than one edge in two hundred. A crash, a hang, a leak, more than 2 GB
of memory, an exception that is not neocol's own, or a broken promise ends the target with a file
`crash-...` in the work folder, and this program with code 1. A failure that comes neither again nor
under the sanitizers is of HDF5's heap, or of a machine that was busy: it is set aside as
`once-...`, told of, and the target goes on.

--minimise merges what was found into the corpus of the tree: of the fewest files that give the
coverage, the smallest (--most-files, --most-bytes).
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
HDF5 = ("checkpoint", "collected", "result")
STORED = (*HDF5, "study")
INTERRUPTED = 72  # libFuzzer's exit code after SIGINT or SIGTERM
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
    # Not anew in every process that reads HDF5.
    env.setdefault("LD_BIND_NOW", "1")
    # udunits-2 loses the text of a unit that it cannot parse.
    env.setdefault("LSAN_OPTIONS", f"suppressions={HERE / 'leaks.txt'}:print_suppressions=0")
    return env


def processor_seconds():
    """Of the programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Course:
    """Executions, coverage and processor time of a target, over all calls with one work folder."""

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


def program_of(build, target):
    """Path of a target in a folder of a build."""
    return Path(build).resolve() / "tests/fuzz" / f"fuzz_{target}"


def limits(target):
    """Options that make an input a failure."""
    return [f"-timeout={60 if target in HDF5 else 10}", "-rss_limit_mb=2048"]


def comes_again(target, path, arguments):
    """Whether an input fails alone: as it did, or under the sanitizers."""
    for build in (arguments.build, arguments.check):
        if program_of(build, target).exists():
            done = subprocess.run(
                [program_of(build, target), path, *limits(target)],
                check=False,
                capture_output=True,
                env=environment(target),
            )
            if done.returncode != 0:
                return True
    return False


def all_once(target, arguments):
    """Sets aside what failed and does not come again. True if that was all."""
    failures = [
        path
        for path in Path(arguments.work).glob(f"{target}-*")
        if re.match(rf"{target}-(crash|timeout|oom)-", path.name)
    ]
    for path in failures:
        if comes_again(target, path, arguments):
            return False
        kind, rest = path.name.removeprefix(f"{target}-").split("-", 1)
        path.rename(path.with_name(f"{target}-once-{kind}-{rest}"))
        print(f"{target}: a {kind} that does not come again: {rest}", flush=True)
    return bool(failures)


def check(target, arguments):
    """All that was found through the sanitizers, with a look for leaks. True if all is well."""
    program = program_of(arguments.check, target)
    corpus = program.with_name("fuzz_corpus")
    if program.exists():
        command = [
            program,
            Path(arguments.work) / target,
            HERE / "corpus" / target,
            "-runs=0",
            *limits(target),
            f"-artifact_prefix={arguments.work}/{target}-check-",
        ]
    elif corpus.exists():
        command = [corpus, arguments.work, target]
    else:
        print(f"{target}: not checked: there is no {program}", flush=True)
        return False
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment(target),
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-2000:] + done.stderr[-8000:])
    return done.returncode == 0


def fuzz(target, arguments):
    """Runs a target; its course, and whether it ended well."""
    work = Path(arguments.work) / target
    work.mkdir(parents=True, exist_ok=True)
    words = Path(arguments.work) / f"{target}.dict"
    dictionary(target, words)
    runs = arguments.runs or (100_000 if target in STORED else 1_000_000)
    course = Course(Path(arguments.work) / f"{target}.json")
    stop = time.monotonic() + (arguments.seconds or 1e9)
    while time.monotonic() < stop and (
        course.executions < runs
        or (course.executions < 2 * runs and course.share_of_last_quarter() > 0.005)
    ):
        begin, used = time.monotonic(), processor_seconds()
        left = max(runs - course.executions, runs // 4)
        command = [
            program_of(arguments.build, target),
            work,
            HERE / "corpus" / target,
            f"-runs={left}",
            f"-dict={words}",
            f"-max_total_time={int(min(stop - begin, 1e6)) + 1}",
            *limits(target),
            # Counting how rare each feature is would take two thirds of the time.
            "-entropic=0",
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
        course.keep(points, processor_seconds() - used)
        if code == INTERRUPTED:
            print(f"{target}: interrupted", flush=True)
            return course, True
        if code != 0 and not all_once(target, arguments):
            sys.stderr.write("".join(tail))
            return course, False
    return course, arguments.unchecked or check(target, arguments)


def minimise(target, arguments):
    """Replaces the corpus of the tree by the fewest inputs with the same coverage."""
    program = program_of(arguments.build, target)
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
        f"{course.seconds:,.0f} s | {covered:,} | "
        f"{100 * course.share_of_last_quarter():.1f} % |"
    ).replace(",", " ")


def write_table(path, rows):
    """Puts rows between the markers, in place of those of the same targets."""
    text = Path(path).read_text()
    begin, end = "<!-- fuzz: begin -->\n", "<!-- fuzz: end -->"
    head = (
        "| target | executions | rate | processor time | edges covered | of them in the last quarter |\n"
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
    parser.add_argument("--build", default=str(SOURCE / "build/fuzz_fast"))
    parser.add_argument("--check", default=str(SOURCE / "build/fuzz"), help="with all sanitizers")
    parser.add_argument("--unchecked", action="store_true", help="leave that to a later call")
    parser.add_argument("--work", default=str(SOURCE / "build/fuzz_fast/work"))
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
