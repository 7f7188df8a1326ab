import numpy as np
import pytest
from scipy.stats import binom

from wollemi.histograms.efficiency_intervals import (
    effective_number,
    efficiency,
    wilson_interval,
)

COUNTS = [(0, 1), (1, 0), (3, 4), (50, 0), (0, 20), (999, 1), (17, 170)]


@pytest.mark.parametrize("weight", [1.0, 0.03, 40.0])
def test_counts_are_their_own_effective_number(weight):
    """A common weight changes nothing."""
    passed, failed = np.array(COUNTS, float).T
    sums = [np.stack([count * weight, count * weight**2]) for count in (passed, failed)]
    assert efficiency(*sums) == pytest.approx(passed / (passed + failed), rel=1e-12)
    assert effective_number(efficiency(*sums), *sums) == pytest.approx(passed + failed, rel=1e-9)


@pytest.mark.parametrize("z", [0.5, 1.0, 3.0])
def test_the_ends_are_where_the_score_is_z(z):
    """(ε - p)² = z² p (1 - p) / n, which is how Wilson defines them."""
    rng = np.random.default_rng(3)
    found = np.concatenate([rng.random(200), [0.0, 1.0]])
    number = 10 ** rng.uniform(0, 5, found.size)
    for end in wilson_interval(found, number, z):
        assert ((end >= 0) & (end <= 1)).all()
        score = (found - end) ** 2
        assert score == pytest.approx(z**2 * end * (1 - end) / number, rel=1e-6, abs=1e-12)


def test_coverage_is_right_on_average():
    """Exact, over all numbers that pass of 40 events; Clopper and Pearson's is 0.76."""
    number = 40
    counts = np.arange(number + 1)
    low, high = wilson_interval(counts / number, np.full(number + 1, float(number)))
    true = np.linspace(0.05, 0.95, 181)
    covered = [binom.pmf(counts, number, p)[(low <= p) & (p <= high)].sum() for p in true]
    assert np.mean(covered) == pytest.approx(0.683, abs=0.01)


def test_weighted_errors_are_those_of_many_samples():
    """The spread of efficiencies of events with random weights is the error of one of them."""
    rng = np.random.default_rng(7)
    found, errors = [], []
    for _ in range(2000):
        weights, passes = rng.exponential(1, 300), rng.random(300) < 0.3
        sums = [
            np.array([[weights[side].sum()], [(weights[side] ** 2).sum()]])
            for side in (passes, ~passes)
        ]
        value = efficiency(*sums)[0]
        found.append(value)
        errors.append(np.sqrt(value * (1 - value) / effective_number(np.array([value]), *sums)[0]))
    assert np.std(found) == pytest.approx(np.mean(errors), rel=0.05)
