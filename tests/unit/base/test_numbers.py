"""The gate for numbers from outside: what Python's own conversions let through, it refuses."""

import json
import math

import pytest

from wollemi.base.numbers import plain_number, text_number
from wollemi_likelihood.base.errors import WollemiError

# As another parser of decimal numbers reads them: that of JSON, after its stricter notation.
GOOD = {"1": "1", "-1.5": "-1.5", "+2": "2", "3.": "3", ".5": "0.5", "1e-3": "1e-3", "1E+2": "1E+2"}
NOT_NUMBERS = ["", " 1", "1 ", "1_000", "0x10", "1,5", "1e", "e5", "--1", "1d3", "٣", "1\n", "True"]
NOT_FINITE = ["nan", "NaN", "inf", "-inf", "Infinity", "1e400", "-1e400", "9" * 400]


@pytest.mark.parametrize(("text", "same"), GOOD.items())
def test_decimal_notation(text, same):
    assert text_number("card", "rate", text) == json.loads(same)


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_text_that_is_not_a_number(text):
    with pytest.raises(WollemiError, match=r"^card: rate is '.*', not a number"):
        text_number("card", "rate", text)


@pytest.mark.parametrize("text", NOT_FINITE)
def test_text_that_is_not_finite(text):
    with pytest.raises(WollemiError, match="not a finite number") as caught:
        text_number("card", "rate", text)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("value", ["1", None, True, [1], {"a": 1}, 1j, b"1", [[]] * 1000])
def test_values_of_another_type(value):
    with pytest.raises(WollemiError, match="not a number") as caught:
        plain_number("document", "width", value)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        10**400,
        json.loads("1e400"),
        pytest.param(10**5000, id="huge"),
    ],
)
def test_values_that_are_not_finite(value):
    with pytest.raises(WollemiError, match="not a finite number"):
        plain_number("document", "width", value)


def test_ranges_include_their_ends():
    assert plain_number("document", "width", 0, at_least=0) == 0
    assert text_number("card", "rate", "5", at_most=5) == 5
    for read, value in ((plain_number, -1e-300), (text_number, "-1e-300")):
        with pytest.raises(WollemiError, match="below 0"):
            read("document", "width", value, at_least=0)
    with pytest.raises(WollemiError, match="above 1"):
        plain_number("document", "width", 1.5, at_most=1)


def test_whole_numbers():
    assert text_number("card", "events", "5.", whole=True) == 5
    for read, value in ((plain_number, 5.5), (text_number, "5.5")):
        with pytest.raises(WollemiError, match="not a whole number"):
            read("card", "events", value, whole=True)
