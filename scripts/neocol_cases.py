"""Runs scenarios through the program, a few at a time, and keeps what they gave.

    runner = CaseRunner(program, folder_of_models, cache, jobs=2)
    run, = runner.run([Case("scenarios/validation/punch_4mm.toml", {"parameters.K_1": "1 ng/mL"})])
    run.series("wound_neutrophils")

    runs = runner.many(cases)        # in one process, for draws: no facts but the sessions

A run is kept under the hash of its resolved scenario and model as soon as it ends, so that asking
again, or after an interruption, costs no run: of `run` observables, sessions
and bounds in HASH.h5, of `many` observables and times of sessions in the store of `neocol cases
--kept`. What is damaged is set aside, and its run is made again.
"""
from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from neocol.seal import SEAL_BYTES, checked, long_text, seal_line, texts

AFTER = 1e-6  # [d] a record right after a jump stands this much later than the one before it


class CaseError(Exception):
    """A run that could not be made: the program's message."""


@dataclass(frozen=True)
class Case:
    """A scenario file and what is set in it, as `--set` would."""

    scenario: str
    settings: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(scenario: str | Path, settings: dict[str, str] | None = None) -> "Case":
        return Case(str(scenario), tuple(sorted((settings or {}).items())))

    def words(self) -> list[str]:
        """Arguments of `neocol run`."""
        return [
            self.scenario,
            *(word for key, value in self.settings for word in ("--set", f"{key}={value}")),
        ]


@dataclass(frozen=True)
class Run:
    """What a run gave: time [d], observables over time, and facts about it."""

    time: np.ndarray
    observables: dict[str, np.ndarray]
    facts: dict = field(default_factory=dict)

    def series(self, name: str) -> np.ndarray:
        """An observable over `time`; KeyError if the model has none of that name."""
        return self.observables[name]

    @property
    def last_session(self) -> float:
        """[d]; 0 without a session."""
        return float((self.facts.get("sessions", {}).get("time") or [0.0])[-1])


def default_cache() -> Path:
    """Where runs are kept: NEOCOL_CACHE, XDG_CACHE_HOME or ~/.cache, below `validation`."""
    given = os.environ.get("NEOCOL_CACHE")
    if given:
        return Path(given) / "validation"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "neocol" / "validation"


def read_result(path: Path) -> Run:
    """The kept part of a result file."""
    with h5py.File(checked(path).path) as file:
        time = file["time"][()]
        names = [
            name
            for name, item in file.items()
            if isinstance(item, h5py.Dataset) and "reduce" in item.attrs
        ]
        jumps = file["events"]
        later = jumps["time"][()] + AFTER
        order = np.argsort(np.concatenate([time, later]), kind="stable")
        series = {
            name: np.concatenate([file[name][()], jumps[f"{name}_after"][()]])[order]
            for name in names
        }
        time = np.concatenate([time, later])[order]
        sessions = (
            {
                name: np.asarray(item[()]).astype(float).tolist()
                for name, item in file["sessions"].items()
                if item.dtype.kind in "iuf"
            }
            if "sessions" in file
            else {}
        )
        radii = file["punctures/surface_radius"][()] if "punctures" in file else np.zeros(0)
        bounds = {}
        if "bounds" in file:
            group = file["bounds"]
            bounds = {
                name: bool(kept) for name, kept in zip(texts(group["bound"]), group["kept"][()])
            }
        facts = {
            "sessions": sessions,
            "bounds": bounds,
            "n_punctures": int(radii.size),
            "hole_radius": float(radii.mean()) if radii.size else 0.0,
            "resolved": long_text(file["provenance"], "resolved"),
            "given": long_text(file["provenance"], "scenario"),
        }
        return Run(time, series, facts)


def _store(run: Run, path: Path) -> None:
    """Writes a run in one move, as HDF5 with neocol's last line."""
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        file["time"] = run.time
        file["names"] = np.array([name.encode() for name in run.observables])
        file.create_dataset(
            "values",
            data=np.array(list(run.observables.values())),
            compression="gzip",
            shuffle=True,
        )
        file["facts"] = np.frombuffer(json.dumps(run.facts).encode(), np.uint8)
    data = whole.getvalue()
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as target:
        try:
            target.write(data + seal_line("run", hashlib.sha256(data).hexdigest()))
            target.flush()
            os.fsync(target.fileno())
            os.replace(target.name, path)
        except BaseException:
            os.unlink(target.name)
            raise


def _load(path: Path) -> Run | None:
    """A kept run; None if there is none, or it is not as it was written: then it is set aside.

    Raises OSError if it cannot be read.
    """
    try:
        whole = path.read_bytes()
    except FileNotFoundError:
        return None
    data = whole[:-SEAL_BYTES]
    if whole[-SEAL_BYTES:] != seal_line("run", hashlib.sha256(data).hexdigest()):
        os.replace(path, path.with_name(path.name + ".damaged"))
        return None
    with h5py.File(io.BytesIO(data)) as file:
        return Run(
            file["time"][()],
            {name.decode(): value for name, value in zip(file["names"][()], file["values"][()])},
            json.loads(file["facts"][()].tobytes()),
        )


class CaseRunner:
    """Runs cases, at most `jobs` at a time, one thread each."""

    def __init__(self, program: str, cache: Path, jobs: int = 2) -> None:
        self.program, self.jobs = program, jobs
        version = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True
        ).stdout
        self.cache = cache / re.sub(r"[^\w.]+", "_", version).strip("_")
        self.cache.mkdir(parents=True, exist_ok=True)
        (self.cache / "many").mkdir(exist_ok=True)
        self.made = 0  # runs made, not found

    def _call(self, *words: str) -> str:
        done = subprocess.run([self.program, "run", *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise CaseError(done.stderr.strip() or f"exit code {done.returncode}")
        return done.stdout

    def one(self, case: Case) -> Run:
        """A run, kept or made. Raises CaseError with the program's message."""
        words = (*case.words(), "--set", "output.times=common")  # as 'neocol cases' does
        told = self._call(*words, "--dry-run")
        match = re.search(r"^run (\w+) would be written", told, re.MULTILINE)
        if not match:
            raise CaseError(f"'{self.program} run --dry-run' did not name the run:\n{told}")
        kept = self.cache / f"{match.group(1)}.h5"
        found = _load(kept)
        if found is not None:
            return found
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder) / "run.h5"
            begun = time.monotonic()
            self._call(*words, "--output", str(result), "--threads", "1", "--quiet")
            run = read_result(result)
            run.facts["seconds"] = time.monotonic() - begun
        _store(run, kept)
        self.made += 1
        return run

    def run(self, cases: list[Case], progress=None) -> list[Run | CaseError]:
        """Runs of all cases, in order; a case that failed gives its error instead."""

        def attempt(case: Case) -> Run | CaseError:
            try:
                found: Run | CaseError = self.one(case)
            except CaseError as error:
                found = error
            if progress is not None:
                progress()
            return found

        with ThreadPoolExecutor(self.jobs) as pool:
            return list(pool.map(attempt, cases))

    def many(
        self, cases: list[Case], progress=None, observables: set[str] | None = None
    ) -> list[Run | CaseError]:
        """As `run`, by `neocol cases`: all in one process on `jobs` threads, each kept as it ends.

        Their facts are the scenario file as given and the times of sessions. With `observables`,
        only what these depend on is solved, and runs may have no others.
        """
        if not cases:
            return []
        folder = self.cache / "many"
        given = {
            name: Path(name).read_text(encoding="utf-8")
            for name in {case.scenario for case in cases}
        }
        found: list[Run | CaseError | None] = [None] * len(cases)
        with tempfile.TemporaryDirectory() as place:
            listed = Path(place) / "cases.txt"
            listed.write_text(
                "".join(
                    "\t".join([case.scenario, *(f"{key}={value}" for key, value in case.settings)])
                    + "\n"
                    for case in cases
                ),
                encoding="utf-8",
            )
            with subprocess.Popen(
                [
                    self.program,
                    "cases",
                    str(listed),
                    "--kept",
                    str(folder),
                    "--threads",
                    str(self.jobs),
                    *(["--read", ",".join(sorted(observables))] if observables else []),
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as process:
                for index, outcome in self._stream(process.stdout):
                    if isinstance(outcome, Run):
                        outcome.facts["given"] = given[cases[index].scenario]
                    found[index] = outcome
                    if progress is not None:
                        progress()
                message = process.stderr.read().decode(errors="replace").strip()
        if any(one is None for one in found):
            raise CaseError(
                message
                or f"'neocol cases' ended with code {process.returncode} "
                "before all cases were run; what is finished is kept: run again"
            )
        return found

    def _stream(self, pipe):
        """Index and result of every case that `neocol cases` writes."""
        while head := pipe.readline():
            index, status, _, *sizes = head.split()
            line = pipe.readline().decode().rstrip("\n")
            if status not in (b"complete", b"kept"):
                yield int(index), CaseError(line.replace("\v", "\n"))
                continue
            n, m, sessions = (int(size) for size in sizes)
            wanted = 8 * (2 * n + n * m + sessions)
            raw = pipe.read(wanted)
            if len(raw) < wanted:
                return  # it was stopped in the middle
            numbers = np.frombuffer(raw)
            times = numbers[:n] + AFTER * numbers[n : 2 * n]
            values = numbers[2 * n : 2 * n + n * m].reshape(n, m).T
            self.made += status == b"complete"
            yield int(index), Run(
                times,
                dict(zip(line.split(), values)),
                {
                    "sessions": {"time": numbers[2 * n + n * m :].tolist()},
                    "bounds": {},
                    "given": "",
                },
            )
