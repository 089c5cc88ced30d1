"""Many cases of a scenario at once, in memory."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neocol.cases import Case, CaseResult, run_cases
from neocol.errors import ArgumentError, InputError
from neocol.quantities import Quantity, as_setting

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from neocol.scenario import Scenario


@dataclass(frozen=True, repr=False)
class Sweep:
    """What the cases of a sweep gave.

    table    DataFrame, a row a case: the axes, every outcome, `status` and `reason`. A case that
             failed has no numbers (NaN), and says why
    units    of the outcomes, by name
    data     Dataset over the axes: outcomes with `units` and `long_name`, `status`; courses over
             `time` [d] for the observables asked for
    cases    what every case gave, in the order of the table
    """

    scenario: Scenario
    axes: dict[str, list]
    table: pd.DataFrame
    units: dict[str, str]
    cases: list[CaseResult] = field(repr=False, default_factory=list)

    @property
    def data(self) -> xr.Dataset:
        import numpy as np
        import xarray as xr

        dims = list(self.axes)
        shape = [len(values) for values in self.axes.values()]
        names = self._names("outcomes")
        variables: dict = {
            name: (
                dims,
                np.array(self.table[name], dtype=float).reshape(shape),
                {"units": unit, "long_name": long_name},
            )
            for name, (unit, long_name) in names.items()
        }
        variables["status"] = (dims, np.array(self.table["status"], dtype=object).reshape(shape))
        coords = {name: (name, *_coordinate(values)) for name, values in self.axes.items()}
        variables.update(self._courses(dims, shape))
        return xr.Dataset(variables, coords=coords)

    def _names(self, kind: str) -> dict[str, tuple[str, str]]:
        """Unit and meaning of all outcomes or observables that a case has."""
        found: dict[str, tuple[str, str]] = {}
        for case in self.cases:
            known = case.names.get(kind, {})
            held = case.outcomes.keys() if kind == "outcomes" else case.observables.keys()
            found |= {name: known[name] for name in held if name not in found}
        return found

    def _courses(self, dims: list[str], shape: list[int]) -> dict:
        import numpy as np

        found: dict = {}
        names = self._names("observables")
        if not names:
            return found
        # At a jump the value before it, as in results.
        own_times = [case.time[~case.after_jump] for case in self.cases if case.observables]
        times = np.unique(np.concatenate(own_times))
        for name, (unit, long_name) in names.items():
            values = np.full((len(self.cases), len(times)), np.nan)
            for row, case in zip(values, self.cases):
                if name in case.observables:
                    before = ~case.after_jump
                    row[np.searchsorted(times, case.time[before])] = case.observables[name][before]
            found[name] = (
                [*dims, "time"],
                values.reshape([*shape, len(times)]),
                {"units": unit, "long_name": long_name},
            )
        found["time"] = ("time", times, {"units": "d", "long_name": "time"})
        return found

    def __repr__(self) -> str:
        ended = self.table["status"].value_counts().to_dict()
        how = ", ".join(f"{number} {status}" for status, number in ended.items())
        return f"<neocol.Sweep of {self.scenario.label!r} over {', '.join(self.axes)}: {how}>"

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def sweep(
    scenario: Scenario,
    axes: Mapping[str, Iterable[object]],
    *,
    jobs: int = 0,
    observables: Iterable[str] = (),
    time_limit: float = 0.0,
    interpreter: bool = False,
    only_needed: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Runs every combination of the values of the axes, one thread a case, `jobs` at a time.

        neocol.sweep(scenario, {"regimen.spacing": ["2 week", "4 week"],
                                "device.needle_length": [0.5, 1, 1.5] * neocol.mm}, jobs=2)

    jobs         0: as many as there are cores
    observables  whose courses are held too, all at the regular times of `output.every`
    time_limit   of a case [s]; 0: none
    only_needed  solves only the species that outcomes and observables depend on: a model of fewer
                 species, compiled once (some ten seconds), whose numbers differ within the
                 tolerance
    progress     called with the cases ended and those planned, after some have ended

    Outcomes keep the bits of `scenario.set(...).run()`, unless `only_needed`. A case that fails is
    a row with its reason. Ctrl-C ends the sweep. Raises InputError, that of the first case, if an axis
    has no value or no case can be run.
    """
    import pandas as pd

    names: dict[str, list] = {}
    for name, values in axes.items():
        key = scenario.key(name)
        if key in names:
            raise InputError(f"two axes set '{key}': one of them is '{name}'; leave one out")
        if isinstance(values, (str, Quantity)) or not isinstance(values, Iterable):
            raise ArgumentError(f"the axis '{name}' needs a list of values, not {values!r}")
        names[key] = list(values)
    empty = [name for name, values in names.items() if not values]
    if empty:
        raise InputError(f"the axis '{empty[0]}' has no values")
    known = set(scenario.model.observables.index)
    courses = list(observables)
    for name in courses:
        if name not in known:
            raise InputError(f"no observable '{name}'; known: {', '.join(sorted(known))}")
    shared = (("output.times", "common"),) if courses else ()
    values_of_cases = list(itertools.product(*names.values()))
    results = run_cases(
        [
            Case(
                scenario,
                shared + tuple((name, as_setting(value)) for name, value in zip(names, values)),
            )
            for values in values_of_cases
        ],
        observables=courses,
        needed=[*courses, *scenario.model.outcomes.index] if only_needed else None,
        jobs=jobs,
        time_limit=time_limit,
        interpreter=interpreter,
        progress=progress,
    )
    if all(result.status == "invalid" for result in results):
        scenario.set(dict(zip(names, values_of_cases[0])))  # raises, with the place
        raise InputError(results[0].reason)
    rows = []
    units: dict[str, str] = {}
    for values, result in zip(values_of_cases, results):
        row: dict[str, object] = dict(zip(names, map(_shown, values)))
        row |= result.outcomes
        units |= {name: result.names["outcomes"][name][0] for name in result.outcomes}
        row["status"], row["reason"] = result.status, result.reason
        rows.append(row)
    return Sweep(scenario, names, pd.DataFrame(rows), units, results)


def _shown(value: object) -> object:
    return value if isinstance(value, (int, float)) else as_setting(value)


def _coordinate(values: list) -> tuple[list, dict]:
    """Values of an axis as a coordinate: numbers where all have one unit."""
    if all(isinstance(value, Quantity) for value in values):
        units = {value.unit for value in values}
        if len(units) == 1:
            return [value.number for value in values], {"units": units.pop()}
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return list(values), {"units": "1"}
    return [as_setting(value) for value in values], {}
