"""Models: what is in them, as tables."""
from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from neocol.core import compiled
from neocol.errors import InputError

FORMATS = ("text", "markdown", "latex")

if TYPE_CHECKING:
    import pandas as pd


class Model:
    """A model: species, processes, parameters and what is read off, each a DataFrame by name."""

    def __init__(self, core) -> None:
        self._core = core

    @property
    def name(self) -> str:
        return self._core.name

    @property
    def title(self) -> str:
        return self._core.title

    @property
    def summary(self) -> str:
        return self._core.summary

    @property
    def text(self) -> str:
        """The model file, with the files it includes."""
        return self._core.text

    @property
    def layers(self) -> list[str]:
        """Layers of the skin, from the surface down."""
        return self._core.layers

    @cached_property
    def description(self) -> dict:
        """Everything, as `neocol model describe --json` gives it."""
        return json.loads(self._core.json())

    def _table(self, name: str) -> pd.DataFrame:
        import pandas as pd

        rows = self.description.get(name, [])
        table = pd.DataFrame(rows)
        return table.set_index("name") if "name" in table else table

    @property
    def parameters(self) -> pd.DataFrame:
        """value, unit, low and high of the range, distribution, meaning, source, evidence."""
        return self._table("parameters")

    @property
    def switches(self) -> pd.DataFrame:
        """Alternatives in the model: the option that holds, and those there are."""
        return self._table("switches")

    @property
    def inputs(self) -> pd.DataFrame:
        """Quantities from outside, whose course a scenario gives: value, unit, meaning, source."""
        return self._table("inputs")

    @property
    def species(self) -> pd.DataFrame:
        """What is solved for."""
        return self._table("species")

    @property
    def processes(self) -> pd.DataFrame:
        """Rates, and what they change."""
        return self._table("processes")

    @property
    def observables(self) -> pd.DataFrame:
        """What is followed over time."""
        return self._table("observables")

    @property
    def outcomes(self) -> pd.DataFrame:
        """One number a run."""
        return self._table("outcomes")

    def describe(self, format: str = "text") -> str:
        """Equations and tables as "text", "markdown" or "latex"."""
        if format not in FORMATS:
            raise InputError(f"no format {format!r}; known: {', '.join(FORMATS)}")
        return self._core.describe(format)

    def _repr_html_(self) -> str:
        columns = [
            name
            for name in ("value", "unit", "low", "high", "evidence", "meaning")
            if name in self.parameters
        ]
        return (
            f"<b>{escape(self.title)}</b><br>{escape(self.name)}: {len(self.species)} species, "
            f"{len(self.processes)} processes, {len(self.parameters)} parameters"
            + self.parameters[columns].to_html(max_rows=20)
        )

    def __repr__(self) -> str:
        return f"<neocol.Model {self.name!r}: {self.title}>"


def model(name: str | Path, folders: Iterable[str | Path] = ()) -> Model:
    """A model by name or from a file (`.toml`).

    Raises InputError with every fault at its place, FileError if a file cannot be read.
    """
    return Model(compiled().read_model(str(name), [str(folder) for folder in folders]))


def from_text(text: str, name: str = "model.toml") -> Model:
    """A model from the text of a model file; `name` is what messages call it."""
    return Model(compiled().parse_model(text, name))
