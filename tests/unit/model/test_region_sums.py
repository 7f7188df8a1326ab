"""Sums of background and signal that bins are chosen from."""

import copy

import pytest
from choose_bins import SECTIONS
from support.example.analysis import DOCUMENT
from support.example.products import EVENTS, histograms, settings

from wollemi.model.region_sums import region_sums
from wollemi_likelihood.base.errors import WollemiError


def sums(signal):
    document = copy.deepcopy(DOCUMENT)
    document["samples"]["heavy"] = {"role": "signal", "datasets": ["top_shower"]}
    found = histograms()
    found["top_shower"] = {name: 3.0 * item for name, item in found["signal"].items()}
    return region_sums(settings(SECTIONS, document), found, "sr", signal)


@pytest.mark.parametrize(("signal", "factor"), [(None, 1), ("signal", 1), ("heavy", 3)])
def test_the_named_signal_or_the_first_one(signal, factor):
    found = sums(signal)
    assert found.signal.values.tolist() == [factor * value for value in EVENTS["signal"]]
    background = [
        sum(bins) for bins in zip(*(EVENTS[n] for n in ("dy_low", "dy_high", "top")), strict=True)
    ]
    assert found.background.values.tolist() == background


def test_another_name_is_refused():
    with pytest.raises(WollemiError, match="did you mean 'heavy'"):
        sums("heavi")
