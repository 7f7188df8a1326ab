"""The bins of a distribution as independent columns."""

from wollemi.histograms.histogram import edges_axis
from wollemi.histograms.unrolling import numbered_axis
from wollemi_publish.hepdata.event_tables import bin_columns

MASS = edges_axis("mass", (0.0, 1.0, 4.0), "m", "GeV")
JETS = edges_axis("jets", (0.0, 2.0, 6.0), "Jets")


def test_one_column_of_a_variable():
    (column,) = bin_columns(MASS)
    assert (column.name, column.unit, column.values) == ("m", "GeV", [(0, 1), (1, 4)])


def test_one_column_for_each_axis_in_the_order_of_the_bins():
    mass, jets = bin_columns(numbered_axis("both", (MASS, JETS)))
    assert (mass.name, mass.unit, jets.name, jets.unit) == ("m", "GeV", "Jets", "")
    assert mass.values == [(0, 1), (1, 4), (0, 1), (1, 4)]
    assert jets.values == [(0, 2), (0, 2), (2, 6), (2, 6)]
