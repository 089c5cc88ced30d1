"""Calibration in stages over an emulator: mechanism before dose before outcome.

A stage moves its own parameters to its own rows and leaves those of earlier stages where they were
put: later rows, which are less sure, have no say in earlier mechanisms (a cut posterior: Plummer,
Stat Comput 2015;25:37). All work here is on residuals that cost nothing (neocol.calibration.emulator).
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from neocol.calibration.least_squares import PRIOR_SD
from scipy import optimize

ENOUGH = 3.84  # rise of the cost at which 95 % end, for one parameter


@dataclass(frozen=True)
class Stage:
    """Which parameters (indices) move, and which residuals (m,) speak of them."""

    name: str
    free: np.ndarray
    keep: np.ndarray


def prior_sd(problem) -> float:
    """Standard deviation of a problem's prior on the unit interval; infinite: it has none."""
    return getattr(problem, "prior_sd", PRIOR_SD)


def cost(problem, u: np.ndarray, keep: np.ndarray, free: np.ndarray) -> float:
    """Sum of squares of the kept residuals and of the prior of the free parameters."""
    away = (u[free] - problem.start[free]) / prior_sd(problem)
    return float(np.sum(problem.residuals(u[None, :])[0][keep] ** 2) + away @ away)


def minimise(problem, u: np.ndarray, stage: Stage, with_declared: bool = True) -> np.ndarray:
    """u with the stage's free parameters at the minimum of its cost, inside the unit cube: from u
    and, unless told not to, from the declared values."""
    if not len(stage.free):
        return u.copy()

    def place(part: np.ndarray) -> np.ndarray:
        points = np.repeat(u[None, :], len(part), axis=0)
        points[:, stage.free] = part
        return points

    def function(x: np.ndarray) -> np.ndarray:
        found = problem.residuals(place(x[None, :]))[0][stage.keep]
        return np.concatenate([found, (x - problem.start[stage.free]) / prior_sd(problem)])

    def derivative(x: np.ndarray) -> np.ndarray:
        size = getattr(problem, "step", 1e-3)
        step = np.where(x < 0.5, size, -size)
        found = problem.residuals(place(np.vstack([x, x + np.diag(step)])))[:, stage.keep]
        return np.vstack(
            [((found[1:] - found[0]) / step[:, None]).T, np.eye(len(x)) / prior_sd(problem)]
        )

    best = None
    begins = [u[stage.free], *([problem.start[stage.free]] if with_declared else [])]
    for begin in begins:
        found = optimize.least_squares(
            function, np.clip(begin, 1e-3, 1 - 1e-3), jac=derivative, bounds=(0.0, 1.0), max_nfev=60
        )
        if best is None or found.cost < best.cost:
            best = found
    result = u.copy()
    result[stage.free] = best.x
    return result


def fit_stages(problem, stages: list[Stage], keep: np.ndarray | None = None) -> np.ndarray:
    """u after all stages in order; keep (m,) leaves residuals out of all of them."""
    u = problem.start.copy()
    for stage in stages:
        kept = stage.keep if keep is None else stage.keep & keep
        u = minimise(problem, u, Stage(stage.name, stage.free, kept))
    return u


@dataclass(frozen=True)
class Profiled:
    """Rise of the cost of a parameter's own stage along it, the others of the stage following."""

    parameter: int
    u: np.ndarray
    cost: np.ndarray
    base: float = 0.0  # the lowest cost, above which `cost` rises
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))  # (k, d), all of u there

    def interval(self) -> tuple[float, float]:
        """Where the rise is below 3.84 (95 %), on the unit interval."""
        inside = self.u[self.cost <= ENOUGH]
        return float(inside.min()), float(inside.max())

    @property
    def open(self) -> bool:
        """Whether the interval reaches both ends of the declared range: nothing is told."""
        low, high = self.interval()
        return low <= self.u[0] and high >= self.u[-1]


def profile_likelihoods(problem, stages: list[Stage], u: np.ndarray, n: int = 13) -> list[Profiled]:
    """Profile of every parameter over its declared range, without the prior's help for itself."""
    grid = np.linspace(0.01, 0.99, n)
    return [
        profile_along(problem, stage, u, int(one), grid) for stage in stages for one in stage.free
    ]


def profile_along(problem, stage: Stage, u: np.ndarray, one: int, grid: np.ndarray) -> Profiled:
    """Profile of a parameter at the points of a grid and at its optimum; the others of its stage
    begin at the optimum of the neighbour nearer to u."""
    grid = np.union1d(grid, [np.clip(u[one], 0.01, 0.99)])
    middle = int(np.argmin(np.abs(grid - u[one])))
    height, points = np.empty(len(grid)), np.empty((len(grid), len(u)))
    for order in (range(middle, len(grid)), range(middle - 1, -1, -1)):
        at = u
        for k in order:
            points[k], height[k] = at_value(problem, stage, at, one, grid[k])
            at = points[k]
    return Profiled(one, grid, height - height.min(), float(height.min()), points)


def at_value(
    problem, stage: Stage, u: np.ndarray, one: int, value: float
) -> tuple[np.ndarray, float]:
    """The optimum of a stage, and its cost, with one parameter at a value; from u on."""
    others = Stage(stage.name, stage.free[stage.free != one], stage.keep)
    at = u.copy()
    at[one] = value
    at = minimise(problem, at, others)
    return at, cost(problem, at, others.keep, others.free)


def sample_stages(
    problem, stages: list[Stage], n: int, seed: int = 1, burn: int = 1500, apart: int = 60
) -> np.ndarray:
    """n points (n, d) of the cut posterior.

    The first stage by one adaptive random walk of Metropolis, thinned; each later stage by a short
    walk for every draw of the stages before it.
    """
    generator = np.random.default_rng(seed)
    draws = np.repeat(fit_stages(problem, stages)[None, :], n, axis=0)
    for stage in stages:
        if not len(stage.free):
            continue
        if stage is stages[0]:
            draws = _walk(problem, draws[0], stage, generator, burn + n * apart)[burn::apart][:n]
            continue
        for k in range(n):
            draws[k] = _walk(problem, draws[k], stage, generator, 400)[-1]
    return draws


def _walk(
    problem, u: np.ndarray, stage: Stage, generator: np.random.Generator, n: int
) -> np.ndarray:
    """States (n, d) of a random walk in the stage's free parameters; its step is tuned during the
    first third to accept a quarter."""
    states = np.empty((n, len(u)))
    now, height = u.copy(), -0.5 * cost(problem, u, stage.keep, stage.free)
    step = 0.25 / np.sqrt(len(stage.free))
    for k in range(n):
        asked = now.copy()
        asked[stage.free] += step * generator.normal(size=len(stage.free))
        accepted = False
        if ((asked[stage.free] > 0.0) & (asked[stage.free] < 1.0)).all():
            other = -0.5 * cost(problem, asked, stage.keep, stage.free)
            if np.log(generator.random()) < other - height:
                now, height, accepted = asked, other, True
        if k < n // 3:
            step *= np.exp(0.05 * (accepted - 0.25))
        states[k] = now
    return states
