"""Combined workspaces: the product of the likelihoods, constraints of shared parameters once."""

import copy

import numpy as np
import pyhf
import pytest
from support.products.random_models import random_model
from support.products.statistical_models import search
from support.project.seeds import slow_but

from wollemi.model.combination import combine
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.interpolation import Interpolation, workspace_interpolation
from wollemi_likelihood.likelihood import Likelihood


def luminosity_of(*contents):
    """Which have a luminosity."""
    return ["lumi" in Likelihood.from_workspace(content).index for content in contents]


def pair(seed):
    """Random models with what they can share: the strength, a normalization, the luminosity."""
    one, other = random_model(seed), random_model(seed + 1)
    shared = {"mu": ["one.mu", "other.mu"]}
    if all(luminosity_of(one, other)):
        shared["lumi"] = ["one.lumi", "other.lumi"]
    if all("norm" in Likelihood.from_workspace(item).index for item in (one, other)):
        shared["norm"] = ["one.norm", "other.norm"]
    return one, other, shared


@pytest.mark.parametrize("seed", slow_but(range(0, 8, 2), range(0, 24, 2)))
def test_the_likelihood_is_the_product(seed):
    one, other, shared = pair(seed)
    together = Likelihood.from_workspace(combine({"one": one, "other": other}, shared, "mu"))
    parts = {
        name: Likelihood.from_workspace(item) for name, item in (("one", one), ("other", other))
    }
    random = np.random.default_rng(1)
    lower, upper = together.bounds
    points = [
        np.clip(together.inits + 0.1 * random.normal(size=lower.shape), lower, upper)
        for _ in range(2)
    ]
    differences = []
    for point in points:
        total = together.logpdf(point)
        for name, part in parts.items():
            values = part.inits.copy()
            for own, place in part.index.items():
                stem, bracket, index = own.partition("[")
                new = stem if stem in {*shared, "lumi"} else f"{name}_{stem}"
                values[place] = point[together.index[f"{new}{bracket}{index}"]]
            total -= part.logpdf(values)
        differences.append(total + constraints(together, point, shared))
    # Up to a constant: the normalization of the constraints that count once.
    assert differences[0] == pytest.approx(differences[1], abs=1e-9)


def constraints(likelihood, point, shared):
    """ln of the constraints of the shared parameters, which are in both parts."""
    found = 0.0
    for name in shared:
        parameter, value = (
            likelihood.parameters[likelihood.index[name]],
            point[likelihood.index[name]],
        )
        if parameter.constraint == "normal":
            found += -0.5 * ((value - parameter.nominal) / parameter.width) ** 2
    return found


def test_without_shared_parameters_it_is_that_of_pyhf():
    one, other = search(1), search(2)
    renamed = pyhf.Workspace(copy.deepcopy(other)).rename(
        channels={name: f"x{name}" for name in pyhf.Workspace(other).channels},
        modifiers={name: f"x{name}" for name in dict(pyhf.Workspace(other).modifiers)},
    )
    renamed["measurements"][0]["name"] = "another"
    theirs = pyhf.Workspace.combine(pyhf.Workspace(one), renamed)
    theirs["measurements"] = [
        {"name": "both", "config": {"poi": "mu", "parameters": []}},
    ]
    ours = combine({"a": one, "b": other}, {}, "a_mu")
    found = [Likelihood.from_workspace(item) for item in (ours, theirs)]
    random = np.random.default_rng(1)
    point = found[0].inits + 0.05 * random.normal(size=found[0].inits.shape)
    other_point = found[1].inits.copy()
    for name, place in found[0].index.items():
        analysis, _, own = name.partition("_")
        other_point[found[1].index[own if analysis == "a" else f"x{own}"]] = point[place]
    assert found[0].logpdf(point) == pytest.approx(found[1].logpdf(other_point), rel=1e-12)


@pytest.mark.parametrize(
    ("shared", "poi", "problem"),
    [
        ({"mu": ["one.mu", "two.mu"]}, "mu", "'two.mu' is of no analysis"),
        ({"mu": ["one.mu", "other.nu"]}, "mu", "other has no parameter 'nu'"),
        ({"mu": ["one.mu", "other.mu"], "k": ["one.mu"]}, "mu", "one.mu is 'mu', too"),
        ({"mu": ["one.mu", "one.norm"]}, "mu", "two parameters of one analysis|constraints differ"),
        ({"mu": ["one.mu", "other.norm"]}, "mu", "their constraints differ"),
        ({"stat": ["one.stat0", "other.stat0"]}, "one_mu", "of kind staterror"),
        ({}, "mu", "no parameter 'mu'; did you mean 'one_mu'"),
    ],
)
def test_what_cannot_be_shared(shared, poi, problem):
    content = next(
        item
        for item in map(random_model, range(50))
        if {"norm", "mu", "stat0[0]"} <= Likelihood.from_workspace(item).index.keys()
        and not luminosity_of(item)[0]
    )
    with pytest.raises(WollemiError, match=problem):
        combine({"one": content, "other": content}, shared, poi)


def test_luminosities_are_shared_by_declaration():
    content = next(item for item in map(random_model, range(50)) if luminosity_of(item)[0])
    both, strength = {"one": content, "other": content}, {"mu": ["one.mu", "other.mu"]}
    with pytest.raises(WollemiError, match=r"one\.lumi is a luminosity of its own"):
        combine(both, strength, "mu")
    with pytest.raises(WollemiError, match="the luminosity is called 'l'"):
        combine(both, strength | {"l": ["one.lumi", "other.lumi"]}, "mu")
    changed = copy.deepcopy(content)
    (lumi,) = [
        item
        for item in changed["measurements"][0]["config"]["parameters"]
        if item["name"] == "lumi"
    ]
    lumi["sigmas"] = [0.5]
    with pytest.raises(WollemiError, match="its sigmas are"):
        combine(
            {"one": content, "other": changed},
            strength | {"lumi": ["one.lumi", "other.lumi"]},
            "mu",
        )


def test_the_narrowest_bounds_count():
    one, other = search(1), search(2)
    for content, bounds in ((one, [-1.0, 5.0]), (other, [0.0, 10.0])):
        content["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [bounds]}]
    made = combine({"a": one, "b": other}, {"mu": ["a.mu", "b.mu"]}, "mu")
    assert made["measurements"][0]["config"]["parameters"] == [
        {"name": "mu", "bounds": [[0.0, 5.0]]}
    ]


SAID = [
    ({"fixed": True, "inits": [0.0]}, "its fixed are"),
    ({"fixed": True}, "its fixed are"),
    ({"auxdata": [1.0]}, "its auxdata are"),
    ({"sigmas": [0.5]}, "its sigmas are"),
    ({"bounds": [[6.0, 7.0]]}, "have nothing in common"),
]


@pytest.mark.parametrize(("setting", "problem"), SAID)
@pytest.mark.parametrize("first", [True, False])
def test_what_one_analysis_says_alone_is_not_that_of_both(setting, problem, first):
    """The other one says nothing of the systematic: it has what pyhf takes."""
    contents = {"a": search(1), "b": search(2)}
    name = next(
        modifier["name"]
        for channel in contents["a"]["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
        if modifier["type"] == "normsys"
    )
    shared = {"mu": ["a.mu", "b.mu"], "both": [f"a.{name}", f"b.{name}"]}
    settings = contents["a" if first else "b"]["measurements"][0]["config"]["parameters"]
    settings.append({"name": name} | setting)
    with pytest.raises(WollemiError, match=problem):
        combine(contents, shared, "mu")
    del shared["both"]
    kept = combine(contents, shared, "mu")["measurements"][0]["config"]["parameters"]
    assert {"name": f"{'a' if first else 'b'}_{name}"} | setting in kept


def test_held_at_one_value_it_is_held_in_the_combination():
    contents = {"a": search(1), "b": search(2)}
    held = {"name": "mu", "fixed": True, "inits": [0.5]}
    for content in contents.values():
        content["measurements"][0]["config"]["parameters"] = [dict(held)]
    shared = {"strength": ["a.mu", "b.mu"]}
    made = combine(contents, shared, "strength")["measurements"][0]["config"]["parameters"]
    assert made == [held | {"name": "strength"}]
    contents["b"]["measurements"][0]["config"]["parameters"][0]["inits"] = [1.0]
    with pytest.raises(WollemiError, match=r"its inits are \[0.5\] and \[1.0\]"):
        combine(contents, shared, "strength")


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (("one [pseudo-data]", "other"), "combination [pseudo-data]"),
        (
            ("one [PREVIEW]", "other [pseudo-data] [BLINDED]"),
            "combination [pseudo-data] [PREVIEW] [BLINDED]",
        ),
        (("one [13 TeV]", "other"), "combination"),
    ],
)
def test_marks_are_those_of_all(names, made):
    contents = {"a": search(1), "b": search(2)}
    for content, name in zip(contents.values(), names, strict=True):
        content["measurements"][0]["name"] = name
    shared = {"mu": ["a.mu", "b.mu"]}
    assert combine(contents, shared, "mu")["measurements"][0]["name"] == made
    for content in contents.values():
        content["measurements"][0]["name"] = Interpolation("code1", "code0").named(
            content["measurements"][0]["name"]
        )
    together = combine(contents, shared, "mu")
    assert workspace_interpolation(together) == Interpolation("code1", "code0")
    assert together["measurements"][0]["name"].startswith(f"{made} {{")


def test_nothing_is_shared_by_an_accident_of_names():
    one, other = search(1), search(2)
    for channel in other["channels"]:
        for item in channel["samples"]:
            for modifier in item["modifiers"]:
                if modifier["name"] == "mu":
                    modifier["name"] = "b_mu"
    with pytest.raises(WollemiError, match=r"a_b\.mu and a\.b_mu would both be 'a_b_mu'"):
        combine({"a_b": one, "a": other}, {}, "a_b_mu")
    with pytest.raises(WollemiError, match="would both be 'a_mu'"):
        combine({"a": one, "b": search(2)}, {"a_mu": ["b.mu"]}, "a_mu")


def test_codes_of_the_interpolation_are_those_of_all():
    codes, shared = Interpolation("code1", "code0"), {"mu": ["one.mu", "other.mu"]}
    one, other = search(1), search(2)
    one["measurements"][0]["name"] = codes.named("one")
    with pytest.raises(WollemiError, match="in different ways"):
        combine({"one": one, "other": other}, shared, "mu")
    other["measurements"][0]["name"] = codes.named("other")
    together = combine({"one": one, "other": other}, shared, "mu")
    assert workspace_interpolation(together) == codes
