"""The uncertainty by sources: by hand, against refits with shifted data and auxiliary data (with
pyhf and Minuit, too), and its sum in quadrature for random models.
"""

import logging
from dataclasses import replace

import numpy as np
import pyhf
import pytest
from support.products.combinations import MODEL, imported
from support.products.random_models import random_model
from support.products.statistical_models import (
    counting,
    histosys,
    hzz4l,
    modifier,
    normsys,
    sample,
    search,
    staterror,
    workspace,
)
from support.project.paths import needs_shared_data

from wollemi.analysis.models.plots import Plots
from wollemi.base.rounding import significant
from wollemi.model.combination import combine
from wollemi.plots.uncertainties import uncertainty_numbers
from wollemi.results.uncertainties import SignalUncertainties
from wollemi.results.uncertainty_text import data_text, total_text
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.uncertainties import (
    breakdown,
    difference,
    grouped_uncertainties,
    shifted_variances,
)
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.workspaces import Workspace

STEP = 0.002  # standard deviations by which data are shifted for slopes
LONG_STEP = 0.05  # for fits by Minuit, which are less accurate


def built(content):
    return Likelihood.from_workspace(content)


def of_data(content, **groups):
    likelihood = built(content)
    return SignalUncertainties.of(breakdown(likelihood, likelihood.data, groups, None))


def linear():
    """100 events in one bin, 20 of a signal, and expectations linear in each parameter."""
    background = np.array([80.0])
    samples = [
        sample("signal", np.array([20.0]), modifier("normfactor", "mu")),
        sample(
            "background",
            background,
            histosys("scale", background, [0.1], [-0.1]),
            histosys("tilt", background, [-0.05], [0.05]),
            staterror("staterror_SR", background, 0.04),
        ),
        sample("other", np.array([1e-9]), modifier("shapesys", "fakes_SR", [3e-10])),
    ]
    return workspace([{"name": "SR", "samples": samples}], [{"name": "SR", "data": [100.0]}])


def test_a_linear_model_by_hand():
    """Var(mu) = (N + Σ (b r)²) / s²."""
    found = of_data(linear())
    shifted = {name: item.shifted for name, item in found.rows.items()}
    assert shifted["data statistics"] == pytest.approx(10 / 20)
    assert shifted["scale"] == pytest.approx(8 / 20)
    assert shifted["tilt"] == pytest.approx(4 / 20)
    assert shifted["MC statistics"] == pytest.approx(3.2 / 20)
    assert shifted["all systematics"] == pytest.approx(np.hypot(np.hypot(8, 4), 3.2) / 20)
    assert found.error == pytest.approx(np.sqrt(100 + 64 + 16 + 3.2**2) / 20)
    for item in found.rows.values():
        assert item.frozen == pytest.approx(item.shifted)
    assert set(found.mc_statistics.parameters) == {"staterror_SR", "fakes_SR"}
    assert found.normalizations is None


def test_a_poisson_constraint_by_hand():
    """Of 25 events in a control region expected for 50: an uncertainty of a fifth."""
    samples = [
        sample("signal", np.array([20.0]), modifier("normfactor", "mu")),
        sample("background", np.array([50.0]), modifier("shapesys", "control_SR", [10.0])),
    ]
    channels = [{"name": "SR", "samples": samples}]
    found = of_data(workspace(channels, [{"name": "SR", "data": [70.0]}]))
    assert found.mc_statistics.shifted == pytest.approx(10 / 20)
    assert found.data.shifted == pytest.approx(np.sqrt(70) / 20)


def test_free_normalizations_follow_the_data():
    """Var(mu) = (N + (b / c)² M) / s² with M = c events in a control region."""
    k = modifier("normfactor", "k")
    signal = sample("signal", np.array([20.0]), modifier("normfactor", "mu"))
    regions = {
        "SR": [signal, sample("background", np.array([80.0]), k)],
        "CR": [sample("background", np.array([160.0]), k)],
    }
    channels = [{"name": name, "samples": samples} for name, samples in regions.items()]
    observations = [{"name": "SR", "data": [100.0]}, {"name": "CR", "data": [160.0]}]
    content = workspace(channels, observations)
    found = of_data(content)
    assert found.data.shifted == pytest.approx(np.sqrt(100 + 40) / 20)
    assert found.normalizations.shifted is None
    assert found.normalizations.frozen == pytest.approx(np.sqrt(40) / 20)
    assert found.data.frozen == pytest.approx(found.error)
    assert found.systematics.shifted == 0
    assert of_data(content, free=["k"]).groups["free"].frozen == found.normalizations.frozen


def shifts(likelihood, data, best, size=STEP):
    """Parameter → its auxiliary measurement shifted by ± so many standard deviations."""
    constraints = likelihood.constraints
    widths = np.zeros(len(data.auxiliary))
    widths[constraints.normal_auxiliary] = constraints.normal_width
    widths[constraints.poisson_auxiliary] = np.sqrt(data.auxiliary[constraints.poisson_auxiliary])
    names = np.empty(len(widths), dtype=object)
    names[constraints.normal_auxiliary] = likelihood.names[constraints.normal_parameter]
    names[constraints.poisson_auxiliary] = likelihood.names[constraints.poisson_parameter]
    for place, name in enumerate(names):
        step = size * widths[place] * (np.arange(len(widths)) == place)
        if name not in best.fixed:
            yield name, [Data(data.main, data.auxiliary + sign * step) for sign in (1, -1)]


def slope(likelihood, both, best):
    place = likelihood.index[likelihood.poi]
    up, down = (fit(likelihood, data, start=best.values).values[place] for data in both)
    return (up - down) / (2 * STEP)


def regular(seed):
    """A random model whose signal strength is determined, and its fit; None for others."""
    likelihood = built(random_model(seed))
    best = fit(likelihood)
    bounds, error = best.status.at_bounds, best.errors[likelihood.index["mu"]]
    return None if "mu" in bounds or best.degenerate or error > 5 else (likelihood, best)


def test_refits_with_shifted_auxiliary_data():
    used = [found for found in map(regular, range(12)) if found is not None]
    assert len(used) > 5
    for likelihood, best in used:
        variances = shifted_variances(Objective(likelihood, likelihood.data), best, "mu")
        error = best.errors[likelihood.index["mu"]]
        for name, both in shifts(likelihood, likelihood.data, best):
            expected = np.sqrt(variances.auxiliary[likelihood.index[name]])
            found = abs(slope(likelihood, both, best))
            assert found == pytest.approx(expected, rel=2e-3, abs=1e-3 * error), name


@pytest.mark.parametrize("seed", range(4))
def test_refits_with_shifted_events(seed):
    """Of Asimov data, where nothing but the events' fluctuations is their share."""
    likelihood = built(search(seed))
    data = likelihood.asimov(fit(likelihood).values)
    best = fit(likelihood, data)
    total = 0.0
    for place, count in enumerate(data.main):
        step = STEP * np.sqrt(count) * (np.arange(len(data.main)) == place)
        both = [Data(data.main + sign * step, data.auxiliary) for sign in (1, -1)]
        total += slope(likelihood, both, best) ** 2
    assert shifted_variances(Objective(likelihood, data), best, "mu").data == pytest.approx(
        total, rel=1e-3
    )


def pyhf_estimates(content, data, held=()):
    """Fit of pyhf with Minuit: estimate and error of mu. Minuit's `errors` of bounded parameters
    are those of a transformed one; its covariance is not.
    """
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4, strategy=2))
    model = pyhf.Workspace(content).model()
    fixed, init = model.config.suggested_fixed(), model.config.suggested_init()
    for name, value in held:
        fixed[model.config.par_slice(name).start] = True
        init[model.config.par_slice(name).start] = value
    values, found = pyhf.infer.mle.fit(
        [*data.main, *data.auxiliary], model, init, None, fixed, return_result_obj=True
    )
    place = model.config.poi_index
    return values[place], np.sqrt(found.minuit.covariance[place, place])


def test_pyhf_and_minuit_find_the_same():
    content = search(2)
    likelihood = built(content)
    best, found = fit(likelihood), breakdown(likelihood, likelihood.data, {}, None)
    _, error = pyhf_estimates(content, likelihood.data)
    assert found.error == pytest.approx(error, rel=1e-3)
    for name in ("lumi", "extrapolation", "shape"):
        all_shifts = dict(shifts(likelihood, likelihood.data, best, LONG_STEP))
        (up, _), (down, _) = (pyhf_estimates(content, data) for data in all_shifts[name])
        expected = abs(up - down) / (2 * LONG_STEP)
        assert found.groups[name].shifted == pytest.approx(expected, rel=1e-2, abs=5e-4 * error)
        held = [(name, best.values[likelihood.index[name]])]
        _, rest = pyhf_estimates(content, likelihood.data, held)
        assert found.groups[name].frozen ** 2 == pytest.approx(
            error**2 - rest**2, abs=3e-3 * error**2
        )


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_the_sum_in_quadrature_is_the_error(first):
    models = [regular(seed) for seed in range(first, first + 20)]
    used = [found for found in models if found is not None]
    assert len(used) > 8
    for likelihood, best in used:
        for data in (likelihood.data, likelihood.asimov(best.values)):
            result = fit(likelihood, data)
            variance = result.covariance[likelihood.index["mu"], likelihood.index["mu"]]
            variances = shifted_variances(Objective(likelihood, data), result, "mu")
            assert variances.total == pytest.approx(variance, rel=1e-6)
            assert (variances.auxiliary >= 0).all()
        # Of data as expected, this is a sum of squares.
        assert variances.data > -1e-9 * variance


def test_groups_add_up():
    alone, groups = of_data(search(2)), {"both": ["shape", "extrapolation"], "none": ["pruned"]}
    found = of_data(search(2), **groups)
    parts = [alone.groups[name].shifted for name in groups["both"]]
    assert found.groups["both"].shifted == pytest.approx(np.hypot(*parts))
    assert found.groups["both"].parameters == ("shape", "extrapolation")
    assert found.groups["none"].parameters == ()
    assert found.groups["none"].shifted == found.groups["none"].frozen == 0
    assert found.groups.keys() == {"both", "none", "lumi"}
    sizes = [found.data.shifted, found.mc_statistics.shifted]
    sizes += [item.shifted for item in found.groups.values()]
    assert np.sqrt(np.sum(np.square(sizes))) == pytest.approx(found.error, rel=1e-9)
    # Held parameters do not add up: extrapolation and free normalization are correlated.
    held = [found.data.frozen, found.mc_statistics.frozen]
    held += [item.frozen for item in found.groups.values()]
    assert np.sqrt(np.sum(np.square(held))) != pytest.approx(found.error, rel=1e-3)


@needs_shared_data
def test_hzz4l():
    """The documented numbers, and that the parts add up to the error of the fit."""
    found = of_data(hzz4l(), theory=["zz_norm"])
    assert found.estimate == pytest.approx(0.884, abs=1e-3)
    assert (found.error_down, found.error_up) == pytest.approx((0.36, 0.44), abs=5e-3)
    for item, sizes in ((found.data, (0.395, 0.394)), (found.systematics, (0.055, 0.064))):
        assert (item.shifted, item.frozen) == pytest.approx(sizes, abs=6e-4)
    parts = [found.mc_statistics.shifted, *(item.shifted for item in found.groups.values())]
    assert len(parts) > 3
    assert np.linalg.norm(parts) == pytest.approx(found.systematics.shifted, rel=1e-9)
    assert np.hypot(found.data.shifted, np.linalg.norm(parts)) == pytest.approx(found.error)


def test_rows_are_ordered_by_size():
    names = list(of_data(search(2)).rows)
    assert names[:2] == ["data statistics", "all systematics"]
    assert names[-1] == "lumi"


def test_sides_are_those_of_minos():
    content = counting(44.0, 10.0, 40.0, normsys("rate", 1.3, 0.8))
    content["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[-5.0, 10.0]]}]
    found = of_data(content)
    without = of_data(counting(44.0, 10.0, 40.0) | {"measurements": content["measurements"]})
    rate = found.groups["rate"]
    for side in ("down", "up"):
        total, rest = getattr(found, f"error_{side}"), getattr(without, f"error_{side}")
        assert getattr(rate, f"frozen_{side}") == pytest.approx(difference(total, rest), rel=1e-4)
    assert rate.frozen_up != pytest.approx(rate.frozen_down, rel=0.05)


def described(content, measurement="m", groups=None):
    likelihood = built(content)
    model = Workspace("signal", measurement, likelihood)
    return SignalUncertainties.of(grouped_uncertainties(model, groups or {}))


def test_asimov_data_where_data_cannot_tell():
    content = search(2)
    assert described(content).asimov_strength is None
    blinded = described(content, "m [BLINDED]")
    assert blinded.asimov_strength == 1
    assert blinded.estimate == pytest.approx(1.0, abs=1e-6)
    content["observations"][0]["data"] = [0.0] * 6
    at_bound = described(content)
    assert at_bound.asimov_strength == 1
    assert at_bound.error > 0


def test_auxiliary_data_that_move_more_than_the_error(caplog):
    """A model with curved expectations that miss the data."""
    with caplog.at_level(logging.WARNING, "wollemi"):
        found = described(random_model(293))
    assert found.systematics.shifted > found.error
    assert found.data.shifted is None
    assert any("more than its error" in record.getMessage() for record in caplog.records)
    likelihood = built(random_model(293))
    expected = replace(likelihood, data=likelihood.asimov(fit(likelihood).values))
    assert breakdown(expected, expected.data, {}, None).data.shifted > 0


@pytest.mark.parametrize(
    ("total", "rest", "size"), [(5.0, 3.0, 4.0), (3.0, 3.0 + 1e-9, 0.0), (None, 1.0, None)]
)
def test_differences(total, rest, size):
    assert difference(total, rest) == size


def counts(observed, signal, background, own, shared):
    """One bin, with a systematic of the analysis alone and one that both have."""
    nominal = np.array([background])
    samples = [
        sample("signal", np.array([signal]), modifier("normfactor", "mu")),
        sample(
            "background",
            nominal,
            histosys("jes", nominal, [own], [-own]),
            histosys("theory", nominal, [shared], [-shared]),
        ),
    ]
    return workspace([{"name": "SR", "samples": samples}], [{"name": "SR", "data": [observed]}])


def test_a_combination_of_two_counts_by_hand():
    """The best linear estimate of two correlated measurements: w = V⁻¹ 1 / (1ᵀ V⁻¹ 1)."""
    signal, background = np.array([20.0, 10.0]), np.array([80.0, 30.0])
    own, shared = np.array([0.1, 0.2]), np.array([0.05, 0.1])
    events = signal + background  # as expected for mu = 1
    numbers = zip(events, signal, background, own, shared, strict=True)
    models = dict(zip(("ee", "ee_low"), numbers, strict=True))
    both = {"mu": ("ee.mu", "ee_low.mu"), "theory": ("ee.theory", "ee_low.theory")}
    content = combine({name: counts(*given) for name, given in models.items()}, both, "mu")
    likelihood = built(content)
    product = imported(dict.fromkeys(models, MODEL), both)
    found = SignalUncertainties.of(
        breakdown(likelihood, likelihood.data, {}, None, product.by_analysis)
    )

    alone, together = background * own / signal, background * shared / signal
    variance = np.diag(events / signal**2 + alone**2) + np.outer(together, together)
    weights = np.linalg.solve(variance, np.ones(2))
    weights /= weights.sum()
    assert found.error == pytest.approx(np.sqrt(weights @ variance @ weights))
    expected = {
        "parameters of ee alone": weights[0] * alone[0],
        "parameters of ee_low alone": weights[1] * alone[1],
        "shared parameters": weights @ together,
    }
    assert {name: item.shifted for name, item in found.by_analysis.items()} == pytest.approx(
        expected
    )
    assert [*found.rows][:5] == ["data statistics", "all systematics", *expected]
    assert found.shared.parameters == ("theory",)
    assert [item.parameters for item in found.analyses.values()] == [("ee_jes",), ("ee_low_jes",)]
    parts = [found.data, *found.by_analysis.values()]
    assert np.linalg.norm([part.shifted for part in parts]) == pytest.approx(found.error)
    # Held: the same estimate without that part of the variance.
    rest = variance - np.outer(together, together)
    without = 1 / np.linalg.inv(rest).sum()
    assert found.shared.frozen == pytest.approx(np.sqrt(found.error**2 - without))


def test_of_other_models_nothing_is_told_by_analysis():
    found = of_data(linear())
    assert found.by_analysis == {}
    assert not {"analyses", "shared"} & found.plain().keys()


@pytest.mark.parametrize("signal", [1.0, 10.0])
def test_parameters_whose_second_derivatives_give_no_error_are_named(signal):
    """No event: -2 ln L = 2 (s µ + b) from the wall at -b / s on, whose second derivative is that
    of the barrier.
    """
    content = counting(0.0, signal, 2.0)
    content["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[-20, 20]]}]
    found = of_data(content)
    assert found.without_error == {"mu": "wall"}
    assert found.error_down is None
    assert found.error_up == pytest.approx(0.5 / signal, rel=1e-2)
    assert "mu: an empty bin at 0" in data_text(found)
    assert "bound" not in total_text(found)
    content["observations"][0]["data"] = [50.0]
    assert "without_error" not in of_data(content).plain()


def test_an_undetermined_strength_has_no_error_in_the_text():
    content = counting(50.0, 10.0, 40.0, modifier("normfactor", "same"))
    found = of_data(content)
    assert found.without_error["mu"] == "flat"
    numbers = uncertainty_numbers(found.noting(error_down=None, error_up=None), Plots())
    assert numbers["error"] == [None, None]
    assert total_text(found.noting(error_down=None, error_up=None)) == (
        f"mu = {significant(found.estimate)}"
    )
