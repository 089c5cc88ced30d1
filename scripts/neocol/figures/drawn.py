"""The numbers that figures show, as a table."""
from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

import pandas as pd
import xarray as xr
from neocol import output
from neocol.text import csv_text


class DrawnData:
    """The numbers of all figures, one value a row.

    Columns: figure, result, quantity, unit, time_d, z_mm, y_mm, x_mm, r_mm, value; a coordinate a
    quantity does not have is empty.
    """

    COORDINATES = {
        "time": "time_d",
        "field_time": "time_d",
        "z": "z_mm",
        "y": "y_mm",
        "x": "x_mm",
        "r": "r_mm",
    }
    COLUMNS = (
        "figure",
        "result",
        "quantity",
        "unit",
        "time_d",
        "z_mm",
        "y_mm",
        "x_mm",
        "r_mm",
        "value",
    )

    def __init__(self) -> None:
        self._tables: list[pd.DataFrame] = []

    def add(self, figure: str, result: str, values: xr.DataArray) -> None:
        table = values.rename("value").to_dataframe().reset_index()
        table = table.rename(columns=self.COORDINATES).assign(
            figure=figure,
            result=result,
            quantity=str(values.name),
            unit=str(values.attrs.get("units", "1")),
        )
        self._tables.append(table.reindex(columns=list(self.COLUMNS)))

    def write(self, path: str | Path) -> Path:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        empty = pd.DataFrame(columns=list(self.COLUMNS))
        table = pd.concat([empty, *self._tables])
        words = table.select_dtypes(include="object").columns
        table[words] = table[words].applymap(csv_text)
        text = table.rename(columns=csv_text).to_csv(index=False)
        return output.put(path, text, mark=",".join(self.COLUMNS).encode())


def warn_not_drawn(
    measurements: pd.DataFrame | None, drawn: Collection[str], first: float, last: float
) -> None:
    """Says on stderr which measurements no figure shows: of curves that are not drawn, or of days
    before `first` or after `last`."""
    if measurements is None:
        return
    names = measurements["observable"].astype(str)
    missing = sorted(set(names) - set(drawn))
    if missing:
        print(
            f"warning: measurements of {', '.join(missing)} are not drawn, as their curves are "
            "not: name them with --observables",
            file=sys.stderr,
        )
    outside = measurements[names.isin(list(drawn)) & ~measurements["time"].between(first, last)]
    for name, rows in outside.groupby("observable", sort=True):
        days = ", ".join(f"{day:g}" for day in rows["time"])
        print(
            f"warning: measurements of {name} on day {days} are not drawn: the curves go from day "
            f"{first:g} to {last:g}",
            file=sys.stderr,
        )
