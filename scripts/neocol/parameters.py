"""Parameters of a model file, draws from their declared distributions, and shipped samples.

    parameters = read_parameters("models/microneedling.toml")
    draws = draw(parameters, 32, seed=1)     # or read_sample("models/microneedling/sample.csv")
    draws.settings(0)                        # {"parameters.K_1": "1.7 ng/mL", ...}
"""
from __future__ import annotations

import csv
import functools
import math
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from neocol.core import compiled
from neocol.errors import InputError
from neocol.models import model
from neocol.output import text_file
from scipy.stats import qmc


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
    step: str = ""  # of a session, in which a clinician sets it

    @property
    def ranged(self) -> bool:
        """Whether it declares a distribution."""
        return self.low < self.high and bool(self.distribution)

    @property
    def drawn(self) -> bool:
        """Whether its uncertainty is drawn: not if it follows from a definition or describes the
        set-up, not if a clinician sets it, and not if one value would take away how it varies."""
        return self.ranged and not self.varies and not self.step and self.evidence != "derived"

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


@functools.lru_cache(maxsize=8)
def describe_model(name: str | Path) -> dict:
    """A model, by name or file, as `neocol model describe --json` gives it.

    Raises InputError with every fault at its place, FileError.
    """
    return model(name).description


def parameters_of(description: dict) -> dict[str, Parameter]:
    """All parameters of a model that was described, in its order."""
    return {
        entry["name"]: Parameter(
            entry["name"],
            entry["value"],
            entry["unit"],
            entry.get("low", math.nan),
            entry.get("high", math.nan),
            entry["distribution"],
            entry["evidence"],
            entry["meaning"],
            bool(entry["variations"]),
            entry["step"],
        )
        for entry in description["parameters"]
    }


def read_parameters(name: str | Path) -> dict[str, Parameter]:
    """All parameters of a model, by name or file, in its order."""
    return parameters_of(describe_model(name))


def models_folder() -> Path:
    """Folder of the models that come with neocol."""
    return Path(compiled().model_folders()[0])


@functools.lru_cache(maxsize=8)
def read_parameter_file(path: Path) -> dict[str, Parameter]:
    """Parameters of a file that holds nothing else, read as those of a model are.

    Raises InputError with every fault at its place.
    """
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(path, Path(folder) / path.name)
        alone = Path(folder) / "parameters_alone.toml"
        alone.write_text(
            f"""\
[model]
name = "parameters_alone"
title = "Parameters of {path.name}"
include = ["{path.name}"]
[species.nothing]
unit = "1"
scale = 1
meaning = "a model has one"
""",
            encoding="utf-8",
        )
        try:
            return read_parameters(alone)
        except InputError as error:
            raise InputError(str(error).replace(folder, str(path.parent))) from None


def switches_of(description: dict) -> dict[str, dict[str, str]]:
    """Options of every switch of a model that was described and what they mean, the declared one
    first."""
    found = {}
    for entry in description["switches"]:
        first = {entry["value"]: entry["options"][entry["value"]]}
        found[entry["name"]] = {**first, **entry["options"]}
    return found


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
        return {
            f"parameters.{name}": f"{value:.9g} {unit}" if unit != "1" else f"{value:.9g}"
            for name, unit, value in zip(self.names, self.units, self.values[draw_index])
        } | {f"parameters.{name}": options[draw_index] for name, options in self.choices.items()}

    def head(self, n: int) -> "Sample":
        """The first n draws, weights renewed."""
        weights = self.weights[:n]
        return Sample(
            self.names,
            self.units,
            self.values[:n],
            weights / weights.sum(),
            self.origin,
            {name: one[:n] for name, one in self.choices.items()},
        )


def draw(
    parameters: dict[str, Parameter], n: int, seed: int = 1, names: list[str] | None = None
) -> Sample:
    """Latin hypercube of n draws from the declared distributions, equal weights.

    Drawn are `names`, or all whose uncertainty is drawn (Parameter.drawn).
    """
    chosen = [p for p in parameters.values() if (p.name in names if names is not None else p.drawn)]
    for parameter in chosen:
        if not parameter.ranged:
            raise ParameterError(f"'{parameter.name}' declares no range to draw from")
    shares = qmc.LatinHypercube(len(chosen), seed=seed).random(n)
    values = np.array([[p.quantile(share) for p, share in zip(chosen, line)] for line in shares])
    return Sample(
        tuple(p.name for p in chosen),
        tuple(p.unit for p in chosen),
        values.reshape(n, len(chosen)),
        np.full(n, 1.0 / n),
        "declared distributions",
    )


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
    names = [column.group(1) for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"{path}: {', '.join(twice)} has two columns")
    switches = {k for k, c in enumerate(columns, 2) if c.group(2) == OPTION}
    numbered = [k for k in range(len(lines[0])) if k not in switches]
    try:
        numbers = np.array([[float(line[k]) for k in numbered] for line in lines[1:]])
    except (ValueError, IndexError):
        raise ParameterError(f"{path}: every line needs all columns, and numbers in them") from None
    weights = numbers[:, 1]
    if not np.isfinite(numbers).all() or (weights < 0).any() or not weights.sum() > 0:
        raise ParameterError(f"{path}: numbers are finite, weights 0 or more and not all of them 0")
    plain = [c for c in columns if c.group(2) != OPTION]
    return Sample(
        tuple(c.group(1) for c in plain),
        tuple(c.group(2) for c in plain),
        numbers[:, 2:],
        weights / weights.sum(),
        str(path),
        {columns[k - 2].group(1): tuple(line[k] for line in lines[1:]) for k in sorted(switches)},
    )


def write_sample(sample: Sample, path: str | Path, comment: str = "") -> None:
    """Writes a sample file that `read_sample`, `compare` and `validate` read."""
    with text_file(path, b"draw,weight,") as file:
        for line in comment.splitlines():
            file.write(f"# {line}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [
                "draw",
                "weight",
                *(f"{name} [{unit}]" for name, unit in zip(sample.names, sample.units)),
                *(f"{name} [{OPTION}]" for name in sample.choices),
            ]
        )
        for k, (weight, line) in enumerate(zip(sample.weights, sample.values)):
            writer.writerow(
                [
                    k,
                    f"{weight:.6g}",
                    *(f"{value:.6g}" for value in line),
                    *(options[k] for options in sample.choices.values()),
                ]
            )
