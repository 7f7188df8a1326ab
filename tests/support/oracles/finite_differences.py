"""Derivatives of an objective against central differences."""

import numpy as np
import pytest


def assert_derivatives(objective, values, places=None):
    """Compare the gradient and the rows of the Hessian with the slopes of the objective and of the
    gradient, of all parameters or of those at some places.
    """
    point = objective(values)
    hessian = objective.hessian(point)
    for place in range(len(values)) if places is None else places:
        step = 1e-5 * np.eye(len(values))[place]
        above, below = objective(values + step), objective(values - step)
        slope = (above.objective - below.objective) / 2e-5
        assert point.gradient[place] == pytest.approx(slope, rel=1e-6, abs=1e-6)
        second = (above.gradient - below.gradient) / 2e-5
        np.testing.assert_allclose(hessian[place], second, rtol=1e-5, atol=1e-4)
