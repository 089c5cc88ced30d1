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
import sys
from pathlib import Path

from neocol.program import FILE_ERROR, INVALID_INPUT
from neocol.reports.report import report
from neocol.results import ResultError


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(
        prog="neocol report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    except (ResultError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FILE_ERROR if isinstance(error, OSError) else INVALID_INPUT
    print(page)
    return 0
