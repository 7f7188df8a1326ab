"""The comparison with pyhf: agreement on models of every kind, and planted differences that it
finds.
"""

import copy
import dataclasses

import numpy as np
import pytest
from support.products.statistical_models import counting, everything, search

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.pyhf_comparison import POINTS, compare_with_pyhf, points

EVERYTHING = everything(3)


def compare(theirs, ours=None):
    return compare_with_pyhf("signal.json", theirs, Likelihood.from_workspace(ours or theirs))


@pytest.mark.parametrize(
    "content",
    [everything(seed) for seed in range(5)] + [search(seed, scale=2.0) for seed in range(5)],
)
def test_models_of_every_kind_agree(content):
    found = compare(content)
    assert len(found) == POINTS
    assert all(np.isfinite(point.ours) for point in found)


@pytest.mark.parametrize("events", [0.0, 1.0, 1e4, 1e8, 1e12])
def test_any_number_of_events(events):
    """n ln λ - λ - ln n! of pyhf loses digits where n is large: rounding is no difference."""
    assert len(compare(counting(events, 1.0 + events / 10, 0.9 * events + 1))) == POINTS


def test_points_are_the_initial_values_and_others_within_the_bounds():
    likelihood = Likelihood.from_workspace(EVERYTHING)
    found = list(points(likelihood))
    assert found[0].tolist() == likelihood.inits.tolist()
    lower, upper = likelihood.bounds
    assert all(((lower <= values) & (values <= upper)).all() for values in found)
    moved = np.ptp(found, axis=0) > 0
    assert moved.all()
    shape = likelihood.index["shape"]
    assert {abs(values[shape]) > 1 for values in found} == {True, False}


def numbers(node, path=()):
    """Paths of the numbers in the modifiers and yields of a workspace."""
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in items:
        if isinstance(value, float) and value:
            yield (*path, key)
        yield from numbers(value, (*path, key))


def means_nothing(path):
    """Whether a number is the uncertainty of a bin of `shapesys` without events: it has no
    parameter.
    """
    _, channel, _, sample, *rest = path
    item = EVERYTHING["channels"][channel]["samples"][sample]
    return (
        rest[0] == "modifiers"
        and item["modifiers"][rest[1]]["type"] == "shapesys"
        and item["data"][rest[-1]] == 0
    )


MODEL_NUMBERS = [
    path for path in numbers(EVERYTHING["channels"], ("channels",)) if not means_nothing(path)
]


def test_any_number_of_the_model_that_is_wrong_is_found():
    assert len(MODEL_NUMBERS) == 50
    for path in MODEL_NUMBERS:
        wrong = copy.deepcopy(EVERYTHING)
        place = wrong
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] *= 1 + 1e-5
        with pytest.raises(WollemiError, match=r"signal\.json: our (expected events|-2 ln L)"):
            compare(EVERYTHING, wrong)


@pytest.mark.parametrize("wrong", ["main", "auxiliary"])
def test_data_that_are_wrong_are_found(wrong):
    likelihood = Likelihood.from_workspace(EVERYTHING)
    data = dataclasses.replace(likelihood.data, **{wrong: getattr(likelihood.data, wrong) * 1.001})
    with pytest.raises(
        WollemiError,
        match=r"our -2 ln L at point 1 is .*, pyhf's is .*\n.*do not use the results",
    ):
        compare_with_pyhf("signal.json", EVERYTHING, dataclasses.replace(likelihood, data=data))


def test_parameters_of_another_model_are_found():
    with pytest.raises(WollemiError, match="our parameters are"):
        compare(EVERYTHING, counting(3.0, 2.0, 1.0))


def test_what_is_no_workspace_by_the_schema_is_told():
    wrong = copy.deepcopy(EVERYTHING)
    wrong["version"] = "2.0"
    with pytest.raises(WollemiError, match="pyhf does not take this workspace"):
        compare(wrong, EVERYTHING)


def test_a_tiny_uncertainty_is_no_difference():
    """As in a published likelihood: an auxiliary measurement of 10¹² events, where pyhf rounds."""
    model = copy.deepcopy(EVERYTHING)
    sample = model["channels"][0]["samples"][0]
    tiny = [1e-6 * value for value in sample["data"]]
    sample["modifiers"].append({"name": "tiny", "type": "shapesys", "data": tiny})
    found = compare(model, model)
    assert max(abs(point.ours - point.pyhf) for point in found) < 0.1
