"""The plot of the goodness of fit: every toy is in a bin, the data where they are."""

import numpy as np
import pytest
from support.example.products import goodness

from wollemi.pages.captions import caption, description
from wollemi.plots.style import PlotLabels
from wollemi.plots.toy_goodness import draw_goodness, goodness_numbers
from wollemi.results.toy_goodness import Goodness

LABELS = PlotLabels("Wollemi", "1 fb⁻¹ (13 TeV)")


def numbers(**changes):
    return goodness_numbers(Goodness.parse("goodness.json", goodness(**changes)))


def test_every_toy_is_drawn():
    for item in numbers()["statistics"].values():
        assert sum(item["toys"]) == 20
        assert item["edges"][0] <= item["observed"] < item["edges"][-1]


def test_the_data_are_where_they_are():
    panels = draw_goodness(numbers(), LABELS).axes
    for ax, item in zip(panels, numbers()["statistics"].values(), strict=True):
        ((start, stop),) = ax.collections[0].get_segments()
        assert start[0] == stop[0] == pytest.approx(item["observed"])
    said = [text.get_text() for text in panels[0].texts]
    assert "saturated model: p < 0.05" in said
    assert any("20 toys, 1 without a fit" in text for text in said)


def test_nothing_of_blinded_data_is_drawn():
    found = numbers(tests=None, asymptotic=None, no_observed="BLINDED")
    panels = draw_goodness(found, LABELS).axes
    assert all(not ax.collections for ax in panels)
    assert any("BLINDED" in text.get_text() for text in panels[0].texts)
    assert "saturated model: BLINDED" in description(found)


def test_equal_toys_make_a_histogram():
    toys = {name: [0.0] * 5 for name in goodness()["toys"]}
    for item in numbers(toys=toys, tests=None, no_observed="x")["statistics"].values():
        assert sum(item["toys"]) == 5
        assert np.all(np.diff(item["edges"]) > 0)


def test_it_is_told_in_words():
    assert caption(numbers()) == "Goodness of the fit: signal"
    assert "Kolmogorov–Smirnov: p = 0.05 ± 0.05" in description(numbers())
