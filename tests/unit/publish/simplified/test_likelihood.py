"""The simplified likelihood against numbers worked out by hand, and against pyhf and spey."""

import math
from types import SimpleNamespace

import numpy as np
import pyhf
import pytest
from support.oracles.spey_limits import spey_limits
from support.products.statistical_models import (
    histosys,
    modifier,
    normsys,
    sample,
    staterror,
    workspace,
)

from wollemi_likelihood.asymptotics import AsymptoticTest
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.limits import upper_limit
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.root_finding import find_root
from wollemi_likelihood.scan import ProfileScan
from wollemi_publish.simplified.likelihood import (
    INDEPENDENT_VARIANCE,
    SMALLEST_BACKGROUND,
    SimplifiedLikelihood,
    signal_yields,
    simplify,
)

DY, TOP = np.array([50.0, 30.0, 8.0]), np.array([10.0, 9.0, 7.0])
SIGNAL = np.array([1.0, 9.0, 2.0])
BOUNDS = [0.0, 10.0]


def model(counts=(61, 44, 14), control=True, top=TOP):
    """A signal region and a control region that finds the normalization of top."""
    search = [
        sample(
            "dy",
            DY,
            normsys("rate", 1.1, 0.9),
            histosys("shape", DY, [0.1, 0.0, -0.1], [-0.1, 0.0, 0.1]),
        ),
        sample("signal", SIGNAL, modifier("normfactor", "mu"), normsys("rate", 1.05, 0.95)),
        sample("top", top, modifier("normfactor", "norm_top"), staterror("staterror_search", top)),
    ]
    channels, data = (
        [{"name": "search", "samples": search}],
        [{"name": "search", "data": list(map(float, counts))}],
    )
    if control:
        channels.append(
            {
                "name": "control",
                "samples": [sample("top", [100.0], modifier("normfactor", "norm_top"))],
            }
        )
        data.append({"name": "control", "data": [120.0]})
    return workspace(
        channels,
        data,
        [{"name": name, "bounds": [BOUNDS], "inits": [1.0]} for name in ("mu", "norm_top")],
    )


def by_hand(norm, variance_of_norm):
    """Background and covariance, errors propagated linearly: rate, shape, normalization, and a
    tenth of top in each bin.
    """
    expected = DY + norm * TOP
    effects = [0.1 * DY, DY * [0.1, 0.0, -0.1], math.sqrt(variance_of_norm) * TOP]
    covariance = sum(np.outer(effect, effect) for effect in effects) + np.diag(
        (0.1 * norm * TOP) ** 2
    )
    return expected, covariance + np.diag(INDEPENDENT_VARIANCE * expected)


def test_the_control_region_and_auxiliary_measurements_tell_the_background():
    found = simplify(model(), "signal", ["search"])
    expected, covariance = by_hand(1.2, 120 / 100**2)
    assert found.background == pytest.approx(expected, rel=1e-6)
    # a normsys is not quite linear
    np.testing.assert_allclose(found.covariance, covariance, rtol=2e-4)
    assert found.counts.tolist() == [61, 44, 14]
    assert signal_yields(Likelihood.from_workspace(model()), "signal", ["search"]) == pytest.approx(
        SIGNAL
    )


def test_data_of_the_signal_regions_are_used_once():
    one, other = (
        simplify(model(), "signal", ["search"]),
        simplify(model((0, 500, 3)), "signal", ["search"]),
    )
    assert one.background.tolist() == other.background.tolist()
    assert one.covariance.tolist() == other.covariance.tolist()
    assert other.counts.tolist() == [0, 500, 3]


def test_without_signal_regions_there_is_none():
    with pytest.raises(WollemiError, match="none has the role signal"):
        simplify(model(), "signal", [])


def test_control_regions_whose_fit_fails_tell_nothing(monkeypatch):
    failed = SimpleNamespace(status=SimpleNamespace(converged=False, message="no minimum"))
    monkeypatch.setattr("wollemi_publish.simplified.likelihood.fit", lambda _: failed)
    with pytest.raises(
        WollemiError, match="control regions: their fit did not converge: no minimum"
    ):
        simplify(model(), "signal", ["search"])


def test_a_normalization_that_nothing_tells_is_as_free_as_its_bounds():
    found = simplify(model(control=False), "signal", ["search"])
    expected, covariance = by_hand(1.0, (BOUNDS[1] - BOUNDS[0]) ** 2 / 12)
    assert found.background == pytest.approx(expected)
    np.testing.assert_allclose(found.covariance, covariance, rtol=2e-4)
    full = upper_limit(Likelihood.from_workspace(model(control=False)), points=2)
    limit = found.limit(SIGNAL, 0.95, BOUNDS[1])
    assert limit.observed == pytest.approx(full.observed, rel=0.1)
    assert limit.expected[2] == pytest.approx(full.expected[2], rel=0.1)


def test_the_workspace_is_the_normal_distribution():
    found = simplify(model(), "signal", ["search"])
    reference = pyhf.Workspace(found.workspace(SIGNAL, 10.0)).model()
    parameters = np.array(reference.config.suggested_init())
    parameters[reference.config.poi_index] = 0.0
    others = [k for k in range(len(parameters)) if k != reference.config.poi_index]
    assert reference.expected_actualdata(parameters) == pytest.approx(found.background)
    for size in (0.3, 2.5):
        effects = [
            reference.expected_actualdata(parameters + size * np.eye(len(parameters))[k])
            - found.background
            for k in others
        ]
        np.testing.assert_allclose(
            np.sum([np.outer(e, e) for e in effects], axis=0), size**2 * found.covariance, rtol=1e-9
        )


def test_a_bin_without_background_keeps_a_little():
    counts, empty = (61, 0, 14), np.array([10.0, 0.0, 7.0])
    content = model(counts, top=empty)
    content["channels"][0]["samples"][0]["data"][1] = 0.0
    for name in ("hi_data", "lo_data"):
        content["channels"][0]["samples"][0]["modifiers"][1]["data"][name][1] = 0.0
    found = simplify(content, "signal", ["search"])
    assert found.background[1] == SMALLEST_BACKGROUND
    assert np.linalg.eigvalsh(found.covariance)[0] > 0
    full = upper_limit(Likelihood.from_workspace(content), points=2)
    assert found.limit(SIGNAL, 0.95, 10.0).observed == pytest.approx(full.observed, rel=0.1)


def test_a_bin_without_signal_constrains_the_background():
    simplified = SimplifiedLikelihood(
        np.array([100.0, 55.0]), np.array([100.0, 50.0]), np.array([[400.0, 199.0], [199.0, 100.0]])
    )
    alone = SimplifiedLikelihood(
        simplified.counts[1:], simplified.background[1:], simplified.covariance[1:, 1:]
    )
    both = simplified.limit(np.array([0.0, 10.0]), 0.95, 10.0)
    assert both.expected[2] < alone.limit(np.array([10.0]), 0.95, 10.0).expected[2]


class SpeysConvention(AsymptoticTest):
    """Asimov data as spey makes them: the events of the fit without signal, but auxiliary data that
    stay where they are.
    """

    def __init__(self, likelihood):
        super().__init__(likelihood, likelihood.data)
        background = self.observed.scan.fixed(0.0).point.values
        data = Data(likelihood.expected(background), likelihood.auxdata)
        self.asimov = ProfileScan(Objective(likelihood, data), self.poi, background)

    def asimov_root(self, poi):
        rise = self.asimov.fixed(poi).point.objective - self.asimov.free().point.objective
        return math.sqrt(max(0.0, 2 * rise))


def test_limits_are_those_of_spey():
    found = simplify(model(), "signal", ["search"])
    arrays = {
        "data": found.counts,
        "background_yields": found.background,
        "covariance_matrix": found.covariance,
    }
    published = {
        "model": {key: value.tolist() for key, value in arrays.items()},
        "signals": {"new": {"signal_yields": SIGNAL.tolist()}},
    }
    observed, expected = spey_limits(published)["new"]
    assert expected == pytest.approx(
        found.limit_before_fit(SIGNAL, 0.95, 10.0).expected[2], rel=1e-3
    )
    test = SpeysConvention(Likelihood.from_workspace(found.workspace(SIGNAL, 100.0)))
    assert observed == pytest.approx(
        find_root(lambda poi: test.cls(poi) - 0.05, 0.1, 10.0, 1e-6), rel=1e-2
    )
    assert observed == pytest.approx(found.limit(SIGNAL, 0.95, 10.0).observed, rel=0.05)
