"""Goodness of fit by toys: the statistics against scipy and closed forms, p-values uniform under
the model, against χ² where that holds and where it fails.
"""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from merge_goodness import merged_batches
from support.products.statistical_models import (
    modifier,
    normsys,
    sample,
    search,
    staterror,
    workspace,
)
from test_goodness import batch_of_toys

from wollemi.results.toy_goodness import STATISTICS, ToyTest
from wollemi.results.toy_goodness_text import p_value_text
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.goodness_of_fit import goodness_of_fit
from wollemi_likelihood.inference.toy_goodness import (
    Statistics,
    anderson_darling,
    fitted,
    kolmogorov_smirnov,
    statistics_of,
    throw_toys,
)
from wollemi_likelihood.inference.toy_p_values import toy_test
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.workspaces import Workspace

SEED = 3


def three_bins(scale=1.0):
    """A signal in the last of three bins on a constrained background."""
    signal, background = np.array([1.0, 3.0, 12.0]), np.array([30.0, 20.0, 10.0])
    samples = [
        sample("signal", scale * signal, modifier("normfactor", "mu")),
        sample(
            "background",
            scale * background,
            normsys("rate", 1.1, 0.9),
            staterror("stat", scale * background, 0.05),
        ),
    ]
    data = np.round(scale * (signal + background)).tolist()
    bounds = [{"name": "mu", "bounds": [[-3.0, 10.0]]}]
    return workspace([{"name": "SR", "samples": samples}], [{"name": "SR", "data": data}], bounds)


@pytest.fixture(scope="module")
def fine():
    """Events of a uniform distribution, in bins far finer than they are apart."""
    values = np.random.default_rng(2).uniform(size=200)
    return values, np.histogram(values, np.linspace(0, 1, 200_001))[0], np.full(200_000, 1e-3)


def test_in_fine_bins_the_distance_is_that_of_kolmogorov_and_smirnov(fine):
    values, events, expected = fine
    reference = scipy.stats.kstest(values, "uniform").statistic
    assert kolmogorov_smirnov(events, expected) == pytest.approx(reference, abs=2e-5)


def test_in_fine_bins_the_distance_is_that_of_anderson_and_darling(fine):
    """-n - Σ (2 i - 1) / n (ln F_i + ln(1 - F_{n + 1 - i})): Anderson and Darling, 1954."""
    values, events, expected = fine
    ordered, count = np.sort(values), len(values)
    weights = (2 * np.arange(1, count + 1) - 1) / count
    reference = -count - np.sum(weights * (np.log(ordered) + np.log(1 - ordered[::-1])))
    assert anderson_darling(events, expected) == pytest.approx(reference, rel=2e-3)


def test_two_bins_by_hand():
    """Three of four events in the first bin, where half is expected."""
    observed, expected = np.array([3.0, 1.0]), np.array([5.0, 5.0])
    assert kolmogorov_smirnov(observed, expected) == pytest.approx(0.25)
    assert anderson_darling(observed, expected) == pytest.approx(4 * 0.25**2 * 0.5 / 0.25)
    assert kolmogorov_smirnov(4 * observed, expected) == pytest.approx(0.25)
    assert kolmogorov_smirnov(np.zeros(2), expected) == -1
    assert anderson_darling(np.zeros(2), expected) == -1


def test_regions_are_summed():
    likelihood = Likelihood.from_workspace(search(2))
    result = fit(likelihood)
    found, expected = (
        statistics_of(likelihood, likelihood.data, result),
        likelihood.expected(result.values),
    )
    parts = [
        kolmogorov_smirnov(likelihood.observations[bins], expected[bins])
        for bins in likelihood.channels.values()
    ]
    assert len(parts) == 2
    assert found.kolmogorov_smirnov == pytest.approx(sum(parts))
    assert found.saturated == result.deviance


def toy_tests(observed, toys):
    return {
        name: toy_test(getattr(observed, name), [getattr(toy, name) for toy in toys])
        for name in STATISTICS
    }


def test_p_values_are_uniform_under_the_model():
    """Toys of toys: 200 experiments, each judged by 40 toys drawn from its own fit."""
    likelihood = Likelihood.from_workspace(three_bins())
    random, p_values = np.random.default_rng(11), {name: [] for name in STATISTICS}
    truth = fit(likelihood).values
    for number in range(200):
        experiment = replace(likelihood, data=likelihood.toy(truth, random))
        result = fitted(experiment, {})
        toys, _ = throw_toys(experiment, result, {}, 1000 + number, range(40))
        observed = statistics_of(experiment, experiment.data, result)
        for name, test in toy_tests(observed, toys).items():
            p_values[name].append(test.p_value)
    for name, values in p_values.items():
        for share in (0.1, 0.3, 0.5, 0.7, 0.9):
            error = np.sqrt(share * (1 - share) / len(values))
            assert abs(np.mean(np.array(values) < share) - share) < 4 * error, (name, share)


def chi2_and_toys(content, toys=300):
    likelihood = Likelihood.from_workspace(content)
    result = fitted(likelihood, {})
    thrown, failed = throw_toys(likelihood, result, {}, SEED, range(toys))
    assert failed == 0
    observed = statistics_of(likelihood, likelihood.data, result)
    return goodness_of_fit(likelihood, result).p_value, toy_tests(observed, thrown)["saturated"]


def test_with_many_events_toys_agree_with_the_chi2_distribution():
    content = search(2, 8, 400.0)
    content["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[-20, 20]]}]
    asymptotic, test = chi2_and_toys(content)
    assert abs(test.p_value - asymptotic) < 4 * max(test.p_value_error, 0.01)


def test_with_few_events_the_chi2_distribution_fails():
    """Sixty bins of 0.1 events, six of which have one: as expected, and far too good for χ²."""
    background = np.full(60, 0.1)
    samples = [
        sample("signal", np.array([*np.full(59, 1e-3), 1.0]), modifier("normfactor", "mu")),
        sample("background", background, normsys("rate", 1.2, 0.8)),
    ]
    data = np.zeros(60)
    data[::10] = 1.0
    content = workspace(
        [{"name": "SR", "samples": samples}], [{"name": "SR", "data": data.tolist()}]
    )
    asymptotic, test = chi2_and_toys(content)
    assert asymptotic > 0.99
    assert 0.05 < test.p_value < 0.95
    batch = batch_of_toys([workspace_of(content)], SEED, range(2))
    assert batch.asymptotic.bins_below_five == 60
    assert batch.asymptotic.fewest_expected < 0.2


def workspace_of(content, signal="signal", measurement="m"):
    return Workspace(signal, measurement, Likelihood.from_workspace(content))


@pytest.mark.parametrize("jobs", [1, 3, 7])
def test_toys_do_not_depend_on_the_batches(jobs):
    spaces = [workspace_of(three_bins())]
    batches = [
        batch_of_toys(spaces, SEED, numbers) for numbers in np.array_split(np.arange(20), jobs)
    ]
    whole = merged_batches([batch_of_toys(spaces, SEED, range(20))], SEED)
    assert merged_batches(batches, SEED) == whole
    assert whole.thrown == 20
    assert whole.fit == "signal"


def test_of_several_signals_the_backgrounds_alone_are_tested():
    spaces = [workspace_of(three_bins(), name) for name in ("one", "two")]
    batch = batch_of_toys(spaces, SEED, range(3))
    assert batch.fit == "background_only"
    likelihood = spaces[0].likelihood
    assert batch.observed.saturated == fit(likelihood, fixed={"mu": 0.0}).deviance


def test_nothing_is_said_of_blinded_data():
    batch = batch_of_toys([workspace_of(three_bins(), measurement="m [BLINDED]")], SEED, range(12))
    found = merged_batches([batch], SEED)
    assert (found.tests, found.asymptotic, found.no_observed) == (None, None, "BLINDED")
    content = three_bins()
    content["observations"][0]["data"][0] += 0.5
    odd = batch_of_toys([workspace_of(content)], SEED, range(2))
    assert (odd.observed, odd.no_observed) == (None, "the data are no counts")


def test_toys_that_equal_the_data_count_wherever_their_fits_end():
    observed = Statistics(saturated=3.0, kolmogorov_smirnov=0.2, anderson_darling=0.0)
    toys = [replace(observed, saturated=3.0 + end) for end in (1e-9, -1e-9, -1e-3)]
    assert toy_tests(observed, toys)["saturated"].p_value == pytest.approx(2 / 3)


def test_the_share_of_toys_and_its_error():
    toys = [
        Statistics(saturated=value, kolmogorov_smirnov=0.1, anderson_darling=value)
        for value in np.arange(100.0)
    ]
    observed = Statistics(saturated=80.0, kolmogorov_smirnov=0.2, anderson_darling=0.0)
    tests = toy_tests(observed, toys)
    assert tests["saturated"].p_value == 0.2
    assert tests["saturated"].p_value_error == pytest.approx(0.04)
    assert tests["kolmogorov_smirnov"].p_value == 0
    assert tests["kolmogorov_smirnov"].p_value_error == 0.01
    assert tests["anderson_darling"].p_value == 1


@pytest.mark.parametrize(
    ("p_value", "error", "text"),
    [(0.2, 0.04, "p = 0.20 ± 0.04"), (0.0, 0.01, "p < 0.01"), (0.012, 0.0034, "p = 0.012 ± 0.003")],
)
def test_p_values_in_words(p_value, error, text):
    assert p_value_text(ToyTest(observed=1.0, p_value=p_value, p_value_error=error), 100) == text
