"""Maps over depth: change of collagen in depth and time, and sections of fields at chosen days.

Every plot function draws on the `ax` it is given and returns it; its image is `ax.collections[0]`.
What is drawn is an xarray array made by `collagen_changes` or taken from `result.field_records(name)`.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize, TwoSlopeNorm
from matplotlib.patches import Circle
from neocol.figures.style import change_map, signal_map
from neocol.results import Result

COLLAGEN = {"collagen I": r"collagen_?(1|i)(?!\d|i)", "collagen III": r"collagen_?(3|iii)(?!\d)"}


def _sum(fields: Iterable[xr.DataArray]) -> xr.DataArray:
    first, *others = fields
    return sum(others, first)


def collagen_changes(result: Result, lateral_mean: bool) -> list[xr.DataArray]:
    """Change of collagen since the first record [% of the stored collagen at rest at that depth].

    In all of it first, then in I and III where both are stored; the parts add up to the whole.
    NaN where there is no collagen at rest. Shape as the fields; without x, y, r if `lateral_mean`.
    """
    names = [name for name in result.species_fields if "collagen" in name.lower()]
    units = {str(result.field(name).attrs.get("units")) for name in names}
    if not names or len(units) > 1:
        return []
    values = {name: _prepared(result, name, lateral_mean) for name in names}
    total = _sum(values.values())
    rest = result.lateral_mean(total.isel(field_time=0))
    parts = {"collagen": names}
    for kind, pattern in COLLAGEN.items():
        parts[kind] = [name for name in names if re.search(pattern, name.lower())]
    if len(names) == 1:
        parts = {str(values[names[0]].attrs.get("long_name", names[0])): names}
    elif not all(parts.values()) or len(parts["collagen I"] + parts["collagen III"]) != len(names):
        parts = {"collagen": names}
    changes = []
    for label, members in parts.items():
        part = _sum(values[name] for name in members)
        change = 100.0 * (part - part.isel(field_time=0, drop=True)) / rest.where(rest > 0)
        change.attrs = {"units": "%", "long_name": f"change of {label}"}
        changes.append(change.rename(f"change_of_{label.replace(' ', '_')}"))
    return changes


def _prepared(result: Result, name: str, lateral_mean: bool) -> xr.DataArray:
    values = result.field_records(name).astype(float)
    return result.lateral_mean(values) if lateral_mean else values


def _magnitude(arrays: Sequence[xr.DataArray]) -> float:
    """The largest absolute value but for the last half per cent; 1 where there is nothing."""
    everything = np.concatenate([np.abs(values.values).ravel() for values in arrays])
    finite = everything[np.isfinite(everything)]
    if not len(finite) or not finite.max():
        return 1.0
    return float(np.percentile(finite, 99.5)) or float(finite.max())


def change_norm(arrays: Sequence[xr.DataArray]) -> Normalize:
    """One scale for all `arrays`, symmetric about zero."""
    return TwoSlopeNorm(0.0, -_magnitude(arrays), _magnitude(arrays))


def signal_norm(arrays: Sequence[xr.DataArray]) -> Normalize:
    """One scale for all `arrays`, from zero up."""
    return Normalize(0.0, _magnitude(arrays))


def is_change(values: xr.DataArray) -> bool:
    """Made by collagen_changes: drawn on a zero-centred scale."""
    return str(values.name).startswith("change_of_")


def colours_for(values: xr.DataArray) -> Colormap:
    """Diverging for a change, sequential otherwise."""
    return change_map() if is_change(values) else signal_map()


def depth_of_interest(result: Result) -> float:
    """How deep maps are drawn unless told otherwise [mm]: 1.6 times the deepest channel."""
    bottom = float(result.axis_edges("z")[-1])
    depths = result.session_values("channel_depth", "mm")
    deepest = np.nanmax(depths, initial=0.0, where=np.isfinite(depths))
    return min(bottom, 1.6 * float(deepest)) if deepest > 0 else bottom


def plot_depth_time(
    ax: Axes, result: Result, values: xr.DataArray, norm: Normalize, columns: int = 800
) -> Axes:
    """A quantity over time and depth, linear between stored records and broken at sessions.

    `values` has the dimensions (field_time, z); stored records are ticked along the bottom.
    """
    times = np.asarray(values["field_time"].values, dtype=float)
    edges = np.linspace(times[0], times[-1], columns + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    right = np.clip(np.searchsorted(times, middles, side="right"), 1, len(times) - 1)
    gap = times[right] - times[right - 1]
    share = np.where(gap > 0, (middles - times[right - 1]) / np.where(gap > 0, gap, 1.0), 0.0)
    table = values.transpose("field_time", "z").values
    image = table[right - 1] * (1 - share)[:, None] + table[right] * share[:, None]
    ax.pcolormesh(
        edges, result.axis_edges("z"), image.T, norm=norm, cmap=colours_for(values), rasterized=True
    )
    for time in result.session_times:
        ax.axvline(time, color="0.2", linewidth=0.5, linestyle=(0, (2, 2)))
    ax.plot(
        np.unique(times),
        np.zeros(len(np.unique(times))),
        "|",
        color="black",
        markersize=3,
        markeredgewidth=0.5,
        transform=ax.get_xaxis_transform(),
        clip_on=False,
    )
    return _depth_axis(ax, result)


def plot_section(ax: Axes, result: Result, values: xr.DataArray, norm: Normalize) -> Axes:
    """One record of a quantity over depth and a lateral axis: r (mirrored about the channel) or x.

    `values` has the dimensions (z, r) or (z, x).
    """
    lateral = next(axis for axis in ("r", "x") if axis in values.dims)
    edges = result.axis_edges(lateral)
    image = values.transpose("z", lateral).values
    if lateral == "r":
        edges = np.concatenate([-edges[:0:-1], edges])
        image = np.concatenate([image[:, ::-1], image], axis=1)
    ax.pcolormesh(
        edges, result.axis_edges("z"), image, norm=norm, cmap=colours_for(values), rasterized=True
    )
    ax.set_aspect("equal")
    ax.set_xlim(edges[0], edges[-1])
    return _depth_axis(ax, result)


def plot_plan(ax: Axes, result: Result, values: xr.DataArray, norm: Normalize) -> Axes:
    """One record of a quantity in a plane parallel to the skin, over (y, x)."""
    ax.pcolormesh(
        result.axis_edges("x"),
        result.axis_edges("y"),
        values.transpose("y", "x").values,
        norm=norm,
        cmap=colours_for(values),
        rasterized=True,
    )
    ax.set_aspect("equal")
    for spine in ax.spines.values():
        spine.set_visible(True)
    return ax


def _depth_axis(ax: Axes, result: Result) -> Axes:
    for _, _, bottom in result.layers()[:-1]:
        ax.axhline(bottom, color="black", linewidth=0.5, alpha=0.6)
    ax.set_ylim(depth_of_interest(result), 0.0)
    for spine in ax.spines.values():
        spine.set_visible(True)
    return ax


def punctures_until(result: Result, time: float) -> np.ndarray:
    """Punctures made up to `time` [d]: rows of x, y, surface radius, depth [mm], taper start [1]."""
    if "session" not in result.punctures or not result.punctures.sizes.get("puncture"):
        return np.zeros((0, 5))
    number = np.atleast_1d(result.sessions["session"].values)
    position = np.searchsorted(number, result.punctures["session"].values)
    made = result.session_times[position] <= time
    names = ("x", "y", "surface_radius", "depth", "taper_start")
    columns = [result.punctures[name].values[made] for name in names]
    return np.unique(np.stack(columns, axis=1).astype(float), axis=0)


def mark_channels(ax: Axes, result: Result, time: float, y: float | None = None) -> Axes:
    """Outlines of the channels made so far on a section; in a patch, of those that the section at
    `y` cuts near their middle."""
    for x, channel_y, radius, depth, taper in punctures_until(result, time):
        if y is None or abs(channel_y - y) <= radius:
            across = x + radius * np.array([-1, -1, 0, 1, 1])
            ax.plot(across, depth * np.array([0, taper, 1, taper, 0]), color="black", linewidth=0.5)
    return ax


def set_lateral_ticks(ax: Axes, result: Result, lateral: str, width: float) -> Axes:
    """A few round ticks for an axis `width` mm wide; r is the same on both sides of the channel."""
    reach = float(result.axis_edges(lateral)[-1])
    steps = (5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
    step = next((step for step in steps if step <= 0.8 * reach), reach)
    if lateral == "r":
        ticks = [-step, 0.0, step] if width > 20 else [0.0, step]
    else:
        ticks = list(np.arange(0.0, 0.97 * reach, step))
    ax.set_xticks(ticks)
    ax.set_xticklabels([f"{abs(tick):g}" for tick in ticks])
    return ax


def mark_punctures(ax: Axes, result: Result, time: float) -> Axes:
    """Circles at the punctures made so far, in plan, as wide as they are at the surface."""
    for x, y, radius, *_ in punctures_until(result, time):
        ax.add_patch(Circle((x, y), radius, fill=False, edgecolor="black", linewidth=0.4))
    ax.set_xlim(*result.axis_edges("x")[[0, -1]])
    ax.set_ylim(*result.axis_edges("y")[[0, -1]])
    return ax


def choose_records(
    result: Result, wanted: Sequence[float] | None, most: int, change: bool
) -> list[int]:
    """Indices of the field records to draw: those nearest to `wanted` [d], or a telling few.

    Without `wanted`, for a signal: just after the first session and in the two weeks that follow;
    for a slow `change`: two weeks after the first session, and four weeks and more after the last.
    Of two records at one time the later is meant: just after the jump.
    """
    times = result.record_times
    if wanted is None:
        first = float(result.session_times[0]) if len(result.session_times) else float(times[0])
        last = result.last_session
        telling = (
            [first + 14, times[-1], last + 28, last + 90, last + 182, first + 28, first + 7]
            if change
            else [first, first + 3, first + 14, first + 1, first + 7, last + 1]
        )
        wanted = [day for day in telling if times[0] <= day <= times[-1]]
    chosen: list[int] = []
    for day in wanted:
        nearest = len(times) - 1 - int(np.argmin(np.abs(times[::-1] - day)))
        if nearest not in chosen and len(chosen) < most:
            chosen.append(nearest)
    return sorted(chosen)


def record_title(result: Result, index: int, short: bool = False) -> str:
    """ "day 119" and, below, how long after which session; `short` leaves the second line out."""
    time = float(result.record_times[index])
    passed = np.flatnonzero(result.session_times <= time)
    text = f"day {time:.4g}"
    if short or not len(passed):
        return text
    days = time - result.session_times[passed[-1]]
    which = f"session {passed[-1] + 1}"
    if days > 0:
        return f"{text}\n{days:.3g} d after {which}"
    after = bool(result.records_after_jump[index])
    return f"{text}\njust {'after' if after else 'before'} {which}"
