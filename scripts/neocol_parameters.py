"""Parameters of a model file, draws from their declared distributions, and shipped samples.

    parameters = read_parameters("models/microneedling.toml")
    draws = draw(parameters, 32, seed=1)     # or read_sample("models/microneedling/sample.csv")
    draws.settings(0)                        # {"parameters.K_1": "1.7 ng/mL", ...}
"""
from __future__ import annotations

import csv
import math
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.stats import qmc

from neocol_output import text_file
from neocol_units import conversion_factor


class ParameterError(ValueError):
    """A parameter or sample that cannot be read or set."""


@dataclass(frozen=True)
class Parameter:
    """A parameter as declared; low and high are in the unit of value, NaN if not declared."""

    name: str
    value: float
    unit: str
    low: float = math.nan
    high: float = math.nan
    distribution: str = ""
    evidence: str = ""
    meaning: str = ""
    varies: bool = False  # by age, layer, phototype ...

    @property
    def ranged(self) -> bool:
        """Whether it declares a distribution."""
        return self.low < self.high and bool(self.distribution)

    @property
    def drawn(self) -> bool:
        """Whether its uncertainty is drawn: not if it follows from a definition or describes the
        set-up, and not if one value would take away how it varies."""
        return self.ranged and not self.varies and self.evidence != "derived"

    @property
    def logarithmic(self) -> bool:
        return self.distribution == "loguniform" and self.low > 0.0

    def quantile(self, share: float) -> float:
        """Value below which the share of the declared distribution lies."""
        if self.logarithmic:
            return self.low * (self.high / self.low) ** share
        return self.low + (self.high - self.low) * share

    def text(self, value: float) -> str:
        """As a scenario writes it."""
        return f"{value:.9g} {self.unit}".strip() if self.unit not in ("", "1") else f"{value:.9g}"


QUANTITY = re.compile(r"^\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")


def quantity(given: str | float) -> tuple[float, str]:
    """Number and unit: "0.3 d-1" is (0.3, "d-1")."""
    if isinstance(given, (int, float)):
        return float(given), "1"
    match = QUANTITY.match(given)
    if not match:
        raise ParameterError(f"'{given}' is not a number with a unit")
    return float(match.group(1)), match.group(2) or "1"


def read_parameters(path: str | Path) -> dict[str, Parameter]:
    """All parameters of a model file, in its order."""
    with open(path, "rb") as file:
        tables = tomllib.load(file).get("parameter", {})
    found = {}
    for name, entry in tables.items():
        if "value" not in entry:
            continue
        value, unit = quantity(entry["value"])
        ends = [math.nan, math.nan]
        for k, end in enumerate(entry.get("range", ())):
            number, end_unit = quantity(end)
            ends[k] = number * conversion_factor(end_unit, unit)
        found[name] = Parameter(name, value, unit, ends[0], ends[1], entry.get("distribution", ""),
                                entry.get("evidence", ""), entry.get("meaning", ""),
                                "by" in entry)
    return found


def read_switches(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Options of every switch of a model file, the declared one first."""
    with open(path, "rb") as file:
        tables = tomllib.load(file).get("switch", {})
    return {name: (entry["value"], *(one for one in entry["options"] if one != entry["value"]))
            for name, entry in tables.items()}


@dataclass(frozen=True)
class Sample:
    """Weighted draws: values (draw, parameter) in the parameters' units; weights add up to 1.

    choices: of switches, the option in every draw.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    values: np.ndarray
    weights: np.ndarray
    origin: str = ""
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.weights)

    def settings(self, draw_index: int) -> dict[str, str]:
        """What to set in a scenario for a draw."""
        return {f"parameters.{name}": f"{value:.9g} {unit}" if unit != "1" else f"{value:.9g}"
                for name, unit, value in zip(self.names, self.units, self.values[draw_index])} | {
                    f"parameters.{name}": options[draw_index]
                    for name, options in self.choices.items()}

    def head(self, n: int) -> "Sample":
        """The first n draws, weights renewed."""
        weights = self.weights[:n]
        return Sample(self.names, self.units, self.values[:n], weights / weights.sum(),
                      self.origin, {name: one[:n] for name, one in self.choices.items()})


def draw(parameters: dict[str, Parameter], n: int, seed: int = 1,
         names: list[str] | None = None) -> Sample:
    """Latin hypercube of n draws from the declared distributions, equal weights.

    Drawn are `names`, or all whose uncertainty is drawn (Parameter.drawn).
    """
    chosen = [p for p in parameters.values()
              if (p.name in names if names is not None else p.drawn)]
    for parameter in chosen:
        if not parameter.ranged:
            raise ParameterError(f"'{parameter.name}' declares no range to draw from")
    shares = qmc.LatinHypercube(len(chosen), seed=seed).random(n)
    values = np.array([[p.quantile(share) for p, share in zip(chosen, line)] for line in shares])
    return Sample(tuple(p.name for p in chosen), tuple(p.unit for p in chosen),
                  values.reshape(n, len(chosen)), np.full(n, 1.0 / n),
                  "declared distributions")


OPTION = "option"  # the unit of a switch's column
HEADER = re.compile(r"^(\w+) \[(.*)\]$")


def read_sample(path: str | Path) -> Sample:
    """A sample file: header `draw,weight,NAME [unit],...`, one draw a line."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = list(csv.reader(line for line in file if not line.startswith("#")))
    if len(lines) < 2 or lines[0][:2] != ["draw", "weight"]:
        raise ParameterError(f"{path}: a sample begins 'draw,weight,NAME [unit],...'")
    columns = [HEADER.match(cell) for cell in lines[0][2:]]
    if not all(columns):
        raise ParameterError(f"{path}: columns after 'weight' are written 'NAME [unit]'")
    switches = {k for k, c in enumerate(columns, 2) if c.group(2) == OPTION}
    numbered = [k for k in range(len(lines[0])) if k not in switches]
    try:
        numbers = np.array([[float(line[k]) for k in numbered] for line in lines[1:]])
    except (ValueError, IndexError):
        raise ParameterError(f"{path}: every line needs all columns, and numbers in them") from None
    weights = numbers[:, 1]
    plain = [c for c in columns if c.group(2) != OPTION]
    return Sample(tuple(c.group(1) for c in plain), tuple(c.group(2) for c in plain),
                  numbers[:, 2:], weights / weights.sum(), str(path),
                  {columns[k - 2].group(1): tuple(line[k] for line in lines[1:])
                   for k in sorted(switches)})


def write_sample(sample: Sample, path: str | Path, comment: str = "") -> None:
    """Writes a sample file that `read_sample`, `compare` and `validate` read."""
    with text_file(path, b"draw,weight,") as file:
        for line in comment.splitlines():
            file.write(f"# {line}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["draw", "weight", *(f"{name} [{unit}]" for name, unit
                                             in zip(sample.names, sample.units)),
                         *(f"{name} [{OPTION}]" for name in sample.choices)])
        for k, (weight, line) in enumerate(zip(sample.weights, sample.values)):
            writer.writerow([k, f"{weight:.6g}", *(f"{value:.6g}" for value in line),
                             *(options[k] for options in sample.choices.values())])
