"""Plots of results at other luminosities: each line is where its numbers are."""

import numpy as np
import pytest
from support.example.products import extrapolation, settings

from wollemi.pages.captions import caption, description
from wollemi.plots.extrapolation import draw_extrapolation, point_numbers, signal_numbers
from wollemi.plots.style import PlotLabels, axes_box
from wollemi.results.extrapolation import Extrapolation

LABELS = PlotLabels("Wollemi", "13 TeV")
PLOTS = settings(("plots",)).plots


def numbers(**changes):
    content = Extrapolation.parse("extrapolation.json", extrapolation() | changes)
    return signal_numbers(content, "signal", PLOTS)


def lines(ax):
    """Lines with as many points as there are luminosities."""
    return [
        line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linestyle() != "None"
    ]


def test_limits_are_above_and_significances_below():
    upper, lower = draw_extrapolation(numbers(), LABELS).axes
    drawn = [[*line.get_ydata()] for line in lines(upper)]
    assert [0.8, 0.3] in drawn
    assert [0.7, 0.2] in drawn
    drawn = [[*line.get_ydata()] for line in lines(lower)]
    assert [2.4, 5.5] in drawn
    assert [2.6, 7.5] in drawn
    band = upper.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx((0.15, 1.6))


def test_medians_below_the_floor_are_open():
    upper, _ = draw_extrapolation(numbers(), LABELS).axes
    open_points = [
        [*line.get_xdata()] for line in upper.lines if line.get_markerfacecolor() == "white"
    ]
    assert open_points[0] == [1.0]
    assert all(points == [] for points in open_points[1:])


def test_nothing_is_behind_the_legend():
    upper, _ = draw_extrapolation(numbers(), LABELS).axes
    box = axes_box(upper, upper.get_legend())
    transform = upper.transData + upper.transAxes.inverted()
    for line in lines(upper):
        ends = transform.transform(np.column_stack([line.get_xdata(), line.get_ydata()]))
        x = np.linspace(0, 1, 50)
        y = np.interp(x, *ends.T)
        assert not ((x > box.x0) & (y > box.y0)).any()


def test_one_luminosity_alone_is_drawn():
    content = extrapolation()
    for found in content["signals"]["signal"]["scenarios"].values():
        del found[1]
    product = Extrapolation.parse("extrapolation.json", content)
    upper, _ = draw_extrapolation(signal_numbers(product, "signal", PLOTS), LABELS).axes
    assert upper.get_xlim() == pytest.approx((0.9, 1.1))


def test_without_two_points_nothing_is_drawn():
    found = point_numbers(Extrapolation.parse("extrapolation.json", extrapolation()), PLOTS)
    (ax,) = draw_extrapolation(found, LABELS).axes
    assert "fewer than two signals" in ax.texts[-1].get_text()


def two_signals():
    """Numbers of two signals with points."""
    content = extrapolation()
    one = content["signals"]["signal"]
    content["signals"] = {"heavy": one | {"point": 3.0}, "light": one | {"point": 1.0}}
    band = [None, None, 2.0, None, None]
    ends = [{"luminosity_ifb": luminosity, "expected": band} for luminosity in (1.0, 10.0)]
    content["exclusion"] = {"constant": ends, "halved": ends}
    return point_numbers(Extrapolation.parse("extrapolation.json", content), PLOTS)


def test_each_luminosity_has_a_line_of_all_signals():
    found = two_signals()
    (ax,) = draw_extrapolation(found, LABELS).axes
    drawn = [[*line.get_ydata()] for line in lines(ax)]
    assert [0.8, 0.8] in drawn
    assert [0.3, 0.3] in drawn
    assert [1.0, 1.0] in drawn  # predicted
    assert caption(found) == "Expected limits at other luminosities"
    assert "10 fb⁻¹: up to 2.00" in description(found)


def test_it_is_told_in_words():
    found = numbers()
    assert caption(found) == "Expected results at other luminosities: S"
    text = description(found)
    assert "limit 0.800 and 2.40σ at 1 fb⁻¹, limit 0.300 and 5.50σ at 10 fb⁻¹" in text
    assert "halved (systematics halved, MC statistics as today)" in text


def test_axes_name_the_parameter_of_interest():
    content = Extrapolation.parse("extrapolation.json", extrapolation() | {"poi": "mu_tth"})
    labeled = PLOTS.replace(parameters={"mu_tth": "$\\mu_{ttH}$"})
    for plots, name in ((PLOTS, "mu tth"), (labeled, "$\\mu_{ttH}$")):
        upper, lower = draw_extrapolation(signal_numbers(content, "signal", plots), LABELS).axes
        assert upper.get_ylabel() == f"95 % CL limit on {name}"
        assert lower.get_ylabel() == f"significance at {name} = 1 [σ]"
        assert f"{name} = 1" in [text.get_text() for text in upper.get_legend().get_texts()]
