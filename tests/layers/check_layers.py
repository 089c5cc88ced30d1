#!/usr/bin/python3
"""Fail where a layer uses one it may not use.

    check_layers.py [ROOT]

Seven rules, for everything in include/neocol/<layer>/ and src/<layer>/:
a header in include/ is used by another layer, or by a header that is, else it belongs into src/;
an #include names only layers of ALLOWED; so does LAYERS in src/<layer>/CMakeLists.txt; layers of
WITHOUT_FILES include no header that opens files; none includes <fstream>, whose streams swallow
failures: files are read and written through the layer `files`; folders of a layer include each
other as FOLDERS says; and members of a class are defined in one source, that with the name of the
header in which the class is declared. Classes that wait for this stand, with the other sources, in
tests/layers/classes_apart.txt, a line each: `layer/class: SOURCE...`. The list only shrinks: a
source that no longer defines such members has to leave it.
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
ALLOWED["machine"] = {"core", "files", "kernel", "model"}
ALLOWED["cli"] = ALLOWED["study"] | {"study", "machine"}
ALLOWED["python"] = ALLOWED["cli"]

# Folders of a layer and those that each may include; headers of a folder are included by its name.
FOLDERS: dict[str, dict[str, set[str]]] = {
    "solver": {
        "discretisation": set(),
        "transport": {"discretisation"},
        "reaction": {"discretisation"},
        "budget": {"discretisation", "reaction"},
        "right_hand_side": {"discretisation", "transport", "reaction"},
    }
}
FOLDERS["solver"]["quasi_steady"] = FOLDERS["solver"]["right_hand_side"] | {"right_hand_side"}
FOLDERS["solver"]["stepper"] = FOLDERS["solver"].keys() - {"stepper"}

# kernel is not here: it keeps compiled models in a cache folder.
WITHOUT_FILES = {"core", "model", "tissue", "treatment", "solver", "simulation"}
FILE_HEADERS = {"fstream", "filesystem", "hdf5.h", "hdf5_hl.h", "fcntl.h", "sys/stat.h"}

# These clear or redraw a terminal's line. All else passes streams.cpp, which lets no name of a file
# or text of a model do so.
DRAWING = {"case_progress.cpp", "streams.cpp", "study_status.cpp"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)
CMAKE_LAYERS = re.compile(r"\bLAYERS\b([^)]*?)(?:\b(?:SOURCES|LIBRARIES)\b|\))", re.DOTALL)
SOURCES = {".hpp", ".cpp", ".h", ".c", ".inc"}
# At the margin, as clang-format leaves what stands in a namespace.
NAMESPACE = re.compile(r"^namespace (neocol[\w:]*) \{", re.MULTILINE)
CLASS = re.compile(
    r"^(?:template <[^\n]*>\n)?(?:class|struct) (?:\[\[[^\]]*\]\] )?(\w+)\b(?!::)[^;{()]*\{",
    re.MULTILINE,
)
MEMBER = re.compile(
    r"^(?![ \t#/}])(?:[^()\n]*?[ &*>])?((?:\w+::)+)(?:~?\w+|operator[^\n(]*)\(", re.MULTILINE
)


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


def folder_breaches(layer: str, folder: str, text: str) -> list[str]:
    """What is wrong with the #includes of one file of a folder of a layer."""
    if layer not in FOLDERS:
        return []
    if folder not in FOLDERS[layer]:
        return [f"'{folder}' is not a folder of layer '{layer}'"]
    return [
        f"folder '{folder}' may not include '{used}' ({header})"
        for header in INCLUDE.findall(text)
        for used in [header.split("/")[0]]
        if used in FOLDERS[layer] and used != folder and used not in FOLDERS[layer][folder]
    ]


def raw_output(name: str, text: str) -> list[str]:
    """Where one file of the cli writes to a stream past streams.cpp."""
    if name in DRAWING or not re.search(r"\bfmt::print\(|std::(cout|cerr)\b", text):
        return []
    return ["'cli' prints by print and note of streams.hpp, which let no text steer a terminal"]


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


def namespace_of(text: str) -> str:
    """The first namespace that a file opens."""
    opened = NAMESPACE.search(text)
    return opened[1] if opened else ""


def sources_apart(root: Path, layer: str) -> dict[str, set[str]]:
    """Sources of a layer that define members of a class of another file's, by class."""
    headers: dict[tuple[str, str], set[str]] = {}
    for base in (root / "include" / "neocol" / layer, root / "src" / layer):
        for path in base.rglob("*.hpp"):
            text = path.read_text()
            for name in CLASS.findall(text):
                headers.setdefault((namespace_of(text), name), set()).add(path.stem)
    apart: dict[str, set[str]] = {}
    for path in sorted((root / "src" / layer).rglob("*.cpp")):
        text = path.read_text()
        own = set(CLASS.findall(text))
        for qualifier in MEMBER.findall(text):
            names = [name for name in qualifier.split("::") if name]
            known = [name for name in names if (namespace_of(text), name) in headers]
            if not known or known[0] in own:
                continue
            if path.stem not in headers[namespace_of(text), known[0]]:
                apart.setdefault(known[0], set()).add(path.name)
    return apart


def listed_apart(root: Path) -> dict[str, set[str]]:
    """The classes of classes_apart.txt with their sources."""
    path = root / "tests" / "layers" / "classes_apart.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.split(":") for line in lines if line and not line.startswith("#"))
    return {name: set(sources.split()) for name, sources in pairs}


def class_breaches(root: Path) -> list[str]:
    """Classes whose members stand elsewhere than in the source of their header."""
    found = []
    listed = listed_apart(root)
    for layer in ALLOWED:
        for name, sources in sources_apart(root, layer).items():
            waiting = listed.pop(f"{layer}/{name}", set())
            for source in sorted(sources - waiting):
                found.append(
                    f"src/{layer}: {source} defines members of '{name}', which another header "
                    "declares: a class has one header and one source of its name"
                )
            for source in sorted(waiting - sources):
                found.append(
                    f"classes_apart.txt: {source} has no member of '{layer}/{name}' any more"
                )
    found += [f"classes_apart.txt: no member of '{name}' stands apart any more" for name in listed]
    return found


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
                if base.name == "src" and len(parts) > 2:
                    problems += folder_breaches(layer, parts[1], path.read_text())
                if layer == "cli":
                    problems += raw_output(path.name, path.read_text())
            else:
                problems = []
            found += [f"{path.relative_to(root)}: {problem}" for problem in problems]
    found += [
        f"include/neocol/{name}: no other layer uses it, so it belongs into src/"
        for name in private_headers(root)
    ]
    return found + class_breaches(root)


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
