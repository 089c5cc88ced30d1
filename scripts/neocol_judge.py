"""Judges a model by rows: readings of runs, verdicts, and what the score is worth.

    judged = judge(rows, readings)          # see Bench.readings
    score(judged)                           # agreement, coverage, skill over a null model
"""
from __future__ import annotations

import math
import tomllib
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from neocol_assays import (ASSAYS, KNOBS, NoQuantity, depth_is_given, geometry, measure,
                           scar_depth, standard_knobs, _named)
from neocol_cases import Case, CaseError, CaseRunner, Run
from neocol_parameters import Parameter, Sample
from neocol_rows import SMALLEST, Check, Reading, Row

SCAR = ("scar_depth", "scar_grade")
GRADES = 4  # of the scale: a grade is a quarter of a scar's depth
GEOMETRIC = ("channel", "puncture_count", "insertion_force")
OVER_DRAWS = ("share_detected", "share_improved", "share_halved")
Source = tuple[str, tuple[tuple[str, str], ...]]  # scenario, settings
FINE = {"domain.spacing": "20 um", "run.tolerance": "1e-4"}


@dataclass(frozen=True)
class Value:
    """A reading of the declared model and of every draw; NaN where a draw failed."""

    central: float
    draws: np.ndarray = field(default_factory=lambda: np.zeros(0))
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def interval(self, share: float = 0.9) -> tuple[float, float] | None:
        """Central interval that holds this share of the draws; None without draws."""
        good = np.isfinite(self.draws)
        if good.sum() < 2:
            return None
        order = np.argsort(self.draws[good])
        values, weights = self.draws[good][order], self.weights[good][order]
        cumulated = (np.cumsum(weights) - 0.5 * weights) / weights.sum()
        tail = 0.5 * (1.0 - share)
        return (float(np.interp(tail, cumulated, values)),
                float(np.interp(1.0 - tail, cumulated, values)))


@dataclass(frozen=True)
class CheckVerdict:
    """holds: True, False, or None with the reason in `why`."""

    check: Check
    holds: bool | None
    value: Value | None = None
    why: str = ""


@dataclass(frozen=True)
class RowVerdict:
    """verdict: agree, disagree, not testable, by construction, input or unchecked."""

    row: Row
    verdict: str
    checks: tuple[CheckVerdict, ...] = ()
    why: str = ""

    @property
    def scored(self) -> bool:
        return self.verdict in ("agree", "disagree")


class Bench:
    """Runs the scenarios that rows need, once each and per draw, and takes readings of them."""

    def __init__(self, runner: CaseRunner, folder: Path, models: Path,
                 parameters: dict[str, Parameter], fine: bool = False,
                 settings: dict[str, str] | None = None) -> None:
        self.runner, self.folder, self.models = runner, folder, models
        self.parameters, self.fine = parameters, fine
        self.settings = settings or {}
        self.runs: dict[tuple[Source, int], Run | CaseError] = {}
        self.sample: Sample | None = None
        self.knobs = [standard_knobs()]

    def path(self, scenario: str) -> Path:
        return Path(scenario) if scenario.endswith(".toml") else self.folder / f"{scenario}.toml"

    def case(self, source: Source, draw_index: int) -> Case:
        """Draw -1 is the model as declared. What a scenario sets itself, no draw undoes."""
        scenario, own_settings = source
        text = self.path(scenario).read_text(encoding="utf-8")
        own = {f"parameters.{name}" for name in tomllib.loads(text).get("parameters", {})}
        settings = dict(FINE) if self.fine else {}
        if 'shape = "' in text or 'geometry = "patch"' in text:
            settings.pop("domain.spacing", None)  # wide wounds keep their graded grid
        settings |= self.settings
        if draw_index >= 0 and self.sample is not None and "published/" not in scenario:
            settings |= self.sample.settings(draw_index)
        settings = {key: value for key, value in settings.items() if key not in own}
        return Case.of(self.path(scenario), settings | dict(own_settings))

    def run(self, sources: list[Source], sample: Sample | None = None, progress=None,
            declared: bool = True, draw_knobs: bool = True) -> None:
        """Runs all scenarios as declared (unless told not to) and for every draw of the sample;
        draws come with draws of the assays' knobs, unless those are to stay as they are."""
        self.sample = sample
        n = len(sample) if sample is not None else 0
        generator = np.random.default_rng(1)
        self.knobs = [standard_knobs()] + [
            {name: generator.uniform(low, high) for name, (_, low, high) in KNOBS.items()}
            if draw_knobs else standard_knobs() for _ in range(n)]
        wanted = [(name, k) for k in range(-1 if declared else 0, n) for name in sources]
        found = self.runner.run([self.case(*one) for one in wanted], progress)
        self.runs = dict(zip(wanted, found))

    def _device_text(self, run: Run) -> str:
        for line in run.facts["given"].splitlines():
            if line.strip().startswith("name") and "=" in line:
                path = self.models / "devices" / f"{line.split('=')[1].strip().strip(chr(34))}.toml"
                if path.is_file():
                    return path.read_text(encoding="utf-8")
        return ""

    def one(self, reading: Reading, draw_index: int, must_be_computed: bool = False) -> float:
        """A reading of one run. Raises NoQuantity if the model cannot give it."""
        if reading.assay == "parameter":
            if reading.measure not in self.parameters:
                raise NoQuantity(f"the model has no parameter '{reading.measure}'")
            if draw_index >= 0 and reading.measure in self.sample.names:
                column = self.sample.names.index(reading.measure)
                return float(self.sample.values[draw_index, column])
            return self.parameters[reading.measure].value
        run = self.runs[reading.source, draw_index]
        if isinstance(run, CaseError):
            raise run
        if reading.assay == "bounds":
            return float(all(run.facts["bounds"].values()))
        if reading.assay in GEOMETRIC:
            if must_be_computed and reading.assay == "channel" and depth_is_given(
                    run, self._device_text(run)):
                raise NoQuantity("the depth is stated by the device, not computed")
            return geometry(run, reading)
        if reading.assay in SCAR:
            return measure(scar_depth(run, self._normal_thickness(run)), reading)
        assay = ASSAYS.get(reading.assay)
        if reading.assay.startswith("observable:"):
            assay = _named(reading.assay.split(":", 1)[1])
        if assay is None:
            raise NoQuantity(f"no such assay: '{reading.assay}'")
        return measure(assay(run, self.knobs[draw_index + 1]), reading)

    def _normal_thickness(self, run: Run) -> float:
        """[mm] of the dermis of the normal skin of a run's site."""
        site = tomllib.loads(run.facts["given"]).get("skin", {}).get("site", "")
        path = self.models / "skin" / f"{site}.toml"
        if not path.is_file():
            raise NoQuantity(f"no normal skin of '{site}' to measure a depth against")
        with open(path, "rb") as file:
            layers = tomllib.load(file)["layer"]
        return sum(float(layer["thickness"].split()[0]) for layer in layers
                   if layer["name"] in ("papillary_dermis", "reticular_dermis"))

    def share(self, reading: Reading) -> float:
        """Share [%] of the draws in which a change is seen: measures of OVER_DRAWS."""
        least = {"share_improved": 100.0 / GRADES, "share_halved": 50.0}.get(reading.measure)
        changed = replace(reading, measure="change" if least is None else "fall")
        self.one(changed, -1)  # a missing quantity comes before a want of draws
        n = len(self.sample) if self.sample is not None else 0
        if n < 8:
            raise NoQuantity("needs at least 8 draws: --draws 16")
        seen = np.full(n, math.nan)
        for k in range(n):
            try:
                value = self.one(changed, k)
            except CaseError:
                continue
            seen[k] = (value >= least if least is not None
                       else 100.0 * value >= self.knobs[k + 1]["detectable_area"])
        good = np.isfinite(seen)
        weights = self.sample.weights[good]
        return 100.0 * float(np.sum(weights * seen[good]) / weights.sum())

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
        if check.reading.measure in OVER_DRAWS:
            return Value(self.share(check.reading))
        n = len(self.sample) if self.sample is not None else 0
        draws = np.full(n, math.nan)
        central = self.combined(check, -1, must_be_computed)
        for k in range(n):
            try:
                draws[k] = self.combined(check, k, must_be_computed)
            except (CaseError, NoQuantity):
                pass
        return Value(central, draws, self.sample.weights if n else np.zeros(0))


def holds(check: Check, reading: float) -> bool:
    """Whether a reading meets its check."""
    if not math.isfinite(reading) and not (check.larger_than and reading == math.inf):
        return False
    if check.sign:
        return check.sign * reading > SMALLEST
    if check.larger_than is not None:
        return reading > check.by
    if check.strict:
        return check.low < reading < check.high
    return check.low <= reading <= check.high


def judge_check(bench: Bench, check: Check, must_be_computed: bool = False) -> CheckVerdict:
    """Verdict on one check."""
    try:
        value = bench.value(check, must_be_computed)
    except NoQuantity as missing:
        return CheckVerdict(check, None, None, str(missing))
    except CaseError as error:
        return CheckVerdict(check, False, None, f"the run failed: {error}")
    return CheckVerdict(check, holds(check, value.central), value)


def judge_row(bench: Bench, row: Row) -> RowVerdict:
    """Verdict on one row, by the rules of docs/validation.md."""
    shown = {"input": ("input", "a parameter of the set-up"),
             "unchecked": ("unchecked", "recalled, not read: never scored"),
             "untestable": ("not testable", row.why)}
    if row.status in shown:
        return RowVerdict(row, shown[row.status][0], (), shown[row.status][1])
    if row.status == "if_modelled" and not row.checks:
        return RowVerdict(row, "not testable", (), f"the model has no {row.needs}")
    checked = tuple(judge_check(bench, check, row.status != "testable") for check in row.checks)
    known = [one for one in checked if one.holds is not None]
    missing = [one for one in checked if one.holds is None]
    if row.status == "construction":
        if row.computed_by and not missing:
            return RowVerdict(row, "agree" if all(one.holds for one in known) else "disagree",
                              checked)
        return RowVerdict(row, "by construction", checked, row.why)
    wanted = [one for one in missing if not one.check.if_modelled]
    if row.status == "if_modelled" and missing:
        return RowVerdict(row, "not testable", checked, missing[0].why)
    if wanted or not known:
        return RowVerdict(row, "not testable", checked, (wanted or missing)[0].why)
    verdict = "agree" if all(one.holds for one in known) else "disagree"
    partly = f"{len(missing)} of {len(checked)} checks not testable" if missing else ""
    return RowVerdict(row, verdict, checked, "; ".join(filter(None, (row.why, partly))))


# ------------------------------------------------------------------ scores

NEUTRAL = {"relative_change": 0.0, "change": 0.0, "fold": 1.0, "log2_fold": 0.0, "peak_fold": 1.0}


def null_reading(check: Check, others: list[Check]) -> float | None:
    """What a model without effect would read, else the mean of the topic's other brackets."""
    if check.sign:
        return 0.0
    if check.larger_than is not None or check.ratio_to is not None:
        return 1.0
    if check.reading.measure in NEUTRAL:
        return NEUTRAL[check.reading.measure]
    like = [one.centre for one in others if one.centre is not None and one is not check
            and one.reading.measure == check.reading.measure and one.ratio_to is None]
    return float(np.mean(like)) if like else None


def misfit(check: Check, reading: float) -> float | None:
    """Distance from the bracket's centre in half widths, at most 3; None for an open bracket."""
    if check.centre is None or check.sign or check.larger_than is not None:
        return None
    if not math.isfinite(reading):
        return 3.0
    return min(abs(reading - check.centre) / max(check.half_width, 1e-12), 3.0)


@dataclass(frozen=True)
class Score:
    """agreement [0-1] of rows; coverage of brackets' centres by the 90 % interval of the draws;
    skill 1 - sum(misfit^2)/sum(misfit of the null^2); NaN where there is nothing to count."""

    agree: int
    scored: int
    checks_hold: int
    checks: int
    coverage: float
    covered_of: int
    skill: float
    skill_of: int
    null_agree: int
    null_scored: int

    @property
    def agreement(self) -> float:
        return self.agree / self.scored if self.scored else math.nan


def score(judged: list[RowVerdict]) -> Score:
    """What the scored rows add up to."""
    rows = [one for one in judged if one.scored]
    checks = [one for row in rows for one in row.checks if one.holds is not None]
    covered, errors, null_errors = [], 0.0, 0.0
    n_skill = null_agree = null_scored = 0
    by_topic: dict[str, list[Check]] = {}
    for row in rows:
        by_topic.setdefault(row.row.topic, []).extend(one.check for one in row.checks)
    for row in rows:
        null_holds = []
        for one in (one for one in row.checks if one.holds is not None):
            null = null_reading(one.check, by_topic[row.row.topic])
            if null is not None:
                null_holds.append(holds(one.check, null))
            if one.value is None:
                continue
            interval = one.value.interval()
            if interval and one.check.centre is not None:
                covered.append(interval[0] <= one.check.centre <= interval[1])
            error = misfit(one.check, one.value.central)
            null_error = misfit(one.check, null) if null is not None else None
            if error is not None and null_error is not None:
                errors, null_errors, n_skill = (errors + error**2, null_errors + null_error**2,
                                                n_skill + 1)
        if null_holds:
            null_scored += 1
            null_agree += all(null_holds)
    return Score(sum(row.verdict == "agree" for row in rows), len(rows),
                 sum(bool(one.holds) for one in checks), len(checks),
                 float(np.mean(covered)) if covered else math.nan, len(covered),
                 1.0 - errors / null_errors if null_errors else math.nan, n_skill,
                 null_agree, null_scored)


def tally(judged: list[RowVerdict]) -> Counter:
    """How many rows have each verdict."""
    return Counter(one.verdict for one in judged)
