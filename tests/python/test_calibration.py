"""Calibration on problems whose answer is known in closed form."""

import math
import tempfile
import unittest
from pathlib import Path

import numpy as np
from neocol.calibration.evidence import FAILED, residual, unit_of, weight
from neocol.calibration.least_squares import (
    PRIOR_SD,
    importance,
    laplace,
    least_squares,
    leave_one_topic_out,
    profile,
    shrinkage,
)
from neocol.calibration.report import Calibration, text, write_moves
from neocol.parameters import Parameter
from neocol.validation.rows import Check, Reading, Row


class Linear:
    """Residuals A u - b: the posterior is the normal distribution of linear regression."""

    def __init__(self, matrix, b, start, topics=None):
        self.matrix, self.b = np.asarray(matrix, float), np.asarray(b, float)
        self.start = np.asarray(start, float)
        self.topics = np.array(topics or ["1"] * len(self.b))
        self.points = 0

    def residuals(self, points):
        self.points += len(points)
        return np.asarray(points) @ self.matrix.T - self.b


def exact(matrix, b, start):
    """Mean and covariance of the posterior."""
    information = matrix.T @ matrix + np.eye(len(start)) / PRIOR_SD**2
    covariance = np.linalg.inv(information)
    return covariance @ (matrix.T @ b + np.asarray(start) / PRIOR_SD**2), covariance


MATRIX = np.array([[8.0, 1.0, 0.0], [0.0, 6.0, 0.0], [5.0, -5.0, 0.0]])
TRUE = np.array([0.4, 0.6, 0.9])  # the third is not seen by the data
START = np.array([0.5, 0.5, 0.5])


class Fits(unittest.TestCase):
    def setUp(self):
        self.problem = Linear(MATRIX, MATRIX @ TRUE, START)
        self.fit = least_squares(self.problem)

    def test_least_squares_find_the_regularised_optimum(self):
        mean, _ = exact(MATRIX, MATRIX @ TRUE, START)
        np.testing.assert_allclose(self.fit.u, mean, atol=2e-3)
        np.testing.assert_allclose(self.fit.u[:2], TRUE[:2], atol=0.02)
        self.assertLess(self.fit.cost, 0.1 * self.fit.start_cost)

    def test_a_parameter_the_data_do_not_see_stays_where_it_was_declared(self):
        self.assertAlmostEqual(self.fit.u[2], 0.5, places=3)
        told = 1.0 - shrinkage(self.fit)
        self.assertAlmostEqual(told[2], 0.0, places=6)
        self.assertGreater(told[0], 0.3)

    def test_the_linearised_posterior_is_the_normal_distribution_of_regression(self):
        mean, covariance = exact(MATRIX, MATRIX @ TRUE, START)
        found = laplace(self.fit)
        # The third is not correlated with the others: linear algebra leaves rounding where 0 is.
        np.testing.assert_allclose(
            found.covariance, covariance, rtol=1e-6, atol=1e-9 * np.abs(covariance).max()
        )

    def test_the_optimum_stays_inside_the_declared_range(self):
        fit = least_squares(Linear([[10.0]], [30.0], [0.5]))
        self.assertLessEqual(fit.u[0], 1.0)
        self.assertGreater(fit.u[0], 0.99)

    def test_weights_of_a_wide_proposal_bring_back_the_posterior(self):
        mean, covariance = exact(MATRIX[:, :2], MATRIX[:, :2] @ TRUE[:2], START[:2])
        problem = Linear(MATRIX[:, :2], MATRIX[:, :2] @ TRUE[:2], START[:2])
        fit = least_squares(problem)
        found = importance(problem, laplace(fit, widen=1.5), 4000, least_share=0.1)
        self.assertEqual(found.temper, 1.0)
        np.testing.assert_allclose(found.weights @ found.points, mean, atol=0.005)
        spread = np.sqrt(found.weights @ (found.points - mean) ** 2)
        np.testing.assert_allclose(spread, np.sqrt(np.diag(covariance)), rtol=0.06)

    def test_weights_are_tempered_rather_than_left_to_one_draw(self):
        found = importance(
            Linear([[200.0]], [100.0], [0.5]),
            laplace(least_squares(Linear([[1.0]], [0.5], [0.5]))),
            200,
        )
        self.assertLess(found.temper, 1.0)
        self.assertGreaterEqual(found.effective, 0.4 * 200 - 1)

    def test_a_profile_of_a_linear_problem_is_the_parabola_of_its_posterior(self):
        found = profile(self.problem, self.fit, 0, n=7)
        sd = laplace(self.fit).sd[0]
        inside = np.abs(found.u - self.fit.u[0]) < 0.3  # others are not yet cut at their ends
        np.testing.assert_allclose(
            found.cost[inside], ((found.u[inside] - self.fit.u[0]) / sd) ** 2, atol=0.05
        )

    def test_a_topic_left_out_is_predicted_worse_than_fitted(self):
        # Topic 2 alone sees the second parameter: without it, it stays as declared.
        matrix = [[8.0, 0.0], [0.0, 8.0]]
        problem = Linear(matrix, np.array(matrix) @ [0.4, 0.8], [0.5, 0.5], ["1", "2"])
        fit = least_squares(problem)
        second = leave_one_topic_out(problem, fit)[1]
        self.assertEqual(second.topic, "2")
        np.testing.assert_allclose(second.u, [fit.u[0], 0.5], atol=1e-6)
        self.assertAlmostEqual(second.left_out, (8 * 0.3) ** 2, places=3)
        self.assertLess(second.fitted, 0.2 * second.left_out)

    def test_the_report_names_what_moved_with_its_reason(self):
        parameters = [Parameter(name, 1.0, "d-1", 0.1, 10.0, "loguniform") for name in "abc"]
        found = Calibration(
            parameters,
            {"a": "it sets the pace"},
            self.fit,
            ["x", "y", "z"],
            self.problem.topics,
            leave_one_topic_out(self.problem, self.fit),
            importance(self.problem, laplace(self.fit), 20),
            [profile(self.problem, self.fit, 0)],
        )
        self.assertIn("leave one topic out", text(found))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "moves.csv"
            self.assertEqual(write_moves(found, path), 2)  # the third did not move
            self.assertIn("it sets the pace", path.read_text())


class Evidence(unittest.TestCase):
    READING = Reading("a", "b")

    def test_residuals_are_one_at_the_edge_of_a_bracket_and_grow_slowly_beyond(self):
        check = Check("x", self.READING, low=2.0, high=4.0)
        self.assertAlmostEqual(residual(check, 3.0), 0.0)
        self.assertAlmostEqual(residual(check, 4.0), 1.0)
        self.assertAlmostEqual(residual(check, 3.0 + math.e), 2.0)
        self.assertAlmostEqual(residual(check, 3.0 - math.e), -2.0)
        self.assertEqual(residual(check, math.nan), FAILED)

    def test_open_brackets_signs_and_orders_pull_only_where_they_do_not_hold(self):
        below = Check("x", self.READING, high=2.0, strict=True)
        rises = Check("x", self.READING, sign=1)
        order = Check("x", self.READING, larger_than=self.READING)
        for check, good, bad in ((below, 1.0, 3.0), (rises, 5.0, -5.0), (order, 1.5, 0.8)):
            self.assertEqual(residual(check, good), 0.0)
            self.assertGreater(residual(check, bad), 0.5)

    def test_weaker_evidence_weighs_less_and_a_row_counts_once(self):
        check = Check("x", self.READING, low=0.0, high=1.0)
        strong = Row("A", "1", "testable", (check,), observed={"access": "R"})
        weak = Row("B", "1", "testable", (check,), observed={"access": "S"})
        double = Row("C", "1", "testable", (check, check), observed={"access": "R"})
        self.assertAlmostEqual(weight(strong, check) ** 2, 1.0)
        self.assertAlmostEqual(weight(weak, check) ** 2, 0.5)
        self.assertAlmostEqual(2 * weight(double, check) ** 2, 1.0)

    def test_units_invert_the_quantiles_of_a_parameter(self):
        for parameter in (
            Parameter("k", 1.0, "1", 0.1, 10.0, "loguniform"),
            Parameter("k", 1.0, "1", 0.5, 3.0, "uniform"),
        ):
            self.assertAlmostEqual(parameter.quantile(unit_of(parameter, 1.7)), 1.7)


if __name__ == "__main__":
    unittest.main()
