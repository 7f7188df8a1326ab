"""Under- and overflow in the first and last bins of a variable, through the programs."""

from pathlib import Path

import numpy as np
import pytest
from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS, process

from wollemi.histograms.histogram import read_histograms

# Two variables that begin and end within the events: of an event, and of each muon in it.
INSIDE = {
    "narrow": {"expression": "dimuon_mass", "edges": [180, 200, 250, 300], "label": "$m$"},
    "muons": {"expression": "muon.pt", "bins": [5, 40, 90], "per": "object", "label": "$p_T$"},
}


@pytest.mark.parametrize("dataset", ["dy_high", "data"])
def test_all_events_are_in_the_bins(tiny, dataset):
    merged = {f"{name}_merged": item | {"merge_flow": True} for name, item in INSIDE.items()}

    def change(document):
        document["variables"] |= {**INSIDE, **merged}
        document["regions"]["search"]["monitor"] = [*INSIDE, *merged]

    edit_analysis(tiny, change)
    process(dataset)
    found = read_histograms(Path(f"{RESULTS}/histograms/{dataset}.json"))
    compared = 0
    for name in found:
        place, _, variation = name.rpartition("/")
        if place.removeprefix("search/") not in INSIDE:
            continue
        apart, inside = found[name], found[f"{place}_merged/{variation}"]
        for what in ("values", "variances"):
            expected = getattr(apart, what)(flow=True)
            assert (expected[[0, -1]] > 0).all() or dataset == "data"
            expected[1] += expected[0]
            expected[-2] += expected[-1]
            expected[[0, -1]] = 0
            values = getattr(inside, what)(flow=True)
            np.testing.assert_allclose(values, expected, rtol=1e-12)
        compared += 1
    assert compared >= 2
