"""Fit parameters to observations, and say what the data tell of them.

Of a scenario or a model of your own, with --data and --parameters: maximum likelihood over the
declared ranges, from several starts, with the profile of every parameter. Of a PEtab problem
(version 1, PROBLEM.yaml), which says all of this itself: the same.

Of the shipped model, without --parameters: the stages of
models/microneedling/validation/calibration.toml in order, mechanism, clocks, dose, outcome. A design of runs is made once and emulated by polynomials, whose cross-validated
error is told and counted; on them stand the fit, the profiles of every parameter, the fits without
each topic in turn, and the draws, which are run again and weighted by what the model really gives.

With --parameters (and --table): least squares on the shipped model itself, for a few parameters.

Of the shipped model only parameters move that are marked as chosen (evidence "design" or "fitted"), inside their
declared range; the declared value pulls. It changes no model: put values in by hand.

Examples:
  neocol calibrate my_model.toml --data biopsies.csv --parameters 'k_*' --output fit
  neocol calibrate problem.yaml --output fit            a PEtab problem
  neocol calibrate --output fit                         all stages; prints its cost first
  neocol calibrate --stage mechanism --output fit
  neocol calibrate --sample models/microneedling/sample.csv --page docs/calibration.md
  neocol calibrate --leave-publication kalluri          without one laboratory's rows
  neocol calibrate --table mine.csv --parameters a_1 K_1 --output fit --draws 48 --profiles a_1

Writes OUTPUT/parameters.csv, measurements.csv, profiles.csv, settings.txt and figures; of the
shipped model OUTPUT/moves.csv, calibration.txt, a figure, and sample.csv. Its runs are kept as they
end, those of --data in the folder that --cache names: stopped, the same command goes on.
Exit codes: 0 done, 2 usage, 3 a table, row or parameter that cannot be used.
"""
from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path

import pandas as pd
from neocol.calibration.evidence import RowProblem
from neocol.calibration.least_squares import (
    importance,
    laplace,
    least_squares,
    leave_one_topic_out,
    profile,
)
from neocol.calibration.measured import Fitted
from neocol.calibration.measured import calibrate as fit_measurements
from neocol.calibration.petab_fit import PetabFit
from neocol.calibration.report import Calibration, page, text, write_moves
from neocol.calibration.staged import calibrate_in_stages, read_plan
from neocol.figures.fits import fit_pages
from neocol.figures.style import save, style
from neocol.output import check, put
from neocol.parameters import (
    Parameter,
    ParameterError,
    models_folder,
    read_parameters,
    write_sample,
)
from neocol.progress import Progress
from neocol.text import csv_text, printable
from neocol.validation.assays import constants
from neocol.validation.options import RunOptions, open_bench, settings_of
from neocol.validation.publications import (
    fitted_rows,
    leave_out,
    parameter_sources,
    read_publications,
    report_lines,
)
from neocol.validation.rows import Row, RowError, frozen_rows, table_rows
from neocol.verbs.common import FAILURES, add_run_arguments, new_parser, report_failure

CHOSEN = ("design", "fitted")
WRITTEN = b"# written by neocol calibrate"  # first line of tables, which are read as comments
WIDEN = 1.3  # of the sample's proposal, so that its tails reach beyond the linearised posterior


def parser() -> argparse.ArgumentParser:
    words = new_parser("calibrate", __doc__)
    words.add_argument(
        "what",
        nargs="?",
        help="a scenario or a model, by name or file, or a PEtab problem (default: the shipped model)",
    )
    words.add_argument(
        "--data",
        metavar="CSV",
        help="measurements to fit it to: time [d], observable, value, unit, and if known sd, n, "
        "scenario, and columns that are set in it, such as parameters.dose",
    )
    words.add_argument(
        "--starts", type=int, default=4, metavar="N", help="of the search (default: 4)"
    )
    words.add_argument(
        "--stage",
        nargs="+",
        metavar="NAME",
        help="of calibration.toml, in its " "order (default: all)",
    )
    words.add_argument(
        "--design",
        type=int,
        default=80,
        metavar="N",
        help="runs of every scenario that the emulator is made from (default: 80)",
    )
    words.add_argument("--sample", metavar="CSV", help="write the sample there as well")
    words.add_argument("--page", metavar="FILE", help="write the report there as Markdown")
    words.add_argument(
        "--parameters",
        nargs="+",
        metavar="NAME",
        help="fit these, without stages: names, or patterns with --data",
    )
    words.add_argument(
        "--rows", nargs="+", metavar="ID", help="with --parameters: the rows " "to fit to"
    )
    words.add_argument(
        "--measured",
        action="store_true",
        help="with --parameters: let those move " "too whose value was measured",
    )
    words.add_argument("--table", metavar="CSV", help="fit to this table (see neocol validate)")
    words.add_argument(
        "--steps",
        type=int,
        default=5,
        metavar="N",
        help="evaluations of least squares at most (default: 5)",
    )
    words.add_argument(
        "--draws",
        type=int,
        default=None,
        metavar="N",
        help="size of the sample " "(default: 32 with stages, else none)",
    )
    words.add_argument(
        "--profiles",
        nargs="+",
        default=[],
        metavar="NAME",
        help="with --parameters: those whose cost is followed over their range; with --data "
        "all if none is named",
    )
    words.add_argument(
        "--leave-out",
        action="store_true",
        help="with --parameters: refit without " "each topic in turn",
    )
    words.add_argument(
        "--leave-publication",
        nargs="+",
        metavar="NAME",
        help="refit without "
        "these publications (publications.toml, or a row that is one of its own; "
        "'all'), every constant that was fitted to them released to its prior, and "
        "judge their rows with the result",
    )
    words.add_argument("--output", default="calibration", metavar="FOLDER")
    add_run_arguments(words)
    return words


def chosen(
    declared: dict[str, Parameter], names: list[str], measured: bool = False
) -> list[Parameter]:
    """The parameters to move. Raises ParameterError for one that is unknown or may not."""
    found = []
    for name in names:
        if name not in declared:
            raise ParameterError(f"the model has no parameter '{name}'")
        parameter = declared[name]
        if not parameter.ranged:
            raise ParameterError(f"'{name}' declares no range and distribution: it may not move")
        if parameter.varies:
            raise ParameterError(
                f"'{name}' varies with age, layer or phototype: one fitted value "
                "would take that away"
            )
        if parameter.evidence not in CHOSEN and not measured:
            raise ParameterError(
                f"'{name}' is no choice, its evidence is '{parameter.evidence}': "
                "it stays, unless --measured says otherwise"
            )
        found.append(parameter)
    if not found:
        raise ParameterError("no parameter is named: --parameters")
    return found


def picked(rows: list[Row], names: list[str] | None) -> list[Row]:
    """Rows by name or beginning of a name that can be scored; a row that never shaped the model
    only if it is named in full, since a fit to it ends that."""
    found = [
        replace(row, second=())
        for row in rows
        if row.status in ("testable", "if_modelled")
        and (row.built_with or row.id in (names or ()))
        and (names is None or any(row.id.startswith(name) for name in names))
    ]
    if not found:
        raise RowError("no row to fit to")
    return found


def calibrate(options: argparse.Namespace, models: Path) -> tuple[Calibration, RowProblem]:
    """A fit of a few parameters, or constants of the assays, on the model itself."""
    declared = read_parameters(models / "microneedling.toml") | constants()
    validation = models / "microneedling" / "validation"
    rows = table_rows(Path(options.table)) if options.table else frozen_rows(validation)
    rows = picked(rows, options.rows)
    for name in options.profiles:
        if name not in options.parameters:
            raise ParameterError(f"no profile of '{name}': it is not among those fitted")
    problem = RowProblem(
        open_bench(RunOptions.of(options), models, declared),
        rows,
        chosen(declared, options.parameters, options.measured),
        {},
        Progress(options.quiet),
    )
    fit = least_squares(problem, largest=options.steps)
    found = Calibration(
        problem.parameters,
        {},
        fit,
        [item.name for item in problem.items],
        problem.topics,
        leave_one_topic_out(problem, fit) if options.leave_out else [],
        importance(problem, laplace(fit, widen=WIDEN), options.draws) if options.draws else None,
        [profile(problem, fit, options.parameters.index(name)) for name in options.profiles],
    )
    return found, problem


def without_publications(options: argparse.Namespace, models: Path) -> str:
    """Refits without the named publications; the report as text."""
    declared = read_parameters(models / "microneedling.toml")
    validation = models / "microneedling" / "validation"
    rows = frozen_rows(validation)
    known = read_publications(validation / "publications.toml", rows)
    names = list(known) if options.leave_publication == ["all"] else options.leave_publication
    unknown = [name for name in names if name not in known]
    if unknown:
        raise RowError(
            f"there is no publication {', '.join(unknown)}: known are "
            f"{', '.join(name for name, one in known.items() if len(one.rows) > 1)}, "
            "and every other row by its id"
        )
    fitted_to = fitted_rows(
        read_plan(validation / "calibration.toml"), parameter_sources(models / "microneedling.toml")
    )
    bench, progress = open_bench(RunOptions.of(options), models, declared), Progress(options.quiet)
    return "\n".join(
        report_lines(
            [
                leave_out(bench, known[name], rows, fitted_to, declared, progress, options.steps)
                for name in names
            ]
        )
    )


def in_stages(options: argparse.Namespace, models: Path) -> None:
    """All stages over an emulator; writes and prints what was found."""
    from neocol.calibration.staged_report import write_staged

    if options.table:
        raise RowError("--table needs --parameters: the stages belong to the frozen rows")
    declared = read_parameters(models / "microneedling.toml")
    plan = read_plan(models / "microneedling" / "validation" / "calibration.toml", options.stage)
    for stage in plan:
        chosen(declared, list(stage.reasons))
    found = calibrate_in_stages(
        open_bench(RunOptions.of(options), models, declared),
        models / "microneedling" / "validation",
        plan,
        options.design,
        32 if options.draws is None else options.draws,
        options.quiet,
    )
    print(write_staged(found, Path(options.output), options.page, options.sample))


def write(found: Calibration, problem: RowProblem, folder: Path) -> None:
    """moves.csv, sample.csv, calibration.txt and the figure."""
    folder.mkdir(parents=True, exist_ok=True)
    write_moves(found, folder / "moves.csv")
    put(folder / "calibration.txt", f"Written by neocol calibrate.\n\n{text(found)}\n")
    if found.ensemble is not None:
        write_sample(
            problem.sample(found.ensemble.points, found.ensemble.weights), folder / "sample.csv"
        )
    with style():
        title = "What the observations tell of the parameters"
        save(page(found, title), folder / "calibration", title, [], "neocol calibrate")


def to_measurements(options: argparse.Namespace) -> None:
    """A fit of any scenario or model; writes and prints what was found."""
    if Path(options.what or "").suffix in (".yaml", ".yml"):
        return to_petab(options)
    if not (options.what and options.data and options.parameters):
        raise ParameterError(
            "a fit to measurements needs a scenario or a model, --data, --parameters"
        )
    progress = Progress(options.quiet)
    fit = fit_measurements(
        options.what,
        options.data,
        options.parameters,
        settings=settings_of(options.set),
        profiles=options.profiles or True,
        starts=options.starts,
        jobs=options.jobs,
        store=Path(options.cache) if options.cache else None,
        progress=lambda runs: progress.at(runs),
    )
    progress.finish()
    write_fit(fit, options, [options.data])


def to_petab(options: argparse.Namespace) -> None:
    """The fit of a PEtab problem."""
    from neocol.exchange.petab import load_petab

    given = [name for name in ("data", "parameters", "set", "cache") if getattr(options, name)]
    if given:
        raise ParameterError(f"a PEtab problem says itself what is fitted: leave out --{given[0]}")
    problem = load_petab(options.what)
    for note in problem.notes:
        print(f"note: {printable(note)}")
    progress = Progress(options.quiet)
    fit = problem.calibrate(
        profiles=options.profiles or True,
        starts=options.starts,
        progress=lambda runs: progress.at(runs),
    )
    progress.finish()
    write_fit(fit, options, [options.what])


def write_fit(fit: Fitted, options: argparse.Namespace, inputs: list[str]) -> None:
    """Tables and figures of a fit into the folder asked for."""
    folder = Path(options.output)
    folder.mkdir(parents=True, exist_ok=True)
    table = fit.measurements.copy()
    words = table.select_dtypes(include="object").columns
    table[words] = table[words].applymap(csv_text)
    texts = {
        "parameters.csv": fit.parameters.rename(index=csv_text).to_csv(),
        "measurements.csv": table.to_csv(index=False),
    }
    if not isinstance(fit, PetabFit):  # whose parameters are the problem's, not a scenario's
        texts["settings.txt"] = "".join(
            f"--set {key}={shlex.quote(value)}\n" for key, value in fit.settings.items()
        )
    if fit.profiles:
        profiles = pd.concat(fit.profiles, names=["parameter"]).reset_index(level=0)
        texts["profiles.csv"] = profiles.to_csv(index=False)
    for name in texts:  # all or none
        check(folder / name, inputs, WRITTEN)
    for name, content in texts.items():
        put(folder / name, f"{WRITTEN.decode()}\n{content}", inputs, WRITTEN)
    with style():
        for name, page_of in fit_pages(fit).items():
            title = f"Fit of {options.what}"
            save(page_of, folder / name, title, [], "neocol calibrate")
    print(fit)


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        if options.what or options.data:
            to_measurements(options)
            print(f"\nwritten: {options.output}/")
            return 0
        if options.leave_publication:
            print(without_publications(options, models_folder()))
            return 0
        if options.parameters:
            found, problem = calibrate(options, models_folder())
            write(found, problem, Path(options.output))
            print(text(found))
        else:
            in_stages(options, models_folder())
    except FAILURES as error:
        return report_failure(error)
    print(f"\nwritten: {options.output}/")
    return 0
