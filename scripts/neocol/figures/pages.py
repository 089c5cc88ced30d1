"""Whole figures of one result: panels on a page, each drawn by neocol.figures.courses or neocol.figures.maps.

Every function returns {name: Page}; empty if the result holds nothing for it.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from neocol.figures import courses as plots
from neocol.figures import maps as maps
from neocol.figures.drawn import DrawnData
from neocol.figures.style import Page, set_days, spread, wrapped
from neocol.results import Result
from neocol.units import axis_label

STRIP = 10.0  # height of the regimen strip [mm]
TOP, LEFT, BOTTOM = 7.0, 24.0, 10.0
LABEL = 13.0  # from an axis to the near side of its label [mm]
PANEL, GAP = 21.0, 4.0
NOTE_CHARACTERS = 44  # a line above a narrow panel
NOTE = "0.35"  # colour of what a figure says beside its data
GUTTER, ROW = 2.5, 18.0  # between sections, and between their rows
CLOSE_UP_DAYS = 28.0


def heading(result: Result) -> str:
    """The title, and what is to be known of a run that is not complete."""
    return f"{result.title} ({result.flag})" if result.flag else result.title


# ---- time courses


def course_pages(
    result: Result,
    width: float,
    names: Sequence[str] | None,
    measurements: pd.DataFrame | None,
    drawn: DrawnData,
) -> dict[str, Page]:
    """Observables in groups under the regimen strip; on a wide page with a close-up beside."""
    names = list(names or result.observable_names)
    for name in names:
        drawn.add("time_courses", result.label, result.course(name))
    measured = set() if measurements is None else set(measurements["observable"])
    wounds = [name for name in names if plots.is_of_wounds(result.observable(name))]
    tissue = [name for name in names if name not in wounds]
    pages = {}
    for figure, members, suffix in (
        ("time_courses", tissue, ""),
        ("wound_courses", wounds, ": in the wounds"),
    ):
        panels = plots.panels(result.observables, members, measured)
        heights = [PANEL + GAP + _legend_height(result, panel, width) for panel in panels]
        parts = _page_parts(panels, heights, 280.0 - 45.0)
        for number, part in enumerate(parts, start=1):
            name = figure if len(parts) == 1 else f"{figure}_{number}"
            pages[name] = _course_page(result, width, part, measurements, suffix)
    return pages


def _page_parts(
    panels: list[plots.Panel], heights: list[float], room: float
) -> list[list[plots.Panel]]:
    """Panels shared out on as few pages as hold them, evenly. Lengths in mm."""
    count = int(-(-sum(heights) // room))
    if not count:
        return []
    share = sum(heights) / count
    page_of = np.minimum((np.cumsum(heights) - 0.5 * np.array(heights)) // share, count - 1)
    return [
        [panel for panel, page in zip(panels, page_of) if page == number] for number in range(count)
    ]


def _legend_height(result: Result, panel: plots.Panel, width: float) -> float:
    """A legend stands beside a wide page's panel, and above a narrow one's [mm]."""
    if width > 120:
        return 0.0
    note = wrapped(plots.panel_note(result, panel), NOTE_CHARACTERS)
    return 3.2 * (note.count("\n") + 1 + (len(panel.names) if len(panel.names) > 1 else 0))


def _course_page(
    result: Result,
    width: float,
    rows: list[plots.Panel],
    measurements: pd.DataFrame | None,
    subject: str,
) -> Page:
    wide = width > 120
    above = [_legend_height(result, panel, width) for panel in rows]
    regimen = plots.regimen_text(result)
    top = TOP + (0.0 if wide else 3.2 * (regimen.count("\n") + 1))
    height = top + STRIP + sum(PANEL + GAP + extra for extra in above) + BOTTOM - GAP + 3
    page = Page(width, height, heading(result) + subject)
    columns = _course_columns(result, width, wide)
    for number, (left, panel_width, first, last) in enumerate(columns):
        strip = page.axes(left, top, panel_width, STRIP)
        plots.plot_regimen(strip, result)
        set_days(strip, first, last, panel_width)
        if number == 0:
            _label_strip(strip, panel_width)
        y = top + STRIP + 3
        for i, panel in enumerate(rows):
            y += above[i]
            ax = page.axes(left, y, panel_width, PANEL, sharex=strip)
            plots.mark_sessions(ax, result)
            plots.plot_courses(ax, result, panel.names, change=panel.change)
            if measurements is not None and not panel.change:
                for name in panel.names:
                    plots.plot_measurements(ax, measurements, result.observable(name))
            ax.tick_params(axis="x", labelbottom=i == len(rows) - 1)
            plots.fit_to_shown(ax, first, last)
            if number == 0:
                ax.set_ylabel(wrapped(plots.courses_label(result, panel), 18))
                ax.yaxis.set_label_coords(-LABEL / panel_width, 0.5)
            if number == len(columns) - 1:
                _legend(ax, plots.panel_note(result, panel), panel_width, wide)
            y += PANEL + GAP
        ax.set_xlabel("time [d]")
    page.text(
        width - 40 + 3 if wide else LEFT, top if wide else TOP, regimen, va="top", color="0.25"
    )
    return page


def _legend(ax: Axes, note: str, width: float, wide: bool) -> None:
    """Names of the lines, and a note: beside a panel `width` mm wide, or above it. The y axis names
    an only line."""
    handles, labels = ax.get_legend_handles_labels()
    if len(handles) < 2:
        if wide:
            ax.text(
                1 + 3 / width, 1.0, wrapped(note, 28), transform=ax.transAxes, va="top", color=NOTE
            )
        else:
            ax.text(
                0.0,
                1.04,
                wrapped(note, NOTE_CHARACTERS),
                transform=ax.transAxes,
                va="bottom",
                color=NOTE,
            )
        return
    if note:
        handles.append(Line2D([], [], linestyle="none"))
        labels.append(note)
    if wide:
        labels = [wrapped(label, plots.LEGEND_CHARACTERS) for label in labels]
        legend = ax.legend(handles, labels, loc="upper left", bbox_to_anchor=(1 + 2 / width, 1.0))
    else:
        legend = ax.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    if note:
        legend.get_texts()[-1].set_color(NOTE)


def _course_columns(
    result: Result, width: float, wide: bool
) -> list[tuple[float, float, float, float]]:
    """Left edge and width [mm], first and last day of each column of panels."""
    first = float(result.observables["time"].values[0])
    if not wide:
        return [(LEFT, width - LEFT - 4, first, result.end)]
    room = width - LEFT - 40
    start = float(result.session_times[0]) if len(result.session_times) else 0.0
    if not len(result.session_times) or result.end - start < 1.5 * CLOSE_UP_DAYS:
        return [(LEFT, room, first, result.end)]
    close, between = 40.0, 13.0  # the tick labels of the second stand between
    return [
        (LEFT, room - close - between, first, result.end),
        (LEFT + room - close, close, start, start + CLOSE_UP_DAYS),
    ]


def _label_strip(strip: Axes, width: float) -> None:
    strip.set_ylabel("depth\n[mm]")
    strip.yaxis.set_label_coords(-LABEL / width, 0.5)


# ---- collagen in depth and time


def collagen_page(result: Result, width: float, drawn: DrawnData) -> dict[str, Page]:
    """Change of collagen over time and depth, laterally averaged: all of it, then I and III."""
    if not has_fields(result) or len(result.record_times) < 3:
        return {}
    changes = maps.collagen_changes(result, lateral_mean=True)
    if not changes:
        return {}
    panel = 26.0
    right = 34.0 if width > 120 else 31.0
    room = width - LEFT - right
    top = TOP + (0 if width > 120 else 3.2 * (plots.regimen_text(result).count("\n") + 1))
    page = Page(width, top + STRIP + len(changes) * (panel + 6) + BOTTOM, heading(result))
    strip = page.axes(LEFT, top, room, STRIP)
    plots.plot_regimen(strip, result)
    times = result.record_times
    set_days(strip, float(times[0]), float(times[-1]), room)
    _label_strip(strip, room)
    shallow = [values.where(values["z"] <= maps.depth_of_interest(result)) for values in changes]
    norm = maps.change_norm(shallow)
    y = top + STRIP + 5
    for i, values in enumerate(changes):
        drawn.add("collagen", result.label, values)
        ax = page.axes(LEFT, y, room, panel, sharex=strip)
        maps.plot_depth_time(ax, result, values, norm)
        ax.set_title(values.attrs["long_name"], loc="left", pad=2)
        ax.set_ylabel("depth [mm]")
        ax.yaxis.set_label_coords(-LABEL / room, 0.5)
        ax.tick_params(axis="x", labelbottom=i == len(changes) - 1)
        _name_layers(ax, result, panel)
        y += panel + 6
    ax.set_xlabel(
        "time [d] (ticks on the maps: stored records, linear between them)"
        if width > 120
        else "time [d]"
    )
    bar_left = width - right + (15.5 if width > 120 else 13.0)
    whole = "collagen at that depth" if len(changes) > 1 else "value at that depth"
    _colour_bar(
        page,
        ax,
        shallow,
        bar_left,
        top + STRIP + 5,
        f"change [% of resting\n{whole}]",
        len(changes) * (panel + 6) - 6,
    )
    page.text(
        width - right + 2 if width > 120 else LEFT,
        top if width > 120 else TOP,
        plots.regimen_text(result),
        va="top",
        color="0.25",
    )
    return {"collagen": page}


def _name_layers(ax: Axes, result: Result, panel: float) -> None:
    """Names of the layers to the right of a map, kept apart."""
    deepest = ax.get_ylim()[0]
    shown = [layer for layer in result.layers() if layer[1] < deepest]
    middles = [(top + min(bottom, deepest)) / 2 / deepest for _, top, bottom in shown]
    for (name, _, _), place in zip(shown, spread(middles, 2.9 / panel)):
        ax.text(
            1.015,
            1 - place,
            name.replace("_dermis", "").replace("_", " "),
            va="center",
            transform=ax.transAxes,
            color="0.25",
            fontsize=6.5,
        )


def _colour_bar(
    page: Page,
    ax: Axes,
    arrays: Sequence[xr.DataArray],
    left: float,
    top: float,
    label: str,
    height: float,
) -> None:
    """A colour bar that shows the part of the scale the data use."""
    height = min(height, 60.0)
    bar = page.figure.colorbar(ax.collections[0], cax=page.axes(left, top, 2.5, height))
    norm = ax.collections[0].norm
    low = min(float(np.nanmin(values.values)) for values in arrays)
    high = max(float(np.nanmax(values.values)) for values in arrays)
    low, high = max(norm.vmin, min(low, 0.0)), min(norm.vmax, max(high, 0.0))
    if high > low:
        bar.ax.set_ylim(max(norm.vmin, low - 0.02 * (high - low)), high)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(length=2)
    bar.ax.locator_params(axis="y", nbins=max(2, min(5, int(height / 6))))
    bar.set_label(label)


# ---- sections


def section_pages(
    result: Result,
    width: float,
    names: Sequence[str] | None,
    days: Sequence[float] | None,
    plan_depth: float | None,
    drawn: DrawnData,
) -> dict[str, Page]:
    """Fields around a channel (r-z), in a section (x-z), or of a patch in plan and section."""
    if not has_fields(result) or not any(axis in result.fields.sizes for axis in ("r", "x")):
        return {}
    rows = _section_rows(result, names, plan_depth)
    if not rows:
        return {}
    room = width - LEFT - 20
    most = 5 if width > 120 else 3
    if max(row.ratio for row in rows) > 1.6:  # wide and shallow: fewer, larger
        most = 3 if width > 120 else 2
    panel = min((room - GUTTER * (most - 1)) / most, 45.0)
    heights = [min(panel / row.ratio, 55.0) for row in rows]
    page = Page(width, TOP + 1 + sum(height + ROW for height in heights), heading(result))
    y = TOP + 1 + ROW - 9
    for row, height in zip(rows, heights):
        indices = maps.choose_records(result, days, most, maps.is_change(row.values))
        same = [
            other.values.isel(field_time=indices)
            for other in rows
            if other.values.name == row.values.name
        ]
        norm = maps.change_norm(same) if maps.is_change(row.values) else maps.signal_norm(same)
        for column, index in enumerate(indices):
            record = row.values.isel(field_time=index)
            drawn.add("sections", result.label, record)
            left = LEFT + column * (panel + GUTTER)
            ax = page.axes(left, y, panel, height)
            _draw_section(ax, result, record, norm, row.cut, column == 0)
            maps.set_lateral_ticks(ax, result, "r" if "r" in record.dims else "x", panel)
            page.text(
                left + panel / 2,
                y - 1,
                maps.record_title(result, index, short=panel < 25),
                ha="center",
                va="bottom",
                color="0.25",
            )
        title = axis_label(plots.label_of(row.values), plots.units_of(row.values))
        page.text(
            LEFT, y - 7.5, wrapped(title, int((width - LEFT) / 1.65)), va="bottom", weight="bold"
        )
        _colour_bar(
            page,
            ax,
            same,
            LEFT + len(indices) * (panel + GUTTER),
            y,
            plots.unit_text(row.values),
            height,
        )
        y += height + ROW
    return {"sections": page}


def _draw_section(
    ax: Axes,
    result: Result,
    record: xr.DataArray,
    norm: Normalize,
    cut: float | None,
    leftmost: bool,
) -> None:
    time = float(record["field_time"])
    ax.tick_params(labelleft=leftmost)
    if "y" in record.dims:
        maps.plot_plan(ax, result, record, norm)
        maps.mark_punctures(ax, result, time)
        ax.axhline(cut, color="black", linewidth=0.5, linestyle=(0, (4, 2)))
        ax.set_xlabel("x [mm]")
        ax.set_ylabel("y [mm]" if leftmost else "")
        return
    maps.plot_section(ax, result, record, norm)
    if result.geometry != "section":  # there the channels are spread over the plane
        maps.mark_channels(ax, result, time, cut)
    ax.set_xlabel("r [mm]" if "r" in record.dims else "x [mm]")
    ax.set_ylabel("depth [mm]" if leftmost else "")


@dataclass(frozen=True)
class SectionRow:
    """One row of panels: an array over (field_time, plane), its width / height, and the y at which
    a section cuts a patch [mm]."""

    values: xr.DataArray
    ratio: float
    cut: float | None = None


def _section_rows(
    result: Result, names: Sequence[str] | None, plan_depth: float | None
) -> list[SectionRow]:
    quantities = (
        [result.field_records(name) for name in names]
        if names
        else maps.collagen_changes(result, lateral_mean=False)[:1]
        + [result.field_records(name) for name in _telling_signals(result)]
    )
    depth = maps.depth_of_interest(result)
    rows = []
    if "y" not in result.fields.sizes:
        lateral = "r" if "r" in result.fields.sizes else "x"
        ratio = (2 if lateral == "r" else 1) * result.axis_edges(lateral)[-1] / depth
        for values in quantities:
            name = plots.split_label(values)[0]
            rows.append(SectionRow(_shallow(values, depth).assign_attrs(long_name=name), ratio))
        return rows
    width, length = result.axis_edges("x")[-1], result.axis_edges("y")[-1]
    plan_depth = plan_depth if plan_depth is not None else depth / 3.2
    cut = _telling_cut(result)
    for values in quantities:
        plan = values.sel(z=plan_depth, method="nearest")
        section = _shallow(values.sel(y=cut, method="nearest"), depth)
        name = plots.split_label(values)[0]
        plan = plan.assign_attrs(long_name=f"{name}, {float(plan['z']):.2g} mm deep")
        section = section.assign_attrs(long_name=f"{name}, at y = {cut:.2g} mm")
        rows += [SectionRow(plan, width / length, cut), SectionRow(section, width / depth, cut)]
    return rows


def _telling_signals(result: Result) -> list[str]:
    """The first stored growth factor and the first sign of inflammation, or whatever there is."""
    groups = {name: plots.group_of(name) for name in result.species_fields}
    first = [
        next((name for name in groups if groups[name] == group), None)
        for group in ("growth factors", "inflammation", "cells")
    ]
    return [name for name in first if name][:2]


def _shallow(values: xr.DataArray, depth: float) -> xr.DataArray:
    """NaN below what is drawn, so that colours are chosen by what is seen."""
    return values.where(values["z"] <= depth)


def _telling_cut(result: Result) -> float:
    """y [mm] of the first session's puncture nearest to the middle of a patch."""
    edges = result.axis_edges("y")
    middle = (edges[0] + edges[-1]) / 2
    if not len(result.session_times):
        return float(middle)
    first = maps.punctures_until(result, result.session_times[0])
    return float(min(first[:, 1], key=lambda y: abs(y - middle), default=middle))


def has_fields(result: Result) -> bool:
    """True if there is something to draw maps of."""
    return result.has_fields and bool(result.species_fields)
