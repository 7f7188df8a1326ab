"""Data that enter as histograms, and drawn pseudo-data, lose what is blinded when they are read or
drawn.
"""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from support.products.blinded_runs import BLINDING, blinded_flags, data_sets, use_local_data
from support.tiny.analysis import NO_STATISTICS, edit_analysis
from support.tiny.events import write_root
from support.tiny.steps import (
    RESULTS,
    fill,
    part_histograms,
    read_json,
    read_th1,
    run_step,
    skim,
)

from wollemi.histograms.histogram import (
    edges_axis,
    from_sums,
    notes,
    read_histograms,
    write_histograms,
)

PEAK = edges_axis("mass_peak", np.linspace(60, 120, 11))
SEARCH = edges_axis("mass_search", np.linspace(150, 400, 11))
MT = edges_axis("mt", (0.0, 10.0, 20.0, 50.0, 200.0))
EXPECTED = {
    "search/mass_search/nominal": SEARCH,
    "search/mt/nominal": MT,
    "peak/mass_peak/nominal": PEAK,
}


@pytest.fixture
def read(tiny):
    """Read the histograms of a dataset as those of the data."""

    def run(blinding):
        def change(document):
            document["samples"] = {"data": {"role": "data", "datasets": "signal_300"}}
            for scaled in ("cross_section_pb", "sum_of_weights"):
                document["datasets"]["signal_300"].pop(scaled, None)
            return document | NO_STATISTICS | {"blinding": blinding}

        edit_analysis(tiny, lambda document: document.update(change(document)))
        assert read_th1() == 0
        return read_histograms(Path(f"{RESULTS}/histograms/signal_300.json")), read_json(
            "cutflow/signal_300.json"
        )

    return run


def test_a_region_that_is_read(read):
    shown, counts = read({"windows": {"mt": [10, 20]}})  # hides nothing of the region `peak`
    hidden, hidden_counts = read({"regions": ["search"]})
    assert (
        shown["peak/mass_peak/nominal"].values(flow=True).tolist()
        == hidden["peak/mass_peak/nominal"].values(flow=True).tolist()
    )
    assert hidden["search/mass_search/nominal"].values(flow=True).tolist() == [0] * 12
    assert notes(hidden["search/mass_search/nominal"])["left_out"] is True
    assert counts["regions"]["peak"] == hidden_counts["regions"]["peak"]
    assert hidden_counts["regions"]["search"][0]["sum_of_weights"] is None
    assert hidden_counts["blinded"]["regions"] == ["search"]


def test_a_window_of_what_is_read(read):
    shown, _ = read({"regions": ["search"]})
    hidden, counts = read({"windows": {"mass_peak": [84, 96]}})
    values = shown["peak/mass_peak/nominal"].values(flow=True)
    assert values[5:7].sum() > 0
    expected = [0 if index in (5, 6) else value for index, value in enumerate(values.tolist())]
    assert hidden["peak/mass_peak/nominal"].values(flow=True).tolist() == expected
    assert counts["regions"]["peak"][-1]["sum_of_weights"] == sum(expected[1:-1])


def test_pseudo_data_are_not_drawn_there(tiny):
    def change(document):
        document["datasets"]["pseudo"] = {"draw": {"datasets": ["dy_low"], "seed": 1}}
        document["samples"] = {
            "data": {"role": "data", "datasets": "pseudo"},
            "s": {"role": "signal", "datasets": "signal_200"},
        }
        document |= NO_STATISTICS
        document["blinding"] = {"regions": ["search"], "windows": {"mass_peak": [84, 96]}}

    edit_analysis(tiny, change)
    many = {
        name: from_sums(axis, np.full(axis.size + 2, 50.0), np.ones(axis.size + 2))
        for name, axis in EXPECTED.items()
    }
    write_histograms(Path("dy_low.json"), many)
    outputs = {
        kind: f"{RESULTS}/{kind}/pseudo.json" for kind in ("histograms", "cutflow", "record")
    }
    assert run_step("draw_pseudodata", dataset="pseudo", expected="dy_low.json", **outputs) == 0
    drawn, counts = read_histograms(Path(outputs["histograms"])), read_json("cutflow/pseudo.json")
    for name in ("search/mass_search/nominal", "search/mt/nominal"):
        assert not drawn[name].values(flow=True).any()
        assert set(notes(drawn[name])["blinded"]) == {"1"}
    peak = drawn["peak/mass_peak/nominal"].values(flow=True)
    assert [value == 0 for value in peak] == [index in (5, 6) for index in range(12)]
    assert counts["regions"]["peak"][0]["events"] == peak.sum()
    assert counts["regions"]["search"][0]["events"] is None


@pytest.mark.parametrize("engine", ["compiled", "awkward"])
def test_each_engine_gets_the_visible_events(tiny, monkeypatch, engine, caplog):
    """Against numpy: what is left of the mass in the peak, and that the compiled loop takes what is
    left of a batch.
    """
    (data,) = data_sets({"data": 3019}).values()
    write_root(Path("input/data.root"), data)
    edit_analysis(
        tiny, lambda document: use_local_data(document) or document.update(blinding=BLINDING)
    )
    monkeypatch.setenv("WOLLEMI_ENGINE", engine)
    assert [skim("data"), fill("data")] == [0, 0]
    assert "awkward evaluation takes" not in caplog.text
    visible = blinded_flags(data)
    content = part_histograms("data")["peak/mass_peak/nominal"].values(flow=True)
    assert content[1:-1].sum() == read_json("cutflow/data/fill_0.json")["selected"]["peak"] > 100
    assert 0 < content.sum() < visible.size - visible.sum()
    assert content.tolist() == reference_peak(data)


def reference_peak(data):
    """Masses of visible events in the peak region, in its bins with under- and overflow."""
    muons = ak.with_name(data["Muon"], "Momentum4D")[~blinded_flags(data)]
    good = muons[(muons.pt > 20) & (abs(muons.eta) < 2.4)]
    good = good[ak.num(good) == 2]
    good = good[good.pt[:, 0] > 30]
    mass = ak.to_numpy((good[:, 0] + good[:, 1]).mass)
    return (
        np.histogram(mass[(mass > 60) & (mass < 120)], [-np.inf, *PEAK.edges, np.inf])[0]
        .astype(float)
        .tolist()
    )
