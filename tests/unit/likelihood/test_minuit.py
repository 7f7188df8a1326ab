"""iminuit on a counting experiment, whose minimum and errors are known."""

import numpy as np
import pytest
from scipy.optimize import brentq

from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.minuit import migrad, minos_errors
from wollemi_likelihood.objective import Objective

OBSERVED = 40.0


def counting():
    """10 µ events of signal, and nothing else."""
    poi = {"name": "mu", "inits": [1.0], "bounds": [[0.0, 50.0]]}
    modifiers = [{"name": "mu", "type": "normfactor", "data": None}]
    likelihood = Likelihood.from_workspace(
        {
            "channels": [
                {
                    "name": "SR",
                    "samples": [{"name": "signal", "data": [10.0], "modifiers": modifiers}],
                }
            ],
            "observations": [{"name": "SR", "data": [OBSERVED]}],
            "measurements": [{"name": "M", "config": {"poi": "mu", "parameters": [poi]}}],
            "version": "1.0.0",
        }
    )
    return Objective(likelihood, likelihood.data)


def rise(strength):
    """-2 ln L above its minimum."""
    rate = 10 * strength
    return 2 * (rate - OBSERVED + OBSERVED * np.log(OBSERVED / rate))


def test_minimum_and_errors():
    objective, movable = counting(), np.array([True])
    found = migrad(objective, np.array([1.0]), movable, np.array([0.5]))
    assert found.converged
    assert found.point.values == pytest.approx([4.0], rel=1e-5)
    error = minos_errors(objective, found.point.values, movable, np.array([0.6]), ["mu"])["mu"]
    ends = [brentq(lambda value: rise(value) - 1, *sides) for sides in [(1, 4), (4, 9)]]
    assert [error.lower, error.upper] == pytest.approx([end - 4 for end in ends], rel=1e-3)
