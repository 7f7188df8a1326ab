"""Weights of given counts; those of events are in `tests/physics/test_measured_pileup.py`."""

import numpy as np
import pytest

from wollemi.histograms.pileup_weights import pileup_weights
from wollemi_likelihood.base.errors import WollemiError

MEASURED = {"kind": "pileup", "axes": {"n": [0, 10, 20, 30]}}


def weights(data, simulated, **kind):
    given = {"nominal": np.array(data, float)}
    return pileup_weights("m", MEASURED, given, np.array(simulated, float), **kind)["nominal"]


def test_the_weighted_simulation_is_the_data():
    simulated = np.array([20.0, 60.0, 20.0])
    found = weights([1, 4, 5], simulated)
    assert found == pytest.approx([0.5, 2 / 3, 2.5], rel=1e-12)
    assert (found * simulated).sum() == pytest.approx(simulated.sum(), rel=1e-12)


def test_data_without_simulation_are_told(caplog):
    found = weights([2, 6, 2], [50, 50, 0])
    assert found.tolist() == pytest.approx([0.4, 1.2, 0], rel=1e-12)
    assert "20 % of the data (nominal) are in bins without simulation" in caplog.text
    assert "the mean weight is 0.8" in caplog.text


def test_a_negative_bin_is_refused_but_in_a_preview():
    with pytest.raises(WollemiError, match=r"(?s)1 of 3 bins of simulation.*n 10 to 20"):
        weights([1, 1, 1], [3, -1, 3])
    assert weights([1, 1, 1], [3, -1, 3], preview=True)[1] == 0


@pytest.mark.parametrize(
    ("data", "simulated", "what"),
    [([0, 0, 0], [1, 1, 1], r"data \(nominal\)"), ([1, 1, 1], [0, 0, 0], "simulation")],
)
def test_empty_distributions_are_refused(data, simulated, what):
    with pytest.raises(WollemiError, match=f"the bins of {what} are empty"):
        weights(data, simulated)
