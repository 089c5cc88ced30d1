"""What studies leave behind: collected sweeps, comparisons in cohorts, sensitivity indices.

`load` tells them apart: a study folder or its `collected.h5` (an xarray Dataset over `run` and
`time`), or the JSON that `neocol compare -o` and `neocol sensitivity -o` write.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neocol_results import ResultError, open_group

COMPARISON, SENSITIVITY = "cohort comparison", "sensitivity"


@dataclass(frozen=True)
class Sweep:
    """A collected study.

    dataset   over `run` and `time`; design columns are coordinates over `run`
    columns   names of the design's columns that vary
    outcomes  names of the outcomes
    """

    path: Path
    dataset: xr.Dataset
    columns: list[str]
    outcomes: list[str]

    @property
    def title(self) -> str:
        return str(self.dataset.attrs.get("title", self.path.parent.name))

    @property
    def complete(self) -> xr.Dataset:
        """The runs that came to their end."""
        return self.dataset.isel(run=np.flatnonzero(self.dataset["status"].values == 0))

    def label(self, name: str) -> str:
        """What a column or outcome is called in a figure, without its unit."""
        attributes = self.dataset[name].attrs
        if name in self.columns:
            return str(attributes.get("key", name)).split(".")[-1].replace("_", " ")
        return str(attributes.get("long_name", name))

    def units(self, name: str) -> str:
        return str(self.dataset[name].attrs.get("units", "1"))

    def table(self, outcome: str) -> pd.DataFrame:
        """Columns and one outcome, a complete run a row; replicates are averaged."""
        rows = self.complete
        if outcome not in self.outcomes:
            raise ResultError(f"{self.path}: no outcome '{outcome}'; there are: "
                              f"{', '.join(self.outcomes)}")
        data = pd.DataFrame({name: rows[name].values for name in self.columns})
        data[outcome] = rows[outcome].values.astype(float)
        return data.groupby(self.columns, as_index=False, sort=True).mean()


@dataclass(frozen=True)
class Report:
    """A comparison in a cohort or a sensitivity study, as its JSON tells it."""

    path: Path
    kind: str
    data: dict
    cases: pd.DataFrame = field(repr=False)

    @property
    def regimens(self) -> list[str]:
        return [entry["name"] for entry in self.data.get("regimens", [])]

    def outcome(self, name: str) -> dict:
        for entry in self.data["outcomes"]:
            if entry["name"] == name:
                return entry
        known = ", ".join(entry["name"] for entry in self.data["outcomes"])
        raise ResultError(f"{self.path}: no outcome '{name}'; there are: {known}")

    @property
    def outcome_names(self) -> list[str]:
        return [entry["name"] for entry in self.data["outcomes"]]


def load(path: str | Path) -> Sweep | Report:
    """Loads a study folder, a collected.h5 or a JSON report. Raises ResultError."""
    path = Path(path)
    if path.is_dir():
        path = path / "collected.h5"
        if not path.exists():
            raise ResultError(f"{path}: not there; 'neocol study collect {path.parent}' makes it")
    if not path.exists():
        raise ResultError(f"{path}: no such file")
    return load_report(path) if path.suffix == ".json" else load_sweep(path)


def load_report(path: Path) -> Report:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        kind = data.get("kind", "")
    except (ValueError, AttributeError) as error:
        raise ResultError(f"{path}: not JSON of neocol: {error}") from error
    if kind not in (COMPARISON, SENSITIVITY):
        raise ResultError(f"{path}: neither a comparison in a cohort nor a sensitivity study")
    cases = path.with_suffix(".cases.csv")
    table = pd.read_csv(cases, comment="#") if cases.exists() else pd.DataFrame()
    return Report(path, kind, data, table)


def load_sweep(path: Path) -> Sweep:
    with open_group(path, None) as opened:
        dataset = opened.load()
    if "run" not in dataset.dims or "status" not in dataset:
        raise ResultError(f"{path}: not a collected study of neocol")
    columns = [str(name) for name, values in dataset.variables.items()
               if values.dims == ("run",) and "key" in values.attrs
               and len(np.unique(values.values)) > 1]
    outcomes = [str(name) for name, values in dataset.data_vars.items()
                if values.dims == ("run",) and "definition" in values.attrs]
    return Sweep(path, dataset, columns, outcomes)


def columns_of_cases(report: Report, outcome: str) -> str:
    """The column of `NAME.cases.csv` that holds an outcome."""
    for column in report.cases.columns:
        if column.split(" [")[0] == outcome:
            return str(column)
    raise ResultError(f"{report.path}: its table of cases is missing or has no '{outcome}'")
