"""Pulls and limits of two runs."""

import copy

import pytest
from matplotlib import pyplot as plt

from wollemi.plots.result_overlay import (
    draw_limits_of_both,
    draw_pulls_of_both,
    limits_moved,
    moved_pulls,
)
from wollemi.plots.style import PlotLabels


def pull(name, value, error=1.0):
    return {"name": name, "pull": value, "error": error}


LIMITS = {
    "x": [1.0, 2.0],
    "x_label": "mass",
    "y_label": "cross section [pb]",
    "unit": "pb",
    "ticks": None,
    "beam": "1 fb⁻¹",
    "marks": [],
    "theory": [2.0, 0.5],
    "observed": [1.0, 0.8],
    "expected": [[0.5, 0.4], [0.7, 0.6], [1.0, 0.9], [1.4, 1.2], [2.0, 1.8]],
}


def test_the_pulls_that_moved_most_come_first():
    """In value or in error, and only of parameters that both have."""
    then = {"pulls": [pull("a", 0.1), pull("b", 0.5), pull("c", 0.0), pull("gone", 1.0)]}
    now = {"pulls": [pull("new", 1), pull("a", 0.3), pull("b", 0.5), pull("c", 0.0, 0.4)]}
    found = moved_pulls(then, now)
    assert [first["name"] for first, _ in found] == ["c", "a"]
    figure = draw_pulls_of_both(found, ("A", "B"), PlotLabels("Wollemi", ""))
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.get_yticklabels()] == ["c", "a"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["A", "B"]
    plt.close(figure)


@pytest.mark.parametrize(
    ("changed", "moved"),
    [
        ({}, False),
        ({"observed": [1.0, 0.8 * (1 + 1e-5)]}, False),
        ({"observed": [1.1, 0.8]}, True),
        ({"expected": [*LIMITS["expected"][:2], [1.0, 0.7], *LIMITS["expected"][3:]]}, True),
        ({"x": [1.0, 2.5]}, True),
        ({"unit": "fb", "x": [1.0, 2.5]}, False),
        ({"ticks": ["a", "b"], "x": [1.0, 2.5]}, False),
        ({"x": [1.0, 2.0, 3.0], "observed": None, "expected": [[1.0] * 3] * 5}, True),
    ],
)
def test_limits_that_moved_share_an_axis(changed, moved):
    now = copy.deepcopy(LIMITS) | changed
    assert limits_moved(LIMITS, now) is moved
    assert limits_moved({}, now) is limits_moved(LIMITS, {}) is False
    of_one_signal = {"x": [0.0, 1.0], "expected": [[1.0, 0.1]] * 5, "observed": [1.0, 0.2]}
    assert limits_moved(of_one_signal, of_one_signal | {"observed": [1.0, 0.4]}) is False


def test_what_is_blinded_is_not_drawn():
    figure = draw_limits_of_both(LIMITS, LIMITS | {"observed": None}, ("A", "B"))
    (ax,) = figure.axes
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["Observed, A", "Expected, A", "Expected, B", "Prediction"]
    plt.close(figure)
