"""Which weights, corrections and members act on a dataset, and what an edit of them concerns."""

import copy

import pytest

from wollemi.analysis.plain.needed_columns import event_weight, needed_branches
from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.analysis.plain.systematics import weight_sets
from wollemi.loading.expand import plain_document

CORRECTION = {
    "file": "c.json",
    "correction": "c",
    "inputs": {"x": 1, "what": "a"},
    "variations": {"up": {"what": "b"}},
}
DOCUMENT = {
    "datasets": {
        "data": {"files": ["d.root"], "era": 2017},
        "dy": {"files": ["s.root"], "era": 2017, "weight": "genWeight", "cross_section_pb": 1.0},
        "herwig": {"files": ["h.root"], "era": 2017, "cross_section_pb": 1.0},
        "source": {"files": ["p.root"], "era": 2018, "weight": "w", "cross_section_pb": 1.0},
        "pseudo": {"draw": {"datasets": ["source"], "seed": 1}},
    },
    "samples": {
        "data": {"role": "data", "datasets": ["data", "pseudo"]},
        "dy": {"role": "signal", "datasets": "dy"},
    },
    "corrections": {
        "scale": copy.deepcopy(CORRECTION),
        "id": CORRECTION | {"file": {"2017": "id17.json", "2018": "id18.json"}},
        "pileup": CORRECTION | {"file": "pileup.json"},
        "unused": copy.deepcopy(CORRECTION),
    },
    "objects": {"muon": {"collection": "Muon", "mass_gev": 0, "calibrate": {"pt": "pt * correction.scale(eta)"}}},  # noqa: E501
    "columns": {"sf": "prod(correction.id(muon.eta))"},
    "skim": {"selection": "count(muon) > 1"},
    "variables": {"pt": {"expression": "muon[0].pt"}},
    "regions": {"sr": {"selection": "muon[0].charge > 0", "variable": "pt"}},
    "weights": {
        "id": {"factor": "sf", "samples": ["dy"], "datasets": ["source"]},
        "pileup": {"factor": "correction.pileup(nTrue)", "samples": "dy"},
    },
    "systematics": {
        "pileup": {"kind": "weight", "up": "correction.pileup.up(nTrue)", "down": "symmetrize", "samples": ["dy"]},  # noqa: E501
        "shower": {"kind": "dataset", "up": "herwig", "down": "symmetrize", "samples": ["dy"]},
        "pdf": {
            "kind": "pdf", "method": "replicas", "weights": "LHEPdfWeight", "members": ["1-3"], "alpha_s": [4, 5],  # noqa: E501
            "normalization": "remove", "samples": ["dy"],
        },
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("dataset", "weight"),
    [
        ("data", "1"),
        ("dy", "(genWeight) * (sf) * (correction.pileup(nTrue))"),
        # it replaces the sample: it needs the same factors
        ("herwig", "(sf) * (correction.pileup(nTrue))"),
        ("source", "(w) * (sf)"),
    ],
)
def test_the_weight_of_an_event(dataset, weight):
    assert event_weight(DOCUMENT, dataset) == weight


@pytest.mark.parametrize(
    ("dataset", "skim", "fill"),
    [
        ("data", {"scale": "c.json"}, {"scale": "c.json"}),
        (
            "dy",
            {"scale": "c.json"},
            {"scale": "c.json", "id": "id17.json", "pileup": "pileup.json"},
        ),
        ("source", {"scale": "c.json"}, {"scale": "c.json", "id": "id18.json"}),
    ],
)
def test_corrections_of_a_step(dataset, skim, fill):
    found = select_sections(DOCUMENT, ("skim_corrections", "fill_corrections"), dataset)
    assert {name: item["file"] for name, item in found["skim_corrections"].items()} == skim
    assert {name: item["file"] for name, item in found["fill_corrections"].items()} == fill


def test_branches():
    muon = ["Muon_charge", "Muon_eta", "Muon_phi", "Muon_pt"]
    assert needed_branches(DOCUMENT, "data") == muon
    assert needed_branches(DOCUMENT, "dy") == ["LHEPdfWeight", *muon, "genWeight", "nTrue"]


SECTIONS = (
    "skim_corrections",
    "fill_corrections",
    "event_weight",
    "weight_sets",
    "weight_set_systematics",
    "branches",
)


@pytest.mark.parametrize(
    ("path", "value", "changed"),
    [
        (("corrections", "id", "file", "2017"), "new.json", {"fill_corrections"}),
        (("corrections", "id", "file", "2018"), "new.json", set()),
        (("corrections", "scale", "inputs", "what"), "z", {"skim_corrections", "fill_corrections"}),
        (("corrections", "unused", "file"), "new.json", set()),
        (("weights", "pileup", "factor"), "2", {"event_weight"}),
        (("weights", "pileup", "samples"), [], {"event_weight"}),
        (("systematics", "pdf", "method"), "hessian_symmetric", {"weight_set_systematics"}),
        (("systematics", "pdf", "normalization"), "include", {"weight_set_systematics"}),
        (("systematics", "pdf", "members"), ["1-2"], {"weight_set_systematics", "weight_sets"}),
        (
            ("systematics", "pdf", "weights"),
            "PS",
            {"weight_set_systematics", "weight_sets", "branches"},
        ),
        (("systematics", "pdf", "regions"), ["sr"], set()),
    ],
)
def test_an_edit_changes_only_what_it_concerns(path, value, changed):
    edited = copy.deepcopy(DOCUMENT)
    target = edited
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    before, after = (
        section_digests(select_sections(document, SECTIONS, "dy"))
        for document in (DOCUMENT, edited)
    )
    assert {name for name in before if before[name] != after[name]} == changed


@pytest.mark.parametrize(
    ("name", "histograms", "parameters"),
    [
        ("pdf_{era}", ["pdf_2017"], ["pdf_2017"]),
        ("pdf_{sample}", ["pdf_dy"], ["pdf_dy"]),
        ("pdf_{region}", ["pdf_region"], ["pdf_sr"]),
    ],
)
def test_members_of_systematics_with_placeholders(name, histograms, parameters):
    edited = copy.deepcopy(DOCUMENT)
    edited["systematics"] = {name: edited["systematics"]["pdf"]}
    plain = plain_document(edited)
    assert list(plain["systematics"]) == parameters
    assert list(weight_sets(plain, "dy")) == histograms
    assert weight_sets(plain, "dy")[histograms[0]] == {
        "weights": "LHEPdfWeight",
        "members": [1, 2, 3, 4, 5],
        "nominal": None,
    }
    assert weight_sets(plain, "data") == weight_sets(plain, "herwig") == {}


def test_names_of_the_event_in_expressions_of_objects():
    """Through columns, other objects and systematics; only where the object is used."""
    document = copy.deepcopy(DOCUMENT)
    document["columns"] |= {"density": "Rho_all * 2", "spread": "correction.unused(PV_spread)"}
    document["objects"] |= {
        "jet": {"collection": "Jet", "mass_gev": 0, "calibrate": {"pt": "pt - event.density"}},
        "lepton": {
            "select": "muon",
            "cuts": "min(delta_r(self, event.jet)) > 0.4 and event.run > 1",
        },
    }
    jes = {"kind": "object", "object": "jet", "up": {"pt": "pt * event.spread"}}
    document["systematics"]["jes"] = jes | {"down": "symmetrize", "samples": ["dy"]}
    before = needed_branches(DOCUMENT, "dy")
    assert needed_branches(document, "dy") == before
    document["regions"]["sr"]["selection"] = "lepton[0].charge > 0"
    jet = {"Jet_pt", "Jet_eta", "Jet_phi", "Rho_all", "run"}
    assert set(needed_branches(document, "dy")) == {*before, *jet, "PV_spread"}
    assert "PV_spread" not in needed_branches(document, "data")
    used = select_sections(document, ["fill_corrections"], "dy")["fill_corrections"]
    assert {"scale", "unused"} <= set(used)
    used = select_sections(document, ["fill_corrections"], "data")["fill_corrections"]
    assert "unused" not in used
