"""Curves of others in the units of our plots."""

import json
from dataclasses import replace

import numpy as np
import pytest
from plot_limits import SECTIONS
from support.example.products import EXAMPLE, limit, settings
from support.example.products import limits as plain_limits

from wollemi.analysis.settings import Settings
from wollemi.analysis.view import read
from wollemi.loading.load import check_shape
from wollemi.pages.captions import caption, description
from wollemi.plots.limits import make_plot
from wollemi.plots.overlays import PlotAxes, contour_axes, limit_axes, overlay_numbers
from wollemi.plots.style import axes_box
from wollemi.results.limits import Limits
from wollemi_likelihood.base.errors import WollemiError

OURS = plain_limits(
    low=limit(1.0, 0.1, 1.0), middle=limit(2.0, 0.8, 0.1), high=limit(3.0, 5.0, 0.01)
)
AXES = PlotAxes("limits", ("TeV", "pb"), ("x_key", "y_key"), (1.0, 3.0), None, 0.95)
CONTOUR = PlotAxes("contour", ("GeV", "GeV"), ("first", "second"), (100, 400), (0, 200), 0.95)
TABLE = "M [GeV],Observed [fb],Expected [fb]\n2500,40,50\n1000,200,300\n4000,10,20\n"


def numbers_of(tmp_path, content, axes=AXES, name="t.csv", **keys):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    overlay = read("Overlay", {"label": "Others", "path": str(path), **keys})
    (found,) = overlay_numbers({"others": overlay}, [path], axes)["overlays"]
    return found


def lines_of(*arguments, **keys):
    return [np.array(line) for line in numbers_of(*arguments, **keys)["lines"]]


def test_a_table_in_other_units_is_ordered_and_converted(tmp_path):
    (line,) = lines_of(tmp_path, TABLE, y="Expected")
    assert line == pytest.approx(np.array([[1, 0.3], [2.5, 0.05], [4, 0.02]]))


def test_points_of_a_contour_keep_their_order(tmp_path):
    text = "m1 [TeV],m2 [GeV]\n0.1,0\n0.3,50\n0.2,100\n0.1,60\n"
    (line,) = lines_of(tmp_path, text, CONTOUR)
    assert line == pytest.approx(np.array([[100, 0], [300, 50], [200, 100], [100, 60]]))


@pytest.mark.parametrize("curve", ["observed", "expected"])
def test_limits_and_plot_of_a_run_agree(tmp_path, curve):
    """The same numbers, whether from its limits or from its plot."""
    content = Limits.parse("limits.json", OURS)
    _, drawn = make_plot(content, settings(SECTIONS))
    (of_plot,) = lines_of(tmp_path, drawn, curve=curve)
    (of_limits,) = lines_of(tmp_path, OURS, curve=curve, x_unit="TeV")
    assert of_plot.tolist() == of_limits.tolist()
    values = drawn["observed"] if curve == "observed" else drawn["expected"][2]
    assert of_plot.T.tolist() == [drawn["x"], list(values)]


def test_marks_of_a_run_are_told(tmp_path):
    found = numbers_of(tmp_path, OURS | {"measurement": "m [pseudo-data]"}, x_unit="TeV")
    assert found["label"] == "Others [pseudo-data]"


def test_the_contour_of_a_run(tmp_path):
    line = [[0.1, 0.05], [0.3, 0.1]]
    run = {"triangles": [], "contours": {"observed": [line, line]}, "verdict": {}, "marks": []}
    run |= {"axes": ["a [TeV]", "b [TeV]"], "level": 0.95}
    first, second = lines_of(tmp_path, run, CONTOUR)
    assert first == pytest.approx(np.array([[100, 50], [300, 100]]))
    assert second.tolist() == first.tolist()
    with pytest.raises(WollemiError, match="is blinded"):
        numbers_of(tmp_path, run, CONTOUR, curve="expected")
    with pytest.raises(WollemiError, match="of the plot contour, and not of the plot limits"):
        numbers_of(tmp_path, run, AXES)


REFUSED = {
    "no unit": ("M,Limit [fb]\n1000,2\n2000,1\n", {}, "does not say the unit of x"),
    "other kind": ("M [GeV],Limit [GeV]\n1000,2\n2000,1\n", {}, "y in GeV, and the axis .* in pb"),
    "two units": ("M [GeV],Limit [fb]\n1000,2\n2000,1\n", {"x_unit": "TeV"}, "x in GeV, and over"),
    "off the plot": ("M [GeV],Limit [fb]\n1,2\n2,1\n", {}, "x from 0.001 to 0.002.*outside"),
    "not positive": ("M [GeV],Limit [fb]\n1000,2\n2000,0\n", {}, "not above 0"),
    "not unique": (TABLE, {}, "has 3 columns: 'M', 'Observed', 'Expected'"),
    "curve of a table": (TABLE, {"curve": "observed"}, "curve is for runs"),
    "columns of a run": (OURS, {"y": "observed"}, "of a run, which has no columns"),
    "no unit in limits": (OURS, {}, "does not say the unit of x"),
    "another level": (OURS | {"level": 0.9}, {"x_unit": "TeV"}, "at 90 % CL, this .* at 95 %"),
    "other JSON": ({"a": 1}, {}, "has no curve"),
    "other file": ("M [GeV],L [fb]\n1000,2\n2000,1\n", {"sha256": "0" * 64}, "has the SHA-256"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_is_refused(tmp_path, case):
    content, keys, message = REFUSED[case]
    with pytest.raises(WollemiError, match=message):
        numbers_of(tmp_path, content, **keys)


def test_an_axis_of_ours_without_a_unit(tmp_path):
    axes = PlotAxes("limits", (None, "1"), ("plots.limit_x.label", "y"), (1, 3), None, 0.95)
    text = "g,mu\n1,0.5\n3,2\n"
    (line,) = lines_of(tmp_path, text, axes, x_unit="1", y_unit="1")
    assert line.tolist() == [[1, 0.5], [3, 2]]
    with pytest.raises(WollemiError, match=r"end of plots\.limit_x\.label"):
        numbers_of(tmp_path, text, axes, x_unit="GeV", y_unit="1")
    with pytest.raises(WollemiError, match="does not say the unit of y"):
        numbers_of(tmp_path, text, axes, x_unit="1")


def test_the_plot_has_them_with_room_for_the_legend_and_in_words(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(TABLE.replace("1000,200,300", "1000,900000,300"))
    keys = {"label": "Others, arXiv:0000.00000", "path": str(path), "y": "Observed"}
    document = EXAMPLE | {"overlays": {"others": {**keys, "color": "tab:blue", "line": "dashed"}}}
    content = Limits.parse("limits.json", OURS)
    sections = Settings(check_shape(document, "example"), SECTIONS)
    axes = limit_axes(content, sections.plots)
    assert axes == replace(AXES, keys=("plots.limit_x.label", "plots.limit_y.label"))
    overlays = overlay_numbers(sections.overlays, [path], axes)
    figure, numbers = make_plot(content, sections, overlays)
    (ax,) = figure.axes
    figure.canvas.draw()
    box = axes_box(ax, ax.get_legend())
    drawn = [line for line in ax.get_lines() if line.get_color() == "tab:blue"]
    assert drawn[0].get_linestyle() == "--"
    assert np.transpose(drawn[0].get_data()).tolist() == numbers["overlays"][0]["lines"][0]
    top = ax.transAxes.inverted().transform(ax.transData.transform((1.0, 900.0)))
    assert top[1] < box.y0 or top[0] < box.x0
    assert top[1] < 1
    assert caption(numbers) == "Upper limits, and for comparison Others, arXiv:0000.00000"
    assert f"from {path.name}, SHA-256" in description(numbers)


def test_axes_of_a_contour():
    points = [{"x": 1.0, "y": 5.0}, {"x": 2.0, "y": 4.0}]
    axes = contour_axes({"points": points, "axes": ["a [GeV]", "b"]}, 0.9)
    assert (axes.units, axes.x, axes.y, axes.level) == (("GeV", None), (1, 2), (4, 5), 0.9)


def test_limits_without_an_axis_have_no_overlays():
    for content in (plain_limits(), plain_limits(signal=limit(), other=limit())):
        with pytest.raises(WollemiError, match="has no axis"):
            limit_axes(Limits.parse("limits.json", content), settings(("plots",)).plots)
