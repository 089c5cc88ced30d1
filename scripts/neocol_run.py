"""What the plotting programs share: arguments, saving, what was drawn as a table, the closing report
and what a failure prints."""
from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

import pandas as pd
import xarray as xr

from neocol_style import FORMATS


def new_parser(name: str, about: str | None) -> argparse.ArgumentParser:
    """A parser whose help shows the program's docstring as it is written."""
    return argparse.ArgumentParser(prog=name, description=about,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)


def add_figure_arguments(parser: argparse.ArgumentParser) -> None:
    """Where figures go and what they are."""
    parser.add_argument("--output", metavar="FOLDER",
                        help="where figures go (default: figures/ beside what is drawn)")
    parser.add_argument("--width", type=float, choices=(85.0, 180.0), default=180.0,
                        help="width in mm, one or two columns (default: 180)")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--dpi", type=int, default=300, help="of PNG and of maps (default: 300)")


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Measurements in, drawn numbers out."""
    parser.add_argument("--data", metavar="CSV",
                        help="measurements to lay over the curves: columns time [d], observable, "
                             "value, sd, n, unit, assay")
    parser.add_argument("--save-data", metavar="CSV", help="write the numbers that were drawn")


def command_line(program: str, arguments: list[str] | None) -> str:
    """The command as it could be typed again."""
    return shlex.join([program, *(sys.argv[1:] if arguments is None else arguments)])


class DrawnData:
    """The numbers of all figures, one value a row.

    Columns: figure, result, quantity, unit, time_d, z_mm, y_mm, x_mm, r_mm, value; a coordinate a
    quantity does not have is empty.
    """

    COORDINATES = {"time": "time_d", "field_time": "time_d", "z": "z_mm", "y": "y_mm", "x": "x_mm",
                   "r": "r_mm"}
    COLUMNS = ("figure", "result", "quantity", "unit", "time_d", "z_mm", "y_mm", "x_mm", "r_mm",
               "value")

    def __init__(self) -> None:
        self._tables: list[pd.DataFrame] = []

    def add(self, figure: str, result: str, values: xr.DataArray) -> None:
        table = values.rename("value").to_dataframe().reset_index()
        table = table.rename(columns=self.COORDINATES).assign(
            figure=figure, result=result, quantity=str(values.name),
            unit=str(values.attrs.get("units", "1")))
        self._tables.append(table.reindex(columns=list(self.COLUMNS)))

    def write(self, path: str | Path) -> Path:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        empty = pd.DataFrame(columns=list(self.COLUMNS))
        pd.concat([empty, *self._tables]).to_csv(path, index=False)
        return path


def failed(program: str, error: Exception) -> int:
    """Prints what went wrong with the input; the exit code, 5 for files and 3 for the rest."""
    print(f"{program}: error: {error}", file=sys.stderr)
    return 5 if isinstance(error, OSError) else 3


def report(paths: list[Path]) -> int:
    """Prints the paths of the files written, one a line; the exit code."""
    for path in paths:
        print(path)
    if not paths:
        print("nothing to draw: the result has no observables or fields of that kind",
              file=sys.stderr)
    return 0 if paths else 3
