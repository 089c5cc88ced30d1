#!/usr/bin/python3
"""Fit chosen parameters to observations, say what the data tell of them, and sample the rest.

Only parameters with a declared range move, inside it, and each needs a reason: a mechanism by which
the rows speak of it. Stages, parameters and reasons stand in models/validation/calibration.toml; or
name your own with --parameters and --table. Least squares come first, then leave-one-topic-out
fits, profiles, and a weighted sample for `compare` and `validate`.

Examples:
  neocol calibrate --stage mechanism                    wounds, clocks
  neocol calibrate --stage mechanism --draws 48 --profiles K_M d_T --output fit
  neocol calibrate --table mine.csv --parameters a_1 K_1 --output fit

Writes OUTPUT/moves.csv (what moved, with reasons), sample.csv (with --draws), calibration.txt and
a figure. It changes no model: put values in by hand, with evidence = "fitted".
Exit codes: 0 done, 2 usage, 3 a table, row or parameter that cannot be used.
"""
# needs: numpy scipy h5py matplotlib
from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

from neocol_bench import (FAILURES, Progress, add_run_arguments, models_folder, open_bench,
                          report_failure)
from neocol_calibration import importance, laplace, leave_one_topic_out, least_squares, profile
from neocol_calibration_report import Calibration, page, text, write_moves
from neocol_courses import read_curves
from neocol_evidence import RowProblem
from neocol_parameters import Parameter, ParameterError, read_parameters, write_sample
from neocol_rows import Row, RowError, frozen_rows, table_rows

WIDEN = 1.3  # of the sample's proposal, so that its tails reach beyond the linearised posterior


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="neocol calibrate", description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--stage", nargs="+", metavar="NAME", help="of calibration.toml, together "
                       "(default: mechanism)")
    words.add_argument("--parameters", nargs="+", metavar="NAME", help="in place of the stage's")
    words.add_argument("--rows", nargs="+", metavar="ID", help="in place of the stage's")
    words.add_argument("--table", metavar="CSV", help="fit to this table (see neocol validate)")
    words.add_argument("--steps", type=int, default=5, metavar="N",
                       help="evaluations of least squares at most (default: 5)")
    words.add_argument("--draws", type=int, default=0, metavar="N", help="size of the sample")
    words.add_argument("--profiles", nargs="+", default=[], metavar="NAME",
                       help="parameters whose cost is followed over their range")
    words.add_argument("--leave-out", action="store_true", help="refit without each topic in turn")
    words.add_argument("--output", default="calibration", metavar="FOLDER")
    add_run_arguments(words)
    return words


def stages(path: Path, names: list[str]) -> tuple[list[str], list[str], bool, dict[str, str]]:
    """Rows, parameters, whether time courses count, and reasons, of the named stages together."""
    with open(path, "rb") as file:
        given = tomllib.load(file)
    rows, reasons, curves = [], {}, False
    for name in names:
        if name not in given.get("stage", {}):
            raise RowError(f"there is no stage '{name}'; known: {', '.join(given['stage'])}")
        stage = given["stage"][name]
        rows += stage["rows"]
        curves = curves or bool(stage.get("courses", False))
        reasons |= stage["parameters"]
    return rows, list(reasons), curves, reasons


def chosen(declared: dict[str, Parameter], names: list[str]) -> list[Parameter]:
    """The parameters to move. Raises ParameterError for one that is unknown or may not."""
    found = []
    for name in names:
        if name not in declared:
            raise ParameterError(f"the model has no parameter '{name}'")
        parameter = declared[name]
        if not parameter.ranged:
            raise ParameterError(f"'{name}' declares no range and distribution: it may not move")
        if parameter.varies:
            raise ParameterError(f"'{name}' varies with age, layer or phototype: one fitted value "
                                 "would take that away")
        found.append(parameter)
    if not found:
        raise ParameterError("no parameter is named: --stage or --parameters")
    return found


def picked(rows: list[Row], names: list[str] | None) -> list[Row]:
    """Rows by name or beginning of a name that can be scored."""
    found = [row for row in rows if row.status in ("testable", "if_modelled")
             and (names is None or any(row.id.startswith(name) for name in names))]
    if not found:
        raise RowError("no row to fit to")
    return found


def calibrate(options: argparse.Namespace, models: Path) -> tuple[Calibration, RowProblem]:
    """All that was asked for."""
    declared = read_parameters(models / "microneedling.toml")
    validation = models / "validation"
    if options.table:
        rows, reasons, curves = table_rows(Path(options.table)), {}, {}
        names = options.parameters or []
        rows = picked(rows, options.rows)
    else:
        row_names, names, with_curves, reasons = stages(validation / "calibration.toml",
                                                        options.stage or ["mechanism"])
        rows = picked(frozen_rows(validation), options.rows or row_names)
        names = options.parameters or names
        curves = read_curves(validation / "time_courses.csv") if with_curves else {}
    for name in options.profiles:
        if name not in names:
            raise ParameterError(f"no profile of '{name}': it is not among those fitted")
    bench = open_bench(options, models, declared)
    problem = RowProblem(bench, rows, chosen(declared, names), curves, Progress(options.quiet))
    fit = least_squares(problem, largest=options.steps)
    found = Calibration(
        problem.parameters, reasons, fit, [item.name for item in problem.items], problem.topics,
        leave_one_topic_out(problem, fit) if options.leave_out else [],
        importance(problem, laplace(fit, widen=WIDEN), options.draws) if options.draws else None,
        [profile(problem, fit, names.index(name)) for name in options.profiles])
    return found, problem


def write(found: Calibration, problem: RowProblem, folder: Path) -> None:
    """moves.csv, sample.csv, calibration.txt and the figure."""
    from neocol_style import save, style
    folder.mkdir(parents=True, exist_ok=True)
    write_moves(found, folder / "moves.csv")
    (folder / "calibration.txt").write_text(text(found) + "\n", encoding="utf-8")
    if found.ensemble is not None:
        write_sample(problem.sample(found.ensemble.points, found.ensemble.weights),
                     folder / "sample.csv")
    with style():
        title = "What the observations tell of the parameters"
        save(page(found, title), folder / "calibration", title, [], "neocol calibrate")


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        found, problem = calibrate(options, models_folder())
        write(found, problem, Path(options.output))
    except FAILURES as error:
        return report_failure(error)
    print(text(found))
    print(f"\nwritten: {options.output}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
