"""Plots over time. Every function draws on the `ax` it is given and returns it.

    from neocol.results import load
    from neocol.figures.courses import plot_courses, plot_regimen
    fig, (top, bottom) = plt.subplots(2, sharex=True)
    result = load("run.h5")
    plot_regimen(top, result)
    plot_courses(bottom, result, ["collagen_dermis"])
"""
from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from neocol.figures.style import COLOURS, DASHES, SESSION_COLOUR, wrapped
from neocol.results import Result
from neocol.units import axis_label, conversion_factor, pretty_units

# Which observables are drawn together, by what their names say: the first that fits.
PATTERNS = (
    ("matrix", r"collagen|elastin|fibrin(?!ogen)|fibronectin|matrix|mmp|hyaluron|align|stiff"),
    ("inflammation", r"neutrophil|macrophage|inflam|cytokine|damage|debris|damp|\bil_?\d|tnf|mast"),
    ("growth factors", r"tgf|pdgf|vegf|fgf|egf|igf|growth factor"),
    ("surface", r"cover|barrier|epiderm|epithel|closure|melanin|pigment|tewl|water loss"),
    ("cells", r"fibroblast|keratinocyte|endotheli|capillar|vessel|perfusion|vascular|cell"),
)
GROUPS = ("inflammation", "growth factors", "cells", "surface", "matrix", "other")
LEGEND_LINES, LEGEND_CHARACTERS = 6, 22  # room beside a panel
LONGEST_LABEL = 40  # of a y axis, in characters


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


@dataclass(frozen=True)
class Panel:
    """Observables that are drawn on the same axes; `change`: as change since the start [%]."""

    group: str
    names: list[str]
    change: bool = False


def is_of_wounds(values: xr.DataArray) -> bool:
    """Taken over what was ever wounded, not over a region of the skin."""
    return "wounded" in str(values.attrs.get("region", ""))


def panels(
    observables: xr.Dataset, names: Sequence[str], as_they_are: Collection[str] = ()
) -> list[Panel]:
    """Names sorted into panels: one group and unit each, and no line squashed by another.

    Lines share a panel if each takes up at least an eighth of the axis they would share. Those that
    stay constant share one panel a unit. Those that leave their first value by less than a fifth of
    it are drawn as their change [%], but for the names in `as_they_are`.
    """
    found: list[Panel] = []
    for group in GROUPS:
        mine = [name for name in names if group_of(name, label_of(observables[name])) == group]
        of_group: list[Panel] = []
        for change in (False, True):
            drawn = {
                name: change_since_start(observables[name]) if change else observables[name]
                for name in mine
                if (name not in as_they_are and _stays_near(observables[name])) == change
            }
            sorted_in: list[Panel] = []
            for name in sorted(drawn, key=lambda name: -_span(drawn[name])[1]):
                for panel in sorted_in:
                    together = [*panel.names, name]
                    if _fit([drawn[one] for one in together]):
                        panel.names.append(name)
                        break
                else:
                    sorted_in.append(Panel(group, [name], change))
            of_group += sorted_in
        found += of_group
    return found


def change_since_start(values: xr.DataArray) -> xr.DataArray:
    """Change since the first record [% of it]."""
    start = float(values.values[0])
    return (100.0 * (values / start - 1.0)).assign_attrs({**values.attrs, "units": "%"})


def _stays_near(values: xr.DataArray) -> bool:
    low, high = _span(values)
    start = float(values.values[0])
    return not _is_flat(low, high) and max(high - start, start - low) < 0.2 * abs(start)


def _span(values: xr.DataArray) -> tuple[float, float]:
    finite = values.values[np.isfinite(values.values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)


def _is_flat(low: float, high: float) -> bool:
    return high - low <= 1e-9 * max(abs(low), abs(high))


def _fit(lines: Sequence[xr.DataArray]) -> bool:
    text = "\n".join(wrapped(label, LEGEND_CHARACTERS) for label in labels_of_lines(lines)[0])
    if len({units_of(values) for values in lines}) > 1 or text.count("\n") >= LEGEND_LINES:
        return False
    whats, wheres = zip(*map(split_label, lines))
    if len(set(whats)) > 1 and len(set(wheres)) > 1:
        return False
    spans = [_span(values) for values in lines]
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


def plot_regimen(
    ax: Axes,
    result: Result,
    since: float = 0.0,
    colour: str = "black",
    deepest: float | None = None,
    densest: float | None = None,
) -> Axes:
    """The strip above a time axis: a spike at each session, as long as its channels are deep and as
    wide as they are dense. `deepest` [mm] and `densest` [cm-2] fix the scale between results.
    """
    times = result.session_times - since
    depths = result.session_values("channel_depth", "mm")
    densities = result.session_values("puncture_density", "cm-2")
    deepest = deepest or (np.nanmax(depths, initial=0.0, where=np.isfinite(depths)) or 1.0)
    densest = densest or (np.nanmax(densities, initial=0.0, where=np.isfinite(densities)) or 1.0)
    for time, depth, density in zip(times, depths, densities):
        share = density / densest if density > 0 else 1.0
        ax.plot(
            [time, time],
            [0.0, depth if np.isfinite(depth) else deepest],
            color=colour,
            linewidth=0.7 + 2.3 * share,
            solid_capstyle="butt",
        )
    ax.axhline(0.0, color="black", linewidth=0.8)
    if not len(times):
        ax.text(
            0.5, 0.4, "no session", transform=ax.transAxes, ha="center", va="center", color="0.4"
        )
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
    needled = needles > 0
    depths = result.session_values("channel_depth", "mm")
    if not needled.all():
        lines.append(f"wounds {_range_text(depths[~needled])} mm deep")
    if needled.any():
        densities = result.session_values("puncture_density", "cm-2")
        lines += [
            f"needles {_range_text(needles[needled])} mm",
            f"channels {_range_text(depths[needled])} mm",
            f"{_range_text(densities[needled])} punctures cm⁻²",
        ]
    return separator.join(lines)


def _range_text(values: np.ndarray) -> str:
    values = values[np.isfinite(values)]
    low, high = f"{values.min():.3g}", f"{values.max():.3g}"
    return low if low == high else f"{low}–{high}"


def plot_courses(
    ax: Axes,
    result: Result,
    names: Sequence[str],
    since: float = 0.0,
    label: str | None = None,
    first_style: int = 0,
    change: bool = False,
) -> Axes:
    """Observables over time [d] since `since`; all of one unit, or as `change` since the start [%].
    Lines jump where the state did: at sessions and events.

    Lines differ in colour and dash, from style `first_style` on; `label` replaces the one's name.
    """
    lines = [result.course(name) for name in names]
    labels = [label] if label else labels_of_lines(lines)[0]
    for style, (values, text) in enumerate(zip(lines, labels), start=first_style):
        if change:
            values = change_since_start(values)
        ax.plot(
            values["time"].values - since,
            values.values,
            label=text,
            color=COLOURS[style % len(COLOURS)],
            linestyle=DASHES[style % len(DASHES)],
        )
    if all(_is_flat(*_span(values)) for values in lines):
        middle = sum(ax.get_ylim()) / 2
        reach = max(0.05 * abs(middle), np.ptp(ax.get_ylim()) / 2)
        ax.set_ylim(middle - reach, middle + reach)
    ax.ticklabel_format(axis="y", useOffset=False, scilimits=(-4, 5))
    return ax


def start_text(values: xr.DataArray) -> str:
    """What 100 % is: "100 % = 0.102 mg mm⁻³"."""
    units = "" if units_of(values) == "1" else f" {unit_text(values)}"
    return f"100 % = {number_text(float(values.values[0]))}{units}"


def number_text(value: float) -> str:
    """Three significant digits, written out up to a million."""
    return f"{float(f'{value:.3g}'):g}"


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


def split_label(values: xr.DataArray) -> tuple[str, str]:
    """What is observed and where: ("neutrophils", "mean of the dermis"). An explanation after a
    colon or in parentheses is left out."""
    label = re.sub(r" \([^)]*\)", "", label_of(values)).split(": ")[0]
    what, where = re.match(r"(.*?)(?:, | (?=in the wound bed$)|$)(.*)", label).groups()
    return what, where


def labels_of_lines(lines: Sequence[xr.DataArray]) -> tuple[list[str], str]:
    """Labels of the lines of a panel, and what they have in common.

    Lines of one place are called by what is observed, lines of one thing by where.
    """
    parts = [split_label(values) for values in lines]
    whats, wheres = ([part[i] for part in parts] for i in (0, 1))
    if len(set(wheres)) == 1:
        return whats, wheres[0]
    if len(set(whats)) == 1:
        return wheres, whats[0]
    return [f"{what}, {where}".removesuffix(", ") for what, where in parts], ""


def courses_label(result: Result, panel: Panel) -> str:
    """The label of a y axis: what is observed if that is one thing and short, else the group; and
    the unit."""
    first = result.observable(panel.names[0])
    names = {split_label(result.observable(name))[0] for name in panel.names}
    name = names.pop() if len(names) == 1 else panel.group
    if len(name) > LONGEST_LABEL:
        name = panel.group
    return f"{name}, change [%]" if panel.change else axis_label(name, units_of(first))


def panel_note(result: Result, panel: Panel) -> str:
    """What the labels of a panel leave unsaid: where all its lines are observed, what 100 % is, or
    an only line's name that is too long for its axis."""
    first = result.observable(panel.names[0])
    what, where = split_label(first)
    if len(panel.names) > 1:
        note = labels_of_lines([result.observable(name) for name in panel.names])[1]
        return "" if note == what else note
    note = f"{what}, {where}".strip(", ") if len(what) > LONGEST_LABEL else where
    if not panel.change or (units_of(first) == "1" and float(first.values[0]) == 1.0):
        return note
    return f"{note} ({start_text(first)})".strip()


def plot_measurements(
    ax: Axes, measurements: pd.DataFrame, observable: xr.DataArray, colour: str = "black"
) -> Axes:
    """Lays measured means and standard deviations over an observable's curve, in its unit.

    `measurements` is what read_measurements returns; rows of other observables are left out.
    """
    rows = measurements[measurements["observable"] == str(observable.name)]
    for number, (assay, group) in enumerate(rows.groupby("assay", sort=False)):
        units = units_of(observable)
        factors = np.array([conversion_factor(unit, units) for unit in group["unit"]])
        counts = group["n"].to_numpy(dtype=float)
        size = f", n = {_range_text(counts)}" if np.isfinite(counts).any() else ""
        spread = (group["sd"] * factors).to_numpy(dtype=float)
        ax.errorbar(
            group["time"],
            group["value"] * factors,
            yerr=spread if np.isfinite(spread).any() else None,
            marker="os^Dv"[number % 5],
            color=colour,
            markersize=3,
            markerfacecolor="white",
            markeredgewidth=0.8,
            elinewidth=0.8,
            capsize=1.5,
            linestyle="none",
            zorder=5,
            label=f"{assay or 'measured'}{size}",
        )
    return ax


def plot_forest(ax: Axes, results: Sequence[Result], names: Sequence[str]) -> Axes:
    """Outcomes of results as ratios to the first result's, one row an outcome, on a log scale.

    Rows run downward from 0. A censored outcome, and one whose ratio has no meaning because a value
    is zero or the signs differ, has no mark.
    """
    ratios = [[_ratio(results[0], result, name) for name in names] for result in results]
    finite = np.array([value for row in ratios for value in row if np.isfinite(value)] or [1.0])
    reach = min(max(np.exp(np.abs(np.log(finite)).max()) * 1.1, 1.25), 20.0)
    offsets = np.linspace(-0.22, 0.22, len(results) - 1) if len(results) > 2 else np.zeros(1)
    for i, (result, row) in enumerate(zip(results[1:], ratios[1:]), start=1):
        y = np.arange(len(names)) + offsets[i - 1]
        shown = np.clip(row, 1 / reach, reach)
        ax.hlines(y, 1.0, shown, color=COLOURS[i], linewidth=0.8)
        ax.plot(shown, y, "osD^vP"[i - 1], color=COLOURS[i], markersize=3.2, label=result.label)
    ax.axvline(1.0, color=COLOURS[0], linewidth=1.1)
    ax.set_xscale("log")
    ax.set_xlim(1 / reach, reach)
    wide = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0)
    narrow = (0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0)
    ticks = [tick for tick in (wide if reach > 2 else narrow) if 1 / reach <= tick <= reach]
    ax.set_xticks(ticks)
    ax.set_xticklabels([f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    for k in range(0, len(names), 2):
        ax.axhspan(k - 0.5, k + 0.5, color="0.94", linewidth=0, zorder=-1)
    ax.set_xlabel(f"ratio to {results[0].label}")
    return ax


def _ratio(reference: Result, result: Result, name: str) -> float:
    first, other = (outcome_value(one, name) for one in (reference, result))
    ratio = other / first if first else np.nan
    return ratio if ratio > 0 else np.nan


def outcome_value(result: Result, name: str) -> float:
    """An outcome's value; NaN if it is censored or the result has none of that name."""
    if name not in result.outcomes.index or result.outcomes.loc[name, "censored"]:
        return np.nan
    return float(result.outcomes.loc[name, "value"])


def unit_text(values: xr.DataArray) -> str:
    """The unit as a figure spells it."""
    return pretty_units(units_of(values))
