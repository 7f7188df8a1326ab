"""Limits between generated signals: a peak on a falling background, whose signals are known at all
masses.
"""

import numpy as np
import pytest
from support.products.statistical_models import modifier, normsys, sample
from support.products.statistical_models import workspace as make_workspace

from wollemi.inference.limit_report import describe_limit
from wollemi.inference.mass_interpolation import Place, Rules, interpolation, shares
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import signal_events, upper_limit

EDGES = np.linspace(1.0, 7.0, 61)
CENTERS = (EDGES[1:] + EDGES[:-1]) / 2
RULES = Rules({"sr": EDGES}, 0.25, 0.95)


def model(mass):
    """A peak of a resolution of 8 % whose cross section falls with the mass."""
    shape = np.exp(-0.5 * ((CENTERS - mass) / (0.08 * mass)) ** 2)
    signal = 60.0 * np.exp(-0.9 * (mass - 2)) * shape / shape.sum()
    background = 400.0 * np.exp(-1.2 * (CENTERS - 1))
    samples = [
        sample(
            f"m{mass:g}",
            signal,
            modifier("normfactor", "mu"),
            normsys("efficiency", 1 + 0.02 * mass, 1 - 0.02 * mass),
        ),
        sample("background", background, normsys("rate", 1.05, 0.95)),
    ]
    data = {"name": "sr", "data": background.round().tolist()}
    return make_workspace([{"name": "sr", "samples": samples}], [data])


def place(mass):
    content, name = model(mass), f"m{mass:g}"
    likelihood = Likelihood.from_workspace(content)
    limit = upper_limit(likelihood, 0.95, points=2)
    return Place(
        name, mass, content, describe_limit(limit, mass, mass, signal_events(likelihood, [name]))
    )


def test_places_between_two_points():
    assert shares(2.0, 3.0, 0.25) == [0.25, 0.5, 0.75]
    assert shares(2.0, 2.5, 0.2) == pytest.approx([1 / 3, 2 / 3])
    assert shares(2.0, 2.3, 0.1) == pytest.approx([1 / 3, 2 / 3])
    assert shares(2.0, 2.5, 0.5) == shares(2.0, 2.5, 1.0) == []


def test_interpolated_limits_are_those_of_the_signals_there():
    """To 2 %, and each inner one predicted from twice as far, to 3 %."""
    masses = (2.5, 3.0, 3.5, 4.0)
    found = interpolation([place(mass) for mass in masses], RULES)
    assert [item.point for item in found.limits] == [2.75, 3.25, 3.75]
    assert found.limits[0].between == ("m2.5", "m3")
    for item in found.limits:
        known = place(item.point).limit
        assert item.signal_events == pytest.approx(known.signal_events, rel=0.01)
        assert item.expected == pytest.approx(known.expected, rel=0.02)
        assert item.observed == pytest.approx(known.observed, rel=0.02)
        low, high = (float(name[1:]) for name in item.between)
        assert item.cross_section_pb == pytest.approx(np.sqrt(low * high))
    assert found.closure.keys() == {"m3", "m3.5"}
    for item in found.closure.values():
        assert abs(item.events_shift) < 0.02
        assert 0 < abs(item.limit_shift) < 0.03
    assert "left_out" not in found.plain()


def test_blinded_limits_and_far_neighbors():
    rules = Rules({"sr": EDGES}, 0.25, 0.95, blinded=True)
    found = interpolation([place(2.0), place(2.5), place(6.5)], rules)
    assert [item.observed for item in found.limits] == [None]
    (pair,) = found.left_out
    assert pair == "m2.5 and m6.5"
    assert "too far apart" in found.left_out[pair]
