"""Verbs of `neocol` that are Python: `python3 -m neocol VERB ARGUMENTS`, as the program starts them.

If this interpreter lacks a package that the verb needs, or the compiled part was built for another
one, but the system's own has all, that one is used: Debian's packages belong to /usr/bin/python3,
and another python3 may come first on PATH. Uses nothing but the standard library until then.
"""

import importlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from neocol import program
from neocol.text import guard_terminal

SYSTEM = "/usr/bin/python3"
COMPILED = "neocol._core"
FIGURES = ("numpy", "pandas", "xarray", "h5py", "matplotlib")
MODEL = (*FIGURES, "scipy", COMPILED)
VERBS = {  # and the packages they need
    "alternatives": MODEL,
    "calibrate": MODEL,
    "claims": MODEL,
    "model_export": ("libsbml", *MODEL),
    "model_import": ("libsbml", *MODEL),
    "plot": FIGURES,
    "report": FIGURES,
    "validate": MODEL,
    "verify": (),
}
# Debian's packages of them.
DEBIAN = {
    name: f"python3-{name.lower()}"
    for name in ("matplotlib", "numpy", "scipy", "h5py", "pandas", "xarray")
} | {"libsbml": "python3-sbml5"}


def complaint(verb: str, missing: list[str]) -> str:
    """What to say when packages are missing."""
    if missing == [COMPILED]:
        return (
            f"error: 'neocol {verb}' needs the compiled part of its package, which was not built "
            f"for {sys.executable}\n       apt install pybind11-dev python3-dev and build again, "
            "or name the interpreter it was built for in NEOCOL_PYTHON"
        )
    missing = [name for name in missing if name != COMPILED]
    ways = " ".join(DEBIAN[name] for name in missing if name in DEBIAN)
    install = f"apt install {ways}, or " if ways else ""
    return (
        f"error: 'neocol {verb}' needs the Python package"
        f"{'s' if len(missing) > 1 else ''} {', '.join(missing)}, which {sys.executable} "
        f"lacks\n       {install}name an interpreter that has "
        f"{'them' if len(missing) > 1 else 'it'} in NEOCOL_PYTHON"
    )


def run_verb(verb: str, arguments: list[str] | None = None) -> NoReturn:
    """Runs a verb, `model_import` say, and exits with its code. `arguments`: of the command line if
    None."""
    spoken = verb.replace("_", " ")
    program.quiet_interruption()
    arguments = sys.argv[1:] if arguments is None else arguments
    missing = [name for name in VERBS[verb] if find_spec(name) is None]
    if missing:
        elsewhere = (
            not os.environ.get("NEOCOL_PYTHON")
            and os.access(SYSTEM, os.X_OK)
            and not os.path.samefile(sys.executable, SYSTEM)
        )
        if elsewhere:
            os.environ["NEOCOL_PYTHON"] = SYSTEM
            os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
            os.environ["PYTHONSAFEPATH"] = "1"
            os.execv(SYSTEM, [SYSTEM, "-m", "neocol", verb, *arguments])
        print(complaint(spoken, missing), file=sys.stderr)
        sys.exit(program.FILE_ERROR)
    sys.argv = [f"neocol {spoken}", *arguments]
    sys.dont_write_bytecode = True
    guard_terminal()
    module = importlib.import_module(f"neocol.verbs.{verb}")
    program.run_program(spoken, module.main)


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in VERBS:
        print(f"usage: python3 -m neocol {{{','.join(VERBS)}}} ...", file=sys.stderr)
        sys.exit(2)
    run_verb(sys.argv[1], sys.argv[2:])


if __name__ == "__main__":
    main()
