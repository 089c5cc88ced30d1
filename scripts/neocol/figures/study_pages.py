"""Whole figures of studies, comparisons in cohorts and sensitivity studies."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from neocol.figures import studies as plots
from neocol.figures.style import COLOURS, DASHES, Page, wrapped
from neocol.results import ResultError
from neocol.studies import Report, Sweep
from neocol.units import axis_label

USUAL = (
    "collagen_papillary_gain_90d",
    "collagen_dermis_gain_90d",
    "collagen3_gain_90d",
    "melanin_peak",
    "erythema_time",
    "closure_time",
)
HARMS = ("melanin_peak", "erythema_time", "closure_time")
PANEL, GAP, TOP = 38.0, 16.0, 9.0


def chosen(known: Sequence[str], wanted: Sequence[str] | None, most: int) -> list[str]:
    """Outcomes to draw: those named, else the usual ones there are, else the first."""
    if wanted:
        for name in wanted:
            if name not in known:
                raise ResultError(f"no outcome '{name}'; there are: {', '.join(known)}")
        return list(wanted)
    return ([name for name in USUAL if name in known] or list(known))[:most]


def _grid(
    page_width: float,
    count: int,
    title: str,
    left: float = 20.0,
    extra: float = 0.0,
    panel: float = PANEL,
    columns: int | None = None,
):
    """A page of `count` panels of equal size, and where each stands."""
    columns = columns or (3 if page_width > 120 else 1)
    columns = min(columns, max(count, 1))
    rows = -(-count // columns)
    page = Page(page_width, TOP + extra + rows * (panel + GAP) + 2, title)
    width = page_width / columns
    places = [
        (
            left + (i % columns) * width,
            TOP + extra + 5 + (i // columns) * (panel + GAP),
            width - left - 4,
            panel,
        )
        for i in range(count)
    ]
    return page, places


MOST_SLICES = 12


def sweep_pages(sweep: Sweep, width: float, outcomes: Sequence[str] | None) -> dict[str, Page]:
    """Response surfaces (two numeric columns) or lines of the outcomes, and trade-offs.

    Columns beyond those that a figure has axes for are held: a page for each of their combinations.
    """
    names = chosen(sweep.outcomes, outcomes, 6)
    if not sweep.columns:
        raise ResultError(f"{sweep.path}: nothing varies in this study")
    failed = sweep.dataset.sizes["run"] - sweep.complete.sizes["run"]
    note = f"{sweep.complete.sizes['run']} runs" + (f", {failed} not complete" if failed else "")
    if sweep.doubtful:
        note += f", {sweep.doubtful} of these doubtful and left out"
    numeric = [name for name in sweep.columns if plots.is_numeric(sweep.dataset[name].values)]
    words = [name for name in sweep.columns if name not in numeric]
    values = {name: len(np.unique(sweep.dataset[name].values)) for name in sweep.columns}
    surface = len(numeric) >= 2 and min(values[n] for n in numeric[:2]) >= 4
    shown = numeric[:2] if surface else (numeric[:1] + words + numeric[1:])[:2]
    slices = sweep.slices(shown)
    if len(slices) > MOST_SLICES:
        others = [name for name in sweep.columns if name not in shown]
        raise ResultError(
            f"{sweep.path}: {len(slices)} combinations of {', '.join(others)} would "
            f"need a page each, and at most {MOST_SLICES} are drawn: hold some, such "
            f"as --at {others[0]}={np.unique(sweep.dataset[others[0]].values)[0]}"
        )
    pages = {}
    for number, (held, part) in enumerate(slices, start=1):
        page, places = _grid(
            width,
            len(names),
            f"{sweep.title} ({note})"
            if not held
            else f"{sweep.title}: {held} ({part.complete.sizes['run']} runs)",
        )
        for name, (left, top, wide, high) in zip(names, places):
            ax = page.axes(left, top, wide - (6 if surface else 0), high)
            if surface:
                plots.plot_surface(ax, part, name, *shown)
            else:
                plots.plot_lines(
                    ax,
                    part,
                    name,
                    shown[0],
                    shown[1] if shown[1:] else None,
                    legend=name == names[0],
                )
            ax.set_title(
                wrapped(axis_label(name.replace("_", " "), sweep.units(name)), 34),
                loc="left",
                pad=3,
            )
        pages["outcomes" if not held else f"outcomes_{number}"] = page
    gains = [name for name in names if "gain" in name]
    harms = [
        name
        for name in HARMS
        if name in sweep.outcomes and not plots.is_flat(sweep.complete[name].values)
    ]
    # Gain and harm are weighed where the regimen varies, not the person.
    treated = [
        name
        for name in sweep.columns
        if str(sweep.dataset[name].attrs["key"]).startswith(("regimen", "device"))
    ]
    if gains and harms and treated:
        page, places = _grid(width, len(harms), f"{sweep.title}: gain against harm")
        for harm, place in zip(harms, places):
            left, top, wide, high = place
            plots.plot_tradeoff(
                page.axes(left, top, wide - 7, high), sweep, gains[0], harm, treated[0]
            )
        pages["tradeoff"] = page
    return pages


def _legend(page: Page, report: Report, top: float) -> None:
    from matplotlib.lines import Line2D

    for i, name in enumerate(report.regimens):
        y = 1 - (top + 3.6 * i) / page.height
        page.figure.add_artist(
            Line2D(
                [4 / page.width, 12 / page.width],
                [y, y],
                linewidth=1.4,
                color=COLOURS[i % len(COLOURS)],
                linestyle=DASHES[i % len(DASHES)],
            )
        )
        dose = report.data["regimens"][i]
        page.text(
            13.5,
            top + 3.6 * i,
            f"{name}: {dose['sessions']} sessions, {dose['punctures_per_cm2']:.4g} punctures "
            f"and {dose['wounded_volume_mm3_per_cm2']:.3g} mm³ per cm² in all",
            va="center",
        )


def comparison_pages(
    report: Report, width: float, outcomes: Sequence[str] | None
) -> dict[str, Page]:
    """Curves with bands, forests of differences, distributions over persons."""
    data = report.data
    names = chosen(report.outcome_names, outcomes, 6)
    head = f"{data['persons']} persons, {data['draws']} parameter draws: {data['cohort']}"
    legend = 3.6 * len(report.regimens) + 3
    pages = {}
    observables = list(dict.fromkeys(curve["observable"] for curve in data["curves"]))
    if observables:
        page, places = _grid(
            width, len(observables), head, extra=legend, panel=48.0, columns=2 if width > 120 else 1
        )
        _legend(page, report, 9.0)
        for name, place in zip(observables, places):
            ax = plots.plot_bands(page.axes(*place), report, name)
            ax.set_title(f"{name.replace('_', ' ')}: median, 90 % of draws", loc="left", pad=3)
        pages["curves"] = page
    page, places = _grid(
        width, len(names), head, extra=legend, left=24.0, panel=8.0 + 7.0 * len(report.regimens)
    )
    _legend(page, report, 9.0)
    for name, place in zip(names, places):
        ax = plots.plot_cohort_forest(page.axes(*place), report, name)
        ax.set_title(wrapped(name.replace("_", " "), 34), loc="left", pad=3)
    pages["differences"] = page
    if len(report.cases):
        page, places = _grid(width, len(names), head, extra=legend)
        _legend(page, report, 9.0)
        for name, place in zip(names, places):
            plots.plot_persons(page.axes(*place), report, name)
        pages["persons"] = page
    return pages


def sensitivity_pages(
    report: Report, width: float, outcomes: Sequence[str] | None
) -> dict[str, Page]:
    """Tornado and mu*-sigma charts of Morris, bars of Sobol' indices."""
    names = chosen(report.outcome_names, outcomes, 3)
    morris = report.data["method"] == "morris"
    head = (
        f"{report.data['title']}: {len(report.data['parameters'])} parameters, "
        f"{report.data['cases']} cases"
    )
    page, places = _grid(width, len(names), head, left=26.0, panel=52.0)
    for name, place in zip(names, places):
        ax = page.axes(*place)
        (plots.plot_tornado if morris else plots.plot_sobol)(ax, report, name)
        ax.set_title(wrapped(name.replace("_", " "), 34), loc="left", pad=3)
    pages = {"tornado" if morris else "sobol": page}
    if morris:
        page, places = _grid(width, len(names), head)
        for name, place in zip(names, places):
            ax = plots.plot_morris_plane(page.axes(*place), report, name)
            ax.set_title(wrapped(name.replace("_", " "), 34), loc="left", pad=3)
        pages["interactions"] = page
    return pages
