"""Rows and time courses as residuals of a calibration (neocol.calibration.least_squares.Problem)."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from neocol.parameters import Parameter, Sample
from neocol.validation.assays import NoQuantity
from neocol.validation.courses import CURVES, LARGEST_RMS, courses
from neocol.validation.readings import OVER_PERSONS, Bench, observables_of
from neocol.validation.rows import SMALLEST, Check, Row
from neocol.validation.runs import CaseError

ACCESS_WEIGHT = {"R": 1.0, "R/S": 0.75, "S/R": 0.75, "T": 1.0, "S": 0.5}
ANALOGUE_WEIGHT = 0.5
FAILED = 5.0  # residual of a run that failed
COURSE = ("punch_4mm", ())


def levelled(x: float) -> float:
    """x up to 1, then 1 + ln x: a row far out still pulls, but does not rule the rest."""
    return x if abs(x) <= 1.0 else math.copysign(1.0 + math.log(abs(x)), x)


def margin(check: Check, reading: float) -> float:
    """Signed distance of a reading from what is accepted; NaN where there is none.

    Closed bracket: from its middle in half widths. Sign, order, open bracket: from the edge, above
    0 where it does not hold.
    """
    if math.isnan(reading):
        return math.nan
    if check.sign:
        return 2.0 * SMALLEST - check.sign * reading
    if check.larger_than is not None:
        return (check.by - min(reading, 1e3)) / 0.1
    if check.centre is not None:
        return (reading - check.centre) / max(check.half_width, 1e-12)
    if math.isfinite(check.high):
        return (reading - check.high) / max(0.25 * abs(check.high), 1e-12)
    return (check.low - reading) / max(0.25 * abs(check.low), 1e-12)


def one_sided(check: Check) -> bool:
    """Whether only one side of its edge is a misfit."""
    return bool(check.sign) or check.larger_than is not None or check.centre is None


def levelled_margin(one_side: bool, found: float) -> float:
    """Residual of a margin; FAILED where there is none."""
    if math.isnan(found):
        return FAILED
    return levelled(max(0.0, found) if one_side else found)


def residual(check: Check, reading: float) -> float:
    """0 in the middle of a closed bracket and 1 at its edge; 0 where an open one or a sign holds,
    growing with the distance from it."""
    return levelled_margin(one_sided(check), margin(check, reading))


def weight(row: Row, check: Check) -> float:
    """Of one residual: evidence of the row, shared among its checks."""
    access = ACCESS_WEIGHT.get(row.observed.get("access", "R"), 0.5)
    analogue = ANALOGUE_WEIGHT if row.analogue else 1.0
    return math.sqrt(check.weight * access * analogue / max(len(row.checks), 1))


def unit_of(parameter: Parameter, value: float) -> float:
    """Share of the declared distribution below a value."""
    if parameter.logarithmic:
        return math.log(value / parameter.low) / math.log(parameter.high / parameter.low)
    return (value - parameter.low) / (parameter.high - parameter.low)


@dataclass(frozen=True)
class Item:
    """One residual: a check of a row, or a point of a time course (row "courses")."""

    name: str
    row: str
    topic: str
    weight: float
    check: Check | None = None
    course: tuple[str, int] | None = None


class RowProblem:
    """Rows and time courses as a function of chosen parameters; see neocol.calibration.least_squares.Problem."""

    def __init__(
        self,
        bench: Bench,
        rows: list[Row],
        parameters: list[Parameter],
        curves: dict[str, tuple[np.ndarray, np.ndarray]],
        progress=None,
    ) -> None:
        self.bench, self.parameters, self.curves = bench, parameters, curves
        self.progress = progress
        self.start = np.array([unit_of(p, p.value) for p in parameters])
        self.sources = list(
            dict.fromkeys(
                [*(one for row in rows for one in row.sources()), *([COURSE] if curves else [])]
            )
        )
        bench.run(self.sources, None, progress)  # as declared: what the model can give at all
        self.items = self._items(rows)
        self.observables = self._observables()
        self.topics = np.array([item.topic for item in self.items])
        self.weights = np.array([item.weight for item in self.items])

    def _observables(self) -> set[str]:
        """What the draws are run for."""
        return observables_of(
            part for item in self.items if item.check is not None for part in item.check.readings()
        ) | ({CURVES[name][0] for name in self.curves})

    def _items(self, rows: list[Row]) -> list[Item]:
        items = [
            Item(f"{row.id} {check.label}", row.id, row.topic, weight(row, check), check)
            for row in rows
            for check in row.checks
            if row.status in ("testable", "if_modelled")
            and check.reading.measure not in OVER_PERSONS
            and self._has(check)
        ]
        for name, (days, _) in self.curves.items():
            share = math.sqrt(0.5 / len(days))  # a curve counts as half a row
            items += [
                Item(f"{name} day {day:g}", "courses", "6", share, None, (name, k))
                for k, day in enumerate(days)
            ]
        return items

    def _has(self, check: Check) -> bool:
        """Whether the model gives the reading at all: asked of the runs made as declared."""
        try:
            self.bench.combined(check, -1)
        except NoQuantity:
            return False
        except CaseError:
            return True
        return True

    def sample(self, points: np.ndarray, weights: np.ndarray | None = None) -> Sample:
        """Parameter values of points (k, n) on the unit cube."""
        values = np.array(
            [
                [float(f"{p.quantile(u):.6g}") for p, u in zip(self.parameters, line)]
                for line in points
            ]
        )
        n = len(points)
        return Sample(
            tuple(p.name for p in self.parameters),
            tuple(p.unit for p in self.parameters),
            values,
            np.full(n, 1.0 / n) if weights is None else weights,
            "calibration",
        )

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """(k, n) points to (k, m) weighted residuals."""
        return self.shaped(self.margins(points))

    def shaped(self, margins: np.ndarray) -> np.ndarray:
        """Margins (k, m) to weighted residuals, each as `levelled_margin`."""
        sides = np.array([item.check is not None and one_sided(item.check) for item in self.items])
        x = np.where(sides, np.maximum(margins, 0.0), margins)
        far = np.maximum(np.abs(x), 1.0)
        x = np.where(np.abs(x) <= 1.0, x, np.sign(x) * (1.0 + np.log(far)))
        return np.where(np.isnan(margins), FAILED, x) * self.weights

    def margins(self, points: np.ndarray) -> np.ndarray:
        """(k, n) points to (k, m) margins; NaN where a run failed."""
        points = np.asarray(points)
        return self.margins_of(self.sample(points))

    def margins_of(self, sample: Sample) -> np.ndarray:
        """(draws, m) margins of a sample of any parameters."""
        self.bench.run(
            self.sources,
            sample,
            self.progress,
            declared=False,
            draw_knobs=False,
            observables=self.observables,
        )
        return np.array([self._line(k) for k in range(len(sample))])

    def _line(self, k: int) -> np.ndarray:
        at_days = {}
        if self.curves:
            run = self.bench.runs[COURSE, k]
            if not isinstance(run, CaseError):
                at_days = {
                    course.name: (course.simulated - course.observed) / LARGEST_RMS
                    for course in courses(run, self.curves)
                }
        found = []
        for item in self.items:
            if item.course is not None:
                name, day = item.course
                found.append(at_days[name][day] if name in at_days else math.nan)
                continue
            try:
                found.append(margin(item.check, self.bench.combined(item.check, k)))
            except (CaseError, NoQuantity):
                found.append(math.nan)
        return np.array(found)
