"""Histograms and counts of one part, against numpy on a loop over the events."""

import math

import numpy as np
import pytest
import uproot
from support.tiny.steps import (
    RESULTS,
    check_record,
    fill,
    part_histograms,
    read_json,
    skim,
)

from wollemi.histograms.histogram import axis_of, bin_edges, label_of, unit_of

VARIATIONS = {
    "data": {"nominal"},
    "dy_alternative": {"nominal"},
    "signal_200": {"nominal", "pileup_up", "pileup_down", "muon_scale_up", "muon_scale_down"},
    "dy_high": {
        "nominal",
        "pileup_up",
        "pileup_down",
        "trigger_up",
        "muon_scale_up",
        "muon_scale_down",
    },
}
HISTOGRAMS = ("search/mass_search", "search/mt", "peak/mass_peak")


def dimuon_mass(muons):
    """Of the first two muons (pt, eta, phi, charge)."""
    energy = x = y = z = 0.0
    for pt, eta, phi, _ in muons[:2]:
        energy += math.hypot(pt * math.cosh(eta), 0.105)
        x, y, z = x + pt * math.cos(phi), y + pt * math.sin(phi), z + pt * math.sinh(eta)
    return math.sqrt(energy**2 - x**2 - y**2 - z**2)


def signal_region(file, scale):
    """Mass, weight, true pileup and leading pt of the events in it when the muons' momenta are
    scaled.
    """
    found = []
    for event in uproot.open(f"{file}:Events").arrays():
        muons = zip(
            *(event[f"Muon_{name}"].to_list() for name in ("pt", "eta", "phi", "charge")),
            strict=True,
        )
        good = [
            (scale * pt, eta, phi, q)
            for pt, eta, phi, q in muons
            if scale * pt > 20 and abs(eta) < 2.4
        ]
        if (
            len(good) == 2
            and good[0][0] > 30
            and good[0][3] != good[1][3]
            and dimuon_mass(good) > 150
        ):
            found.append((dimuon_mass(good), event.genWeight, event.Pileup_nTrueInt, good[0][0]))
    return np.array(found, np.float64).T


@pytest.fixture
def filled(tiny):
    """Histograms and cutflow of a dataset's first part."""

    def run(dataset):
        assert [skim(dataset), fill(dataset)] == [0, 0]
        return part_histograms(dataset), read_json(f"cutflow/{dataset}/fill_0.json")

    return run


@pytest.mark.parametrize("dataset", VARIATIONS)
def test_the_variations_that_act_on_the_dataset(filled, dataset):
    histograms, _ = filled(dataset)
    assert histograms.keys() == {
        f"{name}/{variation}" for name in HISTOGRAMS for variation in VARIATIONS[dataset]
    }


@pytest.mark.parametrize(
    ("variation", "scale", "factor"),
    [
        ("nominal", 1.0, lambda pileup, pt: 1.0),
        ("muon_scale_up", 1.02, lambda pileup, pt: 1.0),
        ("muon_scale_down", 0.98, lambda pileup, pt: 1.0),
        ("pileup_up", 1.0, lambda pileup, pt: 1 + 0.01 * (pileup - 20)),
        ("trigger_up", 1.0, lambda pileup, pt: 1 + 0.0002 * pt),
    ],
)
def test_sums_of_weights(filled, variation, scale, factor):
    histograms, _ = filled("dy_high")
    mass, weight, pileup, pt = signal_region("input/dy_high_0.root", scale)
    weight = weight * factor(pileup, pt)
    edges = [-np.inf, *np.linspace(150, 400, 11), np.inf]
    histogram = histograms[f"search/mass_search/{variation}"]
    assert histogram.values(flow=True) == pytest.approx(
        np.histogram(mass, edges, weights=weight)[0], rel=1e-10
    )
    assert histogram.variances(flow=True) == pytest.approx(
        np.histogram(mass, edges, weights=weight**2)[0], rel=1e-10
    )
    assert histogram.values(flow=True)[-1] > 0  # the overflow is kept


def test_the_count_of_the_region(filled):
    _, counts = filled("dy_high")
    _, weight, _, _ = signal_region("input/dy_high_0.root", 1.0)
    last = counts["regions"]["search"][-1]
    assert last["events"] == weight.size
    assert last["sum_of_weights"] == pytest.approx(weight.sum(), rel=1e-12)
    assert last["sum_of_weights_squared"] == pytest.approx((weight**2).sum(), rel=1e-12)
    events = [line["events"] for line in counts["regions"]["peak"]]
    assert events == sorted(events, reverse=True)
    # the two regions share no event
    assert counts["selected"] == {"search": last["events"], "peak": events[-1]}


def test_axes_have_units_and_no_labels(filled):
    """Another label fills nothing again."""
    histograms, _ = filled("signal_200")
    axis = axis_of(histograms["search/mass_search/nominal"])
    assert (axis.name, label_of(axis), unit_of(axis)) == ("mass_search", "", "GeV")
    assert bin_edges(axis).tolist() == np.linspace(150, 400, 11).tolist()


def test_record(filled):
    filled("signal_200")
    record = check_record("fill_histograms/signal_200_0.json")
    assert record["inputs"].keys() == {
        f"{RESULTS}/events/signal_200/0.parquet",
        "config/analyses/tiny/hooks.py",
    }
