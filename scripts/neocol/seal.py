"""The last line of neocol's HDF5 files: what they are, and the SHA-256 of all before it.

`checked` compares it before a library parses the file: a flipped bit is never another number. A
result that a run writes at the moment is copied first, in a state that is whole.
"""
from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
import weakref
from pathlib import Path

import numpy as np

SEAL_BYTES = 128
_LINE = re.compile(
    rb"\nneocol (\w+) (?:sha256 ([0-9a-f]{64}) of all before this line"
    rb"|being written, state (\d+)) *\n"
)
_PIECE = 1 << 20
NOT_OURS = "is not as neocol wrote it"


class SealError(Exception):
    """A file that is not as neocol wrote it."""


def seal_line(kind: str, digest: str) -> bytes:
    """The line that ends a file of this kind with this digest."""
    line = f"\nneocol {kind} sha256 {digest} of all before this line"
    return line.ljust(SEAL_BYTES - 1).encode() + b"\n"


def seal(path: str | Path, kind: str) -> None:
    """Ends a file with the line, in place of one it has."""
    data = Path(path).read_bytes()
    if _LINE.fullmatch(data[-SEAL_BYTES:]):
        data = data[:-SEAL_BYTES]
    Path(path).write_bytes(data + seal_line(kind, hashlib.sha256(data).hexdigest()))


def _last_line(file) -> tuple[re.Match | None, int]:
    """The line, and how many bytes are before it."""
    size = file.seek(0, 2)
    file.seek(max(size - SEAL_BYTES, 0))
    found = _LINE.fullmatch(file.read(SEAL_BYTES))
    return found, size - SEAL_BYTES if found else size


def _digest(file, n_bytes: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while n_bytes > 0:
        piece = file.read(min(n_bytes, _PIECE))
        if not piece:
            break
        digest.update(piece)
        n_bytes -= len(piece)
    return digest.hexdigest()


class Snapshot:
    """A file in a state that does not change: the file itself, or a copy of one being written."""

    def __init__(self, path: Path, folder: str | None = None):
        self.path = path
        if folder is not None:  # goes with this object
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)


def _copy_of_part(path: Path, tries: int = 100) -> Snapshot:
    for _ in range(tries):
        with open(path, "rb") as file:
            line, size = _last_line(file)
            if line and line[2]:
                return checked(path)
            if line:
                file.seek(0)
                data = file.read(size)
                after, size_after = _last_line(file)
                if after and after[0] == line[0] and size_after == size and len(data) == size:
                    folder = tempfile.mkdtemp(prefix="neocol-")
                    copy = Path(folder) / "being_written.h5"
                    copy.write_bytes(data)
                    return Snapshot(copy, folder)
        time.sleep(0.02)
    raise SealError(f"{path}: a run was killed while it wrote to it, or writes all the time")


def checked(path: Path, as_is: bool = False) -> Snapshot:
    """The file, or a copy of it, once its digest was found right.

    as_is  also a file that is not as neocol wrote it
    Raises SealError, saying what is wrong; OSError if it cannot be read.
    """
    with open(path, "rb") as file:
        line, size = _last_line(file)
        if line and line[2] and _digest(file, size) == line[2].decode():
            return Snapshot(path)
    if as_is:
        return Snapshot(path)
    if line and line[3] or not line and path.suffix == ".part":
        return _copy_of_part(path)
    why = (
        "damaged, cut or edited (its contents do not match the digest at its end)"
        if line
        else "the digest at its end is missing (cut, edited, repacked, or of another program)"
    )
    raise SealError(f"{path}: {NOT_OURS}: {why}")


def texts(dataset) -> list[str]:
    """Texts of an h5py dataset, which netCDF and neocol store as characters along one dimension."""
    values = dataset[()]
    if values.dtype.kind == "S" and values.dtype.itemsize == 1 and values.ndim > 0:
        rows = values.reshape(-1, values.shape[-1])
        return [row.tobytes().rstrip(b"\0").decode() for row in rows]
    return [
        value.decode() if isinstance(value, bytes) else str(value)
        for value in np.atleast_1d(values)
    ]


def long_text(group, name: str) -> str:
    """A text of an h5py group: an attribute or, where it is long, a dataset."""
    if name in group.attrs:
        value = group.attrs[name]
        return value.decode() if isinstance(value, bytes) else str(value)
    return texts(group[name])[0]
