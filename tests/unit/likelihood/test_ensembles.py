"""Fits of many data sets in one call against the same fits one after the other."""

from dataclasses import replace

import numpy as np
import pytest
from support.products.random_models import random_model
from support.products.statistical_models import search
from support.project.seeds import slow_but

from wollemi_likelihood.ensembles import fit_together
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.newton import Minimum
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.scan import ProfileScan

TOYS = 30


def scans_of(likelihood: Likelihood, seed: int, name: str) -> list[ProfileScan]:
    start = likelihood.inits
    toys = likelihood.toys(start, np.random.default_rng(seed), TOYS)
    # Data that are far away, and data without any event.
    toys += [replace(toys[0], main=factor * toys[0].main) for factor in (0.0, 10.0)]
    return [ProfileScan(Objective(likelihood, toy), name, start) for toy in toys]


def same(one: Minimum, other: Minimum) -> bool:
    arrays = [
        (getattr(one.point, name), getattr(other.point, name))
        for name in ("values", "objective", "gradient", "expected")
    ]
    return replace(one, point=other.point) == other and all(
        np.array_equal(*pair) for pair in arrays
    )


@pytest.mark.parametrize("seed", slow_but(range(3), range(20)))
def test_together_and_one_after_the_other(seed):
    likelihood = Likelihood.from_workspace(random_model(seed))
    places = np.flatnonzero(~likelihood.fixed)
    place = int(places[seed % len(places)])
    name, value = likelihood.parameters[place].name, likelihood.inits[place] + 0.01
    together, alone = scans_of(likelihood, seed, name), scans_of(likelihood, seed, name)
    fit_together(together)
    assert sum(scan.unfixed is not None for scan in together) > TOYS / 2
    for one, other in zip(together, alone, strict=True):
        if one.unfixed is not None:
            assert same(one.free(), other.free())
    for step in (value, value + 0.1):  # the second starts from the first
        fit_together(together, step)
        for one, other in zip(together, alone, strict=True):
            if step in one.minima:
                assert same(one.fixed(step), other.fixed(step))


def test_scans_with_a_fit_keep_it_and_none_is_no_error():
    (scan, *_) = scans_of(Likelihood.from_workspace(search(2, 3, 0.5)), 0, "mu")
    before = scan.fixed(1.0)
    fit_together([scan], 1.0)
    assert scan.fixed(1.0) is before
    fit_together([])
