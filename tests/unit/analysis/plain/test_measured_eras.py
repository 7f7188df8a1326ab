"""Corrections with a map an era, written out; their numbers are in `tests/physics`."""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.analysis.plain.measured import measured_key
from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.view import view_of
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document
from wollemi.plan.plan import Plan

MEASURED = {
    "kind": "scale_factor",
    "samples": ["dy"],
    "object": "muon",
    "pass": "tight > 0",
    "axes": {"pt": [20, 50, 500]},
    "by_era": True,
}
CALL = "prod(correction.id(muon.pt) * correction.id.up(muon.pt))"
TARGET = {"kind": "pileup", "samples": ["dy"], "axes": {"n": [0, 10, 20]}, "by_era": True}


def document(measured=MEASURED, call=CALL, **corrections):
    """Two eras with simulation and data each; YAML reads them as numbers."""
    made = copy.deepcopy(DOCUMENT)
    eras = {"dy_low": 2017, "dy_high": 2018, "data": 2017, "data_late": 2018}
    made["datasets"]["data_late"] = {"files": ["late.root"]}
    made["samples"]["data"]["datasets"].append("data_late")
    for name, era in eras.items():
        made["datasets"][name]["era"] = era
    made["luminosity_ifb"] = {"2017": 1.0, "2018": 2.0}
    made["corrections"] = {"id": {"measured": measured}, **corrections}
    made["weights"] = {"id": {"factor": call, "samples": ["dy"]}}
    return made


def problems(*given, **changes):
    return [
        problem
        for problem in check_references(plain_document(document(*given, **changes)))
        if problem.startswith("corrections")
    ]


def test_each_era_is_measured_in_its_datasets():
    plan = Plan(view_of(plain_document(document())), "run")
    assert plan.measured_corrections == ["id_2017", "id_2018"]
    assert plan.measurement_datasets("id_2017") == ["dy_low_id_2017", "data_id_2017"]
    assert plan.measurement_datasets("id_2018", data=True) == ["data_late_id_2018"]
    assert list(plan.correction_plots) == ["correction_id_2017", "correction_id_2018"]


def test_a_call_takes_the_map_of_the_era():
    plain = plain_document(document())
    plan = Plan(view_of(plain), "run")
    for dataset, era in (("dy_low", 2017), ("dy_high", 2018)):
        file = f"results/run/corrections/id_{era}.json"
        assert plan.corrections("fill_corrections", dataset) == [file]
        (called,) = select_sections(plain, ["fill_corrections"], dataset)[
            "fill_corrections"
        ].values()
        assert called["correction"] == f"id_{era}"
        assert called["inputs"] == {"pt": 1, "variation": "nominal"}
        assert called["variations"]["up"] == {"variation": "up"}


def test_it_is_written_out_once_and_accepted():
    once = plain_document(document())
    assert plain_document(once) == once
    assert problems() == []


def test_one_era_alone():
    """By hand: two corrections, each of its era."""
    by_hand = {key: value for key, value in MEASURED.items() if key != "by_era"}
    plain = plain_document(document(by_hand | {"era": 2018}))
    plan = Plan(view_of(plain), "run")
    assert plan.measured_corrections == ["id"]
    assert plan.measurement_datasets("id") == ["dy_high_id", "data_late_id"]
    assert problems(by_hand | {"era": 2016}) == [
        "corrections.id.measured.samples: none of their datasets is of the era 2016"
    ]


def test_places_are_those_of_the_file():
    plain = plain_document(document())
    place = "objects.measured_id_2018.fields.measured_passes"
    assert measured_key(plain, "dy_high_id_2018", place) == "corrections.id.measured.pass"


def test_a_target_an_era():
    files = {2017: "early.root", 2018: "late.root"}
    target = {"nominal": {"file": files, "histogram": "n"}}
    call = "correction.id(n)"
    plain = plain_document(document(TARGET | {"target": target}, call))
    plan = Plan(view_of(plain), "run")
    assert plan.measurement_targets("id_2017") == ["early.root"]
    assert plan.measurement_targets("id_2018") == ["late.root"]
    assert problems(TARGET | {"target": target}, call) == []
    early = {"nominal": {"file": {2017: "early.root"}}}
    assert problems(TARGET | {"target": early}, call) == [
        "corrections.id.measured.target.nominal.file: says nothing of the era '2018'"
    ]
    one = {key: value for key, value in TARGET.items() if key != "by_era"}
    assert problems(one | {"target": target}, call) == [
        "corrections.id.measured.target.nominal.file: is given by era, and the map is not; add "
        "by_era: true"
    ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"samples": ["dy", "top"]}, ".by_era: the dataset 'top' has no era; give it one"),
        ({"era": 2017}, ": by_era is a map for each era, and era one of them; remove one"),
        (
            {"selection": "sum(correction.id(muon.pt)) > 0"},
            ": uses what it measures (id_2017 → id_2017), in an expression, an object or a weight; "
            "measure it without",
        ),
    ],
)
def test_what_is_refused(changes, problem):
    assert f"corrections.id.measured{problem}" in problems(MEASURED | changes)


def test_a_name_that_is_taken_is_refused():
    taken = {"file": "a.json", "correction": "a", "inputs": {"pt": 1}}
    assert problems(id_2018=taken) == [
        "corrections.id.measured.by_era: needs the name 'id_2018', which is taken; rename it"
    ]
