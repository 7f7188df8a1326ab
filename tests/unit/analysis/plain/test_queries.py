"""Variables on the axes of histograms."""

from wollemi.analysis.plain.queries import axes_of, own_axes
from wollemi.analysis.view import view_of

MASS = {"expression": "m", "bins": [3, 0, 3], "label": "m"}


def test_a_variable_is_its_own_axis_and_one_of_axes_has_those():
    analysis = view_of({"variables": {"mass": MASS, "both": {"axes": ["mass", "jets"]}}})
    assert axes_of(analysis, "mass") == ["mass"]
    assert axes_of(analysis, "both") == ["mass", "jets"]
    assert own_axes(analysis) == {"mass": analysis.variables["mass"]}
