"""The tables of a PEtab problem (version 1) as they come in: checked, faults by file, row, column."""
from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml  # type: ignore[import]
from neocol.errors import InputError
from neocol.exchange.reading import Refused, read_bytes

# What a table may hold beside what is read; the values say why it is refused, None: no result
# hangs on it.
_OTHER_COLUMNS: dict[str, dict[str, str | None]] = {
    "conditions": {"conditionName": None},
    "measurements": {"datasetId": None, "replicateId": None},
    "observables": {"observableName": None},
    "parameters": {
        "parameterName": None,
        "initializationPriorType": None,
        "initializationPriorParameters": None,
        "objectivePriorType": "priors are not part of the likelihood here",
        "objectivePriorParameters": None,
    },
}
_COLUMNS: dict[str, tuple[list[str], list[str]]] = {  # required, optional
    "measurements": (
        ["observableId", "simulationConditionId", "time", "measurement"],
        ["preequilibrationConditionId", "observableParameters", "noiseParameters"],
    ),
    "observables": (
        ["observableId", "observableFormula", "noiseFormula"],
        ["observableTransformation", "noiseDistribution"],
    ),
    "parameters": (
        ["parameterId", "parameterScale", "lowerBound", "upperBound", "nominalValue", "estimate"],
        [],
    ),
}


@dataclass(frozen=True)
class Table:
    """A table of texts, with the file and row of every line."""

    rows: pd.DataFrame
    places: list[str]  # "FILE:ROW", by row

    def fault(self, row: int, column: str, message: str) -> InputError:
        return InputError(f"{self.places[row]}: error: column '{column}': {message}")

    def text(self, row: int, column: str) -> str:
        """Empty where there is no such column or nothing in it."""
        if column not in self.rows:
            return ""
        text = str(self.rows[column].iloc[row]).strip()
        return "" if text.lower() in ("nan", "na", "none") else text

    def needed(self, row: int, column: str) -> str:
        text = self.text(row, column)
        if not text:
            raise self.fault(row, column, "a blank cell")
        return text

    def number(self, row: int, column: str) -> float:
        """A finite number."""
        text = self.needed(row, column)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.fault(row, column, f"'{text}' is no finite number")
        return value

    def chosen(self, row: int, column: str, known: tuple[str, ...], otherwise: str) -> str:
        text = self.text(row, column) or otherwise
        if text not in known:
            raise self.fault(row, column, f"'{text}' is none of {', '.join(known)}")
        return text


@dataclass(frozen=True)
class Files:
    """What a problem file names."""

    source: str
    sbml: Path
    tables: dict[str, Table]
    notes: list[str]


def read_files(path: str | Path) -> Files:
    """The problem file and its tables. Raises Refused for what is not read, FileError, InputError
    naming file, row and column."""
    path = Path(path)
    source = str(path)
    try:
        head = yaml.safe_load(read_bytes(path).decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(source, [f"no YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(head, dict):
        raise Refused(source, ["no PEtab problem: a table of keys is expected"])
    reasons = []
    if str(head.get("format_version")) not in ("1", "1.0", "1.0.0"):
        reasons.append(f"format_version {head.get('format_version')}: version 1 is read")
    if head.get("extensions"):
        reasons.append("extensions of PEtab are not read")
    problems = head.get("problems")
    if not isinstance(problems, list) or len(problems) != 1 or not isinstance(problems[0], dict):
        raise Refused(source, [*reasons, "one problem a file is read"])
    problem = problems[0]
    if problem.get("mapping_files"):
        reasons.append("mapping files are not read")
    models = _names(problem.get("sbml_files"))
    if len(models) != 1:
        reasons.append("one SBML file is read, no other language")
    files = {
        "conditions": _names(problem.get("condition_files")),
        "measurements": _names(problem.get("measurement_files")),
        "observables": _names(problem.get("observable_files")),
        "parameters": _names(head.get("parameter_file")),
    }
    reasons += [f"no {kind} file is named" for kind, names in files.items() if not names]
    if reasons:
        raise Refused(source, reasons)
    notes: list[str] = []
    if problem.get("visualization_files"):
        notes.append("visualization files are not read")
    folder = path.parent
    tables = {
        kind: _table(kind, [folder / name for name in names], notes)
        for kind, names in files.items()
    }
    return Files(source, folder / models[0], tables, notes)


def _names(given: object) -> list[str]:
    if isinstance(given, str):
        return [given]
    return [str(name) for name in given] if isinstance(given, list) else []


def _table(kind: str, paths: list[Path], notes: list[str]) -> Table:
    parts, places = [], []
    for path in paths:
        try:
            part = pd.read_csv(
                io.BytesIO(read_bytes(path)), sep="\t", dtype=str, keep_default_na=False
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: error: {' '.join(str(error).split())}") from error
        part.columns = [str(name).strip() for name in part.columns]
        _check_columns(kind, path, part, notes)
        parts.append(part)
        places += [f"{path}:{row + 2}" for row in range(len(part))]
    return Table(pd.concat(parts, ignore_index=True).fillna(""), places)


def _check_columns(kind: str, path: Path, part: pd.DataFrame, notes: list[str]) -> None:
    required, optional = _COLUMNS.get(kind, (["conditionId"], []))
    for name in required:
        if name not in part:
            raise InputError(f"{path}: error: no column '{name}'")
    if kind == "conditions":
        return  # any other column is of the model
    for name in part.columns:
        if name in required or name in optional:
            continue
        why = _OTHER_COLUMNS[kind].get(name)
        if why is not None and any(text.strip() for text in part[name]):
            raise Refused(str(path), [f"column '{name}': {why}"])
        if why is None:
            notes.append(f"{path.name}: column '{name}' is not read")
