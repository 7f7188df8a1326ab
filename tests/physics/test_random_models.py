"""60 random models with every modifier against pyhf: likelihoods, fits and CLs.

What differs most is a property of each test: `--junitxml=numbers.xml -o junit_family=legacy`. The
table is in docs/validation.md.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from support.oracles.pyhf_inference import pyhf_cls, pyhf_fits
from support.products.random_models import random_model
from support.products.statistical_models import pyhf_model

from wollemi_likelihood.asymptotics import AsymptoticTest
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.pyhf_comparison import compare_with_pyhf
from wollemi_likelihood.results import Fit

pytestmark = pytest.mark.slow

SEEDS = range(60)
# Of -2 ln L; whoever is 1e-4 standard deviations away from a minimum is as much above it.
SAME_MINIMUM = 1e-8
# Of -2 ln L, a fit of pyhf that moves CLs.
ABOVE = 1e-5
# Of CLs.
SAME_CLS = 1e-5


class Compared(NamedTuple):
    """Our fit, pyhf's estimates, and how much higher its -2 ln L is; None where it finds none."""

    ours: Fit
    values: np.ndarray | None
    higher: float | None


def likelihood_of(seed: int) -> Likelihood:
    return Likelihood.from_workspace(random_model(seed))


@cache
def compared(seed: int) -> Compared:
    """The first fit of pyhf that ends where ours does, or its lowest."""
    ours, found = fit(likelihood_of(seed)), []
    for values, lowest in pyhf_fits(random_model(seed)):
        found.append((lowest - ours.minus_two_log_likelihood, values))
        if abs(found[-1][0]) < SAME_MINIMUM:
            return Compared(ours, values, found[-1][0])
    higher, values = min(found, key=lambda pair: pair[0], default=(None, None))
    return Compared(ours, values, higher)


def at_one_minimum(seed: int) -> bool:
    higher = compared(seed).higher
    return higher is not None and abs(higher) < SAME_MINIMUM


@pytest.mark.parametrize("seed", SEEDS)
def test_likelihoods_are_those_of_pyhf(seed, record_property):
    """At the initial values, four random points, and the best fit."""
    content, likelihood = random_model(seed), likelihood_of(seed)
    model, data = pyhf_model(content)
    values = compared(seed).ours.values
    found = [(point.ours, point.pyhf) for point in compare_with_pyhf("model", content, likelihood)]
    found.append((-2 * likelihood.logpdf(values), -2 * float(model.logpdf(values, data)[0])))
    difference = max(abs(ours - theirs) / max(1.0, abs(theirs)) for ours, theirs in found)
    record_property("likelihood", difference)
    assert difference < 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_minima_of_pyhf_are_not_lower(seed, record_property):
    ours, values, higher = compared(seed)
    assert ours.status.converged
    if higher is None:
        pytest.skip("none of pyhf's optimizers finds a minimum")
    record_property("higher", higher)
    if higher < -SAME_MINIMUM:  # a second minimum: from there we find it as well
        again = fit(likelihood_of(seed), start=values)
        assert again.status.converged
        gained = again.minus_two_log_likelihood - ours.minus_two_log_likelihood
        assert gained < higher + SAME_MINIMUM


def determined(seed: int) -> np.ndarray:
    """Parameters inside their bounds, with an error below the distance of these."""
    lower, upper = likelihood_of(seed).bounds
    errors = compared(seed).ours.errors
    return (errors > 0) & (errors < upper - lower)


@pytest.mark.parametrize("seed", SEEDS)
def test_estimates_are_those_of_pyhf(seed, record_property):
    """In standard deviations, where pyhf ends at our minimum; or at another of the same depth."""
    ours, values, _ = compared(seed)
    if not at_one_minimum(seed) or ours.degenerate:
        pytest.skip("pyhf stops above the minimum, or the data do not tell parameters apart")
    inside = determined(seed)
    pull = np.abs((values - ours.values)[inside] / ours.errors[inside]).max()
    if pull > 1e-2:
        record_property("another", True)
        other = fit(likelihood_of(seed), start=values)
        assert abs(other.minus_two_log_likelihood - ours.minus_two_log_likelihood) < SAME_MINIMUM
        pull = np.abs((values - other.values)[inside] / ours.errors[inside]).max()
    record_property("pull", float(pull))
    assert pull < 1e-4


@cache
def asymptotic(seed: int) -> AsymptoticTest | None:
    """None where there is no limit to compare: the data do not tell parameters apart, a bin with
    events expects none without signal, or the likelihood has two minima.
    """
    likelihood, best = likelihood_of(seed), compared(seed).ours
    place = likelihood.index["mu"]
    if best.degenerate or not determined(seed)[place]:
        return None
    try:
        found = AsymptoticTest(likelihood, likelihood.data)
    except WollemiError:
        return None
    other = abs(found.best_fit - best.values[place]) > 1e-3 * best.errors[place] + 1e-6
    return None if other else found


def stops_above(test: AsymptoticTest, strength: float, fits) -> bool:
    """Whether a fit of pyhf ends above the minimum: of the data without signal, free, and at the
    strength, and of the Asimov data at the strength and free, where the minimum is known.
    """
    observed, asimov = test.observed.scan, test.asimov
    pairs = (
        (observed, fits.asimov_pars, observed.fixed(0.0)),
        (observed, fits.free_fit_to_data, observed.free()),
        (observed, fits.fixed_poi_fit_to_data, observed.fixed(strength)),
        (asimov, fits.free_fit_to_asimov, asimov.fixed(0.0)),
        (asimov, fits.fixed_poi_fit_to_asimov, asimov.fixed(strength)),
    )
    higher = [
        2 * (scan.objective(np.asarray(theirs)).objective - ours.point.objective)
        for scan, theirs, ours in pairs
    ]
    return max(higher) > ABOVE


@pytest.mark.parametrize("seed", SEEDS)
def test_cls_is_that_of_pyhf(seed, record_property):
    """Two standard deviations above the estimate: observed, and the five expected ones."""
    test, best = asymptotic(seed), compared(seed).ours
    if test is None:
        pytest.skip("the model has no limit, or two minima")
    strength = min(test.best_fit + 2 * test.error(), test.upper_bound)
    ours = np.array([test.cls(strength), *test.expected_cls(strength)])
    differences = []
    for theirs, fits in pyhf_cls(random_model(seed), strength, best.values):
        difference = float(np.abs(ours - theirs).max())
        if difference < SAME_CLS or not stops_above(test, strength, fits):
            differences.append(difference)
            break
    if not differences:
        pytest.skip("none of pyhf's optimizers finds all minima")
    record_property("cls", differences[0])
    assert differences[0] < SAME_CLS


def test_most_models_are_compared():
    assert sum(at_one_minimum(seed) for seed in SEEDS) > 40
    assert sum(asymptotic(seed) is not None for seed in SEEDS) > 24
