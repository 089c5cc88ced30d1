#!/usr/bin/python3
"""Draw two or more result files over each other, at equal times after the last session.

  curves     observables of all results over the time since each one's last session
  outcomes   every outcome of every result, and how it differs from the first

Examples:
  scripts/plot_compare.py results/two_weeks.h5 results/four_weeks.h5
  scripts/plot_compare.py a.h5 b.h5 --labels standard denser --observables collagen_dermis
  scripts/plot_compare.py a.h5 b.h5 --save-data compared.csv --output figures
  scripts/plot_compare.py intervals.json      of `neocol compare --cohort`, as plot_study.py does
"""
from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from neocol_exit import run_program

try:
    import plot_study
    from neocol.results import ResultError, load
    from neocol.units import UnitError
    from neocol_comparison import curve_page, outcome_page
    from neocol_run import (
        DrawnData,
        add_data_arguments,
        add_figure_arguments,
        command_line,
        failed,
        measurements_for,
        new_parser,
        report,
        warn_of_doubt,
    )
    from neocol_style import save, style
except ImportError as missing:
    sys.exit(f"plot_compare: {missing}")


def parser() -> argparse.ArgumentParser:
    text = new_parser("plot_compare.py", __doc__)
    text.add_argument(
        "results",
        nargs="+",
        help="two to seven result files (.h5), or one " "NAME.json of a cohort",
    )
    text.add_argument("--labels", nargs="+", help="what to call them (default: their file names)")
    text.add_argument(
        "--observables",
        nargs="+",
        metavar="NAME",
        help="which curves (default: up to eight, collagen first)",
    )
    text.add_argument("--outcomes", nargs="+", metavar="NAME", help="which outcomes (default: all)")
    text.add_argument("--name", default="compare", help="how the files' names begin")
    add_figure_arguments(text)
    add_data_arguments(text)
    return text


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if len(options.results) == 1 and options.results[0].endswith(".json"):
        names = options.outcomes or options.observables
        wanted = ["--outcomes", *names] if names else []
        folder = ["--output", options.output] if options.output else []
        return plot_study.main(
            [
                options.results[0],
                *folder,
                *wanted,
                "--width",
                str(options.width),
                "--dpi",
                str(options.dpi),
                "--formats",
                *options.formats,
            ]
        )
    labels = options.labels or [None] * len(options.results)
    if not 2 <= len(options.results) <= 7:
        print(
            f"plot_compare: error: {len(options.results)} results; two to seven can be compared",
            file=sys.stderr,
        )
        return 2
    if len(labels) != len(options.results):
        print(
            f"plot_compare: error: {len(labels)} labels for {len(options.results)} results",
            file=sys.stderr,
        )
        return 2
    command = command_line("plot_compare.py", arguments)
    try:
        with ExitStack() as stack, style():
            results = [
                stack.enter_context(load(path, label))
                for path, label in zip(options.results, labels)
            ]
            warn_of_doubt(results)
            measurements = measurements_for(options.data, results)
            figures = Path(options.output or results[0].path.parent / "figures")
            drawn = DrawnData()
            pages = curve_page(results, options.width, options.observables, measurements, drawn)
            pages |= outcome_page(results, options.width, drawn, options.outcomes)
            title = " / ".join(result.label for result in results)
            hashes = [result.scenario_hash for result in results]
            written: list[Path] = []
            for name, page in pages.items():
                written += save(
                    page,
                    figures / f"{options.name}_{name}",
                    title,
                    hashes,
                    command,
                    options.formats,
                    options.dpi,
                )
            if options.save_data:
                written.append(drawn.write(options.save_data))
    except (ResultError, UnitError, OSError) as error:
        return failed("plot_compare", error)
    return report(written)


if __name__ == "__main__":
    run_program("plot_compare", main)
