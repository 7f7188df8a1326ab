"""Weights of templates against numpy's interpolations."""

import numpy as np
import pytest

from wollemi_engine.expressions.morphing import morphing_factors, morphing_weights
from wollemi_likelihood.expressions.factors import degree, factor_value, parse_factor

VALUES = {"low": 118.0, "high": 132.0, "middle": 125.5, "lower": 121.0}
POINTS = np.linspace(117, 133, 33)


def weights(method, values=VALUES, points=POINTS):
    made = morphing_weights("m", values, method)
    return {name: factor_value(parse_factor(text), {"m": points}) for name, text in made.items()}


@pytest.mark.parametrize("method", ["polynomial", "linear"])
@pytest.mark.parametrize("shift", [0, -125.5, -500])
def test_at_a_template_it_alone_counts(method, shift):
    values = {name: value + shift for name, value in VALUES.items()}
    found = weights(method, values, POINTS + shift)
    np.testing.assert_allclose(sum(found.values()), 1, rtol=1e-12)
    for name, value in values.items():
        here = weights(method, values, np.array([value]))
        for other in values:
            assert here[other][0] == pytest.approx(float(other == name), abs=1e-12)


def test_linear_weights_are_straight_lines_between_neighbors():
    found = weights("linear")
    contents = {"low": 3.0, "lower": 7.0, "middle": 1.0, "high": 4.0}
    morphed = sum(contents[name] * weight for name, weight in found.items())
    ordered = sorted(VALUES, key=VALUES.__getitem__)
    expected = np.interp(POINTS, [VALUES[n] for n in ordered], [contents[n] for n in ordered])
    np.testing.assert_allclose(morphed, expected, rtol=1e-12)


def test_polynomials_morph_into_themselves():
    def cubic(m):
        return 2 + 0.3 * (m - 120) - 0.05 * (m - 125) ** 3

    morphed = sum(cubic(VALUES[name]) * weight for name, weight in weights("polynomial").items())
    np.testing.assert_allclose(morphed, cubic(POINTS), rtol=1e-10)


def test_two_templates_have_one_line():
    values = {"low": 0.0, "high": 2.0}
    inside = np.linspace(0, 2, 9)
    one, other = (weights(method, values, inside) for method in ("polynomial", "linear"))
    for name in values:
        np.testing.assert_allclose(one[name], other[name], atol=1e-15)


def test_factors_of_samples():
    made = morphing_factors({"m": {"templates": VALUES, "method": "linear"}})
    assert list(made) == ["m_low", "m_high", "m_middle", "m_lower"]
    assert made["m_low"]["samples"] == ["low"]
    factor = parse_factor(made["m_middle"]["expression"])
    assert factor.names == ("m",)
    assert sorted({value for _, value in factor.kinks}) == [121.0, 125.5, 132.0]
    assert degree(factor, "m") is None
