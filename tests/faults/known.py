"""Faults that neocol does not yet take as it should, each with the reason.

inject.py --whole fails if one of them does no longer fail: then it is taken out here.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

from shim import Fault


@dataclass(frozen=True)
class Known:
    operation: str  # a pattern, as are the others
    kind_of_call: str
    error: str
    reason: str

    def meets(self, operation: str, fault: Fault) -> bool:
        return (
            fnmatch.fnmatch(operation, self.operation)
            and fnmatch.fnmatch(fault.kind_of_call, self.kind_of_call)
            and fnmatch.fnmatch(fault.error, self.error)
        )


KNOWN: list[Known] = []
