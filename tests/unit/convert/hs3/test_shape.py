"""Documents of HS3 with a value of another type: a workspace, or an error in words."""

import copy
import json
import math
import re

import pytest
from support.documents.mutations import mutations
from support.products.statistical_models import everything
from support.project.paths import ROOT

from wollemi.model.foreign import is_hs3
from wollemi_convert.hs3.reading import workspace_of
from wollemi_convert.hs3.writing import hs3_of
from wollemi_likelihood.base.errors import WollemiError

DOCUMENTS = {
    "written here": json.loads(json.dumps(hs3_of(everything(0)))),
    "by ROOT": json.loads((ROOT / "tests/data/hs3/everything.json").read_text(encoding="utf-8")),
}
PYTHON = re.compile(r"\w+Error\(|object has no|not subscriptable|argument must be")


def message_of(document):
    """The error of a document, or nothing; a workspace is JSON without NaN."""
    try:
        json.dumps(workspace_of("model.json", document), allow_nan=False)
    except WollemiError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_mistake_anywhere_has_words(name, seed):
    for item in mutations(DOCUMENTS[name], 40, seed):
        if is_hs3(item.document):
            message = message_of(item.document)
            assert not PYTHON.search(message), (item.kind, item.path, message)
            assert len(message) < 5000


def numbers_in(value, place=()):
    """Places of the numbers of a document; of a list of them the first."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else list(enumerate(value))
        for key, item in pairs:
            if not (isinstance(value, list) and key and isinstance(item, int | float)):
                yield from numbers_in(item, (*place, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place


WRONG = ["1", None, True, [1], {"a": 1}, math.nan, math.inf, pytest.param(10**400, id="huge")]
READ = ("distributions", "data", "domains", "parameter_points")


@pytest.mark.parametrize("wrong", WRONG)
def test_no_number_is_anything_else(wrong):
    document = DOCUMENTS["written here"]
    places = [
        place
        for place in numbers_in(document)
        if place[0] in READ and place[::2][:2] not in (("distributions", "axes"), ("data", "axes"))
    ]
    assert len(places) > 50
    for place in places:
        changed = copy.deepcopy(document)
        inside = changed
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = wrong
        message = message_of(changed)
        assert message.startswith("model.json"), place
        assert not PYTHON.search(message)


@pytest.mark.parametrize("metadata", [None, "0.2", [], 0.2, {"hs3_version": None}, {"packages": 1}])
def test_metadata_that_are_not_an_object(metadata):
    assert "hs3_version" in message_of({**DOCUMENTS["by ROOT"], "metadata": metadata})


def test_a_likelihood_with_a_data_set_too_many():
    document = copy.deepcopy(DOCUMENTS["written here"])
    document["likelihoods"][0]["data"].append(document["likelihoods"][0]["data"][0])
    assert "name one data set for each distribution" in message_of(document)
