"""All regions on one plot: pulls by hand, bins or sums, what is hidden."""

import copy
import math

import numpy as np
import pytest
from matplotlib import pyplot as plt
from plot_fit import SECTIONS
from support.example.analysis import AXIS
from support.example.products import EVENTS, EXAMPLE, main_fit, predictions, region_yields, settings

from wollemi.histograms.histogram import edges_axis
from wollemi.plots import region_pulls
from wollemi.plots.region_pulls import (
    FITTED,
    VALIDATION,
    Column,
    column_numbers,
    draw_region_pulls,
    pulls_stack,
    region_columns,
)
from wollemi.plots.style import PlotLabels
from wollemi.results.predictions import Predictions

LABELS = PlotLabels("Wollemi", "13 TeV", ())
BINS = dict.fromkeys(("sr", "cr"), (AXIS, None))


def columns(bins=BINS, document=EXAMPLE, **changes):
    content = predictions()
    content["regions"]["vr"]["mass"] |= changes
    found = Predictions.model_validate(content)
    return region_columns(settings(SECTIONS, document), main_fit(), found, bins)


def test_few_bins_are_shown_each_with_its_pull():
    found, yields = columns(), region_yields(1.1)
    assert [(item.region, item.fitted) for item in found] == [
        (region, region != "vr") for region in ("sr", "cr", "vr") for _ in range(3)
    ]
    for place, item in enumerate(found):
        events, expected = EVENTS["data"][place % 3], yields["total"][place % 3]
        variance = expected + yields["uncertainty"][place % 3] ** 2
        assert item.pull == pytest.approx((events - expected) / math.sqrt(variance))
        assert item.samples["dy"] == yields["samples"]["dy"][place % 3]
    assert [item.label for item in found[:2]] == ["signal region 0–1", "signal region 1–2"]


def test_many_bins_are_summed(monkeypatch):
    monkeypatch.setattr(region_pulls, "MOST_BINS", 2)
    found, yields = columns(), region_yields(1.1)
    assert [item.label for item in found] == ["signal region", "cr", "vr"]
    assert {item.observed for item in found} == {24.0}
    assert {item.uncertainty for item in found} == {yields["sum_uncertainty"]}
    assert {item.pull for item in found} == {
        (24.0 - yields["sum"]) / math.sqrt(yields["sum"] + yields["sum_uncertainty"] ** 2)
    }


@pytest.mark.parametrize("most", [2, 4])
def test_what_is_hidden_has_no_data_and_no_pull(monkeypatch, most):
    monkeypatch.setattr(region_pulls, "MOST_BINS", most)
    hidden = np.array([False, True, False])
    found = columns({**BINS, "cr": (AXIS, hidden)}, observed=[0.0, None, 20.0])
    for region in ("cr", "vr"):
        shown = [item for item in found if item.region == region]
        without = [item.pull is None and item.observed is None for item in shown]
        assert without == ([True] if most == 2 else hidden.tolist())
    stack = pulls_stack(settings(SECTIONS), found, LABELS)
    assert stack.blinded.tolist() == [item.observed is None for item in found]


def test_incomplete_predictions_and_regions_without_a_cut_are_left_out():
    assert {item.region for item in columns(left_out=["top"])} == {"sr", "cr"}
    document = copy.deepcopy(EXAMPLE)
    document["regions"]["vr"] |= {"derived_from": "sr", "without": "m > 1"}
    document["regions"]["sr"]["selection"] = {"m > 1": "m > 1", "m < 5": "m < 5"}
    assert {item.region for item in columns(document=document)} == {"sr", "cr"}


def test_nothing_expected_has_no_pull():
    assert Column("r", "r", True, 3.0, {}, 0.0, 0.0).pull is None
    assert Column("r", "r", True, 3.0, {}, 0.0, 2.0).pull == 1.5


@pytest.mark.parametrize("number", [1, 3, 40])
def test_bars_are_the_pulls_and_names_lie_within_the_figure(number):
    """With one region and with many, with the longest names."""
    label = r"$t\bar{t}$ validation region with at least two jets"
    found = [
        Column(f"r{k}", label, k % 2 == 0, None if k == 2 else 10.0 * k + 1, {"dy": 8.0 * k + 1},
               8.0 * k + 1, 1.0 + k)
        for k in range(number)
    ]  # fmt: skip
    stack = pulls_stack(settings(SECTIONS), found, LABELS)
    assert stack.axis == edges_axis("region", np.arange(number + 1) + 0.5)
    figure = draw_region_pulls(stack, found)
    _, lower = figure.axes
    heights = [bar.get_height() for bar in lower.patches if bar.get_width() == pytest.approx(0.6)]
    expected = [item["pull"] or 0.0 for item in column_numbers(found)["columns"]]
    assert heights == pytest.approx(expected)
    figure.canvas.draw()
    box = figure.bbox
    for text in lower.get_xticklabels():
        assert text.get_window_extent().y0 > box.y0
    plt.close(figure)


def test_regions_that_were_not_fitted_have_another_color():
    found = columns()
    figure = draw_region_pulls(pulls_stack(settings(SECTIONS), found, LABELS), found)
    _, lower = figure.axes
    assert [text.get_text() for text in lower.get_legend().get_texts()] == ["fitted", "not fitted"]
    assert FITTED != VALIDATION
    plt.close(figure)
