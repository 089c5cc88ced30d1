"""SBML files as they come in: bounded, checked, and without anything fetched from elsewhere."""
from __future__ import annotations

import os
import stat
import xml.parsers.expat
from pathlib import Path

import libsbml
from neocol.errors import FileError, InputError
from neocol.text import printable

MOST_BYTES = 16 << 20
MOST_ELEMENTS = 500_000
DEEPEST = 200  # elements within elements: formulas are read by recursion
REASONS_SHOWN = 20


class Refused(InputError):
    """A file that is not carried over: `reasons` has why, each a sentence."""

    def __init__(self, source: str, reasons: list[str]) -> None:
        self.reasons = [printable(reason) for reason in dict.fromkeys(reasons)]
        shown = self.reasons[:REASONS_SHOWN]
        if len(self.reasons) > len(shown):
            shown.append(f"and {len(self.reasons) - len(shown)} more")
        head = f"{printable(source)}: error: cannot be carried over"
        super().__init__("\n".join([head, *(f"  - {reason}" for reason in shown)]))


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a regular file of bounded size. Raises FileError."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileError(f"{path}: not a file", str(path))
            data = file.read(MOST_BYTES + 1)
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}", str(path)) from error
    if len(data) > MOST_BYTES:
        raise FileError(f"{path}: larger than {MOST_BYTES >> 20} MB", str(path))
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    """A pipe that nobody writes to does not hold the program up."""
    return os.open(path, flags | os.O_NONBLOCK)


def _check_shape(data: bytes, source: str) -> None:
    """Refuses what is no XML, has a document type (and so entities), or is too deep or too much."""
    depth = elements = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > DEEPEST:
            raise Refused(source, [f"elements within elements more than {DEEPEST} deep"])
        if elements > MOST_ELEMENTS:
            raise Refused(source, [f"more than {MOST_ELEMENTS} elements"])

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def document_type(*_arguments: object) -> None:
        raise Refused(
            source, ["it has a document type, which SBML has not (entities are not read)"]
        )

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = document_type
    try:
        parser.Parse(data, True)
    except xml.parsers.expat.ExpatError as error:
        raise Refused(source, [f"no XML: {error}"]) from error
    except (UnicodeError, ValueError, LookupError) as error:
        raise Refused(source, [f"no XML: {error}"]) from error


def read_document(data: bytes, source: str) -> libsbml.SBMLDocument:
    """The document of an SBML file of level 2 or 3 that keeps to the core. Raises Refused."""
    _check_shape(data, source)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(source, ["not in UTF-8, as SBML is"]) from error
    document = libsbml.readSBMLFromString(text)
    log = document.getErrorLog()
    errors = [document.getError(k) for k in range(log.getNumErrors())]
    bad = [error for error in errors if error.isError() or error.isFatal()]
    if bad:
        raise Refused(
            source,
            [f"line {error.getLine()}: {' '.join(error.getMessage().split())}" for error in bad],
        )
    if document.getModel() is None:
        raise Refused(source, ["no model in it"])
    if document.getLevel() not in (2, 3):
        raise Refused(source, [f"SBML of level {document.getLevel()}: levels 2 and 3 are read"])
    if document.getLevel() == 2:
        return document  # which has no packages, but what libSBML finds in annotations
    required = [
        document.getPlugin(k).getPackageName()
        for k in range(document.getNumPlugins())
        if document.getPackageRequired(document.getPlugin(k).getPackageName())
    ]
    unknown = [
        document.getUnknownPackagePrefix(k)
        for k in range(document.getNumUnknownPackages())
        if document.getPackageRequired(document.getUnknownPackagePrefix(k))
    ]
    required = [package for package in required if not package.startswith("l3v2extended")]
    if required or unknown:
        raise Refused(
            source, [f"package '{package}' of SBML is required" for package in required + unknown]
        )
    return document
