"""A polynomial that stands for the model in a calibration, made from a modest design of runs.

    emulated = Emulated(problem, design(problem.start, 96), progress)   # runs the design once
    emulated.residuals(points)              # as problem.residuals, in no time
    emulated.error                          # its cross-validated error, by residual

For each margin (neocol.calibration.evidence.margin) terms are taken from all linear, square and cross products
of the parameters one by one, the one that explains most first, as long as the leave-one-out error
falls (orthogonal matching pursuit; the leave-one-out error of least squares in closed form: Allen
1974, PRESS). Margins are emulated as asinh, for they may span decades.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

REACH = 0.45  # of the unit interval: half width of the design about the declared value


def design(start: np.ndarray, n: int, seed: int = 1) -> np.ndarray:
    """Latin hypercube (n, d) over the part of the unit cube within REACH of `start`, which is its
    first point."""
    shares = qmc.LatinHypercube(len(start), seed=seed).random(n - 1)
    low, high = np.maximum(start - REACH, 0.005), np.minimum(start + REACH, 0.995)
    return np.vstack([start, low + shares * (high - low)])


def terms(points: np.ndarray) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """All linear, square and cross terms of points (k, d) - 0.5, (k, t), and what each is."""
    x = 2.0 * (np.asarray(points) - 0.5)
    d = x.shape[1]
    names: list[tuple[int, ...]] = [(i,) for i in range(d)]
    names += [(i, j) for i in range(d) for j in range(i, d)]
    columns = [np.prod(x[:, list(name)], axis=1) for name in names]
    return np.array(columns).T, names


@dataclass(frozen=True)
class Polynomial:
    """constant + sum of coefficient * term; `loo` are its leave-one-out predictions (k,)."""

    chosen: np.ndarray
    coefficients: np.ndarray
    constant: float
    loo: np.ndarray

    def __call__(self, columns: np.ndarray) -> np.ndarray:
        """Values (k,) at the terms (k, t) of k points."""
        return self.constant + columns[:, self.chosen] @ self.coefficients


def _press(matrix: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients, leave-one-out predictions and residuals of least squares."""
    q, r = np.linalg.qr(matrix)
    fitted = q @ (q.T @ y)
    leverage = np.minimum((q**2).sum(axis=1), 1.0 - 1e-9)
    loo = y - (y - fitted) / (1.0 - leverage)
    return np.linalg.solve(r, q.T @ y), loo, y - fitted


def fit_polynomial(columns: np.ndarray, y: np.ndarray, patience: int = 3) -> Polynomial:
    """Terms by matching pursuit until the leave-one-out error has not fallen `patience` times."""
    n = len(y)
    matrix = np.ones((n, 1))
    coefficients, loo, rest = _press(matrix, y)
    chosen: list[int] = []
    best = (float(np.sum((y - loo) ** 2)), chosen, coefficients, loo)
    waited = 0
    centred = columns - columns.mean(axis=0)
    norms = np.sqrt((centred**2).sum(axis=0)) + 1e-12
    while waited < patience and len(chosen) < n // 3:
        gain = np.abs(centred.T @ rest) / norms
        gain[chosen] = -1.0
        chosen = [*chosen, int(np.argmax(gain))]
        matrix = np.column_stack([np.ones(n), columns[:, chosen]])
        if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
            break
        coefficients, loo, rest = _press(matrix, y)
        error = float(np.sum((y - loo) ** 2))
        if error < best[0]:
            best, waited = (error, list(chosen), coefficients, loo), 0
        else:
            waited += 1
    _, chosen, coefficients, loo = best
    return Polynomial(np.array(chosen, int), coefficients[1:], float(coefficients[0]), loo)


class Emulated:
    """A problem (neocol.calibration.least_squares.Problem) whose margins are polynomials.

    error (m,): root mean square of leave-one-out residuals less true ones, unweighted; explained
    (m,): share of the variance of asinh(margin) over the design that is predicted. dropped:
    residuals that fewer than 8 runs of the design gave; their weight becomes 0.
    """

    def __init__(self, problem, points: np.ndarray) -> None:
        self.problem, self.points = problem, points
        self.start, self.topics = problem.start, problem.topics
        self.margins = problem.margins(points)
        z = np.arcsinh(self.margins)
        columns, self.names = terms(points)
        self.polynomials, self.dropped, loo = [], [], np.full_like(z, np.nan)
        for k in range(z.shape[1]):
            good = np.isfinite(z[:, k])
            if good.sum() < 8:
                self.dropped.append(k)
                self.polynomials.append(Polynomial(np.zeros(0, int), np.zeros(0), 0.0, z[:, k]))
                continue
            one = fit_polynomial(columns[good], z[good, k])
            self.polynomials.append(one)
            loo[good, k] = one.loo
        problem.weights = np.array(problem.weights, float)
        problem.weights[self.dropped] = 0.0
        z[:, self.dropped] = loo[:, self.dropped] = 0.0
        spread = np.nanvar(z, axis=0)
        missed = np.nanmean((z - loo) ** 2, axis=0)
        self.explained = np.where(spread > 1e-12, 1.0 - missed / np.maximum(spread, 1e-12), 1.0)
        off = (problem.shaped(np.sinh(loo)) - problem.shaped(self.margins)) / np.where(
            problem.weights > 0.0, problem.weights, 1.0
        )
        off[~np.isfinite(self.margins)] = np.nan
        off[:, self.dropped] = 0.0
        self.error = np.sqrt(np.nanmean(off**2, axis=0))

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """(k, d) points to (k, m) weighted residuals, each made smaller by the emulator's error:
        r/sqrt(1 + error^2)."""
        columns, _ = terms(np.asarray(points))
        z = np.array([one(columns) for one in self.polynomials]).T
        return self.problem.shaped(np.sinh(np.clip(z, -12.0, 12.0))) / np.sqrt(1 + self.error**2)
