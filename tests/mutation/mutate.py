#!/usr/bin/python3
"""Changes one small thing in a source at a time and looks whether a unit test fails.

    tests/mutation/mutate.py [SOURCE...] [--seconds N] [--seed N] [--work build/mutation] [--again]

A comparison, a sign, a constant, a condition or a returned value is changed, or a statement dropped
(changes.py). What needs it is built, and the unit tests of its layer are run, the quickest first,
until one fails: then the mutant is killed. One that passes them all survives: a test is missing, or
nothing depends on what was changed. Each is a line, and the last line counts.

The tree is copied into the work folder, which has a build of its own; the user's files stay as they
are.
WORK/done.jsonl remembers what was tried: a later call goes on with others, in the order that --seed
gives. --again tries those that survived once more, after a test was added. Ends after --seconds of
changes (default 1200, the first build does not count), or when there is none left. The exit code is 0
whatever survived, 1 if the tests fail or do not build as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from changes import Change, changes

SOURCE = Path(__file__).resolve().parents[2]
CENTRAL = (
    "src/simulation/judge.cpp",
    "src/simulation/outcomes.cpp",
    "src/simulation/schedule.cpp",
    "src/simulation/simulation.cpp",
    "src/solver/budget/budget_accumulator.cpp",
    "src/solver/reaction/linear_losses.cpp",
    "src/solver/stepper/positivity.cpp",
    "src/solver/stepper/step_control.cpp",
    "src/solver/transport/boundary_conditions.cpp",
    "src/solver/transport/flux_limiter.hpp",
    "src/solver/transport/tridiagonal.cpp",
    "src/tissue/grid.cpp",
    "src/treatment/insertion.cpp",
    "src/treatment/overlap.cpp",
    "src/treatment/regimen.cpp",
)
LARGEST = 6 << 30  # bytes of memory that a test may take
COMPILING = 600  # seconds a mutant may take to build
SLOWER = 5  # times that a test may take of what it took, and ten seconds


@dataclass(frozen=True)
class Mutant:
    """A change of a source, which is named from the root."""

    path: str
    text: str
    change: Change

    @property
    def place(self) -> str:
        """Source and line."""
        return f"{self.path}:{self.change.line(self.text)}"

    @property
    def key(self) -> str:
        """The same as long as the line and its number among equal ones are."""
        lines = self.text.splitlines()
        number = self.change.line(self.text) - 1
        column = self.change.start - (self.text.rfind("\n", 0, self.change.start) + 1)
        equal = lines[:number].count(lines[number])
        return f"{self.path}|{equal}|{lines[number].strip()}|{column}|{self.change}"


class Tree:
    """A copy of the files that git knows of, with a build beside them."""

    def __init__(self, folder: Path, source: Path = SOURCE):
        self.folder = folder
        self.build = folder / "build/release"
        names = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=source,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        wanted = {name for name in names if name and (source / name).is_file()}
        listed = folder / "copied.json"
        for name in set(json.loads(listed.read_text()) if listed.is_file() else ()) - wanted:
            (folder / name).unlink(missing_ok=True)
        for name in sorted(wanted):
            self.copy(source / name, folder / name)
        listed.write_text(json.dumps(sorted(wanted)))

    @staticmethod
    def copy(source: Path, target: Path) -> None:
        """Only what differs, so that the rest is not built again."""
        if target.is_file() and target.read_bytes() == source.read_bytes():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(source.stat().st_mode)

    def configure(self) -> subprocess.CompletedProcess:
        """The preset `release`, whose objects ccache may have."""
        command = ["cmake", "--preset", "release", "-DBUILD_TESTING=ON"]
        return called(command, self.folder)

    def compile(self, target: str, cached: bool = False) -> bool:
        """True if it was built; objects of mutants are nothing for ccache."""
        command = ["ninja", "-C", self.build, target]
        if cached:
            return called(command, self.folder).returncode == 0
        end = called(command, self.folder, COMPILING, {"CCACHE_DISABLE": "1"})
        return end.returncode == 0

    def tests(self, layer: str) -> list[str]:
        """Names of the unit tests of a layer, which are those of their programs."""
        listing = called(
            ["ctest", "--show-only=json-v1", "-L", "^unit$", "-R", f"^test_{layer}_"], self.build
        )
        return [test["name"] for test in json.loads(listing.stdout)["tests"]]

    def passes(self, test: str, seconds: float) -> bool:
        """True if a test ends well and in time."""
        command = ["ctest", "-R", f"^{test}$", "--timeout", str(int(seconds + 1))]
        # Threads that wait leave the processor to others.
        end = called(command, self.build, seconds + 60, {"OMP_WAIT_POLICY": "passive"})
        return end.returncode == 0


def called(command, folder: Path, seconds=None, more=None) -> subprocess.CompletedProcess:
    """A command's end, with bounded memory; what takes too long is ended with its children."""

    def bounded():
        resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))

    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(more or {})},
        start_new_session=True,
        preexec_fn=bounded,
    ) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
            return subprocess.CompletedProcess(command, process.returncode, output, "")
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 1, f"longer than {seconds} s", "")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def layer_of(path: str) -> str:
    """The layer of a source or header."""
    found = re.match(r"(?:src|include/neocol)/(\w+)/", path)
    if found is None:
        raise SystemExit(f"mutate: '{path}' is of no layer (src/LAYER/, include/neocol/LAYER/)")
    return found.group(1)


def mutants(root: Path, paths: list[str], seed: int) -> list[Mutant]:
    """All mutants of some sources, in an order that the seed gives."""
    found = []
    for path in paths:
        text = (root / path).read_text()
        found += [Mutant(path, text, change) for change in changes(text)]
    random.Random(seed).shuffle(found)
    return found


class Memory:
    """What became of mutants, by their keys, in a file that only grows."""

    def __init__(self, path: Path):
        self.path = path
        self.ends: dict[str, str] = {}
        if path.is_file():
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                self.ends[entry["key"]] = entry["end"]

    def add(self, mutant: Mutant, end: str) -> None:
        """Stores it before the next one begins."""
        self.ends[mutant.key] = end
        with self.path.open("a") as file:
            file.write(json.dumps({"key": mutant.key, "end": end}) + "\n")


def tried(tree, mutant: Mutant, tests: dict[str, float]) -> str:
    """`killed by TEST`, `survived` or `not built`; the tree is afterwards as it was."""
    path = tree.folder / mutant.path
    path.write_text(mutant.change.applied(mutant.text))
    try:
        for test in sorted(tests, key=tests.__getitem__):
            if not tree.compile(test):
                return "not built"
            if not tree.passes(test, 10 + SLOWER * tests[test]):
                return f"killed by {test}"
        return "survived"
    finally:
        path.write_text(mutant.text)


def timed(tree, layer: str) -> dict[str, float]:
    """Seconds of each unit test of a layer, built and run as it is."""
    seconds = {}
    for test in tree.tests(layer):
        if not tree.compile(test, cached=True):
            raise SystemExit(f"mutate: {test} does not build")
        start = time.monotonic()
        if not tree.passes(test, 600):
            raise SystemExit(f"mutate: {test} fails without a change")
        seconds[test] = time.monotonic() - start
    if not seconds:
        raise SystemExit(f"mutate: the layer '{layer}' has no unit test")
    return seconds


def run(
    tree, wanted: list[Mutant], memory: Memory, seconds: float, again=False
) -> Iterator[tuple[Mutant, str]]:
    """What became of one mutant after the other, until the time has passed."""
    layers = sorted({layer_of(mutant.path) for mutant in wanted})
    tests = {layer: timed(tree, layer) for layer in layers}
    end = time.monotonic() + seconds
    for mutant in wanted:
        before = memory.ends.get(mutant.key)
        if (before == "survived") if again else (before is None):
            if time.monotonic() >= end:
                break
            outcome = tried(tree, mutant, tests[layer_of(mutant.path)])
            memory.add(mutant, outcome)
            yield mutant, outcome


def main() -> int:
    """Reads the options and prints a line for each mutant."""
    parser = argparse.ArgumentParser(usage=re.search(r"tests/mut.*", __doc__).group())
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--seconds", type=float, default=1200.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=SOURCE / "build/mutation")
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()

    paths = [os.path.relpath(source, SOURCE) for source in options.sources] or list(CENTRAL)
    for path in paths:
        layer_of(path)
        if not (SOURCE / path).is_file():
            parser.error(f"no source '{path}'")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # sources and children as after ^C
    options.work.mkdir(parents=True, exist_ok=True)
    tree = Tree(options.work.resolve())
    configured = tree.configure()
    if configured.returncode != 0:
        print(configured.stdout, file=sys.stderr)
        return 1
    wanted = mutants(tree.folder, paths, options.seed)
    memory = Memory(tree.folder / "done.jsonl")
    start = time.monotonic()
    counts = {"killed": 0, "survived": 0, "not built": 0}
    for mutant, outcome in run(tree, wanted, memory, options.seconds, options.again):
        counts[outcome.split(" by ")[0]] += 1
        print(f"{outcome}: {mutant.place}: {mutant.change}", flush=True)
    left = sum(mutant.key not in memory.ends for mutant in wanted)
    print(
        f"mutation: {counts['killed']} killed, {counts['survived']} survived, "
        f"{counts['not built']} not built, {left} left, {time.monotonic() - start:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
