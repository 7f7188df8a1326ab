"""Where events were lost, in words."""

import numpy as np

from wollemi.histograms.histogram import edges_axis, from_sums
from wollemi.model.lost_events import lost_events


def cutflow(*events):
    lines = [
        {"cut": cut, "events": count}
        for cut, count in zip(("all events", "two muons", "mass > 60"), events, strict=True)
    ]
    return {"skim": lines[:1], "regions": {"sr": lines[1:]}}


def histogram(below, above):
    return from_sums(edges_axis("m", (0.0, 1.0)), np.array([below, 0.0, above]), np.zeros(3))


def test_the_cut_that_nothing_passes_is_named():
    found = lost_events(
        {"a": cutflow(50, 3, 0), "b": cutflow(60, 4, 0)},
        {"a": histogram(0, 0), "b": histogram(0, 0)},
        "sr",
    )
    assert found == "of 110 simulated events 7 pass 'two muons', and none passes 'mass > 60'"


def test_what_lies_outside_of_the_bins_is_said():
    found = lost_events({"a": cutflow(50, 3, 2)}, {"a": histogram(1.5, 0.25)}, "sr")
    assert (
        found
        == "2 of 50 simulated events pass all cuts; 1.5 expected below the bins and 0.25 above"
    )


def test_nothing_is_said_of_what_is_not_known():
    assert lost_events({}, {"a": histogram(0, 0)}, "sr") == ""
