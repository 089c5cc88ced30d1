#!/usr/bin/python3
"""Measure how far single_channel with lateral mixing is from patches, outcome by outcome.

For sessions one, two and four weeks apart the same course is run as a single channel and as
patches with random punctures (several seeds) on the same cells in depth. Written is, by outcome
and interval, the difference of the single channel from the mean of the patches, relative to it.

Example:
  tests/verification/measure_closure.py build/release/neocol > models/microneedling/closure.csv
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SCENARIO = """title = "closure"
model = "microneedling"
[skin]
site = "cheek"
condition = "atrophic_acne_scar"
age = "34 year"
phototype = 3
[device]
name = "roller_192"
needle_length = "1.5 mm"
[regimen]
sessions = 4
spacing = "{interval} day"
puncture_density = "250 cm-2"
[domain]
geometry = "{geometry}"
{width}thickness = "1.6 mm"
spacing = {{ smallest = "60 um", largest = "160 um", growth = 1.25 }}
[run]
until = "{until} day"
tolerance = 1e-3
seed = {seed}
[output]
every = "7 day"
"""
PATCH = 'width = "1.265 mm"\nlength = "1.265 mm"\n'


def outcomes(program, folder, geometry, interval, seed):
    path = Path(folder) / "case.toml"
    path.write_text(
        SCENARIO.format(
            geometry=geometry,
            interval=interval,
            seed=seed,
            until=3 * interval + 180,
            width=PATCH if geometry == "patch" else "",
        )
    )
    done = subprocess.run(
        [
            program,
            "run",
            path,
            "--json",
            "--overwrite",
            "--threads",
            "1",
            "-o",
            Path(folder) / "case.h5",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        name: (entry["value"], entry.get("unit", entry.get("units", "")))
        for name, entry in json.loads(done.stdout)["outcomes"].items()
        if entry["value"] is not None and not entry.get("censored")
    }


def main(program, seeds=(1, 2, 3)):
    print(
        "# Made by tests/verification/measure_closure.py: single_channel with lateral mixing "
        "against patches of\n# 1.265 mm with random punctures (mean of seeds "
        f"{', '.join(map(str, seeds))}), roller 1.5 mm, 250 per cm2, 4 sessions, cells of 60 um "
        "and more,\n# tolerance 1e-3. relative_error = |single - patches| / |patches|; "
        "patch_range: largest less smallest of the seeds."
    )
    version = subprocess.run(
        [program, "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()
    print(
        f"# Measured with {version}. Times in the wounds (closure, barrier, water loss, pore) refer "
        "to all\n# that was ever wounded: in patches four sets of punctures, in single_channel the "
        "same one four times."
    )
    print("outcome,unit,interval_d,single_channel,patch_mean,patch_range,relative_error")
    with tempfile.TemporaryDirectory() as folder:
        for interval in (7, 14, 28):
            single = outcomes(program, folder, "single_channel", interval, 1)
            patches = [outcomes(program, folder, "patch", interval, seed) for seed in seeds]
            for name, (value, unit) in single.items():
                values = [patch[name][0] for patch in patches if name in patch]
                mean = sum(values) / len(values) if len(values) == len(seeds) else 0.0
                if mean != 0.0:
                    print(
                        f"{name},{unit},{interval},{value:.6g},{mean:.6g},"
                        f"{max(values) - min(values):.3g},{abs(value / mean - 1):.3g}",
                        flush=True,
                    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
