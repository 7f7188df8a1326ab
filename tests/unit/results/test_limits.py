"""What is excluded with predictions that are uncertain, where it is known."""

import numpy as np
import pytest
from support.example.products import limit
from support.products.statistical_models import counting
from support.project.seeds import slow_but

from wollemi.results.limits import SignalLimit, exclusion, theory_note
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit

POINTS = (1.0, 2.0, 3.0, 4.0)


def limits(strengths, sizes, **more):
    """Of signals at `POINTS`, with these uncertainties of their predictions."""
    found = {}
    for point, strength, size in zip(POINTS, strengths, sizes, strict=True):
        described = limit(point, strength) | more
        described |= {"theory_uncertainty": size} if size else {}
        found[f"s{point:g}"] = SignalLimit.model_validate(described)
    return found


def sized(up, down=None):
    return {"up": up, "down": down or up}


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
def test_an_exponential_limit_is_crossed_where_it_must_be(seed):
    """A limit of exp(k (m - m0)) and predictions that are larger by 1 + up: m0 + ln(1 + up) / k."""
    random = np.random.default_rng(seed)
    slope, place = random.uniform(0.5, 3), random.uniform(2.2, 2.8)
    up, down = random.uniform(0.01, 0.2), random.uniform(0.01, 0.18)
    strengths = np.exp(slope * (np.array(POINTS) - place))
    found = exclusion(limits(strengths.tolist(), [sized(up, down)] * 4))
    assert found.observed == pytest.approx(place)
    assert found.observed_theory_up == pytest.approx(place + np.log(1 + up) / slope)
    assert found.observed_theory_down == pytest.approx(place + np.log(1 - down) / slope)


def test_a_larger_prediction_has_a_smaller_limit_on_its_strength():
    """That of the model with the larger signal itself."""
    nominal, larger = (
        upper_limit(Likelihood.from_workspace(counting(12.0, signal, 10.0)), points=2)
        for signal in (5.0, 5.0 * 1.3)
    )
    assert larger.observed == pytest.approx(nominal.observed / 1.3, rel=1e-6)


def test_uncertainties_differ_between_points_and_may_be_missing():
    found = exclusion(limits([0.1, 0.5, 2.0, 9.0], [None, None, sized(0.25), sized(0.5)]))
    assert found.observed == pytest.approx(2.5)
    assert found.observed_theory_up == pytest.approx(2 + np.log(2) / np.log(1.6 / 0.5))
    without = exclusion(limits([0.1, 0.5, 2.0, 9.0], [None] * 4)).plain()
    assert not [key for key in without if "theory" in key]


def test_where_the_crossing_leaves_the_points_or_rests_on_no_limit():
    found = exclusion(limits([0.1, 0.2, 0.3, 1.05], [sized(0.2)] * 4))
    assert found.observed_theory_up is None
    assert found.observed_theory_down is not None
    low = exclusion(limits([0.1, 0.5, 2.0, 9.0], [sized(0.2)] * 4, below_floor=["observed"]))
    assert low.observed_theory_up is low.observed_theory_down is None
    assert low.not_quoted == ("observed", "observed_theory_down", "observed_theory_up")


def test_a_blinded_limit_has_no_observed_exclusion():
    found = exclusion(limits([None] * 4, [sized(0.2)] * 4))
    assert found.observed is found.observed_theory_up is found.observed_theory_down is None


def test_how_well_predictions_are_known_in_words():
    same = limits([1.0] * 4, [sized(0.1)] * 4)
    assert theory_note(same) == "uncertainty of the prediction, not in the model: ±10 %"
    own = limits([1.0] * 4, [sized(0.05), sized(0.05), sized(0.14, 0.11), None])
    assert theory_note(own).endswith("±5 % (s1, s2), +14 % −11 % (s3)")
    assert theory_note(limits([1.0] * 4, [None] * 4)) == ""


def is_excluded(ranges, place):
    return any(
        (low is None or place >= low) and (high is None or place <= high) for low, high in ranges
    )


@pytest.mark.parametrize("seed", slow_but(range(4), range(40)))
def test_any_curve_is_excluded_in_its_ranges_and_nowhere_else(seed):
    """Compared with the interpolated curve, place by place; null alone says nothing."""
    random = np.random.default_rng(seed)
    strengths = np.exp(random.normal(random.choice([-2.0, 0.0, 2.0]), 1.0, len(POINTS)))
    found = exclusion(limits(strengths.tolist(), [None] * 4))
    ranges = found.ranges.get("observed", ((None, found.observed),))
    places = np.linspace(POINTS[0], POINTS[-1], 997)
    curve = np.interp(places, POINTS, np.log(strengths))
    assert [is_excluded(ranges, place) for place in places] == (curve <= 0).tolist()
    if found.observed is None:
        assert "observed" in found.ranges


def test_an_exclusion_of_all_points_rests_on_each_of_them():
    low = exclusion(limits([0.1, 0.2, 0.3, 0.4], [None] * 4, below_floor=["observed"]))
    assert low.not_quoted == ("observed",)
    assert "observed" not in low.ranges


def test_blinded_limits_have_no_ranges():
    found = exclusion(limits([None, 0.2, 0.3, 0.4], [None] * 4))
    assert "observed" not in found.ranges
