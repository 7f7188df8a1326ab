"""Fits with one more parameter fixed against full searches."""

import numpy as np
import pytest
from support.products.random_models import random_model
from support.products.statistical_models import counting, everything, histosys, normsys, search

from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.ranking import ranking
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.search import find_minimum


def refits(content: dict, widths: float):
    """Refit and full search for each parameter, some standard deviations up and down."""
    likelihood = Likelihood.from_workspace(content)
    best, objective = fit(likelihood), Objective(likelihood, likelihood.data)
    movable = ~likelihood.fixed
    for name, error in zip(best.names, best.errors, strict=True):
        place = likelihood.index[name]
        lower, upper = likelihood.bounds[:, place]
        if error == 0 or best.degenerate:
            continue
        for sign in (-1, 1):
            value = best.values[place] + sign * widths * error
            if lower < value < upper:
                start = best.values.copy()
                start[place] = value
                found = objective.refit(start, place, movable, best.covariance)
                yield found, find_minimum(objective, {name: value}, start).point, objective


@pytest.mark.parametrize("widths", [1.0, 3.0])
def test_a_refit_is_the_minimum_or_none(widths):
    contents = [everything(0), everything(1), search(2), *map(random_model, range(25))]
    number = found_number = 0
    for content in contents:
        for found, point, objective in refits(content, widths):
            number += 1
            if found is not None:
                found_number += 1
                assert objective(found).objective == pytest.approx(point.objective, abs=1e-8)
                np.testing.assert_allclose(found, point.values, atol=1e-5)
    assert found_number > (0.6 if widths == 1 else 0.3) * number


def test_a_parameter_that_leaves_its_bound_is_left_to_the_search():
    """µ at 0 rises where the background is held far below its estimate."""
    content = counting(38.0, 10.0, 40.0)
    content["channels"][0]["samples"][1]["modifiers"] = [normsys("norm", 1.1, 0.9)]
    likelihood = Likelihood.from_workspace(content)
    best, objective = fit(likelihood), Objective(likelihood, likelihood.data)
    assert best.status.at_bounds == ("mu",)
    place, start = likelihood.index["norm"], best.values.copy()
    start[place] = -3.0
    assert objective.refit(start, place, ~likelihood.fixed, best.covariance) is None
    assert find_minimum(objective, {"norm": -3.0}).point.values[likelihood.index["mu"]] > 0.5


def test_an_impact_ends_where_the_strength_reaches_its_bound():
    """10 µ + 40 + 4 α = 41 is linear, so that the start with α at 1, µ = -0.3, needs no step."""
    content = counting(41.0, 10.0, 40.0)
    modifiers = content["channels"][0]["samples"][1]["modifiers"]
    modifiers.append(histosys("shape", np.array([40.0]), [0.1], [-0.1]))
    (row,) = ranking(Likelihood.from_workspace(content))
    assert (row.prefit_up, row.prefit_down) == pytest.approx((-0.1, 0.4), abs=1e-6)
