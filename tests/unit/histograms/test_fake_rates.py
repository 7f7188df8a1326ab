"""Fake rates of counts; those of events are in `tests/physics/test_fake_rate.py`."""

import numpy as np
import pytest

from wollemi.histograms.fake_rates import fake_rates
from wollemi.histograms.histogram import edges_axis, from_sums
from wollemi_likelihood.base.errors import WollemiError

MEASURED = {"kind": "fake_rate", "axes": {"pt": [15, 30, 60]}, "prompt_uncertainty": 0.1}


def cells(*counts, weight=1.0, **noted):
    """A histogram of two cells that fail and two that pass."""
    sums = np.array([0.0, *counts, 0.0]) * weight
    return from_sums(edges_axis("f", np.arange(5) - 0.5), sums, sums * weight, noted)


def test_prompt_leptons_are_subtracted():
    prompt = cells(100, 200, 500, 400, weight=0.1)
    found = fake_rates("m", MEASURED, cells(90, 60, 70, 80), prompt).values
    assert found["nominal"] == pytest.approx([20 / 100, 40 / 80], rel=1e-12)
    assert found["prompt_up"] == pytest.approx([15 / 94, 36 / 74], rel=1e-12)
    assert found["prompt_down"] == pytest.approx([25 / 106, 44 / 86], rel=1e-12)
    # Σw² of what passes in the first cell: 70 of data, 500 · 0.1² of simulation.
    error = np.sqrt(0.8**2 * 75 + 0.2**2 * 91) / 100
    assert found["down"][0] == pytest.approx(0.2 - error, rel=1e-12)
    assert 0.2 + error < found["up"][0] < 0.2 + 1.2 * error


@pytest.mark.parametrize("data", [(0, 60, 70, 80), (5, 60, 5, 80), (90, 60, 10, 80)])
def test_bins_without_a_rate_are_refused(data):
    """Nothing fails, nothing is left, or far less than nothing passes."""
    prompt = cells(0, 20, 40, 40)
    with pytest.raises(WollemiError, match=r"(?s)1 of 2 bins of data have no fake.*pt 15 to 30"):
        fake_rates("m", MEASURED, cells(*data), prompt)


def test_less_than_nothing_may_pass():
    found = fake_rates("m", MEASURED, cells(90, 60, 38, 80), cells(0, 20, 40, 40)).values
    assert found["nominal"][0] == found["down"][0] == 0
    assert found["up"][0] > 0


def test_also_the_varied_rates_must_be_some():
    prompt = cells(0, 20, 64, 40)
    with pytest.raises(WollemiError, match=r"no fake rate with 1.1 times the prompt"):
        fake_rates("m", MEASURED, cells(2, 60, 64, 80), prompt)


def test_a_preview_subtracts_nothing(caplog):
    prompt = cells(1000, 1000, 9000, 9000, preview=True)
    found = fake_rates("m", MEASURED, cells(3, 0, 1, 0), prompt).values
    assert found["nominal"].tolist() == found["prompt_up"].tolist() == [0.25, 0.25]
    assert "subtracts no prompt simulation" in caplog.text
