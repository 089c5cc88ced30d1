"""Scenarios: read, changed, run in memory."""
from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from html import escape
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomllib
from neocol.core import compiled
from neocol.errors import ArgumentError, InputError
from neocol.quantities import as_setting
from neocol.units import conversion_factor

if TYPE_CHECKING:
    from neocol.models import Model
    from neocol.results import Result


class Scenario:
    """A course of treatment that can be run: a scenario file with what is set in it.

    It does not change: `set` gives another one.
    """

    def __init__(
        self,
        reader,
        label: str,
        settings: tuple[tuple[str, str], ...] = (),
        folders: tuple[str, ...] = (),
    ) -> None:
        self._reader, self.label, self._settings, self.folders = (
            reader,
            label,
            settings,
            folders,
        )
        self._loaded = reader(list(settings), list(folders))

    @property
    def title(self) -> str:
        return self._loaded.title

    @property
    def question(self) -> str:
        """What the scenario was written to answer."""
        return self._loaded.question

    @property
    def hash(self) -> str:
        """24 hex digits: the identity of the run, of all values and the model."""
        return self._loaded.hash

    @property
    def text(self) -> str:
        """The scenario as TOML, with what was set."""
        return self._loaded.text

    @property
    def geometry(self) -> str:
        """well_mixed, column, section, single_channel or patch."""
        return self._loaded.geometry

    @property
    def settings(self) -> dict[str, str]:
        """What was set, by key path."""
        return dict(self._settings)

    @property
    def warnings(self) -> list[str]:
        """What is doubtful and not refused."""
        return self._loaded.warnings

    @cached_property
    def values(self):
        """Every value of the scenario: a DataFrame by key path, with `value` and `origin`."""
        import pandas as pd

        rows = self._loaded.resolved
        return pd.DataFrame(
            {"value": [row[1] for row in rows], "origin": [row[2] for row in rows]},
            index=pd.Index([row[0] for row in rows], name="key"),
        )

    def number(self, key: str, unit: str = "1") -> float:
        """A value in a unit: `scenario.number("device.needle_length", "mm")`.

        Raises KeyError if it has no such value, UnitError if that is not in such a unit.
        """
        text = str(self.values.at[key, "value"])
        number, _, own = text.partition(" ")
        return float(number) * conversion_factor(own or "1", unit)

    def layers(self) -> dict[str, float]:
        """Thickness [mm] of every layer of the skin, from the surface down."""
        begin, end = "skin.layer.", ".thickness"
        return {
            key[len(begin) : -len(end)]: self.number(key, "mm")
            for key in self.values.index
            if key.startswith(begin) and key.endswith(end)
        }

    @cached_property
    def model(self) -> Model:
        """The model it runs."""
        from neocol.models import Model

        return Model(self._loaded.model)

    def estimate(self) -> dict[str, float]:
        """What a run will need: voxels, unknowns, bytes, steps, seconds (one thread), records."""
        return compiled().estimate(self._loaded)

    def key(self, name: str) -> str:
        """The key path that a name stands for.

        `regimen.spacing` stands for itself; `needle_length` and `k_debris` for the only key or
        parameter that ends so. Raises InputError with the candidates where there are none or several.
        """
        if not isinstance(name, str):
            raise ArgumentError(f"{name!r} is no key: keys are texts such as 'regimen.spacing'")
        if "." in name or "[" in name or name in _top_keys():
            return name
        parameters = set(self._loaded.model.parameters)
        candidates = sorted(
            {key for key in _schema_keys() if key.rsplit(".", 1)[-1] == name}
            | ({f"parameters.{name}"} if name in parameters else set())
        )
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise InputError(f"'{name}' may be any of: {', '.join(candidates)}; write one of them")
        known = sorted({key.rsplit(".", 1)[-1] for key in _schema_keys()} | parameters)
        near = difflib.get_close_matches(name, known, 1)
        raise InputError(
            f"'{name}' is no key of a scenario and no parameter of the model"
            + (f"; did you mean '{near[0]}'?" if near else "")
        )

    def set(self, values: Mapping[str, object] | None = None, **named: object) -> Scenario:
        """Another scenario, with values in place of this one's, as `--set` gives them.

            scenario.set({"regimen.spacing": 2 * neocol.week, "parameters.a_1": "0.2 ng/mL"})
            scenario.set(needle_length="1 mm")      # short names, where they are unique

        Raises InputError with every fault that the new scenario has.
        """
        try:
            given = {**({} if values is None else dict(values)), **named}
        except (TypeError, ValueError):
            raise ArgumentError(
                f'set takes keys with their values, such as {{"regimen.spacing": "2 week"}}, '
                f"not {values!r}"
            ) from None
        own: dict[str, str] = {}
        for name, value in given.items():
            key = self.key(name)
            if key in own:
                raise InputError(f"'{key}' is set twice in one call; the second time as '{name}'")
            try:
                own[key] = as_setting(value)
            except ArgumentError as error:
                raise ArgumentError(f"'{name}': {error}") from None
        settings = own
        merged = {**dict(self._settings), **settings}
        return Scenario(self._reader, self.label, tuple(merged.items()), self.folders)

    def run(
        self,
        *,
        threads: int = 0,
        observers: Iterable[object] = (),
        interpreter: bool = False,
        max_wall_time: float = math.inf,
    ) -> Result:
        """Runs the scenario in memory.

        threads        0: as many as help
        observers      objects with any of the methods `record(time, values)` (observables at a
                       time [d], by name, in their units), `session(numbers)`, `event(time,
                       causes)` and `step(time, size)`; one may raise neocol.StopRun
        interpreter    does not compile the model: slower, the same bits
        max_wall_time  [s] after which the run ends, as interrupted

        Ctrl-C ends the run after the step in hand. Raises NumericsError where the integration
        cannot go on; a run that ends outside its bounds has `result.status` "doubtful".
        """
        from neocol.memory import result_of

        if not isinstance(threads, Integral) or not 0 <= threads < 2**31:
            raise ArgumentError(f"threads is {threads!r}; a whole number from 0 is needed")
        if not isinstance(max_wall_time, Real) or not float(max_wall_time) >= 0.0:
            raise ArgumentError(
                f"max_wall_time is {max_wall_time!r}; a number of seconds from 0 is needed"
            )
        tape = compiled().run(
            self._loaded, threads, interpreter, max_wall_time, _checked_observers(observers)
        )
        return result_of(tape, self.label, self.values)

    def __reduce__(self) -> tuple:
        return _again, (self._reader, self.label, self._settings, self.folders, self.hash)

    def __repr__(self) -> str:
        changed = "".join(f", {key}={value!r}" for key, value in self._settings)
        return f"<neocol.Scenario {self.label!r}{changed}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>"
            for key, value in self._settings
        )
        return (
            f"<b>{escape(self.title)}</b><br>{escape(self.question)}"
            f"<br>{escape(self.label)}, {escape(self.geometry)}"
            + (f"<table>{rows}</table>" if rows else "")
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)


OBSERVED = ("record", "session", "event", "step")


def _checked_observers(observers: object) -> list:
    """A list of objects that hear something. Raises ArgumentError."""
    if not isinstance(observers, Iterable):
        raise ArgumentError(f"observers is {observers!r}; a list of observers is needed")
    given = list(observers)
    for observer in given:
        if not any(callable(getattr(observer, name, None)) for name in OBSERVED):
            raise ArgumentError(
                f"{observer!r} has none of the methods of an observer: {', '.join(OBSERVED)}"
            )
    return given


def _again(
    reader: Callable, label: str, settings: tuple, folders: tuple[str, ...], expected: str
) -> Scenario:
    """A scenario that was pickled or copied. Raises InputError if its files have changed."""
    scenario = Scenario(reader, label, settings, folders)
    if scenario.hash != expected:
        raise InputError(
            f"the files of the scenario '{label}' are not what they were when it was pickled: "
            f"it would be run {scenario.hash}, not {expected}"
        )
    return scenario


def _read(
    kind: str, source: str, name: str, settings: list[tuple[str, str]], folders: list[str]
) -> Any:
    """What the compiled part reads: a "file", the scenario "of_result", or a "text"."""
    core = compiled()
    if kind == "text":
        return core.read_text(source, name, settings, folders)
    read = core.read_of_result if kind == "of_result" else core.read_file
    return read(source, settings, folders)


def load(scenario: str | Path, folders: Iterable[str | Path] = ()) -> Scenario:
    """A scenario by name (`neocol.names("scenario")`), from a file, or that of a result.

    `folders` hold models, devices and sites (`models/`), and are looked into before neocol's own.
    Raises InputError with every fault at its place, FileError if a file cannot be read.
    """
    core = compiled()
    given = str(scenario)
    own = tuple(str(folder) for folder in folders)
    is_file = isinstance(scenario, Path) or given.endswith((".toml", ".h5")) or "/" in given
    path = given if is_file else core.find_scenario(given, list(own))
    label = Path(path).stem
    kind = "of_result" if path.endswith(".h5") else "file"
    return Scenario(partial(_read, kind, path, label), label, (), own)


def from_text(
    text: str, name: str = "scenario.toml", folders: Iterable[str | Path] = ()
) -> Scenario:
    """A scenario from the text of a scenario file; `name` is what messages call it."""
    own = tuple(str(folder) for folder in folders)
    return Scenario(partial(_read, "text", text, name), Path(name).stem, (), own)


def scenario_or_model(what: str | Path | Scenario) -> Scenario | None:
    """The scenario that this is or names (by name, file or result); None if it names a model."""
    if isinstance(what, Scenario):
        return what
    text = str(what)
    if text.endswith(".h5"):
        return load(text)
    if not (isinstance(what, Path) or text.endswith(".toml") or "/" in text):
        return load(text) if text in names("scenario") else None
    try:
        with open(text, "rb") as file:
            is_model = isinstance(tomllib.load(file).get("model"), dict)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return load(text)  # which says what is wrong
    return None if is_model else load(text)


def names(part: str = "scenario", folders: Iterable[str | Path] = ()) -> list[str]:
    """Names at hand: of a "scenario", "model", "device" or "site"."""
    if part not in ("scenario", "model", "device", "site"):
        raise InputError(f"no part '{part}'; known: scenario, model, device, site")
    return compiled().names(part, [str(folder) for folder in folders])


_keys: list[str] = []
_top: set[str] = set()


def _schema_keys() -> list[str]:
    """Key paths of tables of a scenario that are no lists."""
    if not _keys:
        _read_schema()
    return _keys


def _top_keys() -> set[str]:
    if not _keys:
        _read_schema()
    return _top


def _read_schema() -> None:
    import json

    def walk(table: dict, path: str) -> None:
        for name, entry in table.get("properties", {}).items():
            inner = entry.get("properties")
            if inner is not None:
                walk(entry, f"{path}{name}.")
            elif path:
                _keys.append(path + name)
            else:
                _top.add(name)

    walk(json.loads(compiled().scenario_schema()), "")
