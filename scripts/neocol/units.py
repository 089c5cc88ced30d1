"""Units as result files and measurement tables write them: conversion and spelling in figures.

Covers what neocol's own files use (products of powers with SI prefixes: `ng/mL`, `mg mm-3`,
`cell mm-3`, `cm-2`, `d`, `%`). The program itself converts with udunits-2; this is for reading.
"""
from __future__ import annotations

import re
from collections import Counter

# name: (factor, dimensions); lengths in m, masses in kg, times in s.
BASE: dict[str, tuple[float, dict[str, int]]] = {
    "m": (1.0, {"m": 1}),
    "g": (1e-3, {"kg": 1}),
    "s": (1.0, {"s": 1}),
    "L": (1e-3, {"m": 3}),
    "l": (1e-3, {"m": 3}),
    "M": (1e3, {"mol": 1, "m": -3}),
    "mol": (1.0, {"mol": 1}),
    "N": (1.0, {"kg": 1, "m": 1, "s": -2}),
    "Pa": (1.0, {"kg": 1, "m": -1, "s": -2}),
    "K": (1.0, {"K": 1}),
}
WHOLE: dict[str, tuple[float, dict[str, int]]] = {
    "1": (1.0, {}),
    "%": (0.01, {}),
    "percent": (0.01, {}),
    "cell": (1.0, {}),
    "cells": (1.0, {}),
    "count": (1.0, {}),
    "min": (60.0, {"s": 1}),
    "minute": (60.0, {"s": 1}),
    "h": (3600.0, {"s": 1}),
    "hour": (3600.0, {"s": 1}),
    "d": (86400.0, {"s": 1}),
    "day": (86400.0, {"s": 1}),
    "days": (86400.0, {"s": 1}),
    "week": (604800.0, {"s": 1}),
    "weeks": (604800.0, {"s": 1}),
    "year": (31556926.0, {"s": 1}),
}
PREFIX = {
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "µ": 1e-6,
    "μ": 1e-6,
    "m": 1e-3,
    "c": 1e-2,
    "d": 1e-1,
    "k": 1e3,
    "M": 1e6,
}
FACTOR = re.compile(r"([A-Za-zµμ%_]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?:\^|\*\*)?([-−]?\d+)?")
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class UnitError(ValueError):
    """A unit that cannot be read, or two that cannot be converted into each other."""


def _named(name: str) -> tuple[float, dict[str, int]]:
    for table in (WHOLE, BASE):
        if name in table:
            return table[name]
    if len(name) > 1 and name[0] in PREFIX and name[1:] in BASE:
        factor, dimensions = BASE[name[1:]]
        return PREFIX[name[0]] * factor, dimensions
    if re.fullmatch(r"[\d.]+(?:[eE][-+]?\d+)?", name):
        return float(name), {}
    return 1.0, {name: 1}  # a unit of the model's own, such as I_ref


def parse_units(text: str) -> tuple[float, dict[str, int]]:
    """Factor to SI and exponents of dimensions: "ng/mL" is (1e-6, {"kg": 1, "m": -3})."""
    factor = 1.0
    dimensions: Counter[str] = Counter()
    text = text.strip() or "1"
    for position, part in enumerate(text.split("/")):
        sign = -1 if position else 1
        end = 0
        for match in FACTOR.finditer(part):
            if part[end : match.start()].strip(" .*·"):
                break
            end = match.end()
            power = sign * int((match.group(2) or "1").replace("−", "-"))
            base, base_dimensions = _named(match.group(1))
            factor *= base**power
            for name, exponent in base_dimensions.items():
                dimensions[name] += power * exponent
        if part[end:].strip(" .*·") or end == 0:
            raise UnitError(f"cannot read the unit '{text}'")
    return factor, {name: power for name, power in dimensions.items() if power}


def conversion_factor(given: str, wanted: str) -> float:
    """What a number in `given` is multiplied with to be in `wanted`.

    Raises UnitError if their dimensions differ. A `cell` is a count: 1/mm3 is cell/mm3.
    """
    if given.strip() == wanted.strip():
        return 1.0
    factor_given, dimensions_given = parse_units(given)
    factor_wanted, dimensions_wanted = parse_units(wanted)
    if dimensions_given != dimensions_wanted:
        raise UnitError(f"'{given}' cannot be converted to '{wanted}'")
    return factor_given / factor_wanted


def pretty_units(text: str) -> str:
    """As a figure spells it: "mg mm-3" is "mg mm⁻³"."""
    text = re.sub(r"\bu(?=[mgLM]\b|[mgLM][-\d])", "µ", text.strip())
    return re.sub(
        r"(?<=[A-Za-zµμ])(?:\^|\*\*)?(-?\d+)",
        lambda match: match.group(1).translate(SUPERSCRIPT),
        text,
    )


def axis_label(name: str, units: str) -> str:
    """`long_name [unit]`; the unit is left out where there is none."""
    return name if units in ("", "1") else f"{name} [{pretty_units(units)}]"
