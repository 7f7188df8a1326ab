"""The table of a measured correction."""

import numpy as np
import write_hepdata
from support.example.products import EXAMPLE, settings

from wollemi.analysis.plain.publication import hepdata_tables
from wollemi.histograms.correction_map import correction_file, correction_map
from wollemi.results.correction_maps import MeasuredMap
from wollemi_publish.hepdata.correction_tables import correction_table
from wollemi_publish.hepdata.tables import Products, table_content

EDGES = {"pt": [20.0, 50.0, 500.0], "abseta": [0.0, 2.4]}
LABELS = {"pt": "$p_{T}$ [GeV]", "abseta": "abs(eta)"}


def found(*nominal, **others):
    values = {key: np.array(value) for key, value in others.items()}
    return MeasuredMap(EDGES, {"nominal": np.array(nominal), **values})


def sides(*nominal):
    return found(*nominal, up=np.array(nominal) + 0.1, down=np.array(nominal) - 0.2)


def test_a_scale_factor_has_the_efficiencies_beside_it():
    maps = {
        "id": sides(0.9, 0.8),
        "id_data": sides(0.6, 0.7),
        "id_simulation": sides(0.5, 0.4),
    }
    table = correction_table({"kind": "scale_factor", "axes": LABELS}, "id", maps, "Data")
    pt, eta = table.independent
    assert (pt.name, pt.unit, pt.values) == ("$p_{T}$", "GeV", [(20.0, 50.0), (50.0, 500.0)])
    assert (eta.name, eta.unit, eta.values) == ("abs(eta)", "", [(0.0, 2.4)] * 2)
    assert [column.name for column in table.dependent] == [
        "Scale factor",
        "Efficiency in Data",
        "Efficiency in simulation",
    ]
    factor = table.dependent[0]
    assert factor.values == [0.9, 0.8]
    (error,) = factor.errors
    assert (error.label, error.values) == ("stat", [(-0.2, 0.1), (-0.2, 0.1)])


def test_variations_that_are_no_interval_are_columns():
    rates = found(0.1, 0.2, up=[0.2, 0.3], down=[0.05, 0.1], prompt_up=[0.09, 0.19])
    table = correction_table({"kind": "fake_rate", "axes": LABELS}, "id", {"id": rates}, "Data")
    assert [column.name for column in table.dependent] == ["Fake rate", "Fake rate, prompt up"]
    assert table.dependent[1].values == [0.09, 0.19]
    weights = found(1.5, 0.8, up=[1.2, 0.9], down=[1.7, 0.7])
    shown = {"kind": "pileup", "axes": LABELS, "era": "2018"}
    table = correction_table(shown, "id", {"id": weights}, "Data")
    assert [column.name for column in table.dependent] == [
        "Data / simulation",
        "Data / simulation, up",
        "Data / simulation, down",
    ]
    assert not table.dependent[0].errors
    assert {column.qualifiers["Era"] for column in table.dependent} == {"2018"}


def test_a_submission_has_a_table_of_each_map():
    """By the sections that the program declares."""
    axes = {"pt": {"edges": [20, 50, 500], "label": "$p_{T}$ [GeV]"}}
    measured = {"kind": "efficiency", "samples": ["dy"], "object": "muon", "pass": "tight > 0"}
    measured |= {"axes": axes}
    document = EXAMPLE | {"corrections": {"id": {"measured": measured}}}
    declared = settings(write_hepdata.SECTIONS, document)
    assert "correction_id" in hepdata_tables(declared.declared)
    values = {"nominal": np.array([0.5, 0.8])}
    file = correction_file([correction_map("id", measured, values)])
    products = Products(declared, {}, [], {}, {"id": file})
    content = table_content(products, "correction_id")
    assert content.independent[0].values == [(20.0, 50.0), (50.0, 500.0)]
    assert content.dependent[0].values == [0.5, 0.8]
