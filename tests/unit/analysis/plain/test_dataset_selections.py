"""Datasets and samples that take a part of the events, as the steps see them."""

import copy

from support.events.truth_splits import SPLITS, document

from wollemi.analysis.plain.cut_names import SELECTION
from wollemi.analysis.plain.dataset_selections import dataset_view, origin, written_key
from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.analysis.view import view_of
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document
from wollemi.plan.dataset_plan import DatasetPlan

SECTIONS = ("skim", "branches", "weight", "normalization", "event_weight")


def plain(change=lambda content: None):
    content = copy.deepcopy(document())
    change(content)
    return plain_document(content)


def test_a_document_without_selections_stays_as_it_is():
    content = plain()
    for sample in content["samples"].values():
        sample["datasets"] = ["ttbar"]
    assert plain_document(content) == content
    assert dataset_view(content, "ttbar") is content


def test_samples_are_written_out_once():
    content = plain()
    assert check_references(content) == []
    assert plain_document(content) == content
    assert {name: item["datasets"] for name, item in content["samples"].items()} == {
        name: [f"ttbar_{name}"] for name in SPLITS
    }
    for name, (selection, _) in SPLITS.items():
        own = {"selection": selection, "split_of": "ttbar"}
        assert content["datasets"][f"ttbar_{name}"] == document()["datasets"]["ttbar"] | own
        assert "selection" not in content["samples"][name]


def test_what_replaces_a_sample_is_split_like_it():
    content = plain()
    assert content["systematics"]["shower_ttb"]["up"] == ["herwig_ttb"]
    assert content["systematics"]["shower_ttb"]["down"] == ["symmetrize"]
    assert content["datasets"]["herwig_ttb"]["selection"] == "b_hadrons > 0"
    assert "herwig_ttc" not in content["datasets"]


def test_both_conditions_hold_where_the_dataset_has_one_too():
    content = plain(lambda item: item["datasets"]["ttbar"].update(selection="tags == 1 or ht > 9"))
    selection = "(tags == 1 or ht > 9) and (b_hadrons > 0)"
    assert content["datasets"]["ttbar_ttb"]["selection"] == selection
    assert list(dataset_view(content, "ttbar_ttb")["skim"]["selection"].items()) == [
        (SELECTION, selection),
        ("lead_pt > 30", "lead_pt > 30"),
    ]


def test_factors_of_samples_and_of_whole_datasets_act_on_the_parts():
    def change(content):
        content["weights"]["herwig"] = {"factor": "2", "samples": [], "datasets": ["herwig"]}

    content = plain(change)
    weights = {
        name: select_sections(content, ["event_weight"], name)["event_weight"]
        for name in ("ttbar_ttb", "ttbar_ttlight", "herwig_ttb")
    }
    assert weights == {
        "ttbar_ttb": "(genWeight) * (1 + 0.1 * tags)",
        "ttbar_ttlight": "genWeight",
        "herwig_ttb": "(genWeight) * (1 + 0.1 * tags) * (2)",
    }


def test_another_selection_concerns_its_part_alone():
    def change(content):
        content["samples"]["ttc"]["selection"] += " and c_hadrons < 9"

    before, after = plain(), plain(change)
    for name in ("ttbar_ttb", "ttbar_ttlight", "herwig_ttb"):
        assert select_sections(before, SECTIONS, name) == select_sections(after, SECTIONS, name)
    digests = [
        section_digests(select_sections(content, SECTIONS, "ttbar_ttc"))
        for content in (before, after)
    ]
    assert {key for key in SECTIONS if digests[0][key] != digests[1][key]} == {"skim"}


def test_the_truth_is_read_where_it_is_asked_for():
    content = plain()
    needed = {
        name: select_sections(content, ["branches"], name)["branches"]
        for name in ("ttbar_ttb", "ttbar_ttc")
    }
    assert "c_hadrons" in needed["ttbar_ttc"]
    assert "c_hadrons" not in needed["ttbar_ttb"]
    assert "b_hadrons" in needed["ttbar_ttb"]


def test_parts_share_files_that_are_made_once():
    def change(content):
        del content["datasets"]["ttbar"]["files"]
        content["datasets"]["ttbar"]["generate"] = {"hook": "make", "events": 10, "seed": 1}
        remote = {"url": "https://x.org/herwig.root", "size": 9, "sha256": "0" * 64}
        content["datasets"]["herwig"]["files"] = [remote]

    content = plain(change)
    plan = DatasetPlan(view_of(content), "run")
    assert plan.generated_datasets == ["ttbar"]
    assert plan.fetched_datasets == ["herwig"]
    assert plan.dataset_files("ttbar_ttb") == ["results/run/files/ttbar/part0.root"]
    assert plan.dataset_files("herwig_ttb") == ["results/run/files/herwig/herwig.root"]
    assert {origin(content, name) for name in plan.datasets} == {"ttbar", "herwig"}


def test_places_are_those_of_the_file():
    content = plain()
    for place, written in {
        "datasets.ttbar_ttb.selection": "samples.ttb.selection",
        "datasets.ttbar_ttb.weight": "datasets.ttbar.weight",
        "datasets.ttbar_ttb": "datasets.ttbar",
        "datasets.herwig.weight": "datasets.herwig.weight",
        "regions.tagged.selection": "regions.tagged.selection",
    }.items():
        assert written_key(content, place) == written
