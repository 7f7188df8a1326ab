"""Objects and columns that need themselves."""

import pytest

from wollemi.analysis.view import view_of
from wollemi.loading.circles import circle_problems

OBJECTS = {"muon": {"collection": "Muon"}, "jet": {"collection": "Jet", "away_from": {"muon": 0.4}}}
COLUMNS = {"ht": "sum(jet.pt)", "leading": "jet[0].pt", "shape": {"hook": "f", "uses": ["jet.pt"]}}
JES = {"kind": "object", "object": "jet", "down": "symmetrize", "samples": ["dy"]}


def problems(objects=(), columns=(), systematics=()):
    return circle_problems(
        view_of(
            {
                "objects": OBJECTS | dict(objects),
                "columns": COLUMNS | dict(columns),
                "systematics": dict(systematics),
            }
        )
    )


def muon(text):
    return {"muon": {"collection": "Muon", "fields": {"x": text}}}


def test_none():
    assert problems(columns={"rho": "MET_pt / 2"}, objects=muon("event.rho + event.run")) == []
    jet = {"jet": {"collection": "Jet"}}
    assert problems(objects=jet | muon("event.ht + min(delta_r(self, event.jet))")) == []
    up = {"pt": "pt * event.rho * count(event.muon)"}
    assert problems(systematics={"jes": JES | {"up": up}}) == []


@pytest.mark.parametrize(
    ("text", "circle"),
    [
        ("max(event.jet.pt)", "objects.muon: needs itself: muon → jet → muon"),
        ("event.leading", "objects.muon: needs itself: muon → leading → jet → muon"),
        ("pt - event.shape", "objects.muon: needs itself: muon → shape → jet → muon"),
        ("pt - max(event.muon.pt)", "objects.muon: needs itself: muon → muon"),
    ],
)
def test_circles_through_names_of_the_event(text, circle):
    assert problems(objects=muon(text)) == [circle]


def test_a_circle_of_columns():
    assert problems(columns={"x": "y + 1", "y": "2 * x"}) == ["columns.x: needs itself: x → y → x"]


def test_circles_that_a_systematic_makes():
    jes = JES | {"up": {"pt": "pt * (1 + event.ht / 1000)"}}
    rho = {"kind": "column", "column": "rho", "down": "symmetrize", "samples": ["dy"]}
    objects = {"jet": {"collection": "Jet", "cuts": "pt > event.rho"}}
    assert problems(objects, systematics={"jes": jes, "density": rho | {"up": "rho * ht"}}) == [
        "systematics.jes: needs itself: jet → ht → jet",
        "systematics.density: needs itself: rho → ht → jet → rho",
    ]
    assert problems(objects, systematics={"density": rho | {"up": "rho * 1.1"}}) == []
