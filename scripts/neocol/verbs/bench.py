"""What the verbs that run the model row by row share: options of a run, failures and their codes."""
from __future__ import annotations

import argparse
import os
import sys

from neocol.errors import InputError
from neocol.parameters import ParameterError
from neocol.results import ResultError
from neocol.validation.options import SHIPPED
from neocol.validation.rows import RowError
from neocol.validation.runs import CaseError

INVALID, NO_FILE, CHECK_FAILED = 3, 5, 6  # exit codes
FAILURES = (
    RowError,
    ParameterError,
    CaseError,
    InputError,
    ResultError,
    OSError,
)  # of what was given, not of the program


def add_run_arguments(words: argparse.ArgumentParser) -> None:
    """--set, --jobs, --cache and --quiet."""
    words.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="as of 'neocol run', in every scenario",
    )
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
    """Prints one of FAILURES on stderr; the exit code."""
    no_file = isinstance(error, OSError)
    print(f"error: {error}" if no_file else error, file=sys.stderr)
    return NO_FILE if no_file else INVALID
