"""Pulls and correlations against the parameters of a fit."""

import itertools

import numpy as np
import pytest
from support.example.products import fitted, main_fit

from wollemi.analysis.models.plots import Plots
from wollemi.plots.parameters import (
    MOST_GAMMAS,
    correlation_numbers,
    draw_correlations,
    draw_pulls,
    name_width,
    pull_numbers,
    wrapped,
)
from wollemi.plots.style import PlotLabels

LABELS = PlotLabels("Wollemi", "13 TeV")
MAIN = main_fit()
PLAIN = Plots()
LABELED = Plots(
    parameters={"lumi": "luminosity", "norm_dy": "$\\mu_{Z}$"}, regions={"sr": "signal region"}
)


def test_pulls():
    numbers = pull_numbers(MAIN.parameters, PLAIN)
    assert numbers["pulls"] == [{"name": "lumi", "pull": -0.5, "error": 0.9}]
    (gamma,) = numbers["gammas"]
    assert gamma["pull"] == pytest.approx(0.2)
    assert gamma["error"] == pytest.approx(0.5)


def test_free_parameters_have_minos_errors_where_there_are_any():
    mu, norm = pull_numbers(MAIN.parameters, PLAIN)["free"]
    assert (mu["value"], mu["up"], mu["down"]) == (0.5, 0.3, 0.2)
    assert (norm["up"], norm["down"], norm["asymmetric"]) == (0.1, 0.1, False)


def test_fixed_parameters_are_not_shown():
    numbers = pull_numbers(
        [fitted("mu", 0.0, 0.0, "none", fixed=True), fitted("lumi", 0.0, 1.0)], PLAIN
    )
    assert numbers["free"] == []


def panel_labels(figure):
    return [ax.get_xlabel() for ax in figure.axes]


def test_each_kind_has_a_panel():
    assert len(panel_labels(draw_pulls(pull_numbers(MAIN.parameters, PLAIN), LABELS))) == 3


def test_many_factors_of_bins_are_left_out():
    gammas = [
        fitted(f"staterror[{n}]", 1.0, 0.1, "normal", 1.0, 0.1) for n in range(MOST_GAMMAS + 1)
    ]
    numbers = pull_numbers([*MAIN.parameters[:3], *gammas], PLAIN)
    assert len(numbers["gammas"]) == MOST_GAMMAS + 1
    assert len(panel_labels(draw_pulls(numbers, LABELS))) == 2


def test_only_correlated_parameters_are_shown():
    numbers = correlation_numbers(MAIN.parameters, np.array(MAIN.covariance), PLAIN)
    assert numbers["names"] == ["mu", "norm_dy"]
    assert np.array(numbers["correlations"]) == pytest.approx(np.array([[1, -0.5], [-0.5, 1]]))


@pytest.mark.parametrize(("correlation", "shown"), [(0.4, False), (-0.6, True)])
def test_a_factor_of_a_bin_is_shown_if_it_matters(correlation, shown):
    covariance = np.array(MAIN.covariance)
    covariance[0, 3] = covariance[3, 0] = correlation * 0.25 * 0.05
    assert (
        "staterror_sr[0]" in correlation_numbers(MAIN.parameters, covariance, PLAIN)["names"]
    ) == shown


def test_without_correlations_the_parameters_stand_alone():
    numbers = correlation_numbers(MAIN.parameters, np.diag([1.0, 1.0, 1.0, 1.0]), PLAIN)
    assert numbers["names"] == ["mu", "norm_dy", "lumi"]


def test_the_matrix_shows_its_numbers():
    numbers = {"names": ["a", "b"], "correlations": [[1.0, -0.523], [-0.523, 1.0]]}
    shown = {text.get_text() for text in draw_correlations(numbers, LABELS).axes[0].texts}
    assert {"100", "−52"} <= shown


def test_a_fit_without_free_parameters_is_drawn_too():
    fixed = [fitted("mu", 0.0, 0.0, "none", fixed=True)]
    numbers = correlation_numbers(fixed, np.zeros((1, 1)), PLAIN)
    assert numbers == {"names": [], "correlations": []}
    for figure in (
        draw_correlations(numbers, LABELS),
        draw_pulls(pull_numbers(fixed, PLAIN), LABELS),
    ):
        assert "no free parameter to show" in [text.get_text() for text in figure.axes[0].texts]


def test_labels_stand_at_the_rows_and_axes():
    numbers = pull_numbers(MAIN.parameters, LABELED)
    assert [(item["name"], item["label"]) for item in numbers["pulls"]] == [("lumi", "luminosity")]
    assert [item["name"] for item in numbers["free"]] == ["mu", "norm_dy"]
    pulls, free, gammas = draw_pulls(numbers, LABELS).axes
    assert [text.get_text() for text in pulls.get_yticklabels()] == ["luminosity"]
    assert [text.get_text() for text in free.get_yticklabels()] == ["$\\mu$", "$\\mu_{Z}$"]
    assert [text.get_text() for text in gammas.texts] == ["γ signal region"]
    matrix = correlation_numbers(MAIN.parameters, np.array(MAIN.covariance), LABELED)
    assert matrix["names"] == ["mu", "norm_dy"]
    (ax,) = draw_correlations(matrix, LABELS).axes
    for axis in (ax.get_xticklabels(), ax.get_yticklabels()):
        assert [text.get_text() for text in axis] == ["$\\mu$", "$\\mu_{Z}$"]


def test_margins_are_as_wide_as_what_is_read():
    """Not as the source of the TeX."""
    drawn = name_width([{"name": "n", "label": "$\\overline{\\mathrm{t}}$"}])
    assert drawn < name_width([{"name": "twenty_letters_long_"}])


def test_labels_of_regions_side_by_side_do_not_overlap():
    labels = {"a": "ee and µµ, 180–300 GeV", "b": "ee, m > 300 GeV", "c": "µµ, m > 300 GeV"}
    gammas = [
        {"name": f"staterror_{name}[{index}]", "label": f"γ {label}, bin {index}", "pull": 0.0}
        | {"error": 1.0}
        for (name, label), number in zip(labels.items(), (6, 9, 9), strict=True)
        for index in range(number)
    ]
    figure = draw_pulls({"pulls": [], "free": [], "gammas": gammas}, LABELS)
    figure.canvas.draw()
    texts = [text for ax in figure.axes for text in ax.texts if text.get_text().startswith("γ")]
    assert [text.get_text().replace("\n", " ") for text in texts] == [
        f"γ {label}" for label in labels.values()
    ]
    boxes = [text.get_window_extent() for text in texts]
    assert all(one.x1 < other.x0 for one, other in itertools.pairwise(boxes))


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("γ signal region", ["γ signal", "region"]),
        ("γ $p_T > 5$ GeV", ["γ $p_T > 5$", "GeV"]),
        ("incomprehensibilities of", ["incomprehensibilities", "of"]),
        ("γ sr", ["γ sr"]),
    ],
)
def test_lines_break_at_spaces_outside_tex(label, lines):
    assert wrapped(label, 10).split("\n") == lines


@pytest.mark.parametrize("number", [2, 13, 40])
def test_the_color_bar_of_correlations_is_inside_the_figure(number):
    names = [f"parameter_{place}" for place in range(number)]
    figure = draw_correlations({"names": names, "correlations": np.eye(number)}, LABELS)
    bar = figure.axes[0].child_axes[0].get_tightbbox(figure.canvas.get_renderer())
    assert bar.x1 < figure.bbox.x1
