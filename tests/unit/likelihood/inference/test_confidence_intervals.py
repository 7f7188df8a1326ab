"""Feldman-Cousins intervals: the construction against brute force for a Poisson process with known
background, coverage there, Gaussian statistics, and what toys and batches must be.
"""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from merge_intervals import merged_intervals
from support.oracles.published_numbers import reproduces
from support.products.statistical_models import modifier, normsys, sample, workspace
from test_intervals import batch_of_values

from wollemi.analysis.models.toys import Intervals
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.confidence_intervals import (
    belt_point,
    belt_values,
    critical_value,
    scanned_parameter,
    toy_statistics,
    within,
)
from wollemi_likelihood.inference.interval_ends import LEVELS, interval
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.toys import share_above
from wollemi_likelihood.workspaces import Workspace

NUMBERS = np.arange(40)


def counting(data, background, bounds=(0.0, 50.0), *modifiers):
    """Events on a background, with the number of signal events as mu."""
    samples = [
        sample("signal", [1.0], modifier("normfactor", "mu")),
        sample("background", [background], *modifiers),
    ]
    content = workspace(
        [{"name": "SR", "samples": samples}],
        [{"name": "SR", "data": [float(data)]}],
        [{"name": "mu", "inits": [1.0], "bounds": [list(bounds)]}],
    )
    return Workspace("signal", "measurement", Likelihood.from_workspace(content))


def exact_statistics(value, background):
    """-2 ln of the ratio of Feldman and Cousins of each number of events, eq. 4.1."""
    best = np.maximum(NUMBERS - background, 0.0)
    return -2 * (
        scipy.stats.poisson.logpmf(NUMBERS, value + background)
        - scipy.stats.poisson.logpmf(NUMBERS, best + background)
    )


def exact_p_values(value, background, numbers=14):
    """The probability of a statistic as large or larger than that of each number of events."""
    found = exact_statistics(value, background)
    chances = scipy.stats.poisson.pmf(NUMBERS, value + background)
    return np.array([chances[found >= one - 1e-9].sum() for one in found[:numbers]])


# Number of events, background, level, lower end: tables II, IV and VI of Feldman and Cousins, to
# their two decimals. The last column of their tables is found by the same construction on a fine
# grid.
PUBLISHED = [
    (0, 0.0, 0.6827, 0.00),
    (1, 0.0, 0.6827, 0.37),
    (2, 0.0, 0.6827, 0.74),
    (3, 0.0, 0.6827, 1.10),
    (0, 0.0, 0.95, 0.00),
    (1, 0.0, 0.95, 0.05),
    (2, 0.0, 0.95, 0.36),
    (3, 0.0, 0.95, 0.82),
    (0, 0.0, 0.90, 0.00),
    (1, 0.0, 0.90, 0.11),
    (3, 0.0, 0.90, 1.10),
    (3, 3.0, 0.90, 0.00),
]


@pytest.mark.parametrize("background", [0.0, 3.0])
def test_ends_are_those_of_the_published_tables(background):
    """Where the paper does not lengthen them to fall with the background."""
    values = np.arange(0.0, 10.0, 0.01)
    # Without any background no events are impossible at 0.
    chances = np.array([exact_p_values(value, background or 1e-9, 5) for value in values])
    cases = [case for case in PUBLISHED if case[1] == background]
    assert cases
    for number, _, level, lower in cases:
        p_values = np.clip(chances[:, number], 1e-9, 1.0)
        ends = interval(values, p_values, level, (0.0, 50.0))
        assert ends[0] == pytest.approx(lower, abs=0.015), (number, level)
        reproduces(f"fc_{number}_{background:g}_{100 * level:.0f}", ends[1])


@pytest.fixture(scope="module")
def belt():
    """Values of mu → statistics of toys on a background of 3."""
    likelihood = counting(3, 3.0).likelihood
    place = likelihood.index["mu"]
    found = {}
    for value in (0.5, 2.0, 5.0):
        parameters = likelihood.inits.copy()
        parameters[place] = value
        found[value] = toy_statistics(likelihood, "mu", parameters, 1000, [7])
    return found


def test_toys_are_brute_force(belt):
    for value, toys in belt.items():
        statistics = exact_statistics(value, 3.0)
        for number, exact in enumerate(exact_p_values(value, 3.0)):
            share = share_above(statistics[number], toys).value
            spread = np.sqrt(max(exact * (1 - exact), 1 / len(toys)) / len(toys))
            assert abs(share - exact) < 4 * spread, (value, number)


def test_intervals_cover(belt):
    """The probability of all numbers of events whose interval has the true value is at least the
    level, up to the number of toys.
    """
    for value, toys in belt.items():
        chances = scipy.stats.poisson.pmf(NUMBERS, value + 3.0)
        for level in LEVELS.values():
            critical, _ = critical_value(toys, level)
            inside = exact_statistics(value, 3.0) <= critical + 1e-6
            spread = np.sqrt(level * (1 - level) / len(toys))
            assert level - 4 * spread < chances[inside].sum() < 0.5 * (1 + level) + 0.1


def test_with_many_events_they_are_asymptotic():
    """Far from the bound: a Gaussian measurement, whose critical values are 1 and 3.84."""
    workspace_ = counting(10_100, 10_000.0, (-2000.0, 2000.0))
    test = scanned_parameter(workspace_, "mu", None)
    point = belt_point(test, 150.0, 1000, [2])
    for key, exact in (("68", 1.0), ("95", scipy.stats.chi2.ppf(0.95, 1))):
        assert abs(point.critical[key] - exact) < 4 * point.critical_errors[key]
    exact = scipy.stats.chi2.sf(point.observed.statistic, 1)
    assert abs(point.observed.p_value - exact) < 4 * point.observed.p_value_error


def test_nuisance_parameters_are_profiled():
    """A background known to 30 %: toys are thrown where it fits the data with the value held."""
    workspace_ = counting(25, 10.0, (0.0, 60.0), normsys("rate", 1.3, 0.7))
    found = described(workspace_, toys=300, points=7, ranges={"mu": (0.0, 35.0)})
    wide = found.intervals["signal"]["mu"].observed.intervals["68"]
    # Without systematics 68 % intervals of 25 events are ±√25 wide.
    assert wide.upper - wide.lower > 10.5
    ends = (wide.lower, wide.upper)
    known = (wide.asymptotic.lower, wide.asymptotic.upper)
    assert ends == pytest.approx(known, abs=4 * (wide.lower_error + wide.upper_error))


def described(workspace_, jobs=1, **changes):
    settings = Intervals(jobs=jobs, seed=4, **changes)
    number = settings.points * max(1, len(settings.parameters))
    batches = [
        batch_of_values([workspace_], settings, numbers)
        for numbers in np.array_split(np.arange(number), jobs)
    ]
    return merged_intervals(batches, settings.seed, settings.toys)


def test_any_number_of_jobs_makes_the_same_product():
    workspace_ = counting(3, 3.0)
    one, three = (described(workspace_, jobs, toys=100, points=5) for jobs in (1, 3))
    assert one.plain() == three.plain()
    values = [point.value for point in one.intervals["signal"]["mu"].points]
    assert len(values) == 5
    assert values == sorted(values)


def test_the_physical_region_confines_estimates():
    """A deficit: without the bound the estimate is negative, and the interval is another one."""
    workspace_ = counting(1, 6.0, (-5.0, 30.0))
    free = scanned_parameter(workspace_, "mu", None)
    confined = scanned_parameter(workspace_, "mu", (0.0, 30.0))
    assert free.estimate("observed") == pytest.approx(-5.0)
    assert confined.estimate("observed") == 0.0
    belt_ = described(workspace_, toys=200, points=9, bounds={"mu": (0.0, 30.0)})
    found = belt_.intervals["signal"]["mu"]
    assert found.bounds == (0.0, 30.0)
    assert found.observed.intervals["95"].lower == 0.0
    assert found.observed.intervals["95"].lower_error is None
    # 95 %, one event on six: table VI of the paper.
    assert found.observed.intervals["95"].upper < 3.5


def test_of_blinded_data_nothing_is_told():
    workspace_ = replace(counting(3, 3.0), measurement="measurement [BLINDED]")
    found = described(workspace_, toys=100, points=5).intervals["signal"]["mu"]
    assert found.observed is None
    assert all(point.observed is None for point in found.points)
    assert found.expected.intervals["95"].upper > 1.0


def test_a_parameter_that_cannot_be_tested_is_left_out():
    workspace_ = counting(3, 3.0, (0.0, 50.0), normsys("rate", 1.1, 0.9))
    found = described(
        workspace_, jobs=2, toys=100, points=5, parameters=("mu", "rate"), bounds={"rate": (-9, 9)}
    )
    assert list(found.intervals["signal"]) == ["mu"]
    assert "beyond those of the model" in found.left_out["signal"]["rate"]


def test_without_any_interval_the_first_reason_is_told():
    with pytest.raises(WollemiError, match="beyond those of the model"):
        described(counting(3, 3.0), toys=100, points=5, bounds={"mu": (-1.0, 50.0)})


def test_values_reach_to_three_standard_deviations():
    test = scanned_parameter(counting(10_000, 10_000.0, (-2000.0, 2000.0)), "mu", None)
    values = belt_values(test, None, 7)
    assert values[[0, -1]] == pytest.approx([-300.0, 301.0], rel=0.02)
    with pytest.raises(WollemiError, match="outside its bounds"):
        belt_values(test, (-3000.0, 0.0), 7)


def test_a_start_outside_the_physical_region_is_moved():
    likelihood = within(counting(3, 3.0).likelihood, "mu", (2.0, 4.0))
    assert likelihood.inits[likelihood.index["mu"]] == 2.0
