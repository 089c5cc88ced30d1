#!/usr/bin/python3
"""Numbers of shipped scenarios, pinned: runs them and compares with pins.csv.

    tests/regression/pins.py                       compares the quick set, about 30 s on two cores
    tests/regression/pins.py --slow                compares the scenarios that take longer
    tests/regression/pins.py single_session        compares one
    tests/regression/pins.py --bless [--slow]      stores what moved, with what it was

A row of pins.csv is one number of one run: `value`, what it may differ by (`allowed`), and what it
was before it was last blessed (`was`). Pinned are exit status, bounds, budget residual, number of
steps, every outcome, and every observable at chosen times and at its extremes.

--bless wants a line under "Results change" of CHANGELOG.md that was not there when pins.csv was
last committed, and prints it; pins that are only added need none. Rows that did not move keep their
value, so that many small changes do not add up unseen.

The program under test is NEOCOL, else that of build/release.
"""
from __future__ import annotations

import argparse
import csv
import math
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCES / "scripts"))

import numpy as np  # noqa: E402
from neocol.results import load  # noqa: E402

PINS = Path(__file__).with_name("pins.csv")
CHANGELOG = SOURCES / "CHANGELOG.md"
SECTION = "### Results change"

QUICK = [
    "scenarios/acne_scars_roller.toml",
    "scenarios/forearm_stamp.toml",
    "scenarios/photoaged_face_pen.toml",
    "scenarios/punch_wound.toml",
    "scenarios/section_scar.toml",
    "scenarios/single_session.toml",
    "scenarios/unwounded.toml",
    "scenarios/protocols/aust2008.toml",
    "scenarios/protocols/dalwig_nolda2020.toml",
    "scenarios/protocols/park2012_striae.toml",
    "scenarios/published/adler2020_3day.toml",
    "scenarios/published/adler2020_4day.toml",
    "scenarios/published/cooper2015_infected.toml",
    "scenarios/published/cooper2015_sterile.toml",
    "scenarios/published/dura.toml",
    "scenarios/published/dura_leak.toml",
    "scenarios/published/egberts1d.toml",
    "scenarios/published/jin2011.toml",
    "scenarios/published/sherratt_murray1990.toml",
    "scenarios/published/sohutskay2021.toml",
    "scenarios/published/waugh2006_diabetic.toml",
    "scenarios/published/waugh2006_normal.toml",
]
SLOW = ["scenarios/acne_scars_patch.toml"]

# Days at which observables are pinned: none is a whole number of weeks or of 30 days, on which
# sessions fall.
DAYS = (1.0, 10.0, 87.0)

SHARE = 1e-3  # of a value that it may always move by
TOLERANCES = 10.0  # times the run's tolerance times the quantity's scale
RESIDUAL = 1e-9  # budget residual over turnover
FINISHED = (0, 7)  # exit status: done, or done and doubtful
STEPS = 0.1  # share of the number of steps

COLUMNS = ("scenario", "quantity", "unit", "value", "allowed", "was")


class PinError(Exception):
    """Pins that cannot be compared or stored, with the way out."""


@dataclass(frozen=True)
class Pin:
    """One number of one run. NaN: an outcome that has no value."""

    scenario: str
    quantity: str
    unit: str
    value: float
    allowed: float
    was: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.scenario, self.quantity

    def moved(self, value: float) -> bool:
        """Whether another value is further away than allowed."""
        if math.isnan(self.value) or math.isnan(value):
            return math.isnan(self.value) != math.isnan(value)
        return abs(value - self.value) > self.allowed


def allowance(value: float, scale: float, tolerance: float) -> float:
    """What a number may move by: a thousandth of it, or ten tolerances of its scale."""
    found = max(SHARE * abs(value), TOLERANCES * tolerance * abs(scale))
    return found if math.isfinite(found) else 0.0


def observable_pins(name: str, values: np.ndarray, times: np.ndarray, tolerance: float):
    """(label, value, allowed) at DAYS, at the end, and of the extremes.

    values  [n] at times [n] in days; the scale is the largest change from the start
    """
    finite = values[np.isfinite(values)]
    scale = float(np.max(np.abs(finite - finite[0]))) if len(finite) else math.nan
    end = float(times[-1])
    days = [day for day in DAYS if day < end]
    if len(days) < 2:
        days = [0.1 * end, 0.3 * end]
    found = [(f"{day:g} d", np.interp(day, times, values)) for day in days]
    found += [(f"{end:g} d", values[-1])]
    if len(finite):
        found += [("highest", finite.max()), ("lowest", finite.min())]
    for label, value in found:
        yield f"{name} @ {label}", float(value), allowance(float(value), scale, tolerance)


def pins_of(result, name: str, tolerance: float) -> list[Pin]:
    """Everything that is pinned of a result that was loaded."""
    kept = np.atleast_1d(result.bounds["kept"].values) if "kept" in result.bounds else []
    residual = np.atleast_1d(result.budget["residual"].values)
    steps = float(result.provenance["steps_accepted"])
    pins = [
        Pin(name, f"status is {result.status}", "1", 1.0, 0.0),
        Pin(name, "bounds that are not kept", "1", float(np.sum(np.asarray(kept) == 0)), 0.0),
        Pin(
            name,
            "largest budget residual",
            "1",
            float(np.max(np.abs(residual))) if len(residual) else 0.0,
            RESIDUAL,
        ),
        Pin(name, "steps", "1", steps, STEPS * steps),
    ]
    for outcome, row in result.outcomes.iterrows():
        value = math.nan if row["censored"] else float(row["value"])
        pins.append(
            Pin(name, f"outcome {outcome}", row["units"], value, allowance(value, value, tolerance))
        )
    for observable in result.observable_names:
        array = result.course(observable)
        times = np.asarray(array["time"].values, dtype=float)
        for quantity, value, allowed in observable_pins(
            observable, np.asarray(array.values, dtype=float), times, tolerance
        ):
            pins.append(Pin(name, quantity, str(array.attrs.get("units", "1")), value, allowed))
    return pins


def tolerance_of(result) -> float:
    """`run.tolerance` that a result was made with."""
    found = re.search(r"^tolerance\s*=\s*(\S+)", str(result.provenance["resolved"]), re.MULTILINE)
    return float(found[1]) if found else 1e-4


def run_scenario(program: str, scenario: str, settings: list[str]) -> list[Pin]:
    """Runs one scenario in a folder of its own, on one thread."""
    name = Path(scenario).stem
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / f"{name}.h5"
        command = [
            program,
            "run",
            str(SOURCES / scenario),
            "-o",
            str(output),
            "--quiet",
            "--threads",
            "1",
        ]
        # Extremes are those of the regular times and of the jumps, whatever else is recorded.
        for setting in ["output.times=common", *settings]:
            command += ["--set", setting]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        status = Pin(name, "exit status", "1", float(done.returncode), 0.0)
        if done.returncode not in FINISHED:
            print(f"{scenario}: exit status {done.returncode}\n{done.stderr}", file=sys.stderr)
            return [status]
        with load(output) as result:
            return [status, *pins_of(result, name, tolerance_of(result))]


def run_all(program: str, scenarios: list[str], settings: list[str]) -> list[Pin]:
    """Runs two scenarios at a time; pins in the order of the scenarios."""
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda scenario: run_scenario(program, scenario, settings), scenarios)
        return [pin for pins in found for pin in pins]


def read_pins(path: Path) -> dict[tuple[str, str], Pin]:
    """All rows of pins.csv by scenario and quantity; none where there is no file."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = [
            Pin(
                row["scenario"],
                row["quantity"],
                row["unit"],
                float(row["value"]),
                float(row["allowed"]),
                float(row["was"]) if row["was"] else None,
            )
            for row in csv.DictReader(file)
        ]
    return {pin.key: pin for pin in rows}


def write_pins(path: Path, pins) -> None:
    """Writes rows, grouped by scenario in order of name."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for pin in sorted(pins, key=lambda pin: pin.scenario):
            writer.writerow(
                [
                    pin.scenario,
                    pin.quantity,
                    pin.unit,
                    f"{pin.value:.9g}",
                    f"{pin.allowed:.3g}",
                    "" if pin.was is None else f"{pin.was:.9g}",
                ]
            )


@dataclass(frozen=True)
class Comparison:
    """What stands in pins.csv beside what was found for the same scenarios."""

    moved: list[tuple[Pin, Pin]]  # pinned, found
    gone: list[Pin]
    added: list[Pin]

    @property
    def same(self) -> bool:
        return not (self.moved or self.gone or self.added)


def compare(pinned: dict[tuple[str, str], Pin], found: list[Pin]) -> Comparison:
    """Of the scenarios that were run; others' pins are left alone."""
    names = {pin.scenario for pin in found}
    keys = {pin.key for pin in found}
    return Comparison(
        [
            (pinned[pin.key], pin)
            for pin in found
            if pin.key in pinned and pinned[pin.key].moved(pin.value)
        ],
        [pin for pin in pinned.values() if pin.scenario in names and pin.key not in keys],
        [pin for pin in found if pin.key not in pinned],
    )


def blessed(pinned: dict[tuple[str, str], Pin], found: list[Pin]) -> list[Pin]:
    """The rows to store: those that moved with what they were, the others as they stand."""
    names = {pin.scenario for pin in found}
    rows = [pin for pin in pinned.values() if pin.scenario not in names]
    for pin in found:
        before = pinned.get(pin.key)
        if before is None:
            rows.append(pin)
        elif before.moved(pin.value):
            rows.append(replace(pin, was=before.value))
        else:
            rows.append(before)
    return rows


def table(comparison: Comparison, most: int = 60) -> str:
    """A person's view of a comparison, largest moves first."""

    def times_allowed(pair: tuple[Pin, Pin]) -> float:
        size = abs(pair[1].value - pair[0].value)
        return size / pair[0].allowed if pair[0].allowed > 0.0 and size >= 0.0 else math.inf

    lines = []
    moved = sorted(comparison.moved, key=times_allowed, reverse=True)
    for before, now in moved[:most]:
        lines.append(
            f"  {before.scenario}: {before.quantity}: {before.value:.6g} -> "
            f"{now.value:.6g} {before.unit} (allowed {before.allowed:.2g})"
        )
    if len(moved) > most:
        lines.append(f"  and {len(moved) - most} more that moved")
    for title, pins in (("no longer there", comparison.gone), ("not pinned yet", comparison.added)):
        lines += [f"  {pin.scenario}: {pin.quantity}: {title}" for pin in pins[:10]]
        if len(pins) > 10:
            lines.append(f"  and {len(pins) - 10} more {title}")
    return "\n".join(lines)


def lines_of_results_change(text: str) -> list[str]:
    """The list items under every "Results change" heading of a changelog."""
    lines, inside = [], False
    for line in text.splitlines():
        if line.startswith("#"):
            inside = line.strip() == SECTION
        elif inside and line.startswith("- "):
            lines.append(line)
    return lines


def new_lines(changelog: Path, pins: Path) -> list[str]:
    """Lines of "Results change" that were not there when pins.csv was last committed."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(changelog.parent), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise PinError(
                f"git {arguments[0]} failed, and it says which lines of "
                f"{changelog.name} are new: {done.stderr.strip()}"
            )
        return done.stdout

    commit = git("log", "-1", "--format=%H", "--", str(pins)).strip() or "HEAD"
    before = set(lines_of_results_change(git("show", f"{commit}:./{changelog.name}")))
    now = lines_of_results_change(changelog.read_text(encoding="utf-8"))
    return [line for line in now if line not in before]


def bless(pinned, found: list[Pin], path: Path, changelog: Path) -> str:
    """Stores what was found; returns what to print. PinError without a new changelog line."""
    failed = [pin for pin in found if pin.quantity == "exit status" and pin.value not in FINISHED]
    if failed:
        raise PinError("not blessed: " + ", ".join(pin.scenario for pin in failed) + " failed")
    comparison = compare(pinned, found)
    if comparison.same:
        return "nothing moved: pins.csv is as it was"
    lines = []
    if comparison.moved or comparison.gone:
        lines = new_lines(changelog, path)
        if not lines:
            raise PinError(
                f"{table(comparison)}\nnot blessed: {changelog.name} has no new line under "
                f"\"{SECTION.lstrip('# ')}\" since the pins were last committed. Say there what "
                "moved, why, and by how much; then --bless again"
            )
    write_pins(path, blessed(pinned, found))
    return "\n".join(
        [
            *lines,
            table(comparison),
            f"stored: {len(comparison.moved)} moved, {len(comparison.added)} added, "
            f"{len(comparison.gone)} removed",
        ]
    )


def default_program() -> str:
    return os.environ.get("NEOCOL", str(SOURCES / "build/release/neocol"))


def chosen(names: list[str], slow: bool) -> list[str]:
    """Paths of the scenarios that were asked for by name or path."""
    if not names:
        return SLOW if slow else QUICK
    known = {Path(path).stem: path for path in QUICK + SLOW}
    wrong = [name for name in names if Path(name).stem not in known]
    if wrong:
        raise PinError(f"no pinned scenario '{wrong[0]}'; there are: {', '.join(known)}")
    return [known[Path(name).stem] for name in names]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenario", nargs="*", help="only these")
    parser.add_argument("--slow", action="store_true", help="the scenarios that take longer")
    parser.add_argument("--bless", action="store_true", help="store what moved")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="for every run: to see that a change is noticed",
    )
    asked = parser.parse_args(arguments)
    if asked.bless and asked.set:
        parser.error("--bless stores the scenarios as they are shipped, without --set")
    try:
        found = run_all(default_program(), chosen(asked.scenario, asked.slow), asked.set)
        pinned = read_pins(PINS)
        if asked.bless:
            print(bless(pinned, found, PINS, CHANGELOG))
            return 0
    except PinError as error:
        print(error, file=sys.stderr)
        return 1
    comparison = compare(pinned, found)
    if comparison.same:
        print(f"{len(found)} numbers of {len({pin.scenario for pin in found})} scenarios as pinned")
        return 0
    print(
        f"{table(comparison)}\n{len(comparison.moved)} of {len(found)} pinned numbers moved, "
        f"{len(comparison.added)} are new, {len(comparison.gone)} gone. If that is meant: say so "
        f"in {CHANGELOG.name} under \"{SECTION.lstrip('# ')}\", then "
        "tests/regression/pins.py --bless" + (" --slow" if asked.slow else "")
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
