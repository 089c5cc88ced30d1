#!/usr/bin/python3
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
# needs: numpy h5py pandas xarray matplotlib
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from neocol_exit import run_program

try:
    import h5py
    from neocol.results import ResultError, load
    from neocol.seal import SealError, checked
    from neocol_output import check, put
    from neocol_report import run_report, study_report
    from neocol_study import load as load_study
    from neocol_style import style
except ImportError as missing:
    sys.exit(f"report: {missing}")


def parser() -> argparse.ArgumentParser:
    text = argparse.ArgumentParser(
        prog="report.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    text.add_argument("input", help="result, study folder, or NAME.json")
    text.add_argument(
        "-o", "--output", metavar="HTML", help="default: the input's name with .html beside it"
    )
    text.add_argument("--title", help="in place of the one in the file")
    text.add_argument("--overwrite", action="store_true", help="replace an existing page")
    return text


def is_run(path: Path) -> bool:
    """True for the result of one run."""
    if path.is_dir() or path.suffix == ".json" or not path.exists():
        return False
    try:
        with h5py.File(checked(path).path) as file:
            return "run" not in file
    except (OSError, SealError):
        return True  # the loader says what is wrong with it


def page_path(given: str, path: Path) -> Path:
    if given:
        return Path(given)
    if path.is_dir():
        return path / "report.html"
    name = (
        "report.html"
        if path.name == "collected.h5"
        else path.name.removesuffix(".part").rsplit(".", 1)[0] + ".html"
    )
    return path.with_name(name)


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    path = Path(options.input)
    output = page_path(options.output, path)
    try:
        if output.is_file() and not options.overwrite:
            raise FileExistsError(f"{output} is there already: --overwrite replaces it")
        check(output, [path])  # before anything is drawn
        with style():
            if is_run(path):
                with load(path) as result:
                    document = run_report(result)
            else:
                document = study_report(load_study(path))
        if options.title:
            document.title = options.title
        put(output, document.html(), [path])
    except (ResultError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 5 if isinstance(error, OSError) else 3
    print(output)
    return 0


if __name__ == "__main__":
    run_program("report", main)
