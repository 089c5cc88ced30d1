"""Write a well-mixed model as SBML (level 3 version 1).

A model that needs space (layers, transport, boundaries, surfaces), switches or events that wait for
a state is refused with every reason (exit code 3). Numbers are in mm, d, pg, cells; outcomes,
bounds and what a session does are left out.

Examples:
  neocol model export waugh2006
  neocol model export my_model.toml --output my_model.xml
"""
from __future__ import annotations

import argparse

from neocol import models
from neocol.exchange.sbml import write_sbml
from neocol.verbs.common import FAILURES, new_parser, report_failure


def parser() -> argparse.ArgumentParser:
    words = new_parser("model export", __doc__)
    words.add_argument("model", help="name in models/, or a model file")
    words.add_argument(
        "-o", "--output", metavar="X.xml", help="default: the model's name with .xml"
    )
    words.add_argument("--overwrite", action="store_true", help="replace what is there")
    return words


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        model = models.model(options.model)
        file = options.output or f"{model.name}.xml"
        write_sbml(model, file, options.overwrite)
    except FAILURES as error:
        return report_failure(error)
    print(file)
    return 0
