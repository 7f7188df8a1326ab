"""Efficiencies of cells: their intervals end where efficiencies do."""

import numpy as np
import pytest

from wollemi.histograms.efficiencies import Counts, efficiencies_of

MEASURED = {"kind": "efficiency", "axes": {"pt": [20, 50, 500]}}


@pytest.mark.parametrize("subtracts", [False, True])
@pytest.mark.parametrize("failing", [0.0, 0.2, 20.0])
def test_intervals_lie_between_no_events_and_all(failing, subtracts):
    """Subtracted backgrounds leave few events with a large variance, here 10 of each sum."""
    passed = np.array([[20.0, 20.0], [30.0, 30.0]])
    failed = np.array([[failing, 20.0], [failing + 10, 30.0]])
    found = efficiencies_of("id", MEASURED, Counts(failed, passed, 0.0, subtracts), "data").values
    assert found["nominal"][0] == pytest.approx(20 / (20 + failing), rel=1e-12)
    for side in ("up", "down"):
        assert ((found[side] >= 0) & (found[side] <= 1)).all()
    assert (found["down"] <= found["nominal"]).all()
    assert (found["nominal"] <= found["up"]).all()
