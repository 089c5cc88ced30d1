"""What the verbs that run the model row by row share: options, settings, progress, failures.

`neocol validate` and `neocol calibrate` take the same options of a run, find the model in the same
place and end with the same codes.
"""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from neocol.errors import InputError
from neocol.models import model
from neocol.parameters import Parameter, ParameterError, models_folder
from neocol.progress import Progress
from neocol.results import ResultError
from neocol.validation.readings import Bench
from neocol.validation.rows import RowError
from neocol.validation.runs import CaseError, CaseRunner, default_cache

__all__ = [
    "CHECK_FAILED",
    "FAILURES",
    "Progress",
    "add_run_arguments",
    "models_folder",
    "open_bench",
    "report_failure",
    "settings_of",
]
INVALID, NO_FILE, CHECK_FAILED = 3, 5, 6  # exit codes
SHIPPED = "microneedling"
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


def settings_of(given: list[str]) -> dict[str, str]:
    """`--set` as a dictionary. Raises RowError for one that is not KEY=VALUE."""
    for one in given:
        if "=" not in one:
            raise RowError(f"--set '{one}' is not KEY=VALUE")
    return dict(one.split("=", 1) for one in given)


def open_bench(
    options: argparse.Namespace, models: Path, parameters: dict[str, Parameter], fine: bool = False
) -> Bench:
    """The bench on which the validation scenarios run, set up by the options of a run."""
    runner = CaseRunner(Path(options.cache) if options.cache else default_cache(), options.jobs)
    return Bench(
        runner,
        models.parent / "scenarios" / "validation",
        models,
        parameters,
        fine,
        settings_of(options.set),
        model(options.model).name,
    )


def report_failure(error: Exception) -> int:
    """Prints one of FAILURES on stderr; the exit code."""
    no_file = isinstance(error, OSError)
    print(f"error: {error}" if no_file else error, file=sys.stderr)
    return NO_FILE if no_file else INVALID
