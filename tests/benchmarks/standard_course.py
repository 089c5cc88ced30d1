#!/usr/bin/python3
"""How long does the standard course take on one core, and in how much memory?

acne_scars_roller: single_channel at 20 um, four sessions, 52 weeks, tolerance 1e-4.
Target: 3 s and 200 MB. Run: tests/benchmarks/standard_course.py
"""

import statistics

from bench import SOURCES, cost

runs = [cost(SOURCES / "scenarios/acne_scars_roller.toml", "--threads", "1") for _ in range(5)]
seconds = sorted(run["seconds"] for run in runs)
last = runs[-1]
print(f"voxels {last['voxels']}, steps {last['steps']} (+{last['rejected']} rejected)")
print(
    f"wall  min {seconds[0]:.2f}  median {statistics.median(seconds):.2f}  "
    f"max {seconds[-1]:.2f} s   target 3 s"
)
print(f"memory {max(run['megabytes'] for run in runs):.0f} MB   target 200 MB")
