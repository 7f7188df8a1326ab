"""Contours of the excluded part of a grid: where they are known exactly, and where there are
none.
"""

import numpy as np
import pytest
from matplotlib.text import Annotation
from matplotlib.tri import TriContourSet
from scipy.interpolate import LinearNDInterpolator

from wollemi.base.rounding import significant
from wollemi.plots.contour import EXPECTED, OBSERVED, draw_contour
from wollemi.plots.contour_lines import contour_numbers
from wollemi.plots.style import PlotLabels
from wollemi_likelihood.base.errors import WollemiError

LABELS = ("mass [TeV]", "width [%]")


def described(x, y, limit):
    """Of a signal, as far as a contour needs it; expected limits are the observed one times 1/4 …
    4.
    """
    expected = [limit * factor for factor in (0.25, 0.5, 1.0, 2.0, 4.0)]
    return {
        "limit": {
            "point": dict(zip(LABELS, (x, y), strict=True)),
            "observed": limit,
            "expected": expected,
        }
    }


def grid(limit):
    places = [(x, y) for x in (2.0, 3.0, 4.0, 5.0, 6.0) for y in (1.0, 5.0, 10.0, 20.0)]
    return {f"s{i}": described(x, y, limit(x, y)) for i, (x, y) in enumerate(places)}


def test_a_plane_has_a_straight_contour():
    """The logarithm is linear: interpolation is exact, whichever the triangles."""
    numbers = contour_numbers(grid(lambda x, y: 10 ** (0.7 * (x - 4.1) + 0.05 * (y - 6))))
    shifts = {
        "observed": 1.0,
        "expected": 1.0,
        "expected_minus_1sigma": 0.5,
        "expected_plus_1sigma": 2.0,
    }
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
        {
            f"s{i}": described(x, y, limit)
            for i, (x, y, limit) in enumerate(zip(*places.T, limits, strict=True))
        }
    )
    surface = LinearNDInterpolator(places, np.log10(limits), rescale=True)
    lines = numbers["contours"]["observed"]
    assert lines[0][0] == lines[0][-1]  # the excluded region is an island
    assert np.concatenate([surface(np.array(line)) for line in lines]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("limit", "verdict"), [(0.01, "every point is excluded"), (30.0, "no point is excluded")]
)
def test_no_contour_crosses_the_grid(limit, verdict):
    numbers = contour_numbers(grid(lambda x, y: limit * 1.1**x))
    assert set(numbers["verdict"]) == {
        "observed",
        "expected",
        "expected_minus_1sigma",
        "expected_plus_1sigma",
    }
    assert all(
        text == f"no contour crosses the grid: {verdict}" for text in numbers["verdict"].values()
    )
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


@pytest.mark.parametrize("blinded", [False, True])
def test_what_is_drawn(blinded):
    """Each contour in its style, the excluded part and nothing else filled, and the limit beside
    each point.
    """
    found = grid(lambda x, y: 10 ** (0.7 * (x - 4.1) + 0.05 * (y - 6)))
    for item in found.values() if blinded else ():
        item["limit"] |= {
            "observed": None,
            "expected": [2 * limit for limit in item["limit"]["expected"]],
        }
    numbers = contour_numbers(found)
    (ax,) = draw_contour(numbers, 0.9, PlotLabels("Test", "1 fb⁻¹ (13 TeV)")).axes
    lines = {
        (line.get_color(), line.get_linestyle()): line.get_xydata()
        for line in ax.lines
        if line.get_linestyle() in ("-", "--")
    }
    drawn = {"observed": (OBSERVED, "-"), "expected": (EXPECTED, "--")}
    assert lines.keys() == {style for name, style in drawn.items() if name in numbers["contours"]}
    for name, style in drawn.items():
        if name in numbers["contours"]:
            assert lines[style].tolist() == numbers["contours"][name][0]
    limits = [point["expected"][2] if blinded else point["observed"] for point in numbers["points"]]
    assert [text.get_text() for text in ax.texts if isinstance(text, Annotation)] == [
        significant(limit) for limit in limits
    ]
    (filled,) = (item for item in ax.collections if isinstance(item, TriContourSet))
    places = np.array([[point["x"], point["y"]] for point in numbers["points"]])
    middles = [places[triangle].mean(axis=0) for triangle in numbers["triangles"]]
    inside = [
        bool(np.log10([limits[place] for place in triangle]).mean() < 0)
        for triangle in numbers["triangles"]
    ]
    assert 0 < sum(inside) < len(inside)
    assert [filled.get_paths()[0].contains_point(middle) for middle in middles] == inside
    assert "90 % CL" in ax.get_legend().get_title().get_text()


def test_a_limit_that_is_none_is_an_open_point():
    found = grid(lambda x, y: 10 ** (0.7 * (x - 4.1) + 0.05 * (y - 6)))
    name, item = next(iter(found.items()))
    item["limit"] |= {"below_floor": ["observed"]}
    numbers = contour_numbers(found)
    (ax,) = draw_contour(numbers, 0.95, PlotLabels("Test", "1 fb⁻¹ (13 TeV)")).axes
    (open_points,) = [line for line in ax.lines if line.get_color() == "white"]
    (place,) = [(point["x"], point["y"]) for point in numbers["points"] if point["signal"] == name]
    assert open_points.get_xydata().tolist() == [list(place)]
    assert "No limit: below 3.0 events" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_signals_without_an_uncertainty_of_theory_are_not_shifted():
    found = grid(lambda x, y: 10 ** (0.7 * (x - 4.1) + 0.05 * (y - 6)))
    found["s0"]["limit"]["theory_uncertainty"] = {"up": 0.0, "down": 0.0}
    contours = contour_numbers(found)["contours"]
    assert contours["observed_theory_up"] == contours["observed"]
    assert contours["observed_theory_down"] == contours["observed"]


def test_the_observed_contour_with_larger_and_smaller_predictions():
    """The same plane: the contours are where the limit is the prediction in units of the nominal
    one.
    """
    found = grid(lambda x, y: 10 ** (0.7 * (x - 4.1) + 0.05 * (y - 6)))
    for item in found.values():
        item["limit"]["theory_uncertainty"] = {"up": 0.3, "down": 0.2}
    numbers = contour_numbers(found)
    for name, factor in (("observed_theory_up", 1.3), ("observed_theory_down", 0.8)):
        (line,) = numbers["contours"][name]
        x, y = np.transpose(line)
        assert 0.7 * (x - 4.1) + 0.05 * (y - 6) == pytest.approx(np.log10(factor), abs=1e-12)
    assert numbers["points"][0]["theory_uncertainty"] == {"up": 0.3, "down": 0.2}
    (ax,) = draw_contour(numbers, 0.95, PlotLabels("Test", "1 fb⁻¹ (13 TeV)")).axes
    assert "Observed ±1σ of theory" in [text.get_text() for text in ax.get_legend().get_texts()]
    dotted = [
        line for line in ax.lines if (line.get_color(), line.get_linestyle()) == (OBSERVED, ":")
    ]
    assert len(dotted) == 2
