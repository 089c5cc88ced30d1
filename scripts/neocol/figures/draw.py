"""Figures of results and of studies, drawn and saved: what `neocol.plot` and `neocol plot` do."""
from __future__ import annotations

import difflib
import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from neocol.figures.comparison import curve_page, outcome_page
from neocol.figures.drawn import DrawnData, warn_not_drawn
from neocol.figures.pages import collagen_page, course_pages, has_fields, section_pages
from neocol.figures.study_pages import comparison_pages, sensitivity_pages, sweep_pages
from neocol.figures.style import FORMATS, Page, save, style
from neocol.results import (
    Result,
    ResultError,
    holds_run,
    load,
    measurement_table,
    read_measurements,
)
from neocol.studies import SENSITIVITY, Report, Sweep
from neocol.studies import load as load_study

KINDS = ("courses", "collagen", "sections")
MOST_RESULTS = 7  # that are told apart in one figure


@dataclass(frozen=True)
class FigureFiles:
    """Where figures go and what they are. folder: None is `figures/` beside what is drawn."""

    folder: str | Path | None = None
    name: str = ""  # how the files' names begin; empty: as what is drawn
    width: float = 180.0  # [mm]: 85 or 180, one or two columns
    formats: Sequence[str] = FORMATS
    dpi: int = 300
    command: str = "neocol.plot"  # said in the files as their origin

    def write(
        self, pages: dict[str, Page], beside: Path, name: str, title: str, hashes: list[str]
    ) -> list[Path]:
        """Saves all pages; the paths."""
        folder = Path(self.folder or beside / "figures")
        return [
            path
            for kind, page in pages.items()
            for path in save(
                page,
                folder / f"{self.name or name}_{kind}",
                title,
                hashes,
                self.command,
                self.formats,
                self.dpi,
            )
        ]


def measurements_for(
    table: str | Path | pd.DataFrame | None, results: Sequence[Result]
) -> pd.DataFrame | None:
    """The measurements to lay over the curves of results; None without any.

    Raises ResultError if one is of an observable that none of the results has: nothing of a table
    is left out in silence.
    """
    if table is None:
        return None
    if not isinstance(table, pd.DataFrame):
        return measurements_of(read_measurements(table), str(table), results)
    return measurements_of(measurement_table(table), "measurements", results)


def measurements_of(table: pd.DataFrame, path: str, results: Sequence[Result]) -> pd.DataFrame:
    """The same of a table that messages call `path`."""
    known = list(dict.fromkeys(name for result in results for name in result.observable_names))
    for row, name in enumerate(table["observable"].astype(str), start=1):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            way_out = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}"
            raise ResultError(
                f"{path}: data row {row}: no observable '{name}' in "
                f"{', '.join(result.path.name for result in results)}; {way_out} "
                "(rows that begin with # are left out)"
            )
    return table


def warn_of_doubt(results: Sequence[Result]) -> None:
    """Says on stderr which of the results that are drawn are doubtful, and why."""
    for result in results:
        if result.status == "doubtful":
            print(f"warning: {result.path} is doubtful: {result.stop_reason}", file=sys.stderr)


def result_pages(
    result: Result,
    width: float,
    kinds: Collection[str] = KINDS,
    observables: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
    days: Sequence[float] | None = None,
    plan_depth: float | None = None,
    measurements: pd.DataFrame | None = None,
    drawn: DrawnData | None = None,
) -> dict[str, Page]:
    """Figures of one result, by name: time courses, collagen in depth and time, sections."""
    drawn = drawn if drawn is not None else DrawnData()
    curves = observables or result.observable_names
    warn_not_drawn(
        measurements,
        curves if "courses" in kinds else [],
        float(result.observables["time"].values[0]),
        result.end,
    )
    pages: dict[str, Page] = {}
    if "courses" in kinds:
        pages |= course_pages(result, width, observables, measurements, drawn)
    if "collagen" in kinds:
        pages |= collagen_page(result, width, drawn)
    if "sections" in kinds:
        pages |= section_pages(result, width, fields, days, plan_depth, drawn)
    return pages


def draw_result(
    result: Result,
    files: FigureFiles,
    kinds: Collection[str] = KINDS,
    observables: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
    days: Sequence[float] | None = None,
    plan_depth: float | None = None,
    data: str | Path | pd.DataFrame | None = None,
    save_data: str | Path | None = None,
) -> list[Path]:
    """Draws one result; the paths of what was written."""
    drawn = DrawnData()
    with style():
        warn_of_doubt([result])
        pages = result_pages(
            result,
            files.width,
            kinds,
            observables,
            fields,
            days,
            plan_depth,
            measurements_for(data, [result]),
            drawn,
        )
        paths = files.write(
            pages, result.path.parent, result.label, result.title, [result.scenario_hash]
        )
    if save_data:
        paths.append(drawn.write(save_data))
    if not has_fields(result) and result.geometry != "well_mixed":
        print(
            "no maps: this result has no fields; [output] fields and field_times store them",
            file=sys.stderr,
        )
    return paths


def draw_comparison(
    results: Sequence[Result],
    files: FigureFiles,
    observables: Sequence[str] | None = None,
    outcomes: Sequence[str] | None = None,
    data: str | Path | pd.DataFrame | None = None,
    save_data: str | Path | None = None,
) -> list[Path]:
    """Draws results over each other, at equal times after the last session of each, and their
    outcomes. Raises ResultError for fewer than two or more than can be told apart."""
    if not 2 <= len(results) <= MOST_RESULTS:
        raise ResultError(f"{len(results)} results; two to {MOST_RESULTS} can be compared")
    drawn = DrawnData()
    with style():
        warn_of_doubt(results)
        measurements = measurements_for(data, results)
        pages = curve_page(results, files.width, observables, measurements, drawn)
        pages |= outcome_page(results, files.width, drawn, outcomes)
        paths = files.write(
            pages,
            results[0].path.parent,
            "compare",
            " / ".join(result.label for result in results),
            [result.scenario_hash for result in results],
        )
    if save_data:
        paths.append(drawn.write(save_data))
    return paths


def draw_study(
    study: Sweep | Report,
    files: FigureFiles,
    outcomes: Sequence[str] | None = None,
    at: dict[str, object] | None = None,
) -> list[Path]:
    """Draws a collected study, a comparison in a cohort or a sensitivity study. `at`: only the
    runs of a study in which these columns have these values."""
    with style():
        if isinstance(study, Sweep):
            study = study.held(at or {})
            pages = sweep_pages(study, files.width, outcomes)
            name, title = study.path.parent.name, study.title
        elif at:
            raise ResultError(f"{study.path}: a column has one value in studies of several columns")
        elif study.kind == SENSITIVITY:
            pages = sensitivity_pages(study, files.width, outcomes)
            name, title = study.path.stem, study.data["title"]
        else:
            pages = comparison_pages(study, files.width, outcomes)
            name, title = study.path.stem, study.data["cohort"]
        return files.write(pages, study.path.parent, name, title, [])


def plot(
    what: str | Path | Result | Iterable[str | Path | Result],
    folder: str | Path | None = None,
    *,
    name: str = "",
    width: float = 180.0,
    formats: Sequence[str] = FORMATS,
    dpi: int = 300,
    labels: Sequence[str] | None = None,
    command: str = "neocol.plot",
    **options,
) -> list[Path]:
    """Draws the figures of a result, of several over each other, or of a study, into a folder (by
    default `figures/` beside it), and returns the paths.

        neocol.plot("results/acne_scars_roller.h5", days=[0, 3, 14, 364])
        neocol.plot([two_weeks, four_weeks], labels=["2 weeks", "4 weeks"])
        neocol.plot("my_study", at={"age": 40})

    Options are those of `draw_result` (kinds, observables, fields, days, plan_depth, data,
    save_data), `draw_comparison` (observables, outcomes, data, save_data) and `draw_study`
    (outcomes, at). Raises ResultError for what cannot be read or drawn, OutputError where a file
    would be replaced that neocol did not write.
    """
    files = FigureFiles(folder, name, width, formats, dpi, command)
    listed = [what] if isinstance(what, (str, Path, Result)) else list(what)
    if labels is not None and len(labels) != len(listed):
        raise ResultError(f"{len(labels)} labels for {len(listed)} results")
    if len(listed) == 1 and not isinstance(listed[0], Result) and not holds_run(listed[0]):
        return draw_study(load_study(listed[0]), files, **options)
    with ExitStack() as stack:
        results = [
            one
            if isinstance(one, Result)
            else stack.enter_context(load(one, labels[k] if labels else None))
            for k, one in enumerate(listed)
        ]
        if len(results) == 1:
            return draw_result(results[0], files, **options)
        return draw_comparison(results, files, **options)
