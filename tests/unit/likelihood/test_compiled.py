"""The compiled likelihood: its kernels against plain Python and numpy, random models of all
modifiers against pyhf, and the same numbers in each call, copy and thread.
"""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from threading import Barrier

import numpy as np
import pytest
from support.products.random_models import random_model
from support.products.statistical_models import everything, pyhf_model, search
from support.project.seeds import slow_but

import wollemi_likelihood.compiled
from wollemi_likelihood.compiled import Library, address, work_sizes
from wollemi_likelihood.fit import fit, fit_iminuit
from wollemi_likelihood.kernels import descent
from wollemi_likelihood.kernels.records import BARRIER_WIDTH, Observed, Work
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.newton import MESSAGES
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.search import find_minimum


def likelihood_of(content: dict) -> Likelihood:
    return Likelihood.from_workspace(content)


def interpreted_work(likelihood: Likelihood) -> Work:
    sizes = work_sizes(likelihood.model.model)
    kinds = {field.name: int if field.name == "free" else float for field in fields(Work)}
    return Work(**{name: np.full(size, 7, kinds[name]) for name, size in sizes.items()})


@pytest.mark.parametrize(
    "content", [everything(0), search(3, 4, 0.5)], ids=["everything", "search"]
)
def test_machine_code_does_what_the_source_says(content):
    """The same search, executed by Python."""
    likelihood = likelihood_of(content)
    observed = Observed(likelihood.observations, likelihood.auxdata, np.array([BARRIER_WIDTH]))
    values, work = likelihood.inits.copy(), interpreted_work(likelihood)
    moves = (~likelihood.fixed).astype(np.int64)
    lower, upper = likelihood.bounds
    model = likelihood.model.model
    end = descent.descend(model, observed, work, values, moves, lower, upper)
    result = fit(likelihood)
    assert MESSAGES[end] == result.status.message
    assert work.summary[2] == result.status.iterations
    assert 2 * work.summary[0] == pytest.approx(result.deviance, rel=1e-12)
    np.testing.assert_allclose(values, result.values, atol=1e-9)
    count = len(values)
    covariance = np.zeros(count * count)
    assert descent.invert_at(model, observed, work, values, moves, lower, upper, covariance)
    np.testing.assert_allclose(
        covariance.reshape(count, count), result.covariance, rtol=1e-8, atol=1e-12
    )


@pytest.mark.parametrize("seed", slow_but(range(20), range(60)))
def test_random_models_are_those_of_pyhf(seed):
    content = random_model(seed)
    likelihood, (model, data) = likelihood_of(content), pyhf_model(content)
    random, symmetric = np.random.default_rng(seed), likelihood.bounds[0] < 0
    for _ in range(3):
        values = np.where(
            symmetric,
            random.normal(0, 1.3, len(symmetric)),
            random.uniform(0.5, 1.5, len(symmetric)),
        )
        expected = model.main_model.expected_data(values, return_by_sample=True)
        np.testing.assert_allclose(likelihood.expected_by_sample(values), expected, rtol=1e-11)
        if (expected.sum(axis=0) >= 0).all():
            density = model.logpdf(values, data)[0]
            assert likelihood.logpdf(values) == pytest.approx(density, rel=1e-11, abs=1e-10)


@pytest.mark.parametrize("seed", slow_but(range(4), range(10)))
def test_minima_know_their_expected_events(seed):
    """The gate of a search for a second minimum relies on them."""
    likelihood = likelihood_of(random_model(seed))
    objective = Objective(likelihood, likelihood.data)
    minimum = find_minimum(objective, {}).point
    for point in (minimum, objective(likelihood.inits)):
        events = likelihood.expected(point.values)
        np.testing.assert_allclose(point.expected, events, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", slow_but(range(20), range(60)))
def test_derivatives_of_random_models(seed):
    """Also at factors of 0, where logarithmic derivatives do not exist."""
    likelihood = likelihood_of(random_model(seed))
    random, symmetric = np.random.default_rng(seed), likelihood.bounds[0] < 0
    values = np.where(symmetric, random.normal(0, 0.8, len(symmetric)), 1.1)
    objective = Objective(likelihood, likelihood.asimov(values))
    values = values + np.where(symmetric, 0.1, 0.05)
    for zero in (False, True):
        if zero:
            values[likelihood.index["mu"]] = 0.0
        point, steps = objective(values), 1e-5 * np.eye(len(values))
        if not np.isfinite(point.objective):
            continue
        slopes = [
            (objective(values + h).objective - objective(values - h).objective) / 2e-5
            for h in steps
        ]
        np.testing.assert_allclose(point.gradient, slopes, rtol=1e-4, atol=1e-4)
        rows = [
            (objective(values + h).gradient - objective(values - h).gradient) / 2e-5 for h in steps
        ]
        hessian = objective.hessian(point)
        np.testing.assert_allclose(hessian, rows, rtol=1e-4, atol=1e-4 * np.abs(hessian).max())


@pytest.mark.parametrize("seed", slow_but(range(4), range(30)))
def test_minima_of_random_models_are_not_above_those_of_iminuit(seed):
    likelihood = likelihood_of(random_model(seed))
    ours, theirs = fit(likelihood), fit_iminuit(likelihood)
    assert ours.status.converged
    assert ours.status.minimizer == "newton"
    assert ours.deviance <= theirs.deviance + 1e-7


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda item: pickle.loads(pickle.dumps(item))]
)
def test_a_copy_gives_the_same(duplicate):
    likelihood = likelihood_of(everything(1))
    result = fit(likelihood)
    other = fit(duplicate(likelihood))
    assert (other.values == result.values).all()
    assert (other.covariance == result.covariance).all()


def test_threads_do_not_disturb_each_other():
    likelihood, random = likelihood_of(everything(1)), np.random.default_rng(1)
    toys = [likelihood.toy(likelihood.inits, random) for _ in range(200)]
    one_by_one = [fit(likelihood, toy).values for toy in toys]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda toy: fit(likelihood, toy).values, toys))
    assert (np.array(one_by_one) == np.array(at_once)).all()


def test_threads_that_come_first_share_the_library(monkeypatch):
    """Machine code that is loaded twice would be freed under a thread that uses it."""
    made, barrier = [], Barrier(8)

    class Counted(Library):
        def __init__(self):
            made.append(self)
            super().__init__()

    monkeypatch.setattr(wollemi_likelihood.compiled, "_LIBRARY", [])
    monkeypatch.setattr(wollemi_likelihood.compiled, "Library", Counted)
    likelihood = likelihood_of(search(2))

    def first_fit(_):
        barrier.wait()
        return fit(likelihood).deviance

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(first_fit, range(8)))) == 1
    assert len(made) == 1


def test_arrays_of_another_kind_are_refused():
    for array in (np.zeros(4, np.float32), np.zeros((4, 4))[:, 0]):
        with pytest.raises(TypeError, match="not contiguous numbers of 64 bits"):
            address(array)
