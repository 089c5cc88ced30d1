"""Measure what neocol claims about its numbers, and write a page that a reviewer can run again.

Examples:
  neocol verify                  the quick programs
  neocol verify --all --jobs 2   all, many minutes

Exit codes: 0 all kept, 5 no programs, 6 a claim missed or a program failed. Uses nothing but the
standard library, so that whoever has the program can verify it.
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from neocol.errors import FileError
from neocol.program import FILE_ERROR
from neocol.verification import verify

CLAIM_MISSED = 6  # exit code


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(
        prog="neocol verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words.add_argument(
        "--all",
        action="store_true",
        help="slow programs too: many minutes (default: the quick ones)",
    )
    words.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="programs run at a time (default: 1)"
    )
    words.add_argument("--programs", type=Path, help="folder of the verification programs")
    words.add_argument(
        "--output",
        type=Path,
        default=Path("verification.md"),
        help="page to write (default: verification.md)",
    )
    return words


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        found = verify(options.programs, slow=options.all, jobs=options.jobs, quiet=False)
    except FileError as error:
        print(f"error: {error}", file=sys.stderr)
        return FILE_ERROR
    found.save(options.output)
    first, *rest = repr(found).splitlines()
    for line in rest:
        print(line)
    print(f"{first}; wrote {options.output}")
    return 0 if found.kept else CLAIM_MISSED
