"""The content of a stack plot against its inputs."""

import numpy as np
import pytest
from scipy.stats import chi2
from support.example.products import EXAMPLE, settings

from wollemi.histograms.histogram import edges_axis
from wollemi.plots.stack import (
    Layer,
    Stack,
    grouped,
    make_layer,
    ordered,
    ratio,
    sample_colors,
    stack_numbers,
    visible,
)
from wollemi.plots.style import COLORS, SIGNAL_COLORS, PlotLabels
from wollemi_likelihood.base.errors import WollemiError

EQUAL = edges_axis("mass", (0.0, 2.0, 4.0, 6.0), "m", "GeV")
UNEQUAL = edges_axis("mass", (1.0, 2.0, 4.0, 8.0), "m", "GeV")
OBSERVED = np.array([0.0, 4.0, 9.0])


def stack(axis=EQUAL, layers=((1.0, 2.0, 0.0), (3.0, 2.0, 0.0)), observed=OBSERVED, **more):
    made = tuple(
        Layer(f"s{place}", f"S{place}", "red", np.array(events))
        for place, events in enumerate(layers)
    )
    uncertainty = np.array([0.4, 0.5, 0.0]) if layers else None
    return Stack(
        axis,
        made,
        (),
        uncertainty,
        "Stat. unc.",
        observed,
        "Data",
        "SR",
        "",
        PlotLabels("X", "8 TeV"),
        **more,
    )


def test_numbers_equal_the_inputs():
    numbers = stack_numbers(stack())
    assert [item["events"] for item in numbers["stacked"]] == [[1, 2, 0], [3, 2, 0]]
    assert numbers["total"]["events"] == [4, 4, 0]
    assert numbers["total"]["uncertainty"] == [0.4, 0.5, 0.0]
    assert numbers["data"]["events"] == OBSERVED.tolist()
    assert numbers["axis"]["edges"] == [0, 2, 4, 6]
    tail = 0.15865525393145707
    assert numbers["data"]["high"] == pytest.approx(chi2.ppf(1 - tail, 2 * (OBSERVED + 1)) / 2)
    assert numbers["data"]["low"] == pytest.approx([0, *chi2.ppf(tail, 2 * OBSERVED[1:]) / 2])


def test_equal_bins_show_events():
    numbers = stack_numbers(stack())
    assert not numbers["divided_by_bin_width"]
    assert numbers["y_label"] == "Events / 2 GeV"
    assert numbers["data"]["drawn"] == numbers["data"]["events"]


def test_unequal_bins_are_divided_by_their_width():
    numbers = stack_numbers(stack(UNEQUAL))
    assert numbers["divided_by_bin_width"]
    assert numbers["y_label"] == "Events / GeV"
    assert numbers["data"]["drawn"] == [0, 2, 9 / 4]
    assert numbers["stacked"][1]["drawn"] == [3, 1, 0]
    assert numbers["total"]["drawn_uncertainty"] == [0.4, 0.25, 0]


@pytest.mark.parametrize(
    ("axis", "label"),
    [
        (edges_axis("n", (-0.5, 0.5, 1.5, 2.5), "jets"), "Events"),
        (edges_axis("x", (0.0, 0.2, 0.4, 0.6), "x"), "Events / 0.2"),
        (edges_axis("x", (0.0, 1.0, 2.0, 3.0), "x", "GeV"), "Events / GeV"),
        (edges_axis("x", (0.0, 2 / 3, 4 / 3, 2.0), "x", "GeV"), "Events / 0.667 GeV"),
        (edges_axis("x", (0.0, 1.0, 3.0, 9.0), "x"), "Events / bin width"),
    ],
)
def test_labels_of_the_y_axis(axis, label):
    assert stack(axis).y_label == label


def test_ratio():
    shown = ratio(stack())
    assert shown.values[1] == 1.0
    # No point without an event, nor without a prediction.
    assert np.isnan(shown.values[[0, 2]]).all()
    assert shown.band[:2] == pytest.approx([0.1, 0.125])
    assert stack_numbers(stack())["ratio"]["values"] == [None, 1.0, None]


def test_data_alone_have_no_ratio():
    numbers = stack_numbers(stack(layers=()))
    assert (numbers["ratio"], numbers["total"], numbers["stacked"]) == (None, None, [])


def test_simulation_alone_has_no_points_and_no_ratio():
    numbers = stack_numbers(stack(observed=None))
    assert (numbers["data"], numbers["ratio"]) == (None, None)


def test_data_that_are_all_hidden_have_no_ratio():
    hidden = stack(observed=np.full(3, np.nan))
    assert ratio(hidden) is None
    assert ratio(stack(observed=np.array([np.nan, 2.0, 1.0]))) is not None


def test_order_and_style():
    plots = settings(("plots",)).plots
    assert ordered(["data", "signal", "dy", "other", "top"], plots) == [
        "top",
        "dy",
        "signal",
        "data",
        "other",
    ]
    assert [make_layer(name, OBSERVED, plots, "red").label for name in ("top", "other")] == [
        "$t\\bar{t}$",
        "other",
    ]


def test_colors():
    found = settings(("plots", "samples"))
    colors = sample_colors(found.samples, found.plots)
    assert colors["top"] == "#b9ac70"  # of the analysis file
    assert (colors["dy"], colors["signal"]) == (COLORS[0], SIGNAL_COLORS[0])


def test_an_unknown_color_is_refused():
    document = EXAMPLE | {"plots": {"samples": {"dy": {"color": "blu"}}}}
    found = settings(("samples", "plots"), document)
    with pytest.raises(
        WollemiError, match=r"plots\.samples\.dy\.color: 'blu' is not a color; did you mean 'blue'"
    ):
        sample_colors(found.samples, found.plots)


def test_lines_that_nobody_sees():
    total = np.array([100.0, 1.0])
    assert visible(Layer("s", "S", "red", np.array([0.5, 0.1])), total)
    assert not visible(Layer("s", "S", "red", np.array([0.5, 0.001])), total)
    assert visible(Layer("s", "S", "red", np.array([0.5, 0.001])), None)


def test_samples_of_a_group_are_one_layer():
    """In the place of the lowest; with the color of the first in the analysis file."""
    plots = settings(("plots",)).plots
    layers = [
        Layer(name, name.upper(), color, np.array([size, 2 * size]))
        for name, color, size in (("a", "red", 1.0), ("b", "blue", 2.0), ("c", "green", 4.0))
    ]
    assert grouped(layers, plots) == tuple(layers)
    groups = {"other": {"samples": ["c", "a", "absent"]}}
    other, b = grouped(layers, plots.replace(groups=groups))
    assert (other.sample, other.label, other.color) == ("other", "other", "green")
    assert (other.events.tolist(), b) == ([5.0, 10.0], layers[1])
    styled = {"other": {"samples": ["b", "c"], "label": "Other", "color": "gray"}}
    a, last = grouped(layers, plots.replace(groups=styled))
    assert (a, last.label, last.color) == (layers[0], "Other", "gray")
    assert last.events.tolist() == [6.0, 12.0]
