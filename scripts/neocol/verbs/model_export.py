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
import sys

from neocol import models
from neocol.errors import FileError, InputError
from neocol.exchange.sbml import write_sbml
from neocol.program import FILE_ERROR, INVALID_INPUT
from neocol.text import printable


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(
        prog="neocol model export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words.add_argument("model", help="name in models/, or a model file")
    words.add_argument(
        "-o", "--output", metavar="X.xml", help="default: the model's name with .xml"
    )
    return words


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        model = models.model(options.model)
        file = options.output or f"{model.name}.xml"
        write_sbml(model, file)
    except InputError as error:
        print(printable(str(error)), file=sys.stderr)
        return INVALID_INPUT
    except (FileError, OSError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return FILE_ERROR
    print(file)
    return 0
