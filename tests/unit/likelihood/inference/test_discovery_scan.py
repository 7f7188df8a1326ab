"""A bump search: toys of all signals are the same experiments, and Gross–Vitells agrees with brute
force.
"""

import math

import numpy as np
import pytest
from scipy.stats import norm
from support.products.statistical_models import (
    modifier,
    normsys,
    sample,
    search,
    staterror,
    workspace,
)
from support.project.seeds import slow_but

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.discovery_scan import (
    LEVEL,
    BackgroundToys,
    Upcrossings,
    by_toys,
    counted_upcrossings,
    global_p_values,
    gross_vitells,
    q0_of,
    scan_toys,
    upcrossings,
)
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import significance

BINS = 60
CENTERS = np.arange(BINS) + 0.5
BACKGROUND = 300 * np.exp(-CENTERS / 40)
WIDTH = 2.0


def bump(place, observed=BACKGROUND, *modifiers):
    """A narrow signal on a falling background with a free normalization."""
    signal = 20 * norm.pdf(CENTERS, place, WIDTH) * WIDTH
    samples = [
        sample("signal", signal, modifier("normfactor", "mu"), *modifiers),
        sample("background", BACKGROUND, modifier("normfactor", "norm")),
    ]
    bounds = [{"name": "mu", "inits": [1.0], "bounds": [[-5.0, 50.0]]}]
    channel = {"name": "SR", "samples": samples}
    data = [{"name": "SR", "data": np.round(observed).tolist()}]
    return Likelihood.from_workspace(workspace([channel], data, bounds))


@pytest.fixture(scope="module")
def toys():
    """q0 in toys, at half a resolution from each other: (toys, signals)."""
    found, failed = scan_toys([bump(place) for place in np.arange(6, 54, WIDTH / 2)], 5, range(800))
    assert failed == 0
    return found


@pytest.mark.parametrize("largest", [4.0, 6.0, 9.0])
def test_gross_vitells_is_brute_force(toys, largest):
    """Toys that reach an excess anywhere, against the upcrossings of a low level."""
    crossings = counted_upcrossings(toys, None)
    brute, estimate = (
        by_toys(largest, toys),
        gross_vitells(largest, crossings.mean, crossings.mean_error),
    )
    error = math.hypot(brute.p_value_error, estimate.p_value_error)
    # It is an upper bound that is reached for large excesses, and misses what is between signals.
    assert abs(estimate.p_value - brute.p_value) < 3 * error + 0.15 * brute.p_value
    assert 5 < brute.p_value / norm.sf(math.sqrt(largest)) < 60


def test_toys_have_local_p_values(toys):
    """At each place q0 is half a χ² of one degree of freedom."""
    for signals in toys.T[::8]:
        for value in (1.0, 3.0):
            expected = norm.sf(math.sqrt(value))
            error = math.sqrt(expected * (1 - expected) / len(toys))
            assert abs(np.mean(signals > value) - expected) < 4 * error


def test_neighboring_signals_see_the_same_excess(toys):
    near = np.corrcoef(toys[:, 10], toys[:, 11])[0, 1]
    far = np.corrcoef(toys[:, 10], toys[:, 30])[0, 1]
    assert near > 0.7
    assert abs(far) < 0.15


def test_upcrossings_are_counted():
    q0 = np.array([[0.0, 0.4, 2.0, 0.1, 0.6, 0.7], [3.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    assert upcrossings(q0).tolist() == [2, 0]
    assert upcrossings(q0, level=1.0).tolist() == [1, 0]
    found = counted_upcrossings(q0, q0[0])
    assert (found.observed, found.mean, found.level) == (2, 1.0, LEVEL)
    assert found.mean_error == pytest.approx(1 / math.sqrt(2))


def test_the_global_p_value_of_one_signal_is_the_local_one():
    found = gross_vitells(4.0, 0.0, 0.0)
    assert found.p_value == pytest.approx(norm.sf(2.0))
    assert found.significance == pytest.approx(2.0)


def test_an_excess_that_no_toy_has_is_bounded():
    toys = np.array([[1.0, 2.0], [0.0, 3.0]])
    found = global_p_values(np.array([0.0, 30.0]), toys, counted_upcrossings(toys, None))
    assert found["toys"].p_value == 0
    assert found["toys"].p_value_error == pytest.approx(0.5)
    assert by_toys(2.0, toys).p_value == 1.0
    assert found["gross_vitells"].p_value < 1e-5


@pytest.mark.parametrize("seed", slow_but(range(2), range(6)))
def test_q0_is_that_of_the_significance(seed):
    likelihood = Likelihood.from_workspace(search(seed))
    q0 = q0_of(likelihood, likelihood.data)
    assert math.sqrt(q0) == pytest.approx(significance(likelihood).observed, abs=1e-5)


def test_signals_share_events_and_auxiliary_data():
    """Of a common systematic with another size, of statistics with another width, and of none."""
    common = [normsys("energy", 1.1, 0.9)]
    models = [
        bump(20.0, BACKGROUND, *common, staterror("stat", np.full(BINS, 2.0), 1.0)),
        bump(30.0, BACKGROUND, *common, normsys("own", 1.2, 0.8)),
    ]
    toys = BackgroundToys(models, 3)
    one, other = toys.draw(7)
    assert np.array_equal(one.main, other.main)
    again = BackgroundToys(models, 3).draw(7)
    assert all(
        np.array_equal(a.auxiliary, b.auxiliary) for a, b in zip((one, other), again, strict=True)
    )
    assert not np.array_equal(toys.draw(8)[0].main, one.main)
    drawn = []
    for likelihood, data in zip(models, (one, other), strict=True):
        place = likelihood.constraints.normal_parameter.tolist().index(likelihood.index["energy"])
        drawn.append(data.auxiliary[likelihood.constraints.normal_auxiliary[place]])
    assert drawn[0] == drawn[1] != 0


def test_models_of_other_data_are_refused():
    with pytest.raises(WollemiError, match="other regions or data"):
        BackgroundToys([bump(20.0), bump(30.0, 2 * BACKGROUND)], 1)


@pytest.mark.parametrize(("observed", "error"), [(None, 1), (0, 1), (1, 1), (9, 3)])
def test_the_error_of_observed_crossings_is_that_of_their_number(observed, error):
    crossings = Upcrossings(level=LEVEL, mean=3.0, mean_error=0.1, observed=observed)
    found = global_p_values(np.array([4.0, 9.0]), np.zeros((100, 2)), crossings)
    assert found["gross_vitells_observed"] == gross_vitells(9.0, observed or 0, float(error))
