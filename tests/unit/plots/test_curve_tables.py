"""Tables of HEPData against the numbers that they were made of."""

import json
import math

import pytest
from hepdata_lib import Table, Variable

from wollemi.plots.curve_tables import json_columns, table_columns, two_columns
from wollemi_likelihood.base.errors import WollemiError

# As HEPData gives a table with errors, bins and two groups of columns.
CSV = """#: table_doi: 10.17182/hepdata.1.v1/t1
#: name: Table 1
#: description: Limits, observed and expected

#: RE,,,P P --> X
M [GeV],M [GeV] LOW,M [GeV] HIGH,"Limit, observed [fb]",stat +,stat -
500,450,550,3,0.1,-0.1
600,550,650,2,0.1,-0.1

#: RE,,,P P --> X
M [GeV],M [GeV] LOW,M [GeV] HIGH,Expected [fb]
500,450,550,4
600,550,650,-
"""


def columns_of(text):
    return {item.name: (item.unit, list(item.values)) for item in table_columns("t", text)}


def test_yaml_that_hepdata_lib_wrote(tmp_path):
    table = Table("limits")
    mass = Variable("M", is_independent=True, is_binned=False, units="GEV")
    bins = Variable("width", is_independent=True, is_binned=True, units="")
    limit = Variable("Limit", is_independent=False, is_binned=False, units="fb")
    mass.values, bins.values, limit.values = [500, 600], [(0, 1), (1, 3)], [3.5, 0.25]
    for variable in (mass, bins, limit):
        table.add_variable(variable)
    table.write_yaml(str(tmp_path))
    text = (tmp_path / "limits.yaml").read_text()
    assert columns_of(text) == {
        "M": ("GEV", [500, 600]),
        "width": (None, [0.5, 2]),
        "Limit": ("fb", [3.5, 0.25]),
    }


def test_csv_with_errors_bins_and_blocks():
    found = table_columns("t.csv", CSV)
    assert [(item.name, item.unit, item.block) for item in found] == [
        ("M", "GeV", 0),
        ("Limit, observed", "fb", 0),
        ("M", "GeV", 1),
        ("Expected", "fb", 1),
    ]
    x, y = two_columns("t.csv", found, None, "Expected")
    assert (x.block, x.values, y.values[0]) == (1, (500.0, 600.0), 4.0)
    assert math.isnan(y.values[1])


def test_a_name_that_appears_again_has_a_number():
    assert [*columns_of("M [GeV],Limit [fb],Limit [fb]\n1,2,3\n")] == ["M", "Limit", "Limit (2)"]


def test_json_as_the_pages_of_hepdata_give_it():
    headers = [{"colspan": 1, "name": "M [GeV]"}, {"colspan": 2, "name": "Limit [fb]"}]
    rows = [
        {"x": [{"low": "450", "high": "550"}], "y": [{"group": 0, "value": "3"}, {"value": 4}]},
        {"x": [{"value": "600"}], "y": [{"group": 0, "value": "2"}, {"group": 1, "value": "-"}]},
    ]
    found = json_columns("t.json", {"headers": headers, "values": rows})
    assert [(item.name, item.unit) for item in found] == [
        ("M", "GeV"),
        ("Limit", "fb"),
        ("Limit (2)", "fb"),
    ]
    assert [item.values[0] for item in found] == [500, 3, 4]


def test_json_like_the_yaml():
    variable = {"header": {"name": "a", "units": "TeV"}, "values": [{"value": 1}]}
    content = {"independent_variables": [variable], "dependent_variables": [variable]}
    assert [item.name for item in json_columns("t.json", content)] == ["a", "a (2)"]


@pytest.mark.parametrize(
    "content", [{}, {"headers": []}, {"headers": 1, "values": 2}, {"headers": [{}], "values": []}]
)
def test_other_json_is_none(content):
    with pytest.raises(WollemiError, match=r"t\.json"):
        json_columns("t.json", content)


@pytest.mark.parametrize(
    "text", ["", "a,b\n", "a,b\nx,y\n", "independent_variables: 3\n", json.dumps([1, 2])]
)
def test_other_text_is_none(text):
    with pytest.raises(WollemiError, match=r"is not a HEPData table|no two columns"):
        table_columns("t", text)


def test_columns_that_are_not_there_or_not_unique():
    found = table_columns("t.csv", CSV)
    with pytest.raises(WollemiError, match="no column 'Expected1'; did you mean 'Expected'"):
        two_columns("t.csv", found, None, "Expected1")
    with pytest.raises(WollemiError, match="has 4 columns"):
        two_columns("t.csv", found, None, None)
    first, second = two_columns("t", table_columns("t", "a,b\n1,2\n"), "b", None)
    assert (first.name, second.name) == ("b", "a")
