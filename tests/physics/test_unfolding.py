"""Unfolding by the likelihood: each bin of the truth is a signal with a strength of its own.

Closure against the inverse of the response matrix, bias and coverage on toys, and the price of a
systematic uncertainty (docs/signal_models.md).
"""

import json
from dataclasses import replace
from pathlib import Path

import check_analysis
import numpy as np
import pytest
from support.products.th1_templates import build, use_templates
from support.products.truth_bins import (
    BACKGROUND,
    BINS,
    STRENGTHS,
    document,
    response,
    write_templates,
)
from support.products.unfolding import NAMES
from support.tiny.analysis import ANALYSIS
from support.tiny.steps import RESULTS

from wollemi_likelihood.fit import fit
from wollemi_likelihood.regularization import with_penalties

WORKSPACE = Path(f"{RESULTS}/workspaces/signals.json")


def model(folder, reconstructed, systematics=False, seed=None, section=""):
    """The likelihood that the steps make of the templates."""
    text = document(reconstructed, systematics) + section
    use_templates(folder, text, lambda path: write_templates(path, reconstructed, seed))
    (workspace,) = build("signals")
    return workspace.likelihood


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


def test_a_regularization_is_in_the_workspace(tiny):
    """A strength of 0 has the bytes of none."""
    section = "  regularization: {{parameters: [{}], strength: {}}}\n"
    made = []
    for added in ("", *(section.format(", ".join(NAMES), tau) for tau in (0, 4))):
        likelihood = model(tiny, 10, section=added)
        made.append(WORKSPACE.read_text(encoding="utf-8"))
    assert made[0] == made[1]
    assert json.loads(made[2]) == with_penalties(json.loads(made[0]), NAMES, 4.0)
    found, covariance = strengths(likelihood, fit(likelihood))
    assert np.abs(np.diff(found, 2)).max() < np.abs(np.diff(STRENGTHS, 2)).max() - 0.02
    assert (np.diag(covariance) > 0).all()


def test_mistakes_of_a_regularization(tiny, capsys):
    section = "  regularization: {parameters: [sigma_1, sigma_11], strength: 1}\nlimits: {}\n"
    (tiny / ANALYSIS).write_text(document(4, systematics=False) + section, encoding="utf-8")
    assert check_analysis.main([ANALYSIS]) == 2
    said = capsys.readouterr().err
    assert "'sigma_11' is not a free normalization; did you mean" in said
    assert "model.regularization.parameters: give at least 3, each of them once" in said
    assert "limits: a penalty is no measurement" in said
