"""Numbers with units, as scenario files write them: `1.5 * neocol.mm`, `[1, 2] * neocol.week`."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import PurePath

from neocol.errors import ArgumentError


@dataclass(frozen=True)
class Quantity:
    """A number with its unit. The program checks and converts the unit where it is read."""

    number: float
    unit: str

    def __str__(self) -> str:
        return f"{self.number!r} {self.unit}"

    def __mul__(self, factor: float) -> Quantity:
        return Quantity(self.number * factor, self.unit)

    __rmul__ = __mul__


@dataclass(frozen=True)
class UnitOfMeasure:
    """A unit, by which numbers and lists of them are multiplied."""

    name: str

    __array_ufunc__ = None  # numpy leaves the product to this class

    def __rmul__(self, numbers):
        if isinstance(numbers, Real):
            return Quantity(float(numbers), self.name)
        if isinstance(numbers, Iterable) and not isinstance(numbers, str):
            return [self.__rmul__(number) for number in numbers]
        raise ArgumentError(f"{numbers!r} is no number and no list of numbers of {self.name}")

    __mul__ = __rmul__

    def __str__(self) -> str:
        return self.name


mm = UnitOfMeasure("mm")
um = UnitOfMeasure("um")
second = UnitOfMeasure("s")
minute = UnitOfMeasure("min")
hour = UnitOfMeasure("hour")
day = UnitOfMeasure("day")
week = UnitOfMeasure("week")
year = UnitOfMeasure("year")
per_cm2 = UnitOfMeasure("cm-2")
per_mm2 = UnitOfMeasure("mm-2")


def unit(name: str) -> UnitOfMeasure:
    """Any unit that scenario files know: `2 * neocol.unit("ng/mL")`."""
    return UnitOfMeasure(name)


def as_setting(value: object) -> str:
    """A value as `--set KEY=VALUE` takes it.

    Texts and paths stand as they are, numbers without a unit are plain numbers, lists and mappings
    are TOML's. Raises ArgumentError (a TypeError) for anything else.
    """
    if hasattr(value, "item") and not getattr(value, "shape", ()):
        value = value.item()  # of numpy
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, Quantity, PurePath)):
        return str(value)
    if isinstance(value, Real):
        whole = int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)
        return repr(whole)
    if isinstance(value, Mapping):
        entries = [f"{_quoted(str(key))} = {_in_list(item)}" for key, item in value.items()]
        return "{ " + ", ".join(entries) + " }"
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return "[" + ", ".join(map(_in_list, value)) + "]"
    raise ArgumentError(
        f"{value!r} cannot be a setting: a text, number, quantity, truth, list or mapping can, "
        'such as "2 week" or 2 * neocol.week'
    )


def _in_list(item: object) -> str:
    """A value inside a list or a mapping of TOML: texts are quoted there."""
    text = as_setting(item)
    return _quoted(text) if isinstance(item, (str, Quantity, PurePath)) else text


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
