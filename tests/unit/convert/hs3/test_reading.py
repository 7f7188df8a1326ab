"""Documents of HS3 as workspaces: the likelihood stays, for what is written here and by RooFit."""

import copy
import json

import numpy as np
import pytest
from support.oracles.histfactory import for_histfactory, root_names
from support.products.random_models import random_model
from support.products.statistical_models import everything, search
from support.project.paths import ROOT

from wollemi.model.foreign import is_hs3
from wollemi_convert.hs3.reading import workspace_of
from wollemi_convert.hs3.writing import hs3_of
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood

MODELS = {"a search": search(2), "all modifiers": everything(0)} | {
    f"random {seed}": random_model(seed) for seed in range(12)
}
# Written by ROOT 6.40: RooJSONFactoryWSTool of a HistFactory model.
BY_ROOT = json.loads((ROOT / "tests/data/hs3/everything.json").read_text(encoding="utf-8"))


def points_of(likelihood, number=5):
    """Parameter → value, at random points."""
    random = np.random.default_rng(1)
    widths = np.array([item.width or 0.2 for item in likelihood.parameters]) * ~likelihood.fixed
    for _ in range(number):
        values = likelihood.inits + widths * random.normal(size=widths.shape)
        values = np.clip(values, *likelihood.bounds)
        yield {name: float(values[place]) for name, place in likelihood.index.items()}


def rises(likelihood, points):
    """-2 ln L at the points, above that at the first."""
    found = [
        -2 * likelihood.logpdf(np.array([point[name] for name in likelihood.index]))
        for point in points
    ]
    return np.array(found) - found[0]


@pytest.mark.parametrize("name", MODELS)
def test_what_is_written_here_comes_back(name):
    document = json.loads(json.dumps(hs3_of(MODELS[name])))
    assert is_hs3(document)
    first = Likelihood.from_workspace(MODELS[name])
    again = Likelihood.from_workspace(workspace_of("model.json", document))
    assert set(again.index) == set(first.index)
    assert (again.poi, list(again.channels)) == (first.poi, list(first.channels))
    for parameter in first.parameters:
        other = again.parameters[again.index[parameter.name]]
        assert (other.init, other.fixed) == (parameter.init, parameter.fixed)
        assert other.fixed or other.bounds == parameter.bounds
    points = list(points_of(first))
    assert rises(again, points) == pytest.approx(rises(first, points), abs=1e-9)


def test_what_roofit_writes():
    """All modifiers, with the widths of statistics in seven digits, as ROOT rounds them."""
    wanted = for_histfactory(everything(0))
    (config,) = [item["config"] for item in wanted["measurements"]]
    config["parameters"] = [item for item in config["parameters"] if item["name"] != "shape"]
    first = Likelihood.from_workspace(wanted)
    found = workspace_of("model.json", BY_ROOT)
    assert [item["name"] for item in found["measurements"]] == ["simPdf_obsData"]
    again = Likelihood.from_workspace(found)
    assert again.poi == "mu"
    ours = {name.replace("stat_SR", "staterror_SR"): name for name in first.index}
    assert set(again.index) == set(ours)
    points = list(points_of(first))
    theirs = [{name: point[ours[name]] for name in again.index} for point in points]
    assert rises(again, theirs) == pytest.approx(rises(first, points), abs=1e-5)
    assert set(root_names(wanted)) == set(first.index)


def test_statistics_with_a_poisson_constraint_that_samples_share():
    """ROOT's default: the effective events of the simulation are observed."""
    document = copy.deepcopy(BY_ROOT)
    region = next(item for item in document["distributions"] if item["name"] == "model_SR")
    errors = {"top": [0.5, 4.0, 5.0, 4.0, 0.2], "fakes": [0.1, 0.2, 0.7, 0.1, 0.6]}
    for sample in region["samples"]:
        if sample["name"] in errors:
            sample["data"]["errors"] = errors[sample["name"]]
        for modifier in sample["modifiers"]:
            if modifier["type"] == "staterror":
                modifier["constraint_type"] = "Poisson"
    found = workspace_of("model.json", document)
    observed = {item["name"]: item["data"] for item in found["observations"]}
    events = {item["name"]: item["data"]["contents"] for item in region["samples"]}
    for place, value in enumerate(observed["staterror_SR"]):
        square = sum(item[place] ** 2 for item in errors.values())
        assert value == pytest.approx(sum(events[name][place] for name in errors) ** 2 / square)


def edited(edit):
    document = copy.deepcopy(BY_ROOT)
    edit(document)
    return document


def modifier_of(document, kind):
    return next(
        modifier
        for item in document["distributions"]
        for sample in item.get("samples", ())
        for modifier in sample["modifiers"]
        if modifier["type"] == kind
    )


def distribution(document, name):
    return next(item for item in document["distributions"] if item["name"] == name)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda it: it["metadata"].update(hs3_version="0.1"), "is HS3 0.1"),
        (
            lambda it: distribution(it, "model_CR").update(type="crystalball_dist"),
            "distribution model_CR: is of type 'crystalball_dist'",
        ),
        (
            lambda it: modifier_of(it, "histosys").update(type="overallsys"),
            "modifier shape: its type is 'overallsys'",
        ),
        (lambda it: modifier_of(it, "normsys").update(interpolation=2), "interpolates by '2'"),
        (
            lambda it: distribution(it, "alpha_normConstraint").update(sigma=2.0),
            "the constraint of 'alpha_norm' is not normal with width 1 (Gauss, 2)",
        ),
        (
            lambda it: distribution(it, "lumiConstraint").update(type="lognormal_dist"),
            "'lumiConstraint' is of type 'lognormal_dist'",
        ),
        (
            lambda it: modifier_of(it, "staterror").update(constraint_type="Lognormal"),
            "its constraint is 'Lognormal'",
        ),
        (lambda it: it["data"].clear(), "there is no data 'obsData_CR'"),
        (lambda it: it["likelihoods"].clear(), "the data of each distribution are unknown"),
        (
            lambda it: it["analyses"][1].update(parameters_of_interest=["mu", "k_top"]),
            "has several parameters of interest: mu, k_top",
        ),
        (
            lambda it: it["data"][2].update(type="unbinned"),
            "data obsData_CR: is of type 'unbinned'",
        ),
        (lambda it: it.pop("distributions"), "distributions: is missing"),
        (
            lambda it: modifier_of(it, "normfactor").update(parameter="alpha_norm"),
            "pyhf has a gaussian_dist of 'alpha_norm'",
        ),
    ],
)
def test_what_no_workspace_can_say_is_refused_by_name(edit, problem):
    with pytest.raises(WollemiError) as caught:
        workspace_of("model.json", edited(edit))
    assert problem in str(caught.value)
    assert str(caught.value).startswith("model.json")
