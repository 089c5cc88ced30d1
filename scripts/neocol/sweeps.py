"""Many cases of a scenario at once, in memory."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neocol.core import compiled
from neocol.errors import InputError
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
    """

    scenario: Scenario
    axes: dict[str, list]
    table: pd.DataFrame
    units: dict[str, str]
    _cases: list = field(repr=False, default_factory=list)

    @property
    def data(self) -> xr.Dataset:
        import numpy as np
        import xarray as xr

        dims = list(self.axes)
        shape = [len(values) for values in self.axes.values()]
        names = {
            name: (unit, long_name)
            for one in self._cases
            for name, (_, unit, long_name, _) in one["outcomes"].items()
        }
        variables: dict = {
            name: (
                dims,
                np.array(self.table[name], dtype=float).reshape(shape),
                {"units": unit, "long_name": long_name},
            )
            for name, (unit, long_name) in names.items()
        }
        variables["status"] = (
            dims,
            np.array(self.table["status"], dtype=object).reshape(shape),
        )
        coords = {name: (name, *_coordinate(values)) for name, values in self.axes.items()}
        variables.update(self._courses(dims, shape))
        return xr.Dataset(variables, coords=coords)

    def _courses(self, dims: list[str], shape: list[int]) -> dict:
        import numpy as np

        names = {
            name: (unit, long_name)
            for one in self._cases
            for name, (_, _, unit, long_name) in one["observables"].items()
        }
        found: dict = {}
        if not names:
            return found
        times = np.unique(
            np.concatenate(
                [course[0] for one in self._cases for course in one["observables"].values()]
            )
        )
        for name, (unit, long_name) in names.items():
            values = np.full((len(self._cases), len(times)), np.nan)
            for row, one in zip(values, self._cases):
                if name in one["observables"]:
                    own, course, _, _ = one["observables"][name]
                    row[np.searchsorted(times, own)] = course
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
    a row with its reason. Ctrl-C ends the sweep. Raises InputError if an axis has no value or no
    key of that name.
    """
    import pandas as pd

    names = {scenario.key(name): list(values) for name, values in axes.items()}
    empty = [name for name, values in names.items() if not values]
    if empty:
        raise InputError(f"the axis '{empty[0]}' has no values")
    known = set(scenario.model.observables.index)
    for name in observables:
        if name not in known:
            raise InputError(f"no observable '{name}'; known: {', '.join(sorted(known))}")
    cases = [
        [(name, as_setting(value)) for name, value in zip(names, values)]
        for values in itertools.product(*names.values())
    ]
    shared = [("output.times", "common")] if observables else []
    results = compiled().sweep(
        scenario._loaded,
        [shared + case for case in cases],
        list(scenario.folders),
        jobs,
        interpreter,
        time_limit,
        list(observables),
        only_needed,
        progress,
    )
    rows = []
    units: dict[str, str] = {}
    for case, result in zip(itertools.product(*names.values()), results):
        row: dict[str, object] = dict(zip(names, map(_shown, case)))
        for outcome, (value, unit, _, _) in result["outcomes"].items():
            row[outcome] = value
            units[outcome] = unit
        row["status"], row["reason"] = result["status"], result["reason"]
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
