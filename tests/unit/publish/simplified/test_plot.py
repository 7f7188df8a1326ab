"""The plot of the closure shows every number of the product."""

import pytest
from support.example.products import PLOTS, closure

from wollemi.analysis.models.plots import Plots
from wollemi.plots.style import PlotLabels
from wollemi_publish.simplified.plot import closure_numbers, draw_closure

LABELS = PlotLabels("Wollemi", "13 TeV")


def test_rows_stand_in_the_order_of_their_points():
    numbers = closure_numbers(closure(), Plots.model_validate(PLOTS))
    assert numbers["labels"] == ["S", "heavy"]
    assert numbers["full"] == {"observed": [2.0, 2.0], "expected": [1.0, 1.0]}
    assert numbers["simplified"] == {"observed": [2.0, 2.6], "expected": [0.9, 0.9]}
    assert numbers["ratio"] == {"observed": [1.0, 1.3], "expected": [0.9, 0.9]}


@pytest.mark.parametrize("observed", [(1.0, 1.3), (None, None)])
def test_each_ratio_is_inside_the_panel(observed):
    numbers = closure_numbers(closure(observed), Plots.model_validate(PLOTS))
    assert ("observed" in numbers["ratio"]) is (observed[0] is not None)
    figure = draw_closure(numbers, LABELS)
    main, ratio = figure.axes
    drawn = {x for line in ratio.lines for x in line.get_xdata()} - {1.0, 0}
    assert drawn == {value for values in numbers["ratio"].values() for value in values} - {1.0}
    low, high = ratio.get_xlim()
    assert all(low < value < high for value in drawn)
    assert [label.get_text() for label in main.get_yticklabels()] == ["S", "heavy"]
