"""Short names on the command line, and what they stand for."""

import pytest

from wollemi_interactive.draw.shorthand import written_out

OBJECTS = ["Electron", "Muon", "Jet"]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("m(e, e)", "(Electron[0] + Electron[1]).mass"),
        ("m(mu, mu)", "(Muon[0] + Muon[1]).mass"),
        ("m(e, mu)", "(Electron[0] + Muon[0]).mass"),
        ("m(e, e, mu, mu)", "(Electron[0] + Electron[1] + Muon[0] + Muon[1]).mass"),
        ("m(e[1], e[2])", "(Electron[1] + Electron[2]).mass"),
        ("m(j)", "Jet[0].mass"),
        ("m(Electron, Electron) / 2", "(Electron[0] + Electron[1]).mass / 2"),
        ("e.pt", "Electron.pt"),
        ("count(e) == 2 and MET_pt < 20", "count(Electron) == 2 and MET_pt < 20"),
        ("abs(m(e, e) - 91.2) < 10", "abs((Electron[0] + Electron[1]).mass - 91.2) < 10"),
    ],
)
def test_what_it_stands_for(short, long):
    assert written_out(short, OBJECTS) == long


@pytest.mark.parametrize(
    "text",
    ["(Muon[0]+Muon[1]).mass", "MET_pt  > 20", "Muon_pt >", "y[0].pt", "sqrt(MET_pt)", "1e3 * x"],
)
def test_others_stay_as_they_were_typed(text):
    assert written_out(text, OBJECTS) == text


def test_an_object_of_this_name_is_meant():
    assert written_out("e[0].pt", ["e", "electron"]) == "e[0].pt"
    assert written_out("m(e, e)", ["e", "electron"]) == "(e[0] + e[1]).mass"
    assert written_out("m(e, e)", ["electron", "muon"]) == "(electron[0] + electron[1]).mass"
    assert written_out("mu * 2", ["Muon"], known=["mu"]) == "mu * 2"
