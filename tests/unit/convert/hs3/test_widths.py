"""Widths of single bins in HS3 by writer, auxiliary data and ranges; twins of pyhf workspaces."""

import json

import numpy as np
import pytest
from support.products.pyhs3_documents import pyhs3_document, without_gaps
from support.products.random_models import random_model
from support.products.statistical_models import counting, everything, modifier, search

from wollemi_convert.hs3.reading import workspace_of
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit
from wollemi_likelihood.pyhf_comparison import points

MODELS = [search(0), everything(0)] + [random_model(seed) for seed in range(12)]
# Two bins of one sample: events and uncertainties.
EVENTS, ERRORS = [50.0, 52.0], [3.0, 7.0]
RELATIVE = [error / events for events, error in zip(EVENTS, ERRORS, strict=True)]
EFFECTIVE = [1 / width**2 for width in RELATIVE]
VALUES = {
    "uncertainties in events": ERRORS,
    "relative uncertainties": RELATIVE,
    "numbers of effective events": EFFECTIVE,
    "square roots of effective events": [1 / width for width in RELATIVE],
}


def rises(likelihood, other):
    """Differences of -2 ln L from the initial values, at the points of another likelihood."""
    values = [
        np.array([point[other.index[name]] for name in likelihood.index]) for point in points(other)
    ]
    found = np.array([-2 * likelihood.logpdf(item) for item in values])
    return found - found[0]


@pytest.mark.parametrize("model", MODELS)
def test_twins_of_pyhs3_and_pyhf_differ_by_nothing(model):
    workspace = without_gaps(model)
    first = Likelihood.from_workspace(workspace)
    document = json.loads(json.dumps(pyhs3_document(workspace)))
    again = Likelihood.from_workspace(workspace_of("model.json", document))
    assert set(again.index) == set(first.index)
    assert (rises(again, first) - rises(first, first)).tolist() == [0.0] * 5


def counted():
    """A count with an uncertainty in each bin, as a workspace."""
    made = counting(51.0, 12.0, 50.0, modifier("normfactor", "other"))
    (channel,) = made["channels"]
    signal, background = channel["samples"]
    signal["data"], signal["modifiers"] = [12.0, 11.0], [modifier("normfactor", "mu")]
    background["data"] = list(EVENTS)
    background["modifiers"] = [modifier("shapesys", "error", list(ERRORS))]
    made["observations"][0]["data"] = [51.0, 48.0]
    return made


def written(values, packages=(), *, ranges=None, nominal=None, new_key=False):
    """The document of the count.

    Args:
        values: vals of the modifier.
        packages: Programs that wrote it.
        ranges: Relative widths behind the ranges of the parameters, as ROOT sets them.
        nominal: Auxiliary events.
        new_key: Whether the constraint has ROOT 6.40's key.
    """
    document = pyhs3_document(counted(), packages)
    (item,) = document["distributions"][0]["samples"][1]["modifiers"]
    item["data"]["vals"] = list(values)
    if new_key:
        item["constraint_type"] = item.pop("constraint")
    for place, name in enumerate(item["parameters"]):
        if ranges:
            (axis,) = [it for it in document["domains"][0]["axes"] if it["name"] == name]
            axis["max"] = 1 + 5 * ranges[place]
        if nominal:
            entry = {"name": f"nom_{name}", "value": nominal[place], "const": True}
            document["parameter_points"][0]["parameters"].append(entry)
    return document


def errors_of(document):
    workspace = workspace_of("model.json", document)
    return workspace["channels"][0]["samples"][1]["modifiers"][0]["data"]


@pytest.mark.parametrize("meaning", VALUES)
@pytest.mark.parametrize("known", [{"ranges": RELATIVE}, {"nominal": EFFECTIVE}])
def test_the_document_decides_where_the_writer_is_unknown(meaning, known):
    assert errors_of(written(VALUES[meaning], **known)) == pytest.approx(ERRORS, rel=1e-12)


@pytest.mark.parametrize(
    ("meaning", "writer"),
    [
        ("uncertainties in events", {"packages": ["pyhs3"]}),
        ("relative uncertainties", {"packages": ["wollemi"]}),
        ("relative uncertainties", {"packages": ["ROOT"], "new_key": True}),
        ("relative uncertainties", {"new_key": True}),
    ],
)
def test_the_writer_decides_where_the_document_does_not(meaning, writer):
    assert errors_of(written(VALUES[meaning], **writer)) == pytest.approx(ERRORS, rel=1e-12)
    for other in VALUES.keys() - {meaning}:
        with pytest.raises(WollemiError, match="by the ranges or the auxiliary data"):
            errors_of(written(VALUES[other], **writer, ranges=RELATIVE))


@pytest.mark.parametrize("packages", [[], ["ROOT"], ["cabinetry"]])
def test_without_both_it_is_refused(packages):
    with pytest.raises(WollemiError, match=r"vals may be .* nor the ranges of its parameters"):
        errors_of(written(ERRORS, packages))


def test_meanings_that_are_the_same_number_need_no_writer():
    document = written([1.0, 1.0])
    document["distributions"][0]["samples"][1]["data"]["contents"] = [1.0, 1.0]
    assert errors_of(document) == [1.0, 1.0]


def test_the_limit_of_the_count_is_that_of_its_workspace():
    document = written(ERRORS, ranges=RELATIVE)
    found = upper_limit(Likelihood.from_workspace(workspace_of("model.json", document)))
    wanted = upper_limit(Likelihood.from_workspace(counted()))
    assert found.observed == wanted.observed


@pytest.mark.parametrize("version", ["0.2", "0.2.0", "0.2.7", 0.2])
def test_versions_that_are_read(version):
    document = pyhs3_document(counted())
    document["metadata"]["hs3_version"] = version
    assert errors_of(document) == ERRORS


def changed(edit):
    document = pyhs3_document(without_gaps(search(0)))
    edit(document)
    return document


def modifiers_of(document, kind):
    return [
        item
        for channel in document["distributions"]
        for sample in channel["samples"]
        for item in sample["modifiers"]
        if item["type"] == kind
    ]


def unnamed(document):
    """A document without the names that the standard does not require."""
    for channel in document["distributions"]:
        for sample in channel["samples"]:
            del sample["name"]
            for item in sample["modifiers"]:
                del item["name"]


def single_domain(document):
    (analysis,) = document["analyses"]
    analysis["domain"] = analysis.pop("domains")[0]


@pytest.mark.parametrize("edit", [unnamed, single_domain])
def test_what_the_standard_leaves_out_changes_nothing(edit):
    plain = Likelihood.from_workspace(workspace_of("model.json", changed(lambda _: None)))
    other = Likelihood.from_workspace(workspace_of("model.json", changed(edit)))
    assert set(other.index) == set(plain.index)
    assert rises(other, plain).tolist() == rises(plain, plain).tolist()


def test_analyses_are_optional():
    found = workspace_of("model.json", changed(lambda document: document.pop("analyses")))
    assert [item["config"]["poi"] for item in found["measurements"]] == [""]


@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [("normsys", "code1", "code1"), ("normsys", "log", "code1"), ("histosys", "lin", "code0")],
)
@pytest.mark.parametrize("inside", [True, False])
def test_interpolations(kind, code, name, inside):
    """In the modifier, as in the standard, or in its data, as pyhs3 writes it."""

    def edit(document):
        for item in modifiers_of(document, kind):
            item["data"].pop("interpolation")
            (item["data"] if inside else item)["interpolation"] = code

    (measurement,) = workspace_of("model.json", changed(edit))["measurements"]
    assert f"{kind}: {name}" in measurement["name"]


def full(document):
    """Statistics of each sample by itself, pyhs3's `barlow_beeston_method: full`."""
    channel = document["distributions"][0]
    channel["barlow_beeston_method"] = "full"
    for sample in channel["samples"]:
        for item in sample["modifiers"]:
            if item["type"] == "staterror":
                item["data"] = {"uncertainties": sample["data"].pop("errors")}
                item["parameters"] = [f"{sample['name']}_{it}" for it in item["parameters"]]


def test_statistics_of_each_sample():
    document = changed(full)
    workspace = without_gaps(search(0))
    for sample in workspace["channels"][0]["samples"]:
        for item in sample["modifiers"]:
            if item["type"] == "staterror":
                item["name"] = f"staterror_SR_{sample['name']}"
    first = Likelihood.from_workspace(workspace)
    again = Likelihood.from_workspace(workspace_of("model.json", document))
    assert set(again.index) == set(first.index)
    assert (rises(again, first) - rises(first, first)).tolist() == [0.0] * 5


def with_difference(document):
    document["metadata"]["packages"] = []
    for item in modifiers_of(document, "staterror"):
        item["constraint"] = "Gauss"
    (item,) = modifiers_of(document, "histosys")
    item["data"]["hi"]["contents"] = [-2.5] * 6


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda it: it["metadata"].pop("hs3_version"), "has no metadata.hs3_version"),
        (lambda it: it.update(metadata=["0.2"]), "has no metadata.hs3_version"),
        (lambda it: it.pop("likelihoods"), "the data of each distribution are unknown"),
        (
            lambda it: it["likelihoods"][0].update(aux_distributions=["penalty"]),
            "aux_distributions, penalty: no modifier has it as its constraint",
        ),
        (
            lambda it: modifiers_of(it, "normsys")[0]["data"].update(interpolation="code1"),
            "another normsys by",
        ),
        (
            lambda it: modifiers_of(it, "normsys")[0].update(interpolation="parabolic"),
            "interpolates by 'parabolic'",
        ),
        (with_difference, "templates, or differences from the nominal events?"),
        (
            lambda it: (
                it["metadata"].update(packages=[]),
                [item.pop("constraint") for item in modifiers_of(it, "staterror")],
            ),
            "has no constraint: Poisson in ROOT, Gauss in pyhs3",
        ),
    ],
)
def test_what_may_be_meant_otherwise_is_refused(edit, problem):
    with pytest.raises(WollemiError) as caught:
        workspace_of("model.json", changed(edit))
    assert problem in str(caught.value)
