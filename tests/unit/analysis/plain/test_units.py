"""Units of labels and tables."""

import pytest

from wollemi.analysis.plain.units import NONE, parsed_unit, unit_of_label


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("mass [TeV]", "TeV"),
        ("$m(\\tilde\\chi_1^0)$ [GeV]", "GeV"),
        ("signal", None),
        ("a [b] c", None),
    ],
)
def test_the_unit_of_a_label(label, unit):
    assert unit_of_label(label) == unit


@pytest.mark.parametrize(
    ("unit", "other", "factor"),
    [
        ("TeV", "GEV", 1e3),
        ("GeV/c$^2$", "GeV", 1),
        ("GeV/c**2", "MeV", 1e3),
        ("$\\mathrm{pb}$", "fb", 1e3),
        ("µb", "\\mu b", 1),
        ("nb", "pb", 1e3),
        ("mm", "cm", 0.1),
        (NONE, NONE, 1),
    ],
)
def test_sizes_of_units(unit, other, factor):
    (kind, size), (same, reference) = parsed_unit(unit), parsed_unit(other)
    assert kind == same
    assert size / reference == pytest.approx(factor)


def test_what_is_not_known_is_only_like_itself():
    assert parsed_unit("furlong") == parsed_unit("Furlong") != parsed_unit("fathom")
    assert parsed_unit("GeV")[0] != parsed_unit("fb")[0]
