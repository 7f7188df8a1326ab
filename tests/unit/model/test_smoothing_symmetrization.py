"""Symmetrization by hand, its order with smoothing, and through the model."""

import copy

import numpy as np
import pytest
from pydantic import TypeAdapter

from wollemi.analysis.models.systematics import Systematic
from wollemi.histograms.histogram import edges_axis, from_sums
from wollemi.model.smoothing import smoothed, symmetric_shift, treated

UP, DOWN = np.array([2.0, -1.0, 3.0]), np.array([-1.0, -2.0, 1.0])
SHIFTS = {
    "two_sided": [1.5, 0.5, 1.0],
    "absolute_mean": [1.5, 1.5, 2.0],
    "maximum": [2.0, -2.0, 3.0],
    "one_sided": [2.0, -1.0, 3.0],
}
RNG = np.random.default_rng(3)
NOMINAL = from_sums(edges_axis("mass", range(9)), *RNG.uniform(50, 90, (2, 10)))
VALUES = NOMINAL.values()
SIDES = VALUES * RNG.uniform(1.0, 1.2, VALUES.size), VALUES * RNG.uniform(0.8, 1.0, VALUES.size)


def systematic(**keys):
    item = {"kind": "weight", "samples": ["dy"], "up": "1.1", "down": "0.9", **keys}
    return TypeAdapter(Systematic).validate_python(item)


@pytest.mark.parametrize("name", SHIFTS)
def test_shifts_are_those_of_trexfitter(name):
    assert symmetric_shift(name, UP, DOWN) == pytest.approx(SHIFTS[name])


def test_one_sided_takes_the_side_that_is_farther_away():
    assert symmetric_shift("one_sided", DOWN, UP) == pytest.approx(-UP)


def test_sides_are_left_alone_without_the_keys():
    up, down = treated(systematic(), NOMINAL, *SIDES)
    assert (up == SIDES[0]).all()
    assert (down == SIDES[1]).all()
    factor = systematic(kind="normalization", up=1.1, down=0.9)
    assert treated(factor, NOMINAL, *SIDES) == SIDES


@pytest.mark.parametrize("name", SHIFTS)
def test_the_other_side_is_the_mirror_image(name):
    up, down = treated(systematic(symmetrization=name), NOMINAL, *SIDES)
    assert down is None
    assert up - VALUES == pytest.approx(symmetric_shift(name, SIDES[0] - VALUES, SIDES[1] - VALUES))


def test_smoothing_comes_after_symmetrization_but_for_one_sided():
    smoothing = {"method": "353QH"}
    method = systematic(smoothing=smoothing).smoothing

    def smooth(values):
        return smoothed(method, VALUES, NOMINAL.variances(), values)

    both = treated(systematic(smoothing=smoothing), NOMINAL, *SIDES)
    for made, side in zip(both, SIDES, strict=True):
        assert made == pytest.approx(smooth(side))
    up, _ = treated(systematic(smoothing=smoothing, symmetrization="two_sided"), NOMINAL, *SIDES)
    assert up == pytest.approx(smooth(VALUES + (SIDES[0] - SIDES[1]) / 2))
    up, _ = treated(systematic(smoothing=smoothing, symmetrization="one_sided"), NOMINAL, *SIDES)
    farther = int(np.sum(abs(SIDES[1] - VALUES)) > np.sum(abs(SIDES[0] - VALUES)))
    sign = -1 if farther else 1
    assert up == pytest.approx(VALUES + sign * (smooth(SIDES[farther]) - VALUES))


def test_one_side_is_smoothed_before_it_is_mirrored():
    item = systematic(down="symmetrize", smoothing={"method": "lowess"})
    up, down = treated(item, NOMINAL, SIDES[0], None)
    assert down is None
    assert up == pytest.approx(smoothed(item.smoothing, VALUES, NOMINAL.variances(), SIDES[0]))


def test_inputs_are_not_changed():
    before = copy.deepcopy(SIDES)
    treated(systematic(smoothing={"method": "max_variation"}), NOMINAL, *SIDES)
    assert all((a == b).all() for a, b in zip(before, SIDES, strict=True))
