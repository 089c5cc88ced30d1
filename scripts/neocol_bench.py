"""What the verbs that run the model row by row share: options, settings, progress, failures.

`neocol validate` and `neocol calibrate` take the same options of a run, find the model in the same
place and end with the same codes.
"""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from neocol_cases import CaseError, CaseRunner, default_cache
from neocol_judge import Bench
from neocol_parameters import Parameter, ParameterError
from neocol_rows import RowError

INVALID, NO_FILE, CHECK_FAILED = 3, 5, 6  # exit codes
FAILURES = (RowError, ParameterError, CaseError, OSError)  # of what was given, not of the program


def add_run_arguments(words: argparse.ArgumentParser) -> None:
    """--set, --jobs, --cache and --quiet."""
    words.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                       help="as of 'neocol run', in every scenario")
    words.add_argument("--jobs", type=int, default=2, metavar="N", help="runs at a time "
                       "(default: 2)")
    words.add_argument("--cache", metavar="FOLDER", help="where runs are kept (default: below "
                       "NEOCOL_CACHE or ~/.cache)")
    words.add_argument("--quiet", action="store_true", help="no progress")


def settings_of(given: list[str]) -> dict[str, str]:
    """`--set` as a dictionary. Raises RowError for one that is not KEY=VALUE."""
    for one in given:
        if "=" not in one:
            raise RowError(f"--set '{one}' is not KEY=VALUE")
    return dict(one.split("=", 1) for one in given)


def models_folder() -> Path:
    """Folder of the models: as the program says, or beside the scripts."""
    return Path(os.environ.get("NEOCOL_MODELS", Path(__file__).resolve().parents[1] / "models"))


def open_bench(options: argparse.Namespace, models: Path, parameters: dict[str, Parameter],
               fine: bool = False) -> Bench:
    """The bench on which the validation scenarios run, set up by the options of a run."""
    runner = CaseRunner(os.environ.get("NEOCOL_PROGRAM", "neocol"),
                        Path(options.cache) if options.cache else default_cache(), options.jobs)
    return Bench(runner, models.parent / "scenarios" / "validation", models, parameters, fine,
                 settings_of(options.set))


class Progress:
    """A line on stderr that counts runs, of `total` if known; silent if asked or if nobody
    watches."""

    def __init__(self, quiet: bool, total: int | None = None) -> None:
        self.done, self.total = 0, total
        self.shown = not quiet and sys.stderr.isatty()

    def __call__(self) -> None:
        self.done += 1
        if self.shown:
            of_total = "" if self.total is None else f" of {self.total}"
            end = "\n" if self.done == self.total else ""
            print(f"\r{self.done}{of_total} runs", end=end, file=sys.stderr, flush=True)


def report_failure(error: Exception) -> int:
    """Prints one of FAILURES on stderr; the exit code."""
    no_file = isinstance(error, OSError)
    print(f"error: {error}" if no_file else error, file=sys.stderr)
    return NO_FILE if no_file else INVALID
