"""The unit in the label of limits is that of the numbers."""

import pytest

from wollemi.analysis.view import view_of
from wollemi.loading.plots import check_limit_label

IN_PB, STRENGTH = {"cross_section_fraction": 0.5}, {}


@pytest.mark.parametrize("unit", ["pb", "fb", "ab", "nb", "$\\mathrm{fb}$", "GeV", "%", None])
@pytest.mark.parametrize("limits", [IN_PB, STRENGTH, None])
def test_only_the_unit_of_the_numbers_may_stand_there(unit, limits):
    label = "$\\sigma$" if unit is None else f"$\\sigma$ [{unit}]"
    document = {"limits": limits, "plots": {"limit_y": {"label": label}}}
    of_sections = unit in ("pb", "fb", "ab", "nb", "$\\mathrm{fb}$")
    found = check_limit_label(view_of(document))
    if limits is IN_PB and of_sections and unit != "pb":
        assert found == [f"plots.limit_y.label: ends in [{unit}], and limits are in pb"]
    elif limits is STRENGTH and of_sections:
        assert len(found) == 1
        assert f"ends in [{unit}], and limits are on the signal strength" in found[0]
    else:
        assert found == []


def test_without_a_label_there_is_nothing_to_say():
    assert check_limit_label(view_of({"limits": IN_PB})) == []
