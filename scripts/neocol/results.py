"""Read neocol's result files (docs/result-file.md): the one module that knows their layout.

    from neocol.results import load
    result = load("results/acne_scars_roller.h5")
    result.observables["collagen_dermis"].plot()      # xarray, over `time` [d]
    result.fields["tgf_beta"].sel(field_time=7)      # xarray, over field_time, z and r, or x and y
    result.outcomes                                  # pandas, one row an outcome

Needs numpy, pandas, xarray and h5netcdf (or netCDF4), all of them Debian 12 packages.
"""
from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

import tomllib
from neocol.errors import Error
from neocol.quantities import Quantity
from neocol.seal import NOT_OURS, SealError, Snapshot, checked
from neocol.units import UnitError, conversion_factor

try:
    import h5py
    import numpy as np
    import pandas as pd
    import xarray as xr
except ImportError as missing:
    raise ImportError(
        f"this Python ({sys.executable}) has no module '{missing.name}'. On Debian 12 use "
        f"/usr/bin/python3 and install python3-{missing.name} (scripts/install_packages python).",
        name=missing.name,
    ) from missing

if TYPE_CHECKING:
    from neocol.figures.result_plots import ResultPlots

FORMAT_VERSION = 3
LATERAL_AXES = ("y", "x", "r")


class ResultError(Error):
    """A file that is not a neocol result, or does not hold what was asked for."""


@dataclass(frozen=True)
class Result:
    """One run. Arrays are xarray objects with `units` and `long_name`; tables are pandas'.

    observables  Dataset over `time` [d], which rises strictly; at a jump the values before it
    events       Dataset over `event`: time [d], cause, OBSERVABLE_before and OBSERVABLE_after of
                 every jump of the state (sessions, events of the model)
    outcomes     DataFrame by name: value, units, long_name, definition, censored, reason
    sessions     Dataset over `session`: time [d], needle_length, channel_depth, ...
    punctures    Dataset over `puncture`: session, x, y, surface_radius, depth
    budget       Dataset over `species` and `process`
    bounds       Dataset over `bound`
    provenance   dict: scenario, resolved, model_text, command, version, ...
    values       DataFrame by key path of the scenario: value, origin
    """

    path: Path
    label: str
    attributes: dict
    observables: xr.Dataset
    outcomes: pd.DataFrame
    sessions: xr.Dataset
    punctures: xr.Dataset
    budget: xr.Dataset
    bounds: xr.Dataset
    provenance: dict
    events: xr.Dataset = field(default_factory=xr.Dataset)
    values: pd.DataFrame = field(default_factory=pd.DataFrame)
    has_fields: bool = False
    has_fields_after: bool = False
    _snapshot: Snapshot | None = field(default=None, repr=False, compare=False)
    _open_groups: list = field(default_factory=list, repr=False, compare=False)

    @property
    def title(self) -> str:
        return str(self.attributes.get("title", self.path.stem))

    @property
    def scenario_hash(self) -> str:
        return str(self.attributes.get("scenario_hash", ""))

    @property
    def status(self) -> str:
        return str(self.attributes.get("status", "unknown"))

    @property
    def stop_reason(self) -> str:
        """Why the run ended early, failed or is doubtful; empty for a complete one."""
        return str(self.attributes.get("stop_reason", ""))

    @property
    def flag(self) -> str:
        """What figures and tables say beside the name of a run that is not complete, else ''.

        A doubtful run reached its end, but went below zero, out of bounds, or left a budget open.
        """
        if self.status == "complete":
            return ""
        return "doubtful" if self.status == "doubtful" else f"{self.status} at day {self.end:.4g}"

    @property
    def caption(self) -> str:
        """The label, with the flag of a run that is not complete."""
        return f"{self.label} ({self.flag})" if self.flag else self.label

    @property
    def end(self) -> float:
        """Time of the last record [d]."""
        return float(self.observables["time"].values[-1])

    @property
    def observable_names(self) -> list[str]:
        """In the order of the file."""
        return [str(name) for name in self.observables.data_vars]

    @cached_property
    def session_times(self) -> np.ndarray:
        """[d], in order; empty for an unwounded run."""
        if "time" not in self.sessions:
            return np.zeros(0)
        return np.atleast_1d(self.sessions["time"].values).astype(float)

    @cached_property
    def event_times(self) -> np.ndarray:
        """When the state jumped [d], in order."""
        if "time" not in self.events:
            return np.zeros(0)
        return np.atleast_1d(self.events["time"].values).astype(float)

    @property
    def last_session(self) -> float:
        """Time of the last session [d]; 0 without one."""
        return float(self.session_times[-1]) if len(self.session_times) else 0.0

    @cached_property
    def scenario(self) -> dict:
        """The scenario as it was given, read as TOML; empty if it was not stored."""
        return tomllib.loads(str(self.provenance.get("scenario", "")))

    @cached_property
    def resolved(self) -> dict:
        """The scenario that was run, with every value in mm and days; empty if it was not stored."""
        return tomllib.loads(str(self.provenance.get("resolved", "")))

    @cached_property
    def fields(self) -> xr.Dataset:
        """Fields over field_time [d] and z, y, x or z, r [mm]; values are read when used."""
        fields = open_group(self._snapshot.path if self._snapshot else self.path, "fields")
        self._open_groups.append(fields)
        return fields

    @cached_property
    def fields_after(self) -> xr.Dataset:
        """As `fields`, just after those jumps at which fields were stored."""
        if not self.has_fields_after:
            return self.fields.isel(field_time=slice(0, 0))
        fields = open_group(self._snapshot.path if self._snapshot else self.path, "fields_after")
        self._open_groups.append(fields)
        return fields

    @cached_property
    def record_times(self) -> np.ndarray:
        """[d] of the records of `field_records`, in order."""
        return np.array([time for time, _, _ in self._record_order])

    @cached_property
    def records_after_jump(self) -> np.ndarray:
        """By record of `field_records`: True for those just after a jump."""
        return np.array([after for _, after, _ in self._record_order], dtype=bool)

    @cached_property
    def _record_order(self) -> list[tuple[float, bool, int]]:
        """Time, whether just after a jump, and index in its group, of every record."""
        found = [
            (float(time), after, index)
            for after, group in ((False, self.fields), (True, self.fields_after))
            for index, time in enumerate(np.atleast_1d(group["field_time"].values))
        ]
        return sorted(found)

    def course(self, name: str) -> xr.DataArray:
        """An observable as it is drawn: at a jump's time it stands twice, before and after it."""
        values = self.observable(name)
        if f"{name}_after" not in self.events or not len(self.event_times):
            return values
        before, after = (
            np.atleast_1d(self.events[f"{name}_{side}"].values).astype(float)
            for side in ("before", "after")
        )
        times = np.asarray(values["time"].values, dtype=float)
        missing = ~np.isin(self.event_times, times)
        time = np.concatenate([times, self.event_times[missing], self.event_times])
        order = np.concatenate([np.zeros(len(times)), np.zeros(missing.sum()), np.ones(len(after))])
        drawn = np.concatenate([values.values.astype(float), before[missing], after])
        sort = np.lexsort([order, time])
        return xr.DataArray(
            drawn[sort],
            dims="time",
            coords={"time": time[sort]},
            attrs=dict(values.attrs),
            name=values.name,
        )

    def field_records(self, name: str) -> xr.DataArray:
        """A stored species as it is drawn: where fields were stored at a jump, its time stands
        twice, before and after it (`records_after_jump`)."""
        values = self.field(name)
        if not self.records_after_jump.any():
            return values
        both = xr.concat([values, self.fields_after[name]], dim="field_time")
        both.attrs = dict(values.attrs)
        n = values.sizes["field_time"]
        return both.isel(field_time=[index + n * after for _, after, index in self._record_order])

    @property
    def geometry(self) -> str:
        """well_mixed, column, section, single_channel or patch."""
        # As resolved, with what --set made of it; the text that was given may say another.
        declared = (self.resolved or self.scenario).get("domain", {}).get("geometry")
        if declared:
            return str(declared)
        sizes = self.fields.sizes
        lateral = "".join(axis for axis in LATERAL_AXES if sizes.get(axis, 1) > 1)
        by_axes = {"r": "single_channel", "x": "section", "yx": "patch", "y": "section"}
        return by_axes.get(lateral, "column" if sizes.get("z", 1) > 1 else "well_mixed")

    @cached_property
    def species_fields(self) -> list[str]:
        """Names of the stored species, in the order of the file."""
        return [
            str(name)
            for name, values in self.fields.data_vars.items()
            if "field_time" in values.dims and "z" in values.dims
        ]

    def session_values(self, name: str, units: str) -> np.ndarray:
        """One column of `sessions`, converted; NaN where the file does not have it."""
        if name not in self.sessions:
            return np.full(len(self.session_times), np.nan)
        column = self.sessions[name]
        factor = conversion_factor(str(column.attrs.get("units", units)), units)
        return np.atleast_1d(column.values).astype(float) * factor

    def observable(self, name: str) -> xr.DataArray:
        """An observable by name; the error names those there are."""
        if name not in self.observables:
            known = ", ".join(map(str, self.observables.data_vars))
            raise ResultError(f"{self.path}: no observable '{name}'; there are: {known}")
        return self.observables[name]

    def field(self, name: str) -> xr.DataArray:
        """A stored species by name; the error names those there are."""
        if name not in self.species_fields:
            known = ", ".join(self.species_fields) or "none"
            raise ResultError(
                f"{self.path}: no field '{name}'; stored are: {known} "
                "(output.fields of the scenario says which)"
            )
        return self.fields[name]

    def tensor(self, name: str) -> xr.DataArray:
        """A symmetric tensor field as matrices, over the field's axes and `i`, `j` = x, y, z.

        In single_channel x is radial and y circumferential; components that the model leaves out
        are 0.
        """
        parts = {
            array.attrs["component"]: array
            for array in self.fields.data_vars.values()
            if array.attrs.get("tensor") == name
        }
        if not parts:
            known = sorted(
                {
                    array.attrs["tensor"]
                    for array in self.fields.data_vars.values()
                    if "tensor" in array.attrs
                }
            )
            raise ResultError(
                f"{self.path}: no tensor '{name}' among its fields; known: "
                f"{', '.join(known) or 'none'}"
            )
        first = next(iter(parts.values()))
        rows = [
            xr.concat(
                [parts.get(min(a + b, b + a), 0.0 * first).astype(float) for b in "xyz"],
                dim="j",
            )
            for a in "xyz"
        ]
        matrices = xr.concat(rows, dim="i").assign_coords(i=list("xyz"), j=list("xyz"))
        matrices = matrices.transpose(..., "i", "j")
        matrices.attrs = {"units": first.attrs.get("units", "1"), "long_name": name}
        return matrices.rename(name)

    def principal_directions(self, name: str) -> xr.Dataset:
        """Eigenvalues of a tensor field, largest first, and its unit eigenvectors.

        value      over the field's axes and `direction` (0: the principal one)
        direction_vector  over those and `i` = x, y, z; its sign means nothing
        """
        matrices = self.tensor(name)
        values, vectors = np.linalg.eigh(matrices.values)
        axes = matrices.dims[:-2]
        coords = {
            key: value for key, value in matrices.coords.items() if set(value.dims) <= set(axes)
        }
        return xr.Dataset(
            {
                "value": (
                    (*axes, "direction"),
                    values[..., ::-1],
                    dict(matrices.attrs),
                ),
                "direction_vector": (
                    (*axes, "i", "direction"),
                    vectors[..., ::-1],
                    {"units": "1"},
                ),
            },
            coords={**coords, "i": list("xyz")},
        )

    def lateral_mean(self, values: xr.DataArray) -> xr.DataArray:
        """Mean over x, y or r by volume: over r, a ring weighs by its area."""
        axes = [axis for axis in LATERAL_AXES if axis in values.dims]
        if not axes:
            return values
        weights = xr.ones_like(self.fields[axes[0]], dtype=float)
        for axis in axes:
            edges = self.axis_edges(axis)
            widths = np.diff(edges**2) if axis == "r" else np.diff(edges)
            weights = weights * xr.DataArray(widths, dims=axis, coords={axis: self.fields[axis]})
        return values.astype(float).weighted(weights).mean(axes, keep_attrs=True)

    def axis_edges(self, axis: str) -> np.ndarray:
        """Cell boundaries of an axis [mm], n + 1."""
        name = f"{axis}_edges"
        if name in self.fields.variables:
            return np.asarray(self.fields[name].values, dtype=float)
        centres = np.asarray(self.fields[axis].values, dtype=float)
        if len(centres) == 1:
            return np.array([0.0, 2 * centres[0]])
        middles = (centres[1:] + centres[:-1]) / 2
        ends = 2 * centres[[0, -1]] - middles[[0, -1]]
        return np.concatenate([ends[:1], middles, ends[1:]])

    def layers(self) -> list[tuple[str, float, float]]:
        """Layers from the surface down: name, top and bottom [mm]."""
        if "layer" not in self.fields:
            return []
        layer = self.fields["layer"]
        names = str(layer.attrs.get("flag_meanings", "")).split()
        flags = [int(flag) for flag in np.atleast_1d(layer.attrs.get("flag_values", []))]
        edges = self.axis_edges("z")
        found = []
        for flag, name in zip(flags, names):
            inside = np.flatnonzero(np.asarray(layer.values) == flag)
            if len(inside):
                found.append((name, float(edges[inside[0]]), float(edges[inside[-1] + 1])))
        return found

    def at(self, when: str | float | Quantity) -> xr.Dataset:
        """Observables at a moment: `result.at("28 day")`, `result.at(2 * neocol.week)`, or days.

        Where there is a record it is that one, at a jump the values before it; between records
        the course is taken as linear. Raises ResultError before the start and after the end.
        """
        time = days(when)
        if not 0.0 <= time <= self.end:
            raise ResultError(
                f"{self.label}: the run ends at day {self.end:g}, and has no day {time:g}"
            )
        times = self.observables["time"].values
        if time in times:
            return self.observables.sel(time=time)
        columns = {}
        for name in self.observable_names:
            course = self.course(name)
            value = np.interp(time, course["time"].values, course.values)
            columns[name] = ((), value, dict(self.observables[name].attrs))
        return xr.Dataset(columns, coords={"time": time})

    def __repr__(self) -> str:
        return (
            f"<neocol.Result {self.label!r}: {self.title!r}, {self.status!r}, {self.end:g} d, "
            f"{len(self.session_times)} sessions, {len(self.observable_names)} observables, "
            f"{len(self.outcomes)} outcomes>"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(str(name))}</td><td>{outcome['value']:.6g}</td>"
            f"<td>{escape(outcome['units'])}</td><td>{escape(outcome['long_name'])}</td></tr>"
            for name, outcome in self.outcomes.iterrows()
            if not outcome["censored"]
        )
        days_of = ", ".join(f"{time:g}" for time in self.session_times) or "none"
        return (
            f"<b>{escape(self.title)}</b> ({escape(self.caption)})<br>{self.end:g} d, "
            f"sessions on days: {days_of}<details><summary>{len(self.outcomes)} outcomes"
            f"</summary><table>{rows}</table></details>"
        )

    @property
    def plot(self) -> ResultPlots:
        """Figures of it: `result.plot.courses()`, `.collagen()`, `.sections()`, `.save(FOLDER)`."""
        from neocol.figures.result_plots import ResultPlots

        return ResultPlots(self)

    def report(
        self, output: str | Path, *, title: str | None = None, overwrite: bool = False
    ) -> Path:
        """Writes one HTML page about it, as `neocol report` does; its path."""
        from neocol.reports.report import report

        return report(self, output, title=title, overwrite=overwrite)

    def close(self) -> None:
        """Closes the file, if fields were read."""
        for group in self._open_groups:
            group.close()
        self._open_groups.clear()
        for name in ("fields", "fields_after"):
            self.__dict__.pop(name, None)

    def __enter__(self) -> Result:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def days(when: str | float | Quantity) -> float:
    """A moment in days: a number of them, a quantity, or a text such as "4 week"."""
    if isinstance(when, Quantity):
        try:
            return when.number * conversion_factor(when.unit, "d")
        except UnitError as error:
            raise ResultError(f"'{when}' is no moment: {error}") from error
    if not isinstance(when, str):
        if isinstance(when, Real):
            return float(when)
        if isinstance(when, np.ndarray) and not when.shape and when.dtype.kind in "iuf":
            return float(when)
        raise ResultError(
            f'{when!r} is no moment: write days, or such as "28 day" or 4 * neocol.week'
        )
    match = re.fullmatch(r"\s*([-+.\deE]+)\s*([A-Za-z]+)\s*", when)
    if not match:
        raise ResultError(f"'{when}' is no moment: write such as \"28 day\"")
    try:
        return float(match.group(1)) * conversion_factor(match.group(2), "d")
    except (UnitError, ValueError) as error:
        raise ResultError(f"'{when}' is no moment: {error}") from error


def holds_run(path: str | Path) -> bool:
    """Whether a path is the result of one run, and no study or report of many; also of a file that
    cannot be read: `load` says why."""
    path = Path(path)
    if path.is_dir() or path.suffix == ".json" or not path.exists():
        return False
    try:
        with h5py.File(checked(path).path) as file:
            return "run" not in file
    except (OSError, SealError):
        return True


def load(path: str | Path, label: str | None = None, as_is: bool = False) -> Result:
    """Loads a result, also one still being written (`.h5.part`); fields are read when used.

    `label` is what figures call it; default the file's name. The digest of the file is compared
    first; `as_is` loads a file that is not as neocol wrote it nevertheless.
    Raises ResultError with what is wrong and where.
    """
    path = Path(path)
    if not path.exists():
        raise ResultError(f"{path}: no such file")
    if not path.is_file():
        raise ResultError(f"{path}: not a file")
    snapshot = _checked(path, as_is)
    groups = _groups(snapshot.path)
    observables = _load_group(snapshot.path, None)
    version = observables.attrs.get("format_version")
    if version is None or "time" not in observables:
        raise ResultError(f"{path}: not a neocol result (no format_version, or no time)")
    if int(version) > FORMAT_VERSION:
        raise ResultError(
            f"{path}: format version {int(version)}, but this reads up to "
            f"{FORMAT_VERSION}: use the neocol that wrote it"
        )

    def table(group: str) -> xr.Dataset:
        return _load_group(snapshot.path, group) if group in groups else xr.Dataset()

    events = table("events")
    if "after_session" in observables:
        observables, events = _split_records(observables)
    name = path.name.removesuffix(".part").removesuffix(".h5")
    return Result(
        path=path,
        label=label or name,
        attributes=dict(observables.attrs),
        observables=observables,
        outcomes=_outcome_table(table("outcomes")),
        sessions=table("sessions"),
        punctures=table("punctures"),
        budget=table("budget"),
        bounds=table("bounds"),
        provenance=_provenance(table("provenance")),
        events=events,
        values=_values(table("provenance")),
        has_fields="fields" in groups,
        has_fields_after="fields_after" in groups,
        _snapshot=snapshot,
    )


def _checked(path: Path, as_is: bool = False) -> Snapshot:
    try:
        return checked(path, as_is)
    except SealError as error:
        way = "; load(..., as_is=True) reads it nevertheless" if NOT_OURS in str(error) else ""
        raise ResultError(f"{error}{way}") from error
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error}") from error


def _provenance(group: xr.Dataset) -> dict:
    """Attributes, and the texts that are too long to be some."""
    longer = {
        str(name): _text(values.values)
        for name, values in group.data_vars.items()
        if values.ndim == 0
    }
    return {**group.attrs, **longer}


def _values(group: xr.Dataset) -> pd.DataFrame:
    """Values of the scenario by key, as `Result.values` has them."""
    columns = {
        name: [_text(one) for one in group[name].values] if name in group else []
        for name in ("key", "value", "origin")
    }
    return pd.DataFrame(columns).set_index("key")


def _text(value: object) -> str:
    inner = value.item() if isinstance(value, np.ndarray) else value
    return inner.decode() if isinstance(inner, bytes) else str(inner)


def align(*results: Result, names: list[str] | None = None) -> list[xr.Dataset]:
    """Observables of several results over the same times, so that they subtract.

    The times are all that any of the results has; none is left out. Between its own records a
    result is taken as linear, broken at its jumps; beyond its end it is not a number. `names`
    default to the observables that all have.
    """
    if not results:
        return []
    if names is None:
        names = [
            name
            for name in results[0].observable_names
            if all(name in result.observables for result in results)
        ]
    times = np.unique(np.concatenate([result.observables["time"].values for result in results]))
    aligned = []
    for result in results:
        columns = {}
        for name in names:
            own, course = result.observable(name), result.course(name)
            values = np.interp(
                times, course["time"].values, course.values, left=np.nan, right=np.nan
            )
            # Where the result has a record that is it: at a jump the value before it.
            values[np.searchsorted(times, own["time"].values)] = own.values
            columns[name] = ("time", values, dict(own.attrs))
        aligned.append(
            xr.Dataset(
                columns,
                coords={"time": ("time", times, dict(result.observables["time"].attrs))},
            )
        )
    return aligned


def _split_records(observables: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """Before format 3 a record just after a session stood at the time of the one before it."""
    after = observables["after_session"].values != 0
    observables = observables.drop_vars("after_session")
    rows = np.flatnonzero(after)
    columns: dict = {
        "time": ("event", observables["time"].values[rows], {"units": "d"}),
        "cause": ("event", np.array(["session"] * len(rows), dtype=object)),
    }
    for name, values in observables.data_vars.items():
        columns[f"{name}_before"] = (
            "event",
            values.values[np.maximum(rows - 1, 0)],
            dict(values.attrs),
        )
        columns[f"{name}_after"] = ("event", values.values[rows], dict(values.attrs))
    return observables.isel(time=np.flatnonzero(~after)), xr.Dataset(columns)


def open_group(path: Path, group: str | None) -> xr.Dataset:
    """A group of an HDF5 file (None: the root), with whichever engine is there."""
    where = str(path) if group is None else f"{path}, group /{group}"
    reason = "neither h5netcdf nor netCDF4 is installed: apt-get install python3-h5netcdf"
    for engine in ("h5netcdf", "netcdf4"):
        try:
            return xr.open_dataset(path, engine=engine, group=group, decode_times=False)
        except ImportError:
            continue
        except (KeyError, OSError, ValueError) as error:
            reason = str(error)
            break
    raise ResultError(f"{where}: cannot be read: {reason}")


def _groups(path: Path) -> set[str]:
    try:
        with h5py.File(path, "r") as file:
            return {name for name, item in file.items() if isinstance(item, h5py.Group)}
    except OSError as error:
        raise ResultError(f"{path}: not an HDF5 file, or still being written: {error}") from error


def _load_group(path: Path, group: str | None) -> xr.Dataset:
    with open_group(path, group) as opened:
        return opened.load()


def _outcome_table(group: xr.Dataset) -> pd.DataFrame:
    rows = {
        str(name): {
            "value": float(values),
            "units": str(values.attrs.get("units", "1")),
            "long_name": str(values.attrs.get("long_name", name)),
            "definition": str(values.attrs.get("definition", "")),
            "censored": bool(values.attrs.get("censored", 0)),
            "reason": str(values.attrs.get("reason", "")),
        }
        for name, values in group.data_vars.items()
        if values.ndim == 0
    }
    columns = ["value", "units", "long_name", "definition", "censored", "reason"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


MEASUREMENT_COLUMNS = ("time", "observable", "value", "sd", "n", "unit", "assay")


def read_measurements(path: str | Path) -> pd.DataFrame:
    """Measurements to lay over curves: a CSV with MEASUREMENT_COLUMNS.

    `time` is in days of the run (its first session is usually day 0). Only time, observable, value
    and unit are required; further columns stand behind them. Lines that begin with # are comments.
    Raises ResultError naming the missing column, or the line that is not a number.
    """
    path = Path(path)
    try:
        table = pd.read_csv(path, comment="#", skipinitialspace=True)
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ResultError(f"{path}: cannot be read as CSV: {error}") from error
    return measurement_table(table, str(path))


def measurement_table(given: pd.DataFrame, path: str = "measurements") -> pd.DataFrame:
    """A table of measurements with all columns, in their order; `path` is what messages call it.

    Raises ResultError naming the missing column, or the row that is not a number.
    """
    table = given.reset_index(drop=True)
    for column in MEASUREMENT_COLUMNS:
        if column not in table:
            if column in ("sd", "n", "assay"):
                table[column] = "" if column == "assay" else np.nan
                continue
            raise ResultError(
                f"{path}: no column '{column}'; wanted: " f"{', '.join(MEASUREMENT_COLUMNS)}"
            )
    others = [column for column in table if column not in MEASUREMENT_COLUMNS]
    for column in ("time", "value", "sd", "n"):
        numbers = pd.to_numeric(table[column], errors="coerce")
        wrong = numbers.isna() & table[column].notna()
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise ResultError(
                f"{path}: data row {row + 1}: '{table[column].iloc[row]}' in column "
                f"'{column}' is not a number"
            )
        table[column] = numbers
    for column, wrong, what in (
        ("time", ~np.isfinite(table["time"]), "is no number"),
        ("value", ~np.isfinite(table["value"]), "is no number"),
        ("sd", table["sd"] < 0.0, "is negative"),
        ("n", table["n"] < 1.0, "is below 1"),
    ):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise ResultError(
                f"{path}: data row {row + 1}, column '{column}': "
                f"'{table[column].iloc[row]}' {what}"
            )
    table["assay"] = table["assay"].fillna("").astype(str)
    table["unit"] = table["unit"].fillna("1").astype(str)
    return table[[*MEASUREMENT_COLUMNS, *others]]
