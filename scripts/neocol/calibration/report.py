"""What a calibration found, as text, tables and figures."""
from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from neocol.calibration.least_squares import Ensemble, Fit, LeftOut, Profile, laplace, shrinkage
from neocol.figures.style import COLOURS, Page, set_log
from neocol.output import text_file
from neocol.parameters import Parameter
from neocol.text import csv_row


@dataclass(frozen=True)
class Calibration:
    """A fit of parameters, why each was allowed to move, and what the data say of them."""

    parameters: list[Parameter]
    reasons: dict[str, str]
    fit: Fit
    items: list[str]
    topics: np.ndarray
    left_out: list[LeftOut] = field(default_factory=list)
    ensemble: Ensemble | None = None
    profiles: list[Profile] = field(default_factory=list)

    def value(self, k: int) -> float:
        """Fitted value of a parameter, in its unit."""
        return self.parameters[k].quantile(float(self.fit.u[k]))

    def interval(self, k: int) -> tuple[float, float]:
        """Nine tenths of the linearised posterior, inside the declared range."""
        half = 1.645 * float(laplace(self.fit).sd[k])
        low, high = np.clip([self.fit.u[k] - half, self.fit.u[k] + half], 0.0, 1.0)
        return self.parameters[k].quantile(low), self.parameters[k].quantile(high)


def text(found: Calibration) -> str:
    """The report for people."""
    fit = found.fit
    lines = [
        f"sum of squares {fit.start_cost:.2f} as declared, {fit.cost:.2f} fitted "
        f"({len(fit.residual)} residuals, {fit.evaluations} evaluations and Jacobians)",
        "",
        f"{'parameter':<22} {'declared':>11} {'fitted':>11} {'90 % interval':>23} "
        f"{'told':>6}  unit",
    ]
    told = 1.0 - shrinkage(fit)
    for k, parameter in enumerate(found.parameters):
        low, high = found.interval(k)
        edge = " at the end of its range" if min(fit.u[k], 1 - fit.u[k]) < 0.01 else ""
        lines.append(
            f"{parameter.name:<22} {parameter.value:>11.4g} {found.value(k):>11.4g} "
            f"{f'{low:.3g} … {high:.3g}':>23} {100 * told[k]:>4.0f} %  {parameter.unit}"
            f"{edge}"
        )
    lines += [
        "told: how much narrower the data make the parameter than its declared range; "
        "near 0 they say nothing",
        "",
    ]
    lines += ["largest residuals left (1: at the edge of what is accepted, times its weight)"]
    for k in np.argsort(-np.abs(fit.residual))[:8]:
        lines.append(
            f"  {fit.start_residual[k]:>6.2f} -> {fit.residual[k]:>6.2f}  " f"{found.items[k]}"
        )
    if found.left_out:
        lines += [
            "",
            "leave one topic out: sum of squares of the topic as declared, fitted with "
            "all, fitted without it",
        ]
        lines += [
            f"  topic {one.topic} ({one.n} residuals): {one.before:.2f}, {one.fitted:.2f}, "
            f"{one.left_out:.2f}"
            for one in found.left_out
        ]
    for one in found.profiles:
        parameter = found.parameters[one.parameter]
        low, high = (parameter.quantile(u) if not math.isnan(u) else u for u in one.interval())
        rises = ", ".join(
            f"{parameter.quantile(u):.3g}: {cost:+.1f}" for u, cost in zip(one.u, one.cost)
        )
        lines.append(
            f"profile of {parameter.name}: {rises}; within 3.84 from {low:.3g} to "
            f"{high:.3g} {parameter.unit}"
        )
    if found.ensemble is not None:
        ensemble = found.ensemble
        lines += [
            "",
            f"sample: {len(ensemble.weights)} draws, as good as "
            f"{ensemble.effective:.0f} of equal weight; weights to the power "
            f"{ensemble.temper:.2f}"
            + ("" if ensemble.temper >= 1 else " (1 would be the posterior itself)"),
        ]
    return "\n".join(lines)


def write_moves(found: Calibration, path: str | Path, least: float = 0.02) -> int:
    """Every parameter that moved by more than `least` of its range, with the reason."""
    with text_file(path, b"parameter,unit,declared,") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["parameter", "unit", "declared", "fitted", "low", "high", "told", "reason"]
        )
        told = 1.0 - shrinkage(found.fit)
        moved = 0
        for k, parameter in enumerate(found.parameters):
            if abs(found.fit.u[k] - found.fit.start[k]) < least:
                continue
            moved += 1
            low, high = found.interval(k)
            writer.writerow(
                csv_row(
                    [
                        parameter.name,
                        parameter.unit,
                        f"{parameter.value:.4g}",
                        f"{found.value(k):.4g}",
                        f"{low:.4g}",
                        f"{high:.4g}",
                        f"{told[k]:.2f}",
                        found.reasons.get(parameter.name, ""),
                    ]
                )
            )
    return moved


def plot_parameters(ax: Axes, found: Calibration) -> Axes:
    """Declared values and fitted ones with nine tenths of the posterior, in shares of the range."""
    fit, sd = found.fit, laplace(found.fit).sd
    for k in range(len(found.parameters)):
        ax.plot(
            np.clip([fit.u[k] - 1.645 * sd[k], fit.u[k] + 1.645 * sd[k]], 0, 1),
            [k, k],
            color=COLOURS[0],
            lw=1.2,
        )
    names = range(len(found.parameters))
    ax.plot(fit.start, names, "|", color="0.3", ms=6, label="declared")
    ax.plot(fit.u, names, "o", color=COLOURS[0], ms=3.2, mew=0, label="fitted, 90 % interval")
    ax.set_yticks(names, [p.name for p in found.parameters])
    ax.set_ylim(len(found.parameters) - 0.4, -0.6)
    ax.set_xlim(-0.02, 1.02)
    ax.set_xlabel("share of the declared range")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def plot_profile(ax: Axes, found: Calibration, one: Profile) -> Axes:
    """Rise of the cost along one parameter; the line is where 95 % would end."""
    parameter = found.parameters[one.parameter]
    values = [parameter.quantile(u) for u in one.u]
    ax.plot(values, one.cost, "o-", color=COLOURS[0], ms=2.8, mew=0)
    ax.axhline(3.84, color="0.6", lw=0.6)
    if parameter.logarithmic:
        ax.set_xscale("log")
        set_log(ax.xaxis)
    ax.set_ylim(bottom=min(-0.5, float(min(one.cost))))
    ax.set_xlabel(f"{parameter.name} [{parameter.unit}]")
    ax.set_ylabel("rise of the cost")
    return ax


def page(found: Calibration, title: str) -> Page:
    """Parameters above their profiles."""
    height = 24.0 + 4.0 * len(found.parameters)
    rows = -(-len(found.profiles) // 3)
    sheet = Page(180.0, height + 46.0 * rows, title)
    plot_parameters(sheet.axes(34.0, 12.0, 140.0, height - 24.0), found)
    for k, one in enumerate(found.profiles):
        plot_profile(
            sheet.axes(14.0 + 57.0 * (k % 3), height + 4.0 + 46.0 * (k // 3), 42.0, 30.0),
            found,
            one,
        )
    return sheet
