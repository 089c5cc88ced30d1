"""Write one self-contained HTML page about a run, a comparison, a sensitivity study or a sweep.

The page needs no network, follows the reader's light or dark theme, and prints a first page in
plain words: what was done, what happened, how sure that is, what the model cannot say.

  RESULT.h5                            one run
  NAME.json of `neocol compare -o`     regimens in a virtual cohort
  NAME.json of `neocol sensitivity -o` what the outcomes hang on
  a study folder or its collected.h5   a sweep

Examples:
  neocol report acne_scars_roller.h5
  neocol report intervals.json --output intervals.html --title "Monthly or fortnightly?"
  neocol report my_study
"""
from __future__ import annotations

import argparse
from pathlib import Path

from neocol.reports.report import report
from neocol.verbs.common import FAILURES, new_parser, report_failure


def parser() -> argparse.ArgumentParser:
    words = new_parser("report", __doc__)
    words.add_argument("input", help="result, study folder, or NAME.json")
    words.add_argument(
        "-o", "--output", metavar="HTML", help="default: the input's name with .html beside it"
    )
    words.add_argument("--title", help="in place of the one in the file")
    words.add_argument("--overwrite", action="store_true", help="replace an existing page")
    return words


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        page = report(
            Path(options.input),
            options.output or None,
            title=options.title,
            overwrite=options.overwrite,
        )
    except FAILURES as error:
        return report_failure(error)
    print(page)
    return 0
