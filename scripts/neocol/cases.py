"""Many cases of scenarios at once: what sweeps, validation and calibration stand on.

    cases = [Case(scenario, (("parameters.K_1", "1 ng/mL"),)), Case(scenario)]
    for result in run_cases(cases, observables=["collagen_dermis"], jobs=2):
        result.status, result.outcomes["collagen_dermis_gain_90d"], result.observables

The engine is that of `neocol study`: a case a thread, models compiled once. With a store, a case
that was run before is read from it, and what is finished stays when the rest is interrupted.
"""
from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neocol.core import compiled

if TYPE_CHECKING:
    import numpy as np
    from neocol.scenario import Scenario


@dataclass(frozen=True)
class Case:
    """A scenario with what is set in it, and who is treated.

    scenario  one that was read, or the path of a file, which is read with every case: so it may
              lack what its cases set
    settings  (key, value) as `--set` takes them; checked when the case is run
    person    cohort (name or file), how many persons of it, and which of them, from 0
    """

    scenario: Scenario | str | Path
    settings: tuple[tuple[str, str], ...] = ()
    person: tuple[str, int, int] | None = None

    @cached_property
    def resolved(self) -> Scenario:
        """The scenario with what is set, without the person. Raises InputError."""
        from neocol.scenario import load

        base = load(self.scenario) if isinstance(self.scenario, (str, Path)) else self.scenario
        return base.set(dict(self.settings)) if self.settings else base


@dataclass(frozen=True)
class CaseResult:
    """What a case gave.

    status       complete, doubtful (values that are not to be trusted), failed, invalid, timed_out
    reason       why it is not complete
    hash         24 hex digits: the identity of the run
    time         [d], (n,); at a jump twice: before it and, where `after_jump`, after it
    observables  (n,) each, in the units of the model
    seconds      of integration
    is_stored    read from the store, not run
    names        units and meanings of `outcomes` and `observables`, shared by cases of one model
    """

    status: str
    reason: str
    hash: str
    seconds: float
    is_stored: bool
    time: np.ndarray | None = None
    after_jump: np.ndarray | None = None
    observables: dict[str, np.ndarray] = field(default_factory=dict)
    names: dict = field(default_factory=dict, repr=False)
    _details: str = field(default="{}", repr=False)

    @property
    def has_values(self) -> bool:
        """Whether it came to its end."""
        return self.status in ("complete", "doubtful")

    @cached_property
    def details(self) -> dict:
        """All of the following as one dictionary of plain numbers and lists."""
        return json.loads(self._details)

    @cached_property
    def outcomes(self) -> dict[str, float]:
        """By name, in their units; NaN where an outcome has no number (`reasons`)."""
        given = self.details.get("outcomes", {})
        found = {name: given.get(name) for name in self.names.get("outcomes", {})}
        return {name: math.nan if value is None else value for name, value in found.items()}

    @property
    def reasons(self) -> dict[str, str]:
        """Why an outcome has no number, or one that is a bound."""
        return self.details.get("reasons", {})

    @cached_property
    def sessions(self) -> dict[str, list[float]]:
        """Numbers of every session: time [d], channel_depth [mm], ... as in result files."""
        given = self.details.get("sessions", {})
        return {
            name: [math.nan if value is None else value for value in values]
            for name, values in given.items()
        }

    @property
    def bounds(self) -> dict[str, tuple[float, float, bool]]:
        """Lowest and highest value of every bound of the model, and whether it was kept."""
        given = self.details.get("bounds", {})
        return {name: (low, high, was_kept) for name, (low, high, was_kept) in given.items()}

    @property
    def lowest(self) -> dict[str, float]:
        """Lowest value of every species, of all voxels and steps."""
        return self.details.get("lowest", {})

    @property
    def residual(self) -> dict[str, float]:
        """Of the budget of every species, as a share of its turnover."""
        return self.details.get("residual", {})

    @property
    def reached(self) -> float:
        """[d]"""
        return self.details.get("reached", math.nan)

    @property
    def steps(self) -> int:
        return self.details.get("steps", 0)


class Engine:
    """Runs lists of cases; what was read and compiled for one is there for the next.

        engine = Engine()
        for point in points:
            result, = engine.run([Case(scenario, settings_of(point))])

    needed       observables and outcomes that the cases are run for: species on which none of them
                 depends are left out, the numbers of the others differ within the tolerance
                 (None: whole models are solved)
    interpreter  do not compile models
    """

    def __init__(self, *, needed: Iterable[str] | None = None, interpreter: bool = False) -> None:
        self._core = compiled().Engine(interpreter, None if needed is None else list(needed))
        self._known: dict[object, tuple[int, object]] = {}

    @property
    def integrate_seconds(self) -> float:
        """[s] processor time of integration in the last list, of all threads."""
        return self._core.integrate_seconds

    def _place(self, base: Scenario | str | Path) -> int:
        """Number of a scenario, which is held as long as this."""
        key: object = str(base) if isinstance(base, (str, Path)) else id(base)
        if key not in self._known:
            if isinstance(base, (str, Path)):
                number = self._core.add(str(base), [])
            else:
                number = self._core.add(base._loaded, list(base.folders))
            self._known[key] = number, base
        return self._known[key][0]

    def run(
        self,
        cases: Iterable[Case],
        *,
        observables: Iterable[str] | None = None,
        store: str | Path | None = None,
        jobs: int = 0,
        time_limit: float = 0.0,
        progress: Callable[[int, int], None] | None = None,
        ended: Callable[[int, CaseResult], None] | None = None,
    ) -> list[CaseResult]:
        """Results of all cases, in their order. A case that fails is a result that says why.

        observables  whose courses are held (None: all)
        store        folder of finished cases, made if it is not there: those in it are not run again
        jobs         cases at a time, a thread each; 0: as many as there are cores
        time_limit   of a case [s]; 0: none
        progress     called with the cases ended and all there are, after some have ended
        ended        called with the place and the result of every case as it ends, in that order

        Ctrl-C ends the cases in hand; what is finished stays in the store. Raises InputError for a
        cohort that cannot be read, FileError for a store that cannot be, Error while another
        thread's list is run.
        """
        given = [(self._place(one.scenario), list(one.settings), one.person) for one in cases]
        if store is not None:
            Path(store).mkdir(parents=True, exist_ok=True)
        results = self._core.run(
            given,
            "" if store is None else str(store),
            jobs,
            time_limit,
            None if observables is None else list(observables),
            progress,
            None if ended is None else lambda place, one: ended(place, _result(one)),
            lambda text: warnings.warn(text.removeprefix("warning: "), stacklevel=3),
        )
        return [_result(one) for one in results]


def run_cases(
    cases: Iterable[Case],
    *,
    needed: Iterable[str] | None = None,
    interpreter: bool = False,
    **options: Any,
) -> list[CaseResult]:
    """Results of all cases, in their order, by an engine of their own: `needed` and `interpreter`
    are of `Engine`, the other options of `Engine.run`."""
    return Engine(needed=needed, interpreter=interpreter).run(cases, **options)


def _result(given: dict) -> CaseResult:
    outcome = (
        given["status"],
        given["reason"],
        given["hash"],
        given["seconds"],
        given["is_stored"],
    )
    if "details" not in given:
        return CaseResult(*outcome)
    return CaseResult(
        *outcome,
        given["time"],
        given["after_jump"] != 0,
        given["observables"],
        given["names"],
        given["details"],
    )
