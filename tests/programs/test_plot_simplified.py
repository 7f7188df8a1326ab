"""The plot of the closure shows every number of the product."""

import pytest
from plot_simplified import closure_numbers, draw_closure
from support.example.products import PLOTS

from wollemi.analysis.models.plots import Plots
from wollemi.plots.style import PlotLabels

LABELS = PlotLabels("Wollemi", "13 TeV")


def content(observed=(1.0, 1.3)):
    """`closure.json` of two signals, the heavier one first."""
    found = {}
    for name, point, seen in (("heavy", 3.0, observed[1]), ("signal", 2.0, observed[0])):
        full = {"observed": None if seen is None else 2.0, "expected": [0.5, 0.7, 1.0, 1.4, 2.0]}
        simplified = {"observed": None if seen is None else 2.0 * seen, "expected": [0.4, 0.6, 0.9, 1.3, 1.9]}
        found[name] = {"point": point, "full": full, "simplified": simplified, "ratio": {"observed": seen, "expected": 0.9}}
    return {"signals": found, "level": 0.95, "summary": {"tolerance": 0.1, "closes": False}}


def test_rows_stand_in_the_order_of_their_points():
    numbers = closure_numbers(content(), Plots.model_validate(PLOTS))
    assert numbers["labels"] == ["S", "heavy"]
    assert numbers["full"] == {"observed": [2.0, 2.0], "expected": [1.0, 1.0]}
    assert numbers["simplified"] == {"observed": [2.0, 2.6], "expected": [0.9, 0.9]}
    assert numbers["ratio"] == {"observed": [1.0, 1.3], "expected": [0.9, 0.9]}


@pytest.mark.parametrize("observed", [(1.0, 1.3), (None, None)])
def test_each_ratio_is_inside_the_panel(observed):
    numbers = closure_numbers(content(observed), Plots.model_validate(PLOTS))
    assert ("observed" in numbers["ratio"]) is (observed[0] is not None)
    figure = draw_closure(numbers, LABELS)
    main, ratio = figure.axes
    drawn = {x for line in ratio.lines for x in line.get_xdata()} - {1.0, 0}
    assert drawn == {value for values in numbers["ratio"].values() for value in values} - {1.0}
    low, high = ratio.get_xlim()
    assert all(low < value < high for value in drawn)
    assert [label.get_text() for label in main.get_yticklabels()] == ["S", "heavy"]
