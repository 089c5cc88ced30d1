"""Judges a model by rows: readings of runs, verdicts, and what the score is worth.

    judged = [judge_row(bench, row) for row in rows]   # neocol_readings.Bench, after its run
    score(judged)                           # agreement, coverage, skill over a null model
"""
from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from neocol_assays import NoQuantity
from neocol_readings import Bench, Value
from neocol_cases import CaseError
from neocol_rows import SMALLEST, Check, Row


@dataclass(frozen=True)
class CheckVerdict:
    """holds: True, False, or None with the reason in `why`."""

    check: Check
    holds: bool | None
    value: Value | None = None
    why: str = ""


@dataclass(frozen=True)
class RowVerdict:
    """verdict: agree, disagree, not testable, by construction, input, unchecked or waiting."""

    row: Row
    verdict: str
    checks: tuple[CheckVerdict, ...] = ()
    why: str = ""
    second: "RowVerdict | None" = None  # by the row's second readings, beside the first

    @property
    def both_ways(self) -> "RowVerdict":
        """The second verdict of a row that has one, else the only one."""
        return self.second or self

    @property
    def scored(self) -> bool:
        return self.verdict in ("agree", "disagree")


def holds(check: Check, reading: float) -> bool:
    """Whether a reading meets its check."""
    if not math.isfinite(reading) and not (check.larger_than and reading == math.inf):
        return False
    if check.sign:
        return check.sign * reading > SMALLEST
    if check.larger_than is not None:
        return reading > check.by
    if check.strict:
        return check.low < reading < check.high
    return check.low <= reading <= check.high


def judge_check(bench: Bench, check: Check, must_be_computed: bool = False) -> CheckVerdict:
    """Verdict on one check."""
    try:
        value = bench.value(check, must_be_computed)
    except NoQuantity as missing:
        return CheckVerdict(check, None, None, str(missing))
    except CaseError as error:
        return CheckVerdict(check, False, None, f"the run failed: {error}")
    return CheckVerdict(check, holds(check, value.central), value)


def judge_row(bench: Bench, row: Row) -> RowVerdict:
    """Verdict on one row, by the rules of docs/validation.md; of a row with second readings also
    the verdict by those."""
    first = _judge_once(bench, row)
    return replace(first, second=_judge_once(bench, row.read_again())) if row.second else first


def _judge_once(bench: Bench, row: Row) -> RowVerdict:
    shown = {"waiting": ("waiting", f"for {row.needs}"),
             "input": ("input", "a parameter of the set-up"),
             "unchecked": ("unchecked", "recalled, not read: never scored"),
             "untestable": ("not testable", row.why)}
    if row.status in shown:
        return RowVerdict(row, shown[row.status][0], (), shown[row.status][1])
    if row.status == "if_modelled" and not row.checks:
        return RowVerdict(row, "not testable", (), f"the model has no {row.needs}")
    checked = tuple(judge_check(bench, check, row.status != "testable") for check in row.checks)
    known = [one for one in checked if one.holds is not None]
    missing = [one for one in checked if one.holds is None]
    if row.status == "construction":
        if row.computed_by and not missing:
            return RowVerdict(row, "agree" if all(one.holds for one in known) else "disagree",
                              checked)
        return RowVerdict(row, "by construction", checked, row.why)
    wanted = [one for one in missing if not one.check.if_modelled]
    if row.status == "if_modelled" and missing:
        return RowVerdict(row, "not testable", checked, missing[0].why)
    if wanted or not known:
        return RowVerdict(row, "not testable", checked, (wanted or missing)[0].why)
    verdict = "agree" if all(one.holds for one in known) else "disagree"
    partly = f"{len(missing)} of {len(checked)} checks not testable" if missing else ""
    return RowVerdict(row, verdict, checked, "; ".join(filter(None, (row.why, partly))))


# ------------------------------------------------------------------ scores

NEUTRAL = {"relative_change": 0.0, "change": 0.0, "fold": 1.0, "log2_fold": 0.0, "peak_fold": 1.0}


def null_reading(check: Check, others: list[Check]) -> float | None:
    """What a model without effect would read, else the mean of the topic's other brackets."""
    if check.sign:
        return 0.0
    if check.larger_than is not None or check.ratio_to is not None:
        return 1.0
    if check.reading.measure in NEUTRAL:
        return NEUTRAL[check.reading.measure]
    like = [one.centre for one in others if one.centre is not None and one is not check
            and one.reading.measure == check.reading.measure and one.ratio_to is None]
    return float(np.mean(like)) if like else None


def misfit(check: Check, reading: float) -> float | None:
    """Distance from the bracket's centre in half widths, at most 3; None for an open bracket."""
    if check.centre is None or check.sign or check.larger_than is not None:
        return None
    if not math.isfinite(reading):
        return 3.0
    return min(abs(reading - check.centre) / max(check.half_width, 1e-12), 3.0)


@dataclass(frozen=True)
class Score:
    """agreement [0-1] of rows; coverage of brackets' centres by the 90 % interval of the draws;
    skill 1 - sum(misfit^2)/sum(misfit of the null^2); NaN where there is nothing to count."""

    agree: int
    scored: int
    checks_hold: int
    checks: int
    coverage: float
    covered_of: int
    skill: float
    skill_of: int
    null_agree: int
    null_scored: int

    @property
    def agreement(self) -> float:
        return self.agree / self.scored if self.scored else math.nan


def score(judged: list[RowVerdict]) -> Score:
    """What the scored rows add up to."""
    rows = [one for one in judged if one.scored]
    checks = [one for row in rows for one in row.checks if one.holds is not None]
    covered, errors, null_errors = [], 0.0, 0.0
    n_skill = null_agree = null_scored = 0
    by_topic: dict[str, list[Check]] = {}
    for row in rows:
        by_topic.setdefault(row.row.topic, []).extend(one.check for one in row.checks)
    for row in rows:
        null_holds = []
        for one in (one for one in row.checks if one.holds is not None):
            null = null_reading(one.check, by_topic[row.row.topic])
            if null is not None:
                null_holds.append(holds(one.check, null))
            if one.value is None:
                continue
            interval = one.value.interval()
            if interval and one.check.centre is not None:
                covered.append(interval[0] <= one.check.centre <= interval[1])
            error = misfit(one.check, one.value.central)
            null_error = misfit(one.check, null) if null is not None else None
            if error is not None and null_error is not None:
                errors, null_errors, n_skill = (errors + error**2, null_errors + null_error**2,
                                                n_skill + 1)
        if null_holds:
            null_scored += 1
            null_agree += all(null_holds)
    return Score(sum(row.verdict == "agree" for row in rows), len(rows),
                 sum(bool(one.holds) for one in checks), len(checks),
                 float(np.mean(covered)) if covered else math.nan, len(covered),
                 1.0 - errors / null_errors if null_errors else math.nan, n_skill,
                 null_agree, null_scored)


def share_held(one: CheckVerdict) -> float:
    """Share of the draws in which a check holds; NaN without draws."""
    if one.value is None or not len(one.value.draws):
        return math.nan
    held = np.array([holds(one.check, float(x)) for x in one.value.draws])
    return float(held @ one.value.weights / one.value.weights.sum())


def row_in_draws(row: RowVerdict) -> np.ndarray | None:
    """Whether a row agrees, by draw; None if nothing of it depends on draws."""
    known = [one for one in row.checks if one.holds is not None and one.value is not None]
    drawn = [one for one in known if len(one.value.draws)]
    if not drawn:
        return None
    others = all(one.holds for one in known if not len(one.value.draws))
    return others & np.all([[holds(one.check, float(x)) for x in one.value.draws]
                            for one in drawn], axis=0)


def agreement_of_draws(judged: list[RowVerdict]) -> np.ndarray:
    """How many rows agree in every draw, (draws,); rows that do not depend on draws, or are read
    over all of them, count as they are judged. Empty without draws."""
    fixed, total = 0, None
    for row in (one for one in judged if one.scored):
        found = row_in_draws(row)
        if found is None:
            fixed += row.verdict == "agree"
        else:
            total = found.astype(int) if total is None else total + found
    return np.zeros(0, int) if total is None else total + fixed


def changed_by_resolution(judged: list[RowVerdict]) -> tuple[list[str], list[str], int]:
    """Checks that would be judged otherwise by the fine run of the declared model: by the usual
    resolution, and by that of the draws; and of how many checks that is known."""
    usual, drawn, n = [], [], 0
    for row in (one for one in judged if one.scored):
        for one in row.checks:
            value = one.value
            if one.holds is None or value is None or not math.isfinite(value.central_error):
                continue
            n += 1
            fine = value.central - value.central_error
            right = holds(one.check, fine)
            if one.holds != right:
                usual.append(f"{row.row.id} {one.check.label}")
            if holds(one.check, fine + value.error) != right:
                drawn.append(f"{row.row.id} {one.check.label}")
    return usual, drawn, n


def tally(judged: list[RowVerdict]) -> Counter:
    """How many rows have each verdict."""
    return Counter(one.verdict for one in judged)
