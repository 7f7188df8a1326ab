"""The limits that a simplified likelihood is compared with."""

import numpy as np

from wollemi_publish.simplified.closure import closure_of, describe_closure
from wollemi_publish.simplified.likelihood import SimplifiedLikelihood

ASYMPTOTIC = {"observed": 0.9, "expected": (0.4, 0.6, 0.8, 1.1, 1.5)}
TOYS = {
    "number": 1000,
    "asymptotic_observed": ASYMPTOTIC["observed"],
    "asymptotic_expected": ASYMPTOTIC["expected"],
}


def test_asymptotic_limits_are_compared_with_asymptotic_ones():
    simplified = SimplifiedLikelihood(np.array([5.0]), np.array([4.0]), np.array([[0.5]]))
    plain = {"point": None, **ASYMPTOTIC}
    quoted = {"point": None, "observed": 1.2, "expected": (1.0,) * 5, "toys": TOYS}
    first, second = (
        closure_of(simplified, np.array([6.0]), full, 0.95, 50.0) for full in (plain, quoted)
    )
    assert first == second
    assert first["full"] == ASYMPTOTIC
    head = {"measurement": "m", "level": 0.95, "test_statistic": "qtilde", "method": "toys"}
    assert describe_closure({"signal": second}, head)["method"] == "asymptotic"
