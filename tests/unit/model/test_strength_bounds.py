"""Bounds of the signal strength against expectations of random models, and the limits that do not
depend on them.
"""

import copy

import numpy as np
import pytest
from support.products.statistical_models import modifier, sample, search, workspace
from support.project.seeds import slow_but

from wollemi.model.published_likelihood import common_background
from wollemi.model.strength_bounds import default_bounds, poi_bounds, with_bounds
from wollemi_likelihood.fit import fit, minos
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import significance, upper_limit
from wollemi_likelihood.pyhf_workspace import signal_patch


def random_model(seed, name="signal"):
    """Up to three regions of up to six bins, some without signal."""
    random = np.random.default_rng(seed)
    channels, observations = [], []
    for number in range(int(random.integers(1, 4))):
        bins = int(random.integers(1, 7))
        background = 10 ** random.uniform(-1, 3, bins)
        signal = 10 ** random.uniform(-2, 2, bins) * (random.uniform(size=bins) < 0.7)
        samples = [
            sample(name, signal, modifier("normfactor", "mu")),
            sample("one", 0.3 * background),
            sample("two", 0.7 * background),
        ]
        channels.append({"name": f"region_{number}", "samples": samples})
        observations.append(
            {"name": f"region_{number}", "data": random.poisson(background).astype(float).tolist()}
        )
    return workspace(
        channels, observations, [{"name": "mu", "bounds": [[0.0, 10.0]], "inits": [1.0]}]
    )


def expectations(content, strength, name="signal"):
    """Nominal events of all bins at a strength, over those of the backgrounds."""
    parts = []
    for channel in content["channels"]:
        data = {item["name"]: np.array(item["data"]) for item in channel["samples"]}
        background = data["one"] + data["two"]
        parts.append((background + strength * data[name]) / background)
    return np.concatenate(parts)


@pytest.mark.parametrize("seed", slow_but(range(4), range(40)))
def test_every_bin_keeps_half_of_its_background(seed):
    content = random_model(seed)
    low, high = default_bounds(content, ["signal"])
    assert high == 10.0
    assert low <= 0
    assert expectations(content, low).min() >= 0.5 - 1e-12
    assert low == -10.0 or expectations(content, 1.11 * low).min() < 0.5


def test_a_bin_of_signal_alone_begins_at_zero():
    samples = [
        sample("signal", np.array([1.0, 2.0]), modifier("normfactor", "mu")),
        sample("background", np.array([0.0, 5.0])),
    ]
    content = workspace([{"name": "SR", "samples": samples}], [{"name": "SR", "data": [0.0, 5.0]}])
    assert default_bounds(content, ["signal"]) == (0.0, 10.0)


def deficit():
    """Data of a signal of strength -0.3."""
    content = search(1, 6, 200.0)
    signal, background = (np.array(item["data"]) for item in content["channels"][0]["samples"])
    content["observations"][0]["data"] = np.floor(background - 0.3 * signal).tolist()
    content["measurements"][0]["config"]["parameters"] = [
        {"name": "mu", "bounds": [[0.0, 10.0]], "inits": [1.0]}
    ]
    return content


def test_a_deficit_has_an_estimate_with_an_error_and_the_same_limits():
    content = deficit()
    bounded = with_bounds(content, {"mu": default_bounds(content, ["signal"])})
    old, new = (Likelihood.from_workspace(item) for item in (content, bounded))
    result = fit(new)
    place = result.names.index("mu")
    assert fit(old).values[place] == 0
    assert result.values[place] < -0.1
    assert result.status.at_bounds == ()
    assert result.errors[place] > 0
    assert minos(new, result, ["mu"])["mu"].upper > 0
    before, after = upper_limit(old, points=2), upper_limit(new, points=2)
    assert [after.observed, *after.expected] == pytest.approx(
        [before.observed, *before.expected], rel=1e-5
    )
    assert significance(new).observed == 0
    assert significance(new).expected == pytest.approx(significance(old).expected, rel=1e-5)


def test_the_published_likelihood_begins_at_zero():
    """With bounds below 0 pyhf's qtilde is another statistic."""
    bounded = with_bounds(copy.deepcopy(deficit()), {"mu": (-0.7, 10.0)})
    other = with_bounds(copy.deepcopy(deficit()), {"mu": (-0.2, 10.0)})
    assert poi_bounds(common_background({"signal": bounded})) == {"mu": (0.0, 10.0)}
    assert common_background({"signal": bounded}) == common_background({"signal": other})
    assert poi_bounds(bounded) == {"mu": (-0.7, 10.0)}
    assert signal_patch(bounded, {"signal"})
