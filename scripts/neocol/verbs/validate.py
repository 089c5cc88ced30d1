"""Compare the model with published observations, row by row.

Every row's experiment is run and read through a model of its assay; the table says what was
observed, what was simulated (with its range over draws of the parameters), and whether they agree.
What counts as agreement was frozen before anything was fitted: docs/validation.md.

Examples:
  neocol validate                              all rows, the time courses, the ladder
  neocol validate --rows C H01                 closure and barrier, and one row of collagen
  neocol validate --draws 16                   with ranges over the parameter sample; what is
                                               finished is kept: stopped, it goes on
  neocol validate --set 'parameters.K_1=1 ng/mL'
  neocol validate --table mine.csv             your own observations
  neocol validate --rungs                      what the mechanisms must do, held or missed
  neocol validate --list                       the frozen list, nothing is run

Exit codes: 0 done, 2 usage, 3 a table that cannot be read, 6 agreement below --at-least, or a
rung lost.
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from neocol.output import check
from neocol.parameters import models_folder
from neocol.validation.rows import Row, frozen_rows
from neocol.validation.scores import grid_errors
from neocol.validation.validate import ValidateOptions, judge_all, judge_rungs, selected
from neocol.validation.verdicts import (
    COLUMNS,
    Report,
    as_json,
    grid_table,
    lost_rungs,
    markdown,
    put_between,
    rung_table,
    summary,
    text,
    write_csv,
)
from neocol.verbs.common import (
    CHECK_FAILED,
    FAILURES,
    add_run_arguments,
    new_parser,
    report_failure,
)

BEGIN, END = "<!-- agreement: begin -->", "<!-- agreement: end -->"


def parser() -> argparse.ArgumentParser:
    words = new_parser("validate", __doc__)
    words.add_argument(
        "--rows",
        nargs="+",
        metavar="ID",
        help="only these rows, or beginnings of "
        "their names: H01, C, W; V for the ladder, 'courses' for the time courses",
    )
    words.add_argument(
        "--rungs",
        action="store_true",
        help="the rungs of the ladder in place of "
        "the rows, those of --rows if named: a missed one is listed with its "
        "reason, one that held and is lost ends with 6",
    )
    words.add_argument(
        "--table",
        metavar="CSV",
        help="judge by this table instead: columns id, "
        "scenario, assay, measure, at, value, sd, n, low, high, sign, topic, "
        "weight, note; or a table of measurements with a column scenario",
    )
    words.add_argument(
        "--draws",
        type=int,
        default=0,
        metavar="N",
        help="draws of the parameters, for ranges (default: 0)",
    )
    words.add_argument(
        "--sample",
        metavar="CSV",
        help="where draws come from (default: "
        "models/microneedling/sample.csv if there, else declared distributions; "
        "'declared' for those)",
    )
    words.add_argument(
        "--at-least",
        type=float,
        default=0.0,
        metavar="PERCENT",
        help="exit with 6 if fewer of the scored rows agree",
    )
    words.add_argument("--json", action="store_true", help="the table as JSON")
    words.add_argument("--markdown", action="store_true", help="the rows as a Markdown table")
    words.add_argument(
        "--into",
        metavar="FILE",
        help="replace what stands between the lines "
        f"'{BEGIN}' and '{END}' of a page by that table and the score",
    )
    words.add_argument("--csv", metavar="FILE", help="write the table")
    words.add_argument("--figures", metavar="FOLDER", help="draw validation_*.{pdf,svg,png} there")
    words.add_argument(
        "--fine",
        action="store_true",
        help="cells of 20 um and tolerance 1e-4 in place of 40 um and 1e-3: " "ten times slower",
    )
    words.add_argument(
        "--resolution",
        action="store_true",
        help="measure the error of grid and " "time of every reading by fine runs, without draws",
    )
    words.add_argument(
        "--no-fine",
        action="store_true",
        help="with --draws: do not measure the " "error of their resolution by fine runs",
    )
    add_run_arguments(words)
    words.add_argument("--list", action="store_true", help="print the frozen list and stop")
    return words


def listing(rows: list[Row]) -> str:
    """The frozen list as text."""
    lines = []
    for row in rows:
        why = row.why or (f"needs {row.needs}" if row.needs else row.basis)
        lines.append(f"{row.id:<5} {row.status:<13} {row.observed.get('value', '')[:100]}")
        if why:
            lines.append(f"{'':<19} {why}")
    return "\n".join(lines)


def draw_figures(report: Report, folder: Path) -> None:
    """validation_overview and validation_brackets."""
    from neocol.figures.style import save, style
    from neocol.figures.validation import bracket_page, overview_page

    with style():
        title = (
            f"Published observations and the model: {report.score.all.agree.hits} of "
            f"{report.score.all.agree.of} rows agree"
        )
        save(
            overview_page(report.rows, report.courses, title),
            folder / "validation_overview",
            title,
            [],
            "neocol validate",
        )
        save(
            bracket_page(report.rows, title),
            folder / "validation_brackets",
            title,
            [],
            "neocol validate",
        )


def page(report: Report) -> str:
    """What --into writes."""
    if report.rungs:
        return rung_table(report.rungs)
    errors = grid_table(report) if grid_errors(report.rows) else ""
    return "\n\n".join(
        [
            summary(report),
            markdown(report),
            *(["## Error of grid and time", errors] if errors else []),
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    models = models_folder()
    try:
        if options.list:
            print(
                listing(
                    selected(frozen_rows(models / "microneedling" / "validation"), options.rows)
                )
            )
            return 0
        if options.csv:
            check(options.csv, mark=",".join(COLUMNS).encode())  # before hours of runs
        judge = judge_rungs if options.rungs else judge_all
        report = judge(ValidateOptions.of(options), models)
        if options.csv:
            write_csv(report, options.csv)
        if options.into:
            put_between(Path(options.into), BEGIN, END, page(report))
        if options.figures:
            draw_figures(report, Path(options.figures))
    except FAILURES as error:
        return report_failure(error)
    print(
        as_json(report)
        if options.json
        else text(report)
        if not options.markdown
        else rung_table(report.rungs)
        if report.rungs
        else markdown(report)
    )
    lost = lost_rungs(report.rungs)
    if lost:
        print(f"rungs that held are lost: {'; '.join(lost)}", file=sys.stderr)
        return CHECK_FAILED
    if report.score.all.agree.of and 100.0 * report.agreement() < options.at_least:
        print(
            f"agreement is {100.0 * report.agreement():.0f} %, below the "
            f"{options.at_least:g} % asked for",
            file=sys.stderr,
        )
        return CHECK_FAILED
    return 0
