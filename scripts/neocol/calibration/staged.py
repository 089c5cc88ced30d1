"""The calibration in stages from end to end: design, emulator, fit, profiles, topics left out, draws.

    plan = read_plan(models / "microneedling" / "validation" / "calibration.toml")
    found = calibrate_in_stages(bench, models / "microneedling" / "validation", plan, 80, 32)
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tomllib
from neocol.calibration.emulator import Emulated, design
from neocol.calibration.evidence import RowProblem, unit_of
from neocol.calibration.least_squares import PRIOR_SD
from neocol.calibration.stages import (
    Profiled,
    Stage,
    fit_stages,
    profile_likelihoods,
    sample_stages,
)
from neocol.parameters import Parameter, Sample, describe_model, switches_of
from neocol.progress import Progress, duration
from neocol.validation.courses import read_curves
from neocol.validation.judge import judge_row
from neocol.validation.readings import OVER_PERSONS, Bench, observables_of
from neocol.validation.rows import Row, RowError, frozen_rows
from neocol.validation.runs import Run
from neocol.validation.scores import row_in_draws

LEAST_SHARE = 0.4  # of the draws that must count after weighting


@dataclass(frozen=True)
class Planned:
    """A stage as calibration.toml gives it."""

    name: str
    rows: tuple[str, ...]
    courses: bool
    reasons: dict[str, str]


def read_plan(path: Path, names: list[str] | None = None) -> list[Planned]:
    """The named stages (all by default), in the order of the file."""
    with open(path, "rb") as file:
        given = tomllib.load(file)["stage"]
    for name in names or []:
        if name not in given:
            raise RowError(f"there is no stage '{name}'; known: {', '.join(given)}")
    found = [
        Planned(name, tuple(one["rows"]), bool(one.get("courses", False)), one["parameters"])
        for name, one in given.items()
        if names is None or name in names
    ]
    moved = [name for stage in found for name in stage.reasons]
    twice = sorted({name for name in moved if moved.count(name) > 1})
    if twice:
        raise RowError(f"{path}: in two stages: {', '.join(twice)}")
    return found


@dataclass(frozen=True)
class TopicLeftOut:
    """Rows of a topic that agree as declared, fitted with all, and fitted without the topic; and
    their sums of squares by the model itself."""

    topic: str
    rows: int
    agree: tuple[int, ...]  # as declared, fitted with all, fitted without
    squares: tuple[float, ...]


@dataclass(frozen=True)
class Staged:
    """What a calibration in stages found; costs are sums of squares by the model itself."""

    plan: list[Planned]
    problem: RowProblem
    emulated: Emulated
    stages: list[Stage]
    u: np.ndarray
    costs: dict[str, tuple[float, ...]]  # by stage: declared, emulated and true optimum
    agree: tuple[int, int, int]  # rows that agree: declared, fitted, of how many
    profiles: list[Profiled]
    left_out: list[TopicLeftOut]
    points: np.ndarray  # draws of the fitted parameters
    sample: Sample | None  # draws of all parameters, weighted
    temper: float
    n_runs: int


def select(problem: RowProblem, plan: list[Planned], parameters: list[Parameter]) -> list[Stage]:
    """Stages as indices of parameters and residuals."""
    names = [p.name for p in parameters]
    return [
        Stage(
            stage.name,
            np.array([names.index(name) for name in stage.reasons]),
            np.array(
                [
                    item.row in stage.rows or (item.row == "courses" and stage.courses)
                    for item in problem.items
                ]
            ),
        )
        for stage in plan
    ]


def other_draws(bench: Bench, fitted: list[Parameter], n: int, seed: int = 2) -> Sample:
    """n draws of all other parameters that are drawn: normal about the declared value with the
    prior's standard deviation, inside the range; and of switches: the declared option in half of
    the draws, the others alike (a choice)."""
    generator = np.random.default_rng(seed)
    taken = {p.name for p in fitted}
    others = [p for p in bench.parameters.values() if p.drawn and p.name not in taken]
    values = np.empty((n, len(others)))
    for j, one in enumerate(others):
        centre = (
            min(max(unit_of(one, one.value), 0.0), 1.0)
            if one.value > 0.0 or not one.logarithmic
            else 0.0
        )
        u = np.full(n, -1.0)
        while ((u < 0.0) | (u > 1.0)).any():
            outside = (u < 0.0) | (u > 1.0)
            u[outside] = generator.normal(centre, PRIOR_SD, int(outside.sum()))
        values[:, j] = [float(f"{one.quantile(x):.6g}") for x in u]
    choices = {}
    for name, options in switches_of(describe_model(bench.models / "microneedling.toml")).items():
        chances = [0.5, *[0.5 / (len(options) - 1)] * (len(options) - 1)]
        choices[name] = tuple(str(one) for one in generator.choice(list(options), n, p=chances))
    return Sample(
        tuple(p.name for p in others),
        tuple(p.unit for p in others),
        values,
        np.full(n, 1.0 / n),
        "",
        choices,
    )


def joined(first: Sample, second: Sample) -> Sample:
    """Draws of both sets of parameters side by side."""
    return Sample(
        first.names + second.names,
        first.units + second.units,
        np.hstack([first.values, second.values]),
        first.weights,
        "calibration",
        first.choices | second.choices,
    )


def tempered(logs: np.ndarray, least_share: float = LEAST_SHARE) -> tuple[np.ndarray, float]:
    """Weights exp(t logs) that add up to 1, with the largest t <= 1 that leaves an effective share
    1/(n sum w^2) of at least least_share."""
    for t in np.linspace(1.0, 0.0, 101):
        weights = np.exp(t * (logs - logs.max()))
        weights /= weights.sum()
        if 1.0 / np.sum(weights**2) >= least_share * len(logs):
            break
    return weights, float(t)


def agreement_by_point(
    bench: Bench, rows: list[Row], problem: RowProblem, points: np.ndarray
) -> dict[str, tuple[str, np.ndarray]]:
    """Topic of every row that can be scored in single runs, and whether it agrees, by point."""
    sources = list(dict.fromkeys(one for row in rows for one in row.sources()))
    missing = [one for one in sources if (one, -1) not in bench.runs]
    kept = dict(bench.runs)
    bench.run(missing, None, problem.progress)
    bench.runs = kept | bench.runs
    bench.run(
        sources,
        problem.sample(points),
        problem.progress,
        declared=False,
        draw_knobs=False,
        observables=observables_of(
            part for row in rows for check in row.checks for part in check.readings()
        ),
    )
    found = {}
    for row in rows:
        if any(part.measure in OVER_PERSONS for check in row.checks for part in check.readings()):
            continue
        judged = judge_row(bench, row)
        agrees = row_in_draws(judged) if judged.scored else None
        if agrees is not None:
            found[row.id] = (row.topic, agrees)
    return found


def leave_out(
    problem: RowProblem, emulated: Emulated, stages: list[Stage], u: np.ndarray, rows: list[Row]
) -> tuple[list[TopicLeftOut], np.ndarray, tuple[int, int, int]]:
    """Fits without each topic, run on the model; residuals of declared and fitted values beside."""
    used = np.any([stage.keep for stage in stages], axis=0)
    topics = [
        one for one in dict.fromkeys(problem.topics.tolist()) if used[problem.topics == one].any()
    ]
    points = np.vstack(
        [problem.start, u, *(fit_stages(emulated, stages, problem.topics != one) for one in topics)]
    )
    residuals = problem.residuals(points)
    agrees = agreement_by_point(problem.bench, rows, problem, points)
    found = []
    for k, topic in enumerate(topics):
        of = (problem.topics == topic) & used
        rows_of = [flags for name, flags in agrees.values() if name == topic]
        found.append(
            TopicLeftOut(
                topic,
                len(rows_of),
                tuple(int(sum(flags[i] for flags in rows_of)) for i in (0, 1, 2 + k)),
                tuple(float(np.sum(residuals[i, of] ** 2)) for i in (0, 1, 2 + k)),
            )
        )
    all_flags = [flags for _, flags in agrees.values()]
    return (
        found,
        residuals[:2],
        (int(sum(f[0] for f in all_flags)), int(sum(f[1] for f in all_flags)), len(all_flags)),
    )


def weighted_sample(
    problem: RowProblem, emulated: Emulated, stages: list[Stage], points: np.ndarray
) -> tuple[Sample, float]:
    """Draws with all other parameters beside them, run and weighted: true over emulated
    likelihood, tempered."""
    used = np.any([stage.keep for stage in stages], axis=0)
    sample = joined(
        problem.sample(points), other_draws(problem.bench, problem.parameters, len(points))
    )
    true = problem.shaped(problem.margins_of(sample)) / np.sqrt(1 + emulated.error**2)
    predicted = emulated.residuals(points)
    logs = -0.5 * (np.sum(true[:, used] ** 2, axis=1) - np.sum(predicted[:, used] ** 2, axis=1))
    weights, temper = tempered(logs)
    return replace(sample, weights=weights), temper


def calibrate_in_stages(
    bench: Bench,
    validation: Path,
    plan: list[Planned],
    n_design: int,
    n_draws: int,
    quiet: bool = False,
) -> Staged:
    """Everything, telling the cost first."""
    frozen = [
        replace(row, second=())
        for row in frozen_rows(validation)
        if row.status in ("testable", "if_modelled") and row.built_with
    ]
    names = {name for stage in plan for name in stage.rows}
    rows = [row for row in frozen if row.id in names]
    curves = read_curves(validation / "time_courses.csv") if any(s.courses for s in plan) else {}
    parameters = [bench.parameters[name] for stage in plan for name in stage.reasons]
    progress = Progress(quiet)
    problem = RowProblem(bench, rows, parameters, curves, progress)
    n_all = len({one for row in frozen for one in row.sources()})
    topics = {row.topic for row in rows} | ({"6"} if curves else set())
    n_runs = len(problem.sources) * (n_design + n_draws) + n_all * (3 + len(topics))
    seconds = sum(run.seconds for run in bench.runs.values() if isinstance(run, Run)) / max(
        len(bench.runs), 1
    )
    progress.say(
        f"{len(parameters)} parameters, {len(problem.items)} residuals of {len(rows)} "
        f"rows: {n_runs} runs, about {duration(0.5 * seconds * n_runs / bench.runner.jobs)}"
        f" on {bench.runner.jobs} cores, less what is kept from before"
    )
    progress.total = n_runs
    stages = select(problem, plan, parameters)
    emulated = Emulated(problem, design(problem.start, n_design))
    u = fit_stages(emulated, stages)
    left_out, residuals, agree = leave_out(problem, emulated, stages, u, frozen)
    predicted = emulated.residuals(u[None, :])[0] * np.sqrt(1 + emulated.error**2)
    costs = {
        stage.name: tuple(
            float(np.sum(one[stage.keep] ** 2)) for one in (residuals[0], predicted, residuals[1])
        )
        for stage in stages
    }
    profiles = profile_likelihoods(emulated, stages, u)
    points = sample_stages(emulated, stages, n_draws) if n_draws else np.zeros((0, len(u)))
    sample, temper = weighted_sample(problem, emulated, stages, points) if n_draws else (None, 1.0)
    progress.finish()
    return Staged(
        plan,
        problem,
        emulated,
        stages,
        u,
        costs,
        agree,
        profiles,
        left_out,
        points,
        sample,
        temper,
        n_runs,
    )
