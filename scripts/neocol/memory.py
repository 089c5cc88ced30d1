"""Results of runs made in this process: the same as those read from files, without a file."""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from neocol.errors import FileError
from neocol.paths import file_path
from neocol.results import Result

# Axes of fields, from depth on, by geometry; the others have one cell.
AXES = {
    "well_mixed": ("z",),
    "column": ("z",),
    "section": ("z", "x"),
    "single_channel": ("z", "r"),
    "patch": ("z", "y", "x"),
}
AXIS_NAMES = {
    "z": "depth below the skin surface",
    "y": "y",
    "x": "x",
    "r": "distance from the channel's axis",
}
PUNCTURES = {
    "session": ("", "session of the puncture, from 1"),
    "x": ("mm", "position along x"),
    "y": ("mm", "position along y"),
    "surface_radius": ("mm", "radius of the hole at the surface"),
    "depth": ("mm", "depth of the channel"),
    "taper_start": ("1", "share of the depth at which the channel begins to narrow"),
}


@dataclass(frozen=True, repr=False)
class MemoryResult(Result):
    """A result that is in memory; `save` writes the file that a run of the program would."""

    _tape: Any = field(default=None, repr=False, compare=False)
    _fields: xr.Dataset | None = field(default=None, repr=False, compare=False)
    _fields_after: xr.Dataset | None = field(default=None, repr=False, compare=False)
    _geometry: str = field(default="", repr=False, compare=False)

    @property
    def fields(self) -> xr.Dataset:  # type: ignore[override]
        return self._fields

    @property
    def fields_after(self) -> xr.Dataset:  # type: ignore[override]
        return self._fields_after

    @property
    def geometry(self) -> str:
        return self._geometry

    def summary(self) -> str:
        """What `neocol run` prints at its end."""
        return self._tape.summary()

    def __reduce__(self) -> tuple:
        raise TypeError(
            "a result in memory is neither pickled nor copied: save() it, and "
            "neocol.read_result(PATH) where it is needed"
        )

    def save(self, path: str | Path, overwrite: bool = False) -> Path:
        """Writes the result file (docs/result-file.md).

        Raises FileError if there is one already and it is not to be replaced.
        """
        target = Path(file_path(path))
        if not overwrite and target.is_file():
            raise FileError(
                f"{target} is there already: overwrite=True replaces it, another name spares it",
                str(target),
            )
        self._tape.save(str(path), overwrite)
        return target


def result_of(tape, label: str, values: pd.DataFrame) -> MemoryResult:
    """The result of a run that was held in memory. values: of its scenario."""
    contents = tape.contents()
    attributes = contents["attributes"]
    fields = _fields(contents, contents["fields"])
    after = _fields(contents, contents["fields_after"])
    return MemoryResult(
        path=Path(label),
        label=label,
        attributes=attributes,
        observables=_observables(contents, attributes),
        outcomes=_outcomes(contents["outcomes"]),
        sessions=_sessions(contents["sessions"]),
        punctures=_punctures(contents["punctures"]),
        budget=_budget(contents["budget"]),
        bounds=_bounds(contents["bounds"]),
        provenance=contents["provenance"],
        events=_events(contents),
        values=values,
        has_fields=True,
        has_fields_after=True,
        _tape=tape,
        _fields=fields,
        _fields_after=after,
        _geometry=contents["geometry"],
    )


def _observables(contents: dict, attributes: dict) -> xr.Dataset:
    return xr.Dataset(
        {
            name: (
                "time",
                one["values"],
                {key: one[key] for key in ("units", "long_name", "reduce", "region")},
            )
            for name, one in contents["observables"].items()
        },
        coords={"time": ("time", contents["time"], {"units": "d", "long_name": "time"})},
        attrs=attributes,
    )


def _events(contents: dict) -> xr.Dataset:
    events = contents["events"]
    n = len(events["time"])
    columns: dict = {
        "time": (
            "event",
            events["time"],
            {"units": "d", "long_name": "time of the jump"},
        ),
        "cause": (
            "event",
            np.array(events["cause"], dtype=object),
            {"long_name": "what changed the state, in the order applied"},
        ),
    }
    for name, one in contents["observables"].items():
        for side in ("before", "after"):
            columns[f"{name}_{side}"] = (
                "event",
                one[side],
                {
                    "units": one["units"],
                    "long_name": f"{one['long_name']}, just {side}",
                },
            )
    return xr.Dataset(columns, coords={"event": ("event", np.arange(1, n + 1, dtype=np.int32))})


def _outcomes(outcomes: dict) -> pd.DataFrame:
    columns = ["value", "units", "long_name", "definition", "censored", "reason"]
    return pd.DataFrame.from_dict(outcomes, orient="index", columns=columns)


def _sessions(sessions: dict) -> xr.Dataset:
    n = len(sessions["device"])
    columns: dict = {
        name: ("session", values, {"units": units, "long_name": long_name})
        for name, units, long_name, values in sessions["numbers"]
    }
    columns["device"] = (
        "session",
        np.array(sessions["device"], dtype=object),
        {"long_name": "device"},
    )
    columns["layer_fraction"] = (
        ("session", "layer"),
        sessions["layer_fraction"],
        {"units": "1", "long_name": "share of each layer's volume inside the wound"},
    )
    return xr.Dataset(
        columns,
        coords={
            "session": ("session", np.arange(1, n + 1, dtype=np.int32)),
            "layer": ("layer", np.array(sessions["layer"], dtype=object)),
        },
    )


def _punctures(punctures: dict) -> xr.Dataset:
    n = len(punctures["x"])
    return xr.Dataset(
        {
            name: (
                "puncture",
                punctures[name],
                {"units": units, "long_name": long_name},
            )
            for name, (units, long_name) in PUNCTURES.items()
        },
        coords={"puncture": ("puncture", np.arange(1, n + 1, dtype=np.int32))},
    )


def _budget(budget: dict) -> xr.Dataset:
    if not budget:
        return xr.Dataset()
    return xr.Dataset(
        {
            name: ("species", values)
            for name, values in budget.items()
            if name not in ("species", "process")
        },
        coords={"species": budget["species"], "process": budget["process"]},
    )


def _bounds(bounds: dict) -> xr.Dataset:
    return xr.Dataset(
        {
            key: ("bound", [one[key] for one in bounds.values()])
            for key in ("unit", "lowest", "highest", "kept")
        },
        coords={"bound": list(bounds)},
    )


def _fields(contents: dict, fields: dict) -> xr.Dataset:
    axes = AXES[contents["geometry"]]
    mesh = contents["mesh"]
    coords: dict = {
        "field_time": (
            "field_time",
            fields["time"],
            {"units": "d", "long_name": "time"},
        )
    }
    variables: dict = {}
    for axis in axes:
        of_mesh = "x" if axis == "r" else axis
        coords[axis] = (
            axis,
            mesh[of_mesh],
            {"units": "mm", "long_name": AXIS_NAMES[axis]},
        )
        coords[f"{axis}_edges"] = (
            f"{axis}_edges",
            mesh[f"{of_mesh}_edges"],
            {"units": "mm", "long_name": f"{AXIS_NAMES[axis]}, cell boundaries"},
        )
    variables["layer"] = (
        "z",
        mesh["layer"].astype(np.uint8),
        {
            "long_name": "layer of the skin",
            "flag_values": np.arange(len(mesh["layers"]), dtype=np.uint8),
            "flag_meanings": " ".join(mesh["layers"]),
        },
    )
    sizes = {axis: len(mesh["x" if axis == "r" else axis]) for axis in axes}
    n = len(fields["time"])
    for name, one in fields["species"].items():
        own = axes if one["location"] == "volume" else axes[1:]
        shape = (n, *(sizes[axis] for axis in own))
        values = np.array(one["values"], dtype=np.float32).reshape(shape)
        variables[name] = (
            ("field_time", *own),
            values,
            {key: one[key] for key in ("units", "long_name", "location")},
        )
    return xr.Dataset(variables, coords=coords)
