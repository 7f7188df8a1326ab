"""A whole weight in the place of a factor is found, whatever its unit; factors that vary a weight
are none.
"""

import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.analysis.models.systematics import WeightVariation
from wollemi.histograms.histogram import edges_axis
from wollemi.histograms.varied import varied
from wollemi.histograms.weight_ratios import check_ratios
from wollemi_likelihood.base.errors import WollemiError

SYSTEMATIC = {"kind": "weight", "up": "weight_jvt_UP", "down": "symmetrize", "samples": ["dy"]}


def histograms(rng, factors, events=400):
    """Nominal and varied histogram of events with weights of both signs."""
    values, weights = (
        rng.normal(0, 1, events),
        rng.choice([-1, 1], events, p=[0.2, 0.8]) * rng.gamma(4, 25, events),
    )
    axis = edges_axis("m", np.linspace(-3, 3, 13))
    edges = [-np.inf, *axis.edges, np.inf]

    sums = [
        [np.histogram(values, edges, weights=used**power)[0] for power in (1, 2)]
        for used in (weights, weights * factors(weights, rng))
    ]
    return {"SR/m": varied(axis, ["nominal", "jvt_up"], np.array(sums))}


def check(found, sample=None):
    check_ratios(found, {"jvt": WeightVariation.model_validate(SYSTEMATIC)}, "dy", sample or {})


def counted(weights, factors):
    """Histogram of a single bin, and a sample of its events."""
    sums = [
        [[0, np.sum(used**power), 0] for power in (1, 2)] for used in (weights, weights * factors)
    ]
    axis = edges_axis("m", np.array([0.0, 1.0]))
    found = {"SR/count": varied(axis, ["nominal", "jvt_up"], np.array(sums, float))}
    return found, {"nominal": weights, "jvt_up": factors}


WEIGHTS = {  # generator weights of some events, one by one
    "of one size": lambda rng: np.full(60, 0.3),
    "of both signs": lambda rng: rng.choice([-1.0, 1.0], 60, p=[0.3, 0.7]),
    "of any size": lambda rng: rng.gamma(2, 50, 60),
    "large and of both signs": lambda rng: rng.choice([-1, 1], 60) * rng.gamma(4, 2500, 60),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", [1.0, 20.0, 5000.0, 1e-3])
@pytest.mark.parametrize("kind", WEIGHTS)
def test_a_whole_weight_in_a_counting_region(kind, scale, seed):
    """By its size, or by its sign: a bin alone tells neither."""
    weights = WEIGHTS[kind](np.random.default_rng(seed))
    size = np.median(np.abs(scale * weights))
    if 1 / 4 <= size <= 4 and (weights > 0).all():
        pytest.skip("a factor may be as large")
    with pytest.raises(WollemiError, match="a whole weight, not a factor on it"):
        check(*counted(weights, scale * weights))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize(
    "factors",
    [
        lambda weights, rng: rng.normal(1, 0.3, weights.size),
        lambda weights, rng: np.full(weights.size, 0.3),
        lambda weights, rng: np.where(rng.random(weights.size) < 0.2, 1000.0, 1.0),
        lambda weights, rng: np.zeros(weights.size),
        lambda weights, rng: -np.ones(weights.size),
        lambda weights, rng: np.full(weights.size, np.nan),
    ],
)
def test_a_factor_in_a_counting_region(kind, factors, seed):
    rng = np.random.default_rng(seed)
    weights = WEIGHTS[kind](rng)
    found, sample = counted(weights, np.ones(weights.size))
    check(found, {**sample, "jvt_up": factors(weights, rng)})


def test_few_events_tell_nothing():
    found, sample = counted(np.full(10, 1.0), np.full(10, 50.0))
    check(found, sample)


@pytest.mark.parametrize("seed", slow_but(range(4), range(10)))
@pytest.mark.parametrize("scale", [1.0, 1e3, 1e-6])
def test_a_whole_weight(seed, scale):
    rng = np.random.default_rng(seed)
    with pytest.raises(
        WollemiError,
        match=r"'weight_jvt_UP' makes the weights .* a whole weight, not a factor on it",
    ):
        check(histograms(rng, lambda weights, _: scale * weights * 1.02))


@pytest.mark.parametrize("seed", slow_but(range(4), range(10)))
@pytest.mark.parametrize(
    "factors",
    [
        lambda weights, rng: rng.normal(1, 0.3, weights.size),
        lambda weights, rng: rng.choice([0, 2], weights.size),
        lambda weights, rng: np.where(rng.random(weights.size) < 0.01, 1000, 1),
        lambda weights, rng: np.full(weights.size, 0.3),
        lambda weights, rng: np.zeros(weights.size),
    ],
)
def test_a_factor(seed, factors):
    rng = np.random.default_rng(seed)
    check(histograms(rng, factors))


def test_few_bins_tell_nothing():
    check(histograms(np.random.default_rng(1), lambda weights, _: weights, events=3))


def test_histograms_of_several_axes_count_too():
    """Beside one of a single axis."""
    rng = np.random.default_rng(1)
    sums = np.zeros((2, 2, 8, 6))
    sums[:] = rng.gamma(4, 25, (8, 6))
    axes = (edges_axis("m", np.linspace(0, 6, 7)), edges_axis("n", np.linspace(0, 4, 5)))
    flat = histograms(rng, lambda weights, _: 1.02)
    check(flat | {"SR/plane": varied(axes, ["nominal", "jvt_up"], sums)})
    sums[1, 1] *= 1e4
    with pytest.raises(WollemiError, match="a whole weight"):
        check(flat | {"SR/plane": varied(axes, ["nominal", "jvt_up"], sums)})
