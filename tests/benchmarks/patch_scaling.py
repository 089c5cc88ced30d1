#!/usr/bin/python3
"""Does a large patch cost more per voxel and step than a small one?

The same skin and session (dense, so that the small patch is punctured too) on patches of about
10^4 and 10^6 voxels, one thread, in turn. Targets: at
most 1.5 times the cost per voxel and step, at most 8 GB, budgets closed to 1e-10 of turnover.
Run: tests/benchmarks/patch_scaling.py
"""

import statistics
import tempfile
from pathlib import Path

from bench import cost

SCENARIO = """
title = "Patch of {voxels} voxels"
model = "microneedling"
[skin]
site = "cheek"
[device]
name = "roller_192"
needle_length = "1.5 mm"
[regimen]
sessions = 1
puncture_density = "1000 cm-2"
[domain]
geometry = "patch"
spacing = {{ smallest = "20 um" }}
width = "{width} mm"
thickness = "2 mm"
[run]
until = "{until}"
tolerance = 1e-3
[output]
fields = ["tgf_beta"]
field_times = ["{until}"]
"""


def measure(folder, width, until):
    path = Path(folder) / f"patch_{width}.toml"
    path.write_text(
        SCENARIO.format(voxels=(round(width / 0.02)) ** 2 * 100, width=width, until=until)
    )
    run = cost(path, "--threads", "1")
    attempts = run["steps"] + run["rejected"]
    run["ns"] = 1e9 * run["seconds"] / attempts / run["voxels"]
    return run


with tempfile.TemporaryDirectory() as folder:
    ratios, rows = [], []
    for _ in range(3):
        # Row lengths that waste no padding: 16 and 104 voxels (11 and 103 would).
        small = measure(folder, 0.32, "1 hour")
        large = measure(folder, 2.08, "0.1 hour")
        ratios.append(large["ns"] / small["ns"])
        rows += [small, large]
    for run in rows:
        print(
            f"{run['voxels']:>9} voxels  {run['steps']:>4} steps  {run['ns']:8.1f} ns per voxel "
            f"and step  {run['megabytes']:8.0f} MB  budget {run['residual']:.1e}"
        )
    print(f"ratio large/small: median {statistics.median(ratios):.2f}   target 1.5")
    print(f"largest budget residual {max(run['residual'] for run in rows):.1e}   target 1e-10")
    print(f"memory {max(run['megabytes'] for run in rows) / 1e3:.2f} GB   target 8 GB")
