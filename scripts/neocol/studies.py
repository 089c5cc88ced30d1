"""What studies leave behind: collected sweeps, comparisons in cohorts, sensitivity indices.

`load` tells them apart: a study folder or its `collected.h5` (an xarray Dataset over `run` and
`time`), or the JSON that `neocol compare -o` and `neocol sensitivity -o` write.
"""
from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from neocol.results import ResultError, open_group
from neocol.seal import SealError, checked

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

    @property
    def doubtful(self) -> int:
        """Runs that came to their end outside bounds, below zero or with an open budget."""
        status = self.dataset["status"]
        names = str(status.attrs.get("flag_meanings", "")).split()
        flags = np.atleast_1d(status.attrs.get("flag_values", [])).tolist()
        known = dict(zip(names, flags))
        return int((status.values == known["doubtful"]).sum()) if "doubtful" in known else 0

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
            raise ResultError(
                f"{self.path}: no outcome '{outcome}'; there are: " f"{', '.join(self.outcomes)}"
            )
        data = pd.DataFrame({name: rows[name].values for name in self.columns})
        data[outcome] = rows[outcome].values.astype(float)
        return data.groupby(self.columns, as_index=False, sort=True).mean()

    def held(self, values: dict[str, object]) -> Sweep:
        """The runs in which columns have these values; they are no columns of it any more."""
        keep = np.ones(self.dataset.sizes["run"], dtype=bool)
        for name, value in values.items():
            if name not in self.columns:
                raise ResultError(
                    f"{self.path}: no column '{name}' varies; those that do: "
                    f"{', '.join(self.columns)}"
                )
            column = self.dataset[name].values
            if np.issubdtype(column.dtype, np.number):
                number = pd.to_numeric(pd.Series([value]), errors="coerce").to_numpy(float)[0]
                same = np.isclose(column, number, rtol=1e-9)
            else:
                same = column == value
            if not same.any():
                known = ", ".join(self.text(name, one) for one in np.unique(column))
                raise ResultError(f"{self.path}: no run has {name} = {value}; there are: {known}")
            keep &= same
        return Sweep(
            self.path,
            self.dataset.isel(run=np.flatnonzero(keep)),
            [name for name in self.columns if name not in values],
            self.outcomes,
        )

    def slices(self, shown: Sequence[str]) -> list[tuple[str, Sweep]]:
        """What a figure over the columns `shown` can show at a time: for every combination of the
        columns that vary beside them, its words and its runs. Nothing is averaged over a column."""
        runs = self.complete
        table = pd.DataFrame({name: runs[name].values for name in self.columns})
        groups = table.groupby(list(shown), sort=False)
        others = [
            name
            for name in self.columns
            if name not in shown and (groups[name].nunique() > 1).any()
        ]
        if not others:
            return [("", self)]
        found = table[others].drop_duplicates().sort_values(others)
        return [
            (
                ", ".join(
                    f"{self.label(name)} {self.text(name, value)}" for name, value in row.items()
                ),
                self.held(row),
            )
            for row in found.to_dict("records")
        ]

    def text(self, name: str, value: object) -> str:
        """A column's value with its unit."""
        number = f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
        return number if self.units(name) in ("", "1") else f"{number} {self.units(name)}"


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
    table = read_cases(cases) if cases.exists() else pd.DataFrame()
    return Report(path, kind, data, table)


def read_cases(path: Path) -> pd.DataFrame:
    """The table of cases of a comparison or sensitivity study.

    Raises ResultError if it is not as neocol wrote it: its first line has the digest of the rest.
    """
    head, _, rest = path.read_bytes().partition(b"\n")
    if not rest:
        raise ResultError(f"{path}: no table of cases")
    if head != b"# neocol cases sha256 " + hashlib.sha256(rest).hexdigest().encode():
        raise ResultError(
            f"{path}: not as neocol wrote it: damaged, cut or edited; the command "
            "that wrote it writes it anew with --overwrite"
        )
    return pd.read_csv(io.BytesIO(rest))


def check_collected(path: Path) -> None:
    """Compares a collected file with `collected.sha256` beside it, if that is there.

    Raises ResultError where it is not as neocol wrote it.
    """
    sums = path.with_name("collected.sha256")
    if not sums.exists():
        return
    head, _, text = sums.read_bytes().partition(b"\n")
    if head.decode(errors="replace").split(" ")[-1] != hashlib.sha256(text).hexdigest():
        raise ResultError(
            f"{sums}: is not as neocol wrote it; 'neocol study collect "
            f"{path.parent}' writes it anew"
        )
    lines = [line.split("  ", 1) for line in text.decode().splitlines()]
    known = [line[0] for line in lines if len(line) == 2 and line[1] == path.name]
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    if known and digest.hexdigest() not in known:
        raise ResultError(
            f"{path}: is not as neocol wrote it: damaged, cut or edited; "
            f"'neocol study collect {path.parent}' writes it anew"
        )


def load_sweep(path: Path) -> Sweep:
    check_collected(path)
    try:
        checked(path)
    except SealError as error:
        raise ResultError(str(error)) from error
    with open_group(path, None) as opened:
        dataset = opened.load()
    if "run" not in dataset.dims or "status" not in dataset:
        raise ResultError(f"{path}: not a collected study of neocol")
    columns = [
        str(name)
        for name, values in dataset.variables.items()
        if values.dims == ("run",) and "key" in values.attrs and len(np.unique(values.values)) > 1
    ]
    outcomes = [
        str(name)
        for name, values in dataset.data_vars.items()
        if values.dims == ("run",) and "definition" in values.attrs
    ]
    return Sweep(path, dataset, columns, outcomes)


def columns_of_cases(report: Report, outcome: str) -> str:
    """The column of `NAME.cases.csv` that holds an outcome."""
    for column in report.cases.columns:
        if column.split(" [")[0] == outcome:
            return str(column)
    raise ResultError(f"{report.path}: its table of cases is missing or has no '{outcome}'")
