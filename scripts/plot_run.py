#!/usr/bin/python3
"""Draw the figures of one result file.

  time courses   observables in groups, a close-up of the first weeks beside them
  collagen       change of collagen in depth and time
  sections       fields around a channel, or in plan and section, at chosen days

Examples:
  scripts/plot_run.py results/acne_scars_roller.h5
  scripts/plot_run.py results/acne_scars_roller.h5 --days 0 3 14 364 --width 85
  scripts/plot_run.py run.h5 --data biopsies.csv --save-data drawn.csv --output figures
"""
# needs: numpy pandas xarray h5py matplotlib
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from neocol_exit import run_program

try:
    from neocol.results import ResultError, load
    from neocol.units import UnitError
    from neocol_pages import collagen_page, course_pages, has_fields, section_pages
    from neocol_run import (
        DrawnData,
        add_data_arguments,
        add_figure_arguments,
        command_line,
        failed,
        measurements_for,
        new_parser,
        report,
        warn_not_drawn,
        warn_of_doubt,
    )
    from neocol_style import Page, save, style
except ImportError as missing:
    sys.exit(f"plot_run: {missing}")

FIGURES = ("courses", "collagen", "sections")


def parser() -> argparse.ArgumentParser:
    text = new_parser("plot_run.py", __doc__)
    text.add_argument("result", help="a result file (.h5)")
    text.add_argument(
        "--figures",
        nargs="+",
        choices=FIGURES,
        default=list(FIGURES),
        help="which to draw (default: all the file has data for)",
    )
    text.add_argument("--observables", nargs="+", metavar="NAME", help="only these time courses")
    text.add_argument(
        "--fields",
        nargs="+",
        metavar="NAME",
        help="species in the sections (default: collagen and the first signals)",
    )
    text.add_argument(
        "--days",
        nargs="+",
        type=float,
        metavar="DAY",
        help="days of the sections; the nearest stored record is drawn",
    )
    text.add_argument(
        "--plan-depth",
        type=float,
        metavar="MM",
        help="depth of the plan views of a patch (default: half a channel)",
    )
    add_figure_arguments(text)
    add_data_arguments(text)
    return text


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    command = command_line("plot_run.py", arguments)
    try:
        with load(options.result) as result, style():
            warn_of_doubt([result])
            measurements = measurements_for(options.data, [result])
            curves = options.observables or result.observable_names
            warn_not_drawn(
                measurements,
                curves if "courses" in options.figures else [],
                float(result.observables["time"].values[0]),
                result.end,
            )
            folder = Path(options.output or result.path.parent / "figures")
            drawn = DrawnData()
            pages: dict[str, Page] = {}
            if "courses" in options.figures:
                pages |= course_pages(
                    result, options.width, options.observables, measurements, drawn
                )
            if "collagen" in options.figures:
                pages |= collagen_page(result, options.width, drawn)
            if "sections" in options.figures:
                pages |= section_pages(
                    result, options.width, options.fields, options.days, options.plan_depth, drawn
                )
            paths = []
            for name, page in pages.items():
                paths += save(
                    page,
                    folder / f"{result.label}_{name}",
                    result.title,
                    [result.scenario_hash],
                    command,
                    options.formats,
                    options.dpi,
                )
            if options.save_data:
                paths.append(drawn.write(options.save_data))
            if not has_fields(result) and result.geometry != "well_mixed":
                print(
                    "no maps: this result has no fields; [output] fields and field_times store "
                    "them",
                    file=sys.stderr,
                )
    except (ResultError, UnitError, OSError) as error:
        return failed("plot_run", error)
    return report(paths)


if __name__ == "__main__":
    run_program("plot_run", main)
