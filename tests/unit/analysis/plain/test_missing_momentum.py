"""Missing momenta written out; `tests/physics/test_type1_missing_momentum.py` has their numbers."""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.analysis.plain.missing_momentum import momentum_key
from wollemi.analysis.plain.needed_columns import needed_branches
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document

JET = {
    "collection": "Jet",
    "mass_gev": 0,
    "calibrate": {"pt": "pt * 1.1"},
    "fields": {
        "hard": "pt > 15",
        "phi_to_met": "delta_phi(self, event.met_phi)",
        "visible": "hard and electromagnetic < 0.9",
    },
    "cuts": "pt > 30 and abs(phi_to_met) > 0.4",
}
SHIFT = {"kind": "object", "down": "symmetrize", "samples": ["dy"], "up": {"pt": "pt * 1.02"}}
COUNTED = {"raw": "pt * (1 - rawFactor)", "share": "1 - muons", "cuts": "visible"}


def document(followed=COUNTED, objects=(), systematics=(), **further):
    made = copy.deepcopy(DOCUMENT)
    made["objects"] = made["objects"] | {"jet": JET} | dict(objects)
    made["columns"] = made.get("columns", {}) | further.pop("columns", {})
    made["missing_momentum"] = {
        "met": {"pt": "RawMET_pt", "phi": "RawMET_phi", "objects": {"jet": followed}}
    }
    made["systematics"] = made.get("systematics", {}) | dict(systematics)
    made["variables"] = made["variables"] | {
        "met": {"expression": "met_pt", "bins": [10, 0, 100], "label": "met"}
    }
    return made | further


def problems(**changes):
    return check_references(plain_document(document(**changes)))


def test_what_it_stands_for():
    plain = plain_document(document(systematics={"jes": SHIFT | {"object": "jet"}}))
    assert plain["objects"]["met_jet"] == {
        "collection": "Jet",
        "mass_gev": 0,
        "calibrate": {"pt": "pt * 1.1"},
        "fields": {
            "hard": "pt > 15",
            "visible": "hard and electromagnetic < 0.9",
            "counts": "visible",
            "share": "1 - muons",
        },
    }
    assert plain["objects"]["met_jet_raw"] == {
        "collection": "Jet",
        "mass_gev": 0,
        "calibrate": {"pt": "pt * (1 - rawFactor)"},
    }
    assert plain["columns"]["met_px"] == (
        "(RawMET_pt) * cos(RawMET_phi) - "
        "sum(where(met_jet.counts, (met_jet.px - met_jet_raw.px) * met_jet.share, 0))"
    )
    assert plain["systematics"]["jes"]["object"] == ["jet", "met_jet"]
    assert plain_document(plain) == plain
    assert check_references(plain) == []


def test_an_object_of_which_all_counts():
    plain = plain_document(document({}))
    assert plain["columns"]["met_py"].endswith(" - sum((met_jet.py - met_jet_raw.py))")
    assert plain["objects"]["met_jet_raw"] == {"collection": "Jet", "mass_gev": 0}


def test_branches_are_read_where_it_is_used():
    plain = plain_document(document())
    used = copy.deepcopy(plain)
    region = next(iter(used["regions"].values()))
    region["selection"] = "met_pt > 20"
    assert {"RawMET_pt", "RawMET_phi", "Jet_rawFactor", "Jet_muons", "Jet_electromagnetic"} <= set(
        needed_branches(used, next(iter(used["datasets"])))
    )


def test_combined_systematics_follow():
    both = {"kind": "combined", "down": "symmetrize", "samples": ["dy"]}
    both["up"] = {"objects": {"jet": {"pt": "pt * 1.02"}, "muon": {"pt": "pt + 1"}}}
    plain = plain_document(document(systematics={"scale": both}))
    assert list(plain["systematics"]["scale"]["up"]["objects"]) == ["jet", "muon", "met_jet"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"objects": {"jet": {"select": "muon"}}},
            "missing_momentum.met.objects: 'jet' is made of others (muon), but the missing "
            "momentum follows whole collections; name these, and say by `cuts` which count",
        ),
        (
            {"objects": {"met_jet": {"collection": "Jet"}}},
            "missing_momentum.met: needs the name 'met_jet', which is taken in `objects`; choose "
            "another one there",
        ),
        (
            {"columns": {"met_pt": "MET_pt"}},
            "missing_momentum.met: needs the name 'met_pt', which is taken in `columns`; choose "
            "another one there",
        ),
        (
            {
                "objects": {"bjet": {"select": "jet", "cuts": "btag > 0.5"}},
                "systematics": {"jes": SHIFT | {"object": "bjet"}},
            },
            "systematics.jes: 'bjet' is made of 'jet', which the missing momentum 'met' follows; "
            "vary 'jet', with where(...) for a part of it",
        ),
        (
            {"followed": {"cuts": "phi_to_met > 1"}},
            "missing_momentum.met: needs itself: met_phi → met_px → met_jet → met_phi",
        ),
        (
            {"followed": {"cuts": "pt >"}},
            "missing_momentum.met.objects.jet.cuts: 'pt >' is not an expression (invalid syntax)",
        ),
        (
            {"followed": {"raw": "pt +"}},
            "missing_momentum.met.objects.jet.raw: 'pt +' is not an expression (invalid syntax)",
        ),
    ],
)
def test_problems(changes, problem):
    assert problem in problems(**changes)


def test_places_are_those_of_the_file():
    plain = plain_document(document())
    for place, written in {
        "objects.met_jet.fields.share": "missing_momentum.met.objects.jet.share",
        "objects.met_jet.calibrate.pt": "objects.jet.calibrate.pt",
        "objects.met_jet_raw.collection": "objects.jet.collection",
        "columns.met_px": "missing_momentum.met",
        "columns.ht": "columns.ht",
        "objects.jet.cuts": "objects.jet.cuts",
    }.items():
        assert momentum_key(plain, place) == written
