"""What verbs share: the shape of their help, options of a run, failures and their codes."""
from __future__ import annotations

import argparse
import os
import sys

from neocol.errors import InputError
from neocol.parameters import ParameterError
from neocol.program import FILE_ERROR, INVALID_INPUT
from neocol.results import ResultError
from neocol.text import printable
from neocol.units import UnitError
from neocol.validation.options import SHIPPED
from neocol.validation.rows import RowError
from neocol.validation.runs import CaseError

CHECK_FAILED = 6  # exit code
# Of what was given, not of the program.
FAILURES = (RowError, ParameterError, CaseError, InputError, ResultError, UnitError, OSError)


def new_parser(verb: str, about: str | None) -> argparse.ArgumentParser:
    """A parser whose help shows the docstring of the verb's module as it is written."""
    return argparse.ArgumentParser(
        prog=f"neocol {verb}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_run_arguments(words: argparse.ArgumentParser, model: bool = True) -> None:
    """--set, --jobs, --cache and --quiet; --model, if its model can be chosen."""
    words.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="as of 'neocol run', in every scenario",
    )
    if model:
        words.add_argument(
            "--model",
            default=SHIPPED,
            metavar="NAME",
            help="whose parameters are drawn and fitted, by name or file " f"(default: {SHIPPED})",
        )
    words.add_argument(
        "--jobs",
        type=int,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="runs at a time, one thread each (default: all cores)",
    )
    words.add_argument(
        "--cache",
        metavar="FOLDER",
        help="where runs are kept (default: below " "NEOCOL_CACHE or ~/.cache)",
    )
    words.add_argument("--quiet", action="store_true", help="no progress")


def report_failure(error: Exception) -> int:
    """Prints one of FAILURES on stderr; the exit code: 5 of files, 3 of the rest."""
    text = str(error)
    if isinstance(error, OSError) and error.filename and error.strerror:
        text = f"{error.filename}: {error.strerror}"
    text = printable(text)
    # Faults of a text have their place and the word themselves.
    print(text if isinstance(error, InputError) else f"error: {text}", file=sys.stderr)
    return FILE_ERROR if isinstance(error, OSError) else INVALID_INPUT
