"""Text of a file on its way into other texts: one function for each destination.

HTML has `html.escape` (neocol.reports.html), figures draw text as it stands (`text.parse_math` is off in
neocol.figures.style). Uses nothing but the standard library.
"""
from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

# Controls of both sets but for line ends and tabs, marks of direction, line separators.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]" "|[\ud800-\udfff]"
)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(inf|nan)", re.ASCII)


def printable(text: str) -> str:
    """Text for a terminal or a log: what would work on it becomes U+FFFD."""
    return _HIDDEN.sub("\ufffd", text)


def csv_text(value: Any) -> Any:
    """A cell of CSV: text that a spreadsheet would take for a formula gets an apostrophe first.

    Numbers stay as they are, negative ones and those written as text included.
    """
    if not isinstance(value, str):
        return value
    line = printable(re.sub(r"[\r\n\t]", " ", value))
    is_formula = value[:1] in ("=", "+", "-", "@", "\t", "\r") and value[:1] != ""
    return "'" + line if is_formula and not _NUMBER.fullmatch(value) else line


def csv_row(cells: Iterable[Any]) -> list[Any]:
    """A row of CSV, every cell as `csv_text` has it."""
    return [csv_text(cell) for cell in cells]


class PrintableStream:
    """A stream on which everything is printed through `printable`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        # Progress lines go back to the start of their line and clear it: neocol's own sequences.
        parts = re.split(r"(\r|\x1b\[K)", text) if self._stream.isatty() else [text]
        self._stream.write(
            "".join(part if part in ("\r", "\x1b[K") else printable(part) for part in parts)
        )
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def guard_terminal() -> None:
    """Prints of this program and of what it imports cannot work on the terminal."""
    sys.stdout = PrintableStream(sys.stdout)  # type: ignore[assignment]
    sys.stderr = PrintableStream(sys.stderr)  # type: ignore[assignment]
