"""Tables of a submission with labels of parameters."""

import pytest
import write_hepdata
from support.example.products import (
    EVENTS,
    EXAMPLE,
    cutflow,
    fit,
    limits,
    ranking,
    scans,
    settings,
    uncertainties,
)

from wollemi.results.fit import Fits
from wollemi.results.limits import Limits
from wollemi.results.ranking import Ranking
from wollemi.results.scans import Scans
from wollemi.results.uncertainties import Uncertainties
from wollemi_publish.hepdata.tables import Products, table_content

LABELS = {"lumi": "luminosity", "mu": "$\\mu_{S}$"}


def content(table, labels):
    document = EXAMPLE | {"plots": EXAMPLE["plots"] | {"parameters": labels}}
    found = {
        "fit": Fits.parse("fit.json", fit()),
        "ranking": Ranking.parse("ranking.json", ranking()),
        "scans": Scans.parse("scans.json", scans()),
        "uncertainties": Uncertainties.parse("uncertainties.json", uncertainties()),
        "limits": Limits.parse("limits.json", limits()),
    }
    cutflows = {name: cutflow(name) for name in EVENTS}
    declared = settings(write_hepdata.SECTIONS, document)
    return table_content(Products(declared, cutflows, [], found), table)


def texts(table, labels):
    """Names, values and qualifiers of a table, all in one."""
    made = content(table, labels)
    names = [column.name for column in (*made.independent, *made.dependent)]
    values = [str(value) for column in made.independent for value in column.values]
    qualifiers = [text for column in made.dependent for text in column.qualifiers.values()]
    return " ".join([*names, *values, *qualifiers]).split(" ")


def test_strengths_of_a_blinded_model_that_somebody_else_made_are_hidden():
    """Its measurement alone says so."""
    declared = settings(write_hepdata.SECTIONS, EXAMPLE)
    values = {}
    for name in ("tiny", "combination [pseudo-data] [BLINDED]"):
        found = {"fit": Fits.parse("fit.json", fit() | {"measurement": name})}
        products = Products(declared, {one: cutflow(one) for one in EVENTS}, [], found)
        table = table_content(products, "parameters")
        place = next(
            place
            for column in table.independent
            for place, value in enumerate(column.values)
            if value == "mu"
        )
        values[name] = table.dependent[0].values[place], products.marks, products.labels["data"]
    known, hidden = values.values()
    assert isinstance(known[0], float)
    assert hidden == ("BLINDED", ["pseudo-data", "BLINDED"], "Pseudo-data")


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("parameters", ["mu", "lumi"]),
        ("correlations", ["mu", "lumi"]),
        ("ranking", ["mu", "lumi"]),
        ("uncertainties", ["mu", "lumi"]),
        ("scan_plane", ["mu", "lumi"]),
        ("limits_mu", ["mu"]),
    ],
)
def test_parameters_are_called_by_their_labels(table, names):
    plain, labeled = texts(table, {}), texts(table, LABELS)
    for name in names:
        assert name in plain
        assert name not in labeled
        assert LABELS[name] in labeled


def test_the_table_of_parameters_keeps_their_names():
    plain, labeled = content("parameters", {}), content("parameters", LABELS)
    assert labeled.dependent[-1].name == "Name in the likelihood"
    assert labeled.dependent[-1].values == plain.independent[0].values
    assert len(labeled.dependent) == len(plain.dependent) + 1
    assert "γ signal region, bin 0" in labeled.independent[0].values
