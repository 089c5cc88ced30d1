"""How neocol's Python programs end: codes and messages where somebody interrupts them, nobody reads
what they print, or memory is short. Uses nothing but the standard library, so that it is imported
first and covers what the other imports take."""
from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn

FILE_ERROR, INVALID_INPUT = 5, 3
READER_GONE = 128 + signal.SIGPIPE
INTERRUPTED = 128 + signal.SIGINT


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        pass  # nobody reads it


def _without_output(code: int) -> NoReturn:
    """Ends the program without another try to print what is left."""
    sys.stdout = None
    os._exit(code)


def run_program(program: str, main: Callable[[], int]) -> NoReturn:
    """Runs a program and exits with its code; 130 if it is interrupted, 141 if nobody reads its
    output, 5 if its output cannot be written, 3 if memory is short."""
    try:
        code = main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        _say(f"{program}: interrupted")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        _without_output(READER_GONE)
    except OSError as error:
        if error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            _say(f"{program}: error: standard output: cannot write: {error.strerror}")
            _without_output(FILE_ERROR)
        _say(f"{program}: error: {error}")
        sys.exit(FILE_ERROR)
    except MemoryError:
        _say(f"{program}: error: out of memory")
        sys.exit(INVALID_INPUT)
    sys.exit(code)


def quiet_interruption() -> None:
    """From now on an interruption, also while modules are still read, is a line."""
    sys.excepthook = _quiet


def _quiet(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An interruption while modules are still read is a line, too."""
    if issubclass(kind, KeyboardInterrupt):
        _say(f"{os.path.basename(sys.argv[0])}: interrupted")
    else:
        sys.__excepthook__(kind, error, trace)
