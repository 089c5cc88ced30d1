"""Paths as callers give them."""
from __future__ import annotations

import os
from pathlib import Path

from neocol.errors import ArgumentError


def file_path(given: str | Path) -> str:
    """The text of a path. Raises ArgumentError for None, a number and all else that is none."""
    try:
        return os.fsdecode(given)
    except TypeError:
        raise ArgumentError(f"{given!r} is no path of a file: a text or a Path is") from None
