"""The drawn stack: panels, legend, and nothing behind it."""

import numpy as np
import pytest
from mplhep import EnhancedPlottableHistogram

from wollemi.histograms.histogram import edges_axis
from wollemi.plots.cut_edges import CutEdge
from wollemi.plots.stack import Layer, Stack
from wollemi.plots.stack_drawing import draw_stack
from wollemi.plots.style import PlotLabels, axes_box

EDGES = (80.0, 90.0, 100.0, 130.0, 200.0)


def stack(simulation=True, log=False, **more):
    layers = tuple(
        Layer(f"s{n}", f"Sample {n}", "blue", np.array([9.0, 700.0, 300.0, 5.0]) / n)
        for n in (1, 2, 3)
    )
    lines = (Layer("x", "Signal", "red", np.array([0.0, 0.0, 0.5, 60.0])),)
    return Stack(
        edges_axis("mass", EDGES, "$m$", "GeV"),
        layers if simulation else (),
        lines if simulation else (),
        np.array([1.0, 20.0, 15.0, 2.0]) if simulation else None,
        "Stat. unc.",
        np.array([17.0, 1200.0, 0.0, 80.0]),
        "Data",
        "a region with a long name",
        "Pre-fit" if simulation else "",
        PlotLabels("Wollemi", "8 TeV"),
        log_y=log,
        log_x=log,
        **more,
    )


def legend_names(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_panels():
    assert len(draw_stack(stack()).axes) == 2
    assert len(draw_stack(stack(simulation=False)).axes) == 1


def test_no_errors_are_computed_that_nobody_sees(monkeypatch):
    """mplhep would load scipy.stats for them, which takes as long as a plot."""

    def refuse(*arguments, **options):
        raise AssertionError("errors of a line or a layer")

    monkeypatch.setattr(EnhancedPlottableHistogram, "errors", refuse)
    assert len(draw_stack(stack()).axes) == 2


def test_the_legend_names_all_that_is_drawn_from_top_to_bottom():
    names = ["Data", "Sample 3", "Sample 2", "Sample 1", "Signal", "Stat. unc."]
    assert legend_names(draw_stack(stack()).axes[0]) == names
    assert legend_names(draw_stack(stack(simulation=False)).axes[0]) == ["Data"]


@pytest.mark.parametrize("log", [False, True])
def test_data_stay_below_legend_and_title(log):
    figure = draw_stack(stack(log=log))
    ax = figure.axes[0]
    boxes = [
        axes_box(ax, ax.get_legend()),
        axes_box(ax, next(text for text in ax.texts if "region" in text.get_text())),
    ]
    # upper ends of intervals and bands, rounded up
    tops = np.array([18.0, 1303.0, 565.0, 91.0]) / np.diff(EDGES)
    places = ax.transAxes.inverted().transform(
        ax.transData.transform(np.column_stack([EDGES[1:], tops]))
    )
    starts = ax.transAxes.inverted().transform(
        ax.transData.transform(np.column_stack([EDGES[:-1], tops]))
    )[:, 0]
    for box in boxes:
        below = (places[:, 0] > box.x0) & (starts < box.x1)
        assert (places[below, 1] < box.y0).all()
    assert not boxes[0].overlaps(boxes[1])


def test_an_empty_bin_has_no_point():
    ax = draw_stack(stack()).axes[0]
    points = next(line for line in ax.lines if line.get_marker() == "o")
    assert np.isnan(points.get_ydata()[2])
    assert points.get_ydata()[[0, 1, 3]] == pytest.approx([1.7, 120, 80 / 70])


def test_a_point_above_the_ratio_panel_is_an_arrow():
    lower = draw_stack(stack()).axes[1]
    low, high = lower.get_ylim()
    arrows = next(line for line in lower.lines if line.get_marker() == "^")
    assert (low, high) == (0, 4)
    # 80 events over 5 (1 + 1/2 + 1/3).
    assert arrows.get_xdata() == pytest.approx([165.0])


def test_annotations_stand_above_the_data_and_only_inside_the_axis():
    ax = draw_stack(stack(annotations={"Z": 91.0, "Υ": 9.5})).axes[0]
    notes = {text.get_text(): text for text in ax.texts}
    assert "Υ" not in notes
    box = axes_box(ax, notes["Z"])
    peak = ax.transAxes.inverted().transform(ax.transData.transform((91.0, 1303 / 10)))[1]
    assert peak - 0.01 < box.y0 < box.y1 < 1


@pytest.mark.parametrize("log", [False, True])
def test_a_cut_that_was_left_out_is_a_line_with_an_arrow_to_what_it_keeps(log):
    edges = (CutEdge(95.0, "above"), CutEdge(140.0, "below"), CutEdge(300.0, "below"))
    ax = draw_stack(stack(log=log, note="N−1: without mass", cuts=edges)).axes[0]
    assert (
        "N−1: without mass"
        in ax.texts[
            [text.get_text().startswith("a region") for text in ax.texts].index(True)
        ].get_text()
    )
    dashed = [item for item in ax.collections if item.get_linestyle()[0][1] is not None]
    # the third lies outside
    assert [item.get_segments()[0][0][0] for item in dashed] == [95.0, 140.0]
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert [(text.xy[0], np.sign(text.xyann[0])) for text in arrows] == [(95.0, 1), (140.0, -1)]
