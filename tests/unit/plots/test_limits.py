"""The plots of limits against the limits."""

import numpy as np
import pytest
from plot_limits import SECTIONS
from support.example.products import EXAMPLE, limit, settings
from support.example.products import limits as plain_limits

from wollemi.analysis.view import read
from wollemi.plots.limit_numbers import curve_numbers, limit_numbers
from wollemi.plots.limits import make_plot
from wollemi.plots.style import axes_box
from wollemi.results.limits import Limits

PLOTS = settings(("plots",)).plots


def limits(*arguments, **found):
    return Limits.parse("limits.json", plain_limits(*arguments, **found))


SEVERAL = limits(
    high=limit(3.0, 5.0, 0.01), low=limit(1.0, 0.1, 1.0), middle=limit(2.0, 0.8, 0.1), exclusion=(2.1, 2.2)  # noqa: E501
)  # fmt: skip


def test_limits_are_ordered_along_the_axis_and_in_pb():
    numbers = limit_numbers(SEVERAL, PLOTS)
    assert numbers["signals"] == ["low", "middle", "high"]
    assert numbers["x"] == [1, 2, 3]
    assert numbers["observed"] == pytest.approx([0.1, 0.08, 0.05])
    assert numbers["theory"] == [1.0, 0.1, 0.01]
    assert np.array(numbers["expected"])[:, 0] == pytest.approx([0.5, 0.7, 1.0, 1.4, 2.0])
    assert (numbers["x_label"], numbers["y_label"]) == ("mass [TeV]", "cross section [pb]")


def test_without_a_cross_section_limits_are_signal_strengths():
    numbers = limit_numbers(limits(a=limit(1.0), b=limit(2.0, 0.5, 0.1)), PLOTS)
    assert numbers["observed"] == [1.5, 0.5]
    assert numbers["theory"] == [1.0, 1.0]
    assert numbers["y_label"] == "signal strength"


def test_without_points_signals_stand_side_by_side():
    numbers = limit_numbers(limits(signal=limit(), other=limit()), PLOTS)
    assert (numbers["x"], numbers["ticks"]) == ([0, 1], ["S", "other"])
    figure, _ = make_plot(limits(signal=limit(), other=limit()), settings(SECTIONS))
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["S", "other"]


def test_nothing_is_drawn_between_parameters_of_interest():
    content = limits(mu_ggf=limit(None, 0.1, None), mu_vbf=limit(None, 0.5, None)).noting(
        scaled={"mu_ggf": ("ggf",), "mu_vbf": ("vbf",)}
    )
    figure, numbers = make_plot(content, settings(SECTIONS))
    assert numbers["scaled"] == {"mu_ggf": ("ggf",), "mu_vbf": ("vbf",)}
    for line in figure.axes[0].get_lines():
        if line.get_linestyle() != "None":
            x, y = (np.asarray(values, np.float64) for values in line.get_data())
            drawn = x[np.isfinite(y)]
            assert drawn.tolist() == [-0.4, 0.4, 0.6, 1.4]
            assert np.isnan(y[np.searchsorted(x, 0.4, "right") - 1])


def test_the_curve_of_one_signal():
    content = limits()
    numbers = curve_numbers("signal", content, PLOTS)
    curve = content.limits["signal"].curve
    assert numbers["observed"] == curve.observed
    assert [row[2] for row in numbers["expected"]] == list(curve.expected[2])
    assert numbers["threshold"] == pytest.approx(0.05)
    assert (numbers["observed_limit"], numbers["expected_limits"][2]) == (1.5, 1.0)


@pytest.mark.parametrize(
    ("cross_section_pb", "label"), [(None, "what is limited"), (0.03, r"signal strength $\mu$")]
)
def test_the_axis_of_the_curve_is_not_a_cross_section(cross_section_pb, label):
    """Its values are signal strengths, whatever the limits are given on besides."""
    plots = read("Plots", {"limit_y": {"label": "what is limited"}})
    content = limits(signal=limit(cross_section_pb=cross_section_pb))
    numbers = curve_numbers("signal", content, plots)
    assert numbers["x_label"] == label
    assert numbers["observed_limit"] == content.limits["signal"].observed


@pytest.mark.parametrize("content", [SEVERAL, limits()])
def test_curves_stay_below_the_legend(content):
    figure, numbers = make_plot(content, settings(SECTIONS))
    ax = figure.axes[0]
    box = axes_box(ax, ax.get_legend())
    tops = np.vstack(
        [numbers["observed"], *numbers["expected"], numbers.get("theory", numbers["observed"])]
    ).max(axis=0)
    places = ax.transAxes.inverted().transform(
        ax.transData.transform(np.column_stack([numbers["x"], tops]))
    )
    assert places[(places[:, 0] > box.x0) & (places[:, 0] < box.x1), 1].max(initial=0.0) < box.y0


def test_marks():
    content = limits("zprime [pseudo-data] [PREVIEW]")
    figure, numbers = make_plot(content, settings(SECTIONS))
    assert numbers["marks"] == ["pseudo-data", "PREVIEW"]
    assert "PREVIEW" in [text.get_text() for text in figure.texts]


def test_the_label_of_the_analysis_is_used():
    document = EXAMPLE | {"limits": {"cross_section_fraction": 1.0}}
    document |= {"plots": EXAMPLE["plots"] | {"limit_y": {"label": "σ [pb]"}}}
    assert limit_numbers(SEVERAL, settings(("plots",), document).plots)["y_label"] == "σ [pb]"


def test_what_is_no_limit_is_marked():
    """Below 3.0 of 10 events the axis is hatched, with an entry in the legend; the observed limit
    there is an open circle.
    """
    low = limit(2.0, 0.2, 0.1) | {"below_floor": ["observed"]}
    content = limits(low=limit(1.0, 0.8, 1.0), middle=low, exclusion=(2.1, 2.2))
    figure, numbers = make_plot(content, settings(SECTIONS))
    floor = -np.log(0.05) / 10
    assert numbers["floor"] == pytest.approx([floor * 1.0, floor * 0.1])
    assert numbers["below_floor"] == [[], ["observed"]]
    ax = figure.axes[0]
    assert "No limit: below 3.0 events" in [text.get_text() for text in ax.get_legend().get_texts()]
    (open_points,) = [line for line in ax.lines if line.get_color() == "white"]
    assert (open_points.get_xdata().tolist(), open_points.get_ydata()) == (
        [2.0],
        pytest.approx([0.02]),
    )
    figure, numbers = make_plot(
        limits(signal=limit() | {"below_floor": ["expected_minus_2sigma"]}), settings(SECTIONS)
    )
    assert numbers["floor"] == pytest.approx([floor])
    assert "No limit: below 3.0 events" in [
        text.get_text() for text in figure.axes[0].get_legend().get_texts()
    ]


def test_limits_above_the_floor_have_no_mark():
    for content in (SEVERAL, limits()):
        figure, numbers = make_plot(content, settings(SECTIONS))
        assert "floor" not in numbers
        assert not any(
            "No limit" in text.get_text() for text in figure.axes[0].get_legend().get_texts()
        )


@pytest.mark.parametrize(
    ("poi", "labels", "several", "one"),
    [
        ("mu", {}, "signal strength", "signal strength $\\mu$"),
        ("mu_tth", {}, "signal strength mu_tth", "signal strength mu_tth"),
        ("mu_tth", {"mu_tth": "$\\mu_{ttH}$"}, "$\\mu_{ttH}$", "$\\mu_{ttH}$"),
    ],
)
def test_the_axis_names_the_parameter_of_interest(poi, labels, several, one):
    plots = PLOTS.replace(parameters=labels)
    found = limits(a=limit(1.0), b=limit(2.0, 0.5, 0.1)).noting(poi=poi)
    assert limit_numbers(found, plots)["y_label"] == several
    assert curve_numbers("a", found, plots)["x_label"] == one


def test_ticks_of_parameters_of_interest_have_their_labels():
    found = limits(mu_a=limit(), mu_b=limit())
    found = found.noting(scaled={"mu_a": ("signal",), "mu_b": ("other",)})
    plots = PLOTS.replace(parameters={"mu_a": "$\\mu_{a}$"})
    assert limit_numbers(found, plots)["ticks"] == ["$\\mu_{a}$", "mu_b"]


def test_the_prediction_has_a_band():
    known = {"theory_uncertainty": {"up": 0.2, "down": 0.1}}
    content = limits(low=limit(1.0, 0.1, 1.0), middle=limit(2.0, 0.8, 0.1) | known)
    figure, numbers = make_plot(content, settings(SECTIONS))
    assert numbers["theory_down"] == pytest.approx([1.0, 0.09])
    assert numbers["theory_up"] == pytest.approx([1.0, 0.12])
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert "prediction ±1σ" in texts
    *_, band = figure.axes[0].collections
    assert {(1.0, 1.0), (2.0, 0.09), (2.0, 0.12)} <= {
        tuple(np.round(point, 12)) for point in band.get_paths()[0].vertices
    }


def test_interpolated_signals_are_marked():
    """A tick in their places, and a point at each generated one."""
    between = {key: value for key, value in limit(1.5, 0.3, 0.3).items() if key != "curve"}
    found = {"step": 0.5, "limits": [between | {"between": ["low", "middle"]}], "closure": {}}
    content = limits(low=limit(1.0, 0.1, 1.0), middle=limit(2.0, 0.8, 0.1))
    content = content.noting(interpolation=found)
    figure, numbers = make_plot(content, settings(SECTIONS))
    assert (numbers["x"], numbers["interpolated"]) == ([1.0, 1.5, 2.0], [False, True, False])
    assert numbers["observed"] == pytest.approx([0.1, 0.09, 0.08])
    ax = figure.axes[0]
    assert "Interpolated signals" in [text.get_text() for text in ax.get_legend().get_texts()]
    (ticks,) = [line for line in ax.lines if line.get_marker() == "|"]
    assert ticks.get_xydata().tolist() == [[1.5, pytest.approx(0.09)]]
    (observed,) = [line for line in ax.lines if line.get_marker() == "o"]
    assert observed.get_markevery() == [0, 2]
