"""Factors of normsys in plain Python: values and derivatives against differences."""

from types import SimpleNamespace

import numpy as np
import pytest

from wollemi_likelihood.interpolation import flat_normsys
from wollemi_likelihood.kernels.evaluation import set_normsys

DOWN, UP, STEP = 0.85, 1.3, 1e-4
CODES = {"code 4": 0, "exponential": 1, "Combine": 2}


def factor(alpha, code):
    """Value, slope of its logarithm, and second derivative over the value."""
    model = SimpleNamespace(parameters=0, normsys=1, exponential=code, **flat_normsys([(DOWN, UP)]))
    work = SimpleNamespace(value=[0.0], log_slope=[0.0], curvature=[0.0])
    set_normsys(model, work, 0, alpha)
    return work.value[0], work.log_slope[0], work.curvature[0]


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
@pytest.mark.parametrize("alpha", [-2.0, -0.9, -0.3, 0.2, 0.45, 0.7, 1.8])
def test_derivatives(code, alpha):
    value, slope, curvature = factor(alpha, code)
    below, above = (factor(alpha + side * STEP, code)[0] for side in (-1, 1))
    assert slope == pytest.approx((above - below) / (2 * STEP) / value, rel=1e-5)
    second = (above - 2 * value + below) / STEP**2
    assert curvature == pytest.approx(second / value, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_at_one_standard_deviation(code):
    assert [factor(side, code)[0] for side in (-1, 0, 1)] == pytest.approx([DOWN, 1, UP])


def test_at_the_kink_of_the_exponential_both_sides_are_averaged():
    rates = np.log([UP, 1 / DOWN])
    assert factor(0.0, CODES["exponential"]) == pytest.approx(
        (1.0, np.mean(rates), np.mean(rates**2))
    )
