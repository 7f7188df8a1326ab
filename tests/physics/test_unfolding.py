"""Unfolding by the likelihood: each bin of the truth is a signal with a strength of its own.

Closure against the inverse of the response matrix, bias and coverage on toys, and the price of a
systematic uncertainty (docs/statistics.md).
"""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from support.products.truth_bins import (
    BACKGROUND,
    BINS,
    STRENGTHS,
    document,
    response,
    write_templates,
)
from support.tiny.analysis import ANALYSIS
from support.tiny.steps import RESULTS, read_th1, run_step

from wollemi.statistics.fit import fit
from wollemi.statistics.workspaces import read_workspaces

NAMES = [f"sigma_{number}" for number in range(1, BINS + 1)]


def model(folder, reconstructed, systematics=False, seed=None):
    """The likelihood that the steps make of the templates."""
    shutil.rmtree(folder / "input")
    (folder / "input").mkdir()
    write_templates(folder / "input/templates.root", reconstructed, seed)
    text = document(reconstructed, systematics)
    (folder / ANALYSIS).write_text(text, encoding="utf-8")
    datasets = yaml.safe_load(text)["datasets"]
    assert [read_th1(name) for name in datasets] == [0] * len(datasets)
    path = f"{RESULTS}/workspaces/signals.json"
    done = run_step(
        "build_workspace",
        histograms=[f"{RESULTS}/histograms/{name}.json" for name in datasets],
        cutflows=[f"{RESULTS}/cutflow/{name}.json" for name in datasets],
        workspaces=[path],
        record=f"{RESULTS}/records/build_workspace.json",
    )
    assert done == 0
    return read_workspaces([Path(path)])[0].likelihood


def strengths(likelihood, result):
    places = [likelihood.index[name] for name in NAMES]
    return result.values[places], result.covariance[np.ix_(places, places)]


@pytest.mark.parametrize("seed", [1, 2])
def test_with_as_many_bins_it_is_the_inverse_of_the_response(tiny, seed):
    """Without uncertainties but those of the data: µ = (n - b) R⁻¹, and the errors follow."""
    likelihood = model(tiny, BINS, seed=seed)
    found, covariance = strengths(likelihood, fit(likelihood))
    inverse = np.linalg.inv(response(BINS))
    events = likelihood.observations
    assert found == pytest.approx((events - BACKGROUND / BINS) @ inverse, rel=1e-6)
    np.testing.assert_allclose(covariance, inverse.T @ np.diag(events) @ inverse, rtol=1e-6)


def test_it_closes_on_its_own_expectation(tiny):
    """With more reconstructed bins than bins of the truth, and data as expected."""
    likelihood = model(tiny, 10)
    found, _ = strengths(likelihood, fit(likelihood))
    assert found == pytest.approx(STRENGTHS, abs=1e-5)


def test_it_has_no_bias_and_covers(tiny):
    """300 toys: mean and width of the pulls of each bin, and of its whole vector by its χ²."""
    likelihood = model(tiny, 10, systematics=True)
    truth = fit(likelihood).values
    random, pulls, distances = np.random.default_rng(5), [], []
    for _ in range(300):
        toy = replace(likelihood, data=likelihood.toy(truth, random))
        found, covariance = strengths(toy, fit(toy))
        difference = found - truth[[likelihood.index[name] for name in NAMES]]
        pulls.append(difference / np.sqrt(np.diag(covariance)))
        distances.append(difference @ np.linalg.solve(covariance, difference))
    assert np.abs(np.mean(pulls, axis=0)).max() < 3 / np.sqrt(300)
    assert np.std(pulls, axis=0) == pytest.approx(np.ones(BINS), abs=3 / np.sqrt(600))
    assert np.mean(distances) == pytest.approx(BINS, abs=3 * np.sqrt(2 * BINS / 300))


def test_neighbors_are_anticorrelated_and_a_background_correlates_all(tiny):
    """What migrates from one bin of the truth to the next is missing there; a background that is
    wrong is wrong everywhere.
    """
    alone, with_systematic = (
        strengths(likelihood, fit(likelihood))[1]
        for likelihood in (model(tiny, 10), model(tiny, 10, systematics=True))
    )
    size = np.sqrt(np.diag(alone))
    correlation = alone / np.outer(size, size)
    assert all(correlation[place, place + 1] < -0.05 for place in range(BINS - 1))
    added = with_systematic - alone
    assert (np.diag(added) > 0).all()
    assert (added > 0).all()
