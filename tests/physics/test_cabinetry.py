"""cabinetry: impacts, scan, goodness of fit and significance of random models with every modifier
(docs/validation.md).
"""

from functools import cache

import numpy as np
import pytest
from support.oracles.cabinetry_inference import (
    FAILURES,
    cabinetry_fit,
    cabinetry_ranking,
    cabinetry_scan,
    cabinetry_significance,
)
from support.products.random_models import random_model

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import NO_ERROR, fit, regimes
from wollemi_likelihood.inference.goodness_of_fit import goodness_of_fit
from wollemi_likelihood.inference.profile_scans import profile
from wollemi_likelihood.inference.ranking import ranking
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import significance

pytestmark = pytest.mark.slow

# cabinetry fits four times for each parameter, with derivatives by finite differences.
MOST_PARAMETERS = 20
MODELS = range(19)
TOLERANCE = 1e-3


def one_minimum(likelihood, best):
    """Whether limits have the same best fit: they look for it from two starts."""
    place = likelihood.index["mu"]
    try:
        found = significance(likelihood).best_fit
    except WollemiError:
        return True
    return abs(found - best.values[place]) < 1e-3 * best.errors[place]


@cache
def models():
    """The first random models of few parameters and of more bins than free ones, where all are
    determined, there is one minimum, and a standard deviation to both sides is within the bounds:
    cabinetry ends at one that is not.
    """
    found = []
    for seed in range(200):
        likelihood = Likelihood.from_workspace(random_model(seed))
        if len(likelihood.parameters) > MOST_PARAMETERS:
            continue
        best = fit(likelihood)
        widths = np.maximum(best.errors, [item.width for item in likelihood.parameters])
        lower, upper = likelihood.bounds
        inside = (best.values - widths > lower) & (best.values + widths < upper)
        good = inside.all() and not best.degenerate and one_minimum(likelihood, best)
        if good and goodness_of_fit(likelihood, best) is not None:
            found.append((random_model(seed), likelihood, best))
    return found


def asked(function, *arguments):
    """An answer of cabinetry; skips where its minimizer fails."""
    try:
        return function(*arguments)
    except FAILURES:
        pytest.skip("MINUIT finds no minimum for cabinetry")


def lower_minimum(likelihood, best, held, changes):
    """Whether the first one of two changes of the strength, with another parameter fixed, is the
    lower one of two minima.
    """
    estimate = best.values[likelihood.index["mu"]]
    depths = [
        fit(likelihood, fixed={**held, "mu": estimate + change}).minus_two_log_likelihood
        for change in changes
    ]
    return depths[0] < depths[1]


@pytest.mark.parametrize("number", MODELS)
def test_impacts_are_those_of_cabinetry(number, record_property):
    """In standard deviations of the strength. Of two minima, cabinetry takes the one near the
    initial values, we take the lower one. Without a symmetric error, ours are of the profile's.
    """
    content, likelihood, best = models()[number]
    theirs = asked(cabinetry_ranking, content, best)
    kinds = regimes(likelihood, best, {}).items()
    without_error = {name for name, (regime, _) in kinds if regime in NO_ERROR}
    size = best.errors[likelihood.index["mu"]]
    rows = {row.name: row for row in ranking(likelihood)}
    assert rows.keys() == set(theirs.labels)
    differences, others = [], 0
    for place, name in enumerate(theirs.labels):
        index = likelihood.index[name]
        after, before = best.errors[index], likelihood.parameters[index].width
        for width, ours, found in (
            (after, rows[name].up, theirs.postfit_up),
            (-after, rows[name].down, theirs.postfit_down),
            (before, rows[name].prefit_up, theirs.prefit_up),
            (-before, rows[name].prefit_down, theirs.prefit_down),
        ):
            if ours is None or (abs(width) == after and name in without_error):
                continue
            difference, held = abs(ours - found[place]) / size, {name: best.values[index] + width}
            if difference > TOLERANCE and lower_minimum(
                likelihood, best, held, (ours, found[place])
            ):
                others += 1
            else:
                differences.append(difference)
    record_property("impacts", len(differences))
    record_property("other_minimum", others)
    record_property("impact", float(max(differences)))
    assert max(differences) < TOLERANCE


@pytest.mark.parametrize("number", MODELS)
def test_the_scan_is_that_of_cabinetry(number, record_property):
    """Of five points, up to a standard deviation from the estimate."""
    content, likelihood, best = models()[number]
    place = likelihood.index["mu"]
    interval = (best.values - best.errors)[place], (best.values + best.errors)[place]
    theirs = asked(cabinetry_scan, content, interval, 5)
    ours = profile(likelihood, likelihood.data, best, {"mu": theirs.parameter_values})
    difference = float(np.abs(ours - theirs.delta_nlls).max())
    record_property("rise", difference)
    assert difference < TOLERANCE


@pytest.mark.parametrize("number", MODELS)
def test_goodness_is_that_of_cabinetry(number, record_property):
    content, likelihood, best = models()[number]
    theirs = asked(cabinetry_fit, content)
    difference = abs(goodness_of_fit(likelihood, best).p_value - theirs.goodness_of_fit)
    record_property("goodness", difference)
    assert difference < TOLERANCE


@pytest.mark.parametrize("number", MODELS)
def test_significance_is_that_of_cabinetry(number, record_property):
    """Observed, and expected with the signal."""
    content, likelihood, _ = models()[number]
    try:
        ours = significance(likelihood)
    except WollemiError:
        pytest.skip("bins with events expect none without signal")
    theirs = asked(cabinetry_significance, content)
    differences = [
        abs(ours.observed - theirs.observed_significance),
        abs(ours.expected - theirs.expected_significance),
    ]
    record_property("significance", max(differences))
    assert max(differences) < TOLERANCE
