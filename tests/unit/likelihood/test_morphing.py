"""Templates between two: where they are known, and what holds for all."""

import math

import numpy as np
import pytest
from support.products.statistical_models import modifier, normsys, sample, staterror
from support.project.seeds import slow_but

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.morphing import (
    between,
    interpolated_sample,
    interpolated_workspace,
    morphed,
    morphed_shape,
    require_neighbors,
)

EDGES = np.linspace(0.0, 10.0, 401)


def peak(position, width, edges=EDGES):
    """A Gaussian in bins, normalized."""
    scaled = (edges - position) / (width * math.sqrt(2))
    return np.diff([math.erf(value) for value in scaled]) / 2


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_a_peak_moves_and_widens_linearly(share):
    """Position and width of the Gaussian between are linear in the share."""
    found = morphed_shape(peak(3.0, 0.3), peak(6.0, 0.6), EDGES, share)
    wanted = peak(3.0 + 3.0 * share, 0.3 + 0.3 * share)
    assert found == pytest.approx(wanted, abs=1e-2 * wanted.max())


def test_bins_of_different_widths():
    edges = np.array([0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10])
    found = morphed_shape(peak(3.0, 1.0, edges), peak(5.0, 1.0, edges), edges, 0.5)
    assert found == pytest.approx(peak(4.0, 1.0, edges), abs=0.03)


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_of_any_templates(seed):
    """The ends are the templates, empty bins included; what is between is not negative, has the
    events, and its quantiles are between theirs.
    """
    random = np.random.default_rng(seed)
    edges = np.cumsum(random.uniform(0.1, 3, 9))
    low, high = (random.poisson(2.0, 8) * random.uniform(0.1, 2, 8) for _ in range(2))
    low[random.integers(8)] += 1
    high[random.integers(8)] += 1
    assert morphed_shape(low, high, edges, 0.0) == pytest.approx(low / low.sum(), abs=1e-12)
    assert morphed_shape(low, high, edges, 1.0) == pytest.approx(high / high.sum(), abs=1e-12)
    share = random.uniform()
    found = np.array(morphed(low, high, edges, share))
    assert found.min() >= -1e-12
    assert found.sum() == pytest.approx(low.sum() ** (1 - share) * high.sum() ** share)
    sums = [np.cumsum(item) / item.sum() for item in (low, high, found)]
    assert np.all(sums[2] <= np.maximum(sums[0], sums[1]) + 1e-12)
    assert np.all(sums[2] >= np.minimum(sums[0], sums[1]) - 1e-12)


def test_empty_templates():
    assert morphed([0, 0], [0, 0], np.arange(3.0), 0.5) == [0, 0]
    assert morphed([2, 2], [0, 0], np.arange(3.0), 0.25) == pytest.approx([1.5, 1.5])
    assert between(0.0, 3.0, 0.5) == 1.5


def templates(name, up, down):
    """A systematic with these templates."""
    return modifier("histosys", name, {"hi_data": up.tolist(), "lo_data": down.tolist()})


def test_systematics_of_a_signal():
    """Factors by their logarithm, templates as templates, statistics as variances; one that a
    signal has not is there without effect, under the name of the first.
    """
    low, high = 40.0 * peak(3.0, 0.5), 10.0 * peak(6.0, 0.5)
    shifted = [[40.0 * peak(place, 0.5), 10.0 * peak(place + 3, 0.5)] for place in (3.2, 2.8)]
    light = sample(
        "light",
        low,
        modifier("normfactor", "mu"),
        normsys("rate", 1.2, 0.8),
        normsys("pruned", 1.1, 0.9),
        templates("scale", shifted[0][0], shifted[1][0]),
        modifier("shapesys", "light_counts", (0.1 * low).tolist()),
        staterror("sr", low, 0.1),
    )
    heavy = sample(
        "heavy",
        high,
        modifier("normfactor", "mu"),
        normsys("rate", 1.4, 0.7),
        templates("scale", shifted[0][1], shifted[1][1]),
        modifier("shapesys", "heavy_counts", (0.1 * high).tolist()),
        staterror("sr", high, 0.1),
    )
    found = interpolated_sample(light, heavy, EDGES, 0.5)
    by_name = {(item["type"], item["name"]): item["data"] for item in found["modifiers"]}
    assert found["name"] == "light"
    assert found["data"] == pytest.approx(20.0 * peak(4.5, 0.5), abs=1e-2)
    assert by_name["normfactor", "mu"] is None
    rate = {"hi": math.sqrt(1.2 * 1.4), "lo": math.sqrt(0.8 * 0.7)}
    assert by_name["normsys", "rate"] == pytest.approx(rate)
    assert by_name["normsys", "pruned"]["hi"] == pytest.approx(math.sqrt(1.1))
    assert by_name["histosys", "scale"]["hi_data"] == pytest.approx(20.0 * peak(4.7, 0.5), abs=1e-2)
    assert by_name["shapesys", "light_counts"] == by_name["staterror", "sr"]
    assert ("shapesys", "heavy_counts") not in by_name


@pytest.mark.parametrize("names", [("s", "t"), ("jes", "signal"), ("m_1", "m_10"), ("e", "jes")])
def test_names_of_signals_within_those_of_systematics(names):
    """What both have is one modifier, whatever the signals are called; what is called by a signal
    is that of each.
    """
    signals = [
        sample(
            name,
            np.array([4.0, 6.0]),
            normsys("jes", 1.2, 0.8),
            normsys("statistics_es", 1.1, 0.9),
            normsys(f"xsec_{name}", 1.05, 0.95),
        )
        for name in names
    ]
    found = interpolated_sample(*signals, np.array([0.0, 1.0, 2.0]), 0.3)
    assert [item["name"] for item in found["modifiers"]] == [
        "jes",
        "statistics_es",
        f"xsec_{names[0]}",
    ]
    sizes = [item["data"]["hi"] for item in found["modifiers"]]
    assert sizes == pytest.approx([1.2, 1.1, 1.05])


def workspace(name, values):
    return {"channels": [{"name": "sr", "samples": [sample(name, np.asarray(values))]}]}


@pytest.mark.parametrize(
    ("low", "high", "problem"),
    [
        (peak(3, 0.3), peak(6, 0.3), "0.0 % of their templates overlap"),
        (peak(3, 0.3), 0.03 * peak(3.3, 0.3), "are too far apart: 1 and 0.03 events"),
        (peak(3, 0.3), peak(3.3, 0.3) - 0.001, "have negative bins"),
        (peak(3, 0.3), 0 * peak(3.3, 0.3), "are too far apart: 1 and 0 events"),
    ],
)
def test_signals_that_are_too_far_apart(low, high, problem):
    require_neighbors(workspace("a", peak(3, 0.3)), workspace("b", peak(3.4, 0.3)), ("a", "b"))
    with pytest.raises(WollemiError, match=problem):
        require_neighbors(workspace("a", low), workspace("b", high), ("a", "b"))


def test_a_region_that_one_signal_does_not_reach():
    """Half of the other one's events in the middle, with its shape and systematics."""
    counts = sample("background", np.array([5.0, 5.0]))
    reached = sample(
        "b", np.array([1.0, 3.0]), modifier("normfactor", "mu"), normsys("jes", 1.2, 0.8)
    )
    low, high = (
        {"channels": [{"name": "cr", "samples": [counts, *signal]}]} for signal in ([], [reached])
    )
    for pair, names in (((low, high), ("a", "b")), ((high, low), ("b", "a"))):
        (channel,) = interpolated_workspace(*pair, names, {}, 0.5)["channels"]
        background, signal = channel["samples"]
        assert background == counts
        assert signal["name"] == names[0]
        assert signal["data"] == pytest.approx([0.5, 1.5])
        assert [item["name"] for item in signal["modifiers"]] == ["mu", "jes"]
    (channel,) = interpolated_workspace(low, low, ("a", "a"), {}, 0.5)["channels"]
    assert channel["samples"] == [counts]
