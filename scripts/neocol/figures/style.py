"""How neocol's figures look, and how they are laid out and saved.

Lengths are millimetres. Widths are those of journals: 85 (one column) and 180 (two).
"""
from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator, MultipleLocator
from neocol import output

MM = 1 / 25.4
FORMATS = ("pdf", "svg", "png")
# Okabe and Ito's palette without its yellow; told apart with any common colour blindness.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
SESSION_COLOUR = "0.55"

RC = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "figure.titlesize": 8,
    "figure.dpi": 300,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.1,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.pad": 2,
    "ytick.major.pad": 2,
    "axes.labelpad": 2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "legend.labelspacing": 0.25,
    "legend.borderaxespad": 0,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "path",
    # Text of a file is drawn as it stands, dollar signs and all.
    "text.parse_math": False,
    "text.usetex": False,
}


def set_log(axis: Axis) -> None:
    """Labels of a logarithmic axis without mathematical type, which is off."""
    axis.set_major_formatter(LogFormatter())
    axis.set_minor_formatter(LogFormatter(labelOnlyBase=False))


def style() -> matplotlib.rc_context:
    """`with style(): ...` draws in neocol's style and leaves matplotlib as it was."""
    return matplotlib.rc_context(RC)


def _lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) to sRGB, rows of 3, cut to 0..1."""
    f_y = (lab[:, 0] + 16) / 116
    f = np.stack([f_y + lab[:, 1] / 500, f_y, f_y - lab[:, 2] / 200], axis=1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    xyz *= np.array([0.95047, 1.0, 1.08883])
    linear = xyz @ np.array(
        [
            [3.2404542, -0.9692660, 0.0556434],
            [-1.5371385, 1.8760108, -0.2040259],
            [-0.4985314, 0.0415560, 1.0572252],
        ]
    )
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _lab_map(name: str, *stops: tuple[float, float, float]) -> Colormap:
    """Straight lines through CIE L*a*b*: perceptually even between the stops. Missing is grey."""
    lab = np.array(
        [
            np.interp(np.linspace(0, len(stops) - 1, 257), range(len(stops)), channel)
            for channel in zip(*stops)
        ]
    ).T
    colours = LinearSegmentedColormap.from_list(name, _lab_to_rgb(lab), N=257)
    colours.set_bad("0.85")
    return colours


def change_map() -> Colormap:
    """Diverging blue, white, red-brown map; lightness falls at the same even rate on both sides."""
    return _lab_map("neocol_change", (32, 8, -46), (97, 0, 0), (32, 46, 38))


def signal_map() -> Colormap:
    """Sequential white to deep green map of even lightness; black outlines stay visible on it."""
    return _lab_map("neocol_signal", (97, 0, 0), (66, -28, 2), (34, -26, -8))


class Page:
    """A figure of given width whose axes are placed in mm from its top left corner."""

    def __init__(self, width: float, height: float, title: str = ""):
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width * MM, height * MM))
        if title:
            line = textwrap.shorten(title, int(width / 1.55), placeholder=" …")
            self.text(1.5, 1.2, line, fontsize=8, weight="bold", va="top")

    def axes(self, left: float, top: float, width: float, height: float, **options) -> Axes:
        bottom = self.height - top - height
        return self.figure.add_axes(
            (left / self.width, bottom / self.height, width / self.width, height / self.height),
            **options,
        )

    def text(self, left: float, top: float, text: str, **options) -> None:
        self.figure.text(left / self.width, 1 - top / self.height, text, **options)


def wrapped(text: str, characters: int) -> str:
    """Broken into lines, with the unit kept in one piece."""
    unit = re.search(r" (\[[^]]*\])$", text)
    if not unit:
        return textwrap.fill(text, characters)
    name = textwrap.fill(text[: unit.start()], characters)
    last = name.splitlines()[-1]
    return name + (" " if len(last) + len(unit.group(1)) < characters else "\n") + unit.group(1)


def set_days(ax: Axes, first: float, last: float, width: float) -> None:
    """Limits and ticks of a time axis [d] `width` mm wide: whole days or weeks apart."""
    span = max(last - first, 1e-9)
    ax.set_xlim(first - 0.01 * span, last)
    most = max(width / 9.0, 2.0)
    for step in (1, 2, 7, 14, 28, 56, 84, 182, 364, 728):
        if span / step <= most:
            ax.xaxis.set_major_locator(MultipleLocator(step) if span >= 3 else MaxNLocator(4))
            return
    ax.xaxis.set_major_locator(MaxNLocator(int(most)))


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Positions moved as little as an easy pass allows, so that neighbours are `gap` apart."""
    moved = list(positions)
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    return moved


def metadata(kind: str, title: str, hashes: Iterable[str], command: str) -> dict:
    """What a figure file says of its origin, in the terms of its format; no date, so that equal
    input gives equal files."""
    runs = " ".join(hashes)
    origin = (f"neocol run {runs}; " if runs else "neocol; ") + f"drawn by: {command}"
    if kind == "pdf":
        return {"Title": title, "Subject": origin, "Keywords": origin, "CreationDate": None}
    if kind == "svg":
        return {"Title": title, "Description": origin, "Date": None}
    return {"Title": title, "Description": origin}


def save(
    page: Page,
    stem: Path,
    title: str,
    hashes: Sequence[str],
    command: str,
    formats: Iterable[str] = FORMATS,
    dpi: int | None = None,
) -> list[Path]:
    """Writes `stem`.pdf, .svg, .png; makes the folder. Returns the paths.

    Files that neocol did not write are not replaced: raises OutputError.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in formats:
        path = stem.with_name(f"{stem.name}.{kind}")
        with matplotlib.rc_context({"svg.hashsalt": " ".join(hashes)}):
            drawn = io.BytesIO()
            page.figure.savefig(
                drawn,
                format=kind,
                metadata=metadata(kind, title, hashes, command),
                dpi=dpi or "figure",
            )
        paths.append(output.put(path, drawn.getvalue()))
    return paths
