"""What neocol raises; all of it is a neocol.Error."""
from __future__ import annotations

from dataclasses import dataclass


class Error(Exception):
    """Anything neocol refuses or cannot do; the text is what the program would print."""


@dataclass(frozen=True)
class Fault:
    """One fault of an input and where it stands; line and column count from 1, 0 is unknown."""

    path: str
    line: int
    column: int
    message: str
    help: str
    source_line: str


class InputError(Error, ValueError):
    """A scenario, model or setting is invalid: `faults` has every one that was found."""

    def __init__(self, text: str, faults: list[Fault] | None = None) -> None:
        super().__init__(text)
        self.faults = faults or []

    @property
    def path(self) -> str:
        """File of the first fault."""
        return self.faults[0].path if self.faults else ""

    @property
    def line(self) -> int:
        """Line of the first fault, from 1; 0 is unknown."""
        return self.faults[0].line if self.faults else 0

    @property
    def column(self) -> int:
        """Column of the first fault, from 1; 0 is unknown."""
        return self.faults[0].column if self.faults else 0


class ArgumentError(InputError, TypeError):
    """A value of a kind that the call does not take."""


class NumericsError(Error, ArithmeticError):
    """The integration cannot go on: at `time` [d], of `species`, at `place`, with `value`."""

    def __init__(
        self,
        text: str,
        time: float = 0.0,
        species: str = "",
        place: str = "",
        value: float = 0.0,
    ) -> None:
        super().__init__(text)
        self.time, self.species, self.place, self.value = time, species, place, value


class FileError(Error, OSError):
    """A file cannot be read or written: `path`."""

    def __init__(self, text: str, path: str = "") -> None:
        super().__init__(text)
        self.path = path


class StopRun(Exception):
    """Raised by an observer: the run ends after the step in hand, as interrupted."""
