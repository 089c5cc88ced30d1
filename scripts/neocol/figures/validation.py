"""Figures of a validation: every function takes `ax`, draws on it and returns it."""
from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from neocol.figures.style import COLOURS, Page, set_days, wrapped
from neocol.validation.courses import Course
from neocol.validation.judge import CheckVerdict, RowVerdict
from neocol.validation.verdicts import TOPICS

AGREE, DISAGREE = COLOURS[0], COLOURS[1]
FURTHEST = 3.0  # half widths at which a reading is drawn at the edge


def bracketed(rows: list[RowVerdict]) -> list[tuple[str, CheckVerdict]]:
    """Scored checks with a closed bracket, with their labels."""
    return [
        (f"{row.row.id}  {one.check.label}", one)
        for row in rows
        if row.scored
        for one in row.checks
        if one.holds is not None
        and one.value is not None
        and one.check.centre is not None
        and not one.check.sign
        and one.check.larger_than is None
    ]


def plot_brackets(ax: Axes, checks: list[tuple[str, CheckVerdict]]) -> Axes:
    """Readings in half widths of their bracket: the band is what is accepted, bars hold nine
    tenths of the draws; what lies further out is drawn at the edge as a triangle."""
    ax.axvspan(-1.0, 1.0, color="0.9", lw=0)
    ax.axvline(0.0, color="0.6", lw=0.6)
    for k, (_, one) in enumerate(checks):
        colour = AGREE if one.holds else DISAGREE

        def place(value: float) -> float:
            return float(
                np.clip(
                    (value - one.check.centre) / max(one.check.half_width, 1e-12),
                    -FURTHEST,
                    FURTHEST,
                )
            )

        interval = one.value.interval()
        if interval:
            ax.plot([place(interval[0]), place(interval[1])], [k, k], color=colour, lw=1.0)
        x = place(one.value.central)
        marker = "<" if x <= -FURTHEST else ">" if x >= FURTHEST else "o"
        ax.plot(x, k, marker, color=colour, ms=3.2, mew=0)
    ax.set_yticks(
        range(len(checks)), [textwrap.shorten(label, 62, placeholder=" …") for label, _ in checks]
    )
    ax.set_ylim(len(checks) - 0.4, -0.6)
    ax.set_xlim(-FURTHEST - 0.25, FURTHEST + 0.25)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("distance from the middle of what is accepted, in half widths")
    return ax


def plot_verdicts(ax: Axes, rows: list[RowVerdict]) -> Axes:
    """How many rows of each topic agree, disagree, are not testable."""
    kinds = (
        ("agree", AGREE),
        ("disagree", DISAGREE),
        ("not testable", "0.8"),
        ("by construction", "0.6"),
    )
    topics = list(dict.fromkeys(row.row.topic for row in rows if row.verdict in dict(kinds)))
    for k, topic in enumerate(topics):
        left = 0
        for kind, colour in kinds:
            n = sum(row.verdict == kind and row.row.topic == topic for row in rows)
            ax.barh(k, n, left=left, color=colour, height=0.6, label=kind if k == 0 else None)
            if n:
                ax.text(
                    left + n / 2,
                    k,
                    str(n),
                    ha="center",
                    va="center",
                    fontsize=6,
                    color="white" if colour in (AGREE, DISAGREE) else "0.2",
                )
            left += n
    ax.set_yticks(
        range(len(topics)), [f"{topic} {TOPICS.get(topic, '')}".strip() for topic in topics]
    )
    ax.set_ylim(len(topics) - 0.4, -0.6)
    ax.set_xlabel("rows")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.01), ncols=4)
    return ax


def plot_course(ax: Axes, course: Course, width: float) -> Axes:
    """A published curve (points, good to a quarter) and the model's (line)."""
    ax.errorbar(
        course.days,
        course.observed,
        yerr=0.25 * course.observed,
        fmt="o",
        ms=2.6,
        color="0.35",
        ecolor="0.7",
        elinewidth=0.8,
        mew=0,
        label="published, ± 25 %",
    )
    ax.plot(course.time, course.course, color=AGREE if course.holds else DISAGREE, label="model")
    set_days(ax, 0.0, 30.0, width)
    ax.set_ylim(-0.04, 1.35)
    ax.set_title(wrapped(f"{course.meaning}: distance {course.rms:.2f}", 38), loc="left")
    ax.set_xlabel("day")
    return ax


def bracket_page(rows: list[RowVerdict], title: str) -> Page:
    """One page of all bracketed readings."""
    checks = bracketed(rows)
    height = 18.0 + 3.6 * max(len(checks), 4)
    page = Page(180.0, height, title)
    plot_brackets(page.axes(88.0, 8.0, 88.0, height - 18.0), checks)
    return page


def overview_page(rows: list[RowVerdict], courses: list[Course], title: str) -> Page:
    """Verdicts by topic above the time courses."""
    page = Page(180.0, 150.0, title)
    plot_verdicts(page.axes(44.0, 16.0, 126.0, 28.0), rows)
    for k, course in enumerate(courses):
        ax = page.axes(12.0 + 57.0 * (k % 3), 62.0 + 46.0 * (k // 3), 46.0, 30.0)
        plot_course(ax, course, 46.0)
        if k == 0:
            ax.legend(loc="upper right")
    return page
