"""What a calibration in stages found, as text, Markdown, tables and a figure."""
from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import numpy as np
from neocol.calibration.staged import Staged
from neocol.figures.style import COLOURS, Page, save, set_log, style
from neocol.output import put, text_file
from neocol.parameters import Parameter, write_sample
from neocol.text import csv_row

MOVED = 0.02  # of its range: a parameter that moves by less counts as not moved


def _place(parameter: Parameter, u: float) -> str:
    return f"{parameter.quantile(u):.3g}"


def moved(found: Staged) -> list[int]:
    """Indices of parameters that moved."""
    return [k for k in range(len(found.u)) if abs(found.u[k] - found.problem.start[k]) >= MOVED]


def _lines_of_emulator(found: Staged) -> list[str]:
    used = np.any([stage.keep for stage in found.stages], axis=0)
    error, explained = found.emulated.error[used], found.emulated.explained[used]
    names = [item.name for item, one in zip(found.problem.items, used) if one]
    worst = np.argsort(-error)[:5]
    return [
        f"Emulator: {len(found.emulated.points)} runs of each scenario, {used.sum()} residuals. "
        f"Cross-validated (leave one out): error of a residual {np.median(error):.2f} in the "
        f"middle one, {np.quantile(error, 0.9):.2f} in nine of ten (1 is half a bracket); "
        f"variance explained {100 * np.median(explained):.0f} % in the middle one. It widens "
        "every residual by sqrt(1 + error²). Worst: "
        + "; ".join(f"{names[k]} {error[k]:.2f}" for k in worst)
        + "."
        + (
            ""
            if not found.emulated.dropped
            else " Left out, as too few runs give them: "
            + "; ".join(found.problem.items[k].name for k in found.emulated.dropped)
            + "."
        )
    ]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def markdown(found: Staged) -> str:
    """The whole report."""
    declared, fitted, n = found.agree
    lines = [
        f"{len(found.problem.parameters)} parameters were open, all of them choices; "
        f"{len(moved(found))} moved by more than {100 * MOVED:.0f} % of their range. Of {n} "
        f"rows that can be read in a single run {declared} agree as declared, {fitted} with "
        "the fitted values (both at the resolution of draws).",
        "",
        *_lines_of_emulator(found),
        "",
        "**Stages**, sums of squares:",
        "",
    ]
    lines += _table(
        ["stage", "parameters", "residuals", "declared", "fitted, as emulated", "fitted, run"],
        [
            [
                stage.name,
                str(len(stage.free)),
                str(int(stage.keep.sum())),
                *(f"{x:.2f}" for x in found.costs[stage.name]),
            ]
            for stage in found.stages
        ],
    )
    lines += [
        "",
        "**Parameters.** The 95 % interval is that of the profile likelihood; *open*: it "
        "reaches both ends of the declared range, the rows cannot tell.",
        "",
    ]
    profiles = {one.parameter: one for one in found.profiles}
    rows = []
    for stage, plan in zip(found.stages, found.plan):
        for k in stage.free:
            parameter = found.problem.parameters[k]
            low, high = profiles[int(k)].interval()
            rows.append(
                [
                    stage.name,
                    f"`{parameter.name}` [{parameter.unit}]",
                    f"{parameter.low:.3g} – {parameter.high:.3g}",
                    f"{parameter.value:.3g}",
                    _place(parameter, found.u[k]),
                    "open"
                    if profiles[int(k)].open
                    else f"{_place(parameter, low)} – {_place(parameter, high)}",
                    plan.reasons[parameter.name],
                ]
            )
    lines += _table(
        [
            "stage",
            "parameter",
            "declared range",
            "declared",
            "fitted",
            "95 %",
            "the rows speak of it as",
        ],
        rows,
    )
    lines += [
        "",
        "**Leave one topic out.** Fitted without a topic, then run: rows of the topic "
        "that agree (fitted or not), and sums of squares of its fitted residuals.",
        "",
    ]
    lines += _table(
        [
            "topic",
            "rows",
            "agree: declared",
            "fitted with all",
            "without it",
            "squares: declared",
            "fitted with all",
            "without it",
        ],
        [
            [
                one.topic,
                str(one.rows),
                *(str(x) for x in one.agree),
                *(f"{x:.2f}" for x in one.squares),
            ]
            for one in found.left_out
        ],
    )
    total = [sum(one.agree[i] for one in found.left_out) for i in range(3)]
    rows_in = sum(one.rows for one in found.left_out)
    lines += [
        "",
        f"Together {total[0]} of {rows_in} as declared, {total[1]} fitted, {total[2]} "
        "when each topic is predicted by the others.",
    ]
    if found.sample is not None:
        weights = found.sample.weights
        lines += [
            "",
            f"**Sample**: {len(weights)} draws of {len(found.sample.names)} parameters, "
            f"as good as {1.0 / np.sum(weights**2):.0f} of equal weight. The fitted ones come "
            "from the posterior of the emulator, stage by stage, all others about their "
            "declared values with a standard deviation of a quarter of their range; switches "
            f"({', '.join(found.sample.choices)}) stand as declared in half of the draws; "
            "every draw was run and weighted by the likelihood of its rows over the emulated one, "
            f"to the power {found.temper:.2f} (1 would be the posterior; the less, the "
            "wider).",
        ]
    return "\n".join(lines)


def write_moves(found: Staged, path: Path) -> None:
    """Every open parameter: declared, fitted, interval, whether it moved, why it may."""
    profiles = {one.parameter: one for one in found.profiles}
    with text_file(path, b"stage,parameter,unit,") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [
                "stage",
                "parameter",
                "unit",
                "declared",
                "fitted",
                "low",
                "high",
                "open",
                "moved",
                "reason",
            ]
        )
        for stage, plan in zip(found.stages, found.plan):
            for k in stage.free:
                parameter, one = found.problem.parameters[k], profiles[int(k)]
                low, high = one.interval()
                row = [
                    stage.name,
                    parameter.name,
                    parameter.unit,
                    f"{parameter.value:.4g}",
                    f"{parameter.quantile(found.u[k]):.4g}",
                    _place(parameter, low),
                    _place(parameter, high),
                    int(one.open),
                    int(int(k) in moved(found)),
                    plan.reasons[parameter.name],
                ]
                writer.writerow(csv_row(row))


def page(found: Staged, title: str) -> Page:
    """Profiles of all parameters, draws below each."""
    n = len(found.profiles)
    columns = 4
    sheet = Page(180.0, 14.0 + 36.0 * -(-n // columns), title)
    for k, one in enumerate(found.profiles):
        ax = sheet.axes(12.0 + 43.0 * (k % columns), 10.0 + 36.0 * (k // columns), 32.0, 20.0)
        parameter = found.problem.parameters[one.parameter]
        ax.plot([parameter.quantile(u) for u in one.u], one.cost, color=COLOURS[0])
        ax.axhline(3.84, color="0.6", lw=0.6)
        ax.plot(parameter.value, 0.0, "|", color="0.2", ms=8)
        if len(found.points):
            ax.plot(
                [parameter.quantile(u) for u in found.points[:, one.parameter]],
                np.full(len(found.points), -1.2),
                "|",
                color=COLOURS[1],
                ms=3,
                mew=0.4,
            )
        if parameter.logarithmic:
            ax.set_xscale("log")
            set_log(ax.xaxis)
            ax.xaxis.set_minor_formatter("")
        ax.set_ylim(-2.0, 10.0)
        ax.set_xlabel(f"{parameter.name} [{parameter.unit}]", fontsize=5.5)
        ax.tick_params(labelsize=5)
        if k % columns == 0:
            ax.set_ylabel("rise of the cost", fontsize=5.5)
    return sheet


def write_staged(
    found: Staged, folder: Path, page_path: str | None, sample_path: str | None
) -> str:
    """Writes everything; returns the report."""
    folder.mkdir(parents=True, exist_ok=True)
    report = markdown(found)
    write_moves(found, folder / "moves.csv")
    put(folder / "calibration.txt", f"Written by neocol calibrate.\n\n{report}\n")
    design = io.BytesIO()
    np.savez_compressed(
        design,
        written_by_neocol=np.array("calibrate"),  # an entry's name is found in the file
        points=found.emulated.points,
        margins=found.emulated.margins,
        items=np.array([item.name for item in found.problem.items]),
        parameters=np.array([p.name for p in found.problem.parameters]),
    )
    put(folder / "design.npz", design.getvalue(), mark=b"written_by_neocol")
    if found.sample is not None:
        note = f"{len(found.sample)} draws, written by neocol calibrate: docs/calibration.md"
        write_sample(found.sample, folder / "sample.csv", note)
        if sample_path:
            write_sample(found.sample, sample_path, note)
    if page_path:
        put(
            page_path,
            "# What the data tell of the parameters\n\nWritten by `neocol calibrate --page "
            "docs/calibration.md --sample models/microneedling/sample.csv`; how it is done: "
            "[validation.md](validation.md).\n\n![Profile likelihoods](figures/calibration.png)"
            "\n\n" + report + "\n",
        )
    with style():
        title = (
            "Profile likelihoods: the line is where 95 % end, the mark the declared value, "
            "ticks the draws"
        )
        save(page(found, title), folder / "calibration", title, [], "neocol calibrate")
    if page_path:
        figures = Path(page_path).parent / "figures"
        figures.mkdir(exist_ok=True)
        shutil.copyfile(folder / "calibration.png", figures / "calibration.png")
    return report
