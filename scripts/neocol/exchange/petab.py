"""PEtab problems (version 1): a model in SBML, conditions, measurements and what is to be fitted.

    problem = neocol.load_petab("problem.yaml")
    problem.simulate()             # the measurements, and what the model gives at the nominal values
    problem.llh(), problem.chi2()
    fit = problem.calibrate()      # as neocol.calibrate: optimum, intervals, profiles

docs/exchange.md says which part of PEtab is read; what is not is refused with its reason.
"""
from __future__ import annotations

import math
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import libsbml
import numpy as np
import pandas as pd
from neocol import models, scenario
from neocol.cases import Case, CaseResult, Engine
from neocol.errors import InputError
from neocol.exchange import formulas
from neocol.exchange.formulas import Node, NotCarried
from neocol.exchange.petab_tables import Files, Table, read_files
from neocol.exchange.reading import Refused, read_bytes, read_document
from neocol.exchange.sbml_import import ImportedModel, import_text
from neocol.parameters import Parameter

if TYPE_CHECKING:
    from neocol.calibration.petab_fit import PetabFit

EXACT = 1e-9  # tolerance of runs
NANOSECONDS = 86_400_000_000_000  # of a day
LONGEST = 70_000.0  # [d] within which a steady state has to be reached, and
LATEST = 9  # decades of the file's unit of time
STEADY = 1e-7  # relative change over the last decade that counts as none
_SCALES: dict[str, tuple[Callable[[float], float], float]] = {  # transformation, and 1/(d/dlog)
    "lin": (lambda value: value, 0.0),
    "log": (math.log, 1.0),
    "log10": (math.log10, math.log(10.0)),
}


@dataclass(frozen=True)
class Observable:
    name: str
    formula: Node
    noise: Node
    transformation: str  # lin, log, log10
    distribution: str  # normal, laplace


@dataclass(frozen=True)
class Experiment:
    """Measurements of one run: the condition before it, if there is one, and its own."""

    before: str
    condition: str
    rows: list[int]


@dataclass(frozen=True)
class Variant:
    """The model with some of its beginning given by conditions; `places` is the parameter of the
    model that sets an identifier of the file."""

    imported: ImportedModel
    scenario: scenario.Scenario
    places: dict[str, str]
    length: float  # of the file's unit of time [d]


class PetabProblem:
    """A PEtab problem; parameters are on their linear scale throughout."""

    def __init__(self, files: Files) -> None:
        self.source, self.notes = files.source, list(files.notes)
        self._tables = files.tables
        self._data = read_bytes(files.sbml)
        self._sbml = files.sbml.name
        self._document = read_document(self._data, self._sbml)
        self.parameters = self._read_parameters(files.tables["parameters"])
        self._conditions = self._read_conditions(files.tables["conditions"])
        self._observables = self._read_observables(files.tables["observables"])
        self._read_measurements(files.tables["measurements"])
        self._variants: dict[frozenset[str], Variant] = {}
        self._folder = tempfile.mkdtemp()  # of their models, as long as the problem
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._engine: Engine | None = None
        self.runs = 0

    # ---- what is in the tables ----

    def _read_parameters(self, table: Table) -> pd.DataFrame:
        rows = []
        for k in range(len(table.rows)):
            estimated = table.chosen(k, "estimate", ("0", "1"), "")
            low = high = math.nan
            if estimated == "1":
                low, high = table.number(k, "lowerBound"), table.number(k, "upperBound")
                if not low < high:
                    raise table.fault(k, "upperBound", "not above the lower bound")
            scale = table.chosen(k, "parameterScale", tuple(_SCALES), "")
            if scale != "lin" and estimated == "1" and low <= 0.0:
                raise table.fault(k, "lowerBound", f"not above 0, on a scale of {scale}")
            rows.append(
                {
                    "parameter": table.needed(k, "parameterId"),
                    "scale": scale,
                    "low": low,
                    "high": high,
                    "nominal": table.number(k, "nominalValue"),
                    "estimated": estimated == "1",
                }
            )
            if rows[-1]["parameter"] in [row["parameter"] for row in rows[:-1]]:
                raise table.fault(k, "parameterId", "stands in the table twice")
        return pd.DataFrame(rows).set_index("parameter")

    def _read_conditions(self, table: Table) -> dict[str, dict[str, str | float]]:
        """By condition what each identifier is: a number, or the parameter that gives it."""
        conditions: dict[str, dict[str, str | float]] = {}
        for k in range(len(table.rows)):
            name = table.needed(k, "conditionId")
            if name in conditions:
                raise table.fault(k, "conditionId", f"'{name}' stands in the table twice")
            conditions[name] = {}
            for column in table.rows.columns:
                text = table.text(k, column)
                if column in ("conditionId", "conditionName") or not text:
                    continue
                conditions[name][column] = self._value(table, k, column, text)
                self._check_settable(table, k, column)
        return conditions

    def _value(self, table: Table, row: int, column: str, text: str) -> str | float:
        try:
            value = float(text)
        except ValueError:
            if text in self.parameters.index:
                return text
            file = self._document.getModel()
            if file.getParameter(text) is not None:
                return text
            raise table.fault(row, column, f"'{text}' is no number and no parameter") from None
        if not math.isfinite(value):
            raise table.fault(row, column, f"'{text}' is no finite number")
        return value

    def _check_settable(self, table: Table, row: int, column: str) -> None:
        file = self._document.getModel()
        if file.getElementBySId(column) is None:
            if column not in self.parameters.index:
                self.notes.append(f"'{column}' is no part of the model: only observables read it")
        elif file.getAssignmentRuleByVariable(column) is not None:
            raise table.fault(row, column, f"a rule of the model gives '{column}' at all times")
        elif not any(
            find(column) is not None
            for find in (file.getSpecies, file.getParameter, file.getCompartment)
        ):
            raise table.fault(row, column, "neither species, parameter nor compartment")

    def _read_observables(self, table: Table) -> dict[str, Observable]:
        found = {}
        for k in range(len(table.rows)):
            name = table.needed(k, "observableId")
            found[name] = Observable(
                name,
                _formula(table, k, "observableFormula"),
                _formula(table, k, "noiseFormula"),
                table.chosen(k, "observableTransformation", tuple(_SCALES), "lin"),
                table.chosen(k, "noiseDistribution", ("normal", "laplace"), "normal"),
            )
        return found

    def _read_measurements(self, table: Table) -> None:
        rows: list[dict[str, object]] = []
        groups: dict[tuple[str, str], list[int]] = {}
        self._placeholders: list[dict[str, str | float]] = []
        for k in range(len(table.rows)):
            name = table.needed(k, "observableId")
            if name not in self._observables:
                raise table.fault(k, "observableId", f"no observable '{name}'")
            before = table.text(k, "preequilibrationConditionId")
            condition = table.needed(k, "simulationConditionId")
            for column, one in (
                ("preequilibrationConditionId", before),
                ("simulationConditionId", condition),
            ):
                if one and one not in self._conditions:
                    raise table.fault(k, column, f"no condition '{one}'")
            if table.needed(k, "time").lower() in ("inf", "+inf", "infinity"):
                raise Refused(self.source, [f"{table.places[k]}: a measurement at time inf"])
            time, value = table.number(k, "time"), table.number(k, "measurement")
            if time < 0.0:
                raise table.fault(k, "time", "before the start")
            if self._observables[name].transformation != "lin" and value <= 0.0:
                raise table.fault(k, "measurement", "not above 0, on a logarithmic scale")
            self._placeholders.append(self._placed(table, k, name))
            groups.setdefault((before, condition), []).append(k)
            rows.append(
                {
                    "observable": name,
                    "preequilibration": before,
                    "condition": condition,
                    "time": time,
                    "measurement": value,
                }
            )
        if not rows:
            raise InputError(f"{self.source}: error: there are no measurements")
        self.measurements = pd.DataFrame(rows)
        self._experiments = [
            Experiment(before, condition, of) for (before, condition), of in groups.items()
        ]

    def _placed(self, table: Table, row: int, observable: str) -> dict[str, str | float]:
        """What stands for observableParameter1_NAME and the like in a row."""
        found: dict[str, str | float] = {}
        for column, word in (
            ("observableParameters", "observableParameter"),
            ("noiseParameters", "noiseParameter"),
        ):
            text = table.text(row, column)
            for k, part in enumerate(text.split(";") if text else [], 1):
                found[f"{word}{k}_{observable}"] = self._value(table, row, column, part.strip())
        one = self._observables[observable]
        for name in sorted(one.formula.names() | one.noise.names()):
            is_open = name.startswith(("observableParameter", "noiseParameter"))
            if is_open and name.endswith(f"_{observable}") and name not in found:
                column = name.split("Parameter")[0] + "Parameters"
                raise table.fault(row, column, f"nothing stands for '{name}'")
        return found

    # ---- the model under conditions ----

    def _variant(self, given: frozenset[str]) -> Variant:
        if given not in self._variants:
            self._variants[given] = self._make_variant(given)
        return self._variants[given]

    def _make_variant(self, given: frozenset[str]) -> Variant:
        """The model in which `given` identifiers are set from outside."""
        document = self._document.clone()
        file = document.getModel()
        places, free = {}, set()
        own = [name for name in self.parameters.index if file.getParameter(name) is not None]
        for identifier in sorted({*given, *own}):
            element = file.getElementBySId(identifier)
            if element is None:
                continue
            if self._is_plain(file, identifier):
                file.removeInitialAssignment(identifier)
                file.getParameter(identifier).setValue(self._some_value(identifier))
                places[identifier] = identifier
            else:
                places[identifier] = _begin_with(file, identifier, self._some_value(identifier))
            free.add(places[identifier])
        data = libsbml.writeSBMLToString(document).encode()
        imported = import_text(data, self._sbml, free=frozenset(free))
        model = models.from_text(imported.model, f"{imported.name}.toml")
        settable = set(model.parameters.index)
        for identifier, parameter in places.items():
            spelled = imported.names.get(parameter, "")
            if spelled not in settable:
                raise Refused(self.source, [f"'{identifier}' cannot be set in the model"])
            places[identifier] = spelled
        value, unit = imported.time_unit.split()
        length = float(value) * _DAYS[unit]
        folder = Path(self._folder) / str(len(self._variants))
        folder.mkdir()
        (folder / f"{imported.name}.toml").write_text(imported.model, encoding="utf-8")
        made = scenario.from_text(imported.scenario, str(folder / "scenario.toml"))
        return Variant(imported, made, places, length)

    def _is_plain(self, file: libsbml.Model, identifier: str) -> bool:
        """A parameter that nothing changes: it is set as such; all else by how it begins."""
        parameter = file.getParameter(identifier)
        if parameter is None or file.getRateRuleByVariable(identifier) is not None:
            return False
        return not any(
            event.getEventAssignmentByVariable(identifier) is not None
            for event in file.getListOfEvents()
        )

    def _some_value(self, identifier: str) -> float:
        if identifier in self.parameters.index:
            return float(self.parameters.at[identifier, "nominal"])
        for condition in self._conditions.values():
            if identifier in condition:
                return self._number(condition[identifier], self.nominal)
        return 0.0

    @property
    def nominal(self) -> dict[str, float]:
        """Nominal values of all parameters."""
        return self.parameters["nominal"].to_dict()

    def _number(self, given: str | float, values: Mapping[str, float]) -> float:
        if isinstance(given, float):
            return given
        if given in values:
            return values[given]
        parameter = self._document.getModel().getParameter(given)
        if parameter is None or not parameter.isSetValue():
            raise InputError(f"{self.source}: error: '{given}' has no value")
        return float(parameter.getValue())

    @property
    def day(self) -> float:
        """Length of the model's unit of time [d]."""
        return self._variant(frozenset()).length

    # ---- running ----

    def _settings(
        self, variant: Variant, given: Mapping[str, str | float], values: Mapping[str, float]
    ) -> dict[str, float]:
        """Parameters of the model under a condition."""
        found = {variant.places[name]: values[name] for name in values if name in variant.places}
        found |= {
            variant.places[name]: self._number(one, values)
            for name, one in given.items()
            if name in variant.places
        }
        return found

    def _case(
        self, variant: Variant, settings: Mapping[str, float], times: Iterable[float]
    ) -> Case:
        """A run with records at times of the file."""
        moments = sorted({round(time * variant.length * NANOSECONDS) for time in times})
        until = max(moments[-1], 1)
        output = (
            ("run.until", f"{until} ns"),
            ("run.tolerance", str(EXACT)),
            ("run.largest_step", f"{until / 100:.17g} ns"),
            ("output.every", f"{until} ns"),
            ("output.times", "common"),
            ("output.also_at", "[" + ", ".join(f'"{t} ns"' for t in moments) + "]"),
        )
        own = tuple((f"parameters.{name}", repr(value)) for name, value in settings.items())
        return Case(variant.scenario, own + output)

    def _run(self, cases: list[Case], jobs: int = 0) -> list[CaseResult]:
        if self._engine is None:
            self._engine = Engine(interpreter=True)  # small models, many of them
        self.runs += len(cases)
        results = self._engine.run(cases, jobs=jobs)
        for result in results:
            if result.status != "complete":
                raise InputError(f"{self.source}: error: a run is {result.status}: {result.reason}")
        return results

    def _before(self, points: list[Mapping[str, float]]) -> dict[tuple[int, str], dict[str, float]]:
        """What changes, at the steady state of the conditions before, by point and condition."""
        names = sorted({one.before for one in self._experiments if one.before})
        keys = [(k, name) for k in range(len(points)) for name in names]
        cases = []
        for k, name in keys:
            given = self._conditions[name]
            variant = self._variant(frozenset(given))
            decades = [
                10.0**power
                for power in range(LATEST + 1)
                if 10.0**power * variant.length <= LONGEST
            ]
            cases.append(self._case(variant, self._settings(variant, given, points[k]), decades))
        found = {}
        for (k, name), result in zip(keys, self._run(cases) if cases else []):
            variant = self._variant(frozenset(self._conditions[name]))
            found[k, name] = self._steady(name, variant, result)
        return found

    def _steady(self, condition: str, variant: Variant, result: CaseResult) -> dict[str, float]:
        """What changes, of a run that has come to rest."""
        state = {}
        for identifier, course in _courses(variant, result).items():
            if self._document.getModel().getAssignmentRuleByVariable(identifier) is not None:
                continue  # it follows from the others
            last, earlier = course[-1], course[-2]
            largest = float(np.abs(course).max())
            if abs(last - earlier) > STEADY * max(abs(last), 1e-3 * largest):
                raise InputError(
                    f"{self.source}: error: condition '{condition}' comes to no steady state: "
                    f"'{identifier}' goes from {earlier:.6g} to {last:.6g} within the last decade "
                    f"of {result.reached:.3g} d"
                )
            state[identifier] = float(last)
        return state

    def simulations(self, points: list[Mapping[str, float]]) -> tuple[np.ndarray, np.ndarray]:
        """What observables are, and their noise, (k, m) each: of k points, by measurement."""
        before = self._before(points)
        cases, tasks = [], []
        for k, values in enumerate(points):
            for one in self._experiments:
                given: dict[str, str | float] = dict(before.get((k, one.before), {}))
                given |= self._conditions[one.condition]
                variant = self._variant(frozenset(given))
                times = self.measurements["time"].iloc[one.rows]
                settings = self._settings(variant, given, values)
                cases.append(self._case(variant, settings, times))
                tasks.append((k, one, variant, given))
        simulated = np.full((len(points), len(self.measurements)), math.nan)
        noise = simulated.copy()
        for (k, one, variant, given), result in zip(tasks, self._run(cases)):
            courses = _courses(variant, result)
            times = result.time[~result.after_jump]
            for row in one.rows:
                time = float(self.measurements["time"].iloc[row])
                place = int(np.argmin(np.abs(times - time * variant.length)))
                states = {name: float(course[place]) for name, course in courses.items()}
                simulated[k, row], noise[k, row] = self._observed(
                    row, states, given, points[k], variant, time
                )
        return simulated, noise

    def _observed(
        self,
        row: int,
        states: Mapping[str, float],
        given: Mapping[str, str | float],
        values: Mapping[str, float],
        variant: Variant,
        time: float,
    ) -> tuple[float, float]:
        one = self._observables[self.measurements["observable"].iloc[row]]
        placed = self._placeholders[row]

        def value(name: str) -> float | None:
            if name in placed:
                return self._number(placed[name], values)
            if name in states:
                return states[name]
            if name in given:
                return self._number(given[name], values)
            if name in values:
                return values[name]
            return variant.imported.initial.get(name)

        def value_or_observed(name: str) -> float | None:
            return simulated if name == one.name else value(name)

        simulated = formulas.evaluate(one.formula, value, time)
        noise = formulas.evaluate(one.noise, value_or_observed, time)
        for what, found, formula in (
            ("observable", simulated, one.formula),
            ("noise of", noise, one.noise),
        ):
            if found is None:
                lacking = sorted(name for name in formula.names() if value(name) is None)
                raise InputError(
                    f"{self.source}: error: {what} '{one.name}' reads {', '.join(lacking)}, which "
                    "is neither in the model nor in the tables"
                )
        assert simulated is not None and noise is not None
        return simulated, noise

    # ---- the likelihood ----

    def terms(self, simulated: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residuals in units of the noise, and log-likelihoods, by measurement."""
        residual = np.full(len(simulated), math.nan)
        llh = residual.copy()
        for row, (name, measured) in enumerate(
            zip(self.measurements["observable"], self.measurements["measurement"])
        ):
            one = self._observables[name]
            transform, factor = _SCALES[one.transformation]
            y, sigma = simulated[row], noise[row]
            if not sigma > 0.0 or (one.transformation != "lin" and not y > 0.0):
                continue
            residual[row] = (transform(measured) - transform(y)) / sigma
            spread = sigma * (measured * factor if factor else 1.0)
            if one.distribution == "normal":
                llh[row] = -0.5 * math.log(2.0 * math.pi * spread**2) - 0.5 * residual[row] ** 2
            else:
                llh[row] = -math.log(2.0 * spread) - abs(residual[row])
        return residual, llh

    def _values(self, parameters: Mapping[str, float] | None) -> dict[str, float]:
        values = self.nominal
        for name, value in (parameters or {}).items():
            if name not in values:
                raise InputError(f"the problem has no parameter '{name}'")
            values[name] = float(value)
        return values

    def simulate(self, parameters: Mapping[str, float] | None = None) -> pd.DataFrame:
        """The measurements with `simulation`, `noise`, `residual` (in units of the noise) and `llh`,
        at the nominal values where `parameters` (linear scale) gives no other."""
        simulated, noise = self.simulations([self._values(parameters)])
        residual, llh = self.terms(simulated[0], noise[0])
        return self.measurements.assign(
            simulation=simulated[0], noise=noise[0], residual=residual, llh=llh
        )

    def llh(self, parameters: Mapping[str, float] | None = None) -> float:
        """Log-likelihood."""
        return float(self.simulate(parameters)["llh"].sum(skipna=False))

    def chi2(self, parameters: Mapping[str, float] | None = None) -> float:
        """Sum of squared residuals."""
        return float((self.simulate(parameters)["residual"] ** 2).sum(skipna=False))

    def laplace(self) -> np.ndarray:
        """Which measurements have noise of Laplace's distribution, (m,)."""
        return np.array(
            [
                self._observables[name].distribution == "laplace"
                for name in self.measurements["observable"]
            ]
        )

    def noise_is_fitted(self, row: int) -> bool:
        """Whether the noise of a measurement hangs on what is estimated or simulated."""
        one = self._observables[self.measurements["observable"].iloc[row]]
        placed = self._placeholders[row]
        names = {placed.get(name, name) for name in one.noise.names()}
        fixed = set(self.parameters.index[~self.parameters["estimated"]])
        return any(isinstance(name, str) and name not in fixed for name in names)

    def estimated(self) -> list[Parameter]:
        """What is fitted, each flat over its range on its scale."""
        return [
            Parameter(
                str(name),
                float(row["nominal"]),
                "1",
                float(row["low"]),
                float(row["high"]),
                "uniform" if row["scale"] == "lin" else "loguniform",
            )
            for name, row in self.parameters[self.parameters["estimated"]].iterrows()
        ]

    def calibrate(
        self,
        *,
        profiles: bool | Iterable[str] = True,
        points: int = 13,
        starts: int = 4,
        seed: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> PetabFit:
        """Maximum likelihood over the bounds, with profiles; options as of neocol.calibrate."""
        from neocol.calibration.petab_fit import fit

        return fit(self, profiles, points, starts, seed, progress)

    def __repr__(self) -> str:
        return (
            f"<PEtab problem {self.source}: {len(self.measurements)} measurements, "
            f"{len(self._conditions)} conditions, {int(self.parameters['estimated'].sum())} of "
            f"{len(self.parameters)} parameters estimated>"
        )


_DAYS = {
    "ns": 1.0 / NANOSECONDS,
    "us": 1e3 / NANOSECONDS,
    "ms": 1e6 / NANOSECONDS,
    "s": 1.0 / 86400.0,
    "min": 1.0 / 1440.0,
    "h": 1.0 / 24.0,
    "d": 1.0,
    "week": 7.0,
}


def load_petab(path: str | Path) -> PetabProblem:
    """A PEtab problem (version 1) from its YAML file.

    Raises Refused, with every reason, for what is not read; InputError naming file, row and column;
    FileError.
    """
    return PetabProblem(read_files(path))


def _formula(table: Table, row: int, column: str) -> Node:
    """A formula as PEtab writes it: `log` is the natural logarithm."""
    settings = libsbml.L3ParserSettings()
    settings.setParseLog(libsbml.L3P_PARSE_LOG_AS_LN)
    text = table.needed(row, column)
    tree = libsbml.parseL3FormulaWithSettings(text, settings)
    if tree is None:
        raise table.fault(row, column, f"'{text}' is no formula")
    try:
        return formulas.read(tree, "the formula")
    except NotCarried as reason:
        raise table.fault(row, column, str(reason)) from None


def _begin_with(file: libsbml.Model, identifier: str, value: float) -> str:
    """Lets a value of the model begin at a new parameter, whose identifier is given back."""
    new = f"beginning_of_{identifier}"
    while file.getElementBySId(new) is not None:
        new += "_"
    parameter = file.createParameter()
    parameter.setId(new)
    parameter.setConstant(True)
    parameter.setValue(value)
    file.removeInitialAssignment(identifier)
    assignment = file.createInitialAssignment()
    assignment.setSymbol(identifier)
    assignment.setMath(libsbml.parseL3Formula(new))
    return new


def _courses(variant: Variant, result: CaseResult) -> dict[str, np.ndarray]:
    """Courses by identifier of the file; at a jump the values before it."""
    before = ~result.after_jump
    return {
        identifier: result.observables[name][before]
        for identifier, name in variant.imported.observables.items()
        if name in result.observables
    }
