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
        return (fnmatch.fnmatch(operation, self.operation)
                and fnmatch.fnmatch(fault.kind_of_call, self.kind_of_call)
                and fnmatch.fnmatch(fault.error, self.error))


HDF5 = ("HDF5's own driver writes and reads: failures are swallowed by destructors, calls that are "
        "interrupted are not repeated, messages lack the system's reason")
MODEL = ("a model that cannot be read counts as a fault of the scenario (io/scenario_reader.cpp, "
         "cli/scenarios.cpp): exit code 3, and cases of a table become invalid rows")
MEMORY = "a case that runs out of memory is a failed row, exit code 0"
PYTHON = "the message of Python's own has no path"

KNOWN: list[Known] = [
    *(Known(operation, "*", "*", HDF5)
      for operation in ("run*", "resume", "fork", "info")),
    *(Known(operation, kind, "*", HDF5)
      for operation in ("study run*", "study retry", "study collect")
      for kind in ("write", "sync", "open_write", "open_read", "close", "truncate", "lock", "read",
                   "stat")),
    *(Known(operation, kind, "*", MODEL)
      for operation in ("cohort*", "sensitivity*", "study plan", "study extend")
      for kind in ("open_read", "read", "stat", "close")),
    *(Known(operation, "allocate", "*", MEMORY) for operation in ("cohort*", "sensitivity*")),
    *(Known("report", kind, "*", PYTHON) for kind in ("write", "close", "open_*")),
]
