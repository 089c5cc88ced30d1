"""Plots of studies: response surfaces, curves with bands, forests, tornado and Sobol' charts,
distributions over persons, trade-offs. Every function draws on the `ax` it is given and returns it.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FormatStrFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import Bbox
from neocol.figures.style import COLOURS, DASHES
from neocol.results import ResultError
from neocol.studies import Report, Sweep, columns_of_cases
from neocol.units import axis_label


def is_numeric(values) -> bool:
    return np.issubdtype(np.asarray(values).dtype, np.number)


def plot_surface(ax: Axes, sweep: Sweep, outcome: str, x: str, y: str) -> Axes:
    """A response surface: contours of an outcome over two numeric columns, with the cases as dots.
    Needs a full grid of these two (Sweep.held fixes others); an outcome that is the same everywhere
    is said to be so."""
    table = sweep.table(outcome)
    _refuse_more_columns(sweep, [x, y], table)
    grid = table.pivot(index=y, columns=x, values=outcome)
    if grid.isna().values.any():
        raise ResultError(f"{sweep.path}: '{x}' and '{y}' do not form a full grid of complete runs")
    if is_flat(table[outcome]):
        return _note_flat(ax, table[outcome])
    image = ax.contourf(grid.columns, grid.index, grid.values, levels=12, cmap="viridis")
    lines = ax.contour(
        grid.columns, grid.index, grid.values, levels=6, colors="white", linewidths=0.5
    )
    ax.clabel(lines, fontsize=6, fmt="%.4g")
    ax.plot(table[x], table[y], ".", color="white", markersize=2.5, markeredgewidth=0)
    ax.figure.colorbar(image, ax=ax, pad=0.02)
    ax.set_xlabel(axis_label(sweep.label(x), sweep.units(x)))
    ax.set_ylabel(axis_label(sweep.label(y), sweep.units(y)))
    for axis, name in ((ax.xaxis, x), (ax.yaxis, y)):
        values = np.unique(table[name])
        if values[0] > 0 and values[-1] / values[0] > 8:
            getattr(ax, f"set_{axis.axis_name}scale")("log")
            axis.set_major_locator(FixedLocator(values))
            axis.set_major_formatter(FormatStrFormatter("%g"))
            axis.set_minor_locator(NullLocator())
    return ax


def _refuse_more_columns(sweep: Sweep, shown: Sequence[str], table) -> None:
    """A point of a figure is one run (or its replicates), never a mean over a column."""
    if table.duplicated(list(shown)).any():
        others = [name for name in sweep.columns if name not in shown]
        raise ResultError(
            f"{sweep.path}: over {' and '.join(shown)} alone, {', '.join(others)} "
            "would be averaged: hold it, as Sweep.held does"
        )


def is_flat(values) -> bool:
    """True if an outcome is the same everywhere to within half a per cent."""
    values = np.asarray(values, dtype=float)
    return bool(np.nanmax(values) - np.nanmin(values) < 0.005 * np.nanmax(np.abs(values)))


def _note_flat(ax: Axes, values) -> Axes:
    ax.set_axis_off()
    ax.text(
        0.0,
        0.7,
        "the same everywhere,\n" f"{np.nanmin(values):.4g} to {np.nanmax(values):.4g}",
        transform=ax.transAxes,
        va="top",
    )
    return ax


def plot_lines(
    ax: Axes, sweep: Sweep, outcome: str, x: str, by: str | None = None, legend: bool = True
) -> Axes:
    """An outcome over one column, a line for every value of another; Sweep.held fixes others."""
    table = sweep.table(outcome)
    _refuse_more_columns(sweep, [x] if by is None else [x, by], table)
    groups = [(None, table)] if by is None else list(table.groupby(by, sort=True))
    for i, (value, rows) in enumerate(groups):
        rows = rows.sort_values(x)
        positions = rows[x] if is_numeric(rows[x]) else np.arange(len(rows))
        label = None if by is None else (f"{value:g}" if is_numeric(value) else str(value))
        ax.plot(
            positions,
            rows[outcome],
            color=COLOURS[i % len(COLOURS)],
            linestyle=DASHES[i % len(DASHES)],
            marker="o",
            markersize=2.5,
            label=label,
        )
        if not is_numeric(rows[x]):
            ax.set_xticks(positions, rows[x])
    ax.set_xlabel(axis_label(sweep.label(x), sweep.units(x)))
    if by is not None and legend:
        ax.legend(
            title=axis_label(sweep.label(by), sweep.units(by)),
            fontsize=6,
            title_fontsize=6,
            labelspacing=0.15,
        )
    return ax


def most_important(outcome: dict, measure: str, most: int) -> list[dict]:
    """Inputs by falling importance, the largest first."""
    inputs = [entry for entry in outcome["inputs"] if entry[measure][0] is not None]
    return sorted(inputs, key=lambda entry: -entry[measure][0])[:most]


def plot_tornado(ax: Axes, report: Report, outcome: str, most: int = 12) -> Axes:
    """Morris's mu* of the parameters that matter most, with 90 % intervals; colour says whether
    the outcome rises (filled) or falls (open) with the parameter."""
    entry = report.outcome(outcome)
    inputs = most_important(entry, "mu_star", most)
    for i, one in enumerate(inputs):
        value, low, high = one["mu_star"]
        rises = one["mu"] >= 0
        ax.barh(
            i,
            value,
            height=0.7,
            color=COLOURS[0] if rises else "white",
            edgecolor=COLOURS[0],
            linewidth=0.8,
        )
        ax.plot([low, high], [i, i], color="black", linewidth=0.8)
    ax.set_yticks(range(len(inputs)), [one["parameter"] for one in inputs])
    ax.invert_yaxis()
    ax.set_xlim(left=0)
    ax.set_xlabel(axis_label("mu*", entry["unit"]))
    return ax


def plot_morris_plane(ax: Axes, report: Report, outcome: str, most: int = 8) -> Axes:
    """Sigma over mu*: above the line, interactions and curvature outweigh the mean effect."""
    entry = report.outcome(outcome)
    points = [
        (one["mu_star"][0], one["sigma"])
        for one in entry["inputs"]
        if one["mu_star"][0] is not None
    ]
    largest = max((max(point) for point in points), default=1.0)
    ax.plot([0, largest], [0, largest], color="0.6", linewidth=0.6)
    ax.plot(*zip(*points), "o", markersize=2.5, color=COLOURS[0])
    ax.set_xlabel(axis_label("mu*", entry["unit"]))
    ax.set_ylabel(axis_label("sigma", entry["unit"]))
    _label_points(
        ax,
        points,
        [
            (one["parameter"], one["mu_star"][0], one["sigma"])
            for one in most_important(entry, "mu_star", most)
        ],
    )
    return ax


def _label_points(
    ax: Axes, points: Sequence[tuple[float, float]], labels: Sequence[tuple[str, float, float]]
) -> None:
    """Writes labels (text, x, y) beside their points, the first ones first, where neither a point
    nor an earlier text stands; a text without room is left out."""
    ax.autoscale_view()
    dots = ax.transData.transform(points)
    taken: list[Bbox] = []
    for text, x, y in labels:
        for shift, across, along in (
            ((3, 0), "left", "center"),
            ((-3, 0), "right", "center"),
            ((0, 3), "center", "bottom"),
            ((0, -3), "center", "top"),
        ):
            label = ax.annotate(
                text,
                (x, y),
                xytext=shift,
                textcoords="offset points",
                fontsize=6,
                ha=across,
                va=along,
            )
            box = label.get_window_extent()
            if not any(box.overlaps(other) for other in taken) and box.count_contains(dots) == 0:
                taken.append(box)
                break
            label.remove()


def plot_sobol(ax: Axes, report: Report, outcome: str, most: int = 12) -> Axes:
    """First-order and total Sobol' indices with 90 % intervals, the largest total first."""
    inputs = most_important(report.outcome(outcome), "total", most)
    for i, one in enumerate(inputs):
        for shift, measure, colour in ((-0.18, "first", COLOURS[0]), (0.18, "total", COLOURS[1])):
            value, low, high = one[measure]
            ax.barh(
                i + shift,
                value,
                height=0.34,
                color=colour,
                label={"first": "alone (first order)", "total": "with company (total)"}[measure]
                if i == 0
                else None,
            )
            ax.plot([low, high], [i + shift] * 2, color="black", linewidth=0.7)
    ax.set_yticks(range(len(inputs)), [one["parameter"] for one in inputs])
    ax.invert_yaxis()
    ax.axvline(0.0, color="0.5", linewidth=0.5)
    ax.set_xlabel("share of the variance")
    if inputs:
        ax.legend(loc="lower right", fontsize=6)
    return ax


def plot_bands(ax: Axes, report: Report, observable: str) -> Axes:
    """Change of an observable in the cohort: median, and the 90 % of parameter draws as a band."""
    curves = [curve for curve in report.data["curves"] if curve["observable"] == observable]
    for curve in curves:
        i = curve["regimen"]
        numbers = {
            key: np.array(curve[key], dtype=float) for key in ("days", "median", "low", "high")
        }
        ax.fill_between(
            numbers["days"],
            numbers["low"],
            numbers["high"],
            alpha=0.15,
            linewidth=0,
            color=COLOURS[i % len(COLOURS)],
        )
        ax.plot(
            numbers["days"],
            numbers["median"],
            color=COLOURS[i % len(COLOURS)],
            linestyle=DASHES[i % len(DASHES)],
            label=report.regimens[i],
        )
    ax.axvline(0.0, color="0.55", linewidth=0.5, zorder=0)
    ax.axhline(0.0, color="0.8", linewidth=0.5, zorder=0)
    ax.set_xlabel(f"time since the {report.data['clock']} [d]")
    if curves:
        ax.set_ylabel(
            "change [%]" if curves[0]["unit"] == "%" else axis_label("change", curves[0]["unit"])
        )
    return ax


def plot_cohort_forest(ax: Axes, report: Report, outcome: str) -> Axes:
    """Differences from the first regimen: median (dot), 90 % of draws (thick), persons (thin);
    the grey band is the closure error, within which a difference is none."""
    entry = report.outcome(outcome)
    closure = [
        one["closure_error"] for one in entry["regimens"][1:] if one["closure_error"] is not None
    ]
    if closure:
        ax.axvspan(-max(closure), max(closure), color="0.88", linewidth=0, zorder=0)
    for i, one in enumerate(entry["regimens"][1:], start=1):
        cohort = one["difference"]["cohort"]
        if cohort["median"] is None:
            continue
        colour = COLOURS[i % len(COLOURS)]
        ax.plot(
            [one["difference"]["person_low"], one["difference"]["person_high"]],
            [i, i],
            color=colour,
            linewidth=0.7,
        )
        ax.plot(
            [cohort["low"], cohort["high"]],
            [i, i],
            color=colour,
            linewidth=2.6,
            alpha=0.6,
            solid_capstyle="butt",
        )
        ax.plot(cohort["median"], i, "o", color=colour, markersize=3.5)
    ax.axvline(0.0, color="0.4", linewidth=0.6)
    ax.set_yticks(range(1, len(report.regimens)), report.regimens[1:])
    ax.set_ylim(len(report.regimens) - 0.5, 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.set_xlabel(axis_label(f"less or more than {report.regimens[0]}", entry["unit"]))
    return ax


def plot_persons(ax: Axes, report: Report, outcome: str) -> Axes:
    """Distribution over persons: every person's median over the parameter draws, as a step curve
    of shares, and the persons as ticks."""
    column = columns_of_cases(report, outcome)
    done = report.cases[report.cases["status"] == "complete"]
    for i, name in enumerate(report.regimens):
        rows = done[done["regimen"] == name]
        values = np.sort(rows.groupby("person")[column].median().dropna())
        shares = np.arange(1, len(values) + 1) / max(len(values), 1)
        ax.step(
            values,
            100 * shares,
            where="post",
            color=COLOURS[i % len(COLOURS)],
            linestyle=DASHES[i % len(DASHES)],
            label=name,
        )
        ax.plot(
            values,
            np.full(len(values), -3.0 - 3.0 * i),
            "|",
            markersize=3,
            color=COLOURS[i % len(COLOURS)],
        )
    ax.set_ylabel("persons at or below [%]")
    ax.set_xlabel(axis_label(outcome.replace("_", " "), report.outcome(outcome)["unit"]))
    return ax


def pareto(points: Sequence[tuple[float, float]], more_x: bool, more_y: bool) -> list[int]:
    """Indices of the points that no other one beats in both directions."""

    def beats(a, b):
        better_x = a[0] >= b[0] if more_x else a[0] <= b[0]
        better_y = a[1] >= b[1] if more_y else a[1] <= b[1]
        return better_x and better_y and tuple(a) != tuple(b)

    return [i for i, point in enumerate(points) if not any(beats(other, point) for other in points)]


def plot_tradeoff(ax: Axes, sweep: Sweep, gain: str, harm: str, colour_by: str) -> Axes:
    """A gain over a harm, one dot a run, coloured by a column; the line joins the runs that no
    other one beats in both."""
    runs = sweep.complete
    x, y = runs[harm].values.astype(float), runs[gain].values.astype(float)
    known = np.isfinite(x) & np.isfinite(y)
    x, y, colours = x[known], y[known], runs[colour_by].values[known]
    if not is_numeric(colours):
        colours = np.unique(colours, return_inverse=True)[1]
    dots = ax.scatter(x, y, c=colours, s=10, cmap="viridis")
    front = sorted(pareto(list(zip(x, y)), more_x=False, more_y=True), key=lambda i: x[i])
    ax.plot(x[front], y[front], color="0.4", linewidth=0.8, zorder=0)
    bar = ax.figure.colorbar(dots, ax=ax, pad=0.02)
    bar.set_label(axis_label(sweep.label(colour_by), sweep.units(colour_by)))
    ax.set_xlabel(axis_label(harm.replace("_", " "), sweep.units(harm)))
    ax.set_ylabel(axis_label(gain.replace("_", " "), sweep.units(gain)))
    return ax
