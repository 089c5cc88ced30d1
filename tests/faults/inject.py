#!/usr/bin/python3
"""Lets calls of neocol fail one at a time, and judges what it does.

Each trial runs one command in which the n-th call of a class (write, rename, ...) fails, once or for
good. After the exit code of a run in which nothing fails, everything outside provenance has to be
the same to the byte. After any other the code is 5 (or 75), the message has the file and the reason,
what was good before is good still, and the next command, in which nothing fails, ends right.

Examples:
  inject.py                                  a sample, as ctest runs it
  inject.py --whole --into docs/reliability.md
  inject.py --operation 'study run*' --class write --whole --list
  inject.py --turns --record trials.jsonl --seconds 600     as far as it comes; again: goes on
"""

from __future__ import annotations

import argparse
import collections
import fnmatch
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import shim  # noqa: E402
from known import KNOWN, Known  # noqa: E402
from operations import OPERATIONS, PROGRAM, Operation, Unreadable, calm, differences  # noqa: E402
from shim import CLASSES, KINDS, ONLY_ONCE, Fault, Outcome  # noqa: E402

BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"

# These leave a call as it should be after another try, so that a program has to go on.
HARMLESS = ("EINTR", "SHORT")


@dataclass
class Verdict:
    """What came of a trial: right, refused, or what was wrong."""

    operation: str
    fault: Fault
    wrong: str = ""  # kind of wrong, empty if none
    refused: bool = False
    died: bool = False  # by a library, where memory failed
    detail: str = ""
    call: str = ""
    known: Known | None = None


def failed_calls(outcome: Outcome) -> list[tuple[str, str]]:
    """Function and path of the calls that failed."""
    found = []
    for line in outcome.log.splitlines():
        if line.startswith("failed "):
            parts = line.split(" ", 4)
            found.append((parts[3], parts[4] if len(parts) > 4 else ""))
    return found


def names_file(errors: str, path: str, names: set[str]) -> bool:
    """True if a message names a file, what it was to become, or a folder of it in the trial's.

    For the working folder itself one of the names in it will do.
    """
    path = path.removesuffix(" (deleted)").rstrip("/")
    if path.endswith("/w") or path == ".":
        return (
            "error: .: " in errors
            or path in errors
            or any(
                re.search(rf"(^|[\s'\"/]){re.escape(name)}['\"]?($|[:\s])", errors)
                for name in names
            )
        )
    parts = path.split("/w/", 1)[-1].split("/")
    for part in parts + [re.sub(r"[.-](part|tmp|new).*$", "", part) for part in parts]:
        plain = re.escape(part.lstrip("."))
        if plain and re.search(rf"(^|[^A-Za-z0-9]){plain}($|[^A-Za-z0-9])", errors):
            return True
    return False


def judge_message(fault: Fault, outcome: Outcome, names: set[str]) -> tuple[str, str]:
    """Kind and detail of what is wrong with a refusal, or empty texts.

    names: of files of the operation
    """
    errors = outcome.errors.strip()
    shown = errors.splitlines()[0][:160] if errors else "nothing on stderr"
    memory = fault.kind_of_call == "allocate"
    if "defect in neocol" in errors or "Traceback" in errors or (outcome.code == 1 and not memory):
        return "defect", shown
    if memory:
        return "", ""  # also by a signal: a library that takes memory for granted (udunits-2)
    if outcome.code < 0:
        return "signal", f"{outcome.ending()}: {shown}"
    if outcome.code not in (5, 75):
        return "code", f"{outcome.ending()}: {shown}"
    if fault.error in HARMLESS:
        return "gave up", shown
    if not any(names_file(errors, path, names) for _, path in failed_calls(outcome)):
        return "message", f"no file: {shown}"
    if not any(reason.lower() in errors.lower() for reason in fault.reasons()):
        return "message", f"no reason: {shown}"
    return "", ""


class Bench:
    """An operation, what it begins with, and what is right after it."""

    def __init__(self, operation: Operation, root: Path) -> None:
        self.operation = operation
        self.root = root
        self.start = root / "start" / "w"
        operation.prepare(self.start)
        states = []
        for name in ("first", "second"):
            folder = self.copy(name)
            self.calm = shim.run(operation.command, folder, listed=True)
            if self.calm.code != operation.code:
                raise RuntimeError(
                    f"{operation.name}: {self.calm.ending()} where nothing fails\n"
                    f"{self.calm.output}{self.calm.errors}"
                )
            states.append(operation.state(folder))
        unsteady = differences(states[0], states[1])
        if unsteady:
            raise RuntimeError(f"{operation.name} differs from itself: {unsteady}")
        self.expected = states[0]

    def copy(self, name: str) -> Path:
        folder = self.root / name / "w"
        shutil.copytree(self.start, folder)
        return folder

    def trial(self, fault: Fault) -> Verdict | None:
        """None if the call was not reached."""
        holder = self.root / str(fault).replace(" ", "-").replace(",", "")
        folder = self.copy(holder.name)
        try:
            outcome = shim.run(self.operation.command, folder, fault)
            if outcome.n_failed == 0:
                return None
            return self.judge(fault, outcome, folder)
        finally:
            shutil.rmtree(holder, ignore_errors=True)

    def judge(self, fault: Fault, outcome: Outcome, folder: Path) -> Verdict:
        operation = self.operation
        verdict = Verdict(
            operation.name,
            fault,
            call=" ".join(
                part.removeprefix(str(folder) + "/") for part in failed_calls(outcome)[0]
            ),
        )

        def wrong(kind: str, detail: str) -> Verdict:
            verdict.wrong, verdict.detail = kind, detail
            return verdict

        # What could not be removed, or renamed away, lies about; so does what a process that a
        # library brought down was writing.
        brought_down = outcome.code < 0 or "a library that neocol uses gave up" in outcome.errors
        litter = fault.kind_of_call == "unlink" or fault.for_good or brought_down
        if outcome.code == operation.code:
            try:
                problems = differences(operation.state(folder), self.expected, litter)
            except (Unreadable, RuntimeError) as error:
                problems = [str(error)]
            if operation.shows and outcome.output != self.calm.output:
                problems.append("it printed something else")
            return wrong("silent", "; ".join(problems[:3])) if problems else verdict

        verdict.refused = True
        verdict.died = brought_down
        kind, detail = judge_message(fault, outcome, set(self.expected))
        try:
            problems = operation.kept(folder, self.start, self.expected) if operation.kept else []
        except (Unreadable, RuntimeError) as error:
            problems = [str(error)]
        if problems:
            return wrong("lost", "; ".join(problems))
        command = operation.onward(folder) if operation.onward else operation.command
        if command is not None:
            done = calm(command, folder, None)
            if done.returncode != operation.code:
                said = done.stderr.strip().splitlines()
                return wrong(
                    "stuck",
                    f"next command: exit {done.returncode}: " f"{said[0][:160] if said else ''}",
                )
        try:
            problems = differences(operation.state(folder), self.expected, litter)
        except (Unreadable, RuntimeError) as error:
            problems = [str(error)]
        if problems:
            return wrong("wrong afterwards", "; ".join(problems[:3]))
        return wrong(kind, detail) if kind else verdict


def errors_of(kind: str, turn: int | None) -> list[str]:
    """Errors of a class: all, or those that are harmless and of the others the one whose turn it is."""
    if turn is None:
        return list(KINDS[kind])
    lasting = [error for error in KINDS[kind] if error not in HARMLESS]
    return [lasting[turn % len(lasting)], *(e for e in KINDS[kind] if e in HARMLESS)]


def all_faults(kind: str, calls: int, most: int, turns: bool) -> list[Fault]:
    """Every call, or as many as `most`, spread evenly; every error, once and for good."""
    step = max(1, -(-calls // most))
    found = []
    for n in range(1, calls + 1, step):
        for error in errors_of(kind, n if turns else None):
            found.append(Fault(kind, n, error))
            if error not in ONLY_ONCE:
                found.append(Fault(kind, n, error, True))
    return found


def sampled_faults(operation: Operation, kind: str, calls: int) -> list[Fault]:
    """A few calls, the last among them, with errors that take turns."""
    seed = zlib.crc32(f"{operation.name} {kind}".encode())
    n = {"write": 4, "allocate": 3}.get(kind, 2)
    places = sorted({calls, *((seed + k * (calls // n + 1)) % calls + 1 for k in range(1, n))})
    if operation.slow:
        places = places[-1:]
    found = []
    for k, place in enumerate(places):
        error = KINDS[kind][(seed // 7 + k) % len(KINDS[kind])]
        for_good = (seed // 3 + k) % 3 == 0 and error not in ONLY_ONCE
        found.append(Fault(kind, place, error, for_good))
    return found


@dataclass
class Row:
    """Trials of one operation and class."""

    calls: int
    tried: int = 0
    right: int = 0
    refused: int = 0
    died: int = 0
    known: int = 0
    wrong: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        self.tried += 1
        if verdict.known is not None:
            self.known += 1
        elif verdict.wrong:
            self.wrong.append(verdict)
        elif verdict.refused:
            self.refused += 1
        else:
            self.right += 1
        self.died += verdict.died and not verdict.wrong


Table = dict[tuple[str, str], Row]


class Record:
    """Verdicts of earlier calls with the same program, a line each: a table takes hours."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.verdicts: dict[tuple[str, Fault], Verdict | None] = {}
        if path is None:
            return
        digest = hashlib.sha256(Path(PROGRAM).read_bytes()).hexdigest()
        lines = path.read_text().splitlines() if path.exists() else []
        if not lines or json.loads(lines[0]) != digest:
            path.write_text(json.dumps(digest) + "\n")
            return
        for line in lines[1:]:
            operation, fault, verdict = json.loads(line)
            tried = Fault(*fault)
            self.verdicts[operation, tried] = verdict and Verdict(operation, tried, **verdict)
        # Whether a busy machine was the reason shows when it is tried again.
        for key in [key for key, verdict in self.verdicts.items() if verdict and verdict.wrong]:
            del self.verdicts[key]

    def add(self, operation: str, fault: Fault, verdict: Verdict | None) -> None:
        """verdict: None if the call was not reached"""
        self.verdicts[operation, fault] = verdict
        if self.path is None:
            return
        shown = verdict and {
            name: getattr(verdict, name) for name in ("wrong", "refused", "died", "detail", "call")
        }
        parts = (fault.kind_of_call, fault.n, fault.error, fault.for_good)
        with self.path.open("a") as file:
            file.write(json.dumps([operation, parts, shown]) + "\n")

    def of(self, operation: str) -> list[Verdict]:
        """Of all trials of an operation, also of earlier calls."""
        return [v for (name, _), v in self.verdicts.items() if name == operation and v is not None]


def table_text(table: Table) -> str:
    """By operation and class, as Markdown."""
    head = ["operation", "class", "calls", "tried", "exit 0, right", "refused rightly"]
    known = any(row.known for row in table.values())
    lines = [head + (["known"] if known else []) + ["wrong"]]
    for (operation, kind), row in table.items():
        cells = [f"`{operation}`", kind, row.calls, row.tried, row.right, row.refused]
        lines.append([*map(str, cells + ([row.known] if known else [])), str(len(row.wrong))])
    sums = [
        "all",
        "",
        *(str(sum(int(line[k]) for line in lines[1:])) for k in range(2, len(lines[0]))),
    ]
    lines.append(sums)
    text = "| " + " | ".join(lines[0]) + " |\n|" + "---|" * len(lines[0]) + "\n"
    return text + "\n".join("| " + " | ".join(line) + " |" for line in lines[1:]) + "\n"


def wrong_text(table: Table) -> str:
    """What went wrong, alike things together."""
    groups: dict[tuple[str, ...], list[Verdict]] = collections.defaultdict(list)
    for row in table.values():
        for verdict in row.wrong:
            detail = re.sub(r"[0-9]+", "#", verdict.detail)
            groups[verdict.operation, verdict.fault.kind_of_call, verdict.wrong, detail].append(
                verdict
            )
    lines = []
    for (operation, _, kind, _), verdicts in sorted(groups.items(), key=lambda g: -len(g[1])):
        first = verdicts[0]
        lines.append(
            f"{len(verdicts):5} {operation}: {first.fault} ({first.call}): {kind}: "
            f"{first.detail}"
        )
    return "\n".join(lines)


def write_into(path: Path, text: str) -> None:
    """Between the markers of a document."""
    document = path.read_text()
    if BEGIN not in document or END not in document:
        sys.exit(f"{path} lacks the lines {BEGIN} and {END}")
    before, after = document.split(BEGIN)[0], document.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{text}{END}{after}")


def arguments() -> argparse.Namespace:
    text = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    text.add_argument("--whole", action="store_true", help="every call and every error")
    text.add_argument(
        "--turns",
        action="store_true",
        help="every call; EIO, ENOSPC and their like take turns (a third of --whole)",
    )
    text.add_argument("--operation", default="*", help="names to try, such as 'study*'")
    text.add_argument("--class", dest="kind", default="*", help="such as write")
    text.add_argument("--error", default="*", help="such as EIO")
    text.add_argument("--call", type=int, default=0, help="only this call, from 1")
    text.add_argument(
        "--most",
        type=int,
        default=0,
        help="calls of a class that are tried (default: all, of allocations 60)",
    )
    text.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="keep verdicts there, and take those of earlier calls with the same program from there",
    )
    text.add_argument(
        "--seconds", type=float, default=0, help="begin no trial after these (the table is partial)"
    )
    text.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    text.add_argument("--list", action="store_true", help="print the calls of each operation")
    text.add_argument(
        "--into", type=Path, metavar="FILE", help=f"write the table between {BEGIN} and {END}"
    )
    return text.parse_args()


def known_of(verdict: Verdict) -> Known | None:
    """What known.py has of it."""
    return next((one for one in KNOWN if one.meets(verdict.operation, verdict.fault)), None)


def faults_of(bench: Bench, kind: str, a: argparse.Namespace) -> list[Fault]:
    calls = bench.calm.counts[kind]
    if a.whole or a.turns or a.call:
        usual = 60 if kind == "allocate" else calls
        if bench.operation.slow:
            usual = min(usual, 6)
        found = (
            all_faults(kind, calls, a.most or usual, a.turns)
            if not a.call
            else [fault for fault in all_faults(kind, calls, calls, False) if fault.n == a.call]
        )
    else:
        found = sampled_faults(bench.operation, kind, calls)
    return [fault for fault in found if fnmatch.fnmatch(fault.error, a.error)]


def quick_folder() -> str | None:
    """In memory if there is room: thousands of files are brought to the disk."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free > 2**28:
        return memory
    return None


def main() -> int:
    a = arguments()
    began = time.monotonic()
    table: Table = {}
    record = Record(a.record)
    cut_short = False
    meant: collections.Counter[Known] = collections.Counter()
    met: collections.Counter[Known] = collections.Counter()
    with tempfile.TemporaryDirectory(
        prefix="neocol_faults_", dir=quick_folder()
    ) as holder, ThreadPoolExecutor(a.jobs) as pool:
        root = Path(os.path.realpath(holder))
        os.environ.setdefault("NEOCOL_CACHE", str(root / "cache"))
        os.environ.setdefault("MPLCONFIGDIR", str(root / "matplotlib"))
        (root / "cache").mkdir(mode=0o700)
        chosen = [o for o in OPERATIONS if fnmatch.fnmatch(o.name, a.operation)]
        for k, operation in enumerate(chosen):
            bench = Bench(operation, root / f"o{k}")
            if a.list:
                print(f"{operation.name}\n{bench.calm.log}", end="")
            kinds = [
                c
                for c in operation.classes or CLASSES
                if bench.calm.counts[c] and fnmatch.fnmatch(c, a.kind)
            ]
            faults = [fault for c in kinds for fault in faults_of(bench, c, a)]
            for c in kinds:
                table[operation.name, c] = Row(bench.calm.counts[c])

            def attempt(fault: Fault, bench: Bench = bench) -> tuple[Fault, Verdict | None] | None:
                if a.seconds and time.monotonic() - began > a.seconds:
                    return None
                return fault, bench.trial(fault)

            left = [f for f in faults if (operation.name, f) not in record.verdicts]
            for done in pool.map(attempt, left):
                if done is None:
                    cut_short = True
                    continue
                record.add(operation.name, *done)
                verdict = done[1]
                if verdict and verdict.wrong and known_of(verdict) is None:  # hours before the end
                    print(
                        f"{operation.name}: {verdict.fault} ({verdict.call}): {verdict.wrong}: "
                        f"{verdict.detail}",
                        file=sys.stderr,
                        flush=True,
                    )
            for verdict in record.of(operation.name):
                if (operation.name, verdict.fault.kind_of_call) not in table:
                    continue
                known = known_of(verdict)
                if known is not None:
                    meant[known] += 1
                    if verdict.wrong:
                        met[known] += 1
                        verdict.known = known
                table[operation.name, verdict.fault.kind_of_call].add(verdict)
            shutil.rmtree(bench.root, ignore_errors=True)
            if a.into:
                write_into(a.into, table_text(table))
            print(
                f"{operation.name}: {len(left)} trials, {time.monotonic() - began:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    print(table_text(table))
    died = sum(row.died for row in table.values())
    if died:
        print(f"{died} of the refusals were ends by libraries that take memory for granted")
    found = wrong_text(table)
    if found:
        print(found)
    mended = [one for one in KNOWN if meant[one] and not met[one]]
    for one in mended:
        print(
            f"no longer fails{'' if a.whole else ' in this sample'}, "
            f"{'' if a.whole else 'perhaps '}to be taken out of known.py: {one}"
        )
    print(
        f"{sum(row.tried for row in table.values())} trials in {time.monotonic() - began:.0f} s"
        f"{', not all: out of time' if cut_short else ''}"
    )
    # A sample may miss the calls that fail still.
    return 1 if found or (mended and a.whole) else 0


if __name__ == "__main__":
    sys.exit(main())
