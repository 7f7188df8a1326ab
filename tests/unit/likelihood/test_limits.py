"""Limits and significance against pyhf, closed formulas and a reference analysis."""

import math
from statistics import NormalDist

import numpy as np
import pyhf
import pytest
from support.products.nasty_models import nasty_model
from support.products.statistical_models import (
    counting,
    everything,
    hzz4l,
    modifier,
    pyhf_model,
    sample,
    search,
    workspace,
)
from support.project.paths import needs_shared_data

from wollemi_likelihood.asymptotics import BANDS, AsymptoticTest
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import significance, upper_limit


@pytest.fixture
def tight_pyhf():
    """pyhf with tolerances that do not hide differences."""
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-5))
    yield
    pyhf.set_backend("numpy")


def with_poi_bounds(content: dict, lower: float, upper: float) -> dict:
    config = content["measurements"][0]["config"]
    others = [setting for setting in config["parameters"] if setting["name"] != "mu"]
    config["parameters"] = [*others, {"name": "mu", "bounds": [[lower, upper]]}]
    return content


WORKSPACES = {
    "everything": everything(0),
    "search": search(2),
    "rare search": with_poi_bounds(search(3, 6, 0.5), 0.0, 50.0),
    "deficit": search(8),
}


def pyhf_cls(content: dict, poi: float) -> np.ndarray:
    """Observed CLs and the five expected ones."""
    model, data = pyhf_model(content)
    observed, expected = pyhf.infer.hypotest(
        poi, data, model, test_stat="qtilde", return_expected_set=True
    )
    return np.array([observed, *expected], dtype=float)


@pytest.mark.parametrize("name", ["everything", "search", "rare search"])
def test_limits_are_the_roots_of_cls_in_pyhf(tight_pyhf, name):
    """CLs falls faster than 1 / mu there, so 1e-3 in CLs is less than 1e-3 in the limit."""
    content = WORKSPACES[name]
    limit = upper_limit(Likelihood.from_workspace(content), points=2)
    for place, poi in enumerate([limit.observed, *limit.expected]):
        assert pyhf_cls(content, poi)[place] == pytest.approx(0.05, rel=1e-3)


def test_expected_limits_need_no_fit_of_the_data(monkeypatch):
    """With the strength of the expected limit at +2 sigma, these data have events in a bin where
    none are expected at the initial parameters; eq. 89 of arXiv:1007.1727 has Asimov data alone.
    """
    likelihood = Likelihood.from_workspace(nasty_model(11))
    limit = upper_limit(likelihood, points=5)
    asimov = AsymptoticTest(likelihood, likelihood.data)
    monkeypatch.setattr(asimov.observed.scan, "fixed", None)
    for poi in np.linspace(0.0, limit.expected[-1], 50):  # each fit starts from the last one
        asimov.asimov_root(poi)
    roots = [asimov.asimov_root(poi) for poi in limit.expected]
    normal = NormalDist()
    rule = [band + normal.inv_cdf(1 - 0.05 * normal.cdf(band)) for band in BANDS]
    np.testing.assert_allclose(roots, rule, rtol=1e-3)


@pytest.mark.parametrize("name", ["everything", "deficit"])
def test_curve_is_that_of_pyhf(tight_pyhf, name):
    content = WORKSPACES[name]
    curve = upper_limit(Likelihood.from_workspace(content), points=4).curve
    for place in range(1, 4):
        ours = [curve.observed[place], *curve.expected[place]]
        np.testing.assert_allclose(ours, pyhf_cls(content, float(curve.poi[place])), rtol=1e-3)


def test_curve_crosses_where_the_limits_are():
    limit = upper_limit(Likelihood.from_workspace(search(2)), level=0.9, points=200)
    curve = limit.curve
    assert curve.poi[0] == 0.0
    assert curve.observed[0] == 1.0
    assert (curve.expected[0] == 1.0).all()
    assert (np.diff(curve.expected, axis=0) < 0).all()
    found = [np.interp(-0.1, -values, curve.poi) for values in [curve.observed, *curve.expected.T]]
    np.testing.assert_allclose(found, [limit.observed, *limit.expected], rtol=1e-3)
    assert curve.poi[-1] > max(limit.observed, *limit.expected)


@pytest.mark.parametrize("name", ["search", "rare search", "deficit"])
def test_significance_is_that_of_pyhf(tight_pyhf, name):
    content = WORKSPACES[name]
    model, data = pyhf_model(content)
    observed, expected = pyhf.infer.hypotest(0.0, data, model, test_stat="q0", return_expected=True)
    found = significance(Likelihood.from_workspace(content))
    assert found.observed_p_value == pytest.approx(float(observed), rel=1e-3)
    assert found.expected_p_value == pytest.approx(float(expected), rel=1e-3)


def test_signal_where_nothing_else_can_be_is_refused():
    """The expected significance is infinite: a bin has signal and no background."""
    with pytest.raises(
        WollemiError, match=r"SR\[0\].*none are expected at the initial parameters with mu = 0"
    ):
        significance(Likelihood.from_workspace(everything(0)))


def test_closed_form_of_the_significance():
    """arXiv:1007.1727, eq. 97, for known background."""
    found = significance(Likelihood.from_workspace(counting(70.0, 20.0, 40.0)))
    assert found.observed == pytest.approx(np.sqrt(2 * (70 * np.log(70 / 40) - 30)), rel=1e-4)
    assert found.expected == pytest.approx(np.sqrt(2 * (60 * np.log(60 / 40) - 20)), rel=1e-4)
    assert found.best_fit == pytest.approx(1.5, rel=1e-4)


def test_expected_significance_of_another_strength():
    found = significance(Likelihood.from_workspace(counting(70.0, 20.0, 40.0)), mu_expected=2.0)
    assert found.expected_at == 2.0
    assert found.expected == pytest.approx(np.sqrt(2 * (80 * np.log(80 / 40) - 40)), rel=1e-4)


@pytest.mark.parametrize("lower", [0.0, -5.0])
def test_a_deficit_is_no_signal(lower):
    content = with_poi_bounds(counting(30.0, 20.0, 40.0), lower, 10.0)
    found = significance(Likelihood.from_workspace(content))
    assert found.observed == 0.0
    assert found.observed_p_value == 0.5
    assert (found.best_fit < 0) == (lower < 0)


def test_the_median_limit_of_a_counting_experiment():
    """Without uncertainties, the root of qtilde for Asimov data is at 1.96 for a CLs of 5 % (eq.
    89).
    """
    limit = upper_limit(Likelihood.from_workspace(counting(40.0, 20.0, 40.0)))
    total = 40 + 20 * limit.expected[2]
    assert np.sqrt(2 * (40 * np.log(40 / total) - (40 - total))) == pytest.approx(1.95996, rel=1e-4)
    assert limit.observed == pytest.approx(limit.expected[2], rel=1e-4)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_limits_are_found_at_any_scale(scale):
    """No grid, so no edge: a signal that is scaled down has a limit that is scaled up."""
    reference = upper_limit(Likelihood.from_workspace(counting(45.0, 20.0, 40.0)), points=2)
    content = with_poi_bounds(counting(45.0, 20.0 / scale, 40.0), 0.0, 1e5)
    limit = upper_limit(Likelihood.from_workspace(content), points=2)
    assert limit.observed == pytest.approx(scale * reference.observed, rel=1e-5)
    np.testing.assert_allclose(limit.expected, scale * np.array(reference.expected), rtol=1e-5)


def test_a_higher_level_has_a_higher_limit():
    likelihood = Likelihood.from_workspace(search(2))
    low, high = (
        upper_limit(likelihood, level=0.9, points=2),
        upper_limit(likelihood, level=0.95, points=2),
    )
    assert low.observed < high.observed
    assert (np.array(low.expected) < np.array(high.expected)).all()


def test_limit_of_other_data():
    likelihood = Likelihood.from_workspace(search(2))
    background = fit(likelihood, fixed={"mu": 0.0}).values
    limit = upper_limit(likelihood, data=likelihood.asimov(background), points=2)
    assert limit.best_fit == pytest.approx(0.0, abs=1e-6)
    assert limit.observed == pytest.approx(limit.expected[2], rel=1e-4)
    np.testing.assert_allclose(
        limit.expected, upper_limit(likelihood, points=2).expected, rtol=1e-5
    )


@pytest.mark.parametrize("bound", [0.01, 0.3, 0.8, 2.0])
def test_a_limit_beyond_the_bound_raises_it(bound):
    """Each of the six limits, the best fit or none of them may be beyond; a bound above them all
    gives the same numbers.
    """
    wide = upper_limit(Likelihood.from_workspace(with_poi_bounds(search(2), 0.0, 50.0)), points=2)
    limit = upper_limit(Likelihood.from_workspace(with_poi_bounds(search(2), 0.0, bound)), points=2)
    assert wide.raised_to is None
    assert limit.raised_to is None or limit.raised_to >= max(wide.expected)
    assert (limit.raised_to is None) == (bound > max(wide.observed, *wide.expected))
    assert [limit.observed, *limit.expected] == pytest.approx(
        [wide.observed, *wide.expected], rel=1e-5
    )


def test_a_parameter_of_interest_without_influence_has_no_limit():
    with pytest.raises(WollemiError, match=r"above the upper bound of mu, 1e\+06"):
        upper_limit(Likelihood.from_workspace(counting(40.0, 0.0, 40.0)))


@pytest.mark.parametrize("seed", range(4))
def test_a_negative_best_fit_changes_no_limit(tight_pyhf, seed):
    """qtilde compares with a strength of 0 then (eq. 16), which in pyhf takes bounds from 0 on."""
    content = search(seed)
    signal, data = (
        np.array(content["channels"][0]["samples"][0]["data"]),
        np.array(content["observations"][0]["data"]),
    )
    content["observations"][0]["data"] = np.floor(np.where(signal > 1, 0.4, 1.0) * data).tolist()
    limit = upper_limit(Likelihood.from_workspace(with_poi_bounds(content, -1.0, 50.0)), points=4)
    from_zero = upper_limit(
        Likelihood.from_workspace(with_poi_bounds(content, 0.0, 50.0)), points=4
    )
    assert limit.best_fit < -0.05
    assert from_zero.best_fit == 0
    assert [limit.observed, *limit.expected] == pytest.approx(
        [from_zero.observed, *from_zero.expected], rel=1e-5
    )
    np.testing.assert_allclose(limit.curve.observed, from_zero.curve.observed, rtol=1e-4)
    assert pyhf_cls(content, limit.observed)[0] == pytest.approx(0.05, rel=1e-3)


@pytest.mark.parametrize(
    ("observed", "outside"), [(100, None), (125, None), (140, "above"), (78, None), (60, "below")]
)
def test_an_observed_limit_far_from_the_expected_one(observed, outside):
    """Of 100 ± 10 events: fluctuations by +2.5, +4, -2.2 and -4 standard deviations."""
    limit = upper_limit(
        Likelihood.from_workspace(with_poi_bounds(counting(observed, 20.0, 100.0), 0.0, 50.0)),
        points=2,
    )
    assert limit.outside == outside


@pytest.mark.parametrize("function", [upper_limit, significance])
def test_a_parameter_of_interest_is_needed(function):
    content = search(2)
    content["measurements"][0]["config"]["poi"] = ""
    with pytest.raises(WollemiError, match="the model has no parameter of interest"):
        function(Likelihood.from_workspace(content))


@pytest.mark.parametrize("function", [upper_limit, significance])
def test_a_fixed_parameter_of_interest_is_refused(function):
    content = search(2)
    content["measurements"][0]["config"]["parameters"] = [{"name": "mu", "fixed": True}]
    with pytest.raises(WollemiError, match="the model fixes it"):
        function(Likelihood.from_workspace(content))


@pytest.mark.parametrize("seed", range(3))
def test_bounds_beyond_the_estimate_change_no_significance(seed):
    """The expected one needs no fit with a free strength."""
    wide = Likelihood.from_workspace(with_poi_bounds(search(seed), 0.0, 30.0))
    reference = significance(wide)
    bound = 1.2 * reference.best_fit if 0 < reference.best_fit < 0.8 else 0.0
    expected = significance(wide, mu_expected=4.0)
    narrow = Likelihood.from_workspace(with_poi_bounds(search(seed), 0.0, max(bound, 3.0)))
    found = significance(narrow, mu_expected=4.0)
    assert found.observed == pytest.approx(reference.observed, rel=1e-6)
    assert found.expected == pytest.approx(expected.expected, rel=1e-6)


def test_a_strength_bounded_below_1_has_a_significance():
    """5 events of a background of 4: the estimate is 0.1 of a signal of 10."""
    content = with_poi_bounds(counting(5.0, 10.0, 4.0), 0.0, 0.5)
    found = significance(Likelihood.from_workspace(content))
    assert found.best_fit == pytest.approx(0.1)
    assert found.observed == pytest.approx(math.sqrt(2 * (5 * math.log(5 / 4) - 1)), rel=1e-6)
    assert found.expected == pytest.approx(math.sqrt(2 * (14 * math.log(14 / 4) - 10)), rel=1e-6)


@needs_shared_data
def test_hzz4l_limit():
    limit = upper_limit(Likelihood.from_workspace(hzz4l()))
    assert limit.observed == pytest.approx(1.6526, rel=3e-3)
    np.testing.assert_allclose(limit.expected, [0.3029, 0.4300, 0.6468, 0.9984, 1.5007], rtol=3e-3)


@needs_shared_data
def test_hzz4l_significance():
    found = significance(Likelihood.from_workspace(hzz4l()))
    assert found.observed == pytest.approx(3.07, rel=1e-2)
    assert found.expected == pytest.approx(3.29, rel=1e-2)


def test_of_two_minima_the_lower_counts():
    """A background that the signal strength scales as well: without signal it is five times as
    large, and near that the likelihood has a second, higher minimum.
    """
    mu, k = modifier("normfactor", "mu"), modifier("normfactor", "k")
    regions = {
        "both": ([10.0, 10.0], [[mu, k], []], 20.0),
        "either": ([40.0, 10.0], [[mu], [k]], 50.0),
        "signal": ([8.0, 92.0], [[mu], []], 100.0),
    }
    channels = [
        {
            "name": name,
            "samples": [
                sample(label, np.array([value]), *items)
                for label, value, items in zip(("signal", "other"), yields, modifiers, strict=True)
            ],
        }
        for name, (yields, modifiers, _) in regions.items()
    ]
    observations = [{"name": name, "data": [data]} for name, (*_, data) in regions.items()]
    likelihood = Likelihood.from_workspace(workspace(channels, observations))
    best, without = fit(likelihood), fit(likelihood, fixed={"mu": 0.0})
    assert best.deviance == pytest.approx(0.0, abs=1e-9)
    found = significance(likelihood)
    assert found.best_fit == pytest.approx(1.0, abs=1e-5)
    assert found.observed == pytest.approx(np.sqrt(without.deviance), rel=1e-6)
    assert upper_limit(likelihood, points=2).best_fit == pytest.approx(1.0, abs=1e-5)
