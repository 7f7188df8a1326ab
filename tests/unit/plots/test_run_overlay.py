"""Plots of two runs on one axis: what moved, by how much, and that it is drawn."""

import copy

import numpy as np
import pytest
from matplotlib import pyplot as plt

from wollemi.plots.run_overlay import draw_overlay, overlay, shown_run

STACK = {
    "axis": {"edges": [0.0, 10.0, 20.0, 40.0], "label": "m [GeV]", "unit": "GeV", "name": "m"},
    "y_label": "Events / GeV",
    "divided_by_bin_width": True,
    "title": "SR",
    "stage": "Pre-fit",
    "experiment": "Wollemi",
    "beam": "1 fb⁻¹ (13 TeV)",
    "marks": [],
    "stacked": [{"sample": "dy", "label": "DY", "events": [90.0, 40.0, 4.0]}],
    "lines": [{"sample": "sig", "label": "signal", "events": [0.0, 1.0, 2.0]}],
    "total": {"events": [90.0, 40.0, 4.0], "uncertainty": [9.0, 4.0, 1.0]},
    "data": {"label": "Data", "events": [85.0, 44.0, None]},
}


def edited(*path, value):
    numbers = copy.deepcopy(STACK)
    place = numbers
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return numbers


def sizes(numbers):
    return {curve.name: curve.size for curve in overlay(STACK, numbers).curves}


def test_a_plot_that_did_not_move_is_none():
    assert overlay(STACK, copy.deepcopy(STACK)) is None
    rounding = edited("total", "events", value=[90.0, 40.0 * (1 + 1e-12), 4.0])
    assert overlay(STACK, rounding) is None
    assert overlay(STACK, {"pulls": []}) is None
    assert overlay({}, STACK) is None


@pytest.mark.parametrize(
    ("numbers", "name", "size"),
    [
        (edited("total", "events", value=[99.0, 38.0, 4.0]), "prediction", 1.0),
        (edited("data", "events", value=[85.0, 46.0, None]), "data", 0.5),
        (edited("lines", 0, "events", value=[0.0, 1.0, 5.0]), "sig", 3.0),
        (edited("data", "events", value=[85.0, 44.0, 3.0]), "data", np.inf),
        (edited("lines", value=[]), "sig", np.inf),
        (edited("axis", "edges", value=[0.0, 10.0, 20.0, 50.0]), "prediction", np.inf),
    ],
)
def test_the_size_is_in_errors_of_the_first_prediction(numbers, name, size):
    """9 of ±9, 2 of ±4, 3 of ±1; a bin that was blinded is as different as can be."""
    assert sizes(numbers)[name] == size
    assert overlay(STACK, numbers).size == size


def test_only_signals_that_moved_are_drawn():
    assert "sig" not in sizes(edited("total", "events", value=[99.0, 38.0, 4.0]))


@pytest.mark.parametrize(
    "numbers",
    [
        edited("total", "events", value=[99.0, 38.0, 0.001]),
        edited("axis", "edges", value=[0.0, 10.0, 25.0, 40.0]),
        edited("data", "events", value=[None, None, None]),
        {**STACK, "total": None, "stacked": []},
        edited("total", "events", value=[0.0, 0.0, 0.0]),
    ],
)
def test_all_of_it_is_drawn(numbers):
    found = overlay(numbers, STACK)
    figure = draw_overlay(found, ("A $1", "B"))
    panels = figure.axes
    figure.canvas.draw()
    assert len(panels) == (2 if found.same_bins else 1)
    labels = [text.get_text() for text in panels[0].get_legend().get_texts()]
    shown = [c for c in found.curves if not (np.isnan(c.then).all() and np.isnan(c.now).all())]
    assert all(any(label.startswith(curve.label) for label in labels) for curve in shown)
    assert panels[0].get_ylim()[1] >= max(
        np.nanmax(h, initial=0) for c in shown for h in found.heights(c)
    )
    plt.close(figure)


def test_the_ratio_is_that_of_the_second_to_the_first():
    found = overlay(STACK, edited("total", "events", value=[99.0, 38.0, 4.0]))
    figure = draw_overlay(found, ("A", "B"))
    (values,) = (
        patch.get_data().values
        for patch in figure.axes[1].patches
        if hasattr(patch, "get_data") and patch.get_linestyle() == "--"
    )
    assert values == pytest.approx([1.1, 0.95, 1.0])
    plt.close(figure)


def test_a_long_name_is_cut_and_shows_no_formula():
    assert shown_run("results/" + "x" * 30) == "…" + "x" * 23
    assert shown_run("a$b") == r"a\$b"
