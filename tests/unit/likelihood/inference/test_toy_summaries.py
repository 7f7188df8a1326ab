"""Numbers of fits of toys: by hand, and against scipy."""

import numpy as np
import pytest
import scipy.stats
from merge_toys import merged_toys

from wollemi.results.toy_fits import ThrownFits as WrittenFits
from wollemi.results.toy_fits import ToyBatch
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.toy_summaries import (
    Measured,
    ThrownFits,
    line_through,
    mean_of,
    share_of,
    toy_summary,
    width_of,
)

VALUES = np.random.default_rng(1).normal(0.0, 2.0, 4000)


def test_a_mean_has_the_error_of_scipy():
    found = mean_of(VALUES)
    assert (found.value, found.error) == pytest.approx((VALUES.mean(), scipy.stats.sem(VALUES)))


def test_a_width_has_the_error_of_many_samples():
    found = width_of(VALUES)
    samples = np.random.default_rng(2).normal(0.0, 2.0, (500, 4000)).std(axis=1, ddof=1)
    assert found.value == pytest.approx(VALUES.std(ddof=1))
    assert found.error == pytest.approx(samples.std(), rel=0.15)


def test_a_share_has_at_least_the_error_of_one_toy():
    assert share_of(100, 100) == Measured(value=1.0, error=0.01)
    assert share_of(50, 100) == Measured(value=0.5, error=0.05)


def thrown(injected=1.0, estimates=(0.5, 1.5, 0.0), errors=(0.5, 0.25, None), failed=1):
    return ThrownFits(
        injected=injected, estimates=estimates, errors=errors, rises=(0.5, 2.0, 5.0), failed=failed
    )


def test_the_summary_by_hand():
    found = toy_summary(thrown())
    assert found.mean.value == pytest.approx(2 / 3)
    assert found.bias.value == pytest.approx(-1 / 3)
    assert found.pull_mean.value == pytest.approx(0.5)  # of -1 and 2
    assert found.pull_width.value == pytest.approx(np.sqrt(4.5))
    assert found.coverage["68"].value == pytest.approx(1 / 3)
    assert found.coverage["95"].value == pytest.approx(2 / 3)
    assert (found.at_bound, found.toys, found.failed) == (1, 3, 1)


def test_without_errors_there_are_no_pulls():
    found = toy_summary(thrown(errors=(None, None, 0.3)))
    assert found.pull_mean is found.pull_width is None


def test_a_line_is_that_of_weighted_least_squares():
    random = np.random.default_rng(3)
    fits = [
        thrown(x, tuple(random.normal(0.1 + 0.9 * x, 0.1 + 0.1 * x, 3)), (0.1, 0.1, 0.1))
        for x in (0.0, 1.0, 2.0, 4.0)
    ]
    summaries = [toy_summary(item) for item in fits]
    x = [item.injected for item in summaries]
    y = [item.mean.value for item in summaries]
    weights = [1 / item.mean.error for item in summaries]
    values, covariance = np.polyfit(x, y, 1, w=weights, cov="unscaled")
    found = line_through(summaries)
    assert (found.slope.value, found.intercept.value) == pytest.approx(tuple(values))
    errors = np.sqrt(np.diag(covariance))
    assert (found.slope.error, found.intercept.error) == pytest.approx(tuple(errors))


def test_without_two_fits_there_is_no_product():
    empty = WrittenFits(injected=1.0, estimates=(0.5,), errors=(0.1,), rises=(1.0,), failed=9)
    batch = ToyBatch(measurement="m", pois={"signal": "mu"}, fits={"signal": (empty,)})
    with pytest.raises(WollemiError, match="fewer than two have a fit"):
        merged_toys([batch], 1)
