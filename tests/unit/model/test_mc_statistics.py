"""Thresholds and constraints of the statistics of the simulation, and the likelihood as pyhf has
it.
"""

import numpy as np
import pyhf
import pytest

from wollemi.analysis.models.model import Model
from wollemi.model.mc_statistics import uncertain_bins, with_mc_statistics
from wollemi_likelihood.likelihood import Likelihood

DATA = {"signal": [2.0, 3.0, 0.5], "dy": [80.0, 40.0, 9.0], "top": [18.0, 7.0, 0.5]}
ERRORS = {"signal": [0.1, 0.1, 0.1], "dy": [0.8, 1.5, 3.0], "top": [0.5, 2.0, 0.4]}
RELATIVE = [0.0095, 0.0500, 0.3028]  # of the three samples together


def samples(without=()):
    return [
        {
            "name": name,
            "data": DATA[name],
            "modifiers": [
                *([{"name": "mu", "type": "normfactor", "data": None}] if name == "signal" else []),
                *(
                    [{"name": "staterror_sr", "type": "staterror", "data": ERRORS[name]}]
                    if name not in without
                    else []
                ),
            ],
        }
        for name in DATA
    ]


def statistics(made):
    return {
        sample["name"]: (item["type"], item["name"], item["data"])
        for sample in made
        for item in sample["modifiers"]
        if item["type"] != "normfactor"
    }


def likelihoods(made):
    workspace = {
        "version": "1.0.0",
        "channels": [{"name": "sr", "samples": made}],
        "observations": [{"name": "sr", "data": [95.0, 60.0, 12.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    }
    return Likelihood.from_workspace(workspace), pyhf.Workspace(workspace)


def test_without_the_keys_nothing_changes():
    assert with_mc_statistics(samples(), Model()) == samples()
    gaussian = Model(mc_statistics_constraint="gaussian")
    assert with_mc_statistics(samples(), gaussian) == samples()


@pytest.mark.parametrize(("threshold", "bins"), [(0.0, 3), (0.02, 2), (0.1, 1), (0.5, 0)])
def test_bins_above_a_threshold_keep_their_parameter(threshold, bins):
    """Of all samples that count, as in HistFactory: 5 % are those of all three together."""
    kept = uncertain_bins(samples(), threshold)
    assert kept.sum() == bins == sum(value > threshold for value in RELATIVE)
    found = statistics(with_mc_statistics(samples(), Model(mc_statistics_threshold=threshold)))
    assert bool(found) == bool(bins)
    for name, (_, _, data) in found.items():
        assert data == np.where(kept, ERRORS[name], 0.0).tolist()


def test_samples_without_statistics_do_not_count():
    made = with_mc_statistics(samples(["dy"]), Model(mc_statistics_threshold=0.2))
    assert statistics(made)["top"][2] == [0.0, 2.0, 0.4]
    assert "dy" not in statistics(made)
    assert not statistics(with_mc_statistics(samples(DATA), Model(mc_statistics_threshold=0.2)))


@pytest.mark.parametrize("constraint", ["gaussian", "poisson"])
@pytest.mark.parametrize("threshold", [None, 0.02])
def test_the_likelihood_is_that_of_pyhf(constraint, threshold):
    model = Model(mc_statistics_constraint=constraint, mc_statistics_threshold=threshold)
    made = with_mc_statistics(samples(), model)
    kinds = {item[:2] for item in statistics(made).values()}
    assert kinds == (
        {("staterror", "staterror_sr")}
        if constraint == "gaussian"
        else {("shapesys", f"staterror_sr_{name}") for name in DATA}
    )
    ours, workspace = likelihoods(made)
    theirs = workspace.model()
    fixed = np.array(theirs.config.suggested_fixed())
    each = 3 if constraint == "poisson" else 1
    assert np.sum(~fixed) == 1 + each * (3 if threshold is None else 2)
    rng = np.random.default_rng(2)
    for _ in range(5):
        random = rng.uniform(0.7, 1.3, fixed.size)
        point = np.where(fixed, theirs.config.suggested_init(), random)
        expected = float(theirs.logpdf(point, workspace.data(theirs))[0])
        assert ours.logpdf(point) == pytest.approx(expected, rel=1e-11)
