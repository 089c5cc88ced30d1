"""What verdicts are worth: agreement, coverage, interval score and skill, each with its error.

    total = score(judged)            # of RowVerdicts
    total.all.agree.interval()       # exact binomial
    total.coverage[0.9].share
"""
from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from neocol.validation.judge import LARGEST_ERROR, CheckVerdict, RowVerdict, holds, scale_of
from neocol.validation.readings import OVER_PERSONS, Value
from neocol.validation.rows import Check
from scipy.stats import binomtest, norm

LEVELS = (0.5, 0.9)  # of the intervals whose coverage is counted
NEUTRAL = {
    "relative_change": 0.0,
    "change": 0.0,
    "fold": 1.0,
    "log2_fold": 0.0,
    "peak_fold": 1.0,
    "fall": 0.0,
}
CLOCKS = ("recovery_time", "closure_time", "duration", "time_of_peak", "time_of_peak_h")
FURTHEST = 3.0  # half widths at which a misfit is cut
LEAST_FOR_LINE = 5  # values on which a line in two doses can stand


@dataclass(frozen=True)
class Count:
    """`hits` of `of`."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """[0-1]; NaN of none."""
        return self.hits / self.of if self.of else math.nan

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Exact binomial (Clopper-Pearson) interval of the share; NaN of none."""
        if not self.of:
            return math.nan, math.nan
        found = binomtest(self.hits, self.of).proportion_ci(level, method="exact")
        return float(found.low), float(found.high)

    def text(self, unit: str = "") -> str:
        """As a line of a report: "47 of 52 rows (90 %, 79-97)", the last two the 95 % interval."""
        if not self.of:
            return f"0 of 0{unit}"
        low, high = self.interval()
        return (
            f"{self.hits} of {self.of}{unit} ({100 * self.share:.0f} %, "
            f"{100 * low:.0f}-{100 * high:.0f})"
        )


@dataclass(frozen=True)
class Agreement:
    """Rows that agree: all, those with a two-sided bracket, and those of signs and bounds only;
    `both_ways` counts rows with a second reading by that."""

    agree: Count
    two_sided: Count
    one_sided: Count
    both_ways: Count


@dataclass(frozen=True)
class Skill:
    """1 - sum(misfit^2)/sum(misfit^2 of what it is compared with), over `of` readings."""

    share: float
    of: int


@dataclass(frozen=True)
class Score:
    """What the scored rows add up to.

    coverage: by level, observed values inside the central interval of the draws, whose sampling
    error is added where it is known (`with_error` of them). interval_score: mean and median over
    the values of the 90 % interval's (Gneiting and Raftery 2007), in widths of the bracket: the
    width of the interval and 20 times the distance by which it misses. width: median width of the
    90 % interval, in widths of the bracket.
    """

    all: Agreement
    built_with: Agreement
    unseen: Agreement
    checks: Count
    null: Count
    skill: Skill
    skill_over_dose: Skill
    coverage: dict[float, Count]
    with_error: int
    interval_score: tuple[float, float]
    width: float

    @property
    def agreement(self) -> float:
        """Share of the scored rows that agree [0-1]."""
        return self.all.agree.share


def is_two_sided(row: RowVerdict) -> bool:
    """Whether a scored check of the row could fail on either side."""
    return any(one.check.two_sided for one in row.checks if one.holds is not None)


def agreement(rows: list[RowVerdict]) -> Agreement:
    """Counts over scored rows."""

    def count(some: list[RowVerdict]) -> Count:
        return Count(sum(one.verdict == "agree" for one in some), len(some))

    rows = [one for one in rows if one.scored]
    second = [one.both_ways for one in rows if one.both_ways.scored]
    return Agreement(
        count(rows),
        count([one for one in rows if is_two_sided(one)]),
        count([one for one in rows if not is_two_sided(one)]),
        count(second),
    )


# ------------------------------------------------------------------ skill


def null_reading(check: Check, others: list[Check]) -> float | None:
    """What a model without effect would read, else the mean of the topic's other brackets."""
    if check.sign:
        return 0.0
    if check.larger_than is not None or check.ratio_to is not None:
        return 1.0
    if check.reading.measure in NEUTRAL:
        return NEUTRAL[check.reading.measure]
    like = [
        one.centre
        for one in others
        if one.centre is not None
        and one is not check
        and one.reading.measure == check.reading.measure
        and one.ratio_to is None
    ]
    return float(np.mean(like)) if like else None


def misfit(check: Check, reading: float) -> float | None:
    """Distance from the bracket's centre in half widths, at most 3; None for an open bracket."""
    if check.centre is None or check.sign or check.larger_than is not None:
        return None
    if not math.isfinite(reading):
        return FURTHEST
    return min(abs(reading - check.centre) / max(check.half_width, 1e-12), FURTHEST)


def _squares(check: Check, reading: float, rival: float | None) -> tuple[float, float] | None:
    error = misfit(check, reading)
    other = misfit(check, rival) if rival is not None else None
    return None if error is None or other is None else (error**2, other**2)


def _skill(pairs: list[tuple[float, float]]) -> Skill:
    if not pairs:
        return Skill(math.nan, 0)
    own, rival = np.sum(pairs, axis=0)
    return Skill(1.0 - own / rival if rival else math.nan, len(pairs))


def _kind(check: Check) -> str:
    """Readings of a kind share a line: clocks, changes in per cent, folds, others by measure."""
    measure = check.reading.measure
    if check.ratio_to is not None:
        return "ratio"
    if measure in CLOCKS:
        return "clock"
    return {"relative_change": "change", "fall": "change", "peak_fold": "fold"}.get(
        measure, measure
    )


def line_in_dose(values: np.ndarray, doses: np.ndarray, wanted: np.ndarray) -> float:
    """Least squares of values on (1, area fraction, depth) of (n, 2) doses, at `wanted`."""
    design = np.column_stack([np.ones(len(doses)), doses])
    found, *_ = np.linalg.lstsq(design, values, rcond=None)
    return float(found @ np.concatenate([[1.0], wanted]))


def predictions_from_dose(judged: list[RowVerdict]) -> dict[int, float]:
    """What a line in area fraction and depth, drawn through the observed values of other rows of
    the same kind, predicts for every check with a value and a dose; by id() of the CheckVerdict.
    A clock's line is drawn in log hours. Without enough other values: their mean."""
    found = {}
    items = sorted(
        (
            (_kind(one.check), row.row.id, k, one)
            for row in judged
            if row.scored
            for k, one in enumerate(row.checks)
            if one.holds is not None
            and one.dose is not None
            and one.check.two_sided
            and one.check.observed is not None
        ),
        key=lambda item: item[:3],
    )
    for kind, group in groupby(items, key=lambda item: item[0]):
        members = [(row, one) for _, row, _, one in group]
        there: Any = np.log if kind == "clock" else np.asarray
        back: Any = np.exp if kind == "clock" else np.asarray
        for row, one in members:
            others = [other for name, other in members if name != row]
            if not others:
                continue
            values = there(np.array([other.check.observed.value for other in others]))
            if len(others) < LEAST_FOR_LINE:
                found[id(one)] = float(back(values.mean()))
            else:
                found[id(one)] = float(
                    back(
                        line_in_dose(
                            values, np.array([other.dose for other in others]), np.array(one.dose)
                        )
                    )
                )
    return found


# ------------------------------------------------------------------ intervals


def predictive_share(value: Value, observed: float, error: float) -> float:
    """Share of the draws, each with the sampling error of the observation about it, that lies
    below the observed value [0-1]."""
    good = np.isfinite(value.draws)
    weights = value.weights[good] / value.weights[good].sum()
    return float(weights @ norm.cdf(observed, value.draws[good], error))


def covers(value: Value, observed: float, error: float | None, level: float) -> bool:
    """Whether the central interval of the draws holds an observed value."""
    if error:
        return bool(abs(predictive_share(value, observed, error) - 0.5) <= 0.5 * level)
    low, high = value.interval(level)
    return bool(low <= observed <= high)


def interval_score(low: float, high: float, observed: float, level: float = 0.9) -> float:
    """Width of a central interval, and 2/(1 - level) times the distance by which it misses
    (Gneiting and Raftery, J Am Stat Assoc 2007;102:359-378, eq. 43)."""
    miss = max(low - observed, observed - high, 0.0)
    return high - low + 2.0 / (1.0 - level) * miss


# ------------------------------------------------------------------ all of it


def _valued(rows: list[RowVerdict]) -> list[CheckVerdict]:
    """Scored checks with an observed value and an interval of the same quantity: draws of a share of
    patients say whether the middle one is among them."""
    return [
        one
        for row in rows
        for one in row.checks
        if one.holds is not None
        and one.value is not None
        and one.check.observed is not None
        and one.value.interval() is not None
        and one.check.reading.measure not in OVER_PERSONS
    ]


def score(judged: list[RowVerdict]) -> Score:
    """What the scored rows add up to."""
    rows = [one for one in judged if one.scored]
    checks = [one for row in rows for one in row.checks if one.holds is not None]
    by_topic: dict[str, list[Check]] = {}
    for row in rows:
        by_topic.setdefault(row.row.topic, []).extend(one.check for one in row.checks)
    from_dose = predictions_from_dose(rows)
    over_null, over_dose, null_rows = [], [], []
    for row in rows:
        null_holds = []
        for one in (one for one in row.checks if one.holds is not None):
            null = null_reading(one.check, by_topic[row.row.topic])
            if null is not None:
                null_holds.append(holds(one.check, null))
            if one.value is not None:
                over_null.append(_squares(one.check, one.value.central, null))
                over_dose.append(_squares(one.check, one.value.central, from_dose.get(id(one))))
        if null_holds:
            null_rows.append(all(null_holds))
    valued = _valued(rows)
    scores, widths = [], []
    for one in valued:
        low, high = one.value.interval()
        width = 2.0 * max(one.check.half_width or 0.0, 1e-12)
        scores.append(interval_score(low, high, one.check.observed.value) / width)
        widths.append((high - low) / width)
    return Score(
        agreement(rows),
        agreement([one for one in rows if one.row.built_with]),
        agreement([one for one in rows if not one.row.built_with]),
        Count(sum(bool(one.holds) for one in checks), len(checks)),
        Count(sum(null_rows), len(null_rows)),
        _skill([pair for pair in over_null if pair]),
        _skill([pair for pair in over_dose if pair]),
        {
            level: Count(
                sum(
                    covers(one.value, one.check.observed.value, one.check.observed.error, level)
                    for one in valued
                ),
                len(valued),
            )
            for level in LEVELS
        },
        sum(bool(one.check.observed.error) for one in valued),
        (float(np.mean(scores)), float(np.median(scores))) if scores else (math.nan, math.nan),
        float(np.median(widths)) if widths else math.nan,
    )


# ------------------------------------------------------------------ draws and resolution


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
    return others & np.all(
        [[holds(one.check, float(x)) for x in one.value.draws] for one in drawn], axis=0
    )


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


@dataclass(frozen=True)
class GridError:
    """Error of grid and time of a scored reading: of the usual runs and of those used for fitting
    and draws, and both over what `neocol.validation.judge.scale_of` gives."""

    row: str
    check: Check
    usual: float
    drawn: float
    usual_share: float
    drawn_share: float

    @property
    def small(self) -> bool:
        """Below a fifth at the resolution used for fitting."""
        return self.drawn_share < LARGEST_ERROR


def grid_errors(judged: list[RowVerdict]) -> list[GridError]:
    """Of every scored reading whose fine run was made, as a run of its own."""
    found = []
    for row in (one for one in judged if one.scored):
        for one in row.checks:
            value = one.value
            if (
                one.holds is None
                or value is None
                or not (math.isfinite(value.central_error) and math.isfinite(value.error))
            ):
                continue
            scale = scale_of(one.check, value)
            usual, drawn = (
                abs(x) / scale if scale > 0.0 else math.inf if x else 0.0
                for x in (value.central_error, value.error)
            )
            found.append(
                GridError(row.row.id, one.check, value.central_error, value.error, usual, drawn)
            )
    return found


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
