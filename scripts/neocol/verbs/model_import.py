"""Carry a model in SBML (level 2 or 3) over into a model file and a well-mixed scenario.

Writes NAME.toml and NAME_scenario.toml, NAME being that of the SBML file. What is written otherwise
or left out without changing results is named; a model that would not be the same is refused with
every reason (exit code 3), and nothing is written.

Examples:
  neocol model import BIOMD0000000101.xml
  neocol model import tgf.xml --until "48 h" --output models/tgf.toml
  neocol run BIOMD0000000101_scenario.toml
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from neocol import output
from neocol.exchange.sbml import import_sbml
from neocol.program import INVALID_INPUT
from neocol.text import printable
from neocol.verbs.common import FAILURES, new_parser, report_failure


def parser() -> argparse.ArgumentParser:
    words = new_parser("model import", __doc__)
    words.add_argument("input", metavar="X.xml", help="an SBML file of level 2 or 3")
    words.add_argument(
        "-o",
        "--output",
        metavar="MODEL.toml",
        help="default: the input's name with .toml, in the working folder",
    )
    words.add_argument("--until", metavar="TIME", help='how long the scenario runs, "48 h" say')
    words.add_argument(
        "--fluxes", action="store_true", help="rates of reactions as observables too"
    )
    words.add_argument("--overwrite", action="store_true", help="replace what is there")
    return words


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    source = Path(options.input)
    model_file = Path(options.output or f"{source.stem}.toml")
    if model_file.suffix != ".toml":
        print("error: --output: the name of a model file ends in .toml", file=sys.stderr)
        return INVALID_INPUT
    scenario_file = model_file.with_name(f"{model_file.stem}_scenario.toml")
    try:
        imported = import_sbml(source, options.until, options.fluxes)
        scenario = imported.scenario_of(model_file.name)
        for file in (model_file, scenario_file):
            output.check_free(file, options.overwrite, [source])
        output.put(model_file, imported.model, [source])
        output.put(scenario_file, scenario, [source])
    except FAILURES as error:
        return report_failure(error)
    for note in imported.notes:
        print(f"note: {printable(note)}")
    print(model_file)
    print(scenario_file)
    return 0
