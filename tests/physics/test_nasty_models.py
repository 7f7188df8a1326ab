"""300 random models that are hard to fit, against an independent likelihood and search.

The likelihood is written again in plain numpy (`support.oracles.plain_likelihood`), and the lowest
minimum is sought with L-BFGS-B of scipy from many random points. Without `slow` a few models run.
"""

import contextlib

import numpy as np
import pytest
from support.oracles.plain_likelihood import PlainLikelihood
from support.products.nasty_models import nasty_model
from support.project.seeds import slow_but

from wollemi_likelihood.asymptotics import Qtilde
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.fit_report import fitted_parameters
from wollemi_likelihood.inference.ranking import ranking
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.scan import ProfileScan
from wollemi_likelihood.search import find_minimum

FAST = (0, 6, 11, 17, 54, 77)
SEEDS = slow_but(FAST, range(300))
# Models whose lower minimum some searches have missed.
MISSED = (42, 64, 75, 219, 295, 317, 424, 440, 596, 763, 918)
# Of -2 ln L.
SAME_MINIMUM = 1e-3
# Relative difference of a symmetric error and MINOS that needs a word.
FAR = 0.2
# Width of the walls of the first searches, in events: L-BFGS-B cannot follow thin ones.
SOFT = 1e-3


def models(seed):
    """A model, twice."""
    content = nasty_model(seed)
    ours = Likelihood.from_workspace(content)
    bounds = {p.name: p.bounds for p in ours.parameters}
    fixed = {p.name: p.init for p in ours.parameters if p.fixed}
    return ours, PlainLikelihood(content, bounds, fixed)


def soft_slope(likelihood):
    """-2 ln L with soft walls and its gradient, which only lead the way."""
    objective = Objective(likelihood, likelihood.data, wall=SOFT)

    def slope(values):
        point = objective(values)
        if not np.isfinite(point.objective):
            return 1e8, np.zeros_like(values)
        return 2 * point.objective, 2 * point.gradient

    return slope


def fitted(likelihood, held):
    """-2 ln L at our minimum."""
    if not held:
        result = fit(likelihood)
        assert result.status.converged
        return result.deviance
    scan = ProfileScan(Objective(likelihood, likelihood.data), "mu")
    return 2 * scan.fixed(held["mu"]).point.objective


@pytest.mark.parametrize("seed", SEEDS)
def test_likelihoods_are_equal(seed):
    ours, plain = models(seed)
    random = np.random.default_rng(seed)
    near = ours.inits + 0.3 * random.normal(size=ours.inits.size)
    values = np.where(ours.fixed, ours.inits, np.clip(near, *ours.bounds))
    found = 2 * Objective(ours, ours.data)(values).objective
    if (ours.expected(values) > 0).all():
        assert plain(values[None])[0] == pytest.approx(found, rel=1e-9, abs=1e-9)


def missed(seed):
    """Fits, free, without signal and with one, that end above the independent search."""
    ours, plain = models(seed)
    found = []
    for held in ({}, {"mu": 0.0}, {"mu": 0.7}):
        lowest = plain.lowest(held, seed, soft_slope(ours), (ours.inits,))
        if (ours.expected(lowest.values) < -SOFT).any():  # negative wherever the fit goes
            continue
        found += [(seed, held)] if fitted(ours, held) > lowest.value + SAME_MINIMUM else []
    return found


@pytest.mark.parametrize("seed", FAST + MISSED)
def test_no_minimum_is_above_an_independent_search(seed):
    assert missed(seed) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 300, 50))
def test_no_minimum_of_all_models_is_above_an_independent_search(first):
    found = [item for seed in range(first, first + 50) for item in missed(seed)]
    assert found == []


def thrown(seed, number):
    """Random data of a model without and with a signal, each with its start."""
    likelihood, _ = models(seed)
    for strength in (0.0, 0.7):
        scan = ProfileScan(Objective(likelihood, likelihood.data), "mu")
        truth = scan.fixed(strength).point.values
        for toy in likelihood.toys(truth, np.random.default_rng([seed, 7]), number):
            yield likelihood, toy, truth


@pytest.mark.parametrize("seed", slow_but((0, 6, 11), range(80)))
def test_toys_have_a_test_statistic_or_an_error_in_words(seed):
    """32,000 toys in all: no fit ends in a traceback, and few without a minimum, 88 of 102,400
    toys of 256 models when these were thrown.
    """
    number, failed = 200, 0
    try:
        toys = list(thrown(seed, number))
    except WollemiError as error:
        pytest.skip(f"no toys: {error.where}: {error.problem}")
    for likelihood, toy, truth in toys:
        try:
            test = Qtilde(
                ProfileScan(Objective(likelihood, toy), "mu", truth), likelihood.index["mu"]
            )
            assert test(0.7) >= 0
        except WollemiError:
            failed += 1
    assert failed <= 0.1 * len(toys)


def profile_rise(plain, likelihood, result, name, value, seed):
    """-2 ln L with a parameter at a value above the fit: the lower one of the independent search
    and of the independent likelihood where our search ends, often the only minimum at a wall.
    """
    lowest = plain.lowest({name: value}, seed, soft_slope(likelihood), (result.values,)).value
    scan = ProfileScan(Objective(likelihood, likelihood.data), name, result.values)
    ours = float(plain(scan.fixed(value).point.values[None])[0])
    return min(lowest, ours) - result.deviance


@pytest.mark.parametrize("seed", slow_but((0, 1, 6, 11, 17, 54), range(300)))
def test_a_symmetric_error_is_that_of_the_profile_or_has_a_word(seed, record_property):
    """One without a regime is within 20 % of where the profile has risen by 1, as far as the bounds
    reach, found by the independent search.
    """
    likelihood, plain = models(seed)
    result = fit(likelihood)
    parameters = fitted_parameters(likelihood, result, {})
    random = np.random.default_rng(seed)
    quoted = [p for p in parameters if not (p.fixed or p.at_bound or p.regime)]
    chosen = [p for p in quoted if p.name == "mu"]
    chosen += list(random.permutation(quoted)[:2]) if quoted else []
    for item in chosen:
        assert item.error is not None
        lower, upper = likelihood.bounds[:, likelihood.index[item.name]]
        for side in (-1, 1):
            inner, outer = (item.value + side * (1 + s) * item.error for s in (-FAR, FAR))
            if lower <= inner <= upper:
                rise = profile_rise(plain, likelihood, result, item.name, inner, seed)
                record_property("inner", rise)
                assert rise < 1 + SAME_MINIMUM
            if lower <= outer <= upper:
                rise = profile_rise(plain, likelihood, result, item.name, outer, seed)
                record_property("outer", rise)
                assert rise > 1 - SAME_MINIMUM


@pytest.mark.parametrize("seed", slow_but((2, 12), range(60)))
def test_impacts_are_taken_at_the_lowest_minimum(seed):
    """The independent search with the parameter fixed is not lower than ours at that strength."""
    likelihood, plain = models(seed)
    best = fit(likelihood)
    if not best.status.converged or likelihood.poi in best.status.undetermined:
        pytest.skip("the model has no fit to rank")
    objective, interest = Objective(likelihood, likelihood.data), likelihood.index["mu"]
    missed = []
    for row in ranking(likelihood):
        place = likelihood.index[row.name]
        width = likelihood.parameters[place].width
        for change, side in ((row.prefit_up, 1), (row.prefit_down, -1)):
            if change is None:
                continue
            held = {row.name: best.values[place] + side * width}
            lower, upper = likelihood.bounds[:, place]
            if not lower < held[row.name] < upper:
                continue
            at = {**held, "mu": best.values[interest] + change}
            near = best.values
            with contextlib.suppress(WollemiError):  # the ranking then stays near the fit
                near = find_minimum(objective, held, near, thorough=True).point.values
            ours = 2 * find_minimum(objective, at, near).point.objective
            lowest = plain.lowest(held, seed, soft_slope(likelihood), (best.values,))
            if ours > lowest.value + SAME_MINIMUM:
                missed.append((row.name, side))
    assert not missed
