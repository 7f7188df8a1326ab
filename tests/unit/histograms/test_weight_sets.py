"""Envelopes, replicas and Hessian sets against plain numpy, and cases whose answer is known."""

import numpy as np
import pytest

from wollemi.analysis.plain.weight_sets import member_numbers
from wollemi.histograms.histogram import edges_axis, from_sums
from wollemi.histograms.weight_sets import combine_members, normalized_members
from wollemi.loading.systematics import own_problems

AXIS = edges_axis("x", (0.0, 1.0, 2.0, 4.0))


def histogram(values):
    values = np.asarray(values, float)
    return from_sums(AXIS, values, values**2)


def combined(nominal, values, **item):
    """Both sides, for members numbered from 0."""
    settings = {"members": list(range(len(values)))} | item
    sides = combine_members(
        settings, histogram(nominal), {k: histogram(bins) for k, bins in enumerate(values)}
    )
    return [side.values(flow=True) for side in sides]


def test_the_envelope_includes_the_nominal():
    up, down = combined(
        [10, 10, 10, 10, 10], [[12, 9, 11, 10, 10], [13, 8, 10.5, 10, 9]], kind="scale_envelope"
    )
    assert up.tolist() == [13, 10, 11, 10, 10]
    assert down.tolist() == [10, 8, 10, 10, 9]


@pytest.mark.parametrize("method", [None, "replicas", "hessian_symmetric", "hessian_asymmetric"])
def test_equal_members_are_no_uncertainty(method):
    nominal = np.random.default_rng(2).uniform(1, 100, 5)
    for side in combined(nominal, [nominal] * 6, method=method, alpha_s=(0, 1), level=90):
        assert (side == nominal).all()


def test_formulas():
    rng = np.random.default_rng(3)
    nominal, members = rng.uniform(50, 100, 5), rng.uniform(40, 110, (10, 5))
    bins, pairs = range(5), range(0, 10, 2)
    mean = [sum(members[:, b]) / 10 for b in bins]
    expected = {
        "replicas": [[(sum((x - mean[b]) ** 2 for x in members[:, b]) / 9) ** 0.5 for b in bins]] * 2,  # noqa: E501
        "hessian_symmetric": [[sum((x - nominal[b]) ** 2 for x in members[:, b]) ** 0.5 for b in bins]] * 2,  # noqa: E501
        "hessian_asymmetric": [
            [
                sum(max(s * (members[k, b] - nominal[b]), s * (members[k + 1, b] - nominal[b]), 0) ** 2 for k in pairs) ** 0.5  # noqa: E501
                for b in bins
            ]
            for s in (1, -1)
        ],
    }  # fmt: skip
    for method, (up, down) in expected.items():
        for level, factor in ((68, 1.0), (90, 1.6448536269514722)):
            found = combined(nominal, members, method=method, level=level)
            assert found[0] - nominal == pytest.approx(np.array(up) / factor, rel=1e-12), method
            assert nominal - found[1] == pytest.approx(np.array(down) / factor, rel=1e-12), method


def test_alpha_s_in_quadrature():
    members = [[103] * 5, [100] * 5, [96] * 5, [104] * 5]
    up, down = combined(
        [100] * 5, members, members=[0, 1], method="hessian_symmetric", alpha_s=(2, 3)
    )
    assert up.tolist() == pytest.approx([105] * 5)
    assert down.tolist() == pytest.approx([95] * 5)


def test_replicas_and_eigenvectors_of_one_gaussian_agree():
    """Replicas of a set are Gaussian mixtures of its eigenvectors: both give the same uncertainty,
    within statistics.
    """
    rng = np.random.default_rng(4)
    nominal, vectors = rng.uniform(80, 120, 5), rng.normal(0, 3, (20, 5))
    hessian = combined(nominal, nominal + vectors, method="hessian_symmetric")[0] - nominal
    both = (
        combined(
            nominal,
            [nominal + s * v for v in vectors for s in (1, -1)],
            method="hessian_asymmetric",
        )[0]
        - nominal
    )
    assert both == pytest.approx(hessian, rel=1e-12)
    number = 2000
    replicas = (
        combined(nominal, nominal + rng.normal(0, 1, (number, 20)) @ vectors, method="replicas")[0]
        - nominal
    )
    assert replicas == pytest.approx(hessian, rel=4 / np.sqrt(2 * number))


def test_normalization():
    values = {"r/x/pdf_member3": 12.0, "r/x/pdf_member4": 5.0, "r/x/qcd_member3": 12.0}
    members = {name: histogram([value] * 5) for name, value in values.items()}
    systematics = {
        "pdf": {"members": [3, 4], "normalization": "remove"},
        "qcd": {"members": [3], "normalization": "include"},
    }
    found = normalized_members(
        members, systematics, {"pdf": [1200.0, 1000.0], "qcd": [1200.0]}, 1000.0
    )
    assert found["r/x/pdf_member3"].values(flow=True).tolist() == pytest.approx([10.0] * 5)
    assert found["r/x/pdf_member4"].values(flow=True).tolist() == [5.0] * 5
    assert found["r/x/qcd_member3"].values(flow=True).tolist() == [12.0] * 5


def test_ranges():
    assert member_numbers(["1-3", 7, "9-9"]) == [1, 2, 3, 7, 9]
    pdf = {
        "kind": "pdf",
        "members": ["1-3", 3, "5-4"],
        "nominal": 1,
        "alpha_s": [2, 9],
        "method": "replicas",
    }
    assert own_problems({}, "pdf", pdf) == [
        "pdf.members: 3 appears there twice",
        "pdf.members: 5-4 is empty; write the smaller number first",
        "pdf.nominal: 1 is one of the members of the set",
        "pdf.alpha_s: 2 is one of the members of the set",
    ]
    assert (
        "cannot be paired"
        in own_problems(
            {}, "pdf", {"kind": "pdf", "members": ["1-3"], "method": "hessian_asymmetric"}
        )[0]
    )
    assert (
        "at least two"
        in own_problems({}, "pdf", {"kind": "pdf", "members": [1], "method": "replicas"})[0]
    )
