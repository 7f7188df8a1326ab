"""A quantity of the event at ±1σ: what is computed from it follows, and the skim keeps what any
variation needs.
"""

from pathlib import Path

import numpy as np
import pytest
import uproot
from support.tiny.mistakes import check_run, set_value
from support.tiny.steps import RESULTS, process

from wollemi.histograms.histogram import read_histograms

EDGES = [0, 10, 20, 50, 200]
MISSING = {"expression": "double_met", "edges": EDGES, "label": "x", "unit": "GeV"}
UP, DOWN = "1.5 * MET_pt + 3", "MET_pt * (1 - 0.5 * uniform(7))"
SHIFT = {"kind": "column", "column": "MET_pt", "up": UP, "down": DOWN, "samples": ["dy"]}
OFFSET = {
    "kind": "column",
    "column": "offset",
    "up": "offset + 4",
    "down": "symmetrize",
    "samples": ["dy"],
}


@pytest.fixture(params=["awkward", "compiled"])
def analysis(tiny, request, monkeypatch):
    monkeypatch.setenv("WOLLEMI_ENGINE", request.param)
    set_value("columns", "offset", value="MET_pt - 5")
    set_value("columns", "double_met", value="2 * offset + MET_pt")
    set_value("variables", "missing", value=MISSING)
    set_value(
        "regions",
        "low",
        value={"selection": "MET_pt > 8 and double_met > 12", "variable": "missing"},
    )
    set_value("systematics", value={"shift": SHIFT, "moved": OFFSET})
    set_value("samples", "signal_300", "regions", value=["peak", "search"])
    return tiny


def histograms():
    process("dy_high")
    found = read_histograms(Path(f"{RESULTS}/histograms/dy_high.json"))
    return {name: item for name, item in found.items() if name.startswith("low/")}


def uniform(use):
    """The numbers of docs/selections.md for the events of the file, written out once more."""
    with uproot.open("input/dy_high_0.root:Events") as tree:
        names = tree.arrays(["run", "luminosityBlock", "event"], library="np").values()
    mask = (1 << 64) - 1

    def mix(state, value):
        mixed = ((state ^ value) + 0x9E3779B97F4A7C15) & mask
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        return mixed ^ (mixed >> 31)

    keys = [
        mix(mix(mix(0, int(run)), int(block)), int(event))
        for run, block, event in zip(*names, strict=True)
    ]
    return np.array([((mix(mix(key, 2_000_000 + use), 0) >> 11) + 0.5) / 2**53 for key in keys])


def by_hand(met, shift=0.0):
    """Histogram of generated weights."""
    with uproot.open("input/dy_high_0.root:Events") as tree:
        weights = tree["genWeight"].array(library="np").astype(np.float64)
    value = 2 * (met - 5 + shift) + met
    passed = (met > 8) & (value > 12)
    return np.histogram(value[passed], EDGES, weights=weights[passed])[0] * 600 / weights.sum()


def test_it_changes_what_is_computed_from_it(analysis):
    set_value("skim", value=None)
    found = histograms()
    with uproot.open("input/dy_high_0.root:Events") as tree:
        met = tree["MET_pt"].array(library="np").astype(np.float64)
    expected = {
        "nominal": by_hand(met),
        "shift_up": by_hand(1.5 * met + 3),
        "shift_down": by_hand(met * (1 - 0.5 * uniform(7))),
        "moved_up": by_hand(met, shift=4.0),
    }
    assert {name.split("/")[2] for name in found} == expected.keys()
    for variation, bins in expected.items():
        np.testing.assert_allclose(
            found[f"low/missing/{variation}"].values(), bins, rtol=1e-12, err_msg=variation
        )


def test_the_skim_keeps_what_a_variation_needs(analysis):
    set_value("skim", value=None)
    direct = histograms()
    set_value("skim", value={"selection": "MET_pt > 8 and double_met > 12"})
    skimmed = histograms()
    assert direct.keys() == skimmed.keys()
    for name, histogram in direct.items():
        assert np.array_equal(histogram.values(flow=True), skimmed[name].values(flow=True)), name
        assert np.array_equal(histogram.variances(flow=True), skimmed[name].variances(flow=True)), (
            name
        )


def test_objects_are_changed_by_their_own_kind(analysis, capsys):
    set_value("systematics", "wrong", value=SHIFT | {"column": "Muon_pt", "up": "Muon_pt * 2"})
    set_value("systematics", "worse", value=SHIFT | {"column": "muon", "down": "1 +"})
    assert check_run() == 2
    message = capsys.readouterr().err
    assert (
        "systematics.wrong.column: 'Muon_pt' is a branch of the object 'muon'; use kind: object"
        in message
    )
    assert "systematics.worse.column: 'muon' is an object; use kind: object" in message
    assert "systematics.worse.down: '1 +' is not an expression" in message
