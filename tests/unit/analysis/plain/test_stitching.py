"""Inclusive datasets and those of their slices, written out."""

import copy

import pytest
from support.events.stitched import EXCLUSIVE, FLAVORS, INCLUSIVE_PB, SCALE, document

from wollemi.analysis.plain.cut_names import SLICE
from wollemi.analysis.plain.dataset_selections import dataset_view, written_key
from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.analysis.plain.stitching import expand_stitching
from wollemi.analysis.view import view_of
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document
from wollemi.plan.dataset_plan import DatasetPlan

MADE = ["dy_one_jet", "dy_1j", "dy_1j_more", "dy_two_jets", "dy_2j", "dy_rest"]
SECTIONS = ("skim", "branches", "normalization", "event_weight")


def plain(change=lambda content: None, **options):
    content = copy.deepcopy(document(**options))
    change(content)
    return plain_document(content)


def test_nothing_changes_without_it():
    content = document()
    del content["datasets"]["dy"]["stitch"]
    assert expand_stitching(content) == content


def test_a_sample_gets_all_that_is_stitched():
    content = plain()
    assert check_references(content) == []
    assert plain_document(content) == content
    assert content["samples"]["dy"]["datasets"] == MADE
    assert "stitch" not in content["datasets"]["dy"]


def test_cross_sections_are_those_of_slices():
    content = plain()
    sections = {name: content["datasets"][name]["cross_section_pb"] for name in MADE}
    expected = {name: section for name, (_, section, _) in EXCLUSIVE.items()}
    expected |= {"dy_one_jet": 1200.0, "dy_two_jets": 600.0, "dy_rest": INCLUSIVE_PB}
    assert sections == expected
    for name in ("dy_one_jet", "dy_1j", "dy_1j_more"):
        found = content["datasets"][name]["slice"]
        assert found["datasets"] == ["dy_one_jet", "dy_1j", "dy_1j_more"]
        assert found["inclusive_cross_section_pb"] == INCLUSIVE_PB * SCALE


def test_the_rest_is_in_no_slice():
    found = plain()["datasets"]["dy_rest"]["slice"]
    assert found["selection"] == "not (LHE_Njets == 1) and not (LHE_Njets == 2)"
    assert found["datasets"] == []


def test_the_slice_is_a_cut_before_the_selection_of_a_sample():
    content = plain(by_flavor=True)
    assert content["samples"]["muons"]["datasets"] == [f"{name}_muons" for name in MADE]
    for name, cut in (("dy_one_jet_muons", "LHE_Njets == 1"), ("dy_2j_muons", "LHE_Njets == 2")):
        assert list(dataset_view(content, name)["skim"]["selection"].items()) == [
            (SLICE, cut),
            ("selection of the dataset", FLAVORS["muons"]),
            ("lead_pt > 30", "lead_pt > 30"),
        ]
    parts = ["dy_one_jet_muons", "dy_1j_muons", "dy_1j_more_muons"]
    assert content["datasets"]["dy_1j_muons"]["slice"]["datasets"] == parts
    plan = DatasetPlan(view_of(content), "run")
    assert plan.partners("dy_1j_muons") == [parts[0], parts[2]]
    assert plan.partners("dy_rest_muons") == []
    assert plan.sources == ["dy", "dy_1j", "dy_1j_more", "dy_2j"]


def test_another_slice_concerns_its_datasets_and_the_rest():
    def change(content):
        stitch = content["datasets"]["dy"]["stitch"]
        stitch["two_jets"]["selection"] = "LHE_Njets >= 2"

    before, after = plain(), plain(change)
    changed = {
        name
        for name in MADE
        if section_digests(select_sections(before, SECTIONS, name))
        != section_digests(select_sections(after, SECTIONS, name))
    }
    assert changed == {"dy_two_jets", "dy_2j", "dy_rest"}


def test_what_names_the_inclusive_dataset_names_all():
    def change(content):
        content["datasets"]["other"] = content["datasets"].pop("dy_2j") | {"files": ["o.parquet"]}
        content["datasets"]["dy"]["stitch"].pop("two_jets")
        content["datasets"]["nominal"] = content["datasets"]["other"] | {"files": ["n.parquet"]}
        content["samples"] = {"dy": {"role": "background", "datasets": "nominal"}}
        content["systematics"] = {
            "generator": {"kind": "dataset", "up": "dy", "down": "symmetrize", "samples": "dy"}
        }
        content["weights"] = {"k": {"factor": "2", "samples": [], "datasets": ["dy"]}}

    content = plain(change)
    stitched = ["dy_one_jet", "dy_1j", "dy_1j_more", "dy_rest"]
    assert content["systematics"]["generator"]["up"] == stitched
    assert content["weights"]["k"]["datasets"] == stitched


def test_places_are_those_of_the_file():
    content = plain(by_flavor=True)
    key = "datasets.dy.stitch.one_jet.selection"
    for name in ("dy_one_jet_muons", "dy_1j_muons"):
        assert written_key(content, f"datasets.{name}.slice.selection") == key
    assert written_key(content, "datasets.dy_rest_muons.selection") == "samples.muons.selection"
    assert written_key(content, "datasets.dy_rest_muons.weight") == "datasets.dy.weight"
    assert written_key(plain(), "datasets.dy_rest.weight") == "datasets.dy.weight"


def stitch(content, **changes):
    content["datasets"]["dy"]["stitch"]["two_jets"] |= changes


CASES = {
    ".two_jets.datasets: 'dy_2jj' is not a dataset; did you mean 'dy_2j'?": lambda item: stitch(
        item, datasets=["dy_2jj"]
    ),
    ".two_jets.datasets: 'dy_1j' is of slice 'one_jet', too": lambda item: stitch(
        item, datasets=["dy_1j"]
    ),
    ".two_jets.datasets: 'dy' is the inclusive one, too": lambda item: stitch(
        item, datasets=["dy"]
    ),
    ".one_jet: its datasets have different cross sections": lambda item: item["datasets"][
        "dy_1j"
    ].update(cross_section_pb=1.0),
    ".two_jets.datasets: 'dy_2j' has another era": lambda item: item["datasets"]["dy_2j"].update(
        era=2018
    ),
    ".two_jets.datasets: 'dy_2j' has sum_of_weights; remove it": lambda item: item["datasets"][
        "dy_2j"
    ].update(sum_of_weights=5.0),
    ".two_jets.datasets: 'dy_2j' needs cross_section_pb": lambda item: item["datasets"][
        "dy_2j"
    ].pop("cross_section_pb"),
    ": sum_of_weights: the sums of weights of slices are those of its events": lambda item: item[
        "datasets"
    ]["dy"].update(sum_of_weights=5.0),
    ": needs cross_section_pb": lambda item: item["datasets"]["dy"].update(normalization="none"),
    ".one_jet: the name of a dataset, or 'rest'; take another one": lambda item: item[
        "datasets"
    ].update(dy_one_jet=item["datasets"]["dy_2j"]),
    ": 'dy_rest' is a dataset; rename it": lambda item: item["datasets"].update(
        dy_rest=item["datasets"]["dy_2j"]
    ),
    ": 'dy_1j' comes along, and sample 'dy' names it, too; remove it there": lambda item: item[
        "samples"
    ]["dy"].update(datasets=["dy", "dy_1j"]),
    ": is of sample 'dy' (signal); only backgrounds are stitched, as acceptances of signals are "
    "those of whole datasets": lambda item: item["samples"]["dy"].update(role="signal"),
}


@pytest.mark.parametrize("problem", CASES)
def test_refused(problem):
    assert f"datasets.dy.stitch{problem}" in check_references(plain(CASES[problem]))


def test_a_slice_is_no_key_of_the_file():
    def change(content):
        content["datasets"]["dy_2j"]["slice"] = {
            "name": "a",
            "inclusive": "b",
            "selection": "LHE_Njets > 1",
            "datasets": [],
        }
        content["datasets"]["dy"].pop("stitch")

    problem = "datasets.dy_2j.slice: is set internally; remove it"
    assert problem in check_references(plain(change))
