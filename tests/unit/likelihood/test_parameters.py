"""A number of a workspace means the same with and without a decimal point."""

import json

import numpy as np
import pytest
from support.products.statistical_models import counting, everything, search

from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit


def written(value, number):
    """The same JSON, with numbers that are whole written one way."""
    if isinstance(value, dict):
        return {key: written(item, number) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [written(item, number) for item in value]
    is_whole = (
        isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    )
    return number(value) if is_whole else value


def settings(content):
    """Every parameter with all settings that it may have, as whole numbers."""
    parameters = [
        {"name": "mu", "inits": [1.0], "bounds": [[0.0, 40.0]]},
        *(
            item
            for item in content["measurements"][0]["config"]["parameters"]
            if item["name"] != "mu"
        ),
    ]
    content["measurements"][0]["config"]["parameters"] = parameters
    return content


@pytest.mark.parametrize(
    "content",
    [counting(3, 1, 2), search(2), everything(0)],
    ids=["counting", "search", "everything"],
)
def test_whole_numbers(content):
    found = []
    for number in (int, float):
        plain = json.loads(json.dumps(written(settings(content), number)))
        likelihood = Likelihood.from_workspace(plain)
        assert likelihood.inits.dtype == likelihood.bounds.dtype == np.float64
        limit = upper_limit(likelihood, points=3)
        found.append((fit(likelihood).values.tolist(), limit.observed, limit.expected))
    assert found[0] == found[1]
