"""Starts a verb of `neocol` that is a Python program: `neocol_verb.py VERB SCRIPT ARGUMENTS`.

The script names the packages it needs in a line `# needs: numpy scipy`. If this interpreter lacks
one but the system's own has all, that one is used: Debian's packages belong to /usr/bin/python3,
and another python3 may come first on PATH. Uses nothing but the standard library.
"""

import importlib
import os
import re
import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

SYSTEM = "/usr/bin/python3"
NO_PACKAGE = 5  # exit code of a file that is not there
DEBIAN = {"matplotlib", "numpy", "scipy", "h5py", "pandas", "xarray", "netCDF4", "h5netcdf"}


def needed(script: Path) -> list[str]:
    """Packages a script says it needs."""
    match = re.search(r"^# needs: (.+)$", script.read_text(encoding="utf-8"), re.MULTILINE)
    return match.group(1).split() if match else []


def complaint(verb: str, missing: list[str]) -> str:
    """What to say when packages are missing."""
    ways = " ".join(f"python3-{name.lower()}" for name in missing if name in DEBIAN)
    install = f"apt install {ways}, or " if ways else ""
    return (
        f"error: 'neocol {verb}' needs the Python package"
        f"{'s' if len(missing) > 1 else ''} {', '.join(missing)}, which {sys.executable} "
        f"lacks\n       {install}name an interpreter that has "
        f"{'them' if len(missing) > 1 else 'it'} in NEOCOL_PYTHON"
    )


def main() -> None:
    verb, script = sys.argv[1], Path(sys.argv[2])
    missing = [name for name in needed(script) if find_spec(name) is None]
    if missing:
        elsewhere = (
            not os.environ.get("NEOCOL_PYTHON")
            and os.access(SYSTEM, os.X_OK)
            and not os.path.samefile(sys.executable, SYSTEM)
        )
        if elsewhere:
            os.environ["NEOCOL_PYTHON"] = SYSTEM
            os.execv(SYSTEM, [SYSTEM, *sys.argv])
        print(complaint(verb, missing), file=sys.stderr)
        sys.exit(NO_PACKAGE)
    sys.argv = [f"neocol {verb}", *sys.argv[3:]]
    sys.path.insert(0, str(script.parent))
    importlib.import_module("neocol_exit")  # an interruption of the imports, too, is a line
    sys.dont_write_bytecode = True
    from neocol_text import guard_terminal

    guard_terminal()
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
