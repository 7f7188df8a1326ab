"""Certificates of imported models: agreement, planted faults that they find, and known differences
with their sizes.
"""

import copy

import pytest
from support.products.statistical_models import everything

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.certificate import Arithmetic, certificate
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.plain_likelihood import plain_model
from wollemi_likelihood.pyhf_comparison import POINTS

EVERYTHING = everything(3)


def arithmetic(workspace, **otherwise):
    others = {name: plain_model(item).minus_two_log_likelihood for name, item in otherwise.items()}
    return Arithmetic("a source", plain_model(workspace).minus_two_log_likelihood, others)


def certified(imported, source):
    likelihoods = {"signal": Likelihood.from_workspace(imported)}
    return certificate("model.json", likelihoods, {"signal": source})


def places(channels):
    """Paths of all numbers of the channels that act on a bin with events."""
    for i, channel in enumerate(channels):
        for k, sample in enumerate(channel["samples"]):
            for path, value in numbers(sample):
                empty = isinstance(path[-1], int) and not sample["data"][path[-1]]
                if value and not empty:
                    yield (i, "samples", k, *path)


def numbers(node, path=()):
    """Paths of all numbers, and the numbers."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from numbers(value, (*path, key))
        elif isinstance(value, float):
            yield (*path, key), value


def changed(workspace, path, size):
    """A workspace with one number multiplied."""
    made = copy.deepcopy(workspace)
    node = made["channels"]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] *= size
    return made


def test_a_model_that_is_its_source():
    found = certified(EVERYTHING, arithmetic(EVERYTHING))
    assert found.largest < 1e-11
    assert len(found.checks["signal"]) == POINTS - 1
    assert not found.otherwise


@pytest.mark.parametrize("path", list(places(EVERYTHING["channels"])), ids=str)
def test_any_number_that_is_not_the_source_s_is_refused(path):
    with pytest.raises(WollemiError, match="in the arithmetic of the source"):
        certified(changed(EVERYTHING, path, 1.001), arithmetic(EVERYTHING))


def test_known_differences_have_their_sizes():
    first, second, *_ = places(EVERYTHING["channels"])
    once = changed(EVERYTHING, first, 1.01)
    twice = changed(once, second, 1.02)
    found = certified(twice, arithmetic(EVERYTHING, rounding=once, thresholds=twice))
    assert found.otherwise.keys() == {"rounding", "thresholds"}
    assert all(size > 1e-3 for size in found.otherwise.values())
    assert found.largest <= sum(found.otherwise.values()) + 1e-9
    with pytest.raises(WollemiError, match="in the arithmetic of the source"):
        certified(twice, arithmetic(EVERYTHING, rounding=once))
