"""What is wrong with how a scenario ended, by rules of the tests' own.

The program's numbers are taken (lowest values, residuals, extremes), its verdict is not: a case
that it calls complete has to keep every promise, one that it calls doubtful has to break one, and
whatever it refuses or gives up has to be named in the message.
"""
from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np
from drawing import Scenario
from vocabulary import Model

UNDERSHOOT = 1e-2  # share of tolerance times scale that a species may fall below zero
RESIDUAL = 1e-8  # share of its turnover that a budget may leave open
SAVED = 1e-6  # share that a value loses where it is stored in single precision

STATUSES = ("complete", "doubtful", "failed", "invalid", "timed_out")


@dataclass
class Ending:
    """How a case ended: times [d], observables [n] and what `--details` tells of it."""

    status: str
    message: str = ""
    times: np.ndarray = field(default_factory=lambda: np.zeros(0))
    after_jump: np.ndarray = field(default_factory=lambda: np.zeros(0))
    observables: dict[str, np.ndarray] = field(default_factory=dict)
    details: dict = field(default_factory=dict)
    sessions: np.ndarray = field(default_factory=lambda: np.zeros(0))


def allowance(species: dict, tolerance: float) -> float:
    """How far below zero a species may be."""
    return UNDERSHOOT * tolerance * species["scale"]


def broken_promises(model: Model, scenario: Scenario, ending: Ending) -> list[str]:
    """What keeps an ending with values from being complete."""
    found = []
    for name, values in ending.observables.items():
        if not np.all(np.isfinite(values)):
            found.append(f"observable '{name}' is not finite")
    for name, value in ending.details["outcomes"].items():
        if value is None:
            found.append(f"outcome '{name}' is not finite")
    for name, lowest in ending.details["lowest"].items():
        species = model.species[name]
        if species.get("signed") or species.get("quasi_steady"):
            continue
        if lowest is None or lowest < -(1.0 + 1e-9) * allowance(species, scenario.tolerance):
            found.append(f"species '{name}' fell to {lowest}")
    for name, residual in ending.details["residual"].items():
        if residual is None or abs(residual) > RESIDUAL:
            found.append(f"the budget of '{name}' leaves {residual} open")
    for name, (lowest, highest, _) in ending.details["bounds"].items():
        bound = model.bounds[name]
        slack = 1e-9 * max(abs(bound.get("at_least", 0.0)), abs(bound.get("at_most", 0.0)))
        if lowest is None or highest is None:
            found.append(f"bound '{name}' is not finite")
        elif (
            lowest < bound.get("at_least", -math.inf) - slack
            or highest > bound.get("at_most", math.inf) + slack
        ):
            found.append(f"bound '{name}' was {lowest} to {highest}")
    return found


def _wrong_records(model: Model, scenario: Scenario, ending: Ending) -> list[str]:
    """What no ending with values may have, complete or doubtful."""
    found = []
    until = ending.details["reached"]
    if len(ending.times) == 0:
        return ["has no record"]
    if abs(ending.times[-1] - until) > 1e-9 * max(1.0, until):
        found.append(f"ends on day {ending.times[-1]} and reached {until}")
    steps = np.diff(ending.times)
    if np.any(steps < 0.0) or np.any((steps == 0.0) & (ending.after_jump[1:] == 0)):
        found.append("times do not rise")
    if set(ending.observables) != set(model.observables):
        found.append("not all observables are there")
    return found


def _negative_observables(model: Model, scenario: Scenario, ending: Ending) -> list[str]:
    """Means of a species that are below zero, though the species may not be."""
    found = []
    for name, values in ending.observables.items():
        told = model.observables[name]
        species = model.species.get(told["value"])
        if (
            species is None
            or species.get("signed")
            or species.get("quasi_steady")
            or told["unit"] != species["unit"]
            or "total" in told["taken_as"]
        ):
            continue
        lowest = float(np.min(values))
        if lowest < -(1.0 + 1e-9) * allowance(species, scenario.tolerance):
            found.append(f"observable '{name}' is {lowest}")
    return found


def _said(model: Model, scenario: Scenario, message: str) -> bool:
    """Whether a message names something of the scenario or the model."""
    words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", message))
    keys = {part for key in scenario.settings for part in re.split(r"\W+", key)}
    names = {
        *model.species,
        *model.bounds,
        *model.observables,
        *model.outcomes,
        *(p.name for p in model.parameters),
        "tolerance",
        "until",
        "spacing",
        "thickness",
        "geometry",
    }
    return bool(words & ((keys | names) - {"", "parameters", "run", "output", "domain"}))


def faults(model: Model, scenario: Scenario, ending: Ending) -> list[str]:
    """What is wrong with an ending; nothing for what is as promised."""
    if ending.status not in STATUSES:
        return [f"{ending.status}: {ending.message}"]
    message = ending.message.strip()
    if re.search(r"defect|terminate called|Sanitizer|runtime error|std::", message):
        return [f"{ending.status}: {message}"]
    if ending.status in ("complete", "doubtful"):
        found = _wrong_records(model, scenario, ending)
        broken = broken_promises(model, scenario, ending)
        if ending.status == "complete":
            return found + broken + _negative_observables(model, scenario, ending)
        if not broken:
            found.append(f"is called doubtful and breaks nothing: {message}")
        if not _said(model, scenario, message):
            found.append(f"is doubtful and says nothing of use: {message!r}")
        return found
    if ending.status == "timed_out" and not scenario.is_beyond:
        return [f"within the ranges, and took too long: {message}"]
    if ending.status == "timed_out":
        return []
    if not message:
        return [f"{ending.status} without a word"]
    if not _said(model, scenario, message):
        return [f"{ending.status}, and names nothing to act on: {message}"]
    if ending.status == "failed" and not re.search(r"t = \S+ d|day \S+", message):
        return [f"failed, and does not say when: {message}"]
    return []


def field_faults(model: Model, scenario: Scenario, result, ending: Ending | None) -> list[str]:
    """What is wrong with a stored result (an h5py file): fields of every voxel, budgets.

    ending: of the same scenario in memory; its observables must be the same.
    """
    found = []
    status = result.attrs["status"]
    status = status.decode() if isinstance(status, bytes) else str(status)
    if ending is not None and ending.status in ("complete", "doubtful"):
        if status != ending.status:
            found.append(f"'neocol run' calls it {status}, in memory {ending.status}")
        for name, values in list(ending.observables.items())[:3]:
            last = values[ending.after_jump == 0.0][-1]
            if not np.array_equal(result[name][-1], last, equal_nan=True):
                found.append(
                    f"'{name}' ends at {result[name][-1]} by 'neocol run' and at {last} "
                    "in memory"
                )
    if status == "doubtful":
        return found
    for name, species in model.species.items():
        values = np.asarray(result["fields"][name][()], dtype=float)
        if len(species["layers"]) < len(model.told["layers"]) or species["location"] != "volume":
            values = values[~np.isnan(values)]  # of layers in which the species does not live
        if not np.all(np.isfinite(values)):
            found.append(f"field '{name}' is not finite")
        elif len(values) and not species.get("signed") and not species.get("quasi_steady"):
            lowest = float(values.min())
            if lowest < -(1.0 + SAVED) * allowance(species, scenario.tolerance):
                found.append(f"field '{name}' has {lowest}")
    residual = result["budget/residual"][()]
    if not np.all(np.abs(residual) <= RESIDUAL):
        found.append(f"the result stores a residual of {np.max(np.abs(residual))}")
    return found


# Observables that are shares, and those that tell how much there is to have a share of. An error of
# the amount within the tolerance is one of the share that grows as there is less: below a fiftieth
# of what rest holds, no share is promised.
AMOUNTS = {"collagen3_share": "collagen_papillary", "wound_collagen3_share": "wound_collagen"}
TRACE = 0.02


def _words(expression: str, model: Model) -> set[str]:
    """Names in an expression and in the functions without arguments that it reads."""
    functions = {
        one["name"]: one["value"] for one in model.told.get("functions", []) if not one["arguments"]
    }
    words: set[str] = set()
    left = [expression]
    while left:
        for word in set(re.findall(r"\w+", left.pop())) - words:
            words.add(word)
            if word in functions:
                left.append(functions[word])
    return words


def _judged(name: str, model: Model, finer: Ending) -> np.ndarray:
    """The records of the finer run at which an observable is held to the tolerance."""
    amount = finer.observables.get(AMOUNTS.get(name, name), finer.observables[name])
    if name not in AMOUNTS:
        return np.ones(len(amount), dtype=bool)
    is_relative = model.observables[AMOUNTS[name]]["unit"] == "1"  # to rest
    return amount >= TRACE * max(np.max(amount), 1.0 if is_relative else 0.0)


@dataclass(frozen=True)
class Distance:
    """How far two endings of one scenario are apart, in units of tolerance times scale."""

    worst: float
    of: str
    value: float  # of the finer run, where it is worst
    day: float


def distance(model: Model, scenario: Scenario, ending: Ending, finer: Ending) -> Distance:
    """Observables at the records that both have, and outcomes that are values of them.

    The scale of an observable is the largest size it takes, or that of the species that it is the
    mean or a sum of, where that is larger.
    """
    worst = Distance(0.0, "nothing", 0.0, 0.0)
    # Records of one moment are before and after its jump.
    mine = list(zip(ending.times.tolist(), ending.after_jump.tolist()))
    theirs = {key: k for k, key in enumerate(zip(finer.times.tolist(), finer.after_jump.tolist()))}
    both = [(k, theirs[key]) for k, key in enumerate(mine) if key in theirs]
    if len(both) < 2:
        return Distance(math.inf, "fewer than two records in common", 0.0, 0.0)
    rows, other_rows = (np.array(part) for part in zip(*both))
    scales = {}
    for name, values in ending.observables.items():
        told, fine = model.observables[name], finer.observables[name]
        scale = float(np.max(np.abs(fine)))
        for word in _words(told["value"], model):
            species = model.species.get(word)
            if species is not None and told["unit"] == species["unit"]:
                scale = max(scale, species["scale"])
        scales[name] = scale
        if scale == 0.0:
            continue
        apart = np.abs(values[rows] - fine[other_rows]) / (scenario.tolerance * scale)
        apart[~_judged(name, model, finer)[other_rows]] = 0.0
        k = int(np.argmax(apart))
        if apart[k] > worst.worst:
            worst = Distance(
                float(apart[k]), name, float(fine[other_rows[k]]), float(ending.times[rows[k]])
            )
    for name, value in ending.details["outcomes"].items():
        told = model.outcomes[name]
        other = finer.details["outcomes"].get(name)
        if (
            value is None
            or other is None
            or told["measure"] not in ("value", "change", "peak", "trough")
        ):
            continue
        if told["unit"] != model.observables[told["of"]]["unit"] or scales[told["of"]] == 0.0:
            continue
        apart = abs(value - other) / (scenario.tolerance * scales[told["of"]])
        if apart > worst.worst:
            worst = Distance(apart, f"outcome {name}", other, math.nan)
    return worst
