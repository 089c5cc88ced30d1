#!/usr/bin/env python3
"""Run the scenarios of the published models, draw each, and write docs/published-models.md.

    scripts/published_models.py --neocol build/src/cli/neocol [--results FOLDER]

Each model of models/published/ has its scenarios in scenarios/published/ and one figure: solid lines
for the first scenario, dashed for the second; fields along the wound where the model has space.
"""
from __future__ import annotations

import argparse
import subprocess
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import tomllib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from neocol.figures.style import COLOURS, MM, style
from neocol.program import run_program
from neocol.results import load

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Figure:
    """What the figure of a model shows."""

    model: str
    scenarios: list[str]
    courses: list[str]  # observables, one panel each
    fields: list[str]  # fields along x or z, one panel each
    last_day: float = 0.0  # of the courses; 0: all
    extent: float = 0.0  # of the fields [mm]; 0: all
    said: str = ""  # what to see


FIGURES = [
    Figure(
        "waugh2006",
        ["waugh2006_normal", "waugh2006_diabetic"],
        ["inflammatory", "repair", "tgf_beta"],
        [],
        60,
        said="With half of the monocytes inflammatory the wound heals; with 80 % (dashed) it goes "
        "to a second steady state of chronic inflammation.",
    ),
    Figure(
        "cooper2015",
        ["cooper2015_infected", "cooper2015_sterile"],
        ["neutrophils", "macrophages", "debris"],
        [],
        14,
        said="Neutrophils peak on day 0.76, macrophages on day 4.1; a sterile wound (dashed), as "
        "of a needle, hardly differs.",
    ),
    Figure(
        "adler2020",
        ["adler2020_3day", "adler2020_4day"],
        ["myofibroblasts", "macrophages"],
        [],
        120,
        said="Three days of inflammation heal, four (dashed) end in fibrosis: duration decides.",
    ),
    Figure(
        "dura",
        ["dura", "dura_leak"],
        ["cytokine", "fibroblast", "collagen"],
        [],
        90,
        said="Closed wound, and one that exchanges signals with tissue around (dashed).",
    ),
    Figure(
        "egberts1d",
        ["egberts1d"],
        ["fibroblast_centre", "myofibroblast_centre", "collagen_centre"],
        ["myofibroblast", "collagen"],
        365,
        60,
        said="Time courses in the middle, then profiles from the middle outwards. Collagen "
        "overshoots to ten times its rest; a resting cell makes 76 ng of collagen a day, far "
        "beyond what cells can (bound `synthesis_of_a_cell`).",
    ),
    Figure(
        "sohutskay2021",
        ["sohutskay2021"],
        ["collagen_most"],
        ["fibroblast", "collagen"],
        0,
        15,
        said="Profiles from the middle of the wound outwards. Healthy skin is not a fixed point, "
        "and the diffusivity of fibroblasts turns negative above 1.11 times healthy "
        "collagen: a longer run stops on day 14 and says so.",
    ),
    Figure(
        "sherratt_murray1990",
        ["sherratt_murray1990"],
        ["centre", "cover"],
        ["cells", "chemical"],
        0,
        10,
        said="A front of cells closes the wound from its margin; the chemical peaks where cells "
        "are few.",
    ),
    Figure(
        "jin2011",
        ["jin2011"],
        ["fibroblast", "mmp9", "collagen"],
        [],
        30,
        said="Run with the units as printed. Two bounds are broken: what a cell makes, and a "
        "ceiling of collagen denser than solid protein. Collagen stops at 1229 ug/mm3 because "
        "the fitted cubic of inhibition crosses zero there.",
    ),
]


def label(values) -> str:
    units = values.attrs.get("units", "")
    name = values.attrs.get("long_name", values.name)
    text = str(values.name).replace("_", " ")
    return f"{text if len(str(name)) > 26 else name}" + ("" if units == "1" else f" [{units}]")


def profile(values) -> tuple[np.ndarray, np.ndarray, str]:
    """Coordinates [mm], values [time, place] and the name of the axis along which a field varies."""
    for axis, name in (
        ("r", "distance from the middle"),
        ("x", "x"),
        ("z", "distance from the middle"),
    ):
        if values.sizes.get(axis, 1) > 1:
            others = {d: 0 for d in values.dims if d not in ("field_time", axis)}
            return values[axis].values, values.isel(others).values, name
    raise ValueError(f"field {values.name} has one voxel")


def draw(figure: Figure, results: list, path: Path) -> None:
    n = len(figure.courses) + len(figure.fields)
    with style():
        columns, rows = (n, 1) if n <= 3 else ((n + 1) // 2, 2)
        page, axes = plt.subplots(
            rows, columns, figsize=(180 * MM, rows * 48 * MM), layout="constrained"
        )
        axes = np.atleast_1d(axes).ravel()
        for ax in axes[n:]:
            ax.axis("off")
        for ax, name in zip(axes, figure.courses):
            for i, result in enumerate(results):
                values = result.course(name)
                shown = (values["time"] <= (figure.last_day or result.end)).values
                ax.plot(
                    values["time"].values[shown],
                    values.values[shown],
                    "-" if i == 0 else "--",
                    color=COLOURS[i],
                )
            ax.set(xlabel="time [d]", ylabel=label(values))
            ax.set_ylim(bottom=min(0.0, float(np.nanmin(values.values))))
        for ax, name in zip(axes[len(figure.courses) :], figure.fields):
            values = results[0].fields[name]
            place, values_by_time, axis = profile(values)
            shown = place <= (figure.extent or place[-1])
            times = values["field_time"].values
            shades = plt.get_cmap("viridis")(np.linspace(0.0, 0.85, len(times)))
            for time, row, shade in zip(times, values_by_time, shades):
                ax.plot(place[shown], row[shown], color=shade, label=f"{time:g} d")
            ax.set(xlabel=f"{axis} [mm]", ylabel=label(values))
            ax.legend(fontsize=6, frameon=True, framealpha=0.7, edgecolor="none")
        page.savefig(path, dpi=150)
        plt.close(page)


def number(value: float) -> str:
    return f"{value:.4g}"


def section(figure: Figure, results: list, image: str) -> list[str]:
    model = tomllib.loads((ROOT / "models" / "published" / f"{figure.model}.toml").read_text())
    evidence: dict[str, int] = {}
    for parameter in model.get("parameter", {}).values():
        evidence[parameter["evidence"]] = evidence.get(parameter["evidence"], 0) + 1
    counts = ", ".join(f"{n} {word}" for word, n in sorted(evidence.items(), key=lambda p: -p[1]))
    lines = [
        f"## {model['model']['title']}",
        "",
        " ".join(model["model"]["summary"].split()),
        "",
        f"![{model['model']['title']}]({image})",
        "",
        figure.said,
        "",
        f"Model `models/published/{figure.model}.toml`, evidence of its parameters: {counts}.",
        "",
    ]
    lines += [f"- {text}" for text in model.get("references", {}).values()]
    lines.append("")
    for name, result in zip(figure.scenarios, results):
        lines.append(f"`neocol run scenarios/published/{name}.toml`: {result.title}.")
        if len(result.outcomes):
            shown = [
                f"{row.get('long_name', key)}: "
                + (
                    "censored"
                    if row["censored"]
                    else f"{number(float(row['value']))} {row['units']}".removesuffix(" 1")
                )
                for key, row in result.outcomes.iterrows()
            ]
            lines += ["", *[f"- {text}" for text in shown]]
        broken = broken_bounds(result)
        if broken:
            lines += ["", "Bounds broken: " + ", ".join(f"`{b}`" for b in broken) + "."]
        lines.append("")
    return lines


def broken_bounds(result) -> list[str]:
    bounds = result.bounds
    if "kept" not in bounds:
        return []
    names = [str(b) for b in np.atleast_1d(bounds["bound"].values)]
    return [b for b, kept in zip(names, np.atleast_1d(bounds["kept"].values)) if not kept]


def run(neocol: str, name: str, results: Path) -> Path:
    output = results / f"{name}.h5"
    command = [
        neocol,
        "run",
        str(ROOT / "scenarios" / "published" / f"{name}.toml"),
        "--output",
        str(output),
        "--overwrite",
        "--quiet",
    ]
    done = subprocess.run(command, cwd=ROOT)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return output


def main(arguments: list[str] | None = None) -> int:
    text = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    text.add_argument("--neocol", default="neocol", help="the program")
    text.add_argument("--results", type=Path, default=ROOT / "results" / "published")
    text.add_argument("--models", nargs="+", help="only these")
    chosen = text.parse_args(arguments)
    chosen.results.mkdir(parents=True, exist_ok=True)
    images = ROOT / "docs" / "figures"
    images.mkdir(exist_ok=True)
    lines = [
        "# Published models",
        "",
        "Generated by `scripts/published_models.py`; do not edit. Every model is one file, every "
        "figure one run of the scenarios named below it. How well the runs agree with values "
        "computed apart from neocol is in [verification](verification.md). Evidence words are "
        "those of [the model language](model-language.md); `unchecked` numbers are recalled and "
        "must be read in the source before they are quoted.",
        "",
    ]
    for figure in FIGURES:
        if chosen.models and figure.model not in chosen.models:
            continue
        results = [load(run(chosen.neocol, name, chosen.results)) for name in figure.scenarios]
        draw(figure, results, images / f"published_{figure.model}.png")
        lines += section(figure, results, f"figures/published_{figure.model}.png")
    if not chosen.models:
        (ROOT / "docs" / "published-models.md").write_text("\n".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    run_program("published_models", main)
