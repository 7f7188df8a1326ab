"""Roots of known functions, found with few evaluations."""

import math

import pytest

from wollemi_likelihood.root_finding import find_root

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
