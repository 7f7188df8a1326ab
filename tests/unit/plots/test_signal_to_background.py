"""Bins by their signal to background ratio, by hand."""

import numpy as np
import pytest
from plot_fit import SECTIONS
from support.example.products import EVENTS, main_fit, region_yields, settings

from wollemi.pages.captions import caption, description
from wollemi.plots.signal_to_background import (
    MOST_STEPS,
    STEP,
    draw_ordered,
    ordered_bins,
    ordered_numbers,
)
from wollemi.plots.style import PlotLabels

PLOTS = settings(SECTIONS).plots
LABELS = PlotLabels("Wollemi", "13 TeV")
SHOWN = {"sr": None, "cr": None}


def numbers(hidden=SHOWN, signal="signal"):
    return ordered_numbers(main_fit(), signal, hidden, PLOTS, []) | {"marks": ["PREVIEW"]}


def test_each_bin_is_where_its_ratio_is():
    signal, background = np.array([1.0, 1.0, 5.0, 0.1]), np.array([10.0, 9.0, 5.0, 1.0])
    index, edges = ordered_bins(signal, background)
    assert edges.tolist() == [-1.0, -0.5, 0.0, 0.5]
    assert index.tolist() == [0, 0, 2, 0]


def test_bins_without_signal_are_first_and_without_background_last():
    signal, background = np.array([0.0, 1.0, 2.0, 0.0]), np.array([5.0, 10.0, 0.0, 0.0])
    index, edges = ordered_bins(signal, background)
    assert (index.tolist(), edges.tolist()) == ([0, 0, 0, 0], [-1.0, -0.5])
    signal, background = np.array([1e-9, 1.0, 3.0]), np.array([1.0, 1.0, 0.0])
    index, edges = ordered_bins(signal, background)
    assert index.tolist() == [0, MOST_STEPS - 1, MOST_STEPS - 1]
    assert np.diff(edges).tolist() == [STEP] * MOST_STEPS
    index, edges = ordered_bins(np.zeros(2), np.ones(2))
    assert (index.tolist(), edges.size) == ([0, 0], 2)


def test_nothing_is_lost():
    found, before, after = numbers(), region_yields(1.0), region_yields(1.1)
    assert sum(found["observed"]) == 2 * sum(EVENTS["data"])
    assert sum(found["expected"]) == pytest.approx(2 * before["sample_sums"].get("signal", 0.0))
    fitted = after["sample_sums"].get("signal", 0.0)
    assert sum(found["fitted"]) == pytest.approx(2 * fitted)
    assert sum(found["background"]) == pytest.approx(2 * (after["sum"] - fitted))


def test_a_hidden_bin_hides_its_sum():
    found = numbers({"sr": np.ones(3, bool), "cr": np.ones(3, bool)})
    assert set(found["observed"]) <= {None, 0.0}
    assert None in found["observed"]
    some = numbers({"sr": np.array([False, False, True]), "cr": None})
    assert len([value for value in some["observed"] if value is None]) == 1


def test_a_signal_without_events_draws():
    assert draw_ordered(numbers(signal="absent"), LABELS).axes


def test_the_drawing_and_its_words():
    found = numbers()
    ax, lower = draw_ordered(found, LABELS).axes
    assert ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        *("Background", "S, fit", "S, before the fit", "Data")
    ]
    assert "log" in lower.get_xlabel()
    assert caption(found) == "All bins of the fit by log10(S/B): S"
    assert "background after the fit: " in description(found)
