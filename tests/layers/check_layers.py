#!/usr/bin/python3
"""Fail where a layer uses one it may not use.

    check_layers.py [ROOT]

Five rules, for everything in include/neocol/<layer>/ and src/<layer>/:
a header in include/ is used by another layer, or by a header that is, else it belongs into src/;
an #include names only layers of ALLOWED; so does LAYERS in src/<layer>/CMakeLists.txt; layers of
WITHOUT_FILES include no header that opens files; and none includes <fstream>, whose streams swallow
failures: files are read and written through the layer `files`.
"""
import re
import sys
from pathlib import Path

ALLOWED: dict[str, set[str]] = {
    "core": set(),
    "files": {"core"},
    "model": {"core"},
    "kernel": {"core", "files", "model"},
    "tissue": {"core", "model"},
    "treatment": {"core", "tissue"},
    "solver": {"core", "model", "kernel", "tissue"},
    "simulation": {"core", "model", "kernel", "tissue", "treatment", "solver"},
}
ALLOWED["io"] = ALLOWED["simulation"] | {"files", "simulation"}
ALLOWED["study"] = ALLOWED["io"] | {"io"}
ALLOWED["cli"] = ALLOWED["study"] | {"study"}

# kernel is not here: it keeps compiled models in a cache folder.
WITHOUT_FILES = {"core", "model", "tissue", "treatment", "solver", "simulation"}
FILE_HEADERS = {"fstream", "filesystem", "hdf5.h", "hdf5_hl.h", "fcntl.h", "sys/stat.h"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)
CMAKE_LAYERS = re.compile(r"\bLAYERS\b([^)]*?)(?:\b(?:SOURCES|LIBRARIES)\b|\))", re.DOTALL)
SOURCES = {".hpp", ".cpp", ".h", ".c", ".inc"}


def include_breaches(layer: str, text: str) -> list[str]:
    """What is wrong with the #includes of one file of `layer`."""
    found = []
    for header in INCLUDE.findall(text):
        if header.startswith("neocol/"):
            used = header.split("/")[1]
            if used != layer and used not in ALLOWED[layer]:
                found.append(f"layer '{layer}' may not include '{used}' ({header})")
        elif header.startswith("../"):
            found.append(f"'{header}' leaves its layer's folder: include <neocol/...>")
        elif layer in WITHOUT_FILES and header in FILE_HEADERS:
            found.append(f"layer '{layer}' must not know what a file is ({header})")
        elif header == "fstream":
            found.append(f"layer '{layer}' reads and writes through the layer 'files' ({header})")
    return found


def private_headers(root: Path) -> list[str]:
    """Headers in include/neocol/ that no other layer reaches."""
    folder = root / "include" / "neocol"
    public = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.hpp")}
    uses: dict[str, set[str]] = {}
    for name, path in public.items():
        uses[name] = {
            header.removeprefix("neocol/") for header in INCLUDE.findall(path.read_text())
        }
    reached = set()
    for base in (folder, root / "src", root / "examples"):
        for path in base.rglob("*.[ch]pp"):
            layer = path.relative_to(base).parts[0] if base.name != "examples" else ""
            for header in INCLUDE.findall(path.read_text()):
                name = header.removeprefix("neocol/")
                if name in public and name.split("/")[0] != layer:
                    reached.add(name)
    waiting = list(reached)
    while waiting:
        for name in uses[waiting.pop()] & public.keys() - reached:
            reached.add(name)
            waiting.append(name)
    return sorted(public.keys() - reached)


def cmake_breaches(layer: str, text: str) -> list[str]:
    """What is wrong with the LAYERS that one src/<layer>/CMakeLists.txt links."""
    linked = {name for names in CMAKE_LAYERS.findall(text) for name in names.split()}
    return [f"layer '{layer}' may not link '{used}'" for used in sorted(linked - ALLOWED[layer])]


def breaches(root: Path) -> list[str]:
    """All breaches below `root`, as "path: what is wrong"."""
    found = []
    for base in (root / "include" / "neocol", root / "src"):
        for path in sorted(base.rglob("*")):
            parts = path.relative_to(base).parts
            if len(parts) < 2 or not path.is_file():
                continue
            layer = parts[0]
            if layer not in ALLOWED:
                problems = [f"'{layer}' is not a layer"]
            elif path.name == "CMakeLists.txt":
                problems = cmake_breaches(layer, path.read_text())
            elif path.suffix in SOURCES:
                problems = include_breaches(layer, path.read_text())
            else:
                problems = []
            found += [f"{path.relative_to(root)}: {problem}" for problem in problems]
    found += [
        f"include/neocol/{name}: no other layer uses it, so it belongs into src/"
        for name in private_headers(root)
    ]
    return found


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    if not (root / "src").is_dir():
        print(f"check_layers: no folder {root / 'src'}", file=sys.stderr)
        return 2
    problems = breaches(root)
    print("\n".join(problems) or "layers: no breach")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
