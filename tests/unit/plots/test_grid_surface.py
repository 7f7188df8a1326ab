"""Limits between the points of a grid: where they are known exactly, and as scipy has them."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from scipy.interpolate import Rbf

from wollemi.pages.captions import caption, description
from wollemi.plots.contour import draw_contour
from wollemi.plots.contour_lines import contour_numbers, triangulate
from wollemi.plots.grid_surface import METHODS, leave_one_out, surface
from wollemi.plots.style import PlotLabels

PLACES = [(x, y) for x in (200.0, 300.0, 400.0, 500.0, 600.0) for y in (1.0, 5.0, 10.0, 20.0)]
LABELS = ("mass [GeV]", "width [%]")


def grid(limit):
    """Signals with a limit at each point; expected ones are the same times 1/4 … 4."""
    return {
        f"s{number}": {
            "limit": {
                "point": dict(zip(LABELS, place, strict=True)),
                "observed": limit(*place),
                "expected": [limit(*place) * factor for factor in (0.25, 0.5, 1.0, 2.0, 4.0)],
            }
        }
        for number, place in enumerate(PLACES)
    }


def plane(x, y):
    return 0.007 * (x - 410) + 0.05 * (y - 6)


def bowl(x, y):
    """Excluded within an ellipse."""
    return ((x - 400) / 150) ** 2 + ((y - 10) / 7) ** 2 - 1


def triangles():
    points = {str(i): dict(zip(LABELS, place, strict=True)) for i, place in enumerate(PLACES)}
    return triangulate(points, "here")[1]


@pytest.mark.parametrize("method", METHODS)
def test_a_plane_is_exact(method):
    numbers = contour_numbers(grid(lambda x, y: 10 ** plane(x, y)), method=method)
    (line,) = numbers["contours"]["observed"]
    x, y = np.transpose(line)
    assert plane(x, y) == pytest.approx(0, abs=1e-9)
    assert sorted((y[0], y[-1])) == pytest.approx([1.0, 20.0])
    assert numbers["interpolation"] == method
    for name in METHODS:
        closure = numbers["leave_one_out"][name]
        assert closure["points"] > 5
        assert closure["largest_factor"] == pytest.approx(1, abs=1e-6)


def test_multiquadrics_follow_a_curved_surface_better():
    numbers = contour_numbers(grid(lambda x, y: 10 ** bowl(x, y)), method="multiquadric")
    linear = contour_numbers(grid(lambda x, y: 10 ** bowl(x, y)), method="linear")
    shifts = [
        np.abs(bowl(*np.transpose(line))).max()
        for (line,) in (numbers["contours"]["observed"], linear["contours"]["observed"])
    ]
    assert shifts[0] < 0.6 * shifts[1]
    closure = numbers["leave_one_out"]
    assert closure == linear["leave_one_out"]
    assert closure["multiquadric"]["typical_factor"] < closure["linear"]["typical_factor"]


def test_they_are_those_of_scipy_s_rbf():
    """What HistFitter calls, without a plane: equal at the points, close between them."""
    heights = np.array([bowl(*place) for place in PLACES])
    fine, found = surface(triangles(), heights, "multiquadric")
    (x, y), scale = np.transpose(PLACES), np.ptp(PLACES, axis=0)
    other = Rbf((x - x[0]) / scale[0], (y - y[0]) / scale[1], heights, function="multiquadric")
    expected = other((fine.x - x[0]) / scale[0], (fine.y - y[0]) / scale[1])
    assert found[: len(PLACES)] == pytest.approx(heights)
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.1 * np.std(expected)


def test_points_outside_of_all_others_are_not_predicted():
    heights = np.array([bowl(*place) for place in PLACES])
    found = leave_one_out(triangles(), heights, "linear")
    corners = {PLACES.index(place) for place in ((200, 1), (200, 20), (600, 1), (600, 20))}
    assert not corners & found.keys()
    three = triangulate(
        {name: grid(plane)[name]["limit"]["point"] for name in ("s0", "s1", "s4")}, ""
    )
    assert leave_one_out(three[1], np.zeros(3), "multiquadric") == {}


def test_the_plot_says_how_it_is_interpolated():
    numbers = contour_numbers(grid(lambda x, y: 10 ** bowl(x, y)), method="multiquadric")
    assert caption(numbers).endswith("grid of signals, interpolated by multiquadrics")
    assert "Leave one out, multiquadric: expected limits of" in description(numbers)
    plain = contour_numbers(grid(lambda x, y: 10 ** bowl(x, y)))
    assert not {"interpolation", "leave_one_out"} & plain.keys()
    assert caption(plain) == "Excluded part of the grid of signals"


def test_the_excluded_part_ends_at_the_contour():
    numbers = contour_numbers(grid(lambda x, y: 10 ** bowl(x, y)), method="multiquadric")
    (ax,) = draw_contour(numbers, 0.95, PlotLabels("Test", "1 fb⁻¹ (13 TeV)")).axes
    (light,) = [item for item in ax.collections if not isinstance(item, PolyCollection)]
    edges = np.vstack([path.vertices for path in light.get_paths()])
    line = np.array(numbers["contours"]["observed"][0])
    assert edges.max(axis=0) == pytest.approx(line.max(axis=0))
    assert edges.min(axis=0) == pytest.approx(line.min(axis=0))
