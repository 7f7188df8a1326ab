"""Uncertainties of a new signal's yield, worked out by hand."""

import pytest
from support.products.statistical_models import modifier, normsys, sample, workspace

from wollemi.reinterpretation.report import patch_table, region_table, systematic_effects

YIELDS = [30.0, 70.0]


def shape(name, up, down):
    return modifier("histosys", name, {"hi_data": up, "lo_data": down})


def signal(*modifiers):
    return sample("new", YIELDS, modifier("normfactor", "mu"), *modifiers)


def test_effects_are_added_in_quadrature_each_side_by_itself():
    """Of 100 events: +3 -5, then +4 -12."""
    found = systematic_effects(
        signal(normsys("lumi", 1.03, 0.95), shape("scale", [34.0, 70.0], [30.0, 58.0]))
    )
    assert found == pytest.approx((5.0, 13.0))


def test_rate_and_shape_of_one_parameter_are_one_effect():
    """1.1 · 1.2 and 0.9 · 0.8, not the sum in quadrature of two parameters."""
    found = systematic_effects(
        signal(normsys("scale", 1.1, 0.9), shape("scale", [36.0, 84.0], [24.0, 56.0]))
    )
    assert found == pytest.approx((32.0, 28.0))


def test_effects_may_go_the_other_way_or_both_the_same_way():
    """Down at +1σ; up at both: the larger one counts upward, nothing downward."""
    assert systematic_effects(signal(normsys("a", 0.9, 1.2))) == pytest.approx((20.0, 10.0))
    assert systematic_effects(signal(normsys("a", 1.1, 1.3))) == pytest.approx((30.0, 0.0))
    assert systematic_effects(signal(modifier("staterror", "staterror_search", [3.0, 7.0]))) == (
        0.0,
        0.0,
    )


def one_region(*modifiers):
    channels = [{"name": "search", "samples": [sample("dy", [1.0, 1.0]), signal(*modifiers)]}]
    return workspace(channels, [{"name": "search", "data": [1.0, 1.0]}])


def test_what_a_patch_says_of_itself():
    errors = modifier("staterror", "staterror_search", [3.0, 4.0])
    row = patch_table("new", one_region(normsys("lumi", 1.02, 0.98), errors), 400.0)["search"]
    assert (row["yield"], row["yield_statistical"], row["events"]) == (100.0, 5.0, None)
    assert (row["yield_systematic_up"], row["yield_systematic_down"]) == pytest.approx((2.0, 2.0))
    shares = (row["acceptance_times_efficiency"], row["acceptance_times_efficiency_statistical"])
    assert shares == pytest.approx((0.25, 0.0125))
    row = patch_table("new", one_region(), 400.0)["search"]
    assert (row["yield_statistical"], row["acceptance_times_efficiency_statistical"]) == (
        None,
        None,
    )
    row = patch_table("new", one_region(errors), None)["search"]
    assert (row["acceptance_times_efficiency"], row["acceptance_times_efficiency_statistical"]) == (
        None,
        None,
    )


def test_datasets_of_a_signal_are_added_with_their_normalization():
    """Of 40 and 60 produced events, 10 and 30 pass with weights of 1; a validation region is not in
    the workspace.
    """

    def flow(produced, passed, normalization):
        line = {
            "events": passed,
            "sum_of_weights": float(passed),
            "sum_of_weights_squared": float(passed),
        }
        regions = {"search": [line], "validation": [line | {"events": None}]}
        return {
            "skim": [],
            "regions": regions,
            "sum_of_weights": float(produced),
            "normalization": normalization,
        }

    table = region_table(
        "new", one_region(normsys("lumi", 1.02, 0.98)), [flow(40, 10, 2.0), flow(60, 30, 0.5)]
    )
    row = table["search"]
    assert (row["events"], row["yield"]) == (40, pytest.approx(35.0))
    assert row["yield_statistical"] == pytest.approx((10 * 4 + 30 / 4) ** 0.5)
    assert row["acceptance_times_efficiency"] == pytest.approx(35 / 110)
    assert table["validation"]["events"] is None
    assert table["validation"]["yield_systematic_up"] is None
