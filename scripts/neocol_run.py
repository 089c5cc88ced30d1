"""What the plotting programs share: arguments, saving, what was drawn as a table, the closing report
and what a failure prints."""
from __future__ import annotations

import argparse
import difflib
import shlex
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import neocol_output
import pandas as pd
import xarray as xr
from neocol.results import Result, ResultError, read_measurements
from neocol_style import FORMATS
from neocol_text import csv_text


def new_parser(name: str, about: str | None) -> argparse.ArgumentParser:
    """A parser whose help shows the program's docstring as it is written."""
    return argparse.ArgumentParser(
        prog=name, description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_figure_arguments(parser: argparse.ArgumentParser) -> None:
    """Where figures go and what they are."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="where figures go (default: figures/ beside what is drawn)",
    )
    parser.add_argument(
        "--width",
        type=float,
        choices=(85.0, 180.0),
        default=180.0,
        help="width in mm, one or two columns (default: 180)",
    )
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--dpi", type=int, default=300, help="of PNG and of maps (default: 300)")


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Measurements in, drawn numbers out."""
    parser.add_argument(
        "--data",
        metavar="CSV",
        help="measurements to lay over the curves: columns time [d], observable, "
        "value, sd, n, unit, assay",
    )
    parser.add_argument("--save-data", metavar="CSV", help="write the numbers that were drawn")


def measurements_for(path: str | None, results: Sequence[Result]) -> pd.DataFrame | None:
    """The measurements to lay over the curves of results; None without a file.

    Raises ResultError if one is of an observable that none of the results has: nothing of a table
    is left out in silence.
    """
    if path is None:
        return None
    table = read_measurements(path)
    known = list(dict.fromkeys(name for result in results for name in result.observable_names))
    for row, name in enumerate(table["observable"].astype(str), start=1):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            way_out = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}"
            raise ResultError(
                f"{path}: data row {row}: no observable '{name}' in "
                f"{', '.join(result.path.name for result in results)}; {way_out} "
                "(rows that begin with # are left out)"
            )
    return table


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


def command_line(program: str, arguments: list[str] | None) -> str:
    """The command as it could be typed again."""
    return shlex.join([program, *(sys.argv[1:] if arguments is None else arguments)])


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
        return neocol_output.put(path, text, mark=",".join(self.COLUMNS).encode())


def failed(program: str, error: Exception) -> int:
    """Prints what went wrong with the input; the exit code, 5 for files and 3 for the rest."""
    print(f"{program}: error: {error}", file=sys.stderr)
    return 5 if isinstance(error, OSError) else 3


def warn_of_doubt(results: Sequence[Result]) -> None:
    """Says on stderr which of the results that are drawn are doubtful, and why."""
    for result in results:
        if result.status == "doubtful":
            print(f"warning: {result.path} is doubtful: {result.stop_reason}", file=sys.stderr)


def report(paths: list[Path]) -> int:
    """Prints the paths of the files written, one a line; the exit code."""
    for path in paths:
        print(path)
    if not paths:
        print(
            "nothing to draw: the result has no observables or fields of that kind", file=sys.stderr
        )
    return 0 if paths else 3
