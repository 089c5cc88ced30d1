"""Whole figures of several results, laid over each other at equal times after the last session."""
from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from neocol.figures import courses as plots
from neocol.figures.drawn import DrawnData, warn_not_drawn
from neocol.figures.style import COLOURS, DASHES, Page, set_days, wrapped
from neocol.results import Result, ResultError
from neocol.units import axis_label

MOST_PANELS = 8
STRIP, PANEL = 5.0, 27.0
TOP, LEFT = 4.0, 17.0


def shared_observables(
    results: Sequence[Result],
    wanted: Sequence[str] | None,
    most: int = MOST_PANELS,
    measured: Collection[str] = (),
) -> list[str]:
    """Observables that all results have, or those `wanted` if they are named.

    At most `most`: those `measured` first, then the matrix, then of every group in turn.

    Raises ResultError if a wanted one is missing, or if no observable is shared.
    """
    if wanted:
        for result in results:
            for name in wanted:
                result.observable(name)
        return list(wanted)
    shared = [
        name
        for name in results[0].observable_names
        if all(name in other.observables for other in results)
    ]
    shared.sort(key=lambda name: plots.is_of_wounds(results[0].observable(name)))
    if not shared:
        raise ResultError("the results share no observable: are they of one model?")
    order = ("matrix", "cells", "growth factors", "inflammation", "surface", "other")
    by_group = {
        group: [
            name
            for name in shared
            if plots.group_of(name, plots.label_of(results[0].observable(name))) == group
        ]
        for group in order
    }
    # In turn from every group, but all of the matrix first: it is what a course is for.
    matrix = by_group.pop("matrix")
    chosen = [name for name in shared if name in measured]
    chosen += [name for name in matrix if name not in chosen][: max(most - 2 - len(chosen), 0)]
    by_group = {
        group: [name for name in names if name not in chosen] for group, names in by_group.items()
    }
    while len(chosen) < min(most, len(shared)) and any(by_group.values()):
        for names in by_group.values():
            if names and len(chosen) < most:
                chosen.append(names.pop(0))
    return sorted(chosen, key=shared.index)


def curve_page(
    results: Sequence[Result],
    width: float,
    names: Sequence[str] | None,
    measurements: pd.DataFrame | None,
    drawn: DrawnData,
) -> dict[str, Page]:
    """Curves of all results over the time since each one's last session, up to the first end."""
    measured = set() if measurements is None else set(measurements["observable"])
    names = shared_observables(
        results, names, MOST_PANELS if width > 120 else MOST_PANELS - 2, measured
    )
    first = min(
        -(result.last_session - float(result.observables["time"].values[0])) for result in results
    )
    last = min(result.end - result.last_session for result in results)
    warn_not_drawn(
        measurements, names, first + results[0].last_session, last + results[0].last_session
    )
    columns = 2 if width > 120 and len(names) > 1 else 1
    rows = -(-len(names) // columns)
    panel_width = (width - 4) / columns - LEFT
    legend = 3.6 * len(results) + 2
    strips = STRIP * len(results)
    page = Page(width, TOP + legend + strips + rows * (PANEL + 8) + 7)
    _legend(page, results, width)
    for column in range(columns):
        left = LEFT + column * (panel_width + LEFT)
        _strips(page, results, left, TOP + legend, panel_width, first, last)
        for row in range(rows):
            number = row * columns + column
            if number >= len(names):
                continue
            ax = page.axes(left, TOP + legend + strips + 5 + row * (PANEL + 8), panel_width, PANEL)
            _draw_curves(ax, results, names[number], first, last, measurements)
            set_days(ax, first, last, panel_width)
            if number + columns >= len(names):
                ax.set_xlabel("time since the last session [d]")
            else:
                ax.tick_params(labelbottom=False)
    for name in names:
        for result in results:
            values = result.course(name)
            drawn.add(
                "compare_curves",
                result.label,
                values.assign_coords(time=values["time"] - result.last_session),
            )
    return {"curves": page}


def _legend(page: Page, results: Sequence[Result], width: float) -> None:
    for i, result in enumerate(results):
        y = TOP + 3.6 * i
        page.figure.add_artist(
            Line2D(
                [LEFT / width, (LEFT + 9) / width],
                [1 - y / page.height] * 2,
                color=COLOURS[i],
                linestyle=DASHES[i],
                linewidth=1.4,
            )
        )
        text = (
            result.caption
            if width < 120
            else f"{result.caption}: {plots.regimen_text(result, ', ')}"
        )
        page.text(LEFT + 10.5, y, text, va="center")


def _strips(
    page: Page,
    results: Sequence[Result],
    left: float,
    top: float,
    width: float,
    first: float,
    last: float,
) -> None:
    deepest = (
        max(
            (
                np.nanmax(result.session_values("channel_depth", "mm"), initial=0.0)
                for result in results
            ),
            default=0.0,
        )
        or 1.0
    )
    densest = (
        max(
            (
                np.nanmax(result.session_values("puncture_density", "cm-2"), initial=0.0)
                for result in results
            ),
            default=0.0,
        )
        or 1.0
    )
    for i, result in enumerate(results):
        strip = page.axes(left, top + i * STRIP, width, STRIP - 0.8)
        plots.plot_regimen(strip, result, result.last_session, COLOURS[i], deepest, densest)
        set_days(strip, first, last, width)
        strip.set_yticks([])
        strip.spines["left"].set_visible(False)


def _draw_curves(
    ax: Axes,
    results: Sequence[Result],
    name: str,
    first: float,
    last: float,
    measurements: pd.DataFrame | None,
) -> None:
    ax.axvline(0.0, color="0.55", linewidth=0.5, zorder=0)
    for i, result in enumerate(results):
        plots.plot_courses(ax, result, [name], result.last_session, result.label, first_style=i)
    observable = results[0].observable(name)
    if measurements is not None:
        shifted = measurements.assign(time=measurements["time"] - results[0].last_session)
        plots.plot_measurements(ax, shifted, observable)
    plots.fit_to_shown(ax, first, last)
    name = ", ".join(part for part in plots.split_label(observable) if part)
    title = axis_label(name, plots.units_of(observable))
    ax.set_title(wrapped(title, 56), loc="left", pad=2)


def outcome_page(
    results: Sequence[Result], width: float, drawn: DrawnData, wanted: Sequence[str] | None = None
) -> dict[str, Page]:
    """A forest of the outcomes, all or those `wanted`, as ratios to the first result's, with the
    values beside it. Raises ResultError if no result has a wanted one."""
    names = list(dict.fromkeys(name for result in results for name in result.outcomes.index))
    for name in wanted or []:
        if name not in names:
            raise ResultError(f"no result has an outcome '{name}'; there are: {', '.join(names)}")
    names = list(wanted) if wanted else names
    if not names:
        return {}
    wide = width > 120
    value = 15.0 if wide else 0.0
    forest = width - 3 - 66 - value * len(results) if wide else 36.0
    if forest < 30:
        value, forest = 0.0, 60.0
    label = width - 3 - forest - value * len(results) - 2
    row = 6.4
    top = 4 + 3.6 * len(results) + (7 if value else 1)
    page = Page(width, top + row * len(names) + 10)
    for i, result in enumerate(results):
        y = 4 + 3.6 * i
        marker = dict(
            marker="|osD^vP"[i],
            color=COLOURS[i],
            markersize=4,
            linestyle="none",
            markeredgewidth=1.2,
        )
        page.figure.add_artist(Line2D([3 / width], [1 - y / page.height], **marker))
        page.text(
            5.5,
            y,
            result.caption + (f": {plots.regimen_text(result, ', ')}" if wide else ""),
            va="center",
        )
        if value:
            page.text(
                width - 3 - value * (len(results) - i),
                top - 1,
                wrapped(result.caption.replace("_", " "), 10),
                va="bottom",
                color=COLOURS[i],
            )
    ax = page.axes(label, top, forest, row * len(names))
    plots.plot_forest(ax, results, names)
    for number, name in enumerate(names):
        _outcome_row(page, results, name, top + row * (number + 0.5), label, value)
        for result in results:
            if name in result.outcomes.index:
                entry = result.outcomes.loc[name]
                drawn.add(
                    "compare_outcomes",
                    result.label,
                    xr.DataArray(
                        [entry["value"]], dims="row", name=name, attrs={"units": entry["units"]}
                    ),
                )
    return {"outcomes": page}


def _outcome_row(
    page: Page, results: Sequence[Result], name: str, y: float, label: float, value: float
) -> None:
    """What an outcome is, to the left of the forest; its values, to the right."""
    known = next(result.outcomes.loc[name] for result in results if name in result.outcomes.index)
    text = axis_label(known["long_name"].split(": ")[0], known["units"])
    page.text(1.5, y, wrapped(text, int(label / 1.32)), va="center", fontsize=6.5, linespacing=1.0)
    for i, result in enumerate(results if value else []):
        number = plots.outcome_value(result, name)
        shown = plots.number_text(number) if np.isfinite(number) else "censored"
        page.text(
            page.width - 3 - value * (len(results) - i),
            y,
            shown,
            va="center",
            color="0" if np.isfinite(number) else "0.4",
        )
