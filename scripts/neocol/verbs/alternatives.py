"""Show what hangs on each alternative that the data cannot decide.

Every option of every switch of a model is set in turn, all else as declared. Of a scenario the
table gives its outcomes. Of a model without one it gives a few readings, their range over the
parameter sample, and, of the shipped model, how many of the frozen rows of observations agree with
each option; the half-life of collagen is one of its switches.

Examples:
  neocol alternatives my_scenario.toml --draws 16
  neocol alternatives
  neocol alternatives --draws 16 --into docs/biology.md   the table of that page
  neocol alternatives --no-rows --table mine.toml         your own readings, without the score

Readings stand in models/microneedling/validation/alternatives.toml. Runs are kept (of a scenario in
the folder that --cache names): stopped, it goes on.
Exit codes: 0 done, 2 usage, 3 a table or scenario that cannot be read.
"""
from __future__ import annotations

import argparse
from pathlib import Path

from neocol.validation.alternatives import alternatives
from neocol.validation.options import SHIPPED, settings_of
from neocol.validation.rows import RowError
from neocol.validation.verdicts import put_between
from neocol.verbs.common import FAILURES, add_run_arguments, new_parser, report_failure

BEGIN, END = "<!-- alternatives: begin -->", "<!-- alternatives: end -->"


def parser() -> argparse.ArgumentParser:
    words = new_parser("alternatives", __doc__)
    words.add_argument(
        "scenario", nargs="?", help="a scenario, by name or file, whose outcomes are read"
    )
    words.add_argument("--outcomes", nargs="+", metavar="NAME", help="of the scenario: these alone")
    words.add_argument(
        "--table",
        metavar="TOML",
        help="readings in place of models/microneedling/validation/alternatives.toml",
    )
    words.add_argument("--no-rows", action="store_true", help="do not score the options")
    words.add_argument(
        "--draws",
        type=int,
        default=0,
        metavar="N",
        help="ranges of the readings, as it stands, over draws of the parameters; of the shipped "
        "readings, of models/microneedling/sample.csv",
    )
    words.add_argument(
        "--into",
        metavar="FILE",
        help="replace what stands between the lines "
        f"'{BEGIN}' and '{END}' of a page by the table",
    )
    words.add_argument("--json", action="store_true", help="the table as JSON")
    add_run_arguments(words)
    return words


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        if options.scenario and options.model != SHIPPED:
            raise RowError("a scenario names its model: leave out --model")
        found = alternatives(
            options.scenario or options.model,
            options.table,
            outcomes=options.outcomes,
            rows=not options.no_rows,
            draws=options.draws,
            settings=settings_of(options.set),
            jobs=options.jobs,
            cache=options.cache,
            quiet=options.quiet,
        )
        if options.into:
            put_between(Path(options.into), BEGIN, END, found.markdown())
    except FAILURES as error:
        return report_failure(error)
    print(found.json() if options.json else found.markdown())
    return 0
