"""Expressions of parameters against Python's own arithmetic."""

import math

import numpy as np
import pytest

from wollemi_likelihood.expressions.factors import degree, factor_value, parse_factor
from wollemi_likelihood.expressions.syntax import ExpressionError

VALUES = {"mu": 1.3, "kappa": -0.7, "c": 0.4}
EXPRESSIONS = (
    "mu",
    "-mu + 2",
    "mu * kappa**2",
    "1 + c - 3 * c**2",
    "kappa**-2 / (0.3 + mu)",
    "(mu - c) * (mu + c) / 2 - -c",
    "c**0 + c**1 + c**+3",
    "2e-3 * mu - +kappa",
    "mu * abs(kappa + 0.2) - abs(c - 3)",
)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_value_is_that_of_python(text):
    factor = parse_factor(text)
    assert factor_value(factor, VALUES) == pytest.approx(eval(text, {}, VALUES), rel=1e-14)
    many = {name: np.array([value, 2 * value]) for name, value in VALUES.items()}
    np.testing.assert_allclose(factor_value(factor, many), eval(text, {}, many), rtol=1e-14)


def test_parameters_come_in_the_order_of_the_text():
    assert parse_factor("kappa * (mu + kappa) / c").names == ("kappa", "mu", "c")


DEGREES = {
    "c": 1,
    "mu * c": 1,
    "c / (1 + mu)": 1,
    "2 * c - mu * c": 1,
    "c**2": 2,
    "c**2 / c": 1,
    "mu": 0,
    "1 + c": None,
    "c + c**2": None,
    "mu / (1 + c)": None,
}


@pytest.mark.parametrize("text", DEGREES)
def test_the_degree_is_that_of_a_rescaled_parameter(text):
    factor, power = parse_factor(text), DEGREES[text]
    assert degree(factor, "c") == power
    values = [factor_value(factor, VALUES | {"c": c}) for c in (0.4, 0.8, 1.6)]
    powers = [math.log2(values[1] / values[0]), math.log2(values[2] / values[1])]
    if power is None:
        assert powers[0] != pytest.approx(powers[1], abs=1e-6)
    else:
        assert powers == pytest.approx([power, power], abs=1e-9)


MISTAKES = {
    "2 * 3": "has no parameters",
    "sqrt(c)": "a factor has numbers, parameters",
    "abs(c)": "abs\\(m - 1\\) of a parameter and a number",
    "abs(2 * c - 1)": "abs\\(m - 1\\) of a parameter and a number",
    "abs(c - mu)": "abs\\(m - 1\\) of a parameter and a number",
    "c**0.5": "exponents are whole numbers",
    "c**mu": "exponents are whole numbers",
    "c**21": "exponents are whole numbers up to 20",
    "c > 1": "a factor has numbers, parameters",
    "c if mu else 1": "is not part of the expression language",
    "c +": "is not an expression",
    "c % 2": "a factor has numbers, parameters",
    " + ".join(f"c{n}" for n in range(21)): "more than 20 parameters",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes(text):
    with pytest.raises(ExpressionError, match=MISTAKES[text]):
        parse_factor(text)
