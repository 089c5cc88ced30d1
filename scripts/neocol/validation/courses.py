"""Wound-healing time courses and the ladder of qualitative tests, beside the rows.

The curves are models/microneedling/validation/time_courses.csv: digitised by others from published figures, some
of them schematic, good to a quarter.
"""
from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from neocol.validation.runs import Run

LARGEST_RMS = 0.15
CURVES = {  # curve: (observable, how it is normalised, what it is)
    "neutrophils": ("wound_neutrophils", "peak", "neutrophils in the bed"),
    "macrophages": ("wound_macrophages", "peak", "macrophages in the bed"),
    "inflammation": ("wound_inflammation", "peak", "pro-inflammatory signal in the bed"),
    "myofibroblasts": ("wound_myofibroblasts", "peak", "myofibroblasts in the bed"),
    "collagen": ("wound_collagen", "last", "collagen of the bed relative to day 28"),
    "closure": ("wound_open", "closed", "share of the wound covered"),
}


@dataclass(frozen=True)
class Course:
    """A published curve and the model's at the same days; `rms` is their distance."""

    name: str
    meaning: str
    days: np.ndarray
    observed: np.ndarray
    simulated: np.ndarray
    time: np.ndarray  # the model's whole course
    course: np.ndarray

    @property
    def rms(self) -> float:
        return float(np.sqrt(np.mean((self.observed - self.simulated) ** 2)))

    @property
    def holds(self) -> bool:
        return self.rms < LARGEST_RMS


def read_curves(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Days and values by curve."""
    found: dict[str, list[tuple[float, float]]] = {}
    with open(path, newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["curve"], []).append((float(line["day"]), float(line["value"])))
    return {
        name: (np.array([d for d, _ in pairs]), np.array([v for _, v in pairs]))
        for name, pairs in found.items()
    }


def normalised(run: Run, observable: str, how: str, last_day: float) -> np.ndarray:
    """An observable as the curves give it: relative to its peak, to the last day, or as closure."""
    values = run.series(observable)
    if how == "closed":
        return 1.0 - values / max(values.max(), 1e-300)
    if how == "last":
        # The bed's first collagen is what the wound left behind, not what was laid down.
        values = values - values[run.time > 0.0][0]
        return values / max(float(np.interp(last_day, run.time, values)), 1e-300)
    within = values[run.time <= last_day]
    return values / max(float(within.max()), 1e-300)


def courses(run: Run, curves: dict[str, tuple[np.ndarray, np.ndarray]]) -> list[Course]:
    """Every published curve beside the run of a punch wound."""
    found = []
    wounded = run.time > 0.0  # the record before the wound has no bed
    for name, (days, observed) in curves.items():
        observable, how, meaning = CURVES[name]
        course = normalised(run, observable, how, days[-1])[wounded]
        time = run.time[wounded]
        found.append(
            Course(name, meaning, days, observed, np.interp(days, time, course), time, course)
        )
    return found
