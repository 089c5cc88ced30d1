"""Runs many scenarios through `neocol cases`, a batch in a process; some through `neocol run`."""
from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from drawing import Scenario
from judging import Ending

# A process that says nothing for this much longer than a case may take hangs [s].
SILENCE = 120.0


class _Pipe:
    """Lines and numbers from a process that may fall silent."""

    def __init__(self, stream, patience: float) -> None:
        self.stream, self.patience, self.buffer = stream, patience, bytearray()

    def _more(self) -> bool:
        ready, _, _ = select.select([self.stream], [], [], self.patience)
        if not ready:
            raise TimeoutError
        data = os.read(self.stream.fileno(), 1 << 20)
        self.buffer += data
        return bool(data)

    def take(self, n: int) -> bytes | None:
        while len(self.buffer) < n:
            if not self._more():
                return None
        taken = bytes(self.buffer[:n])
        del self.buffer[:n]
        return taken

    def line(self) -> str | None:
        while b"\n" not in self.buffer:
            if not self._more():
                return None
        return self.take(self.buffer.index(b"\n") + 1)[:-1].decode(errors="replace")


def _next_ending(pipe: _Pipe) -> tuple[int, Ending] | None:
    head = pipe.line()
    if head is None:
        return None
    index, status, _, *sizes = head.split()
    line = pipe.line()
    if line is None:
        return None
    n, m, n_sessions = (int(size) for size in sizes)
    if n == 0:
        return int(index), Ending(status, line.replace("\v", "\n"))
    raw = pipe.take(8 * (2 * n + n * m + n_sessions))
    told = pipe.line() if raw is not None else None
    if raw is None or told is None:
        return None
    numbers = np.frombuffer(raw)
    details = json.loads(told)
    values = numbers[2 * n : 2 * n + n * m].reshape(n, m).T
    return int(index), Ending(
        status,
        details["reason"],
        numbers[:n],
        numbers[n : 2 * n],
        dict(zip(line.split(), values)),
        details,
        numbers[2 * n + n * m :],
    )


class Runner:
    """Runs scenarios whose base files are in `folder`, on `jobs` cores."""

    def __init__(self, program: str, folder: Path, jobs: int, time_limit: float) -> None:
        self.program, self.folder = program, folder
        self.jobs, self.time_limit = jobs, time_limit

    def _batch(self, scenarios: list[Scenario], tell) -> None:
        """One process; what it dies of is the ending of the case in hand, and the rest go on."""
        while scenarios:
            with tempfile.NamedTemporaryFile(
                "w", dir=self.folder, suffix=".list"
            ) as file, tempfile.TemporaryFile() as errors:
                file.write("".join(s.line(self.folder) for s in scenarios))
                file.flush()
                process = subprocess.Popen(
                    [
                        self.program,
                        "cases",
                        file.name,
                        "--details",
                        "--threads",
                        "1",
                        "--time-limit",
                        str(self.time_limit),
                    ],
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    bufsize=0,
                )
                pipe = _Pipe(process.stdout, self.time_limit + SILENCE)
                done, hangs = 0, False
                try:
                    while (found := _next_ending(pipe)) is not None:
                        assert found[0] == done, "cases on one thread end in their order"
                        tell(scenarios[done], found[1])
                        done += 1
                except TimeoutError:
                    hangs = True
                    process.kill()
                process.stdout.close()
                code = process.wait()
                errors.seek(0)
                said = errors.read().decode(errors="replace").strip()
            if done == len(scenarios):
                if code != 0 or said:
                    tell(scenarios[-1], Ending(f"exit code {code} after the last case", said))
                return
            if hangs:
                status = "hangs"
            elif code < 0:
                status = f"ended by {signal.Signals(-code).name}"
            else:
                status = f"ended all cases with exit code {code}"
            tell(scenarios[done], Ending(status, said))
            scenarios = scenarios[done + 1 :]

    def run(self, scenarios: list[Scenario], tell, batch: int = 50) -> None:
        """Runs all; tell(scenario, ending) is called as each ends, in no order."""
        # A process reads the model of every base file that its cases name.
        ordered = sorted(scenarios, key=lambda s: (s.base, s.seed))
        batches = [ordered[k : k + batch] for k in range(0, len(ordered), batch)]
        with ThreadPoolExecutor(self.jobs) as pool:
            for done in [pool.submit(self._batch, part, tell) for part in batches]:
                done.result()

    def one(self, scenario: Scenario, fields: list[str], output: Path) -> tuple[int, str, float]:
        """`neocol run` with all fields; exit code (negative for signals), stderr, seconds."""
        until = scenario.settings["run.until"]
        begun = time.monotonic()
        words = [
            *scenario.words(self.folder),
            "--set",
            f"output.fields={json.dumps(fields)}",
            "--output",
            str(output),
            "--threads",
            "1",
            "--quiet",
            "--overwrite",
            "--checkpoint-every",
            "never",
        ]
        # Field records are landings of the stepper: none is added but the start and the end.
        if "output.field_times" not in scenario.settings:
            words += ["--set", f'output.field_times=["0 s", "{until}"]']
        try:
            done = subprocess.run(
                [self.program, "run", *words],
                capture_output=True,
                text=True,
                timeout=10.0 * self.time_limit + SILENCE,
            )
        except subprocess.TimeoutExpired:
            return -9, "hangs", time.monotonic() - begun
        return done.returncode, done.stderr, time.monotonic() - begun
