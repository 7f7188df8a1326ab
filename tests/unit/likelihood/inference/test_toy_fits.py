"""Fits of toys: a Gaussian case by hand, pyhf's fits of the same toys, batches."""

import numpy as np
import pyhf
import pytest
from merge_toys import merged_toys
from run_toys import fitted_batch
from support.products.statistical_models import modifier, normsys, sample, workspace

from wollemi.analysis.models.toys import ToyFits
from wollemi.results.toy_fit_text import summary_texts
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.toy_fits import fit_toys, truths
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.workspaces import Workspace

BACKGROUND = 10_000.0


def content(data, background, *modifiers, bounds=(-5000.0, 5000.0)):
    samples = [
        sample("signal", [100.0], modifier("normfactor", "mu")),
        sample("background", [background], *modifiers),
    ]
    parameters = [{"name": "mu", "inits": [1.0], "bounds": [list(bounds)]}]
    observed = [{"name": "SR", "data": [float(data)]}]
    return workspace([{"name": "SR", "samples": samples}], observed, parameters)


def model(*arguments, **options):
    likelihood = Likelihood.from_workspace(content(*arguments, **options))
    return Workspace("signal", "measurement", likelihood)


def test_of_one_bin_all_numbers_are_known():
    """n - b signal events with the error √n, and -2 ln L of a Poisson variable."""
    likelihood = model(10_100, BACKGROUND).likelihood
    (truth,) = truths(likelihood, (2.0,))
    found = fit_toys(likelihood, truth, [5, 0], range(20))
    toys = [likelihood.toy(truth, np.random.default_rng([5, 0, number])) for number in range(20)]
    events = np.array([toy.main[0] for toy in toys])
    assert found.injected == 2.0
    assert found.estimates == pytest.approx((events - BACKGROUND) / 100, abs=1e-6)
    assert found.errors == pytest.approx(np.sqrt(events) / 100, rel=1e-5)
    true = BACKGROUND + 200
    rises = 2 * (true - events + events * np.log(events / true))
    assert found.rises == pytest.approx(rises, abs=1e-6)


def test_fits_are_those_of_pyhf():
    made = content(260, 150.0, normsys("rate", 1.1, 0.9), bounds=(-2.0, 10.0))
    likelihood = Likelihood.from_workspace(made)
    (truth,) = truths(likelihood, ())
    found = fit_toys(likelihood, truth, [3, 0], range(3))
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4))
    reference = pyhf.Workspace(made).model()
    for number in range(3):
        toy = likelihood.toy(truth, np.random.default_rng([3, 0, number]))
        data = [*toy.main, *toy.auxiliary]
        fitted = pyhf.infer.mle.fit(data, reference, return_uncertainties=True)
        value, error = np.asarray(fitted)[reference.config.poi_index]
        assert found.estimates[number] == pytest.approx(value, abs=1e-3 * error)
        assert found.errors[number] == pytest.approx(error, rel=1e-2)


def described(workspace_, jobs=1, **changes):
    settings = ToyFits(jobs=jobs, **{"toys": 100, "seed": 2} | changes)
    batches = [
        fitted_batch([workspace_], settings, numbers)
        for numbers in np.array_split(np.arange(settings.toys), jobs)
    ]
    return merged_toys(batches, settings.seed)


def test_a_linear_model_has_no_bias_and_covers():
    """With many events a fit is a Gaussian measurement: pulls have a mean of 0 and a width of 1."""
    study = described(model(10_100, BACKGROUND), toys=300, injected=(0.0, 2.0, 5.0))
    found = study.studies["signal"]
    assert [item.injected for item in found.summaries] == [0.0, 2.0, 5.0]
    for item in found.summaries:
        assert abs(item.bias.value) < 4 * item.bias.error
        assert abs(item.pull_mean.value) < 4 / np.sqrt(300)
        assert abs(item.pull_width.value - 1) < 4 / np.sqrt(600)
        for level, exact in (("68", 0.6827), ("95", 0.95)):
            spread = np.sqrt(exact * (1 - exact) / 300)
            assert abs(item.coverage[level].value - exact) < 4 * spread
    assert abs(found.line.slope.value - 1) < 4 * found.line.slope.error
    assert abs(found.line.intercept.value) < 4 * found.line.intercept.error


def test_a_bound_is_a_bias():
    """Without signal, half of the estimates are at 0, without a pull: the mean is too high."""
    found = described(model(100, 100.0, bounds=(0.0, 10.0)), injected=(0.0,)).studies["signal"]
    (item,) = found.summaries
    assert item.at_bound > 30
    assert item.bias.value > 3 * item.bias.error
    assert found.line is None


def test_any_number_of_jobs_makes_the_same_product():
    workspace_ = model(110, 100.0, normsys("rate", 1.1, 0.9), bounds=(-0.5, 10.0))
    one, three = (described(workspace_, jobs, injected=(0.0, 1.0)) for jobs in (1, 3))
    assert one.plain() == three.plain()
    fits = one.studies["signal"].fits
    assert len(fits[0].estimates) == 100
    assert fits[0].estimates != fits[1].estimates


def test_a_strength_outside_its_bounds_is_refused():
    with pytest.raises(WollemiError, match="outside its bounds"):
        truths(model(110, 100.0, bounds=(0.0, 1.0)).likelihood, (2.0,))


@pytest.mark.parametrize("true", [0.0, 0.02])
def test_toys_at_a_wall_have_no_pull(true):
    """Without an event, a strength below 0 empties the bin: the estimate is at the wall, and its
    second derivative is that of the wall.
    """
    likelihood = model(1, 1.0, bounds=(-10.0, 10.0)).likelihood
    truth = np.array([true])
    found = fit_toys(likelihood, truth, [9, 0], range(100))
    toys = [likelihood.toy(truth, np.random.default_rng([9, 0, number])) for number in range(100)]
    empty = np.array([toy.main[0] == 0 for toy in toys])
    few = np.array([error is None for error in found.errors])
    assert found.without_error == np.count_nonzero(empty) > 5
    np.testing.assert_array_equal(few, empty)
    events = np.array([toy.main[0] for toy in toys])[~empty]
    errors = [error for error in found.errors if error is not None]
    assert errors == pytest.approx(np.sqrt(events) / 100, rel=1e-4)


def test_toys_without_an_error_are_counted_apart():
    found = described(model(1, 1.0, bounds=(-10.0, 10.0)), jobs=3, injected=(0.0,))
    (item,), (fits,) = found.studies["signal"].summaries, found.studies["signal"].fits
    assert item.without_error == fits.without_error == sum(e is None for e in fits.errors) > 10
    assert item.at_bound == 0
    assert f"{item.without_error} without an error" in summary_texts(item)["toys"]
