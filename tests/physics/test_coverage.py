"""Intervals and limits of the shipped analyses on toys: how often they hold the truth."""

import json
import re

import numpy as np
import pytest
from support.project.folders import run_shipped
from support.project.paths import ROOT, needs_shared_data

from wollemi_likelihood.asymptotics import AsymptoticTest
from wollemi_likelihood.inference.toy_fits import fit_toy
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import signal_events, upper_limit, with_upper_bound
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.scan import ProfileScan
from wollemi_likelihood.toys import ToyCLs

pytestmark = pytest.mark.slow
TOYS = 1000
# Rise of -2 ln L at the ends of an interval of one parameter (a χ² distribution, Wilks).
LEVELS = {0.6827: 1.0, 0.95: 3.8415}
ALPHA = 0.05
PAGE = (ROOT / "docs/validation.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def zprime(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zprime")
    masses = (2000, 3000, 5000)
    targets = [f"workspaces/zprime_{mass}.json" for mass in masses]
    run_shipped(folder, "zprime", targets)
    return {
        mass: model(folder / f"results/zprime/workspaces/zprime_{mass}.json") for mass in masses
    }


@pytest.fixture(scope="module")
def hzz4l(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hzz4l")
    run_shipped(folder, "hzz4l", ["workspaces/higgs.json"])
    return model(folder / "results/hzz4l/workspaces/higgs.json")


def model(path):
    """The model, with a strength that may be very large, and its strength for one event."""
    likelihood = Likelihood.from_workspace(json.loads(path.read_text()))
    strength = 1 / signal_events(likelihood, [path.stem])
    return with_upper_bound(likelihood, 1e4 * strength), strength


def injected(likelihood, strength, seed):
    """Toys with a signal, nuisance parameters as fitted with it, and those parameters."""
    scan = ProfileScan(Objective(likelihood, likelihood.data), likelihood.poi)
    truth = scan.fixed(strength).point.values
    return likelihood.toys(truth, np.random.default_rng(seed), TOYS), truth


def rises(likelihood, strength, seed):
    """-2 ln L at the true strength above its minimum, of each toy (toys,)."""
    toys, truth = injected(likelihood, strength, seed)
    return np.array([fit_toy(likelihood, toy, truth)[1] for toy in toys])


def shares(found):
    """Shares of toys whose interval holds the truth, at each level."""
    return [np.mean(found < rise) for rise in LEVELS.values()]


def assert_covered(found):
    """The shares are the levels, within three binomial errors."""
    for level, share in zip(LEVELS, shares(found), strict=True):
        error = np.sqrt(level * (1 - level) / TOYS)
        assert share == pytest.approx(level, abs=3 * error)


def assert_quoted(found, row):
    """The page has these shares: a toy or two may change sides with another linear algebra."""
    (quoted,) = re.findall(rf"\n\| {re.escape(row)} \| ([\d.]+) \| ([\d.]+) \|\n", PAGE)
    np.testing.assert_allclose(shares(found), [float(share) for share in quoted], atol=0.0025)


@pytest.mark.parametrize(("mass", "events"), [(2000, 20), (3000, 20), (5000, 20), (2000, 100)])
def test_intervals_hold_an_injected_signal(zprime, mass, events):
    likelihood, strength = zprime[mass]
    found = rises(likelihood, events * strength, [mass, events])
    assert_covered(found)
    assert_quoted(found, f"`zprime`, {mass // 1000} TeV | {events}")


def test_intervals_of_few_events_do_not_hold_it(zprime):
    likelihood, strength = zprime[5000]
    found = rises(likelihood, 2.5 * strength, [5000, 25])
    assert shares(found)[1] < 0.95 - 3 * np.sqrt(0.95 * 0.05 / TOYS)
    assert_quoted(found, "`zprime`, 5 TeV | 2.5")


@needs_shared_data
def test_intervals_of_the_higgs_boson(hzz4l):
    found = rises(hzz4l[0], 1.0, [125])
    assert_covered(found)
    assert_quoted(found, "`hzz4l`, µ = 1 | expected")


def assert_said(share, pattern):
    """A sentence of the page has this share in per cent."""
    (quoted,) = re.findall(pattern, PAGE)
    assert 100 * share == pytest.approx(float(quoted), abs=0.25)


def excluded(likelihood, strength, seed, cls):
    """Share of toys that exclude the strength that they were thrown with."""
    toys, _ = injected(likelihood, strength, seed)
    return np.mean([cls(toy) < ALPHA for toy in toys])


def test_asymptotic_limits_exclude_few_events_too_often(zprime):
    """At 5 TeV there is no background. A signal of 2.5 events leaves none in exp(-2.5) = 8 % of
    experiments, in which asymptotic limits are lower; no limit from toys excludes it.
    """
    likelihood, strength = zprime[5000]
    few = 2.5 * strength
    error = np.sqrt(ALPHA * (1 - ALPHA) / TOYS)

    def asymptotic(toy):
        return AsymptoticTest(likelihood, toy).cls(few)

    share = excluded(likelihood, few, [1], asymptotic)
    assert share > ALPHA + 2 * error
    assert_said(share, r"asymptotic CLs excludes them in ([\d.]+) % of the toys")
    by_toys = ToyCLs(likelihood, next(empty(likelihood, few)), TOYS, [2])
    assert by_toys.point(few).observed > ALPHA


def empty(likelihood, strength):
    """Toys with so few events in the last bins that no limit can be lower."""
    toys, _ = injected(likelihood, strength, [1])
    return iter(sorted(toys, key=lambda toy: AsymptoticTest(likelihood, toy).cls(strength)))


def test_limits_of_many_events_exclude_the_truth_rarely(zprime):
    """CLs excludes a signal that is there in at most 5 % of experiments, also by the asymptotic
    formulae.
    """
    likelihood, strength = zprime[2000]
    limit = upper_limit(likelihood, points=2).expected[2]
    error = np.sqrt(ALPHA * (1 - ALPHA) / TOYS)
    share = excluded(likelihood, limit, [3], lambda toy: AsymptoticTest(likelihood, toy).cls(limit))
    assert limit / strength > 6
    assert 0 < share < ALPHA + 3 * error
    assert_said(share, r"11 events, asymptotic CLs excludes the true strength in ([\d.]+) %")
