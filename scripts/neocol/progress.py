"""Progress of many runs on stderr: in place on a terminal, else a line now and then."""
from __future__ import annotations

import sys
import time

PAUSE = 30.0  # [s] between lines where nobody watches


def duration(seconds: float) -> str:
    """For people: "40 s", "12 min", "3.5 h"."""
    if seconds < 100.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 6000.0 else f"{seconds / 3600.0:.1f} h"


class Progress:
    """Counts runs up to `total`, beyond which (0: not known) nothing is foretold; silent if quiet.
    Call it once for each that is done."""

    def __init__(self, quiet: bool = False, total: int = 0) -> None:
        self.total, self.quiet = total, quiet
        self.terminal = sys.stderr.isatty()
        self.done, self.started, self.shown = 0, time.monotonic(), time.monotonic()

    def __call__(self) -> None:
        self.done += 1
        now = time.monotonic()
        if self.quiet or now - self.shown < (0.2 if self.terminal else PAUSE):
            return
        self.shown = now
        left = self.total - self.done
        self._write(
            f"{self.done} of {self.total} runs, about "
            f"{duration((now - self.started) / self.done * left)} left"
            if left >= 0
            else f"{self.done} runs"
        )

    def at(self, done: int) -> None:
        """So many are done by now."""
        self.done = done - 1
        self()

    def say(self, message: str) -> None:
        """A line of its own."""
        if not self.quiet:
            print(("\r" if self.terminal else "") + message, file=sys.stderr, flush=True)

    def _write(self, line: str) -> None:
        if self.terminal:
            print(f"\r{line:<60}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Ends the line on a terminal."""
        if self.terminal and not self.quiet:
            print(file=sys.stderr)
