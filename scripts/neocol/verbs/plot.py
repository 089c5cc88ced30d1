"""Draw the figures of a result, of several over each other, or of a study.

  RESULT.h5                            time courses in groups, collagen in depth and time, sections
  RESULT.h5 RESULT.h5 ...              curves at equal times after each one's last session, outcomes
  a study folder or its collected.h5   response surfaces or lines of the outcomes, trade-offs
  NAME.json of `neocol compare -o`     curves with bands, differences, distributions over persons
  NAME.json of `neocol sensitivity -o` tornado and interactions (Morris), or Sobol' indices

Examples:
  neocol plot results/acne_scars_roller.h5
  neocol plot results/acne_scars_roller.h5 --days 0 3 14 364 --width 85
  neocol plot run.h5 --data biopsies.csv --save-data drawn.csv --output figures
  neocol plot a.h5 b.h5 --labels standard denser --observables collagen_dermis
  neocol plot my_study --at age=40 --at spacing=28
  neocol plot screening.json --formats pdf --width 85
"""
from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from neocol.figures.draw import KINDS, MOST_RESULTS, plot
from neocol.figures.style import FORMATS
from neocol.program import INVALID_INPUT
from neocol.results import holds_run
from neocol.verbs.common import FAILURES, new_parser, report_failure

USAGE = 2  # exit code
# Which options go with what: one result, several, a study.
OF_RESULT = ("figures", "observables", "fields", "days", "plan_depth", "data", "save_data")
OF_RESULTS = ("observables", "outcomes", "labels", "data", "save_data")
OF_STUDY = ("outcomes", "at")


def parser() -> argparse.ArgumentParser:
    words = new_parser("plot", __doc__)
    words.add_argument("input", nargs="+", help="results, a study folder, or NAME.json")
    words.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="where figures go (default: figures/ beside what is drawn)",
    )
    words.add_argument("--name", default="", help="how the files' names begin")
    words.add_argument(
        "--width",
        type=float,
        choices=(85.0, 180.0),
        default=180.0,
        help="width in mm, one or two columns (default: 180)",
    )
    words.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    words.add_argument("--dpi", type=int, default=300, help="of PNG and of maps (default: 300)")
    results = words.add_argument_group("of results")
    results.add_argument(
        "--observables",
        nargs="+",
        metavar="NAME",
        help="only these curves (default: all of one result; of several up to eight, collagen "
        "first)",
    )
    results.add_argument(
        "--data",
        metavar="CSV",
        help="measurements to lay over the curves: columns time [d], observable, "
        "value, sd, n, unit, assay",
    )
    results.add_argument("--save-data", metavar="CSV", help="write the numbers that were drawn")
    one = words.add_argument_group("of one result")
    one.add_argument(
        "--figures", nargs="+", choices=KINDS, help="which (default: all the file has data for)"
    )
    one.add_argument(
        "--fields",
        nargs="+",
        metavar="NAME",
        help="species in the sections (default: collagen and the first signals)",
    )
    one.add_argument(
        "--days",
        nargs="+",
        type=float,
        metavar="DAY",
        help="days of the sections; the nearest stored record is drawn",
    )
    one.add_argument(
        "--plan-depth",
        type=float,
        metavar="MM",
        help="depth of the plan views of a patch (default: half a channel)",
    )
    many = words.add_argument_group("of several results, and of studies")
    many.add_argument("--labels", nargs="+", help="what results are called (default: their files)")
    many.add_argument("--outcomes", nargs="+", metavar="NAME", help="which outcomes")
    many.add_argument(
        "--at",
        action="append",
        metavar="COLUMN=VALUE",
        help="only the runs of a study in which a column has this value",
    )
    return words


class UsageError(ValueError):
    """Options that do not go together."""


def held_values(texts: list[str]) -> dict[str, object]:
    """COLUMN=VALUE of the command line. Raises UsageError."""
    found: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not value:
            raise UsageError(f"--at takes COLUMN=VALUE, such as age=40; '{text}' is none")
        found[name] = value
    return found


def chosen_options(options: argparse.Namespace, is_study: bool) -> dict:
    """Options that were given, for what is drawn. Raises UsageError for one of another kind."""
    allowed = OF_STUDY if is_study else OF_RESULTS if len(options.input) > 1 else OF_RESULT
    given = {
        name: getattr(options, name)
        for name in dict.fromkeys((*OF_RESULT, *OF_RESULTS, *OF_STUDY))
        if getattr(options, name) is not None
    }
    # Curves of a comparison go with its outcomes by name.
    if is_study and "observables" in given:
        given["outcomes"] = [*given.get("outcomes", []), *given.pop("observables")]
    for name in given:
        if name not in allowed:
            kind = "a study" if is_study else "several results" if len(options.input) > 1 else ""
            raise UsageError(f"--{name.replace('_', '-')} is not for {kind or 'one result'}")
    if len(options.input) > MOST_RESULTS:
        raise UsageError(f"{len(options.input)} results; two to {MOST_RESULTS} can be compared")
    labels = given.get("labels", options.input)
    if len(labels) != len(options.input):
        raise UsageError(f"{len(labels)} labels for {len(options.input)} results")
    if "at" in given:
        given["at"] = held_values(given["at"])
    if "figures" in given:
        given["kinds"] = given.pop("figures")
    return given


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    try:
        is_study = len(options.input) == 1 and not holds_run(options.input[0])
        paths = plot(
            [Path(path) for path in options.input],
            options.output,
            name=options.name,
            width=options.width,
            formats=options.formats,
            dpi=options.dpi,
            command=shlex.join(["neocol", "plot", *given]),
            **chosen_options(options, is_study),
        )
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except FAILURES as error:
        return report_failure(error)
    for path in paths:
        print(path)
    if not paths:
        print(
            "nothing to draw: the result has no observables or fields of that kind", file=sys.stderr
        )
    return 0 if paths else INVALID_INPUT
