#!/usr/bin/env python3
"""Runs the semantic cases of the SBML Test Suite and compares with their results.

  PYTHONPATH=build/release/python tests/exchange/semantic_suite.py FOLDER [CASE ...]

FOLDER is `cases/semantic` of https://github.com/sbmlteam/sbml-test-suite. Every case is imported
from the highest version of SBML it comes in, run by neocol, and compared at every time with the
tolerances that the case states: |x - expected| <= absolute + relative*|expected|. At the moment of
an event neocol records values before it; the case may mean those after it (1 ns later). Prints how
many pass, are refused (by reason) and are wrong; exits with 6 if any is wrong.
"""
from __future__ import annotations

import argparse
import csv
import math
import multiprocessing
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import neocol
from neocol.exchange.sbml import ImportedModel, Refused, import_sbml

VERSIONS = ("l3v2", "l3v1", "l2v5", "l2v4", "l2v3", "l2v2", "l2v1")
SECONDS = {"s": 1.0, "d": 86400.0, "min": 60.0, "h": 3600.0}


@dataclass
class Verdict:
    """What became of a case: "pass", "refused", "wrong", or "not a time course"."""

    case: str
    outcome: str
    reason: str = ""


def settings(folder: Path) -> dict[str, str]:
    lines = (folder / f"{folder.name}-settings.txt").read_text().splitlines()
    return {key.strip(): text.strip() for key, _, text in (line.partition(":") for line in lines)}


def words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def nanoseconds(time: float, unit: str) -> int:
    length, name = unit.split()
    return round(time * float(length) * SECONDS[name] * 1e9)


class Course:
    """A run of an imported model, asked for values at times of the file."""

    def __init__(self, imported: ImportedModel, times: list[float], tolerance: float) -> None:
        self.imported = imported
        unit = imported.time_unit
        self.times = [nanoseconds(time, unit) for time in times]
        at_events = {nanoseconds(time, unit) for time in imported.event_times}
        later = [time + 1 for time in self.times if time in at_events]
        moments = [f"{time} ns" for time in sorted({*self.times, *later}) if time > 0]
        until = max([*self.times, 1, *later])
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, f"{imported.name}.toml").write_text(imported.model)
            scenario = Path(folder, "scenario.toml")
            scenario.write_text(imported.scenario)
            self.result = (
                neocol.load(scenario)
                .set(
                    {
                        "run.until": f"{until} ns",
                        "run.tolerance": tolerance,
                        "run.largest_step": f"{until} ns",
                        "output.every": f"{until} ns",
                        "output.times": "common",
                        # The stepper lands on times of fields; other records are interpolated.
                        "output.also_at": moments,
                        "output.field_times": moments,
                    }
                )
                .run(interpreter=True)
            )
        days = self.result.observables["time"].values
        self.rows = {round(day * 86400e9): k for k, day in enumerate(days)}

    def row(self, time: int) -> int | None:
        found = self.rows.get(time)
        if found is None:
            near = min(self.rows, key=lambda known: abs(known - time))
            found = self.rows[near] if abs(near - time) <= max(1, 1e-14 * time) else None
        return found

    def value(self, identifier: str, row: int) -> float:
        observable = self.imported.observables.get(identifier)
        if observable is None:
            return self.imported.initial[identifier]
        return float(self.result.observables[observable].values[row])


def converted(document_model, identifier: str, asked: dict[str, list[str]]):
    """Whether a species' value is to be multiplied with (1) or divided by (-1) its compartment."""
    species = document_model.getSpecies(identifier)
    if species is None:
        return 0, ""
    place = document_model.getCompartment(species.getCompartment())
    is_amount = species.getHasOnlySubstanceUnits() or place.getSpatialDimensionsAsDouble() == 0
    if identifier in asked["amount"] and not is_amount:
        return 1, place.getId()
    if identifier in asked["concentration"] and is_amount:
        return -1, place.getId()
    return 0, ""


def judge(folder: Path) -> Verdict:
    import libsbml

    case = folder.name
    asked = settings(folder)
    lists = {key: words(asked.get(key, "")) for key in ("variables", "amount", "concentration")}
    about = (folder / f"{case}-model.m").read_text(errors="replace")
    kind = re.search(r"testType:\s*(\w+)", about)
    if kind and kind[1] != "TimeCourse":
        return Verdict(case, "not a time course", kind[1])
    files = [folder / f"{case}-sbml-{version}.xml" for version in VERSIONS]
    file = next((file for file in files if file.exists()), None)
    if file is None:
        return Verdict(case, "refused", "SBML of level 1 only")
    try:
        imported = import_sbml(file, fluxes=True)
    except Refused as error:
        return Verdict(case, "refused", "; ".join(error.reasons))
    with open(folder / f"{case}-results.csv", newline="") as lines:
        rows = [row for row in csv.reader(lines) if row]
    header = [word.strip() for word in rows[0]]
    expected = [[float(cell) for cell in row] for row in rows[1:]]
    times = [row[0] for row in expected]
    try:
        course = Course(imported, times, 1e-10)
    except neocol.Error as error:
        return Verdict(case, "wrong", f"does not run: {error}")
    model = libsbml.readSBMLFromFile(str(file)).getModel()
    absolute, relative = float(asked["absolute"]), float(asked["relative"])
    for column, identifier in enumerate(header[1:], 1):
        power, place = converted(model, identifier, lists)
        if identifier not in imported.observables and identifier not in imported.initial:
            return Verdict(case, "refused", f"'{identifier}' has no finite value and is left out")
        for time, row in zip(course.times, expected):
            answers = []
            for moment in (time, time + 1):
                at = course.row(moment)
                if at is None:
                    continue
                value = course.value(identifier, at)
                answers.append(value * course.value(place, at) ** power if power else value)
            goal = row[column]
            if not any(
                abs(answer - goal) <= absolute + relative * abs(goal)
                or (math.isnan(goal) and math.isnan(answer))
                or answer == goal
                for answer in answers
            ):
                return Verdict(case, "wrong", f"{identifier} at {row[0]}: {answers}, not {goal}")
    return Verdict(case, "pass")


def safely(folder: Path) -> Verdict:
    try:
        return judge(folder)
    except Exception as error:  # a defect of the importer is a wrong result, and the others go on
        return Verdict(folder.name, "wrong", f"{type(error).__name__}: {error}")


def kind_of(reason: str) -> str:
    """A reason without the names in it."""
    return re.sub(r"'[^']*'|\([^)]*\)|-?\d+(\.\d+)?(e[-+]?\d+)?", "_", reason)


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("folder", type=Path)
    options.add_argument("case", nargs="*")
    options.add_argument("--jobs", type=int, default=1)
    options.add_argument("--refusals", action="store_true", help="every refused case by name")
    given = options.parse_args()
    folders = sorted(
        folder
        for folder in given.folder.iterdir()
        if re.fullmatch(r"\d{5}", folder.name) and (not given.case or folder.name in given.case)
    )
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
        verdicts = pool.map(safely, folders, chunksize=8)
    for verdict in verdicts:
        if verdict.outcome == "wrong" or (given.refusals and verdict.outcome == "refused"):
            print(f"{verdict.case} {verdict.outcome}: {verdict.reason}")
    counts = Counter(verdict.outcome for verdict in verdicts)
    print(", ".join(f"{n} {outcome}" for outcome, n in counts.most_common()))
    reasons = Counter(
        kind_of(verdict.reason.split("; ")[0])
        for verdict in verdicts
        if verdict.outcome == "refused"
    )
    for reason, n in reasons.most_common():
        print(f"{n:5} refused: {reason}")
    return 6 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
