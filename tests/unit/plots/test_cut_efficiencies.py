"""Efficiencies of cuts: intervals, the ratio, hidden data, maps."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import binom

from wollemi.histograms.efficiencies import wilson_interval
from wollemi.pages.captions import caption, description
from wollemi.plots.cut_efficiencies import _ratio, cut_efficiency, draw_cut_efficiency

COUNTS = np.array([[0.0, 3.0, 10.0, 0.0], [0.0, 3.0, 10.0, 0.0]])
EVERY = np.array([[4.0, 12.0, 10.0, 0.0], [4.0, 12.0, 10.0, 0.0]])


def test_counts_have_the_interval_of_their_number():
    values, low, high = cut_efficiency(COUNTS, EVERY)
    assert values[:3].tolist() == [0.0, 0.25, 1.0]
    assert np.isnan(values[3])
    for place, number in enumerate((4.0, 12.0, 10.0)):
        expected = wilson_interval(values[place : place + 1], np.array([number]))
        assert [low[place], high[place]] == pytest.approx([expected[0][0], expected[1][0]])
    assert low[0] == 0.0
    assert high[0] > 0.1  # none of four says little
    assert high[2] == 1.0


def test_the_interval_covers_as_often_as_one_standard_deviation():
    """On average over the efficiency, over all outcomes of 40 events; a common weight cancels."""
    passed = np.arange(41.0)
    sums = [np.stack([counts * 0.3, counts * 0.09]) for counts in (passed, np.full(41, 40.0))]
    _, low, high = cut_efficiency(*sums)
    covered = [
        binom.pmf(passed, 40, truth)[(low <= truth) & (truth <= high)].sum()
        for truth in np.linspace(0.05, 0.95, 181)
    ]
    assert np.mean(covered) == pytest.approx(0.683, abs=0.015)


def test_negative_weights_do_not_end_in_nothing():
    """More passes than there is: the value stays as it is, with ±1σ."""
    values, low, high = cut_efficiency(np.array([[5.0], [9.0]]), np.array([[4.0], [13.0]]))
    assert values[0] == 1.25
    # the variance of what fails is 13 - 9
    error = np.sqrt(0.25**2 * 9 + 1.25**2 * 4) / 4
    assert [low[0], high[0]] == pytest.approx([1.25 - error, 1.25 + error])


def test_the_ratio_has_relative_errors_in_quadrature():
    data = {"values": [0.5, None, 0.0], "low": [0.4, None, 0.0], "high": [0.55, None, 0.2]}
    simulation = {"values": [0.8, 0.5, 0.5], "low": [0.72, 0.4, 0.4], "high": [0.84, 0.6, 0.6]}
    found = _ratio(data, simulation)
    assert found["values"] == [0.625, None, None]
    assert found["high"][0] == pytest.approx(0.625 * (1 + np.hypot(0.1, 0.1)))
    assert found["low"][0] == pytest.approx(0.625 * (1 - np.hypot(0.2, 0.05)))


def numbers(**more):
    curve = {"values": [0.5, None, 0.9], "low": [0.4, None, 0.8], "high": [0.6, None, 0.95]}
    names = (("simulation", "Simulation"), ("zp", "Signal"), ("data", "Data"))
    return {
        "efficiencies": [{"name": name, "label": label, **curve} for name, label in names],
        "ratio": {"values": [1.0, None, 1.0], "low": [0.9, None, 0.9], "high": [1.1, None, 1.1]},
        "edges": [1.0, 2.0, 4.0, 8.0],
        "x_label": "m [GeV]",
        "cut": "two muons",
        "title": "SR",
        "log_x": True,
        "experiment": "X",
        "beam": "8 TeV",
        "marks": [],
        **more,
    }


def test_what_is_drawn_and_said():
    content = numbers()
    figure = draw_cut_efficiency(content, {"zp": "red"})
    assert isinstance(figure, Figure)
    top, lower = figure.axes
    labels = top.get_legend_handles_labels()[1]
    assert labels == ["Simulation", "Signal", "Data"]
    assert lower.get_xlabel() == "m [GeV]"
    assert caption(content) == "SR: efficiency of two muons, m [GeV]"
    assert "Data: 0.500 to 0.900" in description(content)
    nothing = numbers(efficiencies=[], ratio={})
    assert "no sample has events" in draw_cut_efficiency(nothing, {}).axes[0].texts[-1].get_text()


def test_a_map_has_a_number_in_each_bin_that_has_events():
    axes = [
        {"name": "m", "label": "m", "unit": "GeV", "edges": [0, 1, 2, 3]},
        {"name": "n", "label": "n", "unit": "", "edges": [0.5, 1.5], "categories": ["one"]},
    ]
    figure = draw_cut_efficiency(numbers(axes=axes, edges=[0.5, 1.5, 2.5, 3.5]), {})
    for panel in figure.axes[:3]:
        texts = [text.get_text() for text in panel.texts if "±" in text.get_text()]
        assert texts == ["0.50\n±0.10", "0.90\n±0.10"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["one"]
