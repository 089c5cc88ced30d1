"""The model against published observations or a table of one's own: `neocol.validate`."""
from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from neocol.parameters import Sample, draw, models_folder, read_parameters, read_sample
from neocol.progress import Progress, duration
from neocol.validation.courses import courses, read_curves
from neocol.validation.judge import bed_shares, judge_row
from neocol.validation.options import SHIPPED, RunOptions, open_bench, settings_of
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
from neocol.validation.verdicts import Report

DRAWN_COST, FINE_COST = 0.5, 6.0  # of a run of a draw and a fine one, in usual ones
COURSE = ("punch_4mm", ())


@dataclass(frozen=True)
class ValidateOptions(RunOptions):
    """What is judged, and how."""

    rows: Sequence[str] | None = None
    table: str | Path | None = None
    draws: int = 0
    sample: str | None = None
    fine: bool = False
    resolution: bool = False
    no_fine: bool = False


def validate(
    rows: Sequence[str] | None = None,
    *,
    table: str | Path | None = None,
    rungs: bool = False,
    settings: Mapping[str, object] | None = None,
    model: str = SHIPPED,
    draws: int = 0,
    sample: str | None = None,
    fine: bool = False,
    resolution: bool = False,
    jobs: int = 0,
    cache: str | Path | None = None,
    quiet: bool = True,
) -> Report:
    """Judges a model by observations, row by row, as `neocol validate` does.

        report = neocol.validate(["H01", "C"])         # rows by name or beginning of a name
        report = neocol.validate(table="mine.csv", model="my_model.toml", draws=32)

    table     rows or measurements of one's own in place of the frozen list (docs/validation.md)
    rungs     what the mechanisms must do, in place of the rows
    settings  set in every scenario
    draws     of the parameters, for ranges; `sample`: where from (a file, or "declared")
    jobs      runs at a time; 0: as many as there are cores
    cache     folder of finished runs

    The report has `rows` with their verdicts, and `score`. Raises RowError for a table or a name
    that cannot be used, InputError for a scenario or model, CaseError for a course that fails.
    """
    options = ValidateOptions(
        set=settings or {},
        model=str(model),
        cache=None if cache is None else str(cache),
        quiet=quiet,
        rows=rows,
        table=table,
        draws=draws,
        sample=sample,
        fine=fine,
        resolution=resolution,
        jobs=jobs,
    )
    return (judge_rungs if rungs else judge_all)(options, models_folder())


def selected(rows: list[Row], names: Sequence[str] | None) -> list[Row]:
    """Rows by name or beginning of a name."""
    if names is None:
        return rows
    return [row for row in rows if any(row.id.startswith(name) for name in names)]


def choose_sample(options: ValidateOptions, models: Path, parameters: dict) -> Sample | None:
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


def judge_rungs(options: ValidateOptions, models: Path) -> Report:
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


def judge_all(options: ValidateOptions, models: Path) -> Report:
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
