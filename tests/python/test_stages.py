"""The emulator and the calibration in stages on problems whose answer is known in closed form."""

import math
import unittest

import numpy as np
from neocol.calibration.emulator import Emulated, design, fit_polynomial, terms
from neocol.calibration.evidence import levelled_margin, margin, one_sided, residual
from neocol.calibration.least_squares import PRIOR_SD
from neocol.calibration.staged import tempered
from neocol.calibration.stages import (
    Stage,
    fit_stages,
    minimise,
    profile_likelihoods,
    sample_stages,
)
from neocol.validation.rows import Check, Reading

READING = Reading("a", "b")


class Quadratic:
    """Margins that are a quadratic in two parameters; a third is seen by nothing."""

    start = np.array([0.5, 0.5, 0.5])
    topics = np.array(["1", "1", "2"])
    weights = np.ones(3)

    @staticmethod
    def margins(points):
        x, y = points[:, 0] - 0.5, points[:, 1] - 0.5
        return np.sinh(np.array([x, 2.0 * x * y - 0.3, 0.5 * y + x**2]).T)

    def shaped(self, margins):
        return np.where(np.isnan(margins), 5.0, margins)


class Linear:
    """Residuals A u - b with standard deviation 1."""

    def __init__(self, matrix, b):
        self.matrix, self.b = np.asarray(matrix, float), np.asarray(b, float)
        self.start = np.full(self.matrix.shape[1], 0.5)
        self.topics = np.array([str(k) for k in range(len(self.b))])

    def residuals(self, points):
        return np.asarray(points) @ self.matrix.T - self.b


class Emulator(unittest.TestCase):
    def test_a_quadratic_is_emulated_exactly_and_its_error_is_none(self):
        emulated = Emulated(Quadratic(), design(Quadratic.start, 40))
        away = design(Quadratic.start, 25, seed=9)
        np.testing.assert_allclose(emulated.residuals(away), Quadratic.margins(away), atol=1e-8)
        self.assertLess(emulated.error.max(), 1e-8)
        self.assertGreater(emulated.explained.min(), 0.999999)

    def test_noise_is_not_fitted_and_shows_as_error(self):
        generator = np.random.default_rng(4)
        columns, _ = terms(generator.random((60, 6)))
        found = fit_polynomial(columns, generator.normal(size=60))
        self.assertLess(len(found.chosen), 8)
        columns, _ = terms(generator.random((60, 6)))
        y = 3.0 * columns[:, 2] + 0.2 * generator.normal(size=60)
        found = fit_polynomial(columns, y)
        self.assertIn(2, found.chosen)
        self.assertAlmostEqual(float(np.std(y - found.loo)), 0.2, delta=0.06)

    def test_runs_that_failed_are_left_out(self):
        class Failing(Quadratic):
            @staticmethod
            def margins(points):
                found = Quadratic.margins(points)
                found[3] = math.nan
                return found

        emulated = Emulated(Failing(), design(Quadratic.start, 40))
        np.testing.assert_allclose(
            emulated.residuals(emulated.points[3:4]),
            Quadratic.margins(emulated.points[3:4]),
            atol=1e-6,
        )

    def test_the_design_starts_with_the_declared_values_and_stays_near_them(self):
        points = design(np.array([0.1, 0.6]), 30)
        np.testing.assert_allclose(points[0], [0.1, 0.6])
        self.assertTrue((points > 0.0).all() and (points[:, 0] < 0.551).all())
        self.assertTrue((points[:, 1] > 0.149).all() and (points < 1.0).all())


class Stages(unittest.TestCase):
    """Two parameters, a row each, and one row that sees both."""

    MATRIX = np.array([[10.0, 0.0], [4.0, 8.0]])
    FIRST = Stage("first", np.array([0]), np.array([True, False]))
    SECOND = Stage("second", np.array([1]), np.array([False, True]))

    def setUp(self):
        self.problem = Linear(self.MATRIX, [7.0, 5.0])

    @staticmethod
    def ridge(slope, target):
        """Minimum of (slope u - target)^2 + ((u - 0.5)/PRIOR_SD)^2."""
        weight = 1.0 / PRIOR_SD**2
        return (slope * target + 0.5 * weight) / (slope**2 + weight)

    def test_later_stages_leave_earlier_parameters_where_they_were_put(self):
        u = fit_stages(self.problem, [self.FIRST, self.SECOND])
        first = self.ridge(10.0, 7.0)
        self.assertAlmostEqual(u[0], first, places=4)
        self.assertAlmostEqual(u[1], self.ridge(8.0, 5.0 - 4.0 * first), places=4)

    def test_rows_left_out_do_not_pull(self):
        u = fit_stages(self.problem, [self.FIRST, self.SECOND], np.array([True, False]))
        self.assertAlmostEqual(u[1], 0.5, places=5)

    def test_the_optimum_stays_on_the_declared_range(self):
        u = minimise(
            Linear([[50.0]], [90.0]), np.array([0.5]), Stage("x", np.array([0]), np.array([True]))
        )
        self.assertGreater(u[0], 0.99)
        self.assertLessEqual(u[0], 1.0)

    def test_draws_have_mean_and_spread_of_the_cut_posterior(self):
        draws = sample_stages(self.problem, [self.FIRST, self.SECOND], 400)
        sd = 1.0 / math.sqrt(10.0**2 + 1.0 / PRIOR_SD**2)
        self.assertAlmostEqual(draws[:, 0].mean(), self.ridge(10.0, 7.0), delta=0.3 * sd)
        self.assertAlmostEqual(draws[:, 0].std(), sd, delta=0.2 * sd)
        slope = np.polyfit(draws[:, 0], draws[:, 1], 1)[0]  # the second follows the first
        self.assertAlmostEqual(slope, -8.0 * 4.0 / (8.0**2 + 1.0 / PRIOR_SD**2), delta=0.2)

    def test_a_profile_is_open_where_nothing_is_told_and_the_parabola_where_it_is(self):
        problem = Linear([[20.0, 0.0]], [10.0])
        stage = Stage("x", np.array([0, 1]), np.array([True]))
        told, untold = profile_likelihoods(problem, [stage], np.array([0.5, 0.5]))
        self.assertFalse(told.open)
        self.assertTrue(untold.open)
        np.testing.assert_allclose(told.cost, (20.0 * (told.u - 0.5)) ** 2, atol=1e-6)

    def test_weights_are_tempered_until_enough_draws_count(self):
        even, power = tempered(np.zeros(10))
        self.assertEqual(power, 1.0)
        np.testing.assert_allclose(even, 0.1)
        weights, power = tempered(np.linspace(0.0, 50.0, 10))
        self.assertLess(power, 1.0)
        self.assertGreaterEqual(1.0 / np.sum(weights**2), 4.0 - 1e-9)


class Margins(unittest.TestCase):
    def test_residuals_are_levelled_margins(self):
        for check in (
            Check("x", READING, low=2.0, high=4.0),
            Check("x", READING, high=3.0),
            Check("x", READING, sign=1),
            Check("x", READING, larger_than=READING),
        ):
            for value in (-2.0, 0.5, 1.2, 3.5, 40.0):
                found = levelled_margin(one_sided(check), margin(check, value))
                self.assertEqual(found, residual(check, value))
        self.assertLess(margin(Check("x", READING, sign=-1), -7.0), -5.0)


if __name__ == "__main__":
    unittest.main()
