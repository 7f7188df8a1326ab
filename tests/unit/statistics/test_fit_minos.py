"""Asymmetric errors against MINOS of iminuit and a closed formula."""

import numpy as np
import pyhf
import pytest
from support.products.statistical_models import counting, everything, normsys, pyhf_model, search

from wollemi.statistics.fit import fit, minos, minos_iminuit
from wollemi.statistics.fit_report import fitted_parameters
from wollemi.statistics.likelihood import Likelihood

MINOS = {
    "both crossings": (search(2), ["mu", "k", "extrapolation"]),
    "at the bound": (counting(35.0, 10.0, 40.0, normsys("norm", 1.1, 0.9)), ["mu"]),
    "near the bound": (counting(42.0, 10.0, 40.0, normsys("norm", 1.1, 0.9)), ["mu"]),
    "everything": (everything(4), ["k_top", "shape"]),
}


@pytest.mark.parametrize("name", MINOS)
def test_minos_is_that_of_iminuit(name):
    likelihood, names = Likelihood.from_workspace(MINOS[name][0]), MINOS[name][1]
    result = fit(likelihood)
    ours, reference = minos(likelihood, result, names), minos_iminuit(likelihood, result, names)
    for parameter in names:
        assert ours[parameter].upper == pytest.approx(reference[parameter].upper, rel=3e-3)
        if reference[parameter].lower is None:
            assert ours[parameter].lower is None
        else:
            assert ours[parameter].lower == pytest.approx(reference[parameter].lower, rel=3e-3)


@pytest.mark.parametrize("name", ["at the bound", "near the bound"])
def test_a_bound_is_no_error(name):
    """Its distance was one, which iminuit gives as well: 0 at the bound."""
    likelihood = Likelihood.from_workspace(MINOS[name][0])
    error = minos(likelihood, fit(likelihood), ["mu"])["mu"]
    assert error.lower is None
    assert error.upper > 0


def deficit(seed: int) -> dict:
    """A random search whose data have less than its backgrounds where the signal is, some of it
    nearly without background.
    """
    random = np.random.default_rng(seed)
    content = search(seed, int(random.integers(2, 8)), float(10 ** random.uniform(-0.5, 2.5)))
    signal, data = (
        np.array(content["channels"][0]["samples"][0]["data"]),
        content["observations"][0]["data"],
    )
    content["observations"][0]["data"] = np.floor(
        np.where(signal > 0.3 * signal.max(), random.uniform(0, 0.7), 1) * data
    ).tolist()
    content["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[0.0, 1000.0]]}]
    return content


def test_the_error_at_a_bound_is_that_of_a_scan():
    """Against fits of pyhf with the strength held; the second derivatives are up to a hundred times
    wrong there.
    """
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4))
    found = 0
    for seed in range(24):
        content = deficit(seed)
        likelihood = Likelihood.from_workspace(content)
        result = fit(likelihood)
        if result.status.at_bounds != ("mu",):
            continue
        found += 1
        place = result.names.index("mu")
        assert result.errors[place] == 0
        assert not result.covariance[place].any()
        row = fitted_parameters(likelihood, result, minos(likelihood, result, ["mu"]))[place]
        assert (row.value, row.error, row.error_down, row.at_bound) == (0.0, None, None, "lower")
        model, data = pyhf_model(content)
        scan = [
            pyhf.infer.mle.fixed_poi_fit(mu, data, model, return_fitted_val=True)[1]
            for mu in (0.0, row.error_up)
        ]
        assert float(scan[1] - scan[0]) == pytest.approx(1.0, abs=2e-3), seed
    assert found >= 10


def test_others_are_as_if_what_is_at_a_bound_were_held():
    likelihood = Likelihood.from_workspace(deficit(0))
    free, held = fit(likelihood), fit(likelihood, fixed={"mu": 0.0})
    assert free.status.at_bounds == ("mu",)
    np.testing.assert_allclose(free.covariance, held.covariance, rtol=1e-5, atol=1e-9)


def test_minos_closed_form():
    """-2 ln L of a counting experiment rises by 1 where 2 (e - n + n ln(n / e)) = 1."""
    likelihood = Likelihood.from_workspace(counting(64.0, 10.0, 40.0))
    error = minos(likelihood, fit(likelihood), ["mu"])["mu"]
    for distance in (error.lower, error.upper):
        expected = 64 + 10 * distance
        assert 2 * (expected - 64 + 64 * np.log(64 / expected)) == pytest.approx(1.0, rel=1e-3)


def test_minos_of_other_data_with_a_fixed_parameter():
    likelihood = Likelihood.from_workspace(search(2))
    data = likelihood.asimov(likelihood.inits)
    free, held = fit(likelihood, data), fit(likelihood, data, fixed={"k": 1.0})
    wide, narrow = (minos(likelihood, result, ["mu"], data)["mu"] for result in (free, held))
    assert narrow.upper < wide.upper
    assert narrow.upper == pytest.approx(held.errors[held.names.index("mu")], rel=0.1)
