"""Plots over time. Every function draws on the `ax` it is given and returns it.

    from neocol_results import load
    from neocol_plots import plot_courses, plot_regimen
    fig, (top, bottom) = plt.subplots(2, sharex=True)
    result = load("run.h5")
    plot_regimen(top, result)
    plot_courses(bottom, result, ["collagen_total"])
"""
from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from neocol_results import Result
from neocol_style import COLOURS, DASHES, SESSION_COLOUR
from neocol_units import axis_label, conversion_factor, pretty_units

# Which observables are drawn together, by what their names say: the first that fits.
PATTERNS = (
    ("matrix", r"collagen|elastin|fibrin(?!ogen)|fibronectin|matrix|mmp|hyaluron|align|stiff"),
    ("inflammation", r"neutrophil|macrophage|inflam|cytokine|damage|debris|damp|\bil_?\d|tnf|mast"),
    ("growth factors", r"tgf|pdgf|vegf|fgf|egf|igf|growth factor"),
    ("surface", r"cover|barrier|epiderm|epithel|closure|melanin|pigment|tewl|water loss"),
    ("cells", r"fibroblast|keratinocyte|endotheli|capillar|vessel|perfusion|vascular|cell"),
)
GROUPS = ("inflammation", "growth factors", "cells", "surface", "matrix", "other")
LINES_A_PANEL = 6


def group_of(name: str, long_name: str = "") -> str:
    """The group of GROUPS an observable belongs to; its name decides before its long name."""
    for text in (name, long_name):
        for group, pattern in PATTERNS:
            if re.search(pattern, text.lower()):
                return group
    return "other"


def label_of(values: xr.DataArray) -> str:
    """The long name, else the name in words."""
    return str(values.attrs.get("long_name") or str(values.name).replace("_", " "))


def units_of(values: xr.DataArray) -> str:
    return str(values.attrs.get("units", "1"))


def panels(observables: xr.Dataset, names: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Names sorted into panels (group, names): one unit a panel, no line squashed by another.

    Lines share a panel if each takes up at least an eighth of the axis they would share. Those that
    stay constant share one panel a unit.
    """
    found = []
    for group in GROUPS:
        mine = [name for name in names if group_of(name, label_of(observables[name])) == group]
        sorted_panels: list[list[str]] = []
        for name in sorted(mine, key=lambda name: -_span(observables[name])[1]):
            for panel in sorted_panels:
                if len(panel) < LINES_A_PANEL and _fit(observables, [*panel, name]):
                    panel.append(name)
                    break
            else:
                sorted_panels.append([name])
        found += [(group, panel) for panel in sorted_panels]
    return found


def _span(values: xr.DataArray) -> tuple[float, float]:
    finite = values.values[np.isfinite(values.values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)


def _is_flat(low: float, high: float) -> bool:
    return high - low <= 1e-9 * max(abs(low), abs(high))


def _fit(observables: xr.Dataset, names: Sequence[str]) -> bool:
    if len({units_of(observables[name]) for name in names}) > 1:
        return False
    spans = [_span(observables[name]) for name in names]
    flat = [_is_flat(*span) for span in spans]
    if any(flat):
        return all(flat)
    shared = max(high for _, high in spans) - min(low for low, _ in spans)
    return all(high - low >= shared / 8 for low, high in spans)


def mark_sessions(ax: Axes, result: Result, since: float = 0.0) -> Axes:
    """Thin vertical lines at the sessions; `since` [d] is the zero of the time axis."""
    for time in result.session_times:
        ax.axvline(time - since, color=SESSION_COLOUR, linewidth=0.5, zorder=0)
    return ax


def plot_regimen(ax: Axes, result: Result, since: float = 0.0, colour: str = "black",
                 deepest: float | None = None, densest: float | None = None) -> Axes:
    """The strip above a time axis: a spike at each session, as long as its channels are deep and as
    wide as they are dense. `deepest` [mm] and `densest` [cm-2] fix the scale between results.
    """
    times = result.session_times - since
    depths = result.session_values("channel_depth", "mm")
    densities = result.session_values("puncture_density", "cm-2")
    deepest = deepest or (np.nanmax(depths, initial=0.0, where=np.isfinite(depths)) or 1.0)
    densest = densest or (np.nanmax(densities, initial=0.0, where=np.isfinite(densities)) or 1.0)
    for time, depth, density in zip(times, depths, densities):
        share = density / densest if np.isfinite(density) else 1.0
        ax.plot([time, time], [0.0, depth if np.isfinite(depth) else deepest], color=colour,
                linewidth=0.7 + 2.3 * share, solid_capstyle="butt",
                clip_on=False)
    ax.axhline(0.0, color="black", linewidth=0.8)
    if not len(times):
        ax.text(0.5, 0.4, "no session", transform=ax.transAxes, ha="center", va="center",
                color="0.4")
    ax.set_ylim(1.15 * deepest, -0.1 * deepest)
    ax.set_yticks([0.0, float(f"{deepest:.2g}")])
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.spines["bottom"].set_visible(False)
    return ax


def regimen_text(result: Result, separator: str = "\n") -> str:
    """The regimen in words: how many sessions, how far apart, how long the needles, how dense."""
    times = result.session_times
    if not len(times):
        return "untreated"
    gaps = np.unique(np.round(np.diff(times), 3))
    lines = [f"{len(times)} session{'s' if len(times) > 1 else ''}"]
    if len(gaps):
        lines[0] += f", {_range_text(gaps)} d apart"
    needles = result.session_values("needle_length", "mm")
    depths = result.session_values("channel_depth", "mm")
    densities = result.session_values("puncture_density", "cm-2")
    if np.nanmax(needles, initial=0.0, where=np.isfinite(needles)) > 0:
        lines.append(f"needles {_range_text(needles)} mm")
    if np.isfinite(depths).any():
        lines.append(f"channels {_range_text(depths)} mm")
    if np.nanmax(densities, initial=0.0, where=np.isfinite(densities)) > 0:
        lines.append(f"{_range_text(densities)} punctures cm⁻²")
    return separator.join(lines)


def _range_text(values: np.ndarray) -> str:
    values = values[np.isfinite(values)]
    low, high = f"{values.min():.3g}", f"{values.max():.3g}"
    return low if low == high else f"{low}–{high}"


def plot_courses(ax: Axes, result: Result, names: Sequence[str], since: float = 0.0,
                   label: str | None = None, first_style: int = 0) -> Axes:
    """Observables over time [d] since `since`; all of one unit. A jump is a session.

    Lines differ in colour and dash, from style `first_style` on; `label` replaces their long names.
    """
    for style, name in enumerate(names, start=first_style):
        values = result.observable(name)
        ax.plot(values["time"].values - since, values.values, label=label or label_of(values),
                color=COLOURS[style % len(COLOURS)], linestyle=DASHES[style % len(DASHES)])
    low, high = ax.get_ylim()
    shown = [_span(result.observable(name)) for name in names]
    if all(_is_flat(*span) for span in shown):
        middle = (low + high) / 2
        reach = max(0.05 * abs(middle), (high - low) / 2)
        ax.set_ylim(middle - reach, middle + reach)
    ax.ticklabel_format(axis="y", useOffset=False, scilimits=(-3, 4))
    return ax


def shown_range(ax: Axes, first: float, last: float) -> tuple[float, float]:
    """Least and largest value of the curves on `ax` between two times; (inf, -inf) without any."""
    low, high = np.inf, -np.inf
    for line in ax.get_lines():
        x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
        inside = y[(x >= first) & (x <= last) & np.isfinite(y)] if len(x) > 2 else y[:0]
        if len(inside):
            low, high = min(low, inside.min()), max(high, inside.max())
    return low, high


def fit_to_shown(ax: Axes, first: float, last: float) -> Axes:
    """Scales y to the curves between two times, so that a close-up is one; not if all are flat."""
    low, high = shown_range(ax, first, last)
    if high - low > 1e-9 * max(abs(low), abs(high)):
        ax.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    return ax


def courses_label(result: Result, group: str, names: Sequence[str]) -> str:
    """The label of a y axis: the long name if there is one line, else the group; and the unit."""
    first = result.observable(names[0])
    return axis_label(label_of(first) if len(names) == 1 else group, units_of(first))


def plot_measurements(ax: Axes, measurements: pd.DataFrame, observable: xr.DataArray,
                      colour: str = "black") -> Axes:
    """Lays measured means and standard deviations over an observable's curve, in its unit.

    `measurements` is what read_measurements returns; rows of other observables are left out.
    """
    rows = measurements[measurements["observable"] == str(observable.name)]
    for number, (assay, group) in enumerate(rows.groupby("assay", sort=False)):
        units = units_of(observable)
        factors = np.array([conversion_factor(unit, units) for unit in group["unit"]])
        counts = group["n"].to_numpy(dtype=float)
        size = f", n = {_range_text(counts)}" if np.isfinite(counts).any() else ""
        ax.errorbar(group["time"], group["value"] * factors, yerr=group["sd"] * factors,
                    marker="os^Dv"[number % 5], color=colour, markersize=3, markerfacecolor="white",
                    markeredgewidth=0.8, elinewidth=0.8, capsize=1.5, linestyle="none", zorder=5,
                    label=f"{assay or 'measured'}{size}")
    return ax


def plot_outcome(ax: Axes, results: Sequence[Result], name: str) -> Axes:
    """One outcome of several results as bars from zero; a censored one is said to be so."""
    rows = [result.outcomes.loc[name] if name in result.outcomes.index else None
            for result in results]
    known = next(row for row in rows if row is not None)
    for i, row in enumerate(rows):
        if row is None or row["censored"] or not np.isfinite(row["value"]):
            ax.text(0.02, i, "not in this model" if row is None else "censored",
                    transform=ax.get_yaxis_transform(), va="center", color="0.35", style="italic")
            continue
        value = row["value"] * conversion_factor(row["units"], known["units"])
        ax.barh(i, value, height=0.62, color=COLOURS[i % len(COLOURS)])
        ax.annotate(f"{value:.3g}", (value, i), xytext=(2 if value >= 0 else -2, 0),
                    textcoords="offset points", va="center", ha="left" if value >= 0 else "right")
    ax.axvline(0.0, color="black", linewidth=0.6)
    ax.set_yticks(range(len(results)))
    ax.set_yticklabels([result.label for result in results])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(results) - 0.4, -0.6)
    ax.margins(x=0.22)
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, 0.0), max(high, 0.0))
    ax.set_xlabel(axis_label(str(known["long_name"]), str(known["units"])))
    ax.locator_params(axis="x", nbins=4)
    return ax


def unit_text(values: xr.DataArray) -> str:
    """The unit as a figure spells it."""
    return pretty_units(units_of(values))
