"""Histograms of a signal that is given by its efficiencies, worked out by hand."""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.reinterpretation.efficiency_histograms import efficiency_products
from wollemi.reinterpretation.models import Efficiencies

LUMINOSITY_IFB, CROSS_SECTION_PB = 2.0, 0.5
PRODUCED = 1000.0  # 2 fb⁻¹ · 500 fb
VALUES = [0.1, 0.2, 0.4]


def products(luminosity=LUMINOSITY_IFB, entry=None, **systematics):
    """Of a signal with efficiencies in two regions."""
    plain = copy.deepcopy(DOCUMENT)
    known = {
        "files": ["new.json"],
        "histograms": {"sr": ["sr"]},
        "sum_of_weights": 1.0,
        "cross_section_pb": CROSS_SECTION_PB,
    }
    plain["datasets"]["new"] = known | (entry or {})
    plain["systematics"] |= {name: {} for name in systematics} | {
        "renamed": {"variation": "of_object"}
    }
    regions = {"sr": {"values": VALUES, "statistical": [0.01, 0.02, 0.0]}, "cr": 0.05}
    given = Efficiencies.model_validate({"efficiencies": regions, "systematics": systematics})
    return efficiency_products(plain, "new", given, luminosity)


def test_events_are_luminosity_times_cross_section_times_efficiency():
    found = products().histograms
    assert found.keys() == {"sr/mass/nominal", "cr/mass/nominal"}
    assert found["sr/mass/nominal"].values() == pytest.approx([100, 200, 400])
    assert found["sr/mass/nominal"].variances() == pytest.approx([100, 400, 0])
    assert found["cr/mass/nominal"].values() == pytest.approx([50, 50, 50])
    assert found["sr/mass/nominal"].values(flow=True)[[0, -1]].tolist() == [0, 0]


def test_the_luminosity_of_an_era_and_the_scale_factor():
    found = products({"early": 2.0, "late": 6.0}, {"era": "late", "scale_factor": 1.5}).histograms
    assert found["sr/mass/nominal"].values() == pytest.approx([450, 900, 1800])


def test_relative_changes_new_values_and_what_is_mirrored():
    """Where a side is symmetrized, it is as far below the nominal value as the other one is above
    it.
    """
    found = products(
        relative={"up": {"sr": [0.1, -0.5, 0.0]}, "down": {"sr": -0.2}},
        mirrored={"up": {"sr": {"values": [0.15, 0.2, 0.3]}, "cr": 0.2}, "down": "symmetrize"},
        renamed={"up": {"cr": 1.0}, "down": {}},
    ).histograms
    bins = {
        name: item.values().tolist() for name, item in found.items() if not name.endswith("nominal")
    }
    assert bins == {
        "sr/mass/relative_up": pytest.approx([110, 100, 400]),
        "sr/mass/relative_down": pytest.approx([80, 160, 320]),
        "sr/mass/mirrored_up": pytest.approx([150, 200, 300]),
        "sr/mass/mirrored_down": pytest.approx([50, 200, 500]),
        "cr/mass/mirrored_up": pytest.approx([60, 60, 60]),
        "cr/mass/mirrored_down": pytest.approx([40, 40, 40]),
        "cr/mass/of_object_up": pytest.approx([100, 100, 100]),
    }


def test_the_cutflow_has_a_line_a_region():
    flow = products().cutflow
    assert (flow["sum_of_weights"], flow["normalization"], flow["skim"]) == (
        1.0,
        pytest.approx(PRODUCED),
        [],
    )
    ((line,), (other,)) = (flow["regions"][region] for region in ("sr", "cr"))
    assert (line["sum_of_weights"], line["sum_of_weights_squared"]) == pytest.approx((0.7, 0.0005))
    assert (other["sum_of_weights"], other["events"]) == (pytest.approx(0.15), None)
