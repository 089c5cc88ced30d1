"""Fits of PEtab problems by the machinery of neocol.calibrate."""
from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from neocol.calibration.measured import Fitted, fitted, optimum_and_profiles, unit_share
from neocol.errors import InputError

if TYPE_CHECKING:
    from neocol.exchange.petab import PetabProblem

# Keeps 2 log(noise) + OFFSET positive, whose root is the residual of a noise that is fitted.
OFFSET = 60.0
FAILED = 100.0  # residual of a measurement whose likelihood is not defined
STEP = 1e-4


@dataclass(frozen=True, repr=False)
class PetabFit(Fitted):
    """As Fitted, with the log-likelihood and chi2 of the optimum.

    cost and declared_cost are -2 log likelihood, of the optimum and of the nominal values; settings
    are values of the problem's parameters; times of `measurements` are in days, `sd` is the noise.
    """

    llh: float = math.nan
    chi2: float = math.nan

    def __repr__(self) -> str:
        table = self.parameters[["declared", "fitted", "low", "high", "told"]]
        return (
            f"{table.to_string(float_format='{:.4g}'.format)}\n"
            f"log-likelihood {-0.5 * self.declared_cost:.6g} at the nominal values, {self.llh:.6g} "
            f"fitted; chi2 {self.chi2:.6g} of {len(self.measurements)} measurements; "
            f"{self.runs} runs"
        )


class Residuals:
    """A PEtab problem as residuals whose squares add up to -2 log likelihood, but for a constant
    (neocol.calibration.least_squares.Problem): those of the measurements, then those of noises that
    are fitted."""

    prior_sd = math.inf
    step = STEP

    def __init__(self, problem: PetabProblem, progress: Callable[[int], None] | None) -> None:
        self.problem, self.progress = problem, progress
        self.parameters = problem.estimated()
        if not self.parameters:
            raise InputError(f"{problem.source}: error: no parameter is to be estimated")
        self.start = np.array([unit_share(p, p.value) for p in self.parameters])
        self.noisy = [
            row for row in range(len(problem.measurements)) if problem.noise_is_fitted(row)
        ]
        self.values = np.zeros(len(problem.measurements) + len(self.noisy))
        self.topics = np.array(["measured"] * len(self.values))
        self._known: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

    @property
    def runs(self) -> int:
        return self.problem.runs

    def point(self, u: np.ndarray) -> dict[str, float]:
        """Values of all parameters at a point of the unit cube."""
        values = self.problem.nominal
        return values | {p.name: p.quantile(float(x)) for p, x in zip(self.parameters, u)}

    def settings(self, u: np.ndarray) -> tuple[tuple[str, str], ...]:
        return tuple((p.name, p.text(p.quantile(float(x)))) for p, x in zip(self.parameters, u))

    def _found(self, points: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        points = np.atleast_2d(points)
        new = {u.tobytes(): u for u in points if u.tobytes() not in self._known}
        if new:
            simulated, noise = self.problem.simulations([self.point(u) for u in new.values()])
            for k, key in enumerate(new):
                self._known[key] = simulated[k], noise[k]
            if self.progress is not None:
                self.progress(self.problem.runs)
        return [self._known[u.tobytes()] for u in points]

    def simulated(self, points: np.ndarray) -> np.ndarray:
        return np.array([one[0] for one in self._found(points)])

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """(k, n) points to (k, m) residuals."""
        lines = []
        for simulated, noise in self._found(points):
            residual, _ = self.problem.terms(simulated, noise)
            residual = self._of_laplace(residual)
            with np.errstate(invalid="ignore", divide="ignore"):
                of_noise = np.sqrt(np.maximum(2.0 * np.log(noise[self.noisy]) + OFFSET, 0.0))
            line = np.concatenate([residual, of_noise])
            lines.append(np.where(np.isfinite(line), line, FAILED))
        return np.array(lines)

    def _of_laplace(self, residual: np.ndarray) -> np.ndarray:
        """Roots where the likelihood falls with the residual and not with its square."""
        is_laplace = self.problem.laplace()
        root = np.sign(residual) * np.sqrt(2.0 * np.abs(residual))
        return np.where(is_laplace, root, residual)


def fit(
    problem: PetabProblem,
    profiles: bool | Iterable[str],
    points: int,
    starts: int,
    seed: int,
    progress: Callable[[int], None] | None,
) -> PetabFit:
    """The maximum of the likelihood from several starts, with profiles."""
    residuals = Residuals(problem, progress)
    begun = residuals.start.copy()
    u, profiled = optimum_and_profiles(residuals, starts, seed, profiles, points)
    best = problem.simulate(residuals.point(u))
    table = problem.measurements.rename(columns={"measurement": "value"})
    table = table.assign(time=table["time"] * problem.day, sd=best["noise"], unit="1")
    one = fitted(residuals, u, begun, table, profiled, [])
    shared: dict[str, Any] = {item.name: getattr(one, item.name) for item in fields(Fitted)}
    llh = float(best["llh"].sum(skipna=False))
    costs: dict[str, Any] = {
        "cost": -2.0 * llh,
        "declared_cost": -2.0 * problem.llh(residuals.point(begun)),
    }
    chi2 = float((best["residual"] ** 2).sum(skipna=False))
    return PetabFit(**(shared | costs), llh=llh, chi2=chi2)
