"""What is tried under faults: commands, what they begin with, and what is right after them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy

PROGRAM = os.environ.get(
    "NEOCOL", str(Path(__file__).resolve().parents[2] / "build" / "release" / "neocol")
)

DECAY = """\
[model]
name = "decay"
title = "Decay and diffusion"
balance = "none"
layers = ["epidermis", "dermis"]
[properties]
perfusion = "1"
[parameter.k]
value = "0.5 d-1"
range = ["0.1 d-1", "2 d-1"]
distribution = "loguniform"
meaning = "rate of decay"
source = "chosen"
evidence = "design"
[parameter.g]
value = "0 mL/ng/d"
meaning = "rate of runaway growth: infinite after 1/(g u0) days"
source = "chosen"
evidence = "design"
[parameter.dose]
value = "5 ng/mL"
range = ["1 ng/mL", "20 ng/mL"]
distribution = "loguniform"
meaning = "released where the skin is wounded"
source = "chosen"
evidence = "design"
[parameter.D]
value = "0.1 mm2/d"
meaning = "diffusivity"
source = "chosen"
evidence = "design"
[species.u]
unit = "ng/mL"
rest = "none"
scale = "1 ng/mL"
meaning = "what decays"
[process.decay]
rate = "k*u"
changes = { u = -1 }
meaning = "first-order decay"
[process.growth]
rate = "g*u*u"
changes = { u = 1 }
meaning = "runaway growth"
[transport.u]
diffusivity = "D"
[initial]
u = "1 ng/mL"
[injury]
u = "u + dose*wounded"
[observable.level]
value = "u"
unit = "ng/mL"
meaning = "mean level"
[outcome.left]
of = "level"
measure = "value"
at = "2 day"
unit = "ng/mL"
meaning = "what is left on day 2"
"""

SKIN = """\
[skin]
layers = [{name = "epidermis", thickness = "0.1 mm", properties = {perfusion = 0}},
          {name = "dermis", thickness = "0.4 mm", properties = {perfusion = 1}}]
"""

# A section with fields, and so with a sidecar for ParaView.
SECTION = f"""\
title = "Section"
model = "decay.toml"
{SKIN}[domain]
geometry = "section"
width = "0.5 mm"
spacing = "250 um"
[run]
until = "3 day"
tolerance = 1e-2
[output]
every = "1 day"
fields = ["u"]
field_times = ["0 day", "1 day"]
"""

# Two sessions, for checkpoints and what goes on from them.
SESSIONS = f"""\
title = "Two sessions"
model = "decay.toml"
{SKIN}[device]
name = "roller_192"
needle_length = "0.3 mm"
[regimen]
sessions = 2
spacing = "2 day"
puncture_density = "100 cm-2"
[domain]
geometry = "single_channel"
spacing = "250 um"
[run]
until = "4 day"
tolerance = 1e-2
[output]
every = "1 day"
fields = ["u"]
field_times = ["0 day", "3 day"]
"""

LATER = SESSIONS.replace('until = "4 day"', 'until = "5 day"')
ONE_SESSION = SESSIONS.replace('sessions = 2\nspacing = "2 day"\n', "sessions = 1\n")

MIXED = f"""\
title = "Mixed"
model = "decay"
{SKIN}[domain]
geometry = "well_mixed"
layer = "dermis"
[run]
until = "3 day"
tolerance = 1e-4
largest_step = "0.5 day"
[output]
every = "1 day"
"""

STUDY = """\
title = "Rates"
scenario = "mixed.toml"
[[axis]]
key = "parameters.k"
values = ["0.2 d-1", "0.5 d-1", "1 d-1"]
"""
EXTENDED = STUDY.replace('"1 d-1"]', '"1 d-1", "2 d-1"]')

# g = 3 runs away before the end.
FAILING = """\
title = "Growth"
scenario = "mixed.toml"
[[axis]]
key = "parameters.g"
values = ["0 mL/ng/d", "3 mL/ng/d", "0.01 mL/ng/d"]
"""

COHORT = """\
title = "Cohort"
[parameter.dose]
distribution = "lognormal"
median = 1
range = [0.7, 1.4]
source = "chosen"
evidence = "design"
"""


def neocol(*arguments: str) -> list[str]:
    return [PROGRAM, *arguments]


# Addresses in the file; of a checkpoint, time spent and what it went on from.
UNSTEADY = ("DIMENSION_LIST", "REFERENCE_LIST", "wall_seconds", "history")


class Unreadable(Exception):
    """A file that should be good is not."""


def stored_bytes(item: h5py.h5a.AttrID | h5py.h5d.DatasetID) -> tuple[object, ...]:
    """Extents, type and bytes of an attribute or a dataset, as they are stored."""
    kind, space = item.get_type(), item.get_space()
    extents = space.get_simple_extent_dims() if space.get_simple_extent_ndims() > 0 else ()
    values = numpy.zeros(extents, f"V{kind.get_size()}")
    if values.size > 0:
        if isinstance(item, h5py.h5a.AttrID):
            item.read(values, kind)
        else:
            item.read(h5py.h5s.ALL, h5py.h5s.ALL, values, kind)
    return extents, kind.get_class(), values.tobytes()


def contents_of_hdf5(path: Path) -> dict[str, object]:
    """Every dataset and attribute outside provenance. Low-level calls: thousands of files are read.

    neocol writes nothing of variable length but references, which are addresses in the file.
    """
    found: dict[str, object] = {}

    def take(name: str, place: h5py.h5g.GroupID | h5py.h5d.DatasetID) -> None:
        for k in range(h5py.h5a.get_num_attrs(place)):
            attribute = h5py.h5a.open(place, index=k)
            key = attribute.name.decode()
            if key not in UNSTEADY:
                found[f"{name}@{key}"] = stored_bytes(attribute)
        if isinstance(place, h5py.h5d.DatasetID):
            found[name] = stored_bytes(place)
            return
        for member in place:
            if name or member != b"provenance":
                take(f"{name}/{member.decode()}".lstrip("/"), h5py.h5o.open(place, member))

    try:
        file = h5py.h5f.open(os.fsencode(path), h5py.h5f.ACC_RDONLY)
        take("", h5py.h5g.open(file, b"/"))
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise Unreadable(f"{path.name} cannot be read: {error}") from error
    return found


def contents_of_archive(path: Path) -> dict[str, object]:
    """Names and digests of a tar file's members, which have to be those it lists."""
    try:
        with tarfile.open(path) as file:
            members = {m.name: file.extractfile(m).read() for m in file if m.isfile()}
    except (OSError, tarfile.TarError) as error:
        raise Unreadable(f"{path.name} cannot be read: {error}") from error
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    listed = next((data for name, data in members.items() if name.endswith("SHA256SUMS")), b"")
    for line in listed.decode().splitlines():
        digest, name = line.split(maxsplit=1)
        if digest not in sums.values():
            raise Unreadable(f"{path.name}: {name} is not what SHA256SUMS says")
    return {
        name: data if name.endswith(".toml") or "manifest" in name else None
        for name, data in members.items()
    }


def contents(path: Path) -> object:
    """What has to be equal in two files of one kind: everything but provenance."""
    if path.suffix == ".lock":
        return None  # who held it, if it could not be taken away
    if re.search(r"\.part-[0-9]+$", path.name):
        return None  # unfinished: nobody reads it
    if path.suffix == ".h5" or ".h5." in path.name and not path.name.endswith((".csv", ".json")):
        return contents_of_hdf5(path)
    if path.suffix == ".tar":
        return contents_of_archive(path)
    return path.read_bytes()


def names_below(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}


def always(_: str) -> bool:
    return True


@dataclass
class Operation:
    """A command of neocol, and how to tell whether it did right."""

    name: str
    #: files it begins with
    files: dict[str, str]
    #: commands that make what it begins with; (command, exit code)
    before: list[tuple[list[str], int]]
    command: list[str]
    #: exit code where nothing fails
    code: int = 0
    #: files whose contents have to be those of a run in which nothing failed
    compared: Callable[[str], bool] = always
    #: command that goes on after a failure; without it, the same one again
    onward: Callable[[Path], list[str] | None] | None = None
    #: further facts of a folder that have to be as after a run in which nothing failed
    facts: Callable[[Path], object] | None = None
    #: what must not be lost where the command fails: problems found in (the folder, the folder
    #: before, the state after a run in which nothing failed)
    kept: Callable[[Path, Path, dict[str, object]], list[str]] | None = None
    #: its output counts as well
    shows: bool = False
    #: takes long to start: few faults are tried in the quick part
    slow: bool = False
    #: classes that are tried; none: all
    classes: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def prepare(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for command, code in self.before:
            calm(command, folder, code, self.environment)

    def state(self, folder: Path) -> dict[str, object]:
        """What has to be right after the command. \\raises Unreadable"""
        found: dict[str, object] = {}
        for name in sorted(names_below(folder)):
            # The name of a segment has a token of its process and a number.
            steady = re.sub(r"\.[0-9a-f]{10}-\d{6}\.", ".", name)
            # How a comparison's store is divided hangs on what was run anew.
            steady = re.sub(r"\.store/.*\.segment$", ".store/*.segment", steady)
            found[steady] = contents(folder / name) if self.compared(name) else None
        if self.facts is not None:
            found["facts"] = self.facts(folder)
        return found


def calm(
    command: list[str],
    folder: Path,
    code: int | None = 0,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess:
    """Runs a command in which nothing fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **(environment or {})},
        errors="replace",
    )
    if code is not None and done.returncode != code:
        raise RuntimeError(
            f"{' '.join(command)}: exit {done.returncode}, not {code}\n"
            f"{done.stdout}{done.stderr}"
        )
    return done


def differences(
    found: dict[str, object], expected: dict[str, object], litter: bool = False
) -> list[str]:
    """What is missing, too much or different. With litter, too much is allowed."""
    problems = []
    for name in sorted(found.keys() | expected.keys()):
        if name not in found:
            problems.append(f"{name} is missing")
        elif name not in expected:
            if not litter:
                problems.append(f"{name} is left behind")
        elif found[name] != expected[name]:
            a, b = found[name], expected[name]
            if isinstance(a, dict) and isinstance(b, dict):
                parts = sorted(k for k in a.keys() | b.keys() if a.get(k) != b.get(k))
                problems.append(
                    f"{name} differs in {', '.join(parts[:4])}"
                    f"{' ...' if len(parts) > 4 else ''}"
                )
            else:
                problems.append(f"{name} differs")
    return problems


# --- runs ---------------------------------------------------------------------------------------


def run_again(result: str, *arguments: str) -> Callable[[Path], list[str] | None]:
    """After a run that failed: from its checkpoint, or anew."""

    def onward(folder: Path) -> list[str]:
        for name in (f"{result}.checkpoint", f"{result}.checkpoint.old"):
            if (folder / name).exists():
                keep = [one for one in arguments if one == "--keep-checkpoints"]
                return neocol("resume", f"{result}.checkpoint", "--quiet", "--threads", "1", *keep)
        return neocol("run", *arguments, "--overwrite")

    return onward


def one_of(folder: Path, before: Path, after: dict[str, object], name: str) -> list[str]:
    """A file has to be what it was, or what it was to become."""
    path = folder / name
    if not path.exists():
        return [f"{name} is gone"]
    if path.read_bytes() == (before / name).read_bytes():
        return []
    try:
        now = contents(path)
    except Unreadable as error:
        return [str(error)]
    if now == after.get(name) or now == contents(before / name):
        return []
    return [f"{name} is neither the old nor the new one"]


SECTION_RUN = ["section.toml", "-o", "r.h5", "--interpreter", "--quiet", "--threads", "1"]
SESSIONS_RUN = [
    "sessions.toml",
    "-o",
    "r.h5",
    "--interpreter",
    "--quiet",
    "--threads",
    "1",
    "--keep-checkpoints",
    "--checkpoint-every",
    "1 hour",
]
RUN_FILES = {
    "decay.toml": DECAY,
    "section.toml": SECTION,
    "sessions.toml": SESSIONS,
    "later.toml": LATER,
}


def kept_checkpoint(folder: Path, before: Path, _: dict[str, object]) -> list[str]:
    """The last checkpoint, or the one before it, is as it was, or the result is complete."""
    if (folder / "r.h5").exists():
        return []
    for name in ("r.h5.checkpoint", "r.h5.checkpoint.old"):
        if (folder / name).exists():
            return []
    return ["no checkpoint is left and no result is there"]


def study_status(folder: Path, name: str = "s") -> dict[str, int]:
    done = calm(neocol("study", "status", name, "--json"), folder)
    found = json.loads(done.stdout)
    return {key: found[key] for key in ("cases", "complete", "failed", "pending")}


def collected_anew(name: str = "s") -> Callable[[Path], object]:
    """States of the cases, and the tables as collected anew: what the store holds."""

    def facts(folder: Path) -> object:
        status = study_status(folder, name)
        copy = folder.parent / (folder.name + "-facts")
        shutil.copytree(folder, copy)
        try:
            for path in (copy / name).glob("collected.*"):
                path.unlink()
            calm(neocol("study", "collect", name), copy)
            # Digests of files that hold times of day are others each time.
            tables = {
                p.name: contents(p)
                for p in (copy / name).glob("collected.*")
                if p.suffix != ".sha256"
            }
        finally:
            shutil.rmtree(copy)
        return status, tables

    return facts


def finished_cases_stay(folder: Path, before: Path, _: dict[str, object]) -> list[str]:
    """No finished case is lost, whatever failed."""
    old = study_status(before)
    done = calm(neocol("study", "status", "s", "--json"), folder, None)
    if done.returncode != 0:
        return [f"the study cannot be read any more: {done.stderr.strip()}"]
    now = json.loads(done.stdout)
    if now["complete"] < old["complete"]:
        return [f"{old['complete']} cases were complete, now {now['complete']}"]
    return []


def compared_in_study(name: str) -> bool:
    """Segments and locks hold times of day; what is in them is among the facts."""
    return not any(part in name for part in ("results/", ".lock", "estimate", ".sha256"))


def plan_again(folder: Path) -> list[str] | None:
    return None if (folder / "s").exists() else neocol("study", "plan", "s.toml", "--interpreter")


STUDY_FILES = {
    "models/decay.toml": DECAY,
    "mixed.toml": MIXED,
    "s.toml": STUDY,
    "more.toml": EXTENDED,
}
PLAN = (neocol("study", "plan", "s.toml", "--interpreter"), 0)
RUN_STUDY = neocol("study", "run", "s", "--threads", "1", "--quiet")
COHORT_FILES = {
    "models/decay.toml": DECAY,
    "cohort.toml": COHORT,
    "two.toml": SESSIONS.replace("decay.toml", "decay"),
    "one.toml": ONE_SESSION.replace("decay.toml", "decay"),
}
COMPARE = neocol(
    "compare",
    "two.toml",
    "one.toml",
    "--cohort",
    "cohort.toml",
    "--persons",
    "2",
    "--draws",
    "2",
    "--parameters",
    "k",
    "--quiet",
    "--threads",
    "1",
    "-o",
    "c",
    "--follow-up",
    "2 day",
)
SENSITIVITY = neocol(
    "sensitivity",
    "two.toml",
    "--parameters",
    "k,dose",
    "--samples",
    "2",
    "--quiet",
    "--threads",
    "1",
    "-o",
    "c",
)


def batch_again(command: list[str]) -> Callable[[Path], list[str]]:
    """The same command; where some of its tables stand already it asks to be told so."""

    def onward(folder: Path) -> list[str]:
        there = any((folder / f"c{ending}").exists() for ending in (".json", ".csv"))
        return [*command, "--overwrite"] if there else command

    return onward


def cut_store(name: str) -> list[str]:
    """One of two parts is left, and no report."""
    return [
        "/bin/sh",
        "-c",
        f"rm {name}.store/1-of-2.*.segment {name}.json {name}.csv " f"{name}.cases.csv",
    ]


def kept_cases(folder: Path, before: Path, _: dict[str, object]) -> list[str]:
    """Cases that segments held are in some still."""

    def held(place: Path) -> set[str]:
        rows: set[str] = set()
        for path in (place / "c.store").glob("*.segment"):
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                rows |= {run for run, in database.execute("SELECT run FROM cases")}
        return rows

    lost = held(before) - held(folder)
    return [f"cases {sorted(lost)} are gone"] if lost else []


def compared_in_batch(name: str) -> bool:
    return ".store/" not in name


OPERATIONS = [
    Operation(
        "run", RUN_FILES, [], neocol("run", *SECTION_RUN), onward=run_again("r.h5", *SECTION_RUN)
    ),
    Operation(
        "run --overwrite --keep-csv",
        RUN_FILES,
        [(neocol("run", *SECTION_RUN, "--keep-csv", "--set", "parameters.k=1 d-1"), 0)],
        neocol("run", *SECTION_RUN, "--overwrite", "--keep-csv"),
        onward=run_again("r.h5", *SECTION_RUN, "--keep-csv"),
        kept=lambda folder, before, after: one_of(folder, before, after, "r.h5"),
    ),
    Operation(
        "run with checkpoints",
        RUN_FILES,
        [],
        neocol("run", *SESSIONS_RUN),
        onward=run_again("r.h5", *SESSIONS_RUN),
    ),
    Operation(
        "run on two threads",
        RUN_FILES,
        [],
        neocol("run", *SECTION_RUN[:-1], "2"),
        onward=run_again("r.h5", *SECTION_RUN),
        classes=("allocate",),
    ),
    Operation(
        "resume",
        RUN_FILES,
        [(neocol("run", *SESSIONS_RUN, "--max-wall-time", "0.001 s"), 75)],
        neocol("resume", "r.h5.checkpoint", "--quiet", "--threads", "1"),
        kept=kept_checkpoint,
    ),
    Operation(
        "fork",
        RUN_FILES,
        [(neocol("run", *SESSIONS_RUN), 0)],
        neocol(
            "run",
            "later.toml",
            "--from-checkpoint",
            "r.h5.session-1.checkpoint",
            "-o",
            "f.h5",
            "--interpreter",
            "--quiet",
            "--threads",
            "1",
        ),
        onward=run_again(
            "f.h5",
            "later.toml",
            "--from-checkpoint",
            "r.h5.session-1.checkpoint",
            "-o",
            "f.h5",
            "--interpreter",
            "--quiet",
            "--threads",
            "1",
        ),
        kept=lambda folder, before, after: one_of(
            folder, before, after, "r.h5.session-1.checkpoint"
        ),
    ),
    Operation(
        "info", RUN_FILES, [(neocol("run", *SECTION_RUN), 0)], neocol("info", "r.h5"), shows=True
    ),
    Operation(
        "study plan",
        STUDY_FILES,
        [],
        neocol("study", "plan", "s.toml", "--interpreter"),
        onward=plan_again,
        compared=compared_in_study,
    ),
    Operation(
        "study run, fresh",
        STUDY_FILES,
        [PLAN],
        RUN_STUDY,
        compared=compared_in_study,
        facts=collected_anew(),
        kept=finished_cases_stay,
    ),
    Operation(
        "study run, continued",
        STUDY_FILES,
        [PLAN, (neocol("study", "run", "s", "--task", "0/2", "--threads", "1"), 0)],
        RUN_STUDY,
        compared=compared_in_study,
        facts=collected_anew(),
        kept=finished_cases_stay,
    ),
    Operation(
        "study extend",
        STUDY_FILES,
        [PLAN, (RUN_STUDY, 0)],
        neocol("study", "extend", "s", "more.toml"),
        compared=compared_in_study,
        facts=collected_anew(),
        kept=finished_cases_stay,
    ),
    Operation(
        "study run, extended",
        STUDY_FILES,
        [PLAN, (RUN_STUDY, 0), (neocol("study", "extend", "s", "more.toml"), 0)],
        RUN_STUDY,
        compared=compared_in_study,
        facts=collected_anew(),
        kept=finished_cases_stay,
    ),
    Operation(
        "study retry",
        {**STUDY_FILES, "s.toml": FAILING},
        [PLAN, (RUN_STUDY, 4)],
        neocol("study", "retry", "s", "--threads", "1", "--quiet"),
        code=4,
        compared=compared_in_study,
        facts=collected_anew(),
        kept=finished_cases_stay,
    ),
    Operation(
        "study collect",
        STUDY_FILES,
        [
            PLAN,
            (RUN_STUDY, 0),
            (neocol("study", "extend", "s", "more.toml"), 0),
            ([*RUN_STUDY, "--no-collect"], 0),
        ],
        neocol("study", "collect", "s"),
        compared=compared_in_study,
        facts=collected_anew(),
        kept=lambda folder, before, after: finished_cases_stay(folder, before, after)
        + one_of(folder, before, after, "s/collected.h5"),
    ),
    Operation(
        "study status",
        STUDY_FILES,
        [PLAN, (RUN_STUDY, 0)],
        neocol("study", "status", "s"),
        compared=compared_in_study,
        shows=True,
    ),
    Operation(
        "study archive",
        STUDY_FILES,
        [PLAN, (RUN_STUDY, 0)],
        neocol("study", "archive", "s"),
        compared=compared_in_study,
        kept=finished_cases_stay,
    ),
    Operation(
        "cohort compared",
        COHORT_FILES,
        [],
        COMPARE,
        onward=batch_again(COMPARE),
        compared=compared_in_batch,
    ),
    Operation(
        "sensitivity",
        COHORT_FILES,
        [],
        SENSITIVITY,
        onward=batch_again(SENSITIVITY),
        compared=compared_in_batch,
    ),
    Operation(
        "sensitivity, continued",
        COHORT_FILES,
        [
            ([*SENSITIVITY, "--task", "0/2"], 0),
            ([*SENSITIVITY, "--task", "1/2"], 0),
            (SENSITIVITY, 0),
            (cut_store("c"), 0),
        ],
        SENSITIVITY,
        onward=batch_again(SENSITIVITY),
        compared=compared_in_batch,
        kept=kept_cases,
    ),
    Operation(
        "report",
        RUN_FILES,
        [(neocol("run", *SECTION_RUN), 0)],
        neocol("report", "r.h5", "-o", "page.html"),
        slow=True,
        classes=("write", "sync", "rename", "open_write", "open_read", "close", "unlink"),
        compared=lambda name: name != "page.html",
        onward=lambda folder: neocol("report", "r.h5", "-o", "page.html", "--overwrite"),
    ),
]
