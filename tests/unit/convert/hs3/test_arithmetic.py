"""The plain arithmetic of documents of HS3: that of the workspace, for each writer."""

import json
from functools import partial

import pytest
from support.products.pyhs3_documents import pyhs3_document, without_gaps
from support.products.random_models import random_model
from support.products.statistical_models import everything, search
from support.project.paths import ROOT

from wollemi_convert.hs3.arithmetic import plain_model
from wollemi_convert.hs3.reading import workspace_of
from wollemi_convert.hs3.writing import hs3_of
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.certificate import Arithmetic, certificate
from wollemi_likelihood.likelihood import Likelihood

MODELS = [search(0), everything(0)] + [random_model(seed) for seed in range(8)]
BY_ROOT = json.loads((ROOT / "tests/data/hs3/everything.json").read_text(encoding="utf-8"))


def shared_poisson():
    """ROOT's document with its default constraint of statistics, which samples share."""
    document = json.loads(json.dumps(BY_ROOT))
    for channel in document["distributions"]:
        for sample in channel.get("samples", ()):
            for item in sample["modifiers"]:
                if item["type"] == "staterror":
                    item["constraint_type"] = "Poisson"
            if "errors" in sample["data"]:
                sample["data"]["errors"] = [value or 0.1 for value in sample["data"]["errors"]]
                sample["data"]["contents"] = [value or 0.2 for value in sample["data"]["contents"]]
    return document


WRITERS = {
    "here": [hs3_of(model) for model in MODELS],
    "pyhs3": [pyhs3_document(without_gaps(model)) for model in MODELS],
    "ROOT": [BY_ROOT, shared_poisson()],
}


def certified(document, source):
    workspace = workspace_of("model.json", document)
    (measurement,) = workspace["measurements"]
    evaluate = plain_model(source, measurement["name"]).minus_two_log_likelihood
    likelihood = Likelihood.from_workspace(workspace)
    return certificate(
        "model.json", {"signal": likelihood}, {"signal": Arithmetic("HS3", evaluate)}
    )


@pytest.mark.parametrize("writer", WRITERS)
def test_the_workspace_is_the_document(writer):
    for document in WRITERS[writer]:
        assert certified(document, document).largest < 1e-9


def edit_first(kind, change, document):
    for channel in document["distributions"]:
        for sample in channel.get("samples", ()):
            for item in sample["modifiers"]:
                if item["type"] == kind:
                    change(sample, item)
                    return
    raise AssertionError(kind)


@pytest.mark.parametrize(
    "edit",
    [
        partial(edit_first, "normsys", lambda _, item: item["data"].update(hi=1.5)),
        partial(edit_first, "normfactor", lambda sample, item: sample["modifiers"].remove(item)),
        partial(edit_first, "staterror", lambda sample, _: sample["data"].update(errors=[9.0] * 6)),
        lambda document: document["data"][0]["contents"].__setitem__(0, 1.0),
    ],
)
def test_another_source_is_found(edit):
    document = pyhs3_document(without_gaps(search(0)))
    other = json.loads(json.dumps(document))
    edit(other)
    with pytest.raises(WollemiError, match="in the arithmetic of the source"):
        certified(document, other)
