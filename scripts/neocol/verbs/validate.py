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
from neocol.parameters import Sample, draw, read_parameters, read_sample
from neocol.progress import duration
from neocol.validation.courses import courses, read_curves
from neocol.validation.judge import bed_shares, judge_row
from neocol.validation.readings import OVER_PERSONS, PERSONS, Bench
from neocol.validation.rows import (
    Row,
    RowError,
    frozen_changes,
    frozen_rows,
    ladder_rows,
    rungs,
    table_rows,
)
from neocol.validation.runs import CaseError
from neocol.validation.scores import grid_errors
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
from neocol.verbs.bench import (
    CHECK_FAILED,
    FAILURES,
    SHIPPED,
    Progress,
    add_run_arguments,
    models_folder,
    open_bench,
    report_failure,
    settings_of,
)

DRAWN_COST, FINE_COST = 0.5, 6.0  # of a run of a draw and a fine one, in usual ones
COURSE = ("punch_4mm", ())
BEGIN, END = "<!-- agreement: begin -->", "<!-- agreement: end -->"


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(
        prog="neocol validate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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


def selected(rows: list[Row], names: list[str] | None) -> list[Row]:
    """Rows by name or beginning of a name."""
    if names is None:
        return rows
    return [row for row in rows if any(row.id.startswith(name) for name in names)]


def listing(rows: list[Row]) -> str:
    """The frozen list as text."""
    lines = []
    for row in rows:
        why = row.why or (f"needs {row.needs}" if row.needs else row.basis)
        lines.append(f"{row.id:<5} {row.status:<13} {row.observed.get('value', '')[:100]}")
        if why:
            lines.append(f"{'':<19} {why}")
    return "\n".join(lines)


def choose_sample(options: argparse.Namespace, models: Path, parameters: dict) -> Sample | None:
    """Draws as asked for; None without."""
    if options.draws <= 0:
        return None
    shipped = models / "microneedling" / "sample.csv"
    has_shipped = options.model == SHIPPED and shipped.is_file()
    if options.sample == "declared" or (options.sample is None and not has_shipped):
        return draw(parameters, options.draws)
    sample = read_sample(options.sample or shipped)
    if options.draws > len(sample):
        print(
            f"note: the sample has {len(sample)} draws, {options.draws} were asked for",
            file=sys.stderr,
        )
    return sample.head(options.draws)


def sources_of(bench: Bench, rows: list[Row], with_courses: bool) -> list:
    """What has to be run: not what is there only for observables that the model lacks. Raises
    RowError if a scenario is not there."""
    sources = list(
        dict.fromkeys(
            [*(one for row in rows for one in row.sources()), *([COURSE] if with_courses else [])]
        )
    )
    for scenario, _ in sources:
        if not bench.path(scenario).is_file():
            raise RowError(f"there is no scenario '{scenario}': {bench.path(scenario)}")
    read = {
        part.source
        for row in rows
        for check in (*row.checks, *row.second)
        for part in check.readings()
        if part.scenario and not bench.is_absent(part)
    }
    return [one for one in sources if one in read or (with_courses and one == COURSE)]


def run_all(
    bench: Bench,
    sources: list,
    beside: list,
    counted: list,
    sample: Sample | None,
    fine: bool,
    progress: Progress,
) -> None:
    """The declared model first and in persons, then draws and fine runs, with their cost."""
    bench.run(sources + beside, None, progress)
    bench.run_persons(counted, progress)
    if sample is None:
        if fine:
            bench.measure_resolution(sources, progress)
        return
    runs = [bench.runs[one, -1] for one in sources]
    seconds = sum(run.seconds for run in runs if not isinstance(run, CaseError))
    cost = seconds * (DRAWN_COST * len(sample) + (FINE_COST if fine else 0.0))
    progress.say(
        f"{len(sample)} draws of {len(sample.names)} parameters: "
        f"{len(sources) * len(sample)} runs{', and fine ones' if fine else ''}: about "
        f"{duration(cost / bench.runner.jobs)} on {bench.runner.jobs} cores, less what "
        "is kept from before"
    )
    bench.run(sources, sample, progress, declared=False)
    if fine:
        bench.measure_resolution(sources, progress)


def judge_rungs(options: argparse.Namespace, models: Path) -> Report:
    """Runs and judges the rungs of the ladder."""
    parameters = read_parameters(options.model)
    rows = selected(rungs(models / "microneedling" / "validation" / "rungs.toml"), options.rows)
    if not rows:
        raise RowError(f"no rung is called {', '.join(options.rows)}")
    bench = open_bench(options, models, parameters, options.fine)
    sources = sources_of(bench, rows, False)
    bench.run(sources, None, Progress(options.quiet, len(sources)))
    about = {
        "program": bench.runner.program,
        "settings": settings_of(options.set),
        "draws": 0,
        "moved": sum(p.evidence == "fitted" for p in parameters.values()),
        "changed": [],
        "runs": len(sources),
        "runs_made": bench.runner.made,
    }
    return Report([], [], [], about, [judge_row(bench, row) for row in rows])


def judge_all(options: argparse.Namespace, models: Path) -> Report:
    """Runs what is needed and judges it."""
    validation = models / "microneedling" / "validation"
    parameters = read_parameters(options.model)
    rows = table_rows(Path(options.table)) if options.table else frozen_rows(validation)
    ladder = [] if options.table else ladder_rows(validation / "ladder.toml")
    rows, ladder = selected(rows, options.rows), selected(ladder, options.rows)
    with_courses = not options.table and (options.rows is None or "courses" in options.rows)
    if not (rows or ladder or with_courses):
        raise RowError(f"no row is called {', '.join(options.rows)}; --list names them")
    sample = choose_sample(options, models, parameters)
    bench = open_bench(options, models, parameters, options.fine)
    sources = sources_of(bench, rows, with_courses)
    beside = [one for one in sources_of(bench, ladder, False) if one not in sources]
    n_draws = len(sample) if sample else 0
    fine = options.resolution or (bool(n_draws) and not options.no_fine)
    counted = [
        part
        for row in rows
        if row.status in ("testable", "if_modelled")
        for check in row.checks
        for part in check.readings()
        if part.measure in OVER_PERSONS and part.persons
    ]
    n_runs = (
        len(sources) * (1 + n_draws + 2 * fine)
        + len(beside)
        + PERSONS * len({(one.source, one.persons) for one in counted})
    )
    run_all(bench, sources, beside, counted, sample, fine, Progress(options.quiet, n_runs))
    found = []
    if with_courses:
        run = bench.runs[COURSE, -1]
        if isinstance(run, CaseError):
            raise run
        found = courses(run, read_curves(validation / "time_courses.csv"))
    about = {
        "program": bench.runner.program,
        "draws": n_draws,
        "drawn": len(sample.names) if sample else 0,
        "failed": bench.n_failed(),
        "sample": sample.origin if sample else "",
        "settings": settings_of(options.set),
        "changed": [] if options.table else frozen_changes(validation),
        "moved": sum(p.evidence == "fitted" for p in parameters.values()),
        "runs": n_runs,
        "runs_made": bench.runner.made,
        "bed_shares": bed_shares(bench, rows),
    }
    return Report(
        [judge_row(bench, row) for row in rows],
        [judge_row(bench, row) for row in ladder],
        found,
        about,
    )


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
        report = (judge_rungs if options.rungs else judge_all)(options, models)
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
