"""Limits from toys against closed formulae of counting experiments, and against pyhf's toys."""

import re

import numpy as np
import pyhf
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, poisson
from support.products.statistical_models import counting, pyhf_model, search
from support.project.paths import ROOT

from wollemi_likelihood.asymptotics import BANDS, Qtilde
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit, with_upper_bound
from wollemi_likelihood.toys import ToyCLs, toy_limit

BOUNDS = {"name": "mu", "inits": [1.0], "bounds": [[0.0, 60.0]]}


def counted(observed, background):
    content = counting(observed, 1, background)
    content["measurements"][0]["config"]["parameters"] = [BOUNDS]
    return Likelihood.from_workspace(content)


def exact_cls(signal, observed, background):
    """P(n or fewer) with signal over that without: of one bin, qtilde falls with the count."""
    return poisson.cdf(observed, signal + background) / poisson.cdf(observed, background)


def exact_limit(observed, background):
    return brentq(lambda signal: exact_cls(signal, observed, background) - 0.05, 0.01, 60)


@pytest.mark.parametrize(("observed", "background"), [(0, 0.2), (3, 1.0), (2, 3.0), (9, 8.0)])
def test_counting_experiment(observed, background):
    likelihood = counted(observed, background)
    found = toy_limit(likelihood, upper_limit(likelihood, points=2), 4000, [3])
    assert abs(found.observed - exact_limit(observed, background)) < 4 * found.observed_error
    assert found.observed_error < 0.1 * found.observed
    for band, value, error in zip(
        (-1, 0, 1), found.expected[1:4], found.expected_errors[1:4], strict=True
    ):
        # The quantile of the toys may be a neighboring count.
        quantiles = norm.cdf(band) + 0.02 * np.array([-1, 0, 1])
        limits = [exact_limit(poisson.ppf(share, background), background) for share in quantiles]
        assert min(abs(value - limit) for limit in limits) < 4 * error
        assert error < 0.2 * value


@pytest.mark.parametrize("background", [1.0, 3.0, 10.0, 30.0])
def test_the_documented_table(background):
    """Expected limits by the formulae, and exact ones: quantiles of Poisson counts."""
    text = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
    (row,) = re.findall(
        rf"^\| {background:.0f} \|((?: [\d.]+, [\d.]+ \|){{5}})$", text, re.MULTILINE
    )
    asymptotic, exact = np.array(re.findall(r"[\d.]+", row), float).reshape(5, 2).T
    found = upper_limit(counted(int(background), background), points=2).expected
    assert found == pytest.approx(asymptotic, rel=4e-3)
    counts = poisson.ppf(norm.cdf(BANDS), background)
    assert [exact_limit(count, background) for count in counts] == pytest.approx(exact, rel=4e-3)


def test_a_signal_that_takes_events_away_has_no_floor():
    """With interference CLs is what the toys say: here the bin that the signal empties decides."""
    content = search(8)
    channel = content["channels"][0]
    (signal,) = (item for item in channel["samples"] if item["name"] == "signal")
    background = np.sum([item["data"] for item in channel["samples"] if item is not signal], axis=0)
    signal["data"] = (-0.1 * background).tolist()
    likelihood = Likelihood.from_workspace(content)
    for poi in (0.5, 3.0):
        point = ToyCLs(likelihood, likelihood.data, 200, [1]).point(poi)
        assert 0 <= point.observed <= 1
        assert max(point.expected) <= 1


def test_no_limit_below_the_floor():
    """Without background and without events: 3.0 signal events, where the formulae give 1.9."""
    likelihood = counted(0, 0.01)
    asymptotic = upper_limit(likelihood, points=2)
    assert asymptotic.observed < 2.5
    found = toy_limit(likelihood, asymptotic, 600, [1])
    assert found.observed == pytest.approx(-np.log(0.05), rel=0.12)


def test_equal_seeds_give_equal_limits():
    likelihood = counted(2, 3.0)
    asymptotic = upper_limit(likelihood, points=2)
    first, again, other = (toy_limit(likelihood, asymptotic, 100, seed) for seed in ([1], [1], [2]))
    assert (first.observed, first.expected) == (again.observed, again.expected)
    assert first.observed != other.observed
    assert np.array_equal(first.curve.observed, again.curve.observed)


@pytest.mark.slow
def test_cls_is_that_of_pyhf_toys():
    content = search(3, 6, 0.5)
    model, data = pyhf_model(content)
    poi, number = 2.0, 200
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer())
    np.random.seed(11)
    calculator = pyhf.infer.calculators.ToyCalculator(
        data, model, test_stat="qtilde", ntoys=number, track_progress=False
    )
    statistic = calculator.teststatistic(poi)
    expected = calculator.pvalues(statistic, *calculator.distributions(poi))[2]
    pyhf.set_backend("numpy")
    likelihood = Likelihood.from_workspace(content)
    found = ToyCLs(likelihood, likelihood.data, 2000, [5]).point(poi)
    error = found.observed_error * np.hypot(1, np.sqrt(2000 / number))
    assert abs(found.observed - float(expected)) < 3 * error
    assert error < 0.5 * found.observed


def test_the_bound_is_raised_as_for_the_asymptotic_limit():
    content = counting(9, 1, 3)
    content["measurements"][0]["config"]["parameters"] = [BOUNDS | {"bounds": [[0.0, 5.0]]}]
    likelihood = Likelihood.from_workspace(content)
    asymptotic = upper_limit(likelihood, points=2)
    assert asymptotic.raised_to == 50
    found = toy_limit(likelihood, asymptotic, 200, [1])
    assert found.observed > 5


@pytest.mark.parametrize(("every", "fails"), [(150, False), (20, True)])
def test_a_toy_without_a_fit_is_left_out(monkeypatch, every, fails):
    """One of many takes no limit with it; many of them do."""
    likelihood = counted(2, 3.0)
    asymptotic = upper_limit(likelihood, points=2)
    value, calls = Qtilde.__call__, iter(range(10**9))

    def failing(statistic, poi):
        if next(calls) % every == every - 1:
            raise WollemiError("fit", "EDM above its goal", "")
        return value(statistic, poi)

    monkeypatch.setattr(Qtilde, "__call__", failing)
    if fails:
        with pytest.raises(WollemiError, match="toys have no fit"):
            toy_limit(likelihood, asymptotic, 300, [1])
    else:
        found = toy_limit(likelihood, asymptotic, 300, [1])
        assert abs(found.observed - exact_limit(2, 3.0)) < 4 * found.observed_error


def test_the_error_is_the_scatter_of_other_toys():
    likelihood = counted(3, 3.0)
    asymptotic = upper_limit(likelihood, points=2)
    found = [toy_limit(likelihood, asymptotic, 400, [seed]) for seed in range(10)]
    for values, errors in (
        ([limit.observed for limit in found], [limit.observed_error for limit in found]),
        ([limit.expected[3] for limit in found], [limit.expected_errors[3] for limit in found]),
    ):
        assert 0.4 < np.std(values, ddof=1) / np.mean(errors) < 2.5


def test_a_limit_beyond_the_bound_is_refused():
    likelihood = counted(6, 3.0)
    asymptotic = upper_limit(likelihood, points=2)
    with pytest.raises(WollemiError, match=r"CLs does not fall to 0\.05 between"):
        toy_limit(with_upper_bound(likelihood, 2.0), asymptotic, 100, [1])


@pytest.mark.parametrize("below", [1e-12, 1e-9, 1e-7])
def test_an_expectation_of_0_up_to_rounding_throws_no_events(below):
    """Fits along walls end a little below 0."""
    likelihood = counted(0, 1.0)
    (toy,) = likelihood.toys(np.array([-1.0 - below]), np.random.default_rng(1), 1)
    assert toy.main.tolist() == [0.0]


def test_toys_of_a_negative_expectation_are_refused_in_words():
    with pytest.raises(WollemiError, match=r"bins SR\[0\]: toys need an expectation.*-2"):
        counted(0, 1.0).toys(np.array([-3.0]), np.random.default_rng(1), 1)
