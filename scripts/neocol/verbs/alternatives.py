"""Show what hangs on each alternative that the data cannot decide.

Every option of every switch of the model is set in turn, all else as declared; the half-life of
collagen is one of them. The table gives a few readings, their range over the parameter sample, and
how many of the frozen rows of observations agree with each option.

Examples:
  neocol alternatives
  neocol alternatives --draws 16 --into docs/biology.md   the table of that page
  neocol alternatives --no-rows --table mine.toml         your own readings, without the score

Readings stand in models/microneedling/validation/alternatives.toml. Runs are kept: stopped, it
goes on.
Exit codes: 0 done, 2 usage, 3 a table that cannot be read.
"""
from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

from neocol.parameters import (
    Parameter,
    Sample,
    draw,
    models_folder,
    read_parameters,
    read_sample,
    read_switches,
)
from neocol.progress import Progress, duration
from neocol.validation.assays import NoQuantity
from neocol.validation.judge import judge_row
from neocol.validation.options import SHIPPED, RunOptions, open_bench
from neocol.validation.readings import Bench, Value, observables_of
from neocol.validation.rows import Check, Row, RowError, frozen_rows, read_readings
from neocol.validation.runs import CaseError
from neocol.validation.scores import score
from neocol.validation.verdicts import number, put_between
from neocol.verbs.common import FAILURES, add_run_arguments, new_parser, report_failure

BEGIN, END = "<!-- alternatives: begin -->", "<!-- alternatives: end -->"


@dataclass(frozen=True)
class Variant:
    """One option of one switch; the first variant is the model as it stands."""

    switch: str
    option: str
    meaning: str

    @property
    def settings(self) -> dict[str, str]:
        return {f"parameters.{self.switch}": self.option} if self.switch else {}


@dataclass(frozen=True)
class Line:
    """What a variant gave: readings (None where the model has none), rows agreeing and scored."""

    variant: Variant
    values: tuple[Value | None, ...]
    agree: int
    scored: int


def parser() -> argparse.ArgumentParser:
    words = new_parser("alternatives", __doc__)
    words.add_argument(
        "--table",
        metavar="TOML",
        help="readings in place of " "models/microneedling/validation/alternatives.toml",
    )
    words.add_argument("--no-rows", action="store_true", help="do not score the options")
    words.add_argument(
        "--draws",
        type=int,
        default=0,
        metavar="N",
        help="ranges of the readings, "
        "as it stands, over draws of models/microneedling/sample.csv",
    )
    words.add_argument(
        "--into",
        metavar="FILE",
        help="replace what stands between the lines "
        f"'{BEGIN}' and '{END}' of a page by the table",
    )
    words.add_argument("--json", action="store_true", help="the table as JSON")
    add_run_arguments(words)
    return words


def variants(model: str | Path) -> list[Variant]:
    """The model as it stands, then every other option of every switch."""
    return [
        Variant("", "", "as it stands"),
        *(
            Variant(name, option, meaning)
            for name, options in read_switches(model).items()
            for option, meaning in list(options.items())[1:]
        ),
    ]


def read_values(bench: Bench, checks: list[Check]) -> tuple[Value | None, ...]:
    """Readings of a bench that has been run; None where the model cannot give one."""
    found: list[Value | None] = []
    for check in checks:
        try:
            found.append(bench.value(check))
        except (NoQuantity, CaseError):
            found.append(None)
    return tuple(found)


def table(
    options: argparse.Namespace,
    models: Path,
    checks: list[Check],
    rows: list[Row],
    parameters: dict[str, Parameter],
    sample: Sample | None,
) -> list[Line]:
    """All variants, run and read; the cost is told first."""
    every = variants(options.model)
    read = list(dict.fromkeys(part.source for one in checks for part in one.readings()))
    sources = list(dict.fromkeys([*read, *(one for row in rows for one in row.sources())]))
    n_runs = len(every) * len(sources) + (len(sample) * len(read) if sample else 0)
    progress = Progress(options.quiet, n_runs)
    lines = []
    given = list(options.set)
    for variant in every:
        options.set = given + [f"{key}={value}" for key, value in variant.settings.items()]
        bench = open_bench(RunOptions.of(options), models, parameters)
        bench.run(sources, None, progress)
        if not variant.switch:
            seconds = sum(getattr(run, "seconds", 0.0) for run in bench.runs.values())
            progress.say(
                f"{len(every)} variants of the model: {n_runs} runs, about "
                f"{duration(seconds * n_runs / len(sources) / options.jobs)}"
            )
            if sample is not None:
                bench.run(
                    read,
                    sample,
                    progress,
                    declared=False,
                    observables=observables_of(part for one in checks for part in one.readings()),
                )
        total = score([judge_row(bench, row) for row in rows])
        lines.append(
            Line(variant, read_values(bench, checks), total.all.agree.hits, total.all.agree.of)
        )
    options.set = given
    progress.finish()
    return lines


def cell(value: Value | None) -> str:
    """A reading, with nine tenths of its draws if there are any."""
    if value is None or not math.isfinite(value.central):
        return "-"
    interval = value.interval()
    return number(value.central) + (
        f" ({number(interval[0])} … {number(interval[1])})" if interval else ""
    )


def markdown(lines: list[Line], checks: list[Check]) -> str:
    """One line a variant."""
    head = ["switch", "option", *(check.label for check in checks)]
    if lines[0].scored:
        head.append("rows that agree")
    text = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for line in lines:
        variant = line.variant
        names = (
            [f"`{variant.switch}`", f"`{variant.option}`: {variant.meaning}".removesuffix(": ")]
            if variant.switch
            else ["", f"**{variant.meaning}**"]
        )
        text.append(
            "| "
            + " | ".join(
                [
                    *names,
                    *map(cell, line.values),
                    *([f"{line.agree} of {line.scored}"] if line.scored else []),
                ]
            )
            + " |"
        )
    return "\n".join(text)


def as_json(lines: list[Line], checks: list[Check]) -> str:
    return json.dumps(
        [
            {
                "switch": line.variant.switch,
                "option": line.variant.option,
                "readings": {
                    check.label: None
                    if value is None or not math.isfinite(value.central)
                    else value.central
                    for check, value in zip(checks, line.values)
                },
                "agree": line.agree,
                "scored": line.scored,
            }
            for line in lines
        ],
        indent=1,
        ensure_ascii=False,
    )


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    models = models_folder()
    is_shipped = options.model == SHIPPED
    try:
        if not is_shipped and not options.table:
            raise RowError(f"of '{options.model}' the readings have to be named: --table")
        checks = read_readings(
            Path(options.table)
            if options.table
            else models / "microneedling" / "validation" / "alternatives.toml"
        )
        rows = (
            []
            if options.no_rows or not is_shipped
            else [
                replace(row, second=())
                for row in frozen_rows(models / "microneedling" / "validation")
                if row.built_with
            ]
        )
        sample = (
            None
            if not options.draws
            else read_sample(models / "microneedling" / "sample.csv").head(options.draws)
            if is_shipped
            else draw(read_parameters(options.model), options.draws)
        )
        lines = table(options, models, checks, rows, read_parameters(options.model), sample)
        if options.into:
            put_between(Path(options.into), BEGIN, END, markdown(lines, checks))
    except FAILURES as error:
        return report_failure(error)
    print(as_json(lines, checks) if options.json else markdown(lines, checks))
    return 0
