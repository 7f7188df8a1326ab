"""Certificates of imported models: agreement, planted faults that they find, and known differences
with their sizes.
"""

import pytest
from support.products.statistical_models import everything, model_numbers, multiplied

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


def test_a_model_that_is_its_source():
    found = certified(EVERYTHING, arithmetic(EVERYTHING))
    assert found.largest < 1e-11
    assert len(found.checks["signal"]) == POINTS - 1
    assert not found.otherwise


@pytest.mark.parametrize("path", list(model_numbers(EVERYTHING)), ids=str)
def test_any_number_that_is_not_the_source_s_is_refused(path):
    with pytest.raises(WollemiError, match="in the arithmetic of the source"):
        certified(multiplied(EVERYTHING, path, 1.001), arithmetic(EVERYTHING))


def test_known_differences_have_their_sizes():
    first, second, *_ = model_numbers(EVERYTHING)
    once = multiplied(EVERYTHING, first, 1.01)
    twice = multiplied(once, second, 1.02)
    found = certified(twice, arithmetic(EVERYTHING, rounding=once, thresholds=twice))
    assert found.otherwise.keys() == {"rounding", "thresholds"}
    assert all(size > 1e-3 for size in found.otherwise.values())
    assert found.largest <= sum(found.otherwise.values()) + 1e-9
    with pytest.raises(WollemiError, match="in the arithmetic of the source"):
        certified(twice, arithmetic(EVERYTHING, rounding=once))
