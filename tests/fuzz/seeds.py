#!/usr/bin/python3
"""Makes the seeds of the corpus that are files neocol wrote, by the program as it stands.

    tests/fuzz/seeds.py build/release/neocol

To be called again when the layout of a stored file changes: a seed of an old version stays, but
reaches less.
"""

import hashlib
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
SEAL = 128  # bytes of an HDF5 file's last line
MODELS = HERE.parent / "models"
COLUMN = """title = "Column"
model = "tiny.toml"
[skin]
layers = [{ name = "epidermis", thickness = "0.1 mm", properties = { perfusion = 0.5 } },
          { name = "dermis", thickness = "0.4 mm", properties = { perfusion = 1 } }]
[device]
kind = "stamp"
needle_diameter = "0.25 mm"
needle_length = "0.3 mm"
depth_ratio = 0.8
hole_ratio = 0.3
[regimen]
sessions = 2
spacing = "1 day"
puncture_density = "100 cm-2"
[domain]
geometry = "column"
spacing = "0.1 mm"
thickness = "0.5 mm"
[run]
until = "3 day"
[output]
every = "1 day"
fields = ["factor"]
field_times = ["1 day"]
"""
STUDY = """title = "Toy"
scenario = "base.toml"
design = "morris"
samples = 1
every = "1 day"
[[axis]]
key = "parameters.k"
[[axis]]
key = "run.until"
range = ["2 day", "3 day"]
"""


def put(target, name, data):
    """Writes a seed."""
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def results(program, folder):
    """Results of a well-mixed run and of a column, and the checkpoint of one that was stopped."""
    (folder / "toy.toml").write_text((MODELS / "toy.toml").read_text())
    (folder / "tiny.toml").write_text((MODELS / "tiny.toml").read_text())
    base = (HERE / "base.toml").read_text().replace('"toy"', '"toy.toml"')
    (folder / "base.toml").write_text(base)
    (folder / "column.toml").write_text(COLUMN)
    for name in ("base", "column"):
        program("run", f"{name}.toml", "--interpreter", "--quiet", "-o", f"{name}.h5")
        if name == "base":  # the other is large, and holds no other kinds of data
            put("result", f"{name}.h5", (folder / f"{name}.h5").read_bytes()[:-SEAL])
        program(
            "run",
            f"{name}.toml",
            "--interpreter",
            "--quiet",
            "-o",
            f"stopped_{name}.h5",
            "--max-wall-time",
            "0.000001 s",
            code=75,
        )
        stored = next(folder.glob(f"stopped_{name}.h5*checkpoint*"))
        put("checkpoint", f"{name}.checkpoint", stored.read_bytes()[:-SEAL])


def study(program, folder):
    """A collected study, and the folder of one as an input of parts."""
    (folder / "study.toml").write_text(STUDY)
    program("study", "plan", "study.toml", "-o", "st", "--interpreter")
    program("study", "run", "st", "--quiet")
    program("study", "collect", "st")
    put("collected", "morris.h5", (folder / "st/collected.h5").read_bytes()[:-SEAL])
    text = (folder / "st/plan.toml").read_text().split("\n", 1)[1]
    manifest = (folder / "st/manifest.csv").read_bytes()
    text = re.sub(
        r'(name = "manifest.csv"\nbytes = )\d+(\nsha256 = ")[0-9a-f]+',
        r"\g<1>MANIFEST_BYTES\g<2>MANIFEST_SHA256",
        text,
    )
    assert "MANIFEST_SHA256" in text and hashlib.sha256(manifest).hexdigest() not in text
    data = f"@@ plan\n{text}\n@@ manifest\n".encode() + manifest
    for segment in sorted((folder / "st/results").glob("*.segment")):
        database = segment.read_bytes().rsplit(b"\nneocol segment sha256 ", 1)[0]
        data += b"@@ segment\n" + database + b"\n"
    data += b"@@ starts\nstart 1 0\nend 1 0\nstart 2 1 4\nstop 2 1\n@@ retries\n2 1\n"
    put("study", "morris", data + b"@@ estimate\nn_cases = 3\nn_pilots = 1\nworkers = 2\n")


def stream():
    """What the process that reads HDF5 sends of a small file (src/io/tree.cpp)."""

    def count(n):
        return struct.pack("<Q", n)

    def text(value):
        return count(len(value)) + value.encode()

    attributes = (
        count(1) + text("units") + text("d") + count(1) + text("version") + struct.pack("<d", 3.0)
    )
    numbers = (
        attributes
        + count(1)
        + count(2)
        + count(0)
        + text("")
        + count(2)
        + struct.pack("<2d", 0.5, 1.5)
        + count(0)
    )
    words = (
        attributes
        + count(1)
        + count(1)
        + count(1)
        + text("")
        + count(0)
        + count(1)
        + text("dermis")
    )
    inner = attributes + count(1) + text("time") + numbers + count(0)
    root = (
        attributes
        + count(2)
        + text("level")
        + numbers
        + text("layer")
        + words
        + count(1)
        + text("fields")
        + inner
    )
    put("stream", "small", text("result") + count(1) + root)


def main():
    """The command."""
    path = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def program(*arguments, code=0):
            done = subprocess.run(
                [path, *arguments], cwd=folder, capture_output=True, text=True, check=False
            )
            assert done.returncode == code, (arguments, done.returncode, done.stderr)

        results(program, folder)
        study(program, folder)
    stream()


if __name__ == "__main__":
    main()
