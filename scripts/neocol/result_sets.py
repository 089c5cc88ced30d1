"""Many result files at once."""
from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd
import xarray as xr
from neocol.results import Result, ResultError, align, load


@dataclass(frozen=True, repr=False)
class ResultSet:
    """Results side by side, by label; close it, or use it in a `with` block.

    results  the results themselves, whose fields are read when used
    """

    results: tuple[Result, ...]
    _stack: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)

    @property
    def labels(self) -> list[str]:
        """File names without .h5, in order."""
        return [result.label for result in self.results]

    @cached_property
    def observables(self) -> xr.Dataset:
        """Observables that all have, over `result` and `time` [d]: all times that any has, as
        `neocol.align` gives them."""
        labels = pd.Index(self.labels, name="result")
        return xr.concat(align(*self.results), dim=labels, combine_attrs="drop_conflicts")

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """A row a result, a column an outcome; NaN where a result has no such outcome."""
        rows = {result.label: result.outcomes["value"] for result in self.results}
        return pd.DataFrame(rows).T.rename_axis("result")

    @cached_property
    def differences(self) -> pd.DataFrame:
        """A row a result, a column a value of the scenario that is not the same in all."""
        rows = {result.label: result.values["value"] for result in self.results}
        table = pd.DataFrame(rows).T.rename_axis("result")
        return table.loc[:, table.nunique(dropna=False) > 1]

    def __getitem__(self, label: str) -> Result:
        for result in self.results:
            if result.label == label:
                return result
        raise KeyError(label)

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self):
        return iter(self.results)

    def close(self) -> None:
        """Closes all files."""
        self._stack.close()

    def __enter__(self) -> ResultSet:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<neocol.ResultSet of {len(self)}: {', '.join(self.labels)}>"

    def _repr_html_(self) -> str:
        return self.differences.join(self.outcomes, rsuffix=" ")._repr_html_()


def open_many(where: str | Path | Iterable[str | Path]) -> ResultSet:
    """All results (`*.h5`) of a folder, those of a pattern such as "results/*_weeks.h5", or of a
    list of paths, in order of their names.

        with neocol.open_many("results") as many:
            many.differences.join(many.outcomes["collagen_dermis_gain_90d"])

    Raises ResultError if there is none, if one cannot be read, or if two have the same name.
    """
    if isinstance(where, (str, Path)):
        text = str(where)
        folder = Path(text)
        paths = sorted(folder.glob("*.h5") if folder.is_dir() else _matching(text))
    else:
        paths = [Path(path) for path in where]
    if not paths:
        raise ResultError(f"{where}: there is no result (*.h5)")
    with ExitStack() as stack:
        results = tuple(stack.enter_context(load(path)) for path in paths)
        labels = [result.label for result in results]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ResultError(f"two results are called {', '.join(twice)}: name one of each")
        return ResultSet(results, stack.pop_all())
    raise AssertionError  # an ExitStack of results swallows nothing


def _matching(pattern: str) -> list[Path]:
    path = Path(pattern)
    if not any(sign in pattern for sign in "*?["):
        return [path]
    return list(path.parent.glob(path.name))
