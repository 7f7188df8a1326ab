"""Impacts against cabinetry's ranking."""

from dataclasses import replace

import cabinetry
import numpy as np
import pyhf
import pytest
from cabinetry.fit.results_containers import FitResults
from support.products.statistical_models import (
    histosys,
    modifier,
    normsys,
    sample,
    staterror,
    workspace,
)

from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.ranking import ranked, ranking
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.workspaces import Workspace


def model():
    """One channel with constrained and free nuisance parameters, and a signal that the data
    want.
    """
    background, other = np.array([60.0, 40.0, 25.0]), np.array([20.0, 22.0, 18.0])
    samples = [
        sample(
            "signal",
            np.array([3.0, 12.0, 9.0]),
            modifier("normfactor", "mu"),
            normsys("luminosity", 1.03, 0.97),
        ),
        sample(
            "background",
            background,
            normsys("luminosity", 1.03, 0.97),
            histosys("scale", background, [0.08, 0.0, -0.07], [-0.06, 0.01, 0.09]),
            staterror("staterror_SR", background, 0.04),
        ),
        sample(
            "other",
            other,
            normsys("cross_section", 1.2, 0.85),
            modifier("normfactor", "norm_other"),
        ),
    ]
    control = [
        sample(
            "other",
            np.array([150.0]),
            normsys("cross_section", 1.2, 0.85),
            modifier("normfactor", "norm_other"),
        )
    ]
    observed = [{"name": "SR", "data": [85, 79, 55]}, {"name": "CR", "data": [158]}]
    channels = [{"name": "SR", "samples": samples}, {"name": "CR", "samples": control}]
    return workspace(channels, observed, [{"name": "mu", "bounds": [[-5, 10]], "inits": [1]}])


def test_impacts_are_those_of_cabinetry():
    specification = model()
    likelihood = Likelihood.from_workspace(specification)
    rows = {row.name: row for row in ranking(likelihood)}
    best = fit(likelihood)
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4, strategy=2))
    pyhf_model, data = cabinetry.model_utils.model_and_data(specification)
    # One fit for both: MIGRAD's errors differ from those of the second derivatives by half a per
    # cent.
    order = [best.names.index(name) for name in pyhf_model.config.par_names]
    found = FitResults(
        best.values[order], best.errors[order], pyhf_model.config.par_names, np.eye(len(order)), 0.0
    )
    result = cabinetry.fit.ranking(pyhf_model, data, fit_results=found, strategy=2, tolerance=1e-4)
    # pyhf writes `staterror_SR[0]` as we do.
    assert set(result.labels) == rows.keys()
    for index, name in enumerate(result.labels):
        row = rows[name]
        assert [row.up, row.down] == pytest.approx(
            [result.postfit_up[index], result.postfit_down[index]], abs=2e-4
        ), name
        if row.prefit_up is not None:
            expected = [result.prefit_up[index], result.prefit_down[index]]
            assert [row.prefit_up, row.prefit_down] == pytest.approx(expected, abs=5e-4), name


def test_the_largest_impact_comes_first():
    sizes = [max(abs(row.up), abs(row.down)) for row in ranking(Likelihood.from_workspace(model()))]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 0.05


def test_free_parameters_have_no_impact_before_the_fit():
    free = {
        row.name for row in ranking(Likelihood.from_workspace(model())) if row.prefit_up is None
    }
    assert free == {"norm_other"}


def test_a_variation_without_a_fit_has_no_impact(caplog):
    """A bin with events that the parameter empties: pyhf's likelihood is 0 there."""
    background = np.array([20.0, 4.0])
    samples = [
        sample("signal", np.array([5.0, 0.0]), modifier("normfactor", "mu")),
        sample("background", background, histosys("shape", background, [0.0, 1.0], [0.0, -1.0])),
    ]
    observed = [{"name": "SR", "data": [24, 3]}]
    specification = workspace(
        [{"name": "SR", "samples": samples}],
        observed,
        [{"name": "mu", "bounds": [[0, 10]], "inits": [1]}],
    )
    (row,) = ranking(Likelihood.from_workspace(specification))
    assert row.prefit_down is None
    assert row.up is not None
    assert "shape = " in caplog.text


def at_the_bound():
    """The model with data that have no room for a signal."""
    specification = model()
    specification["observations"][0]["data"] = [78, 50, 33]
    specification["measurements"][0]["config"]["parameters"] = [
        {"name": "mu", "bounds": [[0, 10]], "inits": [1]}
    ]
    return specification


def test_at_a_bound_the_ranking_is_that_of_the_declared_strength(caplog):
    """On the data all impacts were of the order of 1e-12."""
    likelihood = Likelihood.from_workspace(at_the_bound())
    assert max(row.largest for row in ranking(likelihood)) < 1e-6
    found = ranked(Workspace("signal", "measurement", likelihood))
    assert found.asimov_strength == 1.0
    assert "widen model.poi_bounds" in caplog.text
    # Asimov data of the same parameters with room below: the impacts are those of any other fit.
    best = fit(likelihood)
    signal = likelihood.expected(np.where(np.array(best.names) == "mu", 1.0, best.values))
    specification = at_the_bound()
    for observation in specification["observations"]:
        observation["data"] = signal[likelihood.channels[observation["name"]]].tolist()
    specification["measurements"][0]["config"]["parameters"] = [
        {"name": "mu", "bounds": [[-5, 10]], "inits": [1]}
    ]
    wide = Likelihood.from_workspace(specification)
    wide = replace(wide, data=replace(wide.data, auxiliary=wide.expected_auxiliary(best.values)))
    expected = {row.name: row.up for row in ranking(wide)}
    assert {row.name: row.up for row in found.parameters} == pytest.approx(expected, abs=1e-5)
    assert found.parameters[0].largest > 0.05


def test_within_bounds_the_ranking_is_that_of_the_data():
    assert (
        ranked(
            Workspace("signal", "measurement", Likelihood.from_workspace(model()))
        ).asimov_strength
        is None
    )
