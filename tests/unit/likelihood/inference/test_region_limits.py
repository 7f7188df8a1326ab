"""Model-independent limits against pyhf, closed formulae of counting experiments, and published
ones.
"""

import math

import numpy as np
import pyhf
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, poisson
from support.oracles.published_numbers import reproduces
from support.products.statistical_models import (
    modifier,
    normsys,
    sample,
    search,
    staterror,
    workspace,
)

from wollemi.results.region_limits import RegionLimit
from wollemi.results.region_limits_text import background_text, region_line
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.region_limits import background_of, region_limit
from wollemi_likelihood.region_workspace import region_workspace

LEVEL = 0.95


def channel(name, *samples):
    return {"name": name, "samples": list(samples)}


def region_of(observed, background, *modifiers, controls=(), control_data=()):
    """A signal region with one background, and control regions."""
    signal = sample("signal", np.array([3.0]), modifier("normfactor", "mu"))
    region = channel("SR", signal, sample("background", np.array([background]), *modifiers))
    data = [{"name": "SR", "data": [float(observed)]}]
    data += [
        {"name": item["name"], "data": list(values)}
        for item, values in zip(controls, control_data, strict=True)
    ]
    return region_workspace(workspace([region, *controls], data), "SR", [], ["signal"])


def limits(content, toys=None, luminosity=2.0):
    return RegionLimit.of(region_limit(content, "SR", LEVEL, toys, luminosity))


def free_normalization(observed, control, transfer=None):
    """A background whose factor a control region of 100 expected events determines."""
    factor = modifier("normfactor", "norm")
    control_region = channel("CR", sample("background", np.array([100.0]), factor))
    extra = [] if transfer is None else [normsys("transfer", 1 + transfer, 1 - transfer)]
    return region_of(
        observed, 5.0, factor, *extra, controls=[control_region], control_data=[[control]]
    )


def test_the_background_is_that_of_the_control_region():
    """Factor 1.2 ± √120 / 100, whatever is seen in the signal region."""
    for observed in (0, 3, 30):
        found = background_of(free_normalization(observed, 120.0), "SR")
        assert found.events == pytest.approx(6.0, rel=1e-6)
        assert found.error == pytest.approx(5 * math.sqrt(120) / 100, rel=1e-4)
    both = background_of(free_normalization(3, 120.0, transfer=0.1), "SR")
    assert both.events == pytest.approx(6.0, rel=1e-6)
    assert both.error == pytest.approx(math.hypot(5 * math.sqrt(120) / 100, 0.6), rel=5e-3)


@pytest.mark.parametrize(
    ("control", "names"), [(120.0, ()), (900.0, ()), (1100.0, ("norm",)), (0.0, ("norm",))]
)
def test_parameters_at_bounds_are_named_with_the_background(control, names):
    """A factor of 11 is beyond its range, 0 to 10: the error of the background leaves it out."""
    content = free_normalization(3, control)
    assert background_of(content, "SR").at_bounds == names
    found = limits(content)
    assert found.background_at_bounds == names
    assert ("background_at_bounds" in found.plain()) == bool(names)
    assert background_text(found).endswith("‡") == bool(names)
    assert ("at bounds: norm" in region_line("SR", found, LEVEL)) == bool(names)


def test_statistics_of_the_region_are_an_uncertainty_of_its_background():
    content = region_of(3, 5.0, staterror("mc_SR", np.array([5.0]), 0.2))
    found = background_of(content, "SR")
    assert found.events == pytest.approx(5.0)
    assert found.error == pytest.approx(1.0, rel=1e-6)


def test_a_background_that_no_control_region_determines_is_refused():
    content = region_of(3, 5.0, modifier("normfactor", "norm"))
    with pytest.raises(WollemiError, match=r"do not determine its background \(norm\)"):
        limits(content)


def pyhf_tests(content, limit, expected):
    """CLs at the observed and each expected limit, CLb at the observed one, and p0 by pyhf."""
    space = pyhf.Workspace(content)
    model, data = space.model(), space.data(space.model())
    bounds = [[*pair] for pair in model.config.suggested_bounds()]
    bounds[model.config.poi_index] = [0.0, 500.0]

    def hypotest(poi, statistic="qtilde", **more):
        return pyhf.infer.hypotest(poi, data, model, test_stat=statistic, par_bounds=bounds, **more)

    observed, (_, clb) = hypotest(limit, return_tail_probs=True)
    bands = [
        hypotest(poi, return_expected_set=True)[1][place] for place, poi in enumerate(expected)
    ]
    return np.array([observed, *bands], float), float(clb), float(hypotest(0.0, "q0"))


MODELS = {
    "one bin": lambda: region_of(7, 5.0, normsys("size", 1.2, 0.8), staterror("mc_SR", np.ones(1))),
    "deficit": lambda: free_normalization(2, 130.0, 0.2),
    "excess": lambda: free_normalization(17, 80.0, 0.1),
    "search": lambda: region_workspace(search(2, bins=4), "SR", [], ["signal"]),
}


@pytest.mark.parametrize("name", MODELS)
def test_they_are_those_of_pyhf(name):
    content = MODELS[name]()
    found = limits(content)
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-5))
    cls, clb, p0 = pyhf_tests(content, found.observed, found.expected)
    pyhf.set_backend("numpy")
    # CLs falls by 2 % or more where the strength rises by 1 %: limits agree to 1e-3.
    np.testing.assert_allclose(cls, 1 - LEVEL, rtol=2e-3)
    assert found.clb == pytest.approx(clb, abs=1e-3)
    assert found.p0 == pytest.approx(p0, rel=1e-3, abs=1e-6)
    assert found.p0 == pytest.approx(norm.sf(found.significance))
    assert found.observed_fb == pytest.approx(found.observed / 2)
    np.testing.assert_allclose(found.expected_fb, np.divide(found.expected, 2))


def test_a_deficit_has_a_p_value_of_one_half():
    found = limits(region_of(2, 5.0))
    assert (found.p0, found.significance) == (0.5, 0.0)


@pytest.mark.parametrize(("observed", "background"), [(0, 0.05), (3, 1.0), (2, 3.0), (6, 2.5)])
def test_toys_of_a_counting_experiment_are_exact(observed, background):
    """Poisson probabilities of the count; of none seen, 3.0 events."""
    number = 2000
    found = limits(region_of(observed, background), toys=number)
    assert found.toys.number == number

    def cls(signal):
        return poisson.cdf(observed, signal + background) / poisson.cdf(observed, background)

    exact = brentq(lambda signal: cls(signal) - 0.05, 0.01, 60)
    assert abs(found.observed - exact) < 4 * found.toys.observed_error + 1e-3
    assert found.toys.observed_error < 0.1 * exact
    clb = poisson.cdf(observed, background)
    assert abs(found.clb - clb) < 4 * math.sqrt(max(clb * (1 - clb), 1 / number) / number)
    p0 = min(0.5, poisson.sf(observed - 1, background))
    assert abs(found.p0 - p0) < 4 * found.toys.p0_error
    assert found.significance == pytest.approx(norm.isf(found.p0), abs=1e-9)
    if observed == 0:
        assert exact == pytest.approx(-math.log(0.05))


def test_a_p_value_of_too_few_toys_is_asymptotic():
    content = region_of(16, 2.0)
    found = limits(content, toys=200)
    assert found.toys is None or found.toys.p0_error is None
    assert found.p0 == pytest.approx(limits(content).p0)
    assert math.isfinite(found.significance)


# Observed events, background with its uncertainty: ATLAS, arXiv:1712.08119, signal regions that
# count m(ll).
PUBLISHED = {
    "SRee_10": (1, 2.4, 1.0),
    "SRee_20": (10, 8.3, 1.6),
    "SRee_40": (6, 2.4, 0.6),
    "SRmm_10": (7, 4.9, 1.3),
    "inclusive_20": (34, 29.0, 6.0),
}


@pytest.mark.parametrize("region", PUBLISHED)
def test_they_are_near_published_ones(region):
    """Within a tenth: uncertainties are published with one or two digits, and in a sum."""
    observed, background, error = PUBLISHED[region]
    content = region_of(
        observed, background, staterror("mc_SR", np.array([background]), error / background)
    )
    found = limits(content, toys=1000)
    reproduces(f"histfitter_{region}", found.observed)
    reproduces(f"histfitter_{region}_expected", found.expected[2])


def test_of_blinded_data_nothing_is_told():
    content = region_of(2, 3.0)
    for toys in (None, 200):
        seen = limits(content, toys)
        content["measurements"][0]["name"] = "measurement [BLINDED]"
        found = limits(content, toys)
        content["measurements"][0]["name"] = "measurement"
        hidden = {"observed_events", "observed", "observed_fb", "clb", "p0", "significance"}
        assert {name for name in hidden if getattr(found, name) is not None} == set()
        assert found.expected == seen.expected
        if toys:
            plain = found.toys.plain()
            assert {name for name, value in plain.items() if value is None} == {
                *("observed_error", "asymptotic_observed", "clb_error", "p0_error")
            }


def test_without_a_luminosity_there_is_no_visible_cross_section():
    found = limits(region_of(2, 3.0), luminosity=None)
    assert (found.observed_fb, found.expected_fb) == (None, None)
