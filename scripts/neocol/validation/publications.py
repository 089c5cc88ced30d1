"""What the model says of a publication when it is left out: its rows are taken away, every constant
that was fitted to them goes back to its prior, and is fitted to what is left.

    groups = read_publications(validation / "publications.toml", rows)
    found = leave_out(bench, groups["kalluri"], rows, plan, parameters)

A constant was fitted to a row if the plan's reason for it (calibration.toml) or its `source` in the
model names that row. Its prior is the declared range: what it is declared as counts for nothing.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from neocol.calibration.evidence import RowProblem
from neocol.calibration.least_squares import least_squares
from neocol.calibration.staged import Planned
from neocol.parameters import Parameter, describe_model
from neocol.progress import Progress
from neocol.validation.judge import RowVerdict, holds, judge_row
from neocol.validation.readings import OVER_PERSONS, Bench, Value, observables_of
from neocol.validation.rows import Row, RowError, read_toml

ROW_ID = re.compile(r"\b[A-Z]\d\d\b")


@dataclass(frozen=True)
class Publication:
    """Rows that one paper, data set or laboratory gave."""

    name: str
    rows: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True)
class WithoutPublication:
    """A publication left out: the constants set free, the rows they were fitted to, their values
    declared and refitted, and the verdicts on the publication's rows with either."""

    publication: Publication
    released: tuple[Parameter, ...]
    fitted_to: tuple[str, ...]
    refitted: tuple[float, ...]
    declared_rows: tuple[RowVerdict, ...]
    left_out_rows: tuple[RowVerdict, ...]
    evaluations: int


def read_publications(path: Path, rows: list[Row]) -> dict[str, Publication]:
    """By name: those of the file, then every row that stands in none, as one of its own."""
    known = {row.id for row in rows}
    found = {}
    for name, entry in read_toml(path)["publication"].items():
        gone = sorted(set(entry["rows"]) - known)
        if gone:
            raise RowError(f"{path}: {name}: there is no row {', '.join(gone)}")
        found[name] = Publication(name, tuple(entry["rows"]), entry.get("title", ""))
    named = [row for one in found.values() for row in one.rows]
    if len(named) != len(set(named)):
        raise RowError(f"{path}: a row stands in two publications")
    return found | {
        row.id: Publication(row.id, (row.id,), row.observed.get("citation", ""))
        for row in rows
        if row.id not in named
    }


def fitted_rows(plan: list[Planned], sources: dict[str, str]) -> dict[str, set[str]]:
    """Rows by constant that was fitted to them: those its reason or its source names."""
    found: dict[str, set[str]] = {name: set(ROW_ID.findall(text)) for name, text in sources.items()}
    for stage in plan:
        for name, reason in stage.reasons.items():
            found.setdefault(name, set()).update(ROW_ID.findall(reason))
    return {name: rows for name, rows in found.items() if rows}


def parameter_sources(model: Path) -> dict[str, str]:
    """`source` of every parameter whose evidence is a choice."""
    return {
        entry["name"]: entry["source"]
        for entry in describe_model(model)["parameters"]
        if entry["evidence"] in ("fitted", "design")
    }


def at_draw(row: RowVerdict, k: int = 0) -> RowVerdict:
    """The verdict by the readings of one draw in place of the declared ones."""
    if not row.scored:
        return row
    checks = tuple(
        one
        if one.value is None or not len(one.value.draws)
        else replace(
            one,
            holds=holds(one.check, float(one.value.draws[k])),
            value=Value(float(one.value.draws[k])),
        )
        for one in row.checks
    )
    agree = all(one.holds for one in checks if one.holds is not None)
    return replace(row, verdict="agree" if agree else "disagree", checks=checks)


def leave_out(
    bench: Bench,
    publication: Publication,
    rows: list[Row],
    fitted_to: dict[str, set[str]],
    parameters: dict[str, Parameter],
    progress: Progress | None = None,
    largest: int = 6,
) -> WithoutPublication:
    """Refits the model without a publication, and judges the publication's rows with the result.

    rows: all that can be scored; largest: evaluations of the fit at most, a Jacobian apart.
    """
    mine = [
        replace(row, second=())
        for row in rows
        if row.id in publication.rows
        and row.status in ("testable", "if_modelled")
        and not any(check.reading.measure in OVER_PERSONS for check in row.checks)
    ]
    released = tuple(
        parameters[name]
        for name, of in fitted_to.items()
        if of & set(publication.rows)
        and name in parameters
        and parameters[name].ranged
        and not parameters[name].varies
    )
    speak = set().union(*(fitted_to[one.name] for one in released)) - set(publication.rows)
    others = [
        replace(row, second=())
        for row in rows
        if row.id in speak and row.built_with and row.status in ("testable", "if_modelled")
    ]
    sources = list(dict.fromkeys(source for row in mine for source in row.sources()))
    bench.run(sources, None, progress)
    declared = tuple(judge_row(bench, row) for row in mine)
    if not released:
        return WithoutPublication(publication, (), (), (), declared, declared, 0)
    kept = dict(bench.runs)
    u, evaluations = np.full(len(released), 0.5), 0
    problem = RowProblem(bench, others, list(released), {}, progress)
    problem.start = u  # the middle of the prior, not what is declared
    if problem.items:
        fit = least_squares(problem, largest=largest)
        u, evaluations = fit.u, fit.evaluations
    bench.runs = kept
    sample = problem.sample(u[None, :])
    bench.run(
        sources,
        sample,
        progress,
        declared=False,
        draw_knobs=False,
        observables=observables_of(
            part for row in mine for check in row.checks for part in check.readings()
        ),
    )
    left_out = tuple(at_draw(judge_row(bench, row)) for row in mine)
    return WithoutPublication(
        publication,
        released,
        tuple(sorted(row.id for row in others)),
        tuple(float(x) for x in sample.values[0]),
        declared,
        left_out,
        evaluations,
    )


def report_lines(found: list[WithoutPublication]) -> list[str]:
    """Every publication: constants, values, and the verdicts on its rows."""
    lines = []
    for one in found:
        title = f": {one.publication.title}" if one.publication.title else ""
        lines.append(f"{one.publication.name}{title}")
        if not one.released:
            lines.append("      no constant names its rows: nothing to set free")
        for parameter, value in zip(one.released, one.refitted):
            lines.append(
                f"      {parameter.name} [{parameter.unit}] {parameter.value:.4g} -> "
                f"{value:.4g} of {parameter.low:.4g} - {parameter.high:.4g}"
            )
        if one.released:
            lines.append(
                "      fitted to "
                + (", ".join(one.fitted_to) if one.fitted_to else "nothing: the prior")
            )
        for before, after in zip(one.declared_rows, one.left_out_rows):
            lines.append(f"      {before.row.id:<5} {before.verdict} -> {after.verdict}")
            for first, second in zip(before.checks, after.checks):
                if first.value is not None and second.value is not None:
                    lines.append(
                        f"            {first.check.label:<60.60} "
                        f"{first.check.bracket:>14}  {first.value.central:.4g} -> "
                        f"{second.value.central:.4g}"
                    )
    scored = [
        (before, after)
        for one in found
        for before, after in zip(one.declared_rows, one.left_out_rows)
        if before.scored
    ]
    agree = [sum(pair[k].verdict == "agree" for pair in scored) for k in (0, 1)]
    lines += [
        "",
        f"without their publication {agree[1]} of {len(scored)} rows agree; as declared "
        f"{agree[0]}",
    ]
    return lines
