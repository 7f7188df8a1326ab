"""Joined bins against what they promise, on random spectra; counts against full fits."""

from itertools import pairwise

import numpy as np
import pytest
from support.products.statistical_models import counting
from support.project.seeds import slow_but

from wollemi.model.bin_choice import (
    by_background,
    counted,
    counting_significance,
    joined_from_above,
    transformation_d,
)
from wollemi.model.template_flaws import Sums
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import significance


def spectrum(seed):
    """Edges, a falling background with weights, and a signal somewhere."""
    rng = np.random.default_rng(seed)
    number = int(rng.integers(5, 60))
    edges = np.cumsum(rng.uniform(1, 3, number + 1))
    events = rng.poisson(rng.uniform(5, 500) * np.exp(-np.arange(number) / (number / 4)))
    weight = rng.uniform(0.1, 2)
    place = rng.integers(0, number)
    signal = 5 * np.exp(-((np.arange(number) - place) ** 2) / 8)
    return (
        edges,
        Sums(events * weight, events * weight**2),
        Sums(signal, 0.01 * signal),
    )


@pytest.mark.parametrize("seed", slow_but(range(4), range(50)))
def test_each_bin_is_enough_and_none_could_be_finer_above_the_lowest(seed):
    edges, background, _ = spectrum(seed)
    fewest, largest = 5.0, 0.3
    chosen = joined_from_above(edges, by_background(background, fewest, largest))
    assert (chosen[0], chosen[-1]) == (edges[0], edges[-1])
    joined = counted(background, edges, chosen)
    assert joined.values.sum() == pytest.approx(background.values.sum())
    assert (joined.values >= fewest * (1 - 1e-8)).all()
    assert (np.sqrt(joined.variances) <= largest * joined.values).all()
    places = np.searchsorted(edges, chosen)
    for first, stop in list(pairwise(places))[1:]:
        values, variances = (item[first + 1 : stop] for item in background)
        error = np.sqrt(variances.sum())
        assert values.sum() < fewest or error > largest * values.sum()


@pytest.mark.parametrize("seed", slow_but(range(4), range(50)))
def test_shares_of_transformation_d(seed):
    edges, background, signal = spectrum(seed)
    shares = (6.0, 4.0)
    chosen = joined_from_above(edges, transformation_d(background, signal, shares, 0.5))
    found = [counted(item, edges, chosen).values for item in (background, signal)]
    z = sum(
        share * part / total.sum()
        for share, part, total in zip(
            shares, found, (background.values, signal.values), strict=True
        )
    )
    assert (z > 1 - 1e-8).all()
    assert len(chosen) - 1 <= sum(shares)


def test_too_few_events():
    edges, background, _ = spectrum(1)
    with pytest.raises(WollemiError, match="not even all bins together"):
        joined_from_above(edges, by_background(background, 1e6, 1.0))


def test_counts_alone_have_the_significance_of_a_model_without_systematics():
    for background, signal in ((50.0, 12.0), (3.0, 4.0), (0.5, 3.0)):
        likelihood = Likelihood.from_workspace(counting(background, signal, background))
        expected = significance(likelihood).expected
        found = counting_significance(np.array([background]), np.array([signal]))
        assert found == pytest.approx(expected, rel=1e-5)
    assert counting_significance(np.array([1.0, 0.0]), np.array([1.0, 0.1])) is None
    assert counting_significance(np.array([1.0, 0.0]), np.array([0.0, 0.0])) == 0


def test_transformation_d_makes_no_bin_without_background():
    """However much signal it has."""
    background = Sums(np.array([10.0, 10.0, 0.0]), np.array([1.0, 1.0, 0.0]))
    signal = Sums(np.array([1.0, 1.0, 8.0]), np.full(3, 0.01))
    enough = transformation_d(background, signal, (2.0, 5.0), 0.5)
    assert joined_from_above(np.arange(4.0), enough).tolist() == [0.0, 1.0, 3.0]
