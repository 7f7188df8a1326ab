"""Shapes of the example: unit area, its uncertainties, which samples, and how they are drawn."""

import numpy as np
import pytest
from plot_regions import SECTIONS
from support.example.products import EVENTS, EXAMPLE, histograms, settings

from wollemi.histograms.histogram import bin_edges, from_sums
from wollemi.pages.captions import caption, description
from wollemi.plots.shapes import LINES, draw_shapes, shape_numbers

DOCUMENT = EXAMPLE | {"plots": EXAMPLE["plots"] | {"shapes": {"regions": ["sr"]}}}
COLORS = {"top": "red", "dy": "blue", "signal": "black"}


def numbers(document=DOCUMENT, found=None):
    return shape_numbers(settings(SECTIONS, document), found or histograms(), "sr", "mass")


def test_each_simulated_sample_has_unit_area():
    made = numbers()
    assert [item["sample"] for item in made["unit_area"]] == ["top", "dy", "signal"]
    assert made["y_label"] == "Fraction of events / bin width"
    widths = np.diff(made["edges"])
    for item in made["unit_area"]:
        assert np.sum(np.multiply(item["values"], widths)) == pytest.approx(1.0)
    signal = made["unit_area"][-1]
    assert signal["events"] == sum(EVENTS["signal"])
    assert np.multiply(signal["values"], widths) == pytest.approx(np.divide(EVENTS["signal"], 6))


def test_relative_uncertainties_are_those_of_the_events():
    """Variances of the example are a quarter of its events."""
    made = numbers()["unit_area"][-1]
    relative = np.divide(made["errors"], made["values"])
    assert relative == pytest.approx(0.5 / np.sqrt(EVENTS["signal"]))


def test_samples_by_choice():
    shapes = {"regions": ["sr"], "samples": ["signal", "dy"]}
    document = EXAMPLE | {"plots": EXAMPLE["plots"] | {"shapes": shapes}}
    assert [item["sample"] for item in numbers(document)["unit_area"]] == ["dy", "signal"]


def test_a_sample_without_events_is_left_out():
    found = {name: dict(items) for name, items in histograms().items()}
    for name, item in found["signal"].items():
        nothing = np.zeros(len(bin_edges(item.axes[0])) + 1)
        found["signal"][name] = from_sums(item.axes[0], nothing, nothing)
    made = numbers(found=found)
    assert [item["sample"] for item in made["unit_area"]] == ["top", "dy"]


def test_lines_differ_by_more_than_color_and_stay_below_the_legend():
    made = numbers()
    (ax,) = draw_shapes(made, COLORS).axes
    assert [patch.get_linestyle() for patch in ax.patches] == [*LINES[:3]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        item["label"] for item in made["unit_area"]
    ]
    assert any("Simulation" in text.get_text() for text in ax.texts)


def test_nothing_to_show_is_said():
    made = numbers() | {"unit_area": []}
    (ax,) = draw_shapes(made, COLORS).axes
    assert any("no simulated sample" in text.get_text() for text in ax.texts)


def test_texts():
    made = numbers()
    assert caption(made).startswith("signal region: shapes, ")
    assert "S: highest from " in description(made)
