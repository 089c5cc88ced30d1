"""Runs of the scenarios that rows need, each once: what is finished is kept.

    runner = CaseRunner(cache, jobs=2)
    run, = runner.run([Case(neocol.load("scenarios/validation/punch_4mm.toml"))])
    run.series("wound_neutrophils")
"""
from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from neocol.cases import Case, CaseResult, Engine
from neocol.core import compiled

if TYPE_CHECKING:
    from neocol.scenario import Scenario

__all__ = ["AFTER", "Case", "CaseError", "CaseRunner", "Run", "default_cache"]
AFTER = 1e-6  # [d] a record right after a jump stands this much later than the one before it


class CaseError(Exception):
    """A run that could not be made, or is not to be trusted: the program's message."""


@dataclass(frozen=True)
class Run:
    """What a run gave: time [d], observables over time, its sessions and bounds.

    sessions  numbers of every session, as in result files
    bounds    of the model, and whether they were kept
    case      whose skin, device and regimen it has; None of a run that a test made up
    seconds   of integration
    """

    time: np.ndarray
    observables: dict[str, np.ndarray]
    sessions: dict[str, list[float]] = field(default_factory=dict)
    bounds: dict[str, bool] = field(default_factory=dict)
    case: Case | None = None
    seconds: float = 0.0

    def series(self, name: str) -> np.ndarray:
        """An observable over `time`; KeyError if the model has none of that name."""
        return self.observables[name]

    @property
    def last_session(self) -> float:
        """[d]; 0 without a session."""
        return float((self.sessions.get("time") or [0.0])[-1])

    @property
    def scenario(self) -> Scenario:
        """What was run, with all that was set."""
        return self.case.resolved

    def layers(self) -> dict[str, float]:
        """Thickness [mm] of every layer of the skin."""
        return self.scenario.layers()


def default_cache() -> Path:
    """Where runs are kept: NEOCOL_CACHE, XDG_CACHE_HOME or ~/.cache, below `validation`."""
    given = os.environ.get("NEOCOL_CACHE")
    if given:
        return Path(given) / "validation"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "neocol" / "validation"


class CaseRunner:
    """Runs cases, at most `jobs` at a time, one thread each, into a store of this version."""

    def __init__(self, cache: Path, jobs: int = 2) -> None:
        core = compiled()
        self.jobs = jobs
        self.program = f"neocol {core.__version__} ({core.revision})"
        self.store = cache / re.sub(r"[^\w.]+", "_", self.program).strip("_")
        self.made = 0  # runs made, not found
        self._engines: dict[tuple[str, ...] | None, Engine] = {}

    def _engine(self, observables: set[str] | None) -> Engine:
        """That of runs for these observables."""
        needed = None if observables is None else tuple(sorted(observables))
        if needed not in self._engines:
            self._engines[needed] = Engine(needed=needed)
        return self._engines[needed]

    def run(
        self,
        cases: Iterable[Case],
        progress: Callable[[], None] | None = None,
        observables: set[str] | None = None,
    ) -> list[Run | CaseError]:
        """Runs of all cases, in order; a case that failed, or is doubtful, gives its error instead.

        With `observables`, only what these depend on is solved, and runs may have no others.
        `progress` is called once for every case.
        """
        cases = [
            Case(case.scenario, (*case.settings, ("output.times", "common")), case.person)
            for case in cases
        ]
        if not cases:
            return []
        told = 0

        def tell(ended: int, _: int) -> None:
            nonlocal told
            for _ in range(ended - told):
                progress()
            told = ended

        results = self._engine(observables).run(
            cases,
            store=self.store,
            jobs=self.jobs,
            progress=None if progress is None else tell,
        )
        if progress is not None:
            tell(len(cases), len(cases))  # those of the store, too
        self.made += sum(result.has_values and not result.is_stored for result in results)
        return [_run(result, case) for result, case in zip(results, cases)]


def _run(result: CaseResult, case: Case) -> Run | CaseError:
    if result.status != "complete":
        doubtful = "doubtful: " if result.has_values else ""
        return CaseError(doubtful + (result.reason or result.status))
    return Run(
        result.time + AFTER * result.after_jump,
        result.observables,
        result.sessions,
        {name: was_kept for name, (_, _, was_kept) in result.bounds.items()},
        case,
        result.seconds,
    )
