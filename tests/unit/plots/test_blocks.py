"""Stacks of numbered bins: where the lines between blocks are, what the blocks are called, and that
nothing drawn reaches their labels.
"""

import numpy as np
import pytest

from wollemi.histograms.histogram import edges_axis
from wollemi.histograms.unrolling import numbered_axis
from wollemi.plots.blocks import block_labels, block_numbers
from wollemi.plots.stack import Layer, Stack, stack_numbers
from wollemi.plots.stack_drawing import draw_stack
from wollemi.plots.style import PlotLabels, axes_box

MASS = edges_axis("mass", np.linspace(60, 120, 13), "m", "GeV")
JETS = edges_axis("jets", (0.0, 1.0, 2.0, 6.0), "Jets")
PT = edges_axis("pt", (0.0, 50.0, 1000.0), "$p_T$", "GeV")
BOTH = numbered_axis("both", (MASS, JETS))


def stack(axis=BOTH, **more):
    events = np.random.default_rng(1).uniform(0, 50, axis.size)
    return Stack(
        axis,
        (Layer("dy", "DY", "red", events),),
        (),
        np.sqrt(events),
        "Stat. unc.",
        np.floor(events),
        "Data",
        "SR",
        "",
        PlotLabels("X", "8 TeV"),
        **more,
    )


def test_labels():
    assert block_labels(BOTH) == ["0 ≤ Jets < 1", "1 ≤ Jets < 2", "2 ≤ Jets < 6"]
    assert block_labels(numbered_axis("all", (MASS, JETS, PT)))[3:5] == [
        "0 ≤ Jets < 1\n50 ≤ $p_T$ < 1000 GeV",
        "1 ≤ Jets < 2\n50 ≤ $p_T$ < 1000 GeV",
    ]
    assert block_labels(MASS) == []


def test_numbers():
    axes = stack_numbers(stack())["axis"]["axes"]
    assert [(one["name"], one["label"], one["unit"]) for one in axes] == [
        ("mass", "m", "GeV"),
        ("jets", "Jets", ""),
    ]
    assert axes[1]["edges"] == [0, 1, 2, 6]
    assert block_numbers(MASS) == {}


@pytest.mark.parametrize("log_y", [False, True])
def test_drawn(log_y):
    """Lines at the ends of blocks in both panels, labels in their block, above all bins."""
    main, ratio = draw_stack(stack(log_y=log_y)).axes
    for ax in (main, ratio):
        lines = [
            [segment[0, 0] for segment in found.get_segments()]
            for found in ax.collections
            if hasattr(found, "get_segments") and len(found.get_segments()) == 2
        ]
        assert [12.5, 24.5] in lines
    labels = [text for text in main.texts if "Jets" in text.get_text()]
    assert len(labels) == 3
    for index, text in enumerate(labels):
        box = axes_box(main, text)
        assert index / 3 <= box.x0 < box.x1 <= (index + 1) / 3
        assert box.y1 < axes_box(main, main.get_legend()).y0
        top = stack().total[12 * index : 12 * index + 12].max()
        place = main.transAxes.inverted().transform(main.transData.transform((1, top)))[1]
        assert place < box.y0


def test_labels_that_do_not_fit_stand_upright():
    many = numbered_axis("many", (MASS, edges_axis("n", range(31), "Number of jets")))
    main, _ = draw_stack(stack(many)).axes
    assert {text.get_rotation() for text in main.texts if "jets" in text.get_text()} == {90.0}
