"""Where cuts lie on the axis of a variable."""

import pytest

from wollemi.plots.cut_edges import CutEdge, cut_edges


@pytest.mark.parametrize(
    ("cut", "variable", "edges"),
    [
        ("m > 60", "m", [(60, "above")]),
        ("60 < m", "m", [(60, "above")]),
        ("m <= -2.5", "m", [(-2.5, "below")]),
        ("60 < m < 120", "m", [(60, "above"), (120, "below")]),
        ("120 >= m", "m", [(120, "below")]),
        ("n == 2 and (m > 60) and m < 120", "m", [(60, "above"), (120, "below")]),
        ("muon[0].pt>30", " muon[0].pt ", [(30, "above")]),
        ("abs(eta) < 2.4", "eta", [(-2.4, "above"), (2.4, "below")]),
        ("abs(eta) < 2.4", "abs(eta)", [(2.4, "below")]),
        ("abs(eta) > 2.4", "eta", []),
        ("m > 60 or m < 20", "m", []),
        ("not m > 60", "m", []),
        ("m > n", "m", []),
        ("m / 2 > 60", "m", []),
        ("m == 60", "m", []),
        ("trigger", "m", []),
    ],
)
def test_edges(cut, variable, edges):
    assert cut_edges(cut, variable) == tuple(CutEdge(*edge) for edge in edges)
