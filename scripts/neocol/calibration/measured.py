"""Parameters of any model fitted to measurements: `neocol.calibrate`.

    fit = neocol.calibrate("my_model.toml", data="biopsies.csv", parameters=["k_*"])
    fit.parameters      # declared, fitted, 95 % interval, by name
    fit.measurements    # the table with what the fitted model gives beside it
    fit.profiles["k_d"] # rise of -2 log L along a parameter, the others refitted
    neocol.load("my_scenario.toml").set(fit.settings).run()
"""
from __future__ import annotations

import difflib
import fnmatch
import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from neocol.calibration.stages import (
    ENOUGH,
    Profiled,
    Stage,
    at_value,
    cost,
    minimise,
    profile_along,
)
from neocol.cases import Case, CaseResult, Engine
from neocol.errors import InputError
from neocol.figures.result_plots import Figures
from neocol.parameters import Parameter, parameters_of
from neocol.quantities import as_setting
from neocol.results import measurement_table, read_measurements
from neocol.scenario import Scenario, from_text, load, scenario_or_model
from neocol.units import UnitError, conversion_factor
from scipy.stats import qmc

FAILED = 100.0  # residual of a measurement whose run could not be made
EXACT = 1e-8  # tolerance of the scenario that is made up for a model
REFINED = 4  # halvings of the intervals in which a profile rises through 3.84
NANOSECONDS = 86_400_000_000_000  # of a day


@dataclass(frozen=True)
class Fitted:
    """What measurements say of parameters.

    parameters    DataFrame by name: unit, declared, fitted, low and high (95 %, by the profile where
                  there is one, else linearised), range_low and range_high as declared, told: how
                  much narrower than the range the interval is; near 0 the data say nothing
    measurements  DataFrame: the table as given, with `simulated` (in the unit of the row) and
                  `residual` (in standard errors)
    profiles      by name a DataFrame over the range: value, rise (of -2 log likelihood)
    cost          sum of squared residuals, and of the declared values `declared_cost`
    noise         standard deviation of measurements that give none, by observable, in its unit
    settings      fitted values as `Scenario.set` takes them
    runs          that were needed
    """

    parameters: pd.DataFrame
    measurements: pd.DataFrame
    profiles: dict[str, pd.DataFrame]
    cost: float
    declared_cost: float
    noise: dict[str, float]
    settings: dict[str, str]
    runs: int

    def __repr__(self) -> str:
        table = self.parameters[["unit", "declared", "fitted", "low", "high", "told"]]
        return (
            f"{table.to_string(float_format='{:.4g}'.format)}\n"
            f"sum of squares {self.declared_cost:.4g} as declared, {self.cost:.4g} fitted, "
            f"of {len(self.measurements)} measurements; {self.runs} runs"
        )

    def _repr_html_(self) -> str:
        return self.parameters.to_html(float_format="{:.4g}".format)

    def plot(self) -> Figures:
        """Measured against simulated, and the profiles."""
        from neocol.figures.fits import fit_pages
        from neocol.figures.style import style

        with style():
            return Figures({name: page.figure for name, page in fit_pages(self).items()})


@dataclass(frozen=True)
class Condition:
    """What one run is compared with: rows of the table."""

    case: Case
    rows: np.ndarray
    names: list[str]  # observables of the rows
    times: np.ndarray  # [d]
    factors: np.ndarray  # from the model's unit to that of the row


class MeasuredProblem:
    """Measurements as a function of parameters (neocol.calibration.least_squares.Problem)."""

    def __init__(
        self,
        conditions: list[Condition],
        parameters: list[Parameter],
        values: np.ndarray,
        errors: np.ndarray,
        run: Callable[[list[Case]], list[CaseResult]],
        step: float,
        with_prior: bool,
    ) -> None:
        self.conditions, self.parameters = conditions, parameters
        self.values, self.errors, self.run, self.step = values, errors, run, step
        self.prior_sd = 0.25 if with_prior else math.inf
        self.start = np.array([unit_share(p, p.value) for p in parameters])
        self.topics = np.array(["measured"] * len(values))
        self.runs = 0
        self._known: dict[bytes, np.ndarray] = {}

    def settings(self, u: np.ndarray) -> tuple[tuple[str, str], ...]:
        """Parameters at a point of the unit cube."""
        return tuple(
            (f"parameters.{p.name}", p.text(float(p.quantile(share))))
            for p, share in zip(self.parameters, u)
        )

    def results(self, points: np.ndarray) -> list[CaseResult]:
        """Results by point and condition."""
        cases = [
            Case(one.case.scenario, one.case.settings + self.settings(u))
            for u in points
            for one in self.conditions
        ]
        self.runs += len(cases)
        return self.run(cases)

    def simulated(self, points: np.ndarray) -> np.ndarray:
        """(k, n) points to (k, m) values in the units of the rows; NaN where a run failed."""
        points = np.atleast_2d(points)
        new = [u for u in points if u.tobytes() not in self._known]
        if new:
            results = self.results(np.array(new))
            n = len(self.conditions)
            for k, u in enumerate(new):
                self._known[u.tobytes()] = self._line(results[k * n : (k + 1) * n])
        return np.array([self._known[u.tobytes()] for u in points])

    def _line(self, results: list[CaseResult]) -> np.ndarray:
        line = np.full(len(self.values), math.nan)
        for condition, result in zip(self.conditions, results):
            if result.status != "complete":
                continue
            before = ~result.after_jump
            times = result.time[before]
            places = np.searchsorted(times, condition.times - 1e-9)
            for k, (row, name) in enumerate(zip(condition.rows, condition.names)):
                value = result.observables[name][before][min(places[k], len(times) - 1)]
                line[row] = value * condition.factors[k]
        return line

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """(k, n) points to (k, m) residuals, in standard errors."""
        found = (self.simulated(points) - self.values) / self.errors
        return np.where(np.isfinite(found), found, FAILED)


def unit_share(parameter: Parameter, value: float) -> float:
    """Share of the declared distribution below a value, within it."""
    if parameter.logarithmic:
        share = math.log(value / parameter.low) / math.log(parameter.high / parameter.low)
    else:
        share = (value - parameter.low) / (parameter.high - parameter.low)
    return min(max(share, 0.0), 1.0)


def calibrate(
    what: str | Path | Scenario,
    data: str | Path | pd.DataFrame,
    parameters: Iterable[str],
    *,
    settings: Mapping[str, object] | None = None,
    profiles: bool | Iterable[str] = True,
    points: int = 13,
    prior: bool = False,
    starts: int = 4,
    jobs: int = 0,
    store: str | Path | None = None,
    seed: int = 1,
    interpreter: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Fitted:
    """Fits parameters to measurements by maximum likelihood, and says how well these tell them.

    what        a scenario, or the name or file of a scenario or of a model; of a model, a
                well-mixed scenario is made up that lasts until the last measurement
    data        a table (docs/plotting.md, "Measurements"): time [d], observable, value, unit; sd and
                n, of which the standard error is sd / sqrt(n). Of an observable without any sd the
                noise is estimated. A column `scenario` names the scenario of a row; a column with a
                dot in its name, such as `parameters.dose`, is set in it
    parameters  names, or patterns such as "k_*" of those with a declared range
    settings    set in every scenario
    profiles    whose likelihood is followed over the range, the others refitted: all, none, names
    points      of a profile
    prior       whether the declared value, with a quarter of the range as standard deviation, counts
                as an observation
    starts      of the search, a Latin hypercube and the declared values; the best counts
    store       folder that keeps runs, so that an interrupted fit goes on
    progress    called with the number of runs so far

    Raises InputError naming file, row and column for an unknown observable or scenario, a wrong
    unit, a time outside the run, or a run that fails at the declared values.
    """
    measured, path = _table(data)
    base = _base(what, measured)
    given = tuple((base.key(key), as_setting(value)) for key, value in (settings or {}).items())
    chosen = _parameters(base, parameters)
    conditions = _conditions(base, measured, path, given)
    values = measured["value"].to_numpy(float)
    errors, unknown = _errors(measured)

    wanted = sorted(set(measured["observable"]))
    engine = Engine(needed=wanted, interpreter=interpreter)

    def run(cases: list[Case]) -> list[CaseResult]:
        results = engine.run(cases, observables=wanted, store=store, jobs=jobs)
        if progress is not None:
            progress(problem.runs)
        return results

    tolerance = base.number("run.tolerance")
    step = min(max(10.0 * math.sqrt(tolerance), 1e-3), 0.05)
    problem = MeasuredProblem(conditions, chosen, values, errors, run, step, prior)
    _refuse_failures(problem, path)
    begun = problem.start.copy()

    def settle_noise(u: np.ndarray) -> np.ndarray:
        for _ in range(3 if unknown else 0):  # noise and optimum in turn
            _estimate_noise(problem, u, measured, unknown)
            u = minimise(problem, u, _whole(problem))
        return u

    u, profiled = optimum_and_profiles(problem, starts, seed, profiles, points, settle_noise)
    return fitted(problem, u, begun, measured, profiled, unknown)


def optimum_and_profiles(
    problem,
    starts: int,
    seed: int,
    profiles: bool | Iterable[str],
    points: int,
    settle: Callable[[np.ndarray], np.ndarray] = lambda u: u,
) -> tuple[np.ndarray, dict[str, Profiled]]:
    """The best of several starts and the profiles about it; `settle` moves the optimum on before
    they are made."""
    u = settle(_search(problem, starts, seed))
    profiled = _profiles(problem, u, problem.parameters, profiles, points)
    best = min(profiled.values(), key=lambda one: one.base, default=None)
    if best is not None and best.base < cost(problem, u, *_all(problem)):
        u = best.points[int(np.argmin(best.cost))]  # a profile came upon a better optimum
    return u, profiled


def _table(data: str | Path | pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The measurements, and what messages call their table."""
    if isinstance(data, pd.DataFrame):
        return measurement_table(data), "measurements"
    return read_measurements(data), str(data)


def _base(what: str | Path | Scenario, measured: pd.DataFrame) -> Scenario:
    """The scenario of rows that name none."""
    named = scenario_or_model(what)
    if named is not None:
        return named
    text = str(what)
    until = max(float(measured["time"].max()), 1e-6)
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return from_text(
        f'title = "Calibration"\nmodel = "{quoted}"\n[domain]\ngeometry = "well_mixed"\n'
        f'[run]\nuntil = "{round(until * NANOSECONDS)} ns"\ntolerance = {EXACT}\n',
        "calibration.toml",
    )


def _parameters(base: Scenario, patterns: Iterable[str]) -> list[Parameter]:
    known = parameters_of(base.model.description)
    chosen: dict[str, Parameter] = {}
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        found = fnmatch.filter(known, pattern)
        if not found:
            near = difflib.get_close_matches(pattern, known, 1)
            raise InputError(
                f"the model has no parameter '{pattern}'"
                + (f"; did you mean '{near[0]}'?" if near else "")
            )
        is_pattern = pattern not in known
        for name in found:
            if known[name].ranged:
                chosen[name] = known[name]
            elif not is_pattern:
                raise InputError(
                    f"'{name}' declares no range and distribution: it may not move\n  declare "
                    'them in the model file: range = [low, high], distribution = "loguniform"'
                )
    if not chosen:
        raise InputError("no parameter with a declared range is named")
    return list(chosen.values())


def _conditions(
    base: Scenario, measured: pd.DataFrame, path: str, given: tuple[tuple[str, str], ...]
) -> list[Condition]:
    keys = [name for name in measured.columns if "." in name]
    scenarios = measured["scenario"] if "scenario" in measured else [""] * len(measured)
    groups: dict[tuple, list[int]] = {}
    for row, scenario in enumerate(scenarios):
        named = "" if pd.isna(scenario) else str(scenario)
        own = tuple((key, _cell(measured[key].iloc[row])) for key in keys)
        groups.setdefault((named, tuple(pair for pair in own if pair[1])), []).append(row)
    loaded = {"": base}
    conditions = []
    for (named, own), rows in groups.items():
        if named not in loaded:
            try:
                loaded[named] = load(named)
            except (InputError, OSError) as error:
                raise InputError(
                    f"{path}: data row {rows[0] + 1}, column 'scenario': {error}"
                ) from None
        conditions.append(_condition(loaded[named], measured, path, np.array(rows), given + own))
    return conditions


def _cell(value: object) -> str:
    return "" if pd.isna(value) else as_setting(value)


def _condition(
    scenario: Scenario,
    measured: pd.DataFrame,
    path: str,
    rows: np.ndarray,
    settings: tuple[tuple[str, str], ...],
) -> Condition:
    known = scenario.model.observables
    try:
        until = scenario.set(dict(settings)).number("run.until", "d")
    except InputError as error:
        raise InputError(f"{path}: data row {rows[0] + 1}: {error}") from None
    factors = []
    for row in rows:
        name, where = (str(measured["observable"].iloc[row]), f"{path}: data row {row + 1}")
        if name not in known.index:
            near = difflib.get_close_matches(name, known.index, 1)
            way_out = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known.index)}"
            raise InputError(f"{where}, column 'observable': no '{name}' in the model; {way_out}")
        try:
            factors.append(conversion_factor(known.at[name, "unit"], measured["unit"].iloc[row]))
        except UnitError as error:
            raise InputError(f"{where}, column 'unit': {error}") from None
        time = float(measured["time"].iloc[row])
        if not 0.0 <= time <= until * (1.0 + 1e-12):
            raise InputError(
                f"{where}, column 'time': day {time:g} is not within the run, which ends on day "
                f"{until:g}"
            )
    times = np.array([round(t * NANOSECONDS) for t in measured["time"].iloc[rows]])
    records = ", ".join(f'"{t} ns"' for t in sorted(set(times.tolist())))
    output = (
        ("output.every", f"{round(until * NANOSECONDS)} ns"),
        ("output.times", "common"),
        ("output.also_at", f"[{records}]"),
    )
    return Condition(
        Case(scenario, settings + output),
        rows,
        [str(name) for name in measured["observable"].iloc[rows]],
        times / NANOSECONDS,
        np.array(factors),
    )


def _errors(measured: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Standard error of every row; observables none of whose rows gives one, whose noise is to be
    estimated and is first taken as a tenth of their largest value."""
    n = measured["n"].fillna(1.0).clip(lower=1.0).to_numpy(float)
    errors = measured["sd"].to_numpy(float) / np.sqrt(n)
    unknown = []
    for name, rows in measured.groupby("observable").indices.items():
        good = errors[rows][errors[rows] > 0.0]
        if not len(good):
            unknown.append(str(name))
            largest = float(np.abs(measured["value"].to_numpy(float)[rows]).max())
            good = np.array([0.1 * largest or 1.0])
        errors[rows] = np.where(errors[rows] > 0.0, errors[rows], np.median(good))
    return errors, unknown


def _estimate_noise(
    problem: MeasuredProblem, u: np.ndarray, measured: pd.DataFrame, unknown: list[str]
) -> None:
    """Sets the errors of observables without any to the spread of their residuals."""
    off = problem.simulated(u)[0] - problem.values
    share = len(problem.parameters) / len(problem.values)
    for name in unknown:
        rows = measured.groupby("observable").indices[name]
        freedom = max(len(rows) * (1.0 - share), 1.0)
        smallest = 1e-9 * max(float(np.abs(problem.values[rows]).max()), 1e-300)
        spread = math.sqrt(float(np.nansum(off[rows] ** 2)) / freedom)
        problem.errors[rows] = max(spread, smallest)


def _refuse_failures(problem: MeasuredProblem, path: str) -> None:
    for condition, result in zip(problem.conditions, problem.results(problem.start[None, :])):
        if result.status != "complete":
            raise InputError(
                f"{path}: data row {condition.rows[0] + 1}: the run it is compared with is "
                f"{result.status} at the declared values: {result.reason}"
            )


def _all(problem: MeasuredProblem) -> tuple[np.ndarray, np.ndarray]:
    return np.ones(len(problem.values), bool), np.arange(len(problem.parameters))


def _whole(problem: MeasuredProblem) -> Stage:
    keep, free = _all(problem)
    return Stage("all", free, keep)


def _search(problem: MeasuredProblem, starts: int, seed: int) -> np.ndarray:
    """The best minimum from several starts."""
    n = len(problem.parameters)
    begins = [problem.start]
    if starts > 1:
        begins += list(qmc.LatinHypercube(n, seed=seed).random(starts - 1))
    found = [minimise(problem, u, _whole(problem), with_declared=False) for u in begins]
    return min(found, key=lambda u: cost(problem, u, *_all(problem)))


def _profiles(
    problem: MeasuredProblem,
    u: np.ndarray,
    chosen: Sequence[Parameter],
    wanted: bool | Iterable[str],
    points: int,
) -> dict[str, Profiled]:
    names_of = [p.name for p in chosen]
    asked = names_of if wanted is True else [] if wanted is False else list(wanted)
    for name in asked:
        if name not in names_of:
            raise InputError(f"no profile of '{name}': it is not among those fitted")
    sd = linearised_sd(problem, u)
    found = {}
    for name in asked:
        one = names_of.index(name)
        # Dense where it rises, and at the ends of the range.
        low, high = np.clip([u[one] - 4.0 * sd[one], u[one] + 4.0 * sd[one]], 0.01, 0.99)
        grid = np.union1d(np.linspace(low, high, points), [0.01, 0.99])
        profiled = profile_along(problem, _whole(problem), u, one, grid)
        for _ in range(REFINED):
            profiled = _refined(problem, profiled)
        found[name] = profiled
    return found


def _refined(problem: MeasuredProblem, profiled: Profiled) -> Profiled:
    """With a point more in the middle of each interval in which it rises through 3.84."""
    is_above = profiled.cost > ENOUGH
    for k in reversed(np.flatnonzero(is_above[1:] != is_above[:-1])):
        nearer = k if profiled.cost[k] < profiled.cost[k + 1] else k + 1
        middle = 0.5 * (profiled.u[k] + profiled.u[k + 1])
        one = profiled.parameter
        at, height = at_value(problem, _whole(problem), profiled.points[nearer], one, middle)
        costs = np.insert(profiled.cost + profiled.base, k + 1, height)
        profiled = Profiled(
            one,
            np.insert(profiled.u, k + 1, middle),
            costs - costs.min(),
            float(costs.min()),
            np.insert(profiled.points, k + 1, at, axis=0),
        )
    return profiled


def linearised_sd(problem: MeasuredProblem, u: np.ndarray) -> np.ndarray:
    """Standard deviations on the unit interval where residuals are linear."""
    residual = problem.residuals(u)[0]
    steps = np.where(u < 0.5, problem.step, -problem.step)
    jacobian = ((problem.residuals(u + np.diag(steps)) - residual) / steps[:, None]).T
    # A direction of which nothing is told has the whole range.
    least = 1.0 / min(problem.prior_sd, 1.0) ** 2
    size, direction = np.linalg.eigh(jacobian.T @ jacobian + least * np.eye(len(u)))
    return np.sqrt((direction**2 / np.maximum(size, least)).sum(axis=1))


def _crossings(u: np.ndarray, rise: np.ndarray) -> tuple[float, float]:
    """Where a profile rises through 3.84 on both sides of its minimum, linearly between points of
    the square root of the rise."""
    best = int(np.argmin(rise))
    root = np.sqrt(np.maximum(rise, 0.0))
    limit = math.sqrt(ENOUGH)

    def side(order: Iterable[int]) -> float:
        for a, b in itertools.pairwise(order):
            if root[b] > limit:
                share = (limit - root[a]) / (root[b] - root[a])
                return float(u[a] + share * (u[b] - u[a]))
        return math.nan

    low, high = side(range(best, -1, -1)), side(range(best, len(u)))
    return (0.0 if math.isnan(low) else low), (1.0 if math.isnan(high) else high)


def fitted(
    problem,
    u: np.ndarray,
    begun: np.ndarray,
    measured: pd.DataFrame,
    profiled: dict[str, Profiled],
    unknown: list[str],
) -> Fitted:
    """What a problem's optimum and profiles say; its first residuals are of the measurements."""
    residual = problem.residuals(u)[0]
    half = 1.96 * linearised_sd(problem, u)
    rows = []
    for k, p in enumerate(problem.parameters):
        if p.name in profiled:
            low, high = _crossings(profiled[p.name].u, profiled[p.name].cost)
        else:
            low, high = np.clip([u[k] - half[k], u[k] + half[k]], 0.0, 1.0)
        rows.append(
            {
                "parameter": p.name,
                "unit": p.unit,
                "declared": p.value,
                "fitted": p.quantile(float(u[k])),
                "low": p.quantile(float(low)),
                "high": p.quantile(float(high)),
                "range_low": p.low,
                "range_high": p.high,
                "told": 1.0 - float(high - low),
            }
        )
    table = measured.copy()
    table["simulated"] = problem.simulated(u)[0]
    table["residual"] = residual[: len(table)]
    by_name = {p.name: p for p in problem.parameters}
    return Fitted(
        pd.DataFrame(rows).set_index("parameter"),
        table,
        {
            name: pd.DataFrame(
                {"value": [by_name[name].quantile(float(x)) for x in one.u], "rise": one.cost}
            )
            for name, one in profiled.items()
        },
        float(residual @ residual),
        float(np.sum(problem.residuals(begun)[0] ** 2)),
        {
            name: float(problem.errors[measured.groupby("observable").indices[name]][0])
            for name in unknown
        },
        dict(problem.settings(u)),
        problem.runs,
    )
