"""Settings of parameters that an analysis holds."""

import pytest

from wollemi.model.held_parameters import with_held
from wollemi_likelihood.base.errors import WollemiError


def workspace(*modifiers):
    sample = {"name": "dy", "data": [1.0], "modifiers": list(modifiers)}
    config = {"poi": "mu", "parameters": [{"name": "norm", "inits": [1.0], "bounds": [[0, 2]]}]}
    return {
        "channels": [{"name": "SR", "samples": [sample]}],
        "measurements": [{"name": "one", "config": config}, {"name": "two", "config": config}],
    }


NORM = {"name": "norm", "type": "normfactor", "data": None}
SCALE = {"name": "scale", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}
STATISTICS = {"name": "staterror_SR", "type": "staterror", "data": [0.1]}


def test_all_measurements_hold_them():
    held = with_held(workspace(NORM, SCALE), {"scale": -1.0, "norm": 1.5})
    for measurement in held["measurements"]:
        assert measurement["config"]["parameters"] == [
            {"name": "norm", "inits": [1.5], "bounds": [[0, 2]], "fixed": True},
            {"name": "scale", "inits": [-1.0], "fixed": True},
        ]


def test_nothing_changes_where_nothing_is_held():
    assert with_held(workspace(NORM), {}) == workspace(NORM)


def test_a_systematic_of_another_signal_is_held_as_well():
    """Else the backgrounds of two signals would not be equal, and have no common likelihood."""
    config = with_held(workspace(NORM), {"other": 0.0}, ["other"])["measurements"][0]["config"]
    assert config["parameters"][-1] == {"name": "other", "inits": [0.0], "fixed": True}


def test_an_unknown_parameter_is_refused_with_the_nearest_one():
    with pytest.raises(WollemiError, match=r"model\.fixed\.scal.*did you mean 'scale'"):
        with_held(workspace(NORM, SCALE), {"scal": 0.0})


def test_parameters_of_bins_are_refused():
    with pytest.raises(WollemiError, match="one such parameter for each bin"):
        with_held(workspace(STATISTICS), {"staterror_SR": 1.0})
