"""Searches for minima against grids of an independent likelihood."""

import numpy as np
import pytest
from support.oracles.plain_likelihood import PlainLikelihood
from support.products.nasty_models import nasty_model
from support.products.statistical_models import histosys, modifier, normsys, sample, workspace

from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.search import find_minimum, mirrored_starts, newton_minimum

# Pulls of the only systematic, closer than a search can end in the wrong minimum.
GRID = np.linspace(-5.0, 5.0, 4001)
# Of -2 ln L.
SAME_MINIMUM = 1e-4


def counting(counts, background, *systematics, lower=0.0, signal_systematics=()):
    """A signal of 10 events per bin over a background with systematics."""
    counts = np.atleast_1d(counts)
    signal = np.full(counts.size, 10.0)
    samples = [
        sample("signal", signal, modifier("normfactor", "mu"), *signal_systematics),
        sample("background", np.broadcast_to(background, counts.shape), *systematics),
    ]
    poi = {"name": "mu", "inits": [0.5], "bounds": [[lower, 5.0]]}
    observed = [{"name": "SR", "data": counts.tolist()}]
    return workspace([{"name": "SR", "samples": samples}], observed, [poi])


def bent_model(seed):
    """One systematic, both of whose sides shift most bins in the same direction."""
    random = np.random.default_rng([seed, 41])
    bins = int(random.integers(1, 4))
    background = random.choice([5.0, 30.0, 200.0]) * random.uniform(0.5, 2.0, bins)
    up = random.choice([-1, 1]) * random.uniform(0.05, 0.6, bins)
    down = up * random.uniform(-0.3, 1.2, bins)
    effect = histosys("shape", background, up, down)
    if seed % 2:
        effect = normsys("shape", 1 + up[0], 1 + down[0])
    counts = random.poisson(background * (1 + random.uniform(-0.5, 1.2) * up))
    return counting(counts, background, effect)


@pytest.mark.parametrize("first", range(0, 300, 100))
@pytest.mark.parametrize("strength", [0.0, 0.4])
def test_a_fit_of_one_systematic_is_the_minimum_on_a_grid(first, strength):
    for seed in range(first, first + 100):
        content = bent_model(seed)
        likelihood = Likelihood.from_workspace(content)
        plain = PlainLikelihood(content, {p.name: p.bounds for p in likelihood.parameters}, {})
        points = np.full((GRID.size, 2), strength)
        points[:, likelihood.index["shape"]] = GRID
        lowest = plain(points).min()
        found = find_minimum(Objective(likelihood, likelihood.data), {"mu": strength})
        assert 2 * found.point.objective < lowest + SAME_MINIMUM, seed


def starts(content, held):
    likelihood = Likelihood.from_workspace(content)
    objective = Objective(likelihood, likelihood.data)
    minimum, _ = newton_minimum(objective, held, None)
    return list(mirrored_starts(objective, held, minimum.point))


UPWARDS = histosys("shape", np.array([100.0]), [0.2], [0.2])
DOWNWARDS = histosys("shape", np.array([100.0]), [-0.2], [-0.2])
SEARCHES = {
    # effect, counts, lower bound of µ, whether there may be two minima
    "the curvature grows: both sides up, too few events": (UPWARDS, 83, 0.0, False),
    "two valleys: both sides up, too many events": (UPWARDS, 130, 0.0, True),
    "the curvature grows: both sides down, too many events": (DOWNWARDS, 120, 0.0, False),
    "two valleys: both sides down, too few events": (DOWNWARDS, 75, 0.0, True),
    "linear": (histosys("shape", np.array([100.0]), [0.2], [-0.2]), 130, 0.0, False),
    "the sample may turn negative": (UPWARDS, 83, -1.0, True),
    "a poor fit": (UPWARDS, 60, 0.0, True),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_searches_start_where_bends_can_make_a_second_minimum(name):
    effect, counts, lower, several = SEARCHES[name]
    content = counting(counts, 100.0, effect, lower=lower)
    held = {"mu": 0.0} if lower == 0 else {}
    assert bool(starts(content, held)) == several


@pytest.mark.parametrize(("strength", "several"), [(0.0, False), (0.01, False), (1.0, True)])
def test_bends_of_an_absent_signal_do_not_count(strength, several):
    effect = histosys("shape", np.array([10.0]), [2.0], [2.0])
    content = counting(118, 100.0, signal_systematics=[effect])
    assert bool(starts(content, {"mu": strength})) == several


@pytest.mark.parametrize("seed", [201, 219, 262, 267, 300, 312, 369, 424])
def test_a_search_that_a_wall_stops_goes_on(seed):
    """Bins without events and with negative samples, where Newton's method alone gets stuck."""
    likelihood = Likelihood.from_workspace(nasty_model(seed))
    minimum, _ = newton_minimum(Objective(likelihood, likelihood.data), {}, None)
    assert minimum.converged
