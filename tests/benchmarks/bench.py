"""Runs scenarios for the benchmarks and reads what they cost from the results themselves."""

import os
import subprocess
import tempfile
from pathlib import Path

import h5py

SOURCES = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("NEOCOL", str(SOURCES / "build/release/neocol"))


def cost(scenario, *arguments):
    """Runs a scenario file; returns wall seconds, steps, peak memory [MB] and voxels."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.h5"
        subprocess.run(
            [PROGRAM, "run", str(scenario), "--output", str(result), "--quiet", *arguments],
            check=True,
        )
        with h5py.File(result) as file:
            run = file["provenance"].attrs
            fields = file["fields"]
            shape = fields["wounded"].shape
            voxels = 1
            for n in shape:
                voxels *= n
            return {
                "seconds": float(run["wall_seconds"]),
                "steps": int(run["steps_accepted"]),
                "rejected": int(run["steps_rejected"]),
                "megabytes": float(run["peak_memory_bytes"]) / 1e6,
                "voxels": voxels,
                "residual": float(max(abs(file["budget/residual"][()]))),
            }
