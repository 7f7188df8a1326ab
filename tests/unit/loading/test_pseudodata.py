"""Pseudo-data that would not be data, and seeds that would repeat events."""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.loading.all import check_references

TEMPLATE = "datasets.pseudo.draw: 'top' is a template itself; draw from another dataset"


@pytest.mark.parametrize(
    ("draw", "problems"),
    [
        ({"datasets": ["source"], "seed": 1}, []),
        ({"datasets": {"source": 0.5}, "seed": 1}, []),
        ({"datasets": ["top"], "seed": 1}, [TEMPLATE]),
        ({"datasets": {"top": 0.5, "source": 2}, "seed": 1}, [TEMPLATE]),
        ({"datasets": {"top": 0.5, "top_shower": 0.5}, "fluctuate": False}, []),
        ({"datasets": ["source"]}, ["datasets.pseudo.draw.seed: is missing"]),
        (
            {"datasets": ["top"], "fluctuate": False, "seed": 1},
            ["datasets.pseudo.draw.seed: nothing is drawn with fluctuate: false; remove it"],
        ),
        (
            {"datasets": {"sources": 1}, "fluctuate": False},
            ["datasets.pseudo.draw.datasets: 'sources' is not a dataset; did you mean 'source'?"],
        ),
    ],
)
def test_pseudo_data(draw, problems):
    document = copy.deepcopy(DOCUMENT)
    document["datasets"]["pseudo"] = {"draw": draw}
    document["samples"]["data"]["datasets"] = ["pseudo"]
    assert check_references(document) == problems
