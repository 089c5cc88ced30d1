"""The compiled part of the package."""
from __future__ import annotations

from types import ModuleType


def compiled() -> ModuleType:
    """neocol._core. Raises ImportError with a way out where it was not built."""
    try:
        from neocol import _core
    except ImportError as missing:
        raise ImportError(
            "the compiled part of neocol is not beside this package: in the build tree set "
            "PYTHONPATH=build/release/python, or install with 'cmake --install' "
            f"({missing})"
        ) from missing
    return _core
