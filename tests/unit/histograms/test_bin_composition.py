"""What a bin is made of, by hand."""

import numpy as np
import pytest

from wollemi.analysis.models.analysis import Sample
from wollemi.histograms.bin_composition import composition
from wollemi.histograms.histogram import edges_axis, from_sums

AXIS = edges_axis("x", (0.0, 1.0, 2.0))
SAMPLES = {
    "data": Sample(role="data", datasets=("data",)),
    "dy": Sample(role="background", datasets=("low", "high")),
    "missing": Sample(role="background", datasets=("low", "gone")),
}


def histogram(values, noted=None):
    return from_sums(AXIS, np.array(values), np.array(values) / 4, noted)


HISTOGRAMS = {
    "data": {"sr/x/nominal": histogram([0.0, 3.0, 4.0, 0.0], {"blinded": "0010"})},
    "low": {
        "sr/x/nominal": histogram([1.0, 2.0, 3.0, 4.0]),
        "sr/x/jes_up": histogram([1.0, 4.0, 3.0, 4.0]),
        "sr/x/pileup_up": histogram([1.0, 1.0, 3.0, 4.0]),
        "sr/y/jes_up": histogram([9.0, 9.0, 9.0, 9.0]),
    },
    "high": {
        "sr/x/nominal": histogram([0.0, 6.0, 0.0, 0.0]),
        "sr/x/pileup_up": histogram([0.0, 9.0, 0.0, 0.0]),
    },
}


def test_a_bin():
    data, dy = composition(HISTOGRAMS, SAMPLES, "sr", "x", 1)
    assert (data.sample, data.events) == ("data", 3.0)
    assert (dy.events, dy.error) == (8.0, pytest.approx(np.sqrt(2)))
    # the dataset that a variation does not act on keeps its events
    assert dict(dy.changes) == {"jes_up": 0.25, "pileup_up": 0.25}


def test_the_largest_change_is_first():
    _, dy = composition(HISTOGRAMS, SAMPLES, "sr", "x", None)
    assert dy.events == 16.0
    assert [name for name, _ in dy.changes] == ["jes_up", "pileup_up"]


def test_hidden_data_are_not_told():
    assert composition(HISTOGRAMS, SAMPLES, "sr", "x", 2)[0].events is None
    assert composition(HISTOGRAMS, SAMPLES, "sr", "x", None)[0].events is None


def test_an_empty_bin_has_no_changes():
    plain = {"low": HISTOGRAMS["low"], "high": HISTOGRAMS["high"]}
    samples = {"dy": Sample(role="background", datasets=("high",))}
    assert composition(plain, samples, "sr", "x", 0)[0].changes == ()
