"""Intervals and limits of the shipped analyses on toys: how often they hold the truth."""

import json

import numpy as np
import pytest
from support.project.folders import run_shipped
from support.project.paths import needs_shared_data

from wollemi.statistics.asymptotics import AsymptoticTest
from wollemi.statistics.likelihood import Likelihood
from wollemi.statistics.limit_report import signal_events
from wollemi.statistics.limits import upper_limit, with_upper_bound
from wollemi.statistics.objective import Objective
from wollemi.statistics.scan import ProfileScan
from wollemi.statistics.toy_fits import fit_toy
from wollemi.statistics.toys import ToyCLs

pytestmark = pytest.mark.slow
TOYS = 1000
# Rise of -2 ln L at the ends of an interval of one parameter (a χ² distribution, Wilks).
LEVELS = {0.6827: 1.0, 0.95: 3.8415}
ALPHA = 0.05


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


def assert_covered(found):
    """Shares of toys whose interval holds the truth, within three binomial errors."""
    for level, rise in LEVELS.items():
        error = np.sqrt(level * (1 - level) / TOYS)
        assert np.mean(found < rise) == pytest.approx(level, abs=3 * error)


@pytest.mark.parametrize(("mass", "events"), [(2000, 20), (3000, 20), (5000, 20), (2000, 100)])
def test_intervals_hold_an_injected_signal(zprime, mass, events):
    likelihood, strength = zprime[mass]
    assert_covered(rises(likelihood, events * strength, [mass, events]))


@needs_shared_data
def test_intervals_of_the_higgs_boson(hzz4l):
    assert_covered(rises(hzz4l[0], 1.0, [125]))


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

    assert excluded(likelihood, few, [1], asymptotic) > ALPHA + 2 * error
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
