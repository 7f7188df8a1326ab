"""What is refused of the selections of datasets and samples."""

import copy

import pytest
from support.events.truth_splits import document

from wollemi.analysis.view import view_of
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document
from wollemi.loading.integrity import check_integrity


def problems(change):
    content = copy.deepcopy(document())
    change(content)
    return check_references(plain_document(content))


def whole(content):
    content["samples"]["whole"] = {"role": "background", "datasets": "ttbar"}


def again(content):
    content["samples"]["again"] = content["samples"]["ttb"]


def varied(content):
    content["systematics"]["energy"] = {
        "kind": "column",
        "column": "lead_pt",
        "up": "lead_pt * 1.1",
        "down": "symmetrize",
        "samples": ["ttb"],
    }
    content["samples"]["ttb"]["selection"] = "ht > 100"


def pseudodata(content):
    content["datasets"]["drawn"] = {"draw": {"datasets": ["ttbar"], "seed": 1}}
    content["samples"]["data"] = {"role": "data", "datasets": "drawn"}


def data(content):
    content["datasets"]["recorded"] = {"files": ["input/data.parquet"]}
    content["samples"]["data"] = {"role": "data", "datasets": "recorded", "selection": "ht > 1"}


TWICE = "; its events would count twice"
CASES = {
    "samples.data.selection: the data are one sample; give their datasets the selection": data,
    "samples.ttb.selection: there is no dataset 'ttbra'": lambda item: item["samples"][
        "ttb"
    ].update(datasets="ttbra"),
    "samples.ttb.selection: its part of 'ttbar' would be 'ttbar_ttb', which is a dataset; rename "
    "one": lambda item: item["datasets"].update(ttbar_ttb=item["datasets"]["herwig"]),
    "samples.ttb.selection: the dataset 'herwig' (histograms) has no events to select; remove it": (
        lambda item: item["datasets"]["herwig"].update(histograms={"tagged": "h"})
    ),
    "datasets.herwig.selection: histograms: there are no events to select": lambda item: item[
        "datasets"
    ]["herwig"].update(histograms={"tagged": "h"}, selection="ht > 1"),
    "datasets.herwig.split_of: is set internally; remove it": lambda item: item["datasets"][
        "herwig"
    ].update(split_of="ttbar"),
    "samples.ttb.selection: 'lead_pt' changes with systematics.energy, and events would change "
    "their dataset; use what is the same under all of them, such as the truth": varied,
    "datasets.drawn.draw: 'ttbar' is a template itself; draw from another dataset": pseudodata,
    "samples.again: takes events of 'ttbar' that 'ttb' also takes"
    f"{TWICE}; give each its own selection": again,
}


@pytest.mark.parametrize("problem", CASES)
def test_refused(problem):
    assert problem in problems(CASES[problem])


def test_a_file_may_be_in_two_datasets_that_select_their_own_events():
    assert problems(lambda content: None) == []
    found = problems(whole)
    assert found
    assert all(TWICE in problem for problem in found)


def test_problems_of_parts_are_told_once_with_the_keys_of_the_file():
    def change(content):
        del content["datasets"]["ttbar"]["cross_section_pb"]
        content["samples"]["ttc"]["selection"] = "b_hadrons >"

    found = problems(change)
    assert (
        found.count("datasets.ttbar: simulation needs cross_section_pb, or normalization: none")
        == 1
    )
    assert [problem for problem in found if problem.startswith("samples.ttc.selection: ")]
    assert not [problem for problem in found if "ttbar_ttc" in problem.partition(":")[0]]


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ({}, {}, True),
        ({"trigger": ["single"]}, {}, True),
        ({"trigger": ["single"]}, {"trigger": ["single"]}, True),
        ({"trigger": ["double"]}, {"trigger": ["single"], "not_trigger": ["double"]}, False),
        ({"selection": "pt > 30"}, {"selection": "pt <= 30"}, False),
        ({"selection": "pt > 30"}, {"selection": "pt > 30"}, True),
    ],
)
def test_a_file_of_data_in_two_datasets(first, second, refused):
    """Whether they share events is for the numbers of events to tell."""
    content = {
        "datasets": {"a": {"files": ["x.root"], **first}, "b": {"files": ["./x.root"], **second}},
        "samples": {"data": {"role": "data", "datasets": ["a", "b"]}},
    }
    assert bool(check_integrity(view_of(content))) is refused
