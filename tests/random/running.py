"""Runs many scenarios through the package, a batch in a process; some through `neocol run`."""
from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from drawing import Scenario
from judging import Ending
from neocol.cases import Case, CaseResult, run_cases

CONTEXT = multiprocessing.get_context("spawn")
# A process that says nothing for this much longer than a case may take hangs [s].
SILENCE = 120.0


def _run_batch(errors: str, to_parent, cases: list, time_limit: float) -> None:
    """In a process of its own: sends every case's place and ending as it ends."""
    with open(errors, "w") as file:
        os.dup2(file.fileno(), 2)

    def ended(place, result) -> None:
        to_parent.send((place, ending_of(result)))

    run_cases(
        [Case(base, tuple(settings.items())) for base, settings in cases],
        jobs=1,
        time_limit=time_limit,
        ended=ended,
    )
    to_parent.close()


def ending_of(result: CaseResult) -> Ending:
    """How a case ended that the package gave the result of."""
    if not result.has_values:
        return Ending(result.status, result.reason)
    return Ending(
        result.status,
        result.reason,
        result.time,
        result.after_jump.astype(float),
        result.observables,
        result.details | {"reason": result.reason, "seconds": result.seconds},
        np.array(result.sessions["time"]),
    )


class Runner:
    """Runs scenarios whose base files are in `folder`, on `jobs` cores."""

    def __init__(self, program: str, folder: Path, jobs: int, time_limit: float) -> None:
        self.program, self.folder = program, folder
        self.jobs, self.time_limit = jobs, time_limit

    def _batch(self, scenarios: list[Scenario], tell) -> None:
        """One process; what it dies of is the ending of the case in hand, and the rest go on."""
        while scenarios:
            cases = [(str(self.folder / f"{s.base}.toml"), s.settings) for s in scenarios]
            with tempfile.NamedTemporaryFile("r", errors="replace") as errors:
                here, there = CONTEXT.Pipe(duplex=False)
                process = CONTEXT.Process(
                    target=_run_batch, args=(errors.name, there, cases, self.time_limit)
                )
                process.start()
                there.close()
                done, hangs = 0, False
                try:
                    while here.poll(self.time_limit + SILENCE):
                        place, ending = here.recv()
                        assert place == done, "cases on one thread end in their order"
                        tell(scenarios[done], ending)
                        done += 1
                    hangs = True
                    process.kill()
                except EOFError:
                    pass
                process.join()
                code = process.exitcode
                said = errors.read().strip()
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
