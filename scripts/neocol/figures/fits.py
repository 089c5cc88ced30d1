"""Figures of a fit to measurements: every function takes `ax`, draws on it and returns it."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from neocol.figures.style import COLOURS, Page, set_log, wrapped
from neocol.units import axis_label

if TYPE_CHECKING:
    from neocol.calibration.measured import Fitted

ENOUGH = 3.84  # rise of -2 log likelihood at which 95 % end


def plot_measured(ax: Axes, rows: pd.DataFrame) -> Axes:
    """Measurements of one observable with their standard deviation, and the fitted model."""
    sd = rows["sd"].fillna(0.0).to_numpy(float)
    ax.errorbar(
        rows["time"],
        rows["value"],
        yerr=sd,
        fmt="o",
        ms=3.2,
        mew=0,
        lw=0.8,
        color="0.35",
        label="measured, sd",
    )
    ax.plot(rows["time"], rows["simulated"], "_", ms=9, mew=1.4, color=COLOURS[0], label="fitted")
    ax.set_xlabel("time [d]")
    name, unit = str(rows["observable"].iloc[0]), str(rows["unit"].iloc[0])
    ax.set_ylabel(wrapped(axis_label(name.replace("_", " "), unit), 26))
    ax.set_ylim(bottom=min(0.0, float(rows["value"].min())))
    return ax


def plot_profile(ax: Axes, profile: pd.DataFrame, row: pd.Series) -> Axes:
    """Rise of -2 log likelihood along a parameter; below the line lie 95 %."""
    ax.plot(profile["value"], profile["rise"], "o-", color=COLOURS[0], ms=2.6, mew=0)
    shown = profile.loc[profile["rise"] <= 4.0 * ENOUGH, "value"]
    ends = [shown.min(), shown.max()]
    ax.axhline(ENOUGH, color="0.6", lw=0.6)
    ax.axvline(row["fitted"], color="0.6", lw=0.6)
    if ends[0] > 0.0 and ends[1] > 30.0 * ends[0]:
        ax.set_xscale("log")
        set_log(ax.xaxis)
    ax.set_xlim(*ends)
    ax.set_ylim(-0.5, float(np.clip(profile["rise"].max(), 6.0, 4.0 * ENOUGH)))
    ax.set_xlabel(axis_label(str(row.name), str(row["unit"])))
    ax.set_ylabel("rise of −2 log L")
    return ax


def fit_pages(fit: Fitted, width: float = 180.0) -> dict[str, Page]:
    """Measurements beside the fitted model, one panel an observable, and the profiles."""
    pages = {}
    panels = [rows for _, rows in fit.measurements.groupby("observable", sort=True)]
    pages["measurements"] = _grid(width, "Measurements and the fitted model", len(panels))
    for k, rows in enumerate(panels):
        ax = plot_measured(_panel(pages["measurements"], k), rows)
        if k == 0:
            ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
    if fit.profiles:
        pages["profiles"] = _grid(
            width, "What the measurements tell of parameters", len(fit.profiles)
        )
        for k, (name, profile) in enumerate(fit.profiles.items()):
            plot_profile(_panel(pages["profiles"], k), profile, fit.parameters.loc[name])
    return pages


COLUMNS, HEIGHT = 3, 50.0  # panels in a row; of a row [mm]


def _grid(width: float, title: str, n: int) -> Page:
    return Page(width, 12.0 + HEIGHT * -(-n // COLUMNS), title)


def _panel(page: Page, k: int) -> Axes:
    across = page.width / COLUMNS
    left, top = 16.0 + across * (k % COLUMNS), 14.0 + HEIGHT * (k // COLUMNS)
    return page.axes(left, top, across - 21.0, HEIGHT - 18.0)
