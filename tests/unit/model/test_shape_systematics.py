"""Shapes of systematics against pyhf's own interpolation, and the sums that a split keeps."""

import numpy as np
import pytest
from pyhf.interpolators.code4p import code4p
from support.project.seeds import slow_but

from wollemi.analysis.models.model import Model
from wollemi.histograms.histogram import edges_axis
from wollemi.model.shape_systematics import Template, positive_shapes

ALPHAS = np.linspace(-1, 1, 401)


def interpolated(nominal, up, down):
    """Contents by pyhf (alphas, bins)."""
    shifts = code4p([[[down, nominal, up]]])(ALPHAS[np.newaxis])
    return nominal + np.asarray(shifts)[0, 0]


def random_shapes(seed):
    """A nominal template, and both sides: some bins empty, some far above or below zero."""
    rng = np.random.default_rng(seed)
    nominal = np.where(rng.random(200) < 0.1, 0.0, rng.lognormal(0, 2, 200))
    up, down = nominal * rng.normal(1, 8, (2, 200))
    return nominal, np.where(rng.random(200) < 0.2, 0.0, up), down


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
def test_no_interpolation_is_negative(seed):
    nominal, up, down = random_shapes(seed)
    assert interpolated(nominal, up, down).min() < -1
    found = interpolated(nominal, *positive_shapes(nominal, up, down))
    assert (found >= -1e-12 * nominal).all()  # the last bits of pyhf's sums


def test_between_straight_lines_only_what_is_negative_is_cut():
    nominal, up, down = random_shapes(0)
    kept = positive_shapes(nominal, up, down, linear=True)
    for found, shape in zip(kept, (up, down), strict=True):
        np.testing.assert_array_equal(found, np.where(nominal > 0, np.maximum(shape, 0), 0))


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
def test_what_is_nowhere_negative_is_kept(seed):
    """But for what is within a thousandth of the bound."""
    nominal, up, down = random_shapes(seed)
    harmless = interpolated(nominal, up, down).min(axis=0) > 0.01 * np.maximum(up, down)
    assert 10 < harmless.sum() < 190
    for kept, shape in zip(positive_shapes(nominal, up, down), (up, down), strict=True):
        np.testing.assert_array_equal(kept[harmless], shape[harmless])


def test_yield_and_shape_make_the_variation_again():
    nominal, up, down = np.array([4.0, 3, 2]), np.array([5.0, 4, 1]), np.array([3.0, 3, 3])
    axis = edges_axis("mass", (0.0, 1, 2, 3))
    split = Template("here", axis, nominal, Model()).split("scale", up, down)
    assert (split.yield_up, split.yield_down) == (10 / 9, 1.0)
    np.testing.assert_allclose(split.yield_up * split.shape_up, up, rtol=1e-15)
    np.testing.assert_allclose(split.yield_down * split.shape_down, down, rtol=1e-15)
    assert split.shape_up.sum() == pytest.approx(nominal.sum(), rel=1e-15)


def test_a_side_that_is_not_there_is_the_mirror_image():
    nominal, up = np.array([4.0, 3, 2]), np.array([5.0, 4, 1])
    split = Template("here", edges_axis("mass", (0.0, 1, 2, 3)), nominal, Model()).split(
        "s", up, None
    )
    assert split.yield_up + split.yield_down == pytest.approx(2, rel=1e-15)
    np.testing.assert_allclose(split.shape_up + split.shape_down, 2 * nominal, rtol=1e-15)
