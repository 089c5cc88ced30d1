"""What a scenario may say: models, devices, sites and declared ranges, as the program tells them.

Nothing of it is written down here: models come from `neocol model describe --json`, names from
`neocol list`, conditions and thicknesses from site files, needles from device files.
"""
from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import tomllib


@dataclass(frozen=True)
class Parameter:
    """A parameter of a model: value and declared range in `unit`, or the options of a switch."""

    name: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    logarithmic: bool = False
    options: tuple[str, ...] = ()

    def text(self, value: float) -> str:
        """A value as the scenario file takes it."""
        return f"{value:.9g}" if self.unit == "1" else f"{value:.9g} {self.unit}"


@dataclass
class Model:
    """A model, and what its runs are judged by."""

    name: str
    source: str  # as a scenario names it
    told: dict = field(repr=False)

    @cached_property
    def parameters(self) -> list[Parameter]:
        found = [
            Parameter(
                p["name"],
                p["value"],
                p["unit"],
                p.get("low"),
                p.get("high"),
                p["distribution"].startswith("log"),
                tuple(f"{v:.9g}" for v in p.get("options", ())),
            )
            for p in self.told["parameters"]
        ]
        return found + [
            Parameter(s["name"], 0.0, "1", options=tuple(s["options"]))
            for s in self.told["switches"]
        ]

    @cached_property
    def species(self) -> dict[str, dict]:
        return {s["name"]: s for s in self.told["species"]}

    @cached_property
    def bounds(self) -> dict[str, dict]:
        return {b["name"]: b for b in self.told["bounds"]}

    @cached_property
    def observables(self) -> dict[str, dict]:
        return {o["name"]: o for o in self.told["observables"]}

    @cached_property
    def outcomes(self) -> dict[str, dict]:
        return {o["name"]: o for o in self.told["outcomes"]}

    @property
    def has_skin(self) -> bool:
        return bool(self.told["properties"])

    @property
    def is_wounded(self) -> bool:
        return bool(self.told["injury"])


@dataclass(frozen=True)
class Site:
    name: str
    conditions: tuple[str, ...]
    layers: tuple[str, ...]
    thickness: float  # of all layers [mm]


@dataclass(frozen=True)
class Device:
    name: str
    needle_lengths: tuple[str, ...]
    has_passes: bool


class Program:
    """The program under test."""

    def __init__(self, path: str, sources: Path) -> None:
        self.path, self.sources = path, sources

    def say(self, *words: str) -> str:
        done = subprocess.run([self.path, *words], capture_output=True, text=True, timeout=900)
        if done.returncode != 0:
            raise RuntimeError(
                f"neocol {' '.join(words)}: exit code {done.returncode}\n" f"{done.stderr}"
            )
        return done.stdout

    def names(self, kind: str) -> list[str]:
        return re.findall(r"^  (\S+)", self.say("list", kind), re.MULTILINE)

    def model(self, source: str) -> Model:
        told = json.loads(self.say("model", "describe", source, "--json"))
        return Model(told["name"], source, told)

    @cached_property
    def models(self) -> dict[str, Model]:
        """All models that are shipped, by name."""
        return {name: self.model(name) for name in self.names("models")}

    @cached_property
    def sites(self) -> list[Site]:
        found = []
        for name in self.names("sites"):
            told = tomllib.loads((self.sources / f"models/skin/{name}.toml").read_text())
            thickness = sum(
                float(layer["thickness"].removesuffix(" mm")) for layer in told["layer"]
            )
            found.append(
                Site(
                    name,
                    ("normal", *told.get("condition", {})),
                    tuple(layer["name"] for layer in told["layer"]),
                    thickness,
                )
            )
        return found

    @cached_property
    def devices(self) -> list[Device]:
        found = []
        for name in self.names("devices"):
            told = tomllib.loads((self.sources / f"models/devices/{name}.toml").read_text())
            found.append(Device(name, tuple(told["needle_lengths"]), told["kind"] == "roller"))
        return found
