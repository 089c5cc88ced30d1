"""Claims as their files state them (models/indications/claims/*.toml)."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomllib
from neocol.errors import InputError
from neocol.quantities import as_setting

FORMAT = 1
WAYS = ("relative", "difference", "value")
STANDINGS = ("measure", "index")
KEYS = {
    "claim": str,
    "condition": str,
    "mechanism": str,
    "scenario": str,
    "untreated": dict,
    "effect": dict,
    "cuts": dict,
    "cuts_source": str,
    "standing": str,
    "harm": list,
    "trials": list,
    "knock_out": dict,
    "untested": str,
}
REQUIRED = ("claim", "condition", "mechanism", "scenario", "effect", "cuts", "cuts_source")


@dataclass(frozen=True)
class Effect:
    """What is read: an outcome of the treated skin beside that of its twin.

    way     relative [%]: treated over twin, less one; difference: treated less twin; value: treated
    better  "up" or "down"
    unit    of the effect
    """

    outcome: str
    way: str
    better: str
    unit: str

    def of(self, treated: float, twin: float) -> float:
        """The effect, positive or negative as the outcome is; NaN where it has no number."""
        if self.way == "value":
            return treated
        if self.way == "difference":
            return treated - twin
        return 100.0 * (treated / twin - 1.0) if twin != 0.0 else float("nan")


@dataclass(frozen=True)
class Harm:
    """An outcome that gets worse, and the size from which on it is told."""

    label: str
    effect: Effect
    size: float

    def is_done(self, change: float) -> bool:
        """Whether a change of the outcome is harm of a size that counts."""
        worse = -change if self.effect.better == "up" else change
        return worse >= self.size


@dataclass(frozen=True)
class Trial:
    """What a trial says; `effect`, where it can be compared: low and high, in the claim's unit."""

    row: str
    says: str
    effect: tuple[float, float] | None = None


@dataclass(frozen=True)
class Claim:
    """A claim, the skin it is made of, what is run and what is read.

    untreated  settings of the twin; none where the effect is the treated skin's own value
    cuts       smallest effect that is called small, moderate, large, in the effect's unit
    standing   measure: there is data beside the reading; index: there is none
    knock_out  settings that stop what is said to be the cause, and what they mean
    """

    name: str
    group: str
    claim: str
    condition: str
    mechanism: str
    scenario: str
    effect: Effect
    cuts: tuple[float, float, float]
    cuts_source: str
    standing: str = "index"
    untreated: tuple[tuple[str, str], ...] = ()
    harms: tuple[Harm, ...] = ()
    trials: tuple[Trial, ...] = ()
    knock_out: tuple[tuple[str, str], ...] = ()
    without: str = ""
    untested: str = ""

    def outcomes(self) -> set[str]:
        """All that is read of its runs."""
        return {self.effect.outcome, *(harm.effect.outcome for harm in self.harms)}


class _Table:
    """A table of a claims file: what is taken of it has the right kind, and nothing is left."""

    def __init__(self, entries: Mapping[str, Any], place: str) -> None:
        self._entries, self._place = dict(entries), place

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        value = self._entries.pop(key, default)
        if value is None:
            raise InputError(f"{self._place}: '{key}' is missing")
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(f"{self._place}: '{key}' is of the wrong kind")
        return value

    def choice(self, key: str, options: tuple[str, ...], default: str | None = None) -> str:
        value = self.take(key, str, default)
        if value not in options:
            raise InputError(f"{self._place}: {key} = '{value}'; one of {', '.join(options)}")
        return value

    def rest(self) -> dict[str, Any]:
        left, self._entries = self._entries, {}
        return left

    def end(self) -> None:
        if self._entries:
            raise InputError(f"{self._place}: unknown key '{next(iter(self._entries))}'")


def _settings(entries: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((key, as_setting(value)) for key, value in entries.items())


def _effect(entries: Mapping[str, Any], place: str) -> Effect:
    table = _Table(entries, place)
    effect = Effect(
        table.take("outcome", str),
        table.choice("as", WAYS),
        table.choice("better", ("up", "down")),
        table.take("unit", str),
    )
    table.end()
    return effect


def _harm(entries: Mapping[str, Any], place: str) -> Harm:
    table = _Table(entries, place)
    worse = table.choice("worse", ("up", "down"))
    harm = Harm(
        table.take("label", str),
        Effect(
            table.take("outcome", str),
            table.choice("as", WAYS),
            "down" if worse == "up" else "up",
            table.take("unit", str),
        ),
        float(table.take("from", (int, float))),
    )
    table.end()
    return harm


def _trial(entries: Mapping[str, Any], place: str) -> Trial:
    table = _Table(entries, place)
    given = table.take("effect", list, [])
    if given and (len(given) != 2 or not all(isinstance(end, (int, float)) for end in given)):
        raise InputError(f"{place}: 'effect' is a list of two numbers, the lower first")
    effect = (float(given[0]), float(given[1])) if given else None
    if effect is not None and effect[0] > effect[1]:
        raise InputError(f"{place}: 'effect' ends below its start")
    trial = Trial(table.take("row", str), table.take("says", str), effect)
    table.end()
    return trial


def _claim(name: str, group: str, entries: Mapping[str, Any], place: str) -> Claim:
    for key in REQUIRED:
        if key not in entries:
            raise InputError(f"{place}: '{key}' is missing")
    table = _Table(entries, place)
    taken = {key: table.take(key, kind) for key, kind in KEYS.items() if key in entries}
    table.end()
    cuts = _Table(taken["cuts"], f"{place}, cuts")
    sizes = tuple(float(cuts.take(key, (int, float))) for key in ("small", "moderate", "large"))
    cuts.end()
    if not 0.0 < sizes[0] <= sizes[1] <= sizes[2]:
        raise InputError(f"{place}: cuts are above 0, small <= moderate <= large")
    if taken.get("standing", "index") not in STANDINGS:
        raise InputError(f"{place}: standing is one of {', '.join(STANDINGS)}")
    knock_out = _Table(taken.get("knock_out", {}), f"{place}, knock_out")
    without = knock_out.take("says", str) if "knock_out" in taken else ""
    return Claim(
        name,
        group,
        taken["claim"],
        taken["condition"],
        taken["mechanism"],
        taken["scenario"],
        _effect(taken["effect"], f"{place}, effect"),
        (sizes[0], sizes[1], sizes[2]),
        taken["cuts_source"],
        taken.get("standing", "index"),
        _settings(taken.get("untreated", {})),
        tuple(_harm(one, f"{place}, harm") for one in taken.get("harm", [])),
        tuple(_trial(one, f"{place}, trials") for one in taken.get("trials", [])),
        _settings(knock_out.rest()),
        without,
        taken.get("untested", ""),
    )


def read_claims(folder: str | Path) -> list[Claim]:
    """Claims of all files of a folder, in the order of the files' names.

    Raises InputError with file and claim, OSError.
    """
    found: list[Claim] = []
    for path in sorted(Path(folder).glob("*.toml")):
        try:
            with open(path, "rb") as file:
                content = tomllib.load(file)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"{path}: {error}") from None
        if content.get("format") != FORMAT:
            raise InputError(f"{path}: format {content.get('format')}; this program reads {FORMAT}")
        for name, entries in content.get("claim", {}).items():
            place = f"{path}, claim '{name}'"
            if any(one.name == name for one in found):
                raise InputError(f"{place}: another file has a claim of this name")
            found.append(_claim(name, path.stem, entries, place))
    if not found:
        raise InputError(f"{folder}: no claims there")
    return found
