"""Claims run over draws of the parameters, and the verdict in words."""
from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tomllib
from neocol.cases import Case, CaseResult, Engine
from neocol.errors import InputError
from neocol.indications.read import Claim, Effect, read_claims
from neocol.parameters import Sample, draw, models_folder, read_parameters, read_sample
from neocol.progress import Progress
from neocol.quantities import as_setting
from neocol.scenario import Scenario, load
from neocol.validation.readings import Value

if TYPE_CHECKING:
    import pandas as pd

MODEL, BASE = "indications", "microneedling"
Settings = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class HarmDone:
    """A harm, its size as the model stands, and the share of draws in which it counts."""

    label: str
    value: float
    unit: str
    counts: bool
    share: float


@dataclass(frozen=True)
class Judged:
    """What the model says of a claim.

    effect    as the model stands, with its draws, in the unit of the claim
    verdict   large, moderate, small, none, worse, or failed
    share     of the draws in which the effect is at least small and for the better; NaN without any
    harms     in the order of the claim
    without   effect with the mechanism knocked out; NaN where there is no such run
    trials    by trial with an effect: "as", "less" or "more" than it
    reason    why there is no effect
    """

    claim: Claim
    effect: Value
    verdict: str
    share: float = math.nan
    harms: tuple[HarmDone, ...] = ()
    without: float = math.nan
    trials: tuple[str, ...] = ()
    reason: str = ""

    @property
    def hangs_on_draws(self) -> bool:
        """Whether between a tenth and nine tenths of the draws bear out that there is an effect."""
        return 0.1 < self.share < 0.9


def word_of(claim: Claim, effect: float) -> str:
    """The verdict on an effect: its size if it is for the better, else worse or none."""
    if not math.isfinite(effect):
        return "failed"
    gain = effect if claim.effect.better == "up" else -effect
    small, moderate, large = claim.cuts
    if gain <= -small:
        return "worse"
    if gain < small:
        return "none"
    return "large" if gain >= large else "moderate" if gain >= moderate else "small"


@dataclass
class _Runs:
    """Runs that claims ask for, each once, and what they gave."""

    scenarios: dict[str, Scenario] = field(default_factory=dict)
    places: dict[tuple[str, Settings], int] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    results: list[CaseResult] = field(default_factory=list)

    def add(self, scenario: str, settings: Settings) -> int:
        key = scenario, settings
        if key not in self.places:
            base = self.scenarios.setdefault(scenario, load(_file(scenario)))
            self.places[key] = len(self.cases)
            self.cases.append(Case(base, settings))
        return self.places[key]

    def check(self, claim: Claim) -> None:
        """Raises InputError for an outcome that the scenario's model does not have."""
        known = self.scenarios[claim.scenario].model.outcomes.index
        for name in sorted(claim.outcomes() - set(known)):
            raise InputError(
                f"claim '{claim.name}': its model has no outcome '{name}'"
                + (
                    f"; did you mean '{near[0]}'?"
                    if (near := get_close_matches(name, known))
                    else ""
                )
            )

    def outcome(self, place: int, name: str) -> float:
        result = self.results[place]
        return result.outcomes.get(name, math.nan) if result.status == "complete" else math.nan

    def reason(self, place: int, name: str) -> str:
        result = self.results[place]
        if result.status != "complete":
            return f"{result.status}: {result.reason}"
        return result.reasons.get(name, "")


def _file(scenario: str) -> Path:
    """A scenario of a claim, by its path below the scenarios that come with neocol."""
    return models_folder().parent / "scenarios" / f"{scenario}.toml"


def _is_set(scenario: str) -> set[str]:
    """Parameters that a scenario sets: they describe its skin and course, and are not drawn."""
    with open(_file(scenario), "rb") as file:
        content = tomllib.load(file)
    return {
        f"parameters.{name}"
        for table in ("parameters", "treatment")
        for name in content.get(table, {})
    }


def draws_of(n: int, seed: int = 1) -> Sample:
    """Draws of the whole model: of the parameters that were fitted those of the shipped sample, as
    often as their weights say; of the ranged parameters of the indications a Latin hypercube."""
    fitted = read_sample(models_folder() / BASE / "sample.csv")
    own = set(read_parameters(MODEL)) - set(read_parameters(BASE))
    every = read_parameters(MODEL)
    added = draw({name: every[name] for name in every if name in own}, n, seed)
    # Low-discrepancy positions, so that few draws stand for the weights too.
    positions = (np.arange(n) + 0.5) / n
    rows = np.searchsorted(np.cumsum(fitted.weights), positions * fitted.weights.sum())
    rows = np.random.default_rng(seed).permutation(np.minimum(rows, len(fitted) - 1))
    return Sample(
        fitted.names + added.names,
        fitted.units + added.units,
        np.hstack([fitted.values[rows], added.values]),
        np.full(n, 1.0 / n),
        f"{fitted.origin}, and declared distributions of {MODEL}",
        {name: tuple(options[k] for k in rows) for name, options in fitted.choices.items()},
    )


@dataclass(frozen=True)
class _Asked:
    """Places of a claim's runs: treated and twin as the model stands, then of every draw."""

    treated: list[int]
    twin: list[int]
    without: tuple[int, int] | None

    def effect(self, runs: _Runs, effect: Effect, k: int) -> float:
        treated = runs.outcome(self.treated[k], effect.outcome)
        if effect.way == "value":
            return treated
        return effect.of(treated, runs.outcome(self.twin[k], effect.outcome))


def _ask(claim: Claim, runs: _Runs, given: Settings, draws: list[Settings]) -> _Asked:
    """Puts a claim's runs on the list."""
    is_set = _is_set(claim.scenario) | {key for key, _ in given + claim.untreated}
    variants: list[Settings] = [
        (),
        *(tuple(entry for entry in one if entry[0] not in is_set) for one in draws),
    ]
    without = None
    if claim.knock_out:
        without = (
            runs.add(claim.scenario, given + claim.knock_out),
            runs.add(claim.scenario, given + claim.untreated + claim.knock_out),
        )
    return _Asked(
        [runs.add(claim.scenario, given + one) for one in variants],
        [runs.add(claim.scenario, given + claim.untreated + one) for one in variants],
        without,
    )


def _judge(claim: Claim, asked: _Asked, runs: _Runs, weights: np.ndarray) -> Judged:
    n = len(weights)
    values = [asked.effect(runs, claim.effect, k) for k in range(n + 1)]
    drawn = np.array(values[1:])
    effect = Value(values[0], drawn, weights) if n else Value(values[0])
    borne_out = np.array(
        [word_of(claim, one) in ("small", "moderate", "large") for one in drawn], dtype=float
    )
    is_known = np.isfinite(drawn)
    share = float(borne_out[is_known].mean()) if is_known.any() else math.nan
    harms = []
    for harm in claim.harms:
        changes = [asked.effect(runs, harm.effect, k) for k in range(n + 1)]
        seen = np.array([harm.is_done(one) for one in changes[1:] if math.isfinite(one)])
        harms.append(
            HarmDone(
                harm.label,
                changes[0],
                harm.effect.unit,
                harm.is_done(changes[0]),
                float(seen.mean()) if seen.size else math.nan,
            )
        )
    without = math.nan
    if asked.without is not None:
        treated, twin = (runs.outcome(place, claim.effect.outcome) for place in asked.without)
        without = claim.effect.of(treated, twin)
    name = claim.effect.outcome
    return Judged(
        claim,
        effect,
        word_of(claim, values[0]),
        share,
        tuple(harms),
        without,
        tuple(_beside(claim, trial.effect, values[0]) for trial in claim.trials),
        ""
        if math.isfinite(values[0])
        else runs.reason(asked.treated[0], name) or runs.reason(asked.twin[0], name),
    )


def _beside(claim: Claim, trial: tuple[float, float] | None, effect: float) -> str:
    """How an effect stands to that of a trial; empty where they cannot be compared."""
    if trial is None or not math.isfinite(effect):
        return ""
    if trial[0] <= effect <= trial[1]:
        return "as"
    is_above = effect > trial[1]
    return "more" if is_above == (claim.effect.better == "up") else "less"


@dataclass(frozen=True)
class JudgedClaims:
    """Verdicts on claims; `draws`: how many draws of the parameters stand behind them."""

    claims: list[Judged]
    draws: int

    @property
    def table(self) -> pd.DataFrame:
        """A row a claim: effect as the model stands, 5 and 95 % of the draws, verdict, share of
        draws with an effect, effect without the mechanism, whether it harms."""
        import pandas as pd

        rows = []
        for one in self.claims:
            low, high = one.effect.interval() or (math.nan, math.nan)
            rows.append(
                {
                    "group": one.claim.group,
                    "claim": one.claim.claim,
                    "effect": one.effect.central,
                    "low": low,
                    "high": high,
                    "unit": one.claim.effect.unit,
                    "verdict": one.verdict,
                    "share": one.share,
                    "without": one.without,
                    "harm": any(harm.counts for harm in one.harms),
                    "standing": one.claim.standing,
                }
            )
        return pd.DataFrame(rows, index=pd.Index([j.claim.name for j in self.claims], name="name"))

    def markdown(self) -> str:
        from neocol.indications.page import markdown

        return markdown(self)

    def html(self) -> str:
        from neocol.indications.page import html

        return html(self)

    def __repr__(self) -> str:
        return self.table.to_string(float_format="{:.3g}".format)


def claims(
    names: Iterable[str] | None = None,
    *,
    folder: str | Path | None = None,
    draws: int = 0,
    settings: Mapping[str, object] | None = None,
    jobs: int = 0,
    cache: str | Path | None = None,
    quiet: bool = True,
) -> JudgedClaims:
    """Puts claims to the model: each in its skin, treated and not, over draws of the parameters.

    names     of claims or of their files (default: all)
    folder    of claims, in place of those that come with neocol
    draws     of the parameters (0: the model as it stands)
    settings  set in every run
    jobs      runs at a time; 0: as many as there are cores
    cache     folder of finished runs

    Raises InputError for a claim that cannot be read or is not there, FileError.
    """
    every = read_claims(folder if folder is not None else models_folder() / MODEL / "claims")
    chosen = every if names is None else _chosen(every, list(names))
    given = tuple((key, as_setting(value)) for key, value in (settings or {}).items())
    sample = draws_of(draws) if draws else None
    drawn: list[Settings] = (
        [tuple(sample.settings(k).items()) for k in range(draws)] if sample is not None else []
    )
    runs = _Runs()
    asked = [_ask(claim, runs, given, drawn) for claim in chosen]
    for claim in chosen:
        runs.check(claim)
    progress = Progress(quiet, len(runs.cases))
    runs.results = Engine(needed=sorted(set().union(*(one.outcomes() for one in chosen)))).run(
        runs.cases,
        observables=[],
        store=cache,
        jobs=jobs,
        progress=lambda ended, _: progress.at(ended),
    )
    progress.finish()
    weights = np.full(draws, 1.0 / draws) if draws else np.empty(0)
    return JudgedClaims(
        [_judge(claim, places, runs, weights) for claim, places in zip(chosen, asked)], draws
    )


def _chosen(every: list[Claim], names: list[str]) -> list[Claim]:
    known = {one.name for one in every} | {one.group for one in every}
    for name in names:
        if name not in known:
            raise InputError(f"no claim '{name}'; known: {', '.join(sorted(known))}")
    return [one for one in every if one.name in names or one.group in names]
