"""Units of expressions: powers of GeV, and nothing where nobody knows."""

import pytest

from wollemi_engine.expressions.dimension import energy_unit

COLUMNS = {
    "mass_ee": "(electron[0] + electron[1]).mass",
    "balance": {"hook": "balance", "uses": ["muon.pt"]},
    "circle": "circle + 1",
    "charges": "muon[0].charge * muon[1].charge",
}


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ("Muon_pt", "GeV"),
        ("electron[0].pt", "GeV"),
        ("(e[0] + e[1]).mass", "GeV"),
        ("mass_ee - 91.2", "GeV"),
        ("2 * sum(jet.pt) + MET_pt", "GeV"),
        ("max(MET_pt, 30)", "GeV"),
        ("where(count(jet) > 1, jet[0].pt, 0)", "GeV"),
        ("sqrt(2 * e[0].pt * MET_pt * (1 - cos(delta_phi(e[0], MET_phi))))", "GeV"),
        ("sqrt(e[0].px ** 2 + e[0].py ** 2)", "GeV"),
        ("mass_ee ** 2", "GeV²"),
        ("e[0].pt * e[0].eta", "GeV"),
        ("1 / MET_pt", "GeV⁻¹"),
        ("MET_pt / sqrt(sum(jet.pt))", "GeV^(1/2)"),
        ("e[0].pt / mass_ee", ""),
        ("e[0].eta", ""),
        ("charges", ""),
        ("count(jet)", ""),
        ("mass_ee > 60", ""),
        ("delta_r(e[0], e[1])", ""),
        ("Muon_dxy", ""),  # in cm, which its name does not tell
        ("Muon_pt * Muon_dxy", ""),
        ("MET_pt + Muon_dxy", ""),
        ("balance", ""),
        ("circle", ""),
        ("Muon_pt >", ""),
    ],
)
def test_the_unit_of_an_expression(expression, unit):
    assert energy_unit(expression, COLUMNS) == unit
