#!/usr/bin/python3
"""What share of the processor time of a list of short cases from Python is integration?

    PYTHONPATH=build/release/python tests/benchmarks/sweep_share.py [--cases 1000] [--jobs 2]

Cases of about 5 ms: a column of a shipped scenario with another spacing and needle length each.
Told are the share of processor time (which other work on the machine does not spoil), from the call
of `Engine.run` to its end, results made for Python included and the start of the interpreter left
out; and the largest memory of the process, with the outcomes of all cases held.
"""
import argparse
import resource
import time

import neocol
from neocol.cases import Case, Engine

SETTINGS = (
    ("domain.geometry", "column"),
    ("domain.spacing", "100 um"),
    ("run.tolerance", "1e-2"),
    ("run.until", "7 day"),
    ("regimen.sessions", "1"),
    ("output.times", "common"),
    ("output.every", "1 day"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    scenario = neocol.load("acne_scars_roller")
    cases = [
        Case(scenario, (*SETTINGS, ("device.needle_length", f"{0.5 + k / asked.cases:.6f} mm")))
        for k in range(asked.cases)
    ]
    engine = Engine()
    engine.run(cases[:4], jobs=asked.jobs, observables=[])  # reads and compiles
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, wall = time.process_time(), time.monotonic()
    results = engine.run(cases, jobs=asked.jobs, observables=[])
    used, lasted = time.process_time() - begun, time.monotonic() - wall
    assert all(result.status == "complete" for result in results)
    assert len({result.outcomes["neutrophils_peak"] for result in results}) > asked.cases // 2
    integrated = engine.integrate_seconds
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{len(cases)} cases of {1e3 * integrated / len(cases):.2f} ms: integration is "
        f"{100.0 * integrated / used:.1f} % of {used:.2f} s of processor time ({lasted:.2f} s on "
        f"{asked.jobs} cores); memory {before / 1024:.0f} MB before, {after / 1024:.0f} MB at most"
    )


if __name__ == "__main__":
    main()
