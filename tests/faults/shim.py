"""Runs a program in which the n-th call of a class fails (fault_shim.c)."""

from __future__ import annotations

import errno
import os
import signal
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "build" / "release"
SHIM = os.environ.get("NEOCOL_FAULT_SHIM", str(BUILD / "tests/faults/neocol_fault_shim.so"))

# In the order of fault_shim.c.
CLASSES = (
    "write",
    "sync",
    "rename",
    "open_write",
    "open_read",
    "close",
    "truncate",
    "unlink",
    "lock",
    "mkdir",
    "read",
    "link",
    "stat",
    "list",
    "allocate",
)

# Errors that a class can meet, as the manual pages have them. A call that is interrupted for good
# would be repeated for ever, by right: EINTR and SHORT reads come once.
KINDS = {
    "write": ("EIO", "ENOSPC", "EDQUOT", "ESTALE", "EINTR", "SHORT"),
    "sync": ("EIO", "ENOSPC", "EDQUOT", "ESTALE", "EINTR"),
    "rename": ("EIO", "ENOSPC", "EDQUOT", "ESTALE"),
    "open_write": ("EIO", "ENOSPC", "EDQUOT", "ESTALE", "EMFILE", "EINTR"),
    "open_read": ("EIO", "ESTALE", "EMFILE", "EINTR"),
    "close": ("EIO", "ENOSPC", "EDQUOT", "ESTALE", "EINTR"),
    "truncate": ("EIO", "ENOSPC", "EDQUOT", "ESTALE", "EINTR"),
    "unlink": ("EIO", "ESTALE"),
    "lock": ("EIO", "ENOLCK", "ESTALE", "EINTR"),
    "mkdir": ("EIO", "ENOSPC", "EDQUOT", "ESTALE"),
    "read": ("EIO", "ESTALE", "EINTR", "SHORT"),
    "link": ("EIO", "ENOSPC", "EDQUOT", "ESTALE"),
    "stat": ("EIO", "ESTALE"),
    "list": ("EIO", "ESTALE"),
    "allocate": ("ENOMEM",),
}
ONLY_ONCE = ("EINTR",)


@dataclass(frozen=True)
class Fault:
    """The n-th call of a class, from 1, or all from that one on."""

    kind_of_call: str
    n: int
    error: str
    for_good: bool = False

    def __str__(self) -> str:
        return (
            f"{self.kind_of_call} {self.n}, {self.error}" f"{' for good' if self.for_good else ''}"
        )

    def reasons(self) -> tuple[str, ...]:
        """What a message about it says."""
        if self.error == "SHORT":
            return ("",)
        return (os.strerror(getattr(errno, self.error)),)


@dataclass
class Outcome:
    """How a program ended, and which of its calls failed."""

    code: int
    output: str
    errors: str
    counts: dict[str, int]
    n_failed: int
    log: str

    def ending(self) -> str:
        """The exit code in words."""
        if self.code >= 0:
            return f"exit {self.code}"
        return f"killed by {signal.Signals(-self.code).name}"


def run(
    command: list[str],
    folder: Path,
    fault: Fault | None = None,
    listed: bool = False,
    below: Path | None = None,
    timeout: float = 60.0,
    **environment: str,
) -> Outcome:
    """Runs a command in a folder; calls below it are counted, and one of them may fail."""
    with tempfile.TemporaryDirectory(prefix="shim_", dir=folder.parent) as holder:
        counters, log = Path(holder, "counters"), Path(holder, "log")
        counters.write_bytes(bytes(4096))
        env = {
            **os.environ,
            "LD_PRELOAD": SHIM,
            "LC_ALL": "C.UTF-8",
            "FAULT_BELOW": os.path.realpath(below or folder),
            "FAULT_COUNTERS": str(counters),
            "FAULT_LOG": str(log),
            **environment,
        }
        if listed:
            env["FAULT_LIST"] = "1"
        if fault is not None:
            env.update(
                FAULT_CLASS=fault.kind_of_call,
                FAULT_AT=str(fault.n),
                FAULT_KIND=fault.error,
                FAULT_FOR_GOOD=str(int(fault.for_good)),
            )
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout,
            )
            code, output, errors = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as late:
            code, output = -signal.SIGALRM, ""
            errors = (late.stderr or b"").decode(errors="replace")
        numbers = struct.unpack(
            f"{len(CLASSES) + 1}Q", counters.read_bytes()[: 8 * (len(CLASSES) + 1)]
        )
        return Outcome(
            code,
            output,
            errors,
            dict(zip(CLASSES, numbers)),
            numbers[-1],
            log.read_text(errors="replace") if log.exists() else "",
        )
