"""Room for the legend, marks, labels, and files without clock."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.transforms import Bbox

from wollemi.analysis.models.plots import Plots
from wollemi.plots.style import (
    PlotLabels,
    add_labels,
    axes_box,
    log_ticks,
    make_room,
    poi_label,
    save_plot,
    single_panel,
    strength_label,
)
from wollemi.results.marks import data_label

LABELS = PlotLabels("CMS Open Data", "36.1 fb⁻¹ (13 TeV)")


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda item: hasattr(item, "get_text"))]


def test_the_style_of_another_library_does_not_stay():
    single_panel()
    ours = dict(plt.rcParams)
    with plt.style.context("seaborn-v0_8-colorblind"):
        plt.rcParams.update({"font.size": 8, "axes.labelsize": 3})
        single_panel()
        assert {name: plt.rcParams[name] for name in ("font.size", "axes.labelsize")} == {
            name: ours[name] for name in ("font.size", "axes.labelsize")
        }


def test_a_backend_that_is_chosen_stays():
    before = plt.get_backend()
    plt.switch_backend("svg")
    try:
        single_panel()
        assert plt.get_backend() == "svg"
    finally:
        plt.switch_backend(before)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_nothing_drawn_reaches_a_box(scale):
    _, ax = single_panel()
    ax.set_yscale(scale)
    ax.set_xlim(0, 4)
    edges, tops = np.arange(5.0), np.array([1.0, 50.0, 3.0, 40.0])
    ax.set_ylim(0.1, 1)
    box = Bbox.from_extents(0.5, 0.7, 0.99, 0.97)
    make_room(ax, edges, tops, [box], 0.1 if scale == "log" else 0.0)
    heights = ax.transAxes.inverted().transform(
        ax.transData.transform(np.column_stack([edges[1:], tops]))
    )[:, 1]
    # The third and fourth bin lie below the box, the second one only reaches its gap.
    assert heights.max() < 0.95
    assert (heights[1:] <= box.y0 - 0.03 + 1e-9).all()


def test_a_high_bin_beside_the_box_costs_no_room():
    _, ax = single_panel()
    ax.set_xlim(0, 4)
    make_room(
        ax, np.arange(5.0), np.array([94.0, 1, 1, 1]), [Bbox.from_extents(0.6, 0.5, 1, 1)], 0.0
    )
    assert ax.get_ylim() == pytest.approx((0, 100))


def test_marks_and_labels():
    figure, ax = single_panel()
    add_labels(ax, PlotLabels("Wollemi", "36.1 fb⁻¹ (13 TeV)", ("pseudo-data", "PREVIEW")))
    assert {"Wollemi", "Pseudo-data", "36.1 fb$^{-1}$ (13 TeV)", "PREVIEW"} <= set(texts(figure))


def test_real_data_have_no_marks():
    figure, ax = single_panel()
    add_labels(ax, LABELS)
    assert {"CMS", "Open Data"} <= set(texts(figure))
    assert not {"PREVIEW", "Pseudo-data"} & set(texts(figure))


def test_long_labels_do_not_meet():
    _, ax = single_panel(width=7)
    add_labels(
        ax,
        PlotLabels(
            "Wollemi simulation", "2.33 fb⁻¹ (7 TeV) + 11.58 fb⁻¹ (8 TeV)", ("pseudo-data",)
        ),
    )
    left = next(text for text in ax.texts if text.get_text() == "simulation, pseudo-data")
    right = next(text for text in ax.texts if "7 TeV" in text.get_text())
    assert axes_box(ax, left).x1 < axes_box(ax, right).x0


def test_pseudo_data_are_never_called_data():
    assert data_label("Data", ["pseudo-data"]) == "Pseudo-data"
    assert data_label("Pseudodata", ["pseudo-data"]) == "Pseudodata"
    assert data_label("Data 2012", []) == "Data 2012"


def test_plain_numbers_on_a_short_logarithmic_axis():
    _, ax = single_panel()
    ax.set_xscale("log")
    ax.set_xlim(400, 6000)
    log_ticks(ax, "x")
    shown = [
        ax.xaxis.get_major_formatter()(tick, 0)
        for tick in ax.xaxis.get_majorticklocs()
        if 400 <= tick <= 6000
    ]
    assert shown == ["500", "1000", "2000", "5000"]


def test_equal_numbers_give_equal_bytes(tmp_path):
    for place in ("first", "second"):
        figure, ax = single_panel()
        add_labels(ax, LABELS)
        ax.plot([0, 1], [0, 1], label=r"$m_{\ell\ell}$ → ℓ")
        ax.legend()
        (tmp_path / place).mkdir()
        save_plot(
            figure,
            {"x": 1.5},
            {suffix: tmp_path / place / f"plot.{suffix}" for suffix in ("pdf", "png", "json")},
        )
    for suffix in ("pdf", "png", "json"):
        first, second = (
            (tmp_path / place / f"plot.{suffix}").read_bytes() for place in ("first", "second")
        )
        assert first == second
    pdf = (tmp_path / "first/plot.pdf").read_bytes()
    assert b"CreationDate" not in pdf
    assert json.loads((tmp_path / "first/plot.json").read_text()) == {"x": 1.5}


def test_a_signal_strength_has_a_symbol():
    plots = Plots(parameters={"mu_a": "$\\mu_{a}$"})
    assert [poi_label(name, plots) for name in ("mu", "mu_a", "k")] == [
        *("$\\mu$", "$\\mu_{a}$", "k"),
    ]
    assert strength_label("mu", plots, "µ") == "signal strength µ"
    assert strength_label("k", plots, "µ") == "signal strength k"
    assert strength_label("mu_a", plots, "µ") == "$\\mu_{a}$"
