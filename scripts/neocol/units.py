"""Units of results and tables: conversion, by the program's own units, and spelling in figures."""
from __future__ import annotations

import re

from neocol.core import compiled
from neocol.errors import Error, InputError

PLAIN = str.maketrans("µμ−·", "uu- ")
WITHOUT_PROGRAM: tuple[dict[str, float], ...] = (
    {"d": 1.0, "day": 1.0, "week": 7.0, "h": 1 / 24, "hour": 1 / 24, "min": 1 / 1440},
    {"mm": 1.0, "um": 1e-3},
    {"mm-2": 1.0, "cm-2": 1e-2},
    {"1": 1.0, "%": 1e-2},
)
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class UnitError(Error, ValueError):
    """A unit that cannot be read, or two that cannot be converted into each other."""


def conversion_factor(given: str, wanted: str) -> float:
    """What a number in `given` is multiplied with to be in `wanted`, by the program's own units.

    Raises UnitError if their dimensions differ. A `cell` is a count: 1/mm3 is cell/mm3. A unit of a
    model's own, such as I_ref, converts to itself.
    """
    if given.strip() == wanted.strip():
        return 1.0
    try:
        factor = compiled().unit_factor(_plain(given), _plain(wanted))
    except InputError as error:
        raise UnitError(
            f"'{given}' cannot be converted to '{wanted}': {_first_line(error)}"
        ) from error
    except ImportError as missing:
        factor = _without_program(given.strip(), wanted.strip(), missing)
    if factor is None:
        raise UnitError(f"'{given}' cannot be converted to '{wanted}'")
    return factor


def _without_program(given: str, wanted: str, missing: ImportError) -> float:
    """Of the units in which results are drawn, where only they are at hand."""
    for units in WITHOUT_PROGRAM:
        if given in units and wanted in units:
            return units[given] / units[wanted]
    raise UnitError(f"'{given}' cannot be converted to '{wanted}': {missing}") from missing


def _plain(text: str) -> str:
    """Without the signs of print that people copy."""
    return text.translate(PLAIN).strip() or "1"


def _first_line(error: InputError) -> str:
    return str(error).splitlines()[0].removeprefix("error: ")


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
