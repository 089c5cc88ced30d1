"""What hangs on each alternative that the data cannot decide: `neocol.alternatives`.

    found = neocol.alternatives("my_scenario.toml")     # outcomes of a scenario of any model
    found.table                                          # a row for every option of every switch
    neocol.alternatives()                                # the shipped readings and rows
"""
from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from neocol.cases import Case, CaseResult, Engine
from neocol.errors import InputError
from neocol.parameters import (
    Sample,
    draw,
    models_folder,
    parameters_of,
    read_parameters,
    read_sample,
    switches_of,
)
from neocol.progress import Progress, duration
from neocol.quantities import as_setting
from neocol.scenario import Scenario, scenario_or_model
from neocol.validation.assays import NoQuantity
from neocol.validation.judge import judge_row
from neocol.validation.options import SHIPPED, RunOptions, open_bench
from neocol.validation.readings import Bench, Value, observables_of
from neocol.validation.rows import Check, Row, RowError, frozen_rows, read_readings
from neocol.validation.runs import CaseError
from neocol.validation.scores import score
from neocol.validation.verdicts import number

if TYPE_CHECKING:
    import pandas as pd


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
    """What a variant gave: readings (None where there is none), rows agreeing and scored; `reason`
    says why its run gave nothing."""

    variant: Variant
    values: tuple[Value | None, ...]
    agree: int = 0
    scored: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Alternatives:
    """Readings of every variant, the model as it stands first.

    lines   with ranges over draws in those of the first, if there were draws
    labels  of the readings, and their units where they are known
    """

    lines: list[Line]
    labels: list[str]
    units: list[str] = field(default_factory=list)

    @property
    def table(self) -> pd.DataFrame:
        """A row a variant, by switch and option; a column a reading, then `agree` and `scored`."""
        import pandas as pd

        index = pd.MultiIndex.from_tuples(
            [(line.variant.switch, line.variant.option) for line in self.lines],
            names=["switch", "option"],
        )
        rows = [[_central(value) for value in line.values] for line in self.lines]
        table = pd.DataFrame(rows, index=index, columns=self.labels)
        if self.lines[0].scored:
            table["agree"] = [line.agree for line in self.lines]
            table["scored"] = [line.scored for line in self.lines]
        return table

    @property
    def failures(self) -> dict[tuple[str, str], str]:
        """Why a variant gave nothing, by switch and option."""
        return {
            (line.variant.switch, line.variant.option): line.reason
            for line in self.lines
            if line.reason
        }

    def markdown(self) -> str:
        """One line a variant."""
        units = self.units or [""] * len(self.labels)
        head = ["switch", "option"]
        head += [
            f"{label} [{unit}]" if unit not in ("", "1") else label
            for label, unit in zip(self.labels, units)
        ]
        if self.lines[0].scored:
            head.append("rows that agree")
        text = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for line in self.lines:
            cells = [*_names(line.variant), *map(_cell, line.values)]
            if line.scored:
                cells.append(f"{line.agree} of {line.scored}")
            text.append("| " + " | ".join(cells) + " |")
        return "\n".join(text)

    def json(self) -> str:
        entries = []
        for line in self.lines:
            readings = {
                label: None if not math.isfinite(_central(value)) else _central(value)
                for label, value in zip(self.labels, line.values)
            }
            entry = {
                "switch": line.variant.switch,
                "option": line.variant.option,
                "readings": readings,
                "agree": line.agree,
                "scored": line.scored,
            }
            entries.append(entry | ({"reason": line.reason} if line.reason else {}))
        return json.dumps(entries, indent=1, ensure_ascii=False)

    def __repr__(self) -> str:
        return self.table.to_string(float_format="{:.4g}".format)

    def _repr_html_(self) -> str:
        return self.table.to_html(float_format="{:.4g}".format)


def _central(value: Value | None) -> float:
    return math.nan if value is None else value.central


def _names(variant: Variant) -> list[str]:
    if not variant.switch:
        return ["", f"**{variant.meaning}**"]
    return [f"`{variant.switch}`", f"`{variant.option}`: {variant.meaning}".removesuffix(": ")]


def _cell(value: Value | None) -> str:
    """A reading, with nine tenths of its draws if there are any."""
    if value is None or not math.isfinite(value.central):
        return "-"
    interval = value.interval()
    return number(value.central) + (
        f" ({number(interval[0])} … {number(interval[1])})" if interval else ""
    )


def variants(description: dict) -> list[Variant]:
    """The model as it stands, then every other option of every switch."""
    return [
        Variant("", "", "as it stands"),
        *(
            Variant(name, option, meaning)
            for name, options in switches_of(description).items()
            for option, meaning in list(options.items())[1:]
        ),
    ]


def alternatives(
    what: str | Path | Scenario = SHIPPED,
    readings: str | Path | None = None,
    *,
    outcomes: Iterable[str] | None = None,
    rows: bool = True,
    draws: int = 0,
    settings: Mapping[str, object] | None = None,
    jobs: int = 0,
    cache: str | Path | None = None,
    quiet: bool = True,
) -> Alternatives:
    """Sets every option of every switch of a model in turn, all else as declared.

    what      a scenario, of which the outcomes are read; or a model, by name or file, for a table
              of readings (of the shipped model there is one)
    readings  table of readings (docs/validation.md) of a model, in its own scenarios
    outcomes  of a scenario: these alone (default: all)
    rows      of the shipped model: how many frozen rows of observations agree with each option
    draws     of the parameters, for ranges of what the model gives as it stands
    settings  set in every run
    jobs      runs at a time; 0: as many as there are cores
    cache     folder of finished runs

    Raises InputError for a scenario or outcome that there is not, RowError for a table that cannot
    be used, CaseError if the model as it stands cannot be run.
    """
    scenario = scenario_or_model(what)
    if scenario is not None:
        if readings is not None:
            raise InputError("readings are of a model: they name scenarios of their own")
        return _of_scenario(scenario, outcomes, draws, settings, jobs, cache, quiet)
    if outcomes is not None:
        raise InputError("outcomes are of a scenario: name one")
    options = RunOptions(
        set=settings or {},
        model=str(what),
        jobs=jobs,
        cache=None if cache is None else str(cache),
        quiet=quiet,
    )
    return of_readings(options, readings, rows, draws)


def _of_scenario(
    scenario: Scenario,
    outcomes: Iterable[str] | None,
    draws: int,
    settings: Mapping[str, object] | None,
    jobs: int,
    cache: str | Path | None,
    quiet: bool,
) -> Alternatives:
    """Outcomes of a scenario under every variant of its model."""
    about = scenario.model.outcomes
    chosen = list(about.index) if outcomes is None else list(outcomes)
    for name in chosen:
        if name not in about.index:
            raise InputError(f"no outcome '{name}' in the model; known: {', '.join(about.index)}")
    if not chosen:
        raise InputError(f"model '{scenario.model.name}' declares no outcome to be read")
    given = tuple((scenario.key(key), as_setting(one)) for key, one in (settings or {}).items())
    description = scenario.model.description
    every = variants(description)
    sample = draw(parameters_of(description), draws) if draws else None
    cases = [Case(scenario, given + tuple(one.settings.items())) for one in every]
    if sample is not None:
        cases += [
            Case(scenario, given + tuple(sample.settings(k).items())) for k in range(len(sample))
        ]
    progress = Progress(quiet, len(cases))
    results = Engine(needed=chosen).run(
        cases,
        observables=[],
        store=cache,
        jobs=jobs,
        progress=lambda ended, _: progress.at(ended),
    )
    progress.finish()
    if results[0].status != "complete":
        raise CaseError(f"the model as it stands: {results[0].status}: {results[0].reason}")
    lines = [
        Line(
            variant,
            tuple(Value(_outcome(result, name)) for name in chosen),
            reason="" if result.status == "complete" else f"{result.status}: {result.reason}",
        )
        for variant, result in zip(every, results)
    ]
    if sample is not None:
        drawn = results[len(every) :]
        values = tuple(
            Value(
                value.central,
                np.array([_outcome(result, name) for result in drawn]),
                np.asarray(sample.weights),
            )
            for value, name in zip(lines[0].values, chosen)
        )
        lines[0] = replace(lines[0], values=values)
    return Alternatives(lines, chosen, [str(about.at[name, "unit"]) for name in chosen])


def _outcome(result: CaseResult, name: str) -> float:
    return result.outcomes[name] if result.status == "complete" else math.nan


def of_readings(
    options: RunOptions, table: str | Path | None, with_rows: bool, draws: int
) -> Alternatives:
    """Readings of a model in their own scenarios, and how many frozen rows agree."""
    models, is_shipped = models_folder(), options.model == SHIPPED
    if not is_shipped and table is None:
        raise RowError(
            f"of model '{options.model}' the readings have to be named: a table, or a scenario of "
            "it, whose outcomes are read"
        )
    checks = read_readings(
        Path(table) if table else models / "microneedling" / "validation" / "alternatives.toml"
    )
    rows = (
        [
            replace(row, second=())
            for row in frozen_rows(models / "microneedling" / "validation")
            if row.built_with
        ]
        if with_rows and is_shipped
        else []
    )
    parameters = read_parameters(options.model)
    sample = (
        None
        if not draws
        else read_sample(models / "microneedling" / "sample.csv").head(draws)
        if is_shipped
        else draw(parameters, draws)
    )
    lines = _read_all(options, models, checks, rows, parameters, sample)
    return Alternatives(lines, [check.label for check in checks])


def _read_all(
    options: RunOptions,
    models: Path,
    checks: list[Check],
    rows: list[Row],
    parameters: dict,
    sample: Sample | None,
) -> list[Line]:
    """All variants, run and read; the cost is told first."""
    from neocol.parameters import describe_model
    from neocol.validation.options import settings_of

    every = variants(describe_model(options.model))
    read = list(dict.fromkeys(part.source for one in checks for part in one.readings()))
    sources = list(dict.fromkeys([*read, *(one for row in rows for one in row.sources())]))
    n_runs = len(every) * len(sources) + (len(sample) * len(read) if sample else 0)
    progress = Progress(options.quiet, n_runs)
    lines = []
    for variant in every:
        given = settings_of(options.set) | variant.settings
        bench = open_bench(replace(options, set=given), models, parameters)
        bench.run(sources, None, progress)
        if not variant.switch:
            seconds = sum(getattr(run, "seconds", 0.0) for run in bench.runs.values())
            progress.say(
                f"{len(every)} variants of the model: {n_runs} runs, about "
                f"{duration(seconds * n_runs / len(sources) / bench.runner.jobs)}"
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
            Line(variant, _values(bench, checks), total.all.agree.hits, total.all.agree.of)
        )
    progress.finish()
    return lines


def _values(bench: Bench, checks: list[Check]) -> tuple[Value | None, ...]:
    """Readings of a bench that has been run; None where the model cannot give one."""
    found: list[Value | None] = []
    for check in checks:
        try:
            found.append(bench.value(check))
        except (NoQuantity, CaseError):
            found.append(None)
    return tuple(found)
