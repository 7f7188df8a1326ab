"""The acceptance of a signal, and its error."""

import numpy as np
import pytest

from wollemi.results.acceptance import acceptance


def cutflow(weights, passed, normalization=1.0):
    """Of events with these weights, of which some pass."""

    def line(selected):
        return {
            "sum_of_weights": weights[selected].sum(),
            "sum_of_weights_squared": (weights[selected] ** 2).sum(),
        }

    every = np.ones(len(weights), dtype=bool)
    return {
        "skim": [line(every)],
        "regions": {"search": [line(passed)]},
        "sum_of_weights": weights.sum(),
        "normalization": normalization,
    }


def test_the_error_is_binomial_where_weights_are_equal():
    share, error = acceptance([cutflow(np.full(400, 2.5), np.arange(400) < 100)], "search")
    assert share == pytest.approx(0.25)
    assert error == pytest.approx((0.25 * 0.75 / 400) ** 0.5)


def test_nothing_is_uncertain_where_every_event_passes():
    everything = cutflow(np.linspace(0.5, 2, 50), np.ones(50, dtype=bool))
    assert acceptance([everything], "search") == pytest.approx((1.0, 0.0), abs=1e-7)


def test_the_error_is_the_spread_of_repeated_productions():
    """Of weights that differ, with another chance to pass, in two datasets."""
    random = np.random.default_rng(5)

    def produce():
        heavy, light = random.exponential(3, 300), random.exponential(1, 500)
        return [
            cutflow(heavy, random.random(300) < 0.7, 2.0),
            cutflow(light, random.random(500) < 0.2),
        ]

    found = np.array([acceptance(produce(), "search") for _ in range(1500)])
    # The weights themselves differ between productions, which only moves the mixture of the
    # datasets: a few percent.
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.15)


def test_of_histograms_the_error_is_theirs():
    line = {"sum_of_weights": 30.0, "sum_of_weights_squared": 16.0}
    flow = {
        "skim": [],
        "regions": {"search": [line]},
        "sum_of_weights": 100.0,
        "normalization": 1.0,
    }
    assert acceptance([flow], "search") == pytest.approx((0.3, 0.04))
    assert acceptance([flow], "elsewhere") is None


def test_parts_of_the_same_events_are_produced_once():
    """A dataset in two parts by their selections is the whole one; another one with histograms of
    the same file is another process.
    """
    random = np.random.default_rng(6)
    weights, first = random.exponential(1, 500), random.random(500) < 0.4
    passed = random.random(500) < 0.3
    files = [{"path": "signal.root", "start": 0}]
    other = cutflow(random.exponential(2, 300), random.random(300) < 0.6, 1.7)
    other["files"] = [{"path": "other.root", "start": 0}]
    whole = cutflow(weights, passed, 0.7) | {"files": files}
    parts = [cutflow(weights, passed & part, 0.7) | {"files": files} for part in (first, ~first)]
    expected = acceptance([whole, other], "search")
    assert acceptance([*parts, other], "search") == pytest.approx(expected, rel=1e-12)
    assert acceptance(parts, "search")[0] == pytest.approx(weights[passed].sum() / weights.sum())
    of_histograms = [{"path": "signal.root", "histograms": True}]  # as `read_histograms` has them
    histograms = [item | {"skim": [], "files": of_histograms} for item in parts]
    assert acceptance(histograms, "search")[0] == pytest.approx(
        weights[passed].sum() / (2 * weights.sum())
    )
