"""What the model is judged by: the frozen rows of models/microneedling/validation/, or a user's own table.

    rows = frozen_rows(models / "microneedling" / "validation")
    rows = table_rows("mine.csv", models / "microneedling" / "validation")

A row holds checks; a check is a reading (scenario, assay, measure, time) and what counts as
agreement. docs/validation.md tells the rules.
"""
from __future__ import annotations

import csv
import difflib
import hashlib
import math
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import tomllib
from neocol.errors import InputError
from neocol.quantities import as_setting
from neocol.results import read_measurements
from neocol.scenario import load
from neocol.units import UnitError, conversion_factor

STATUSES = (
    "testable",
    "if_modelled",
    "construction",
    "untestable",
    "input",
    "unchecked",
    "waiting",
)
NOT_READ = ("untestable", "input", "unchecked", "waiting")  # statuses without a reading
LISTS = (("observations.csv", "rows.toml", True), ("observations-2.csv", "rows-2.toml", False))
SECOND = "second-readings.toml"
BRACKET = ("accept", "above", "below", "sign", "larger_than", "by")
SMALLEST = 0.2  # [%] an effect below this is not told from none
TABLE_COLUMNS = (
    "id",
    "scenario",
    "assay",
    "measure",
    "at",
    "value",
    "sd",
    "n",
    "low",
    "high",
    "sign",
    "topic",
    "weight",
    "note",
)


class RowError(ValueError):
    """A row or table that cannot be read; the message names file, row and what is wrong."""


@dataclass(frozen=True)
class Reading:
    """What is read: `measure` of the series that `assay` makes of a run of `scenario`.

    at, start, end are texts such as "6 h" or "8 week after last session"; settings are set in the
    scenario before it is run; `persons` is the cohort of a measure that counts patients.
    """

    assay: str
    measure: str
    scenario: str = ""
    at: str = ""
    start: str = ""
    end: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    persons: str = ""

    @property
    def source(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Scenario and settings: what has to be run."""
        return self.scenario, self.settings


@dataclass(frozen=True)
class Observed:
    """An observed value and its sampling error (standard error; None if not known)."""

    value: float
    error: float | None = None


@dataclass(frozen=True)
class Check:
    """One reading and its bracket: `low` <= reading <= `high` (open ends allowed), or a sign."""

    label: str
    reading: Reading
    low: float = -math.inf
    high: float = math.inf
    strict: bool = False
    sign: int = 0
    larger_than: Reading | None = None
    by: float = 1.002
    ratio_to: Reading | None = None
    if_modelled: bool = False
    weight: float = 1.0
    observed: Observed | None = None
    pinned: bool = False  # a rung that held: it may not be lost
    missed: str = ""  # why a rung does not hold

    @property
    def two_sided(self) -> bool:
        """Whether a reading can miss the bracket on either side: closed, and neither of its ends
        the least or largest that can be read (0, or all patients)."""
        return (
            not self.sign
            and self.larger_than is None
            and self.centre is not None
            and self.low != 0.0
            and not (self.reading.measure.startswith("share_") and self.high in (1.0, 100.0))
        )

    @property
    def centre(self) -> float | None:
        """Middle of a closed bracket: stands for the observed value; None if it has none."""
        if math.isfinite(self.low) and math.isfinite(self.high):
            return 0.5 * (self.low + self.high)
        return None

    @property
    def half_width(self) -> float | None:
        """Half of a closed bracket."""
        return None if self.centre is None else 0.5 * (self.high - self.low)

    @property
    def bracket(self) -> str:
        """As a table shows it."""
        if self.sign:
            return "rises" if self.sign > 0 else "falls"
        if self.larger_than is not None:
            return "larger" if self.by <= 1.002 else f"larger by {self.by:g}"
        if not math.isfinite(self.low):
            return f"< {self.high:g}"
        if not math.isfinite(self.high):
            return f"> {self.low:g}"
        return f"{self.low:g} - {self.high:g}"

    def readings(self) -> list[Reading]:
        """Every reading the check needs."""
        return [
            part for part in (self.reading, self.larger_than, self.ratio_to) if part is not None
        ]


@dataclass(frozen=True)
class Row:
    """One observation with its checks."""

    id: str
    topic: str
    status: str
    checks: tuple[Check, ...] = ()
    why: str = ""
    needs: str = ""
    basis: str = ""
    analogue: bool = False
    computed_by: str = ""  # device whose depth must be computed, not stated, for the row to count
    observed: dict = field(default_factory=dict)
    built_with: bool = True  # in view when constants and laws were chosen
    second: tuple[Check, ...] = ()  # the checks by a later reading or bracket; scored both ways
    second_why: str = ""

    def sources(self) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
        """Scenarios (with settings) its checks read, in order, once each; none if not scored."""
        if self.status in NOT_READ:
            return []
        found = [part.source for check in (*self.checks, *self.second) for part in check.readings()]
        return list(dict.fromkeys(one for one in found if one[0]))

    def read_again(self) -> "Row":
        """The row with its second readings in place of the first."""
        return replace(self, checks=self.second, second=(), why=self.second_why)


def _reading(given: dict, where: str) -> Reading:
    for key in ("assay", "measure"):
        if key not in given:
            raise RowError(f"{where}: a reading needs '{key}'")
    return Reading(
        given["assay"],
        given["measure"],
        given.get("scenario", ""),
        given.get("at", ""),
        given.get("from", ""),
        given.get("to", ""),
        tuple(sorted(given.get("set", {}).items())),
        given.get("persons", ""),
    )


def _check(given: dict, where: str) -> Check:
    low, high = given.get("accept", (-math.inf, math.inf))
    strict = "above" in given or "below" in given
    low, high = given.get("above", low), given.get("below", high)
    other = {
        key: _reading(given[key], where) for key in ("larger_than", "ratio_to") if key in given
    }
    check = Check(
        given.get("label", ""),
        _reading(given, where),
        float(low),
        float(high),
        strict,
        int(given.get("sign", 0)),
        other.get("larger_than"),
        float(given.get("by", 1.002)),
        other.get("ratio_to"),
        bool(given.get("if_modelled", False)),
        pinned=bool(given.get("held", False)),
        missed=given.get("missed", ""),
    )
    if not (
        check.sign or check.larger_than or math.isfinite(check.low) or math.isfinite(check.high)
    ):
        raise RowError(f"{where}: '{check.label}' says nothing that counts as agreement")
    if check.low > check.high:
        raise RowError(f"{where}: the bracket {check.low:g} - {check.high:g} is empty")
    return check


def read_readings(path: Path) -> list[Check]:
    """Readings without a bracket: the [[reading]] tables of a file, each with a label."""
    given = read_toml(path).get("reading", [])
    found = []
    for k, one in enumerate(given, 1):
        where = f"{path}: reading {k}"
        if not one.get("label"):
            raise RowError(f"{where} needs a 'label'")
        other = one.get("ratio_to")
        found.append(
            Check(
                one["label"],
                _reading(one, where),
                ratio_to=None if other is None else _reading(other, where),
            )
        )
    if not found:
        raise RowError(f"{path}: no [[reading]] in it")
    return found


def observations(path: Path) -> dict[str, dict]:
    """The table of observations by id."""
    with open(path, newline="", encoding="utf-8") as file:
        return {line["id"]: line for line in csv.DictReader(file)}


def read_toml(path: Path) -> dict:
    with open(path, "rb") as file:
        return tomllib.load(file)


def _row(name: str, entry: dict, where: str, observed: dict, built_with: bool) -> Row:
    if entry.get("status") not in STATUSES:
        raise RowError(
            f"{where}: status '{entry.get('status')}' is not one of " f"{', '.join(STATUSES)}"
        )
    checks = tuple(_check(one, where) for one in entry.get("check", ()))
    if entry["status"] == "testable" and not checks:
        raise RowError(f"{where} is testable but has no check")
    if entry["status"] == "waiting" and not entry.get("needs"):
        raise RowError(f"{where} waits for a mechanism: 'needs' must name it")
    return Row(
        name,
        observed["topic"],
        entry["status"],
        checks,
        entry.get("why", ""),
        entry.get("needs", ""),
        entry.get("basis", ""),
        bool(entry.get("analogue", False)),
        entry.get("scored_when_computed", ""),
        observed,
        built_with,
    )


def _second(row: Row, entry: dict, again: dict, where: str) -> Row:
    """A row with the checks that are read again; the others stay as they are."""
    given = {one.get("label", ""): one for one in entry.get("check", ())}
    changed = {}
    for one in again.get("check", ()):
        label = one.get("of", "")
        if label not in given:
            raise RowError(f"{where}: '{label}' is no check of the row")
        first = {
            key: value
            for key, value in given[label].items()
            if key not in BRACKET or not any(other in one for other in BRACKET)
        }
        changed[label] = _check(first | one, where)
    if not changed:
        raise RowError(f"{where}: no check is read again")
    checks = tuple(
        replace(changed.get(check.label, check), observed=check.observed) for check in row.checks
    )
    return replace(row, second=checks, second_why=again.get("why", ""))


def observed_values(path: Path) -> dict[tuple[str, str], Observed]:
    """Observed values by row and label of the check; empty without the file."""
    if not path.is_file():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {
            (line["id"], line["label"]): Observed(
                float(line["value"]), float(line["error"]) if line["error"] else None
            )
            for line in csv.DictReader(file)
        }


def frozen_rows(folder: Path) -> list[Row]:
    """The rows of `folder`/rows.toml and rows-2.toml, in their order, joined with the observations,
    with observed values, and with the second readings of rows that are scored both ways."""
    values = observed_values(folder / "values.csv")
    rows: dict[str, Row] = {}
    entries = {}
    for observed, listed, built_with in LISTS:
        path = folder / listed
        if not path.is_file():
            continue
        table = observations(folder / observed)
        for name, entry in read_toml(path).items():
            if not isinstance(entry, dict):
                continue
            where = f"{path}: row {name}"
            if name not in table:
                raise RowError(f"{where} is not in {observed}")
            if name in rows:
                raise RowError(f"{where} stands in an earlier list")
            row = _row(name, entry, where, table[name], built_with)
            rows[name] = replace(
                row,
                checks=tuple(
                    replace(check, observed=values.pop((name, check.label), None))
                    for check in row.checks
                ),
            )
            entries[name] = entry
    if values:
        raise RowError(
            f"{folder / 'values.csv'}: no check is called "
            + "; ".join(f"{name} '{label}'" for name, label in values)
        )
    path = folder / SECOND
    for name, again in (read_toml(path) if path.is_file() else {}).items():
        if isinstance(again, dict):
            if name not in rows:
                raise RowError(f"{path}: there is no row {name}")
            rows[name] = _second(rows[name], entries[name], again, f"{path}: row {name}")
    return sorted(rows.values(), key=lambda row: int(row.topic))  # stable: lists stay in order


def rungs(path: Path) -> list[Row]:
    """The rungs of `path`: as a ladder, but every check is pinned or says why it is missed."""
    rows = ladder_rows(path)
    for row in rows:
        for check in row.checks:
            if check.pinned == bool(check.missed):
                raise RowError(
                    f"{path}: {row.id}: '{check.label}' either held, and is pinned "
                    "(held = true), or says why it is missed"
                )
    return rows


def ladder_rows(path: Path) -> list[Row]:
    """The ladder of qualitative tests: rows with a title and no observation behind them."""
    given = read_toml(path)
    return [
        Row(
            name,
            "ladder",
            "testable",
            tuple(_check(one, f"{path}: {name}") for one in entry["check"]),
            basis=entry["title"],
        )
        for name, entry in given.items()
        if isinstance(entry, dict)
    ]


def frozen_changes(folder: Path) -> list[str]:
    """Names of frozen files that are no longer what was frozen; empty if all are."""
    changed = []
    for line in (folder / "frozen.sha256").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            changed.append(name)
    return changed


def _number(line: dict, key: str, where: str) -> float | None:
    text = (line.get(key) or "").strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise RowError(f"{where}: {key} = '{text}' is not a number") from error


def bracket_of_mean(value: float, sd: float | None, n: float | None) -> tuple[float, float]:
    """Rule 1: mean +- 2 SD/sqrt(n), widened by 20 % of the mean; 20 % alone without a spread."""
    half = 0.2 * abs(value)
    if sd is not None and n:
        half += 2.0 * sd / math.sqrt(n)
    return value - half, value + half


def _table_row(line: dict, where: str, folder: Path) -> Row:
    value, sd, n = (_number(line, key, where) for key in ("value", "sd", "n"))
    low, high, sign = (_number(line, key, where) for key in ("low", "high", "sign"))
    if value is not None and low is None and high is None:
        low, high = bracket_of_mean(value, sd, n)
    scenario = (line.get("scenario") or "").strip()
    if scenario.endswith(".toml"):
        scenario = str((folder / scenario).resolve())
    given = {
        "assay": (line.get("assay") or "").strip(),
        "scenario": scenario,
        "measure": (line.get("measure") or "value").strip(),
        "at": (line.get("at") or ""),
        "label": (line.get("note") or line["id"]).strip(),
        "sign": int(sign or 0),
        "accept": (-math.inf if low is None else low, math.inf if high is None else high),
    }
    if not given["assay"]:
        raise RowError(f"{where}: names no assay; 'observable:NAME' reads an observable as it is")
    weight = _number(line, "weight", where)
    observed = (
        None
        if value is None
        else Observed(value, sd / math.sqrt(n) if sd is not None and n else None)
    )
    check = replace(
        _check(given, where), weight=1.0 if weight is None else weight, observed=observed
    )
    return Row(
        line["id"], (line.get("topic") or "own").strip(), "testable", (check,), observed=dict(line)
    )


def measured_rows(path: Path) -> list[Row]:
    """Rows of a table of measurements (docs/plotting.md), with a column `scenario`; columns with a
    dot in their name are set in it. Every measurement is a row, in the unit of its observable."""
    table = read_measurements(path)
    if "scenario" not in table:
        raise RowError(f"{path}: measurements need a column 'scenario' to be compared with runs")
    keys = [name for name in table if "." in name]
    units: dict[str, dict[str, str]] = {}
    rows = []
    for number, line in enumerate(table.to_dict("records"), start=1):
        where = f"{path}: data row {number}"
        scenario = str(line["scenario"]).strip()
        if scenario.endswith(".toml"):
            scenario = str((path.parent / scenario).resolve())
        if scenario not in units:
            try:
                units[scenario] = load(scenario).model.observables["unit"].to_dict()
            except (InputError, OSError) as error:
                raise RowError(f"{where}, column 'scenario': {error}") from None
        name = str(line["observable"])
        if name not in units[scenario]:
            near = difflib.get_close_matches(name, units[scenario], 1)
            way_out = f"; did you mean '{near[0]}'?" if near else ""
            raise RowError(f"{where}, column 'observable': no '{name}' in the model{way_out}")
        try:
            factor = conversion_factor(str(line["unit"]), units[scenario][name])
        except UnitError as error:
            raise RowError(f"{where}, column 'unit': {error}") from None
        value = factor * float(line["value"])
        sd, n = (None if math.isnan(line[key]) else float(line[key]) for key in ("sd", "n"))
        sd = None if sd is None else factor * sd
        low, high = bracket_of_mean(value, sd, n or 1.0)
        spread = None if sd is None else sd / math.sqrt(n or 1.0)
        settings = tuple((key, as_setting(line[key])) for key in keys if not _is_empty(line[key]))
        reading = Reading(
            f"observable:{name}", "value", scenario, f"{line['time']!r} day", settings=settings
        )
        check = Check(
            f"{name} on day {line['time']:g}", reading, low, high, observed=Observed(value, spread)
        )
        observed = {key: str(entry) for key, entry in line.items()}
        rows.append(Row(f"{name}-{number}", "own", "testable", (check,), observed=observed))
    if not rows:
        raise RowError(f"{path}: the table is empty")
    return rows


def _is_empty(cell: object) -> bool:
    return cell == "" or (isinstance(cell, float) and math.isnan(cell))


def table_rows(path: Path) -> list[Row]:
    """Rows of a user's own CSV table; lines of one id are checks of one row.

    Columns: TABLE_COLUMNS; `id` and `assay` are needed, and `value` (with sd and n), `low`/`high`
    or `sign`. A scenario is a file relative to the table, or a name in scenarios/validation/. Or a
    table of measurements: measured_rows.
    """
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(line for line in file if not line.startswith("#"))
        if {"time", "observable", "value"} <= set(reader.fieldnames or ()):
            return measured_rows(path)
        unknown = set(reader.fieldnames or ()) - set(TABLE_COLUMNS)
        if unknown or "id" not in (reader.fieldnames or ()):
            raise RowError(
                f"{path}: columns are {', '.join(TABLE_COLUMNS)}"
                + (f"; unknown: {', '.join(sorted(unknown))}" if unknown else "; there is no 'id'")
            )
        rows: dict[str, Row] = {}
        for number, line in enumerate(reader, start=2):
            row = _table_row(line, f"{path}:{number}", Path(path).parent)
            known = rows.get(row.id)
            rows[row.id] = replace(known, checks=known.checks + row.checks) if known else row
    if not rows:
        raise RowError(f"{path}: the table is empty")
    return list(rows.values())


TIME = re.compile(r"^([-\d.eE+]+)\s*([A-Za-z]+)(\s+after last session)?$")


def time_of(text: str, last_session: float) -> float:
    """Days from the first session: "6 h" is 0.25, "8 week after last session" counts from there."""
    match = TIME.match(text.strip())
    if not match:
        raise RowError(
            f"cannot read the time '{text}': such as '6 h' or " "'8 week after last session'"
        )
    days = float(match.group(1)) * conversion_factor(match.group(2), "d")
    return days + (last_session if match.group(3) else 0.0)
