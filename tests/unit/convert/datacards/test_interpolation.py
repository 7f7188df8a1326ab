"""Interpolations of Combine, against plain ones and at whole standard deviations."""

import numpy as np
import pytest
from support.oracles.combine import log_normal, morphed

from wollemi_convert.datacards.interpolation import normalization, shape

POINTS = np.linspace(-2.5, 2.5, 101)


@pytest.mark.parametrize(("low", "high"), [(1 / 1.2, 1.2), (0.9, 1.3), (1.1, 1.2)])
def test_normalizations(low, high):
    assert [normalization(low, high, value) for value in (-1, 0, 1)] == pytest.approx(
        [low, 1, high]
    )
    found = [normalization(low, high, value) for value in POINTS]
    assert found == pytest.approx([log_normal(low, high, value) for value in POINTS])


def test_shapes():
    nominal, low, high = (
        np.array([0.2, 0.3, 0.5]),
        np.array([0.3, 0.3, 0.4]),
        np.array([0.1, 0.4, 0.5]),
    )
    assert shape(nominal, low, high, -1.0) == pytest.approx(low)
    assert shape(nominal, low, high, 1.0) == pytest.approx(high)
    for value in POINTS:
        found = shape(nominal, low, high, value)
        assert found == pytest.approx(morphed(nominal, low, high, value))
        assert found.sum() == pytest.approx(1)
