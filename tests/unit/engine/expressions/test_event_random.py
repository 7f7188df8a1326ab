"""Random numbers that depend on the event and on nothing else."""

import numpy as np
import pytest
from scipy import stats

from wollemi_engine.expressions.event_random import EventRandom, _mix

NUMBER = np.arange(1, 20_001)


def random_numbers(events=NUMBER, run=7):
    return EventRandom.of_events(np.full(len(events), run), np.ones(len(events), int), events)


def test_mixing_is_splitmix64():
    # First number of the reference implementation (prng.di.unimi.it/splitmix64.c) with the state
    # 1234567.
    assert _mix(np.zeros(1, np.uint64), [1234567])[0] == 6457827717110365317


def test_an_event_keeps_its_numbers_in_any_order_and_company():
    whole = random_numbers().normal(3)
    order = np.random.default_rng(1).permutation(len(NUMBER))[:500]
    np.testing.assert_array_equal(random_numbers(NUMBER[order]).normal(3), whole[order])


def test_an_object_keeps_its_number_whatever_the_other_events_have():
    few, many = (
        random_numbers().uniform(1, np.ones(20_000, int)),
        random_numbers().uniform(1, np.arange(20_000) % 4 + 1),
    )
    first = np.cumsum(np.arange(20_000) % 4 + 1) - (np.arange(20_000) % 4 + 1)
    np.testing.assert_array_equal(many[first], few)


def test_empty_lists_give_no_numbers():
    assert random_numbers().uniform(1, np.zeros(20_000, int)).shape == (0,)


@pytest.mark.parametrize(
    ("numbers", "distribution"), [("uniform", stats.uniform), ("normal", stats.norm)]
)
def test_distributions(numbers, distribution):
    values = getattr(random_numbers(), numbers)(2, np.full(20_000, 5))
    assert stats.kstest(values, distribution.cdf).pvalue > 1e-3


@pytest.mark.parametrize("other", [random_numbers(run=8).normal(1), random_numbers().normal(2)])
def test_other_runs_and_other_uses_are_independent(other):
    # The standard error of a correlation coefficient of n pairs is 1/sqrt(n).
    assert abs(np.corrcoef(random_numbers().normal(1), other)[0, 1]) < 4 / np.sqrt(len(NUMBER))


def test_numbers_of_one_event_are_independent():
    values = random_numbers().normal(1, np.full(20_000, 2)).reshape(-1, 2)
    assert abs(np.corrcoef(values.T)[0, 1]) < 4 / np.sqrt(len(NUMBER))
