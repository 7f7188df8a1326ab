"""Limits of several signals: what is below the floor, which exclusion is quoted, and that no signal
takes the others with it.
"""

import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest
from compute_limits import limits_of
from support.example.products import EXAMPLE, limit, settings
from support.products.statistical_models import counting, modifier, sample, workspace
from support.project.seeds import slow_but

from wollemi.inference.limit_report import describe_limit
from wollemi.reinterpretation.text import below_floor
from wollemi.results.limits import SignalLimit, exclusion
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limit_floor import edges_below, fewest_signal_events
from wollemi_likelihood.limits import upper_limit
from wollemi_likelihood.workspaces import read_workspaces

LEVEL = 0.95


def poisson_cls(signal, background, observed):
    """CLs of a counting experiment, summed over what it may count: exact."""

    def probability(mean):
        terms = [np.exp(-mean)]
        for number in range(1, observed + 1):
            terms.append(terms[-1] * mean / number)
        return sum(terms)

    return probability(signal + background) / probability(background)


@pytest.mark.parametrize("background", [0.0, 0.01, 0.5, 3.0, 20.0])
@pytest.mark.parametrize("observed", [0, 1, 5])
def test_no_exact_limit_is_below_the_floor(background, observed):
    assert poisson_cls(fewest_signal_events(LEVEL) * (1 - 1e-9), background, observed) >= 0.05


@pytest.mark.parametrize("seed", slow_but(range(4), range(12)))
def test_every_edge_is_judged(seed):
    """Random experiments of few events: each limit is named exactly where it is below 3.0 signal
    events.
    """
    random = np.random.default_rng(seed)
    background, signal = float(10 ** random.uniform(-2, 1)), float(10 ** random.uniform(-1, 1))
    content = counting(float(random.poisson(background)), signal, background)
    found = upper_limit(Likelihood.from_workspace(content), points=2)
    described = describe_limit(found, None, None, signal)
    events = {"observed": found.observed * signal}
    for name, value in zip(
        ("minus_2sigma", "minus_1sigma", "", "plus_1sigma", "plus_2sigma"),
        found.expected,
        strict=True,
    ):
        events[f"expected_{name}".rstrip("_")] = value * signal
    assert set(described.too_low) == {
        name for name, value in events.items() if value < -np.log(0.05)
    }
    assert ("below_floor" in described.plain()) == bool(described.too_low)
    assert described.asymptotic_too_low.plain() == {
        kind: events[kind] < -np.log(0.05) for kind in ("observed", "expected")
    }
    blinded = describe_limit(found, None, None, signal, blinded=True)
    assert "observed" not in blinded.too_low


def test_products_of_older_archives_are_read():
    assert below_floor({"asymptotic_too_low": {"observed": False, "expected": True}}) == [
        "expected"
    ]
    assert SignalLimit.model_validate(
        limit() | {"asymptotic_too_low": {"observed": False, "expected": True}}
    ).too_low == ("expected",)


def at(point, observed, median, events=100.0):
    expected = [0.4 * median, 0.6 * median, median, 1.5 * median, 2.2 * median]
    below = edges_below(observed, expected, events, LEVEL)
    return SignalLimit.model_validate(
        limit(point, observed) | {"expected": expected, "below_floor": below}
    )


def test_an_exclusion_that_rests_on_what_is_no_limit_is_not_quoted():
    sound = exclusion({"a": at(1.0, 0.1, 0.1), "b": at(2.0, 10.0, 10.0)})
    assert sound.plain() == {"observed": pytest.approx(1.5), "expected": pytest.approx(1.5)}
    low = exclusion({"a": at(1.0, 0.1, 0.02), "b": at(2.0, 10.0, 50.0)})
    assert low.plain() == {
        "observed": pytest.approx(1.5),
        "expected": None,
        "not_quoted": ("expected",),
    }
    # Far from the crossing it does no harm.
    far = exclusion({"z": at(0.5, 0.01, 0.01), "a": at(1.0, 0.1, 0.1), "b": at(2.0, 10.0, 10.0)})
    assert far.not_quoted == ()


def model(name, signal, bound=10.0):
    samples = [
        sample(name, np.array([signal]), modifier("normfactor", "mu")),
        sample("background", np.array([40.0])),
    ]
    content = workspace([{"name": "SR", "samples": samples}], [{"name": "SR", "data": [45.0]}])
    content["measurements"][0]["config"]["parameters"] = [
        {"name": "mu", "bounds": [[0.0, bound]], "inits": [1.0]}
    ]
    return content


def test_one_signal_does_not_take_the_others_with_it(tmp_path, caplog):
    """One without any event, one whose limit is far beyond the bound: the third has what it has
    alone.
    """
    signals = {"nothing": 0.0, "rare": 0.1, "signal": 20.0}
    document = EXAMPLE | {
        "samples": EXAMPLE["samples"] | dict.fromkeys(signals, EXAMPLE["samples"]["signal"])
    }
    paths = [tmp_path / f"{name}.json" for name in signals]
    for path, (name, events) in zip(paths, signals.items(), strict=True):
        path.write_text(json.dumps(model(name, events)))
    job = SimpleNamespace(settings=settings(("limits", "samples", "datasets"), document))
    with caplog.at_level(logging.INFO):
        limits, left_out = limits_of(job, read_workspaces(paths), {})
    assert list(limits) == ["rare", "signal"]
    assert list(left_out) == ["nothing"]
    assert "above the upper bound of mu, 1e+06" in left_out["nothing"]
    assert limits["rare"].poi_bound_raised_to == 1e3
    assert limits["rare"].expected == pytest.approx(
        [200 * value for value in limits["signal"].expected], rel=1e-5
    )
    assert limits["signal"].poi_bound_raised_to is None
    assert "a limit is beyond the bounds of mu" in caplog.text
