#!/usr/bin/python3
"""Draw a collected study, a comparison of regimens in a cohort, or a sensitivity study.

  a study folder or its collected.h5   response surfaces or lines of the outcomes, trade-offs
  NAME.json of `neocol compare -o`     curves with bands, differences, distributions over persons
  NAME.json of `neocol sensitivity -o` tornado and interactions (Morris), or Sobol' indices

Examples:
  scripts/plot_study.py my_study
  scripts/plot_study.py my_study --at age=40 --at spacing=28
  scripts/plot_study.py intervals.json --outcomes collagen_dermis_gain_90d melanin_peak
  scripts/plot_study.py screening.json --formats pdf --width 85
"""
# needs: numpy h5py pandas xarray matplotlib
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from neocol_exit import run_program

try:
    from neocol.results import ResultError
    from neocol_run import add_figure_arguments, command_line, failed, new_parser, report
    from neocol_study import SENSITIVITY, Sweep, load
    from neocol_study_pages import comparison_pages, sensitivity_pages, sweep_pages
    from neocol_style import save, style
except ImportError as missing:
    sys.exit(f"plot_study: {missing}")


def parser() -> argparse.ArgumentParser:
    text = new_parser("plot_study.py", __doc__)
    text.add_argument("study", help="study folder, collected.h5, or NAME.json")
    text.add_argument("--outcomes", nargs="+", metavar="NAME", help="which (default: up to six)")
    text.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="only the runs of a study in which a column has this value",
    )
    text.add_argument("--name", help="how the files' names begin (default: the study's)")
    add_figure_arguments(text)
    return text


def held_values(texts: list[str]) -> dict[str, object]:
    """COLUMN=VALUE of the command line. Raises ResultError."""
    found: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not value:
            raise ResultError(f"--at takes COLUMN=VALUE, such as age=40; '{text}' is none")
        found[name] = value
    return found


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    command = command_line("plot_study.py", arguments)
    try:
        study = load(options.study)
        with style():
            if options.at and not isinstance(study, Sweep):
                raise ResultError(f"{options.study}: --at is for studies of several columns")
            if isinstance(study, Sweep):
                study = study.held(held_values(options.at))
                pages = sweep_pages(study, options.width, options.outcomes)
                name, title = study.path.parent.name, study.title
            elif study.kind == SENSITIVITY:
                pages = sensitivity_pages(study, options.width, options.outcomes)
                name, title = study.path.stem, study.data["title"]
            else:
                pages = comparison_pages(study, options.width, options.outcomes)
                name, title = study.path.stem, study.data["cohort"]
            folder = Path(options.output or study.path.parent / "figures")
            paths = []
            for kind, page in pages.items():
                paths += save(
                    page,
                    folder / f"{options.name or name}_{kind}",
                    title,
                    [],
                    command,
                    options.formats,
                    options.dpi,
                )
    except (ResultError, OSError) as error:
        return failed("plot_study", error)
    return report(paths)


if __name__ == "__main__":
    run_program("plot_study", main)
