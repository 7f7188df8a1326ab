"""Asymmetric errors against MINOS of iminuit and a closed formula."""

import math

import numpy as np
import pyhf
import pytest
from scipy.optimize import brentq
from scipy.special import xlogy
from scipy.stats import poisson
from support.oracles.plain_likelihood import PlainLikelihood
from support.products.statistical_models import (
    counting,
    everything,
    histosys,
    modifier,
    normsys,
    pyhf_model,
    sample,
    search,
    workspace,
)

from wollemi.results.parameter_text import value_text
from wollemi_likelihood.fit import fit, minos, minos_iminuit
from wollemi_likelihood.inference.fit_report import fit_report, fit_workspace, fitted_parameters
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.workspaces import Workspace

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


def bounded(content, **bounds):
    """The model with bounds of parameters."""
    content["measurements"][0]["config"]["parameters"] = [
        {"name": name, "inits": [1.0], "bounds": [list(pair)]} for name, pair in bounds.items()
    ]
    return Likelihood.from_workspace(content)


def regimes_in(content, **bounds):
    """Parameters as in `fit.json`, by name."""
    likelihood = bounded(content, **bounds)
    return {p.name: p for p in fit_report(likelihood, fit(likelihood)).parameters}


@pytest.mark.parametrize("signal", [0.5, 5.0, 50.0])
@pytest.mark.parametrize("background", [0.1, 3.0])
def test_an_estimate_at_a_wall_has_an_error_on_one_side(signal, background):
    """No event: -2 ln L = 2 (s µ + b) ends at µ = -b / s."""
    item = regimes_in(counting(0.0, signal, background), mu=(-50, 50))["mu"]
    assert (item.regime, item.error, item.error_down) == ("wall", None, None)
    assert item.value == pytest.approx(-background / signal, rel=1e-6)
    assert item.error_up == pytest.approx(0.5 / signal, rel=1e-3)


@pytest.mark.parametrize("factors", [2, 3])
def test_degenerate_parameters_are_undetermined(factors):
    """Their product is known, and none of them."""
    names = [f"same{k}" for k in range(factors - 1)]
    content = counting(50.0, 10.0, 40.0, *(modifier("normfactor", name) for name in names))
    found = regimes_in(content)
    assert {found[name].regime for name in ("mu", *names)} == {"flat"}
    assert "undetermined" in value_text(found["mu"])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 10, 30])
def test_few_events_have_the_errors_of_poisson(count):
    """Roots of 2 (s - n + n ln(n / s)) = 1; symmetric ones are quoted within 20 % of both."""
    item = regimes_in(counting(float(count), 1.0, 0.0), mu=(0, 100))["mu"]

    def rise(s):
        return 2 * (s - count + count * math.log(count / s)) - 1

    down, up = count - brentq(rise, 1e-9, count), brentq(rise, count, 100) - count
    assert (item.error_down, item.error_up) == pytest.approx((down, up), rel=1e-3)
    far = max(abs(down - count**0.5), abs(up - count**0.5)) > 0.2 * count**0.5
    assert item.regime == ("asymmetric" if far else None)
    assert ("±" in value_text(item)) is not far


def two_minima(count, down, observed=40):
    """A systematic that adds events to the control region on both sides, up to 120 and `down`, and
    moves the background of the signal region in both directions: µ = 1 or 3.
    """
    up, lower = [0.5], [-0.5]
    background, control = np.array([20.0]), np.array([100.0])
    shape = histosys("shape", background, up, lower)
    bent = histosys("shape", control, [0.2], [down / 100 - 1])
    signal = sample("signal", np.array([10.0]), modifier("normfactor", "mu"))
    return workspace(
        [
            {"name": "SR", "samples": [signal, sample("b", background, shape)]},
            {"name": "CR", "samples": [sample("b", control, bent)]},
        ],
        [{"name": "SR", "data": [observed]}, {"name": "CR", "data": [count]}],
    )


@pytest.mark.parametrize("count", [100, 118, 125])
@pytest.mark.parametrize("down", [112.0, 117.0, 119.0])
def test_a_second_minimum_is_listed_and_its_parameters_have_a_word(count, down):
    """Against a scan of the independent likelihood, in which µ follows from the systematic: the
    signal region has an expectation of 40.
    """
    content = two_minima(count, down)
    likelihood = bounded(content, mu=(-10, 10))
    bounds = {p.name: p.bounds for p in likelihood.parameters}
    plain, order = PlainLikelihood(content, bounds, {}), likelihood.index
    shapes = np.linspace(-3, 3, 6001)
    points = np.zeros((shapes.size, 2))
    points[:, order["shape"]] = shapes
    at_0 = np.array([likelihood.expected(point)[likelihood.channels["SR"]][0] for point in points])
    points[:, order["mu"]] = (40 - at_0) / 10
    curve = plain(points)
    inner = curve[1:-1]
    minima = np.flatnonzero((inner < curve[:-2]) & (inner < curve[2:])) + 1
    found = fit_workspace(Workspace("signal", "m", likelihood))
    rises = sorted((curve[minima] - curve.min()).tolist())[1:]
    assert [item.rise for item in found.other_minima] == pytest.approx(rises, abs=1e-3)
    assert len(minima) == (1 if count == 100 else 2)
    near = bool(rises) and rises[0] < 1
    for item in found.parameters:
        assert (item.regime == "second minimum") is near
        if near:
            other = found.other_minima[0].values[item.name]
            place = minima[np.argsort(curve[minima])[1]]
            assert other == pytest.approx(points[place, order[item.name]], abs=2e-3)
            assert "one of two minima" in value_text(item)


def test_a_parameter_without_influence_has_no_second_minimum():
    """Next to a strength at its bound, from which searches start elsewhere."""
    content = counting(30.0, 10.0, 40.0)
    nothing = sample("nothing", np.array([0.0]), modifier("normfactor", "nothing"))
    content["channels"][0]["samples"].append(nothing)
    found = fit_workspace(Workspace("signal", "m", bounded(content, mu=(0, 10), nothing=(0, 10))))
    assert found.other_minima == ()
    assert {p.name: p.at_bound or p.regime for p in found.parameters} == {
        "mu": "lower",
        "nothing": "flat",
    }


def test_a_quartic_minimum_has_the_errors_of_the_profile():
    """A systematic that only adds events, of which there are as many as without it: -2 ln L rises
    with its fourth power, but for a constraint far too wide.
    """
    shape = histosys("shape", np.array([100.0]), [0.3], [0.3])
    content = workspace(
        [{"name": "SR", "samples": [sample("b", np.array([100.0]), shape)]}],
        [{"name": "SR", "data": [100]}],
    )
    content["channels"][0]["samples"].append(
        sample("signal", np.array([1e-6]), modifier("normfactor", "mu"))
    )
    item = regimes_in(content, mu=(0, 1))["shape"]
    assert item.regime in ("quartic", "asymmetric")
    likelihood = Likelihood.from_workspace(content)
    for side in (-item.error_down, item.error_up):
        point = fit(likelihood, fixed={"shape": item.value + side})
        assert point.deviance - fit(likelihood).deviance == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.0, 3.0, 5.0, 10.0])
def test_coverage_of_quoted_intervals_is_that_of_the_profile(true):
    """Exact, summed over counts: quoted intervals cover as the likelihood ratio does."""
    covered = exact = 0.0
    for count in range(1, 40):
        item = regimes_in(counting(float(count), 1.0, 0.0), mu=(0, 100))["mu"]
        inside = item.value - item.error_down <= true <= item.value + item.error_up
        covered += poisson.pmf(count, true) * inside
        rise = 2 * (true - count + count * math.log(count / true))
        exact += poisson.pmf(count, true) * (rise <= 1)
    none = regimes_in(counting(0.0, 1.0, 0.0), mu=(0, 100))["mu"]
    covered += poisson.pmf(0, true) * (true <= none.error_up)
    exact += poisson.pmf(0, true) * (2 * true <= 1)
    assert covered == pytest.approx(exact, abs=1e-9)


def two_bins(counts, signal, background, control):
    """A region with µ signals and k backgrounds, and a control region with k backgrounds."""
    return workspace(
        [
            {
                "name": "SR",
                "samples": [
                    sample("signal", np.array([signal]), modifier("normfactor", "mu")),
                    sample("b", np.array([background]), modifier("normfactor", "k")),
                ],
            },
            {
                "name": "CR",
                "samples": [sample("b", np.array([control]), modifier("normfactor", "k"))],
            },
        ],
        [{"name": "SR", "data": [counts[0]]}, {"name": "CR", "data": [counts[1]]}],
    )


def lowest(counts, signal, background, control, most):
    """-2 ln L of these bins as a function of µ, minimized over k, in closed form: 0 is a root of
    the derivative by k, of second degree.
    """

    def deviance(mu, k):
        expected = np.array([mu * signal + k * background, k * control])
        if (expected < 0).any() or (np.array(counts)[expected == 0] > 0).any():
            return math.inf
        return 2 * float(expected.sum() - sum(xlogy(counts, expected)))

    def at(mu):
        first, second, known = background + control, mu * signal, np.array([background, 1.0])
        terms = (
            first * known[0],
            first * second - (counts[0] + counts[1]) * known[0],
            -counts[1] * second,
        )
        ks = [float(k.real) for k in np.roots(terms) if abs(k.imag) < 1e-9]
        return min(deviance(mu, min(max(k, 0.0), most)) for k in (*ks, 0.0, most))

    return at


@pytest.mark.parametrize("control", [0.03, 0.1, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("count", [10, 40, 100])
def test_a_parameter_that_leaves_its_bound_makes_the_profile_shallow(count, control):
    """No event in the control region: k = 0, until fewer signals leave events to the background.
    The line on which k stays at its bound is that of a parabola.
    """
    profile = lowest((count, 0), 1.0, 1.0, control, 100.0)
    likelihood = bounded(two_bins((count, 0), 1.0, 1.0, control), mu=(0, 1000), k=(0, 100))
    item = fitted_parameters(likelihood, fit(likelihood), {})[likelihood.index["mu"]]
    best = profile(item.value)
    assert item.value == pytest.approx(count, rel=1e-5)
    down = None  # a bound comes first
    if profile(0.0) > best + 1:
        down = item.value - brentq(lambda mu: profile(mu) - best - 1, 0.0, item.value)
    if item.regime:
        assert item.error_down == (down and pytest.approx(down, rel=1e-3))
    else:
        assert item.error == pytest.approx(down, rel=0.2)


@pytest.mark.parametrize("background", [2.0, 4.0, 8.0])
@pytest.mark.parametrize("counts", [(1, 1), (4, 1), (4, 2), (9, 1)])
def test_minos_goes_on_where_a_fit_cannot_start(counts, background):
    """So few signals that the background as fitted leaves no expectation for the events: more
    background does.
    """
    profile = lowest(counts, 1.0, background, 1.0, 100.0)
    content = two_bins(counts, 1.0, background, 1.0)
    item = regimes_in(content, mu=(-1000, 1000), k=(0, 100))["mu"]
    best = profile(item.value)
    for side in (-item.error_down, item.error_up):
        assert profile(item.value + side) - best == pytest.approx(1.0, abs=2e-3)
