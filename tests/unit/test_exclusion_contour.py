"""Contours of the excluded part of a grid: where they are known exactly, and where there are none."""

import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator

from wollemi.contour_plot import draw_contour
from wollemi.drawing import PlotLabels
from wollemi.errors import WollemiError
from wollemi.exclusion_contour import contour_numbers

LABELS = ("mass [TeV]", "width [%]")


def described(x, y, limit):
    """Of a signal, as far as a contour needs it; expected limits are the observed one times 1/4 … 4."""
    expected = [limit * factor for factor in (0.25, 0.5, 1.0, 2.0, 4.0)]
    return {"limit": {"point": dict(zip(LABELS, (x, y), strict=True)), "observed": limit, "expected": expected}}


def grid(limit):
    places = [(x, y) for x in (2.0, 3.0, 4.0, 5.0, 6.0) for y in (1.0, 5.0, 10.0, 20.0)]
    return {f"s{i}": described(x, y, limit(x, y)) for i, (x, y) in enumerate(places)}


def test_a_plane_has_a_straight_contour():
    """The logarithm is linear: interpolation is exact, whichever the triangles."""
    numbers = contour_numbers(grid(lambda x, y: 10 ** (0.7 * (x - 4.1) + 0.05 * (y - 6))))
    shifts = {"observed": 1.0, "expected": 1.0, "expected_minus_1sigma": 0.5, "expected_plus_1sigma": 2.0}
    for name, factor in shifts.items():
        (line,) = numbers["contours"][name]
        x, y = np.transpose(line)
        assert 0.7 * (x - 4.1) + 0.05 * (y - 6) + np.log10(factor) == pytest.approx(0, abs=1e-12)
        assert sorted((y[0], y[-1])) == [1.0, 20.0]
    assert numbers["verdict"] == {}


def test_an_irregular_grid_as_scipy_interpolates_it():
    rng = np.random.default_rng(5)
    places = np.column_stack([rng.uniform(2, 6, 40), rng.uniform(1, 20, 40)])
    limits = 10 ** (np.hypot(places[:, 0] - 4, (places[:, 1] - 10) / 5) - 1)
    numbers = contour_numbers(
        {f"s{i}": described(x, y, limit) for i, (x, y, limit) in enumerate(zip(*places.T, limits, strict=True))}
    )
    surface = LinearNDInterpolator(places, np.log10(limits), rescale=True)
    lines = numbers["contours"]["observed"]
    assert lines[0][0] == lines[0][-1]  # the excluded region is an island
    assert np.concatenate([surface(np.array(line)) for line in lines]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("limit", "verdict"), [(0.01, "every point is excluded"), (30.0, "no point is excluded")])
def test_no_contour_crosses_the_grid(limit, verdict):
    numbers = contour_numbers(grid(lambda x, y: limit * 1.1**x))
    assert set(numbers["verdict"]) == {"observed", "expected", "expected_minus_1sigma", "expected_plus_1sigma"}
    assert all(text == f"no contour crosses the grid: {verdict}" for text in numbers["verdict"].values())
    draw_contour(numbers, 0.95, PlotLabels("Test", "1 fb⁻¹ (13 TeV)"))


def test_blinded_data_have_no_observed_contour():
    found = grid(lambda x, y: 10 ** (x - 4))
    for item in found.values():
        item["limit"]["observed"] = None
    numbers = contour_numbers(found)
    assert set(numbers["contours"]) == {"expected", "expected_minus_1sigma", "expected_plus_1sigma"}
    figure = draw_contour(numbers, 0.95, PlotLabels("Test", "1 fb⁻¹ (13 TeV)", ("BLINDED",)))
    assert "Observed" not in {text.get_text() for text in figure.axes[0].get_legend().get_texts()}


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ([(2, 1), (3, 2)], "its 2 points lie on a line"),
        ([(2, 1), (3, 2), (4, 3), (5, 4)], "its 4 points lie on a line"),
        ([(2, 1), (3, 1), (4, 1)], "its 3 points lie on a line"),
        ([(2, 1), (3, 1), (3, 2), (2, 1)], "s3 and s0 have the same point"),
    ],
)
def test_points_without_a_contour(places, message):
    with pytest.raises(WollemiError, match=message):
        contour_numbers({f"s{i}": described(x, y, 1.0) for i, (x, y) in enumerate(places)})
