"""Inclusive datasets and those of their slices, written out."""

import copy

import pytest
from support.documents.edits import edited
from support.events.stitched import FLAVORS, document

from wollemi.analysis.plain.cut_names import SLICE
from wollemi.analysis.plain.dataset_selections import dataset_view, written_key
from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document
from wollemi.plan.dataset_plan import DatasetPlan

MADE = ["dy_one_jet", "dy_1j", "dy_1j_more", "dy_two_jets", "dy_2j", "dy_rest"]
SECTIONS = ("skim", "branches", "normalization", "event_weight")


def plain(change=lambda content: None, **options):
    content = copy.deepcopy(document(**options))
    change(content)
    return plain_document(content)


def test_a_sample_gets_all_that_is_stitched():
    content = plain()
    assert check_references(content) == []
    assert plain_document(content) == content
    assert content["samples"]["dy"]["datasets"] == MADE
    assert "stitch" not in content["datasets"]["dy"]


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
    plan = DatasetPlan(content, "run")
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


OTHER = document()["datasets"]["dy_2j"]
TWO_JETS = "datasets.dy.stitch.two_jets.datasets"
# What is edited, its value, and the message that follows `datasets.dy.stitch`.
CASES = [
    (TWO_JETS, ["dy_2jj"], ".two_jets.datasets: 'dy_2jj' is not a dataset; did you mean 'dy_2j'?"),
    (TWO_JETS, ["dy_1j"], ".two_jets.datasets: 'dy_1j' is of slice 'one_jet', too"),
    (TWO_JETS, ["dy"], ".two_jets.datasets: 'dy' is the inclusive one, too"),
    ("datasets.dy_1j.cross_section_pb", 1.0, ".one_jet: its datasets have different cross section"),
    ("datasets.dy_2j.era", 2018, ".two_jets.datasets: 'dy_2j' has another era"),
    ("datasets.dy_2j.sum_of_weights", 5.0, ".two_jets.datasets: 'dy_2j' has sum_of_weights"),
    ("datasets.dy_2j.cross_section_pb", None, ".two_jets.datasets: 'dy_2j' needs cross_section_pb"),
    ("datasets.dy.sum_of_weights", 5.0, ": sum_of_weights: the sums of weights of slices"),
    ("datasets.dy.normalization", "none", ": needs cross_section_pb"),
    ("datasets.dy_one_jet", OTHER, ".one_jet: the name of a dataset, or 'rest'; take another one"),
    ("datasets.dy_rest", OTHER, ": 'dy_rest' is a dataset; rename it"),
    ("samples.dy.datasets", ["dy", "dy_1j"], ": 'dy_1j' comes along, and sample 'dy' names it"),
    ("samples.dy.role", "signal", ": is of sample 'dy' (signal); only backgrounds are stitched"),
]


@pytest.mark.parametrize(("path", "value", "problem"), CASES)
def test_refused(path, value, problem):
    problems = check_references(plain_document(edited(document(), path, value)))
    assert [one for one in problems if one.startswith(f"datasets.dy.stitch{problem}")], problems


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
