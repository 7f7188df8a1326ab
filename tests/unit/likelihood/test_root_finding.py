"""Roots of known functions, found with few evaluations."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from wollemi_likelihood.root_finding import crossing, find_root
from wollemi_likelihood.search import ImpossibleDataError

FUNCTIONS = {
    "line": (lambda x: 2 * x - 3, 0.0, 5.0, 1.5, 6),
    "cubic": (lambda x: x**3 - 2, 0.0, 3.0, 2 ** (1 / 3), 12),
    "falling": (lambda x: math.exp(-x) - 0.05, 0.0, 50.0, -math.log(0.05), 16),
    "steep": (lambda x: math.tanh(50 * (x - 0.123)), -10.0, 10.0, 0.123, 30),
    "at the end": (lambda x: x - 1, 0.0, 1.0, 1.0, 6),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_known_roots(name):
    function, low, high, root, most = FUNCTIONS[name]
    calls = []

    def counted(x):
        calls.append(x)
        return function(x)

    assert find_root(counted, low, high, 1e-9) == pytest.approx(root, abs=1e-9)
    assert len(calls) <= most
    assert all(low <= x <= high for x in calls)


def test_a_jump_is_located():
    assert find_root(lambda x: 1.0 if x > 0.7 else -1.0, 0.0, 1.0, 1e-6) == pytest.approx(
        0.7, abs=1e-6
    )


def test_no_change_of_sign():
    with pytest.raises(ValueError, match="no change of sign between 1 and 2"):
        find_root(lambda x: x, 1, 2, 1e-6)


def profile(curve, bounds=(-10.0, 10.0)):
    """Scan and fit of a parameter with its estimate at 1; the curve is -2 ln L by distance."""

    def point(value):
        return SimpleNamespace(objective=curve(abs(value - 1)) / 2)

    def fixed(value):
        assert value != 1, "the fit is known"
        return SimpleNamespace(point=point(value))

    objective = lambda values: point(float(values[0]))  # noqa: E731
    scan = SimpleNamespace(name="mu", objective=objective, fixed=fixed, verified=lambda value: True)
    objective.likelihood = SimpleNamespace(bounds=np.array([bounds]).T)
    fit = SimpleNamespace(names=["mu"], values=np.array([1.0]), errors=np.array([0.3]))
    return scan, fit


@pytest.mark.parametrize("direction", [-1, 1])
@pytest.mark.parametrize("rise", [1.0, 3.84])
def test_minos_of_a_parabola(direction, rise):
    found = crossing(*profile(lambda distance: (distance / 2) ** 2), direction, rise, 1e-6)
    assert found == pytest.approx(direction * 2 * math.sqrt(rise), rel=1e-5)


def test_data_that_become_impossible_end_the_search_there():
    def curve(distance):
        if distance > 0.171:
            raise ImpossibleDataError("a bin", "is empty", "fill it")
        return distance**2

    assert crossing(*profile(curve), 1, 1.0, 1e-6) == pytest.approx(0.171, rel=1e-4)


def test_a_bound_before_the_rise():
    scan, fit = profile(lambda distance: distance**2, bounds=(0.5, 1.7))
    assert crossing(scan, fit, 1, 1.0, 1e-6) is None
    assert crossing(scan, fit, -1, 0.04, 1e-6) == pytest.approx(-0.2, rel=1e-5)
