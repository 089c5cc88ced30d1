"""Parameters from observations: least squares, what the data tell, and a weighted sample.

Parameters live on the unit interval: u is the share of the declared distribution below the value
(so loguniform ranges are fitted in logarithms), and bounds are the declared ranges. The declared
value is the prior's centre, a quarter of the range its standard deviation.

    fit = least_squares(problem)                 # problem.residuals: rows of residuals, one a point
    posterior = laplace(fit)                     # Gaussian at the optimum, on the unit interval
    sample = importance(problem, posterior, 64)  # re-run, weighted by what the runs really give
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import optimize

PRIOR_SD = 0.25  # of the unit interval
STEP = 0.04  # of finite differences, well above the noise of a tolerance of 1e-3


class Problem(Protocol):
    """Observations as residuals: 0 in the middle of what is accepted, 1 at its edge."""

    start: np.ndarray  # u of the declared values, (n,)
    topics: np.ndarray  # topic of every residual, (m,)

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """(k, n) points to (k, m) residuals; all runs of a call go side by side."""


@dataclass(frozen=True)
class Fit:
    """Optimum u, residuals and Jacobian there, and the residuals of the start."""

    u: np.ndarray
    residual: np.ndarray
    jacobian: np.ndarray
    start: np.ndarray
    start_residual: np.ndarray
    evaluations: int

    @property
    def cost(self) -> float:
        """Sum of squares of the observations' residuals, without the prior."""
        return float(self.residual @ self.residual)

    @property
    def start_cost(self) -> float:
        return float(self.start_residual @ self.start_residual)


def jacobian(problem: Problem, u: np.ndarray, base: np.ndarray, step: float = STEP) -> np.ndarray:
    """(m, n) forward differences, inwards at the upper bound; one batch of runs."""
    steps = np.where(u + step <= 1.0, step, -step)
    moved = problem.residuals(u + np.diag(steps))
    return (moved - base).T / steps


def _with_prior(u: np.ndarray, start: np.ndarray, residual: np.ndarray) -> np.ndarray:
    return np.concatenate([residual, (u - start) / PRIOR_SD])


def least_squares(
    problem: Problem,
    keep: np.ndarray | None = None,
    largest: int = 6,
    start: np.ndarray | None = None,
) -> Fit:
    """Observations and prior by scipy's trust region on the unit cube.

    keep: which residuals count (m,), all by default; largest: evaluations at most (of one point
    each, a Jacobian apart).
    """
    begin = problem.start if start is None else start
    mask = np.ones(len(problem.topics), bool) if keep is None else keep
    seen: dict[bytes, np.ndarray] = {}

    def at(u: np.ndarray) -> np.ndarray:
        key = u.tobytes()
        if key not in seen:
            seen[key] = problem.residuals(u[None, :])[0]
        return seen[key]

    def function(u: np.ndarray) -> np.ndarray:
        return _with_prior(u, problem.start, at(u)[mask])

    def derivative(u: np.ndarray) -> np.ndarray:
        found = jacobian(problem, u, at(u))[mask]
        return np.vstack([found, np.eye(len(u)) / PRIOR_SD])

    inside = np.clip(begin, 1e-3, 1.0 - 1e-3)
    found = optimize.least_squares(
        function,
        inside,
        jac=derivative,
        bounds=(0.0, 1.0),
        method="trf",
        max_nfev=largest,
        xtol=1e-3,
        ftol=1e-3,
    )
    residual = at(found.x)
    return Fit(
        found.x,
        residual,
        jacobian(problem, found.x, residual),
        problem.start,
        at(inside),
        len(seen),
    )


@dataclass(frozen=True)
class Gaussian:
    """Normal distribution on the unit cube, cut at its faces."""

    mean: np.ndarray
    covariance: np.ndarray

    @property
    def sd(self) -> np.ndarray:
        return np.sqrt(np.diag(self.covariance))

    def draw(self, n: int, seed: int = 1) -> np.ndarray:
        """n points inside the cube, (n, d): drawn anew where outside, at last cut."""
        generator = np.random.default_rng(seed)
        points = generator.multivariate_normal(self.mean, self.covariance, n)
        for _ in range(50):
            outside = ((points < 0.0) | (points > 1.0)).any(axis=1)
            if not outside.any():
                break
            points[outside] = generator.multivariate_normal(
                self.mean, self.covariance, int(outside.sum())
            )
        return np.clip(points, 0.0, 1.0)

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Up to a constant."""
        away = points - self.mean
        return -0.5 * np.einsum("ij,jk,ik->i", away, np.linalg.inv(self.covariance), away)


def laplace(fit: Fit, keep: np.ndarray | None = None, widen: float = 1.0) -> Gaussian:
    """The posterior where residuals are linear: (J'J + prior)^-1 about the optimum."""
    found = fit.jacobian if keep is None else fit.jacobian[keep]
    information = found.T @ found + np.eye(len(fit.u)) / PRIOR_SD**2
    return Gaussian(fit.u, widen**2 * np.linalg.inv(information))


def shrinkage(fit: Fit) -> np.ndarray:
    """Posterior over prior standard deviation of every parameter: 1 means the data say nothing."""
    return laplace(fit).sd / PRIOR_SD


def log_posterior(problem: Problem, points: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """-1/2 (sum of squares + prior) of points (k, n) with residuals (k, m)."""
    away = (points - problem.start) / PRIOR_SD
    return -0.5 * ((residual**2).sum(axis=1) + (away**2).sum(axis=1))


@dataclass(frozen=True)
class Ensemble:
    """Weighted points with their residuals; `effective` is 1/sum(w^2)."""

    points: np.ndarray
    weights: np.ndarray
    residuals: np.ndarray
    temper: float

    @property
    def effective(self) -> float:
        return float(1.0 / np.sum(self.weights**2))


def importance(
    problem: Problem, proposal: Gaussian, n: int, seed: int = 1, least_share: float = 0.4
) -> Ensemble:
    """Draws of the proposal, re-run and weighted by posterior over proposal.

    Weights are tempered, w^t, with the largest t <= 1 that leaves an effective share of at least
    `least_share` of the draws; t is kept and reported. t = 1 is the posterior itself.
    """
    points = proposal.draw(n, seed)
    residual = problem.residuals(points)
    logs = log_posterior(problem, points, residual) - proposal.log_density(points)

    def weights_of(temper: float) -> np.ndarray:
        raw = np.exp(temper * (logs - logs.max()))
        return raw / raw.sum()

    tempers = np.linspace(1.0, 0.0, 101)
    enough = [t for t in tempers if 1.0 / np.sum(weights_of(t) ** 2) >= least_share * n]
    temper = float(enough[0]) if enough else 0.0
    return Ensemble(points, weights_of(temper), residual, temper)


@dataclass(frozen=True)
class Profile:
    """Cost of the observations and prior along one parameter, the others following it.

    u (k,), cost (k,) above the optimum's: re-run, not linearised; others move along the linear
    path that is best for each value.
    """

    parameter: int
    u: np.ndarray
    cost: np.ndarray

    def interval(self, rise: float = 3.84) -> tuple[float, float]:
        """Where the cost has risen by less than this (3.84: 95 % for one parameter)."""
        inside = self.u[self.cost <= rise]
        return (float(inside.min()), float(inside.max())) if len(inside) else (math.nan, math.nan)


def profile(problem: Problem, fit: Fit, parameter: int, n: int = 5) -> Profile:
    """Runs along the path on which all other parameters follow one, over its whole range."""
    covariance = laplace(fit).covariance
    slope = covariance[:, parameter] / covariance[parameter, parameter]
    grid = np.linspace(0.02, 0.98, n)
    points = np.clip(fit.u + np.outer(grid - fit.u[parameter], slope), 0.0, 1.0)
    points[:, parameter] = grid
    points = np.vstack([points, fit.u])
    residual = np.vstack([problem.residuals(points[:-1]), fit.residual])
    cost = -2.0 * log_posterior(problem, points, residual)
    order = np.argsort(points[:, parameter])
    return Profile(parameter, points[order, parameter], (cost - cost[-1])[order])


@dataclass(frozen=True)
class LeftOut:
    """A fit without one topic and what it says of that topic: sums of squares before, with all
    topics fitted, and with this one left out."""

    topic: str
    u: np.ndarray
    before: float
    fitted: float
    left_out: float
    n: int


def leave_one_topic_out(problem: Problem, fit: Fit) -> list[LeftOut]:
    """Refits without each topic in turn by a Gauss-Newton step from the optimum of all, using its
    Jacobian, and runs the model there: no Jacobian is made anew."""
    found = []
    topics = list(dict.fromkeys(problem.topics.tolist()))
    points = []
    for topic in topics:
        keep = problem.topics != topic
        # Linear least squares of the kept residuals and the prior about the optimum.
        left = np.vstack([fit.jacobian[keep], np.eye(len(fit.u)) / PRIOR_SD])
        right = -np.concatenate([fit.residual[keep], (fit.u - fit.start) / PRIOR_SD])
        step = optimize.lsq_linear(left, right, bounds=(-fit.u - 1e-12, 1.0 - fit.u + 1e-12)).x
        points.append(np.clip(fit.u + step, 0.0, 1.0))
    residual = problem.residuals(np.array(points))
    for k, topic in enumerate(topics):
        of = problem.topics == topic
        found.append(
            LeftOut(
                topic,
                points[k],
                float(np.sum(fit.start_residual[of] ** 2)),
                float(np.sum(fit.residual[of] ** 2)),
                float(np.sum(residual[k][of] ** 2)),
                int(of.sum()),
            )
        )
    return found
