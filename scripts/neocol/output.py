"""What the programs write: whole or not at all, and over nothing but files of neocol's own."""
from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from neocol.errors import FileError

MARK = b"neocol"
_MOST_BYTES = 64 << 20


class OutputError(FileError):
    """A path at which nothing is written."""


class ExistsError(OutputError, FileExistsError):
    """A file that is there, and is not to be replaced."""


@contextmanager
def _named(path: str | Path) -> Iterator[None]:
    """Gives an error of the system the path it is about: writing and synchronising know none."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise type(error)(error.errno, error.strerror, str(path)) from error


def check(path: str | Path, inputs: Iterable[str | Path] = (), mark: bytes = MARK) -> Path:
    """The path, if a file may be written there.

    Free, or a regular file that carries `mark`, which no file of somebody else's would; no folder,
    device, pipe or symbolic link, and none of the files that are read. Raises OutputError, or
    OSError where it cannot be told.
    """
    if len(mark) < len(MARK):
        raise ValueError(f"{mark!r} marks no file as neocol's")
    path = Path(path)
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return path
    if stat.S_ISLNK(found.st_mode):
        raise OutputError(
            f"{path}: a symbolic link, which would be replaced: name the file it "
            "leads to, or remove the link"
        )
    if stat.S_ISDIR(found.st_mode):
        raise OutputError(f"{path}: a folder: name a file in it")
    if not stat.S_ISREG(found.st_mode):
        raise OutputError(f"{path}: a device or a pipe, not a file")
    for given in inputs:
        if os.path.exists(given) and os.path.samefile(given, path):
            raise OutputError(f"{path}: is read by this program, and would be replaced")
    with _named(path), open(path, "rb") as file:
        head = file.read(_MOST_BYTES)
    if head and mark not in head:
        raise OutputError(
            f"{path}: exists and was not written by neocol: it is not replaced; name "
            "another file, or move that one"
        )
    return path


def check_free(path: str | Path, overwrite: bool, inputs: Iterable[str | Path] = ()) -> Path:
    """As `check`, of a file that people go on with: also one that neocol wrote is not replaced
    without `overwrite`."""
    path = check(path, inputs)
    if os.path.lexists(path) and not overwrite:
        raise ExistsError(
            f"{path} is there already: --overwrite replaces it (from Python overwrite=True)"
        )
    return path


def put(
    path: str | Path, data: bytes | str, inputs: Iterable[str | Path] = (), mark: bytes = MARK
) -> Path:
    """Writes a file beside its name, brings it to the disk and renames it. Raises as `check`."""
    path = check(path, inputs, mark)
    raw = data.encode() if isinstance(data, str) else data
    part = path.with_name(f"{path.name}.part-{os.getpid()}")
    with _named(path):
        try:
            with open(part, "xb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            if part.read_bytes() != raw:
                raise OutputError(f"{path}: does not hold what was written to it")
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return path


@contextmanager
def text_file(path: str | Path, mark: bytes = MARK) -> Iterator[io.StringIO]:
    """A text that is put at the path when the block ends without an error. Raises as `check`."""
    check(path, mark=mark)
    text = io.StringIO(newline="")
    yield text
    put(path, text.getvalue(), mark=mark)
