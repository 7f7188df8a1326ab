"""Datasets of every kind, and what is asked only of those with events."""

import copy

import pytest

from wollemi.analysis.plain.datasets import event_datasets, used_datasets
from wollemi.analysis.view import view_of
from wollemi.events.correction_files import correction_problems
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document
from wollemi.loading.load import validate_analysis
from wollemi.plan.dataset_plan import DatasetPlan

ERAS = ("2017", "2018")
DOCUMENT = {
    "name": "kinds",
    "title": "Datasets of every kind",
    "center_of_mass_tev": 13,
    "luminosity_ifb": dict.fromkeys(ERAS, 1.0),
    "datasets": {
        **{f"data_{era}": {"files": [f"d_{era}.root"], "era": era} for era in ERAS},
        **{
            f"mc_{era}": {"files": [f"m_{era}.root"], "era": era, "cross_section_pb": 1.0}
            for era in ERAS
        },
    },
    "samples": {
        "data": {"role": "data", "datasets": [f"data_{era}" for era in ERAS]},
        "mc": {"role": "background", "datasets": [f"mc_{era}" for era in ERAS]},
    },
    "corrections": {
        "k": {"file": {era: f"{era}.json" for era in ERAS}, "correction": "k", "inputs": {"x": 1}}
    },
    "variables": {"x": {"expression": "correction.k(y)", "bins": [2, 0, 1], "label": "x"}},
    "regions": {
        "SR": {"selection": "y > 0.5", "variable": "x"},
        "CR": {"selection": "y < 0.5", "variable": "x", "role": "validation"},
    },
}
TRANSFER = {
    "transfer": {"from": "CR", "to": "SR", "factor": 0.2, "subtract": ["mc"]},
    "as": "histogram",
}
SOURCE = {"files": ["s.root"], "era": "2017", "cross_section_pb": 1.0}
# Kind → its sample, and its datasets; the one without events is `other`.
WITHOUT_EVENTS = {
    "estimate": ({"role": "background", "estimate": TRANSFER}, {}),
    "draw": (
        {"role": "data", "datasets": ["other"]},
        {"other": {"draw": {"datasets": ["source"], "seed": 1}}, "source": SOURCE},
    ),
    "histograms": (
        {"role": "background", "datasets": ["other"]},
        {
            "other": {
                "files": ["h.root"],
                "histograms": {"SR": ["h"], "CR": ["h"]},
                "normalization": "none",
            }
        },
    ),
}


def with_kind(kind):
    sample, datasets = WITHOUT_EVENTS[kind]
    document = copy.deepcopy(DOCUMENT)
    document["samples"] = {
        name: item
        for name, item in document["samples"].items()
        if item["role"] != "data" or kind != "draw"
    }
    document["samples"]["other"] = sample
    document["datasets"] |= datasets
    return plain_document(document)


@pytest.mark.parametrize("kind", WITHOUT_EVENTS)
def test_what_has_no_events_needs_no_era_of_corrections(kind):
    document = with_kind(kind)
    assert check_references(document) == []
    validate_analysis(document, "kinds")
    assert sorted(correction_problems(document)) == [
        f"corrections.k.file: there is no file '{era}.json'" for era in ERAS
    ]


@pytest.mark.parametrize("kind", WITHOUT_EVENTS)
def test_only_files_of_events_are_read_event_by_event(kind):
    document = with_kind(kind)
    assert set(used_datasets(document)) - set(event_datasets(document)) == {"other"}
    assert DatasetPlan(view_of(document), "kinds").datasets_with(kind) == ["other"]


def test_a_dataset_with_events_needs_its_era():
    document = copy.deepcopy(DOCUMENT)
    del document["corrections"]["k"]["file"]["2018"]
    problems = check_references(document)
    assert [text.rpartition(" needs it")[0] for text in problems] == [
        f"corrections.k.file: says nothing of '2018', and the dataset '{name}_2018'"
        for name in ("data", "mc")
    ]
