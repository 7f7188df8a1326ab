"""Parameters as text: a bound is never an error."""

import pytest
from support.example.products import fitted

from wollemi.results.parameter_text import minos_text, pull_of, pull_text, value_text

AT_LOWER = fitted("mu", 0.0, None, "none", 1.0, None, error_up=0.0304, at_bound="lower")
AT_UPPER = fitted("mu", 10.0, None, "none", 1.0, None, error_down=0.52, at_bound="upper")
NOWHERE = fitted("mu", 0.0, None, "none", 1.0, None, at_bound="lower")


@pytest.mark.parametrize(
    ("item", "value", "minos"),
    [
        (
            fitted("mu", 0.884, 0.398, error_up=0.43, error_down=0.37),
            "0.88 ± 0.40",
            "0.88 +0.43 −0.37",
        ),
        (fitted("mu", 0.1, 0.3, error_up=0.35), "0.10 ± 0.30", "0.10 +0.35"),
        (fitted("mu", 0.1, 0.3), "0.10 ± 0.30", "–"),
        (AT_LOWER, "0.000 +0.030 (at its lower bound)", "0.000 +0.030"),
        (AT_UPPER, "10.00 −0.52 (at its upper bound)", "10.00 −0.52"),
        (NOWHERE, "0 (at its lower bound)", "–"),
    ],
)
def test_errors_on_the_sides_where_they_are(item, value, minos):
    assert (value_text(item), minos_text(item)) == (value, minos)


def test_pulls():
    assert pull_text(pull_of(fitted("lumi", -0.5, 0.9))) == "−0.50 ± 0.90"
    bound = fitted("jes", -5.0, None, prefit_error=2.0, error_up=1.0, at_bound="lower")
    assert pull_of(bound, "pull_") == {
        "pull": -2.5,
        "pull_error": None,
        "pull_down": None,
        "pull_up": 0.5,
        "at_bound": "lower",
    }
    assert pull_text(pull_of(bound)) == "−2.50 +0.50 (at its lower bound)"
