"""Plots of scans: contours of a known Gaussian are ellipses, points without a fit are not drawn."""

import math

import numpy as np
import pytest
from support.example.products import EXAMPLE, scans

from wollemi.loading.load import validate_analysis
from wollemi.pages.captions import caption
from wollemi.plots.scans import HIGHEST, contour_lines, draw_scan, scan_numbers
from wollemi.plots.style import PlotLabels
from wollemi.results.scans import Profile, Scan, Scans, contour_rise

PLOTS = validate_analysis(EXAMPLE, "example").plots
LABELS = PlotLabels("Wollemi", "1 fb⁻¹ (13 TeV)")


def numbers(scan="plane", **changes):
    return scan_numbers(Scans.parse("scans.json", scans(**changes)), scan, "signal", PLOTS)


def gaussian(points, missing=()):
    """A plane with correlation 0.6 and widths 2 and 0.5."""
    x, y = np.linspace(-9, 9, points), np.linspace(-2.2, 2.2, points)
    inverse = np.linalg.inv([[4.0, 0.6], [0.6, 0.25]])
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    rise = np.einsum("...i,ij,...j", grid, inverse, grid).ravel().tolist()
    rise = [None if place in missing else value for place, value in enumerate(rise)]
    profile = Profile(estimates=(0.0, 0.0), one_sigma=None, two_sigma=None, rise=tuple(rise))
    values = (tuple(x.tolist()), tuple(y.tolist()))
    return Scan(parameters=("a", "b"), values=values, observed=profile, expected=profile)


@pytest.mark.parametrize("level", [0.68, 0.95])
def test_the_contour_of_a_gaussian_is_its_ellipse(level):
    scan = gaussian(61)
    (line,) = contour_lines(scan, scan.expected, contour_rise(level))
    inverse = np.linalg.inv([[4.0, 0.6], [0.6, 0.25]])
    rise = np.einsum("pi,ij,pj->p", np.array(line), inverse, np.array(line))
    np.testing.assert_allclose(rise, -2 * math.log(1 - level), rtol=0.02)
    assert line[0] == line[-1]
    reach = np.abs(np.array(line)).max(axis=0)
    np.testing.assert_allclose(
        reach, math.sqrt(contour_rise(level)) * np.array([2, 0.5]), rtol=0.02
    )


def test_a_contour_ends_next_to_points_without_a_fit():
    missing = {place for place in range(61 * 61) if place // 61 < 25}
    scan = gaussian(61, missing)
    for line in contour_lines(scan, scan.expected, contour_rise(0.95)):
        assert min(x for x, _ in line) >= scan.values[0][25] - 1e-9
        assert line[0] != line[-1]
    nothing = gaussian(61, set(range(61 * 61)))
    assert contour_lines(nothing, nothing.expected, 1.0) == []


def test_numbers_of_a_plane():
    found = numbers()
    assert found["parameters"] == ["mu", "lumi"]
    assert found["levels"] == pytest.approx([2.279, 5.991], abs=1e-3)
    assert found["failed"] == 1
    assert list(found["observed"]["contours"]) == ["68 %", "95 %"]
    assert found["observed"]["estimates"] == [0.5, -0.5]


def test_numbers_of_a_curve():
    found = numbers("strength")
    assert found["levels"] == [1.0, 4.0]
    assert found["observed"]["one_sigma"] == {"lower": 0.25, "upper": 0.75}
    assert found["failed"] == 0


@pytest.mark.parametrize("scan", ["strength", "plane"])
def test_nothing_observed_is_drawn_where_it_is_blinded(scan):
    found = numbers(scan, blinded=True)
    assert found["observed"] is None
    figure = draw_scan(found, LABELS)
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert not any("Observed" in text for text in legend)
    assert any("Expected" in text for text in legend)


def test_failed_points_are_said_and_break_the_curve():
    found = numbers("strength")
    found["observed"]["rise"] = [None, *found["observed"]["rise"][1:]]
    axes = draw_scan(found | {"failed": 1}, LABELS).axes[0]
    assert "1 of 22 points have no fit" in [text.get_text() for text in axes.texts]
    assert np.isnan(axes.lines[2].get_ydata()[0])


def test_the_legend_is_above_the_curves():
    figure = draw_scan(numbers("strength"), LABELS)
    (axes,) = figure.axes
    top = axes.transData.transform((0, HIGHEST))[1]
    assert axes.get_legend().get_window_extent().y0 > top


def test_a_scan_that_is_left_out_says_why():
    content = scans()
    del content["scans"]["signal"]["plane"]
    content["left_out"] = {"signal": {"plane": "parameter lumi: the model has none"}}
    found = scan_numbers(Scans.parse("scans.json", content), "plane", "signal", PLOTS)
    assert found["left_out"] == "parameter lumi: the model has none"
    said = "".join(text.get_text() for text in draw_scan(found, LABELS).axes[0].texts)
    assert "no scan\n\nparameter lumi: the model has none" in said


def test_axes_have_the_labels_of_parameters():
    """`mu` is µ without one."""
    labeled = PLOTS.replace(parameters={"lumi": "luminosity [σ]"})
    found = scan_numbers(Scans.parse("scans.json", scans()), "plane", "signal", labeled)
    (ax,) = draw_scan(found, LABELS).axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$\\mu$", "luminosity [σ]")
    assert found["parameters"] == ["mu", "lumi"]
    assert caption(found) == "Contours of $\\mu$, luminosity [σ]: S"
