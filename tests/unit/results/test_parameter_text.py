"""Parameters as text: a bound is never an error."""

from typing import get_args

import pytest
from support.example.products import fitted

from wollemi.results.fit import Regime
from wollemi.results.fit_remarks import REGIMES
from wollemi.results.parameter_text import WORDS, minos_text, pull_of, pull_text, value_text

AT_LOWER = fitted("mu", 0.0, None, "none", 1.0, None, error_up=0.0304, at_bound="lower")
AT_UPPER = fitted("mu", 10.0, None, "none", 1.0, None, error_down=0.52, at_bound="upper")
NOWHERE = fitted("mu", 0.0, None, "none", 1.0, None, at_bound="lower")


def regime(name, value, error, **errors):
    return fitted("mu", value, error, "none", 1.0, None, **errors, regime=name)


@pytest.mark.parametrize(
    ("item", "value", "minos"),
    [
        (
            fitted("mu", 0.884, 0.398, error_up=0.43, error_down=0.37),
            "0.88 ± 0.40",
            "0.88 +0.43 −0.37",
        ),
        (fitted("mu", 0.1, 0.3, error_up=0.35), "0.10 +0.35", "0.10 +0.35"),
        (fitted("mu", 2.9, 0.3, error_down=0.35), "2.90 −0.35", "2.90 −0.35"),
        (fitted("mu", 0.1, 0.3), "0.10 ± 0.30", "–"),
        (AT_LOWER, "0.000 +0.030 (at its lower bound)", "0.000 +0.030"),
        (AT_UPPER, "10.00 −0.52 (at its upper bound)", "10.00 −0.52"),
        (NOWHERE, "0 (at its lower bound)", "–"),
        (
            regime("wall", -0.577, None, error_up=0.26),
            "−0.58 +0.26 (an empty bin at 0)",
            "−0.58 +0.26",
        ),
        (regime("flat", 1.0, None), "1.00 (undetermined)", "–"),
        (
            regime("quartic", 0.0006, None, error_up=0.9, error_down=0.9),
            "0.00 +0.90 −0.90 (not a parabola)",
            "0.00 +0.90 −0.90",
        ),
        (
            regime("asymmetric", 1.0, 1.0, error_up=1.36, error_down=0.7),
            "1.00 +1.36 −0.70",
            "1.00 +1.36 −0.70",
        ),
    ],
)
def test_errors_on_the_sides_where_they_are(item, value, minos):
    assert (value_text(item), minos_text(item)) == (value, minos)


@pytest.mark.parametrize("name", get_args(Regime))
def test_each_regime_has_words_in_pulls_and_remarks(name):
    item = fitted("jes", 1.0, None, prefit_error=2.0, error_up=1.0, regime=name)
    pull = pull_of(item)
    assert (pull["error"], pull["up"], pull["regime"]) == (None, 0.5, name)
    assert pull_text(pull).startswith("0.50 +0.50")
    assert REGIMES[name][0].format("jes")
    assert name == "asymmetric" or WORDS[name] in pull_text(pull)


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
