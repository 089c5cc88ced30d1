"""Runs the scenarios that rows need and takes readings of them, as declared and over draws.

    bench = Bench(CaseRunner(cache), scenarios, models, parameters)
    bench.run(sources, sample)
    bench.value(check).interval()
"""
from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from neocol.errors import InputError
from neocol.parameters import Parameter, ParameterError, Sample, quantity
from neocol.scenario import Scenario, load
from neocol.validation.assays import (
    ASSAYS,
    NoQuantity,
    _named,
    constants,
    depth_is_given,
    geometry,
    measure,
    scar_depth,
    standard_knobs,
)
from neocol.validation.rows import Check, Reading
from neocol.validation.runs import Case, CaseError, CaseRunner, Run

SCAR = ("scar_depth", "scar_grade")
GRADES = 4  # of the scale: a grade is a quarter of a scar's depth
GEOMETRIC = ("channel", "puncture_count", "insertion_force")
OVER_PERSONS = ("share_detected", "share_improved", "share_halved")
MEASURED = ("abstract", "code", "secondary", "derived")  # evidence that names a source
PERSONS = 40  # of a cohort, whose share is read
Source = tuple[str, tuple[tuple[str, str], ...]]  # scenario, settings
FINE = {"domain.spacing": "20 um", "run.tolerance": "1e-4"}
DRAWN = {"domain.spacing": "60 um", "run.tolerance": "3e-3"}  # resolution of the draws
# Wide wounds have graded grids, of 40 to 150 um by factors of 1.2, for draws too: where their edge
# falls between cells, what is cut in part keeps old matrix, which reads as healed.
GRADED_FINE = '{ smallest = "20 um", largest = "75 um", growth = 1.1 }'
DECLARED, AS_DRAWN, AS_FINE = (-1, -2, -3)  # the declared model: as usual, as the draws, finely
FIRST_PERSON = -10  # the declared model in persons: -10, -11, ...


@dataclass(frozen=True)
class Value:
    """A reading of the declared model and of every draw; NaN where a draw failed.

    error: how far the resolution of the draws is off, and `central_error` the usual one: readings
    of the declared model less those of its fine run; NaN if it was not measured. `widened` is what
    of it enters the interval, on both sides.
    """

    central: float
    draws: np.ndarray = field(default_factory=lambda: np.zeros(0))
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0))
    error: float = math.nan
    central_error: float = math.nan
    widened: float = 0.0

    def interval(self, share: float = 0.9) -> tuple[float, float] | None:
        """Central interval that holds this share of the draws; None without draws."""
        good = np.isfinite(self.draws)
        if good.sum() < 2:
            return None
        order = np.argsort(self.draws[good])
        values, weights = self.draws[good][order], self.weights[good][order]
        cumulated = (np.cumsum(weights) - 0.5 * weights) / weights.sum()
        tail = 0.5 * (1.0 - share)
        return (
            float(np.interp(tail, cumulated, values)) - self.widened,
            float(np.interp(1.0 - tail, cumulated, values)) + self.widened,
        )


def _drawn_knobs(n: int, seed: int) -> list[dict[str, float]]:
    """Draws of the assays' constants, those without a distribution as declared."""
    generator = np.random.default_rng(seed)
    columns = {
        one.name: [one.quantile(share) for share in generator.random(n)]
        for one in constants().values()
        if one.ranged
    }
    return [
        standard_knobs() | {name: float(column[k]) for name, column in columns.items()}
        for k in range(n)
    ]


def _without_constants(settings: dict[str, str]) -> dict[str, str]:
    """What is set of runs: they do not depend on constants of the assays."""
    return {
        key: value
        for key, value in settings.items()
        if key.removeprefix("parameters.") not in constants()
    }


def _constants_in(settings: dict[str, str]) -> dict[str, float]:
    """Constants of the assays among what is set, in their units. Raises ParameterError for one
    that is no quantity of the unit."""
    found = {}
    for name, one in constants().items():
        if f"parameters.{name}" not in settings:
            continue
        value, unit = quantity(settings[f"parameters.{name}"])
        if unit != one.unit:
            raise ParameterError(f"'{name}' is given in {one.unit}, not '{unit}'")
        found[name] = value
    return found


class _Asked(dict):
    """Observables that note which of them are asked for; `has_all`: what a model declares."""

    def __init__(self, asked: set[str], has_all: bool) -> None:
        super().__init__()
        self.asked, self.has_all = asked, has_all

    def __contains__(self, name: object) -> bool:
        return self.has_all

    def __getitem__(self, name: str) -> np.ndarray:
        self.asked.add(name)
        return np.array([0.5, 0.5])


class _AskedRun(Run):
    """A run of some skin."""

    def layers(self) -> dict[str, float]:
        return {"papillary_dermis": 1.0}


def observables_of(readings: Iterable[Reading]) -> set[str]:
    """Observables that readings need, of models that have all of them and of those that have few:
    what `run_cases` may leave the rest of a model out for."""
    asked: set[str] = set()
    for reading in dict.fromkeys(replace(one, scenario="", settings=()) for one in readings):
        for has_all in (True, False):
            run = _AskedRun(np.array([0.0, 1.0]), _Asked(asked, has_all))
            if reading.assay in SCAR:
                scar_depth(run, 2.0)
            elif reading.assay.startswith("observable:"):
                asked.add(reading.assay.split(":", 1)[1])
            elif reading.assay in ASSAYS:
                ASSAYS[reading.assay](run, standard_knobs())
    return asked


class Bench:
    """Runs the scenarios that rows need, once each and per draw, and takes readings of them."""

    def __init__(
        self,
        runner: CaseRunner,
        folder: Path,
        models: Path,
        parameters: dict[str, Parameter],
        fine: bool = False,
        settings: dict[str, str] | None = None,
        model: str = "microneedling",
    ) -> None:
        self.runner, self.folder, self.models = runner, folder, models
        self.parameters, self.fine, self.model = parameters, fine, model
        self.settings = settings or {}
        self.runs: dict[tuple[Source, int], Run | CaseError] = {}
        self.sample: Sample | None = None
        self.knobs: list[dict[str, float]] = []
        self.persons_knobs = _drawn_knobs(PERSONS, 2)
        self.drawn = dict(DRAWN)
        self._scenarios: dict[str, Scenario] = {}
        self._dermis: dict[str, float] = {}  # [mm] thickness in the normal skin of a site
        self.set_knobs = _constants_in(self.settings)  # set by hand, in every draw too

    @contextmanager
    def with_knobs(self, **values: float):
        """Readings of the declared model with these choices in the assays."""
        kept, self.set_knobs = self.set_knobs, self.set_knobs | values
        try:
            yield self
        finally:
            self.set_knobs = kept

    def is_absent(self, reading: Reading) -> bool:
        """Whether the scenario's model declares no observable of the name that is read."""
        kind, _, name = reading.assay.partition(":")
        if kind != "observable" or not name:
            return False
        try:
            declared = self.scenario(reading.scenario).model.observables.index
        except InputError:
            return False  # the run will say what is wrong
        return name not in declared

    def scenario(self, name: str) -> Scenario:
        """A scenario of the bench, read once. Raises InputError, FileError."""
        if name not in self._scenarios:
            self._scenarios[name] = load(self.path(name))
        return self._scenarios[name]

    def path(self, scenario: str) -> Path:
        return Path(scenario) if scenario.endswith(".toml") else self.folder / f"{scenario}.toml"

    def case(self, source: Source, draw_index: int) -> Case:
        """DECLARED, AS_DRAWN, AS_FINE or a draw. What a scenario sets itself, no draw undoes."""
        name, own_settings = source
        scenario = self.scenario(name)
        is_shipped = scenario.model.name == self.model
        own = {key for key in scenario.values.index if key.startswith("parameters.")}
        fine = self.fine if draw_index == DECLARED else draw_index == AS_FINE
        settings = dict(FINE if fine else {} if draw_index == DECLARED else self.drawn)
        is_wound = any(key.endswith("wound.shape") for key in scenario.values.index)
        if scenario.geometry == "patch" or (is_wound and not fine):
            settings.pop("domain.spacing", None)
        elif is_wound:
            settings["domain.spacing"] = GRADED_FINE
        if not is_shipped:
            settings = {}
        settings |= self.settings
        if draw_index >= 0 and self.sample is not None and is_shipped:
            settings |= self.sample.settings(draw_index)
        settings = {
            key: value for key, value in _without_constants(settings).items() if key not in own
        }
        return Case(scenario, tuple(sorted((settings | dict(own_settings)).items())))

    def run(
        self,
        sources: list[Source],
        sample: Sample | None = None,
        progress=None,
        declared: bool = True,
        draw_knobs: bool = True,
        observables: set[str] | None = None,
    ) -> None:
        """Runs all scenarios as declared (unless told not to) and for every draw of the sample;
        draws come with draws of the assays' knobs, unless those are to stay as they are. With
        `observables`, draws solve only what these depend on (observables_of)."""
        self.sample = sample
        n = len(sample) if sample is not None else 0
        self.knobs = _drawn_knobs(n, 1) if draw_knobs else [standard_knobs()] * n
        if declared:
            found = self.runner.run([self.case(one, DECLARED) for one in sources], progress)
            self.runs = {(one, DECLARED): run for one, run in zip(sources, found)}
        else:
            self.runs = {
                key: run
                for key, run in self.runs.items()
                if key[1] == DECLARED or key[1] <= FIRST_PERSON
            }
        self._run_many([(one, k) for k in range(n) for one in sources], progress, observables)

    def measure_resolution(self, sources: list[Source], progress=None) -> None:
        """Runs the declared model as coarsely as the draws and finely: Value.error."""
        self._run_many([(one, k) for k in (AS_DRAWN, AS_FINE) for one in sources], progress)

    def run_persons(self, readings: list[Reading], progress=None) -> None:
        """Runs the scenarios of measures that count patients in every person of their cohort."""
        groups = dict.fromkeys((one.source, one.persons) for one in readings)
        wanted = [(source, persons, k) for source, persons in groups for k in range(PERSONS)]
        runs = self.runner.run(
            [
                replace(self.case(source, DECLARED), person=(persons, PERSONS, k))
                for source, persons, k in wanted
            ],
            progress,
        )
        for (source, _, k), run in zip(wanted, runs):
            self.runs[source, FIRST_PERSON - k] = self._of_skin(run, source)

    def _of_skin(self, run: Run | CaseError, source: Source) -> Run | CaseError:
        """A run with the case of the declared model, whose skin it has: depths count relative to
        that."""
        declared = self.runs.get((source, DECLARED))
        if isinstance(run, Run) and isinstance(declared, Run):
            return replace(run, case=declared.case)
        return run

    def _run_many(
        self, wanted: list[tuple[Source, int]], progress, observables: set[str] | None = None
    ) -> None:
        runs = self.runner.run([self.case(*one) for one in wanted], progress, observables)
        self.runs |= {key: self._of_skin(run, key[0]) for key, run in zip(wanted, runs)}

    def n_failed(self) -> int:
        """Runs of draws that gave an error."""
        return sum(isinstance(run, CaseError) for (_, k), run in self.runs.items() if k >= 0)

    def knobs_of(self, draw_index: int) -> dict[str, float]:
        """Choices in the assays that go with a draw or a person."""
        if draw_index <= FIRST_PERSON:
            return self.persons_knobs[FIRST_PERSON - draw_index] | self.set_knobs
        if draw_index < 0:
            return standard_knobs() | self.set_knobs
        sampled = (
            {}
            if self.sample is None
            else {
                name: float(value)
                for name, value in zip(self.sample.names, self.sample.values[draw_index])
                if name in standard_knobs()
            }
        )
        return self.knobs[draw_index] | sampled | self.set_knobs

    def one(self, reading: Reading, draw_index: int, must_be_computed: bool = False) -> float:
        """A reading of one run. Raises NoQuantity if the model cannot give it."""
        if reading.assay == "evidence":
            if reading.measure not in self.parameters:
                raise NoQuantity(f"the model has no parameter '{reading.measure}'")
            return float(self.parameters[reading.measure].evidence in MEASURED)
        if reading.assay == "parameter":
            if reading.measure not in self.parameters:
                raise NoQuantity(f"the model has no parameter '{reading.measure}'")
            if draw_index < DECLARED:
                return math.nan  # it has no resolution
            if draw_index >= 0 and reading.measure in self.sample.names:
                column = self.sample.names.index(reading.measure)
                return float(self.sample.values[draw_index, column])
            return self.parameters[reading.measure].value
        if reading.assay in GEOMETRIC or reading.assay == "bounds":
            if draw_index < DECLARED:
                return math.nan  # it has no resolution
            draw_index = DECLARED  # what needles do does not depend on the model's parameters
        if (reading.source, draw_index) not in self.runs:
            if self.is_absent(reading):
                raise NoQuantity(f"the model has no observable '{reading.assay.split(':')[1]}'")
            return math.nan
        run = self.runs[reading.source, draw_index]
        if isinstance(run, CaseError):
            raise run
        if reading.assay == "bounds":
            return float(all(run.bounds.values()))
        if reading.assay in GEOMETRIC:
            if must_be_computed and reading.assay == "channel" and depth_is_given(run):
                raise NoQuantity("the depth is stated by the device, not computed")
            return geometry(run, reading)
        if reading.assay in SCAR:
            return measure(scar_depth(run, self._normal_thickness(run)), reading)
        assay = ASSAYS.get(reading.assay)
        if reading.assay.startswith("observable:"):
            assay = _named(reading.assay.split(":", 1)[1])
        if assay is None:
            raise NoQuantity(f"no such assay: '{reading.assay}'")
        return measure(assay(run, self.knobs_of(draw_index)), reading)

    def _normal_thickness(self, run: Run) -> float:
        """[mm] of the dermis of the normal skin of a run's site."""
        values = run.scenario.values
        if "skin.site" not in values.index:
            raise NoQuantity("no normal skin of a site to measure a depth against")
        site = values.at["skin.site", "value"]
        if site not in self._dermis:
            normal = run.scenario.set({"skin.site": site, "skin.condition": "normal"}).layers()
            self._dermis[site] = normal["papillary_dermis"] + normal["reticular_dermis"]
        return self._dermis[site]

    def share(self, reading: Reading) -> Value:
        """Share [%] of the persons in whom a change is seen: measures of OVER_PERSONS. A draw of
        the parameters is no person: drawn is whether the change is seen in the middle one.
        """
        least = {"share_improved": 100.0 / GRADES, "share_halved": 50.0}.get(reading.measure)
        changed = replace(reading, measure="change" if least is None else "fall")
        self.one(changed, DECLARED)  # a missing quantity comes before a want of persons
        if not reading.persons:
            raise NoQuantity(f"'{reading.measure}' counts patients: name their cohort (persons)")
        if (reading.source, FIRST_PERSON) not in self.runs:
            raise NoQuantity("counts patients, and no persons were run")

        def seen(k: int) -> float:
            value = self.one(changed, k)
            return 100.0 * float(
                value >= least
                if least is not None
                else 100.0 * value >= self.knobs_of(k)["detectable_area"]
            )

        n = len(self.sample) if self.sample is not None else 0
        draws = np.full(n, math.nan)
        for k in range(n):
            with suppress(CaseError):
                draws[k] = seen(k)
        persons = range(FIRST_PERSON, FIRST_PERSON - PERSONS, -1)
        return Value(
            float(np.mean([seen(k) for k in persons])),
            draws,
            self.sample.weights if n else np.zeros(0),
        )

    def dose(self, reading: Reading) -> tuple[float, float] | None:
        """Area fraction of all sessions and depth [mm] of a reading's punctures or columns; None
        of a wound or of untouched skin."""
        run = self.runs.get((reading.source, DECLARED))
        if not isinstance(run, Run):
            return None
        holes = run.sessions.get("hole_radius") or [math.nan]
        if math.isnan(holes[0]):
            return None
        return (
            float(np.sum(run.sessions["surface_fraction"])),
            float(run.sessions["channel_depth"][0]),
        )

    def combined(self, check: Check, k: int, must_be_computed: bool = False) -> float:
        """The reading of a check in one run, over that of `ratio_to` or `larger_than`."""
        first = self.one(check.reading, k, must_be_computed)
        other = check.ratio_to or check.larger_than
        if other is None:
            return first
        second = self.one(other, k, must_be_computed)
        if second:
            return first / second
        return math.inf if check.larger_than and first > 0.0 else math.nan

    def value(self, check: Check, must_be_computed: bool = False) -> Value:
        """The reading of a check as declared and in every draw."""
        if check.reading.measure in OVER_PERSONS:
            return self.share(check.reading)
        n = len(self.sample) if self.sample is not None else 0
        central = self.combined(check, DECLARED, must_be_computed)

        def quietly(k: int) -> float:
            try:
                return self.combined(check, k, must_be_computed)
            except (CaseError, NoQuantity):
                return math.nan

        draws = np.array([quietly(k) for k in range(n)])
        fine = quietly(AS_FINE)
        return Value(
            central,
            draws,
            self.sample.weights if n else np.zeros(0),
            quietly(AS_DRAWN) - fine,
            central - fine,
        )
