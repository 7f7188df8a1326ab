"""Sums of regions of the summary, by hand."""

import numpy as np
import pytest
from support.example.products import EXAMPLE, cutflow, predictions, settings

from wollemi.analysis.view import view_of
from wollemi.pages.region_groups import group_tables
from wollemi.pages.tables import selection_yields
from wollemi.results.predictions import Predictions

CONTENT = settings(("samples", "regions"))


def test_groups_of_regions_are_sums_of_their_events():
    cutflows = {name: cutflow(name) for name in EXAMPLE["datasets"]}
    cutflows["dy_low"]["account"]["selected"] = {"sr + vr": 3, "sr": 2, "sr + cr + vr": 1, "cr": 5}
    group = {"sum": {"regions": ["sr", "vr"]}}
    document = {"regions": EXAMPLE["regions"], "plots": {"region_groups": group}}
    prediction = predictions()["regions"]["vr"]["mass"]
    content = predictions() | {"groups": {"sum": {"mass": prediction}}}
    found = group_tables(
        view_of(document),
        cutflows,
        CONTENT.samples,
        Predictions.model_validate(content),
        ["top", "dy"],
    )["sum"]
    parts = selection_yields(cutflows, CONTENT.samples, ["sr", "vr"])
    for name in ("dy", "top"):
        both = [parts[region][name] for region in ("sr", "vr")]
        assert found["selected"][name]["sum"] == pytest.approx(sum(one["sum"] for one in both))
        expected = np.hypot(*(one["error"] for one in both))
        assert found["selected"][name]["error"] == pytest.approx(expected)
        assert found["selected"][name]["cut"] == "sum"
    assert (found["regions"], found["in_several"]) == (["sr", "vr"], 4)
    assert [row["sample"] for row in found["yields"]["rows"]] == ["top", "dy"]
    assert found["yields"]["total"]["postfit"]["sum"] == prediction["postfit"]["sum"]
    assert found["yields"]["fitted"] is False


def test_a_group_of_a_hidden_region_is_hidden():
    hidden = {name: cutflow(name) for name in EXAMPLE["datasets"]}
    line = hidden["data"]["regions"]["vr"][-1]
    line.update(events=None, sum_of_weights=None, sum_of_weights_squared=None)
    group = {"sum": {"regions": ["sr", "vr"]}}
    document = {"regions": EXAMPLE["regions"], "plots": {"region_groups": group}}
    found = group_tables(view_of(document), hidden, CONTENT.samples, None, [])["sum"]
    assert found["selected"]["data"] == {"cut": "sum", "events": None, "sum": None, "error": None}
    assert "yields" not in found
